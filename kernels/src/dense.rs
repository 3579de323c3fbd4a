//! Dense layers: products of few rows and a matrix that is read once, where it is.

use crate::simd::F32x4;
use std::array::from_fn;

/// The order of a dense layer's weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightOrder {
    /// Outputs x inputs: all weights of an output, then those of the next one.
    ByOutput,
    /// Inputs x outputs.
    ByInput,
}

/// Rows of weights that are read at a time. They are far apart, so that each is followed by its next one in memory: what the
/// processor reads ahead is not for nothing.
pub(crate) const ROWS: usize = 4;
/// Outputs that are summed up at a time: a part of a second-level cache.
const OUTPUTS: usize = 1 << 14;

/// Sets `output`, a row of values for each of any number of `inputs`, to their products with `weights`. A row of `inputs` has
/// `depth` values.
///
/// # Panics
/// If the lengths do not fit.
pub fn dense(weights: &[f32], order: WeightOrder, inputs: &[f32], depth: usize, output: &mut [f32]) {
    let count = weights.len() / depth;
    assert_eq!(weights.len(), depth * count, "the weights of a dense layer");
    assert_eq!(inputs.len() / depth, output.len() / count, "the batch of a dense layer");
    match order {
        WeightOrder::ByOutput => by_output(weights, inputs, depth, output, count),
        WeightOrder::ByInput => by_input(weights, inputs, depth, output, count),
    }
}

fn by_output(weights: &[f32], inputs: &[f32], depth: usize, output: &mut [f32], count: usize) {
    let distance = count.div_ceil(ROWS);
    for first in 0..distance {
        // Rows beyond the last one repeat it, for nothing.
        let place = |row: usize| (first + row * distance).min(count - 1);
        let rows = from_fn(|row| &weights[place(row) * depth..][..depth]);
        for (input, output) in inputs.chunks_exact(depth).zip(output.chunks_exact_mut(count)) {
            for (row, value) in dot_products(rows, input).into_iter().enumerate() {
                output[place(row)] = value;
            }
        }
    }
}

/// The sums of the products of some rows with one.
#[inline(never)]
pub(crate) fn dot_products(rows: [&[f32]; ROWS], other: &[f32]) -> [f32; ROWS] {
    let [(a, ends_a), (b, ends_b), (c, ends_c), (d, ends_d)] = rows.map(|row| row.as_chunks::<8>());
    let (other, end) = other.as_chunks::<8>();
    let mut sums = [[F32x4::splat(0.0); 2]; ROWS];
    for ((((a, b), c), d), other) in a.iter().zip(b).zip(c).zip(d).zip(other) {
        let other: [F32x4; 2] = from_fn(|half| F32x4::load(&other[4 * half..]));
        for (sums, row) in sums.iter_mut().zip([a, b, c, d]) {
            for (half, sum) in sums.iter_mut().enumerate() {
                *sum = *sum + F32x4::load(&row[4 * half..]) * other[half];
            }
        }
    }
    let sums = F32x4::transposed(sums.map(|[left, right]| left + right));
    let mut totals = ((sums[0] + sums[1]) + (sums[2] + sums[3])).to_array();
    for (total, values) in totals.iter_mut().zip([ends_a, ends_b, ends_c, ends_d]) {
        *total += values.iter().zip(end).map(|(value, other)| value * other).sum::<f32>();
    }
    totals
}

fn by_input(weights: &[f32], inputs: &[f32], depth: usize, output: &mut [f32], count: usize) {
    output.fill(0.0);
    let distance = depth / ROWS;
    for start in (0..count).step_by(OUTPUTS) {
        let range = start..count.min(start + OUTPUTS);
        for first in 0..distance {
            for (input, output) in inputs.chunks_exact(depth).zip(output.chunks_exact_mut(count)) {
                add_products(
                    from_fn(|row| &weights[(first + row * distance) * count..][range.clone()]),
                    from_fn(|row| input[first + row * distance]),
                    &mut output[range.clone()],
                );
            }
        }
        for row in ROWS * distance..depth {
            for (input, output) in inputs.chunks_exact(depth).zip(output.chunks_exact_mut(count)) {
                for (output, weight) in output[range.clone()].iter_mut().zip(&weights[row * count..][range.clone()]) {
                    *output += input[row] * weight;
                }
            }
        }
    }
}

/// Adds rows to `sums`, each times its factor.
#[inline(never)]
fn add_products(rows: [&[f32]; ROWS], factors: [f32; ROWS], sums: &mut [f32]) {
    let [(a, ends_a), (b, ends_b), (c, ends_c), (d, ends_d)] = rows.map(|row| row.as_chunks::<4>());
    let (sums, end) = sums.as_chunks_mut::<4>();
    let vectors = factors.map(F32x4::splat);
    for ((((a, b), c), d), sum) in a.iter().zip(b).zip(c).zip(d).zip(sums) {
        let [a, b, c, d] = [a, b, c, d].map(|row| F32x4::new(*row));
        let [p, q, r, s] = vectors;
        (F32x4::new(*sum) + ((a * p + b * q) + (c * r + d * s))).store(sum);
    }
    for (values, factor) in [ends_a, ends_b, ends_c, ends_d].into_iter().zip(factors) {
        for (sum, value) in end.iter_mut().zip(values) {
            *sum += factor * value;
        }
    }
}
