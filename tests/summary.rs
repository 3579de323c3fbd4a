//! Summaries against numpy's: see tests/summary/make_goldens.py.

#![allow(clippy::unwrap_used)]

use convscope::feature_map::{FeatureMaps, ValueRange};
use convscope::{ErrorKind, summary};
use serde::Deserialize;

type Numbers = Vec<Option<f64>>;

#[derive(Deserialize)]
struct Case {
    name: String,
    shape: [usize; 3],
    values: Numbers,
    means: Numbers,
    deviations: Numbers,
    similarities: Numbers,
    histogram: Histogram,
    mean: Numbers,
    maximum: Numbers,
    components: Components,
}

#[derive(Deserialize)]
struct Histogram {
    range: [f32; 2],
    counts: Vec<usize>,
}

#[derive(Deserialize)]
struct Components {
    scores: Vec<Numbers>,
    explained: Numbers,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("summary/cases.json")).unwrap()
}

fn maps(case: &Case) -> FeatureMaps<'static> {
    let [channels, height, width] = case.shape;
    let values: Vec<f32> = case.values.iter().map(|value| value.map_or(f32::NAN, |value| value as f32)).collect();
    FeatureMaps::new(channels, height, width, values).unwrap()
}

/// Compares numbers to within a part of the largest.
#[track_caller]
fn check(what: &str, actual: impl IntoIterator<Item = f64>, expected: &Numbers) {
    let actual: Vec<f64> = actual.into_iter().collect();
    let largest = expected.iter().flatten().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    assert_eq!(actual.len(), expected.len(), "{what}");
    for (actual, expected) in actual.into_iter().zip(expected) {
        match expected {
            Some(expected) => assert!((actual - expected).abs() <= 1e-6 * largest, "{what}: {actual}, not {expected}"),
            None => assert!(!actual.is_finite(), "{what}: {actual} where there is nothing"),
        }
    }
}

fn widened(maps: &FeatureMaps<'_>) -> Vec<f64> {
    maps.values().iter().map(|&value| value.into()).collect()
}

#[test]
fn summaries_are_numpys() {
    for case in cases() {
        let (maps, name) = (maps(&case), &case.name);
        let statistics = summary::statistics(&maps);
        check(&format!("{name}: means"), statistics.iter().map(|of| of.mean), &case.means);
        check(&format!("{name}: deviations"), statistics.iter().map(|of| of.std), &case.deviations);

        let similarities = summary::similarities(&maps, 0).unwrap();
        let similarities = similarities.into_iter().map(|value| value.unwrap_or(f64::NAN));
        check(&format!("{name}: similarities"), similarities, &case.similarities);

        let histogram = summary::histogram(&maps, 0, case.histogram.counts.len()).unwrap();
        let [low, high] = case.histogram.range;
        assert_eq!(histogram.range, Some(ValueRange { low, high }), "{name}");
        assert_eq!(histogram.counts, case.histogram.counts, "{name}");

        check(&format!("{name}: mean"), widened(&summary::mean(&maps).unwrap()), &case.mean);
        check(&format!("{name}: maximum"), widened(&summary::maximum(&maps).unwrap()), &case.maximum);
    }
}

#[test]
fn principal_components_are_numpys() {
    for case in cases() {
        let (maps, name) = (maps(&case), &case.name);
        let components = summary::components(&maps).unwrap();
        check(&format!("{name}: explained"), components.explained, &case.components.explained);
        assert_eq!(components.scores.channels(), case.components.scores.len(), "{name}");
        for (scores, expected) in components.scores.maps().zip(&case.components.scores) {
            check(&format!("{name}: scores"), scores.iter().map(|&score| score.into()), expected);
        }
    }
}

#[test]
fn what_has_no_summary_is_told() {
    let nothing = FeatureMaps::new(2, 1, 2, vec![f32::NAN; 4]).unwrap();
    assert!(summary::mean(&nothing).unwrap().values().iter().all(|value| value.is_nan()));
    assert!(summary::maximum(&nothing).unwrap().values().iter().all(|value| value.is_nan()));
    assert_eq!(summary::histogram(&nothing, 0, 3).unwrap(), summary::Histogram { range: None, counts: vec![0; 3] });
    assert_eq!(summary::similarities(&nothing, 0).unwrap(), [None, None]);
    assert_eq!(summary::components(&nothing).unwrap_err().kind(), ErrorKind::Input);

    let constant = FeatureMaps::new(2, 1, 2, vec![3.0; 4]).unwrap();
    let histogram = summary::histogram(&constant, 1, 2).unwrap();
    assert_eq!(histogram.range, Some(ValueRange { low: 2.5, high: 3.5 }));
    assert_eq!(histogram.counts, [0, 2]);
    let components = summary::components(&constant).unwrap();
    assert!(components.scores.values().iter().all(|&score| score == 0.0));
    assert!(components.explained.iter().all(|&share| share == 0.0));

    assert_eq!(summary::similarities(&constant, 2).unwrap_err().kind(), ErrorKind::Input);
    assert_eq!(summary::histogram(&constant, 2, 4).unwrap_err().kind(), ErrorKind::Input);
    assert_eq!(summary::histogram(&constant, 0, 0).unwrap_err().kind(), ErrorKind::Input);
    let large = FeatureMaps::new(2049, 1, 2049, vec![0.0; 2049 * 2049]).unwrap();
    assert_eq!(summary::components(&large).unwrap_err().kind(), ErrorKind::TooLarge);
}
