//! Convolution of each plane by itself.

use crate::phases::{Phases, Reduction};
use crate::simd::{F32x4, LANES};
use std::array::from_fn;

/// Computes an output plane. `copy` is the copy of another plane, or of zeros.
pub(crate) fn run(phases: &Phases, weights: &[f32], bias: f32, plane: &[f32], copy: &mut [f32], output: &mut [f32]) {
    let window = &phases.window;
    match (window.size, window.stride[1], window.dilation) {
        ([3, 3], 1, [1, 1]) => phases.run(plane, copy, bias, &Unrolled::<3, 1>(weights), output),
        ([3, 3], 2, [1, 1]) => phases.run(plane, copy, bias, &Unrolled::<3, 2>(weights), output),
        ([5, 5], 1, [1, 1]) => phases.run(plane, copy, bias, &Unrolled::<5, 1>(weights), output),
        ([5, 5], 2, [1, 1]) => phases.run(plane, copy, bias, &Unrolled::<5, 2>(weights), output),
        _ => phases.run(plane, copy, bias, &Products(weights), output),
    }
}

/// Sums of products with a weight for each cell.
struct Products<'a>(&'a [f32]);

impl Reduction for Products<'_> {
    #[inline(always)]
    fn add<const VECTORS: usize>(&self, phases: &Phases, copy: &[f32], totals: &mut [F32x4; VECTORS]) {
        for (&weight, &cell) in self.0.iter().zip(&phases.cells) {
            add_products(&copy[cell..], weight, totals);
        }
    }
}

/// [`Products`] for windows that are not dilated, whose size the compiler knows.
struct Unrolled<'a, const SIZE: usize, const STRIDE: usize>(&'a [f32]);

impl<const SIZE: usize, const STRIDE: usize> Reduction for Unrolled<'_, SIZE, STRIDE> {
    #[inline(always)]
    fn add<const VECTORS: usize>(&self, phases: &Phases, copy: &[f32], totals: &mut [F32x4; VECTORS]) {
        for (row, weights) in copy.chunks(phases.row).zip(self.0.as_chunks::<SIZE>().0) {
            for (column, &weight) in weights.iter().enumerate() {
                add_products(&row[column % STRIDE * phases.phase + column / STRIDE..], weight, totals);
            }
        }
    }
}

/// Adds the products of the first `values` and a weight.
#[inline(always)]
fn add_products<const VECTORS: usize>(values: &[f32], weight: f32, totals: &mut [F32x4; VECTORS]) {
    let values = &values[..VECTORS * LANES];
    let weight = F32x4::splat(weight);
    let values: [F32x4; VECTORS] = from_fn(|vector| F32x4::load(&values[vector * LANES..]));
    for (total, value) in totals.iter_mut().zip(values) {
        *total = *total + weight * value;
    }
}
