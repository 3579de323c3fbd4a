//! Levels: what values are on a scale of 256, and the colours that these have.

/// Level of a value that is not finite. Those of others are below it.
pub const NON_FINITE: u16 = 256;

/// Numbers of finite values that lie beyond the ends of a scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Beyond {
    /// Those below its lowest value.
    pub below: usize,
    /// Those above its highest value.
    pub above: usize,
}

impl Beyond {
    /// Those of `values` beyond the values from `low` to `high`, which are finite.
    #[must_use]
    pub fn of(values: &[f32], low: f32, high: f32) -> Self {
        let count = |is_beyond: &dyn Fn(f32) -> bool| values.iter().filter(|&&value| is_beyond(value)).count();
        Self {
            below: count(&|value| value < low && value > f32::NEG_INFINITY),
            above: count(&|value| value > high && value < f32::INFINITY),
        }
    }
}

/// Sets the level of each value where 256 levels divide the values from `low` to `high` evenly, the lowest or the highest
/// for those beyond.
///
/// The arithmetic is that of matplotlib's `Normalize` and colour maps on `float32`. If `low` and `high` are equal, so are all
/// levels: 0.
pub fn even_levels(values: &[f32], low: f32, high: f32, levels: &mut [u16]) {
    // Halving is exact, and keeps differences finite where the range is wider than `f32`'s largest value.
    let factor = if (high - low).is_finite() { 1.0 } else { 0.5 };
    let low = low * factor;
    let span = f64::from(high * factor) - f64::from(low);
    // Rounded to `f32` in the places where matplotlib rounds. A span of zero makes this NaN, which casts to 0.
    set_levels(values, levels, |value| (f64::from(value * factor - low) / span) as f32 * 256.0);
}

/// Sets the level of each value to `128 + 64 z`, truncated, where it is `z` deviations above the mean: the lowest or the
/// highest where that is beyond the levels, which are counted.
pub fn standard_levels(values: &[f32], mean: f32, deviation: f32, levels: &mut [u16]) -> Beyond {
    set_levels(values, levels, |value| (value - mean) / deviation * 64.0 + 128.0)
}

/// [`standard_levels`] with the arithmetic of `f64`.
pub fn precise_standard_levels(values: &[f32], mean: f64, deviation: f64, levels: &mut [u16]) -> Beyond {
    set_levels(values, levels, |value| ((f64::from(value) - mean) / deviation * 64.0 + 128.0) as f32)
}

/// Sets the level of each value to its score, clipped and truncated, and counts those that are clipped.
#[inline(always)]
fn set_levels(values: &[f32], levels: &mut [u16], score: impl Fn(f32) -> f32) -> Beyond {
    let (mut below, mut above) = (0u32, 0u32);
    for (&value, level) in values.iter().zip(levels) {
        let score = score(value);
        let is_finite = value.abs() < f32::INFINITY;
        below += u32::from((score < 0.0) & is_finite);
        above += u32::from((score > 255.0) & is_finite);
        let clipped = score.clamp(0.0, 255.0) as i32 as u16;
        *level = if is_finite { clipped } else { NON_FINITE };
    }
    Beyond { below: below as usize, above: above as usize }
}

/// The lowest and the highest of some levels but for [`NON_FINITE`], which are the other way round if there is none.
#[must_use]
pub fn extreme_levels(levels: &[u16]) -> (u16, u16) {
    const LANES: usize = 16;
    let (blocks, rest) = levels.as_chunks::<LANES>();
    let (mut lows, mut highs) = ([NON_FINITE; LANES], [0; LANES]);
    let last = std::array::from_fn(|lane| rest.get(lane).copied().unwrap_or(NON_FINITE));
    for block in blocks.iter().chain([&last]) {
        for ((low, high), &level) in lows.iter_mut().zip(&mut highs).zip(block) {
            *low = level.min(*low);
            *high = (*high).max(if level == NON_FINITE { 0 } else { level });
        }
    }
    (lows.into_iter().fold(NON_FINITE, u16::min), highs.into_iter().fold(0, u16::max))
}

/// The mean level of each block of `size` x `size` levels in rows of `width`; [`NON_FINITE`] if one of them is that.
#[must_use]
pub fn mean_levels(levels: &[u16], width: usize, size: usize) -> Vec<u16> {
    let mut means = Vec::with_capacity(levels.len() / size);
    let (mut sums, mut highest) = (vec![0; width], vec![0; width]);
    for rows in levels.chunks(width.saturating_mul(size)) {
        sums.fill(0);
        highest.fill(0);
        // First down, then across.
        for row in rows.chunks_exact(width) {
            for ((sum, highest), &level) in sums.iter_mut().zip(&mut highest).zip(row) {
                *sum += u64::from(level);
                *highest = level.max(*highest);
            }
        }
        let height = rows.len() / width;
        means.extend(sums.chunks(size).zip(highest.chunks(size)).map(|(sums, highest)| {
            let count = (sums.len() * height) as u64;
            let is_finite = highest.iter().all(|&level| level != NON_FINITE);
            if is_finite { ((sums.iter().sum::<u64>() + count / 2) / count) as u16 } else { NON_FINITE }
        }));
    }
    means
}

/// Sets each pixel to its level's colour.
pub fn color(levels: &[u16], colors: &[[u8; 4]; NON_FINITE as usize + 1], pixels: &mut [[u8; 4]]) {
    for (&level, pixel) in levels.iter().zip(pixels) {
        *pixel = colors[usize::from(level.min(NON_FINITE))];
    }
}
