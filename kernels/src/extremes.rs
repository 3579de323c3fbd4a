//! The lowest and the highest of some values.

use crate::simd::F32x4;

/// The extremes of those of some values that are finite, and how many are not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extremes {
    /// The lowest value; infinite if none is finite.
    pub low: f32,
    /// The highest value; minus infinite if none is finite.
    pub high: f32,
    /// Number of values that are infinite or NaN.
    pub non_finite: usize,
}

/// Vectors whose extremes are found side by side: each waits for the one before it.
const VECTORS: usize = 4;
const WIDTH: usize = 4 * VECTORS;

impl Extremes {
    /// Those of `values`.
    #[must_use]
    pub fn of(values: &[f32]) -> Self {
        let (blocks, rest) = values.as_chunks::<WIDTH>();
        let mut low = [F32x4::splat(f32::INFINITY); VECTORS];
        let mut high = [F32x4::splat(f32::NEG_INFINITY); VECTORS];
        let mut nothing = [F32x4::splat(0.0); VECTORS];
        let mut take = |block: &[f32; WIDTH]| {
            for (index, values) in block.as_chunks::<4>().0.iter().enumerate() {
                let values = F32x4::new(*values);
                // NaN of what is not finite, which is passed over.
                let zeros = values * F32x4::splat(0.0);
                let finite = values + zeros;
                low[index] = low[index].or_smaller(finite);
                high[index] = high[index].or_larger(finite);
                nothing[index] = nothing[index] + zeros;
            }
        };
        blocks.iter().for_each(&mut take);
        if let Some(&last) = rest.last() {
            let mut block = [last; WIDTH];
            block[..rest.len()].copy_from_slice(rest);
            take(&block);
        }
        let least = |[a, b, c, d]: [F32x4; VECTORS]| a.or_smaller(b).or_smaller(c.or_smaller(d)).to_array();
        let most = |[a, b, c, d]: [F32x4; VECTORS]| a.or_larger(b).or_larger(c.or_larger(d)).to_array();
        let [a, b, c, d] = nothing;
        let all_are_finite = ((a + b) + (c + d)).to_array() == [0.0; 4];
        Self {
            low: least(low).into_iter().fold(f32::INFINITY, |low, value| if value < low { value } else { low }),
            high: most(high).into_iter().fold(f32::NEG_INFINITY, |high, value| if value > high { value } else { high }),
            non_finite: if all_are_finite { 0 } else { values.iter().filter(|value| !value.is_finite()).count() },
        }
    }
}
