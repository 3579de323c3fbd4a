//! What is computed value by value.

use crate::simd::{F32x4, LANES};

/// Sets each value of `output` to that of `input`, or to the bound that it is beyond. NaN stays. With neither bound, `output`
/// is a copy.
///
/// # Panics
/// If they are not of the same length.
pub fn clamp(input: &[f32], low: f32, high: f32, output: &mut [f32]) {
    let (lowest, highest) = (F32x4::splat(low), F32x4::splat(high));
    assert_eq!(input.len(), output.len(), "the values of a clamp");
    let (vectors, rest) = input.as_chunks::<LANES>();
    let (outputs, others) = output.as_chunks_mut::<LANES>();
    for (&values, output) in vectors.iter().zip(outputs) {
        *output = F32x4::new(values).or_larger(lowest).or_smaller(highest).to_array();
    }
    for (value, output) in rest.iter().zip(others) {
        // `f32::max` passes over NaN.
        let value = if *value < low { low } else { *value };
        *output = if high < value { high } else { value };
    }
}

/// Sets each value of `output` to the sum of those in its place.
///
/// # Panics
/// If they are not of the same length.
pub fn add(left: &[f32], right: &[f32], output: &mut [f32]) {
    assert_eq!([left.len(), right.len()], [output.len(); 2], "the terms of sums");
    for ((left, right), output) in left.iter().zip(right).zip(output) {
        *output = left + right;
    }
}

/// Whether no value is infinite or NaN.
pub(crate) fn are_finite(values: &[f32]) -> bool {
    // Each sum waits for the one before it.
    let (blocks, rest) = values.as_chunks::<{ 4 * LANES }>();
    let mut sums = [F32x4::splat(0.0); 4];
    for block in blocks {
        for (sum, values) in sums.iter_mut().zip(block.as_chunks().0) {
            // NaN of what is not finite.
            *sum = *sum + F32x4::new(*values) * F32x4::splat(0.0);
        }
    }
    sums.iter().all(|sum| sum.to_array() == [0.0; LANES]) && rest.iter().all(|value| value.is_finite())
}
