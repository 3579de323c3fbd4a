//! Windows over one plane: what each meets, side by side.

use crate::convolution::Window;
use crate::simd::{self, F32x4, LANES};
use crate::strides;
use std::ops::Range;

/// A window, and a copy of a plane in which what a cell of it meets along an output row is side by side: rows of padding, and
/// in each row the columns that are a stride apart.
#[derive(Debug)]
pub(crate) struct Phases {
    pub(crate) window: Window,
    /// Length of a row.
    pub(crate) row: usize,
    /// Length of the columns that are a stride apart.
    pub(crate) phase: usize,
    rows: usize,
    /// Where each cell of the window meets the first cell of an output row, from the row's first on.
    pub(crate) cells: Vec<usize>,
}

/// What a window makes of the values that it meets.
pub(crate) trait Reduction {
    /// Adds to `totals`, of windows next to each other, what their cells meet. `copy` is of what the first cell meets on.
    fn add<const VECTORS: usize>(&self, phases: &Phases, copy: &[f32], totals: &mut [F32x4; VECTORS]);
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
        let cells = (0..window.size[0]).flat_map(|y| (0..window.size[1]).map(move |x| cell(y, x))).collect();
        let rows = (window.output[0] - 1) * window.stride[0] + height + 1;
        Self { window: window.clone(), row, phase, rows, cells }
    }

    /// A copy of nothing but padding.
    pub(crate) fn copy_of(&self, padding: f32) -> Vec<f32> {
        vec![padding; self.rows * self.row]
    }

    /// Computes an output plane, from totals of `start` on. `copy` is the copy of another plane, or of padding.
    pub(crate) fn run(
        &self,
        plane: &[f32],
        copy: &mut [f32],
        start: f32,
        reduction: &impl Reduction,
        output: &mut [f32],
    ) {
        self.fill(plane, copy);
        // As many totals as hide how long one takes, but no more than there are.
        let width = self.window.output[1];
        for first in (0..width).step_by(4 * LANES) {
            let columns = first..width.min(first + 4 * LANES);
            match columns.len().div_ceil(LANES) {
                1 => self.run_columns::<1>(columns, copy, start, reduction, output),
                2 => self.run_columns::<2>(columns, copy, start, reduction, output),
                3 => self.run_columns::<3>(columns, copy, start, reduction, output),
                _ => self.run_columns::<4>(columns, copy, start, reduction, output),
            }
        }
    }

    /// Sets some columns of each output row.
    #[inline(never)]
    fn run_columns<const VECTORS: usize>(
        &self,
        columns: Range<usize>,
        copy: &[f32],
        start: f32,
        reduction: &impl Reduction,
        output: &mut [f32],
    ) {
        for (row, output) in output.chunks_exact_mut(self.window.output[1]).enumerate() {
            let copy = &copy[row * self.window.stride[0] * self.row + columns.start..];
            let mut totals = [F32x4::splat(start); VECTORS];
            reduction.add(self, copy, &mut totals);
            for (total, output) in totals.into_iter().zip(output[columns.clone()].chunks_mut(LANES)) {
                total.store_some(output);
            }
        }
    }

    /// Copies a plane.
    fn fill(&self, plane: &[f32], copy: &mut [f32]) {
        let [height, width] = self.window.input;
        let [top, left] = self.window.padding;
        let stride = self.window.stride[1];
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
