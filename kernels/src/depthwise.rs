//! Convolution of each plane by itself.

use crate::convolution::Window;
use crate::simd::{F32x4, LANES};
use std::array::from_fn;

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
        let [_, columns] = window.output;
        for (row, output) in output.chunks_exact_mut(columns).enumerate() {
            let copy = &copy[row * window.stride[0] * self.row..];
            // As many sums as hide how long one takes, but no more than there are.
            for (block, output) in output.chunks_mut(4 * LANES).enumerate() {
                let copy = &copy[block * 4 * LANES..];
                match output.len().div_ceil(LANES) {
                    1 => self.sum::<1>(weights, bias, copy, output),
                    2 => self.sum::<2>(weights, bias, copy, output),
                    3 => self.sum::<3>(weights, bias, copy, output),
                    _ => self.sum::<4>(weights, bias, copy, output),
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
                copy[left..left + length].copy_from_slice(&values[..length]);
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

    /// Some values next to each other.
    #[inline(never)]
    fn sum<const VECTORS: usize>(&self, weights: &[f32], bias: f32, copy: &[f32], output: &mut [f32]) {
        let mut sums = [F32x4::splat(bias); VECTORS];
        for (&weight, &cell) in weights.iter().zip(&self.cells) {
            let values = &copy[cell..][..VECTORS * LANES];
            let weight = F32x4::splat(weight);
            let values: [F32x4; VECTORS] = from_fn(|vector| F32x4::load(&values[vector * LANES..]));
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum = *sum + weight * value;
            }
        }
        for (sum, output) in sums.into_iter().zip(output.chunks_mut(LANES)) {
            sum.store_some(output);
        }
    }
}
