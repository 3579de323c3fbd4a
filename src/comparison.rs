//! Comparison of feature maps with those of another pass, the reference.

use crate::error::{Error, ErrorKind, Result};
use crate::feature_map::FeatureMaps;
use serde::Serialize;

/// How far a channel is from the reference's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ChannelDifference {
    /// The channel.
    pub channel: usize,
    /// The mean of `|present - reference|` over the cells where both are finite; none if there is no such cell.
    pub difference: Option<f64>,
}

/// A cell of both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ComparedCell {
    /// The reference's value.
    pub reference: f32,
    /// The present one.
    pub present: f32,
}

/// The `present` feature maps less the `reference`'s, value by value.
///
/// # Errors
/// [`ErrorKind::Input`] if they differ in size.
pub fn difference(present: &FeatureMaps<'_>, reference: &FeatureMaps<'_>) -> Result<FeatureMaps<'static>> {
    check_sizes(present, reference)?;
    let values = present.values().iter().zip(reference.values());
    let values: Vec<f32> = values.map(|(present, reference)| present - reference).collect();
    FeatureMaps::new(present.channels(), present.height(), present.width(), values)
}

/// The `reference`'s feature maps and after them the `present` ones, to be drawn on one scale.
///
/// # Errors
/// [`ErrorKind::Input`] if they differ in size, [`ErrorKind::TooLarge`] as [`FeatureMaps::new`]'s.
pub fn pair(present: &FeatureMaps<'_>, reference: &FeatureMaps<'_>) -> Result<FeatureMaps<'static>> {
    check_sizes(present, reference)?;
    let values = [reference.values(), present.values()].concat();
    FeatureMaps::new(2 * present.channels(), present.height(), present.width(), values)
}

/// All channels, the one that differs most first; those that differ equally in order.
///
/// # Errors
/// [`ErrorKind::Input`] if the feature maps differ in size.
pub fn rank(present: &FeatureMaps<'_>, reference: &FeatureMaps<'_>) -> Result<Vec<ChannelDifference>> {
    check_sizes(present, reference)?;
    let maps = present.maps().zip(reference.maps()).enumerate();
    let mut ranked: Vec<_> = maps
        .map(|(channel, (present, reference))| ChannelDifference {
            channel,
            difference: mean_distance(present, reference),
        })
        .collect();
    let size = |ranked: &ChannelDifference| ranked.difference.unwrap_or(-1.0);
    ranked.sort_by(|a, b| size(b).total_cmp(&size(a)));
    Ok(ranked)
}

/// The values of both at a place.
///
/// # Errors
/// [`ErrorKind::Input`] if the feature maps differ in size, or have no such place.
pub fn cell(
    present: &FeatureMaps<'_>,
    reference: &FeatureMaps<'_>,
    (channel, row, column): (usize, usize, usize),
) -> Result<ComparedCell> {
    check_sizes(present, reference)?;
    let value = |maps: &FeatureMaps<'_>| maps.map(channel)?.chunks_exact(maps.width()).nth(row)?.get(column).copied();
    let both = value(present).zip(value(reference));
    both.map(|(present, reference)| ComparedCell { reference, present }).ok_or_else(|| {
        Error::new(ErrorKind::Input, format!("there is no channel {channel}, row {row}, column {column}"))
    })
}

fn mean_distance(present: &[f32], reference: &[f32]) -> Option<f64> {
    let finite =
        present.iter().zip(reference).filter(|(present, reference)| present.is_finite() && reference.is_finite());
    let (sum, count) = finite.fold((0.0, 0.0), |(sum, count), (&present, &reference)| {
        (sum + (f64::from(present) - f64::from(reference)).abs(), count + 1.0)
    });
    (count > 0.0).then(|| sum / count)
}

fn check_sizes(present: &FeatureMaps<'_>, reference: &FeatureMaps<'_>) -> Result<()> {
    let [own, other] = [present, reference].map(|maps| [maps.channels(), maps.height(), maps.width()]);
    if own == other {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Input,
        format!(
            "feature maps of {} x {} x {} cannot be compared with the reference's of {} x {} x {}",
            own[0], own[1], own[2], other[0], other[1], other[2]
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maps(values: &[f32]) -> FeatureMaps<'_> {
        FeatureMaps::new(values.len() / 2, 1, 2, values).unwrap()
    }

    #[test]
    fn a_difference_is_the_present_less_the_reference() {
        let difference = difference(&maps(&[3.0, -1.0, 0.5, f32::NAN]), &maps(&[1.0, 1.0, 0.5, 0.0])).unwrap();
        assert_eq!(difference.values()[..3], [2.0, -2.0, 0.0]);
        assert!(difference.values()[3].is_nan());
        assert_eq!(difference.channels(), 2);
    }

    #[test]
    fn a_pair_has_the_reference_first() {
        let pair = pair(&maps(&[3.0, 4.0]), &maps(&[1.0, 2.0])).unwrap();
        assert_eq!(pair.values(), [1.0, 2.0, 3.0, 4.0]);
        assert_eq!((pair.channels(), pair.height(), pair.width()), (2, 1, 2));
    }

    #[test]
    fn channels_are_ranked_by_the_mean_distance_of_their_finite_cells() {
        let present = [0.0, 1.0, f32::MAX, 5.0, f32::NAN, 2.0, f32::NAN, 7.0, -1.0, 0.0];
        let reference = [0.0, 0.0, f32::MIN, 5.0, 9.0, 5.0, 1.0, f32::INFINITY, 0.0, 0.0];
        let ranked = rank(&maps(&present), &maps(&reference)).unwrap();
        let found: Vec<_> = ranked.iter().map(|ranked| (ranked.channel, ranked.difference)).collect();
        assert_eq!(found, [(1, Some(f64::from(f32::MAX))), (2, Some(3.0)), (0, Some(0.5)), (4, Some(0.5)), (3, None)]);
    }

    #[test]
    fn a_cell_has_two_values() {
        let (present, reference) = (maps(&[0.0, 1.0, 2.0, 3.0]), maps(&[4.0, 5.0, 6.0, 7.0]));
        assert_eq!(cell(&present, &reference, (1, 0, 1)), Ok(ComparedCell { reference: 7.0, present: 3.0 }));
        for place in [(2, 0, 0), (0, 1, 0), (0, 0, 2)] {
            assert_eq!(cell(&present, &reference, place).unwrap_err().kind(), ErrorKind::Input);
        }
    }

    #[test]
    fn sizes_must_agree() {
        let (small, large) = (maps(&[0.0; 2]), maps(&[0.0; 4]));
        let errors = [
            difference(&small, &large).unwrap_err(),
            pair(&small, &large).unwrap_err(),
            rank(&small, &large).unwrap_err(),
            cell(&small, &large, (0, 0, 0)).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Input);
            assert!(error.message().contains("1 x 1 x 2") && error.message().contains("2 x 1 x 2"), "{error}");
        }
    }
}
