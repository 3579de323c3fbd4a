//! Normalisations: from a feature map's values to levels, which colours then stand for.

use crate::feature_map::{FeatureMaps, Statistics, ValueRange};
use convscope_kernels::{
    Beyond, Extremes, even_levels, extreme_levels, mean_and_deviation, precise_standard_levels, standard_levels,
};
use serde::Serialize;
use std::borrow::Cow;

/// Channels in a row of the notebook's figure.
pub const BOOK_COLUMNS: usize = 16;

/// Level of a value that is not finite.
pub const NON_FINITE: u16 = convscope_kernels::NON_FINITE;

/// Feature maps as levels, and what these stand for.
#[derive(Clone, Debug, PartialEq)]
pub struct Normalized {
    /// A level of 0..=255, or [`NON_FINITE`], for each of the feature maps' values, in their order.
    pub levels: Vec<u16>,
    /// What the levels stand for.
    pub scale: Scale,
    /// How many finite values of each channel lay beyond the lowest and the highest level.
    pub clipped: Vec<Clipped>,
}

/// Numbers of finite values that lie beyond the ends of a scale, and have the levels of its ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Clipped {
    /// Those below its lowest value.
    pub below: usize,
    /// Those above its highest value.
    pub above: usize,
}

/// What levels stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// Levels 0..=255 divide this range of values evenly, the same for all channels; `None` if no value is finite.
    Shared(Option<ValueRange>),
    /// Levels 0..=255 divide each channel's own range of values evenly.
    PerChannel,
    /// A level is the value of a pixel in the notebook's grid: `128 + 64 z`, truncated, for a value `z` of its channel's
    /// standard deviations above its channel's mean. Colours span the levels from `low` to `high`.
    Book {
        /// The grid's lowest level.
        low: u8,
        /// The grid's highest level.
        high: u8,
    },
}

/// Each channel on a scale of its own, from its lowest to its highest value.
///
/// The arithmetic is that of matplotlib's `Normalize` and colour maps on `float32`. Where all values of a channel are
/// equal they get level 0, as there.
#[must_use]
pub fn per_channel(maps: &FeatureMaps<'_>) -> Normalized {
    let mut levels = vec![0; maps.values().len()];
    for (map, levels) in maps.maps().zip(levels.chunks_exact_mut(maps.height() * maps.width())) {
        set_linear_levels(map, ValueRange::of(map), levels);
    }
    Normalized { levels, scale: Scale::PerChannel, clipped: vec![Clipped::default(); maps.channels()] }
}

/// All channels on one scale, from the layer's lowest to its highest value, computed as in [`per_channel`].
#[must_use]
pub fn shared(maps: &FeatureMaps<'_>) -> Normalized {
    linear(maps, ValueRange::of(maps.values()))
}

/// All channels on one scale with zero in its middle, out to the layer's largest distance from zero.
///
/// The arithmetic is that of matplotlib's `CenteredNorm`, except in a layer of zeros, where that gives them level 0:
/// here zero is level 128 always.
#[must_use]
pub fn symmetric(maps: &FeatureMaps<'_>) -> Normalized {
    let range = ValueRange::of(maps.values()).map(|range| ValueRange {
        // Not `-magnitude`, which of 0 is -0.
        low: 0.0 - range.magnitude(),
        high: range.magnitude(),
    });
    let mut normalized = linear(maps, range);
    if range.is_some_and(|range| range.high == 0.0) {
        for level in normalized.levels.iter_mut().filter(|level| **level != NON_FINITE) {
            *level = 128;
        }
    }
    normalized
}

/// All channels on the scale of a given `range`, whose ends are finite and differ. Values beyond it have the levels of its
/// ends, and are counted.
#[must_use]
pub fn fixed(maps: &FeatureMaps<'_>, range: ValueRange) -> Normalized {
    let count = |map| Beyond::of(map, range.low, range.high).into();
    Normalized { clipped: maps.maps().map(count).collect(), ..linear(maps, Some(range)) }
}

/// The notebook's normalisation (François Chollet, "Deep Learning with Python", first edition, section 5.4): each channel
/// `(x - mean) / std * 64 + 128`, clipped to 0..=255 and truncated; colours span what the figure's grid of
/// [`BOOK_COLUMNS`] channels a row holds.
///
/// Sums and roundings are numpy's on `float32`, so that levels agree bit for bit. It differs from the notebook where
/// that fails:
/// - A constant channel other than zero has level 128, that of the mean. The notebook divides 0 or a rounding residue by
///   a standard deviation of 0 or thereabouts, which ends as 0, 255 or anything between by chance. (A dead channel, all
///   zero, is 0 there and here.)
/// - The last row may be incomplete. The notebook drops it, and shows nothing of a layer of fewer than 16 channels. Its
///   empty cells have level 0, which the notebook fills its grid with, and count for the range of colours as there.
/// - Values that are not finite are left out of mean and standard deviation, and of the range of colours. In the
///   notebook one of them makes its channel 0.
/// - Where `float32` cannot hold a channel's variance (values beyond 1e19 or below 1e-22), `f64` is used.
#[must_use]
pub fn book(maps: &FeatureMaps<'_>) -> Normalized {
    let mut levels = vec![0; maps.values().len()];
    let maps_levels = levels.chunks_exact_mut(maps.height() * maps.width());
    let clipped = maps.maps().zip(maps_levels).map(|(map, levels)| set_book_levels(map, levels)).collect();
    let (low, high) = extreme_levels(&levels);
    let has_empty_cells = !maps.channels().is_multiple_of(BOOK_COLUMNS);
    let low = if has_empty_cells { 0 } else { low.min(high) };
    let [low, high] = [low, high].map(|level| u8::try_from(level).unwrap_or(u8::MAX));
    Normalized { levels, scale: Scale::Book { low, high }, clipped }
}

fn linear(maps: &FeatureMaps<'_>, range: Option<ValueRange>) -> Normalized {
    let mut levels = vec![0; maps.values().len()];
    set_linear_levels(maps.values(), range, &mut levels);
    Normalized { levels, scale: Scale::Shared(range), clipped: vec![Clipped::default(); maps.channels()] }
}

/// Sets the level of each of `values`: the lowest or the highest for those beyond `range`.
fn set_linear_levels(values: &[f32], range: Option<ValueRange>, levels: &mut [u16]) {
    let ValueRange { low, high } = range.unwrap_or_default();
    even_levels(values, low, high, levels);
}

/// Sets the level of each value of a channel, and counts those that are clipped.
fn set_book_levels(map: &[f32], levels: &mut [u16]) -> Clipped {
    let Extremes { low, high, non_finite } = Extremes::of(map);
    if low == 0.0 && high == 0.0 {
        even_levels(map, low, high, levels);
        return Clipped::default();
    }
    if low >= high {
        // None is finite, or all that are lie on their mean.
        return standard_levels(map, low, 1.0, levels).into();
    }
    let finite: Cow<'_, [f32]> = match non_finite {
        0 => map.into(),
        _ => map.iter().copied().filter(|value| value.is_finite()).collect(),
    };
    let (mean, std) = mean_and_deviation(&finite);
    if std > 0.0 && std.is_finite() {
        standard_levels(map, mean, std, levels).into()
    } else {
        let Statistics { mean, std, .. } = Statistics::of(map);
        precise_standard_levels(map, mean, std, levels).into()
    }
}

impl From<Beyond> for Clipped {
    fn from(Beyond { below, above }: Beyond) -> Self {
        Self { below, above }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One channel as wide as there are `values`.
    fn one_channel(values: &[f32]) -> FeatureMaps<'_> {
        FeatureMaps::new(1, 1, values.len(), values).unwrap()
    }

    /// Each channel is one of `rows`.
    fn channels(rows: &[[f32; 4]]) -> FeatureMaps<'static> {
        FeatureMaps::new(rows.len(), 2, 2, rows.as_flattened().to_vec()).unwrap()
    }

    #[test]
    fn linear_levels() {
        #[track_caller]
        fn check(normalize: fn(&FeatureMaps<'_>) -> Normalized, values: &[f32], expected: &[u16]) {
            assert_eq!(normalize(&one_channel(values)).levels, expected);
        }
        let tiny = f32::from_bits(1);
        for normalize in [shared, per_channel] {
            check(normalize, &[0.0, 0.25, 0.5, 1.0], &[0, 64, 128, 255]);
            check(normalize, &[-1.0, f32::NAN, 1.0, f32::INFINITY], &[0, 256, 255, 256]);
            check(normalize, &[f32::MIN, 0.0, f32::MAX], &[0, 128, 255]);
            check(normalize, &[0.0, tiny, 2.0 * tiny], &[0, 128, 255]);
            check(normalize, &[7.0, 7.0], &[0, 0]);
            check(normalize, &[f32::NAN], &[256]);
        }
        check(symmetric, &[-1.0, 0.0, 2.0], &[64, 128, 255]);
        check(symmetric, &[-f32::MAX, 0.0, f32::MAX], &[0, 128, 255]);
        check(symmetric, &[0.0, -0.0, f32::NAN], &[128, 128, 256]);
    }

    #[test]
    fn scales_say_what_levels_stand_for() {
        let maps = channels(&[[0.0, 1.0, 2.0, 3.0], [-4.0, f32::INFINITY, 0.0, 1.0], [f32::NAN; 4]]);
        let range = |low, high| Some(ValueRange { low, high });
        assert_eq!(shared(&maps).scale, Scale::Shared(range(-4.0, 3.0)));
        assert_eq!(symmetric(&maps).scale, Scale::Shared(range(-4.0, 4.0)));
        assert_eq!(per_channel(&maps).scale, Scale::PerChannel);
        assert_eq!(per_channel(&maps).levels[..8], [0, 85, 170, 255, 0, 256, 204, 255]);
        assert_eq!(shared(&channels(&[[f32::NAN; 4]])).scale, Scale::Shared(None));
    }

    #[test]
    fn book_levels() {
        #[track_caller]
        fn check(values: &[f32], expected: &[u16]) {
            assert_eq!(book(&one_channel(values)).levels, expected);
        }
        // Two values are one standard deviation from their mean.
        check(&[1.0, 3.0], &[64, 192]);
        check(&[0.0, -0.0], &[0, 0]);
        check(&[0.1; 3], &[128; 3]);
        check(&[1.0, f32::NAN, 3.0, f32::NEG_INFINITY], &[64, 256, 192, 256]);
        check(&[5.0, f32::NAN], &[128, 256]);
        check(&[f32::NAN], &[256]);
        // Beyond what float32 can square or sum.
        check(&[1e-30, 3e-30], &[64, 192]);
        check(&[1e30, 3e30], &[64, 192]);
        check(&[f32::MIN, f32::MAX], &[64, 192]);
        check(&[0.0, f32::from_bits(1)], &[64, 192]);
    }

    #[test]
    fn book_colors_span_the_grid_with_its_empty_cells() {
        #[track_caller]
        fn check(channels: usize, expected: (u8, u8)) {
            let maps = FeatureMaps::new(channels, 1, 2, [1.0, 3.0].repeat(channels)).unwrap();
            let (low, high) = expected;
            assert_eq!(book(&maps).scale, Scale::Book { low, high });
        }
        check(16, (64, 192));
        check(32, (64, 192));
        check(20, (0, 192));
        check(3, (0, 192));
    }

    #[test]
    fn book_counts_what_it_clips() {
        let mut values = [0.0; 100];
        values[7] = 1.0;
        values[8] = f32::NAN;
        let normalized = book(&one_channel(&values));
        assert_eq!(normalized.clipped, [Clipped { below: 0, above: 1 }]);
        assert_eq!(normalized.levels[7], 255);
        assert_eq!(book(&one_channel(&values.map(|value| -value))).clipped, [Clipped { below: 1, above: 0 }]);
        assert_eq!(shared(&one_channel(&values)).clipped, [Clipped::default()]);
    }
}
