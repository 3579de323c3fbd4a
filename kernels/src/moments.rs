//! Mean and standard deviation, as numpy computes them in float32.

use crate::simd::F32x4;

/// numpy's `values.mean()`, and of what is left of `values` less that mean, `std()`. The order of additions decides the
/// rounding.
#[must_use]
pub fn mean_and_deviation(values: &[f32]) -> (f32, f32) {
    let mean_of = |sum: f32| (f64::from(sum) / values.len() as f64) as f32;
    let mean = mean_of(pairwise_sum(values, &|value| value));
    let means = F32x4::splat(mean);
    let rest = mean_of(pairwise_sum(values, &|value| value - means));
    let rests = F32x4::splat(rest);
    let square = |value: F32x4| {
        let distance = value - means - rests;
        distance * distance
    };
    (mean, mean_of(pairwise_sum(values, &square)).sqrt())
}

/// numpy's sum of `float32`, of a term of each value: pairwise over blocks of at most 128, each in 8 partial sums
/// (`pairwise_sum` in `numpy/_core/src/umath/loops_utils.h.src`).
fn pairwise_sum(values: &[f32], term: &impl Fn(F32x4) -> F32x4) -> f32 {
    if values.len() > 128 {
        let half = values.len() / 2;
        let (left, right) = values.split_at(half - half % 8);
        return pairwise_sum(left, term) + pairwise_sum(right, term);
    }
    let (blocks, rest) = values.as_chunks::<8>();
    let terms = |block: &[f32; 8]| [&block[..4], &block[4..]].map(|half| term(F32x4::load(half)));
    let partial = blocks.iter().map(terms).reduce(|[a, b], [c, d]| [a + c, b + d]);
    let start = partial.map_or(0.0, |[first, second]| {
        let ([a, b, c, d], [e, f, g, h]) = (first.to_array(), second.to_array());
        ((a + b) + (c + d)) + ((e + f) + (g + h))
    });
    rest.iter().fold(start, |sum, &value| sum + term(F32x4::splat(value)).to_array()[0])
}
