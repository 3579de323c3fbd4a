//! Convolution as a product of matrices: each column of the right one is a window of the input.

use crate::convolution::Window;
use crate::matrix::{self, COLUMNS, Product, Rows, Start, padded, wide};
use crate::scratch::room;
use crate::simd;
use crate::strides;
use std::array::from_fn;
use std::cell::RefCell;
use std::ops::Range;

/// Rows of the matrix of windows that are made at once: two tiles' panels of them fit a first-level cache.
const DEPTH: usize = 256;
/// Numbers of that matrix that are made at once: a part of a second-level cache.
const SIZE: usize = 1 << 16;

/// Numbers of the rows of windows that are gathered at a time: half of a first-level cache.
const ROWS: usize = 1 << 12;
/// Panels that are filled at a time: in them, a row's values are three lines of a cache.
const PANELS: usize = 4;

thread_local! {
    /// For the matrix of windows, and for a row of it.
    static SCRATCH: RefCell<[Vec<f32>; 2]> = RefCell::default();
}

/// Computes the output planes of one group: `weights` times windows, plus `bias`.
pub(crate) fn run(window: &Window, weights: Rows, bias: &[f32], input: &[f32], output: &mut [f32]) {
    SCRATCH.with_borrow_mut(|scratch| run_in(scratch, window, weights, bias, input, output));
}

fn run_in(
    scratch: &mut [Vec<f32>; 2],
    window: &Window,
    weights: Rows,
    bias: &[f32],
    input: &[f32],
    output: &mut [f32],
) {
    let count = window.output[0] * window.output[1];
    let depth = weights.depth.min(DEPTH);
    let width = (SIZE / depth / COLUMNS * COLUMNS).min(count.next_multiple_of(COLUMNS));
    let height = (ROWS / width).clamp(1, depth);
    let [windows, rows] = scratch;
    let windows = room(windows, depth * width);
    let rows = room(rows, height * width);
    for first in (0..count).step_by(width) {
        let columns = first..count.min(first + width);
        for start in (0..weights.depth).step_by(DEPTH) {
            let depths = start..weights.depth.min(start + DEPTH);
            let size = depths.len() * padded(columns.len());
            let windows = &mut windows[..size];
            if window.is_point() {
                let place = 0..depths.len();
                copy_rows(&input[start * count + first..], count, columns.len(), windows, depths.len(), place);
            } else {
                for cell in depths.clone().step_by(height) {
                    let cells = cell..depths.end.min(cell + height);
                    for (row, cell) in rows.chunks_exact_mut(width).zip(cells.clone()) {
                        gather(window, cell, columns.clone(), input, &mut row[..columns.len()]);
                    }
                    let place = cells.start - start..cells.end - start;
                    copy_rows(rows, width, columns.len(), windows, depths.len(), place);
                }
            }
            let begin = if start == 0 { Start::Rows(bias) } else { Start::Continue };
            let product = Product { values: &mut output[first..], stride: count, columns: columns.len() };
            weights.multiply(depths, windows, product, begin);
        }
    }
}

/// Copies the first `columns` of some rows, which are a `stride` apart, to the rows `place` of panels of a `depth`.
fn copy_rows(values: &[f32], stride: usize, columns: usize, panels: &mut [f32], depth: usize, place: Range<usize>) {
    let padded = padded(columns);
    // Few panels at a time: the same row of all may have its places in the same few of a cache.
    let width = PANELS * COLUMNS;
    let whole = wide(padded).min(columns) / width * width;
    let (groups, mut rest) = panels.split_at_mut(whole * depth);
    for (panels, first) in groups.chunks_exact_mut(width * depth).zip((0..).step_by(width)) {
        copy_to_panels(&values[first..], stride, panels, depth, place.clone());
    }
    for range in matrix::panels(padded).skip(whole / COLUMNS) {
        let width = range.len();
        let panel = rest.split_off_mut(..width * depth).unwrap_or_default();
        let columns = range.start..range.end.min(columns);
        let rows = panel[place.start * width..place.end * width].chunks_exact_mut(width);
        for (row, values) in rows.zip(values.chunks(stride)) {
            simd::copy(&values[columns.clone()], row);
        }
    }
}

/// Fills rows of [`PANELS`] panels.
fn copy_to_panels(values: &[f32], stride: usize, panels: &mut [f32], depth: usize, place: Range<usize>) {
    let mut panels = panels.as_chunks_mut::<COLUMNS>().0.chunks_exact_mut(depth);
    let mut rows: [_; PANELS] =
        from_fn(|_| panels.next().map(|panel| &mut panel[place.clone()]).unwrap_or_default().iter_mut());
    for values in values.chunks(stride).take(place.len()) {
        for (rows, values) in rows.iter_mut().zip(values.as_chunks::<COLUMNS>().0) {
            if let Some(row) = rows.next() {
                *row = *values;
            }
        }
    }
}

/// A cell of the windows at each of some positions; `cell` counts channels, rows and columns of the window.
fn gather(window: &Window, cell: usize, positions: Range<usize>, input: &[f32], values: &mut [f32]) {
    let [height, width] = window.input;
    let (tap, column) = (cell / window.size[1], cell % window.size[1]);
    let (channel, row) = (tap / window.size[0], tap % window.size[0]);
    let plane = &input[channel * height * width..][..height * width];
    let (down, right) = (row * window.dilation[0], column * window.dilation[1]);
    let (stride, left) = (window.stride[1], window.padding[1]);
    // The first column of the output whose cell is within the input, and the first one beyond.
    let inner = left.saturating_sub(right).div_ceil(stride);
    let outer = (width + left).saturating_sub(right).div_ceil(stride).max(inner);
    let mut rest = values;
    let mut position = positions.start;
    while position < positions.end {
        let (y, x) = (position / window.output[1], position % window.output[1]);
        let end = window.output[1].min(x + positions.end - position);
        let (part, others) = rest.split_at_mut(end - x);
        (rest, position) = (others, position + end - x);
        let source = (y * window.stride[0] + down).checked_sub(window.padding[0]).filter(|&row| row < height);
        let (from, to) = (inner.clamp(x, end), outer.clamp(x, end));
        let Some(source) = source.filter(|_| from < to) else {
            part.fill(0.0);
            continue;
        };
        part[..from - x].fill(0.0);
        part[to - x..].fill(0.0);
        let part = &mut part[from - x..to - x];
        let source = &plane[source * width..][..width][from * stride + right - left..];
        if stride == 1 {
            simd::copy(&source[..part.len()], part);
        } else if stride == 2 {
            strides::copy(source, part);
        } else {
            for (value, source) in part.iter_mut().zip(source.iter().step_by(stride)) {
                *value = *source;
            }
        }
    }
}
