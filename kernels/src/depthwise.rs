//! Convolution of each plane by itself.

use crate::convolution::Window;
use crate::simd::{self, F32x4, LANES};
use crate::strides;
use std::array::from_fn;
use std::ops::Range;

/// A copy of a plane in which what a cell of the window meets along an output row is side by side: rows of padding, and in
/// each row the columns that are a stride apart.
#[derive(Debug)]
pub(crate) struct Phases {
    /// Length of a row.
    row: usize,
    /// Length of the columns that are a stride apart.
    phase: usize,
    rows: usize,
    /// Where each cell of the window meets the first cell of an output row, from the row's first on.
    cells: Vec<usize>,
}

impl Phases {
    pub(crate) fn of(window: &Window) -> Self {
        let [height, width] = [0, 1].map(|axis| (window.size[axis] - 1) * window.dilation[axis]);
        let phase = window.output[1].next_multiple_of(LANES) + width / window.stride[1];
        let row = window.stride[1] * phase;
        let cell = |y: usize, x: usize| {
            let x = x * window.dilation[1];
            y * window.dilation[0] * row + x % window.stride[1] * phase + x / window.stride[1]
        };
        let cells = (0..window.size[0]).flat_map(|y| (0..window.size[1]).map(move |x| cell(y, x)));
        Self { row, phase, rows: (window.output[0] - 1) * window.stride[0] + height + 1, cells: cells.collect() }
    }

    /// The number of values of a copy.
    pub(crate) fn size(&self) -> usize {
        self.rows * self.row
    }

    /// Computes an output plane. `copy` is room for a copy; what is not within the plane is zero there already.
    pub(crate) fn run(
        &self,
        window: &Window,
        weights: &[f32],
        bias: f32,
        plane: &[f32],
        output: &mut [f32],
        copy: &mut [f32],
    ) {
        self.fill(window, plane, copy);
        let sums = Sums { window, weights, bias, copy };
        // As many sums as hide how long one takes, but no more than there are.
        for first in (0..window.output[1]).step_by(4 * LANES) {
            let columns = first..window.output[1].min(first + 4 * LANES);
            match columns.len().div_ceil(LANES) {
                1 => self.sum_columns::<1>(&sums, columns, output),
                2 => self.sum_columns::<2>(&sums, columns, output),
                3 => self.sum_columns::<3>(&sums, columns, output),
                _ => self.sum_columns::<4>(&sums, columns, output),
            }
        }
    }

    /// Sums for some columns of each output row.
    fn sum_columns<const VECTORS: usize>(&self, sums: &Sums, columns: Range<usize>, output: &mut [f32]) {
        let Window { size, stride, dilation, .. } = sums.window;
        match (size, stride[1], dilation) {
            ([3, 3], 1, [1, 1]) => sums.fill::<VECTORS>(self, columns, output, self.adder::<3, 1, VECTORS>(sums)),
            ([3, 3], 2, [1, 1]) => sums.fill::<VECTORS>(self, columns, output, self.adder::<3, 2, VECTORS>(sums)),
            ([5, 5], 1, [1, 1]) => sums.fill::<VECTORS>(self, columns, output, self.adder::<5, 1, VECTORS>(sums)),
            ([5, 5], 2, [1, 1]) => sums.fill::<VECTORS>(self, columns, output, self.adder::<5, 2, VECTORS>(sums)),
            _ => sums.fill::<VECTORS>(self, columns, output, |copy, values| {
                for (&weight, &cell) in sums.weights.iter().zip(&self.cells) {
                    add_product(&copy[cell..], weight, values);
                }
            }),
        }
    }

    /// What adds the products of a window that is not dilated, of which the compiler knows the size.
    fn adder<const SIZE: usize, const STRIDE: usize, const VECTORS: usize>(
        &self,
        sums: &Sums,
    ) -> impl Fn(&[f32], &mut [F32x4; VECTORS]) {
        |copy, values| {
            for (row, weights) in copy.chunks(self.row).zip(sums.weights.as_chunks::<SIZE>().0) {
                for (column, &weight) in weights.iter().enumerate() {
                    add_product(&row[column % STRIDE * self.phase + column / STRIDE..], weight, values);
                }
            }
        }
    }

    fn fill(&self, window: &Window, plane: &[f32], copy: &mut [f32]) {
        let [height, width] = window.input;
        let [top, left] = window.padding;
        let stride = window.stride[1];
        for (row, values) in plane.chunks_exact(width).enumerate().take(height.min(self.rows - top.min(self.rows))) {
            let copy = &mut copy[(row + top) * self.row..][..self.row];
            if stride == 1 {
                let length = width.min(self.row - left);
                simd::copy(&values[..length], &mut copy[left..left + length]);
                continue;
            }
            if stride == 2 {
                // Its first column is one of those with odd places if there is such padding before it.
                let (evens, odds) = copy.split_at_mut(self.phase);
                let (first, second) = if left % 2 == 0 { (evens, odds) } else { (odds, evens) };
                let places = [left, left + 1].map(|column| (column / 2).min(self.phase));
                strides::split(values, &mut first[places[0]..], &mut second[places[1]..]);
                continue;
            }
            for (phase, copy) in copy.chunks_exact_mut(self.phase).enumerate() {
                // The first column of the phase that is not padding.
                let skipped = left.saturating_sub(phase).div_ceil(stride);
                let first = skipped * stride + phase - left;
                let columns = values.iter().skip(first).step_by(stride);
                for (copy, value) in copy.iter_mut().skip(skipped).zip(columns) {
                    *copy = *value;
                }
            }
        }
    }
}

/// What an output plane is the sums of.
struct Sums<'a> {
    window: &'a Window,
    weights: &'a [f32],
    bias: f32,
    /// See [`Phases`].
    copy: &'a [f32],
}

impl Sums<'_> {
    /// Sets some columns of each output row. `add` adds the products of vectors whose windows begin where its argument does.
    #[inline(never)]
    fn fill<const VECTORS: usize>(
        &self,
        phases: &Phases,
        columns: Range<usize>,
        output: &mut [f32],
        add: impl Fn(&[f32], &mut [F32x4; VECTORS]),
    ) {
        for (row, output) in output.chunks_exact_mut(self.window.output[1]).enumerate() {
            let copy = &self.copy[row * self.window.stride[0] * phases.row + columns.start..];
            let mut sums = [F32x4::splat(self.bias); VECTORS];
            add(copy, &mut sums);
            for (sum, output) in sums.into_iter().zip(output[columns.clone()].chunks_mut(LANES)) {
                sum.store_some(output);
            }
        }
    }
}

/// Adds the products of the first `values` and a weight.
#[inline(always)]
fn add_product<const VECTORS: usize>(values: &[f32], weight: f32, sums: &mut [F32x4; VECTORS]) {
    let values = &values[..VECTORS * LANES];
    let weight = F32x4::splat(weight);
    let values: [F32x4; VECTORS] = from_fn(|vector| F32x4::load(&values[vector * LANES..]));
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum = *sum + weight * value;
    }
}
