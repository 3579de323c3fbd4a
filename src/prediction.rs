//! Reading a classifier's answer.

use crate::error::{Error, ErrorKind, Result};
use crate::manifest::PredictionKind;
use serde::Serialize;

/// How many classes a prediction names.
pub const MAX_CLASSES: usize = 5;

/// The most probable classes, best first: at most [`MAX_CLASSES`] of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// The classes.
    pub classes: Vec<Class>,
}

/// A class and its probability.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Class {
    /// Its index in the answer.
    pub index: usize,
    /// Its label; its index in words where there are no labels.
    pub label: String,
    /// From 0 to 1; NaN if the network's answer is.
    pub probability: f64,
}

impl Prediction {
    /// Reads `values`, a network's answer of one value a class, or of one value in all for
    /// [`PredictionKind::Sigmoid`]. `labels` are the classes' names, none or all of them.
    ///
    /// # Errors
    /// [`ErrorKind::Manifest`] if there are not as many values as `kind` and the labels ask for.
    pub fn new(kind: PredictionKind, values: &[f32], labels: &[String]) -> Result<Self> {
        let probabilities = probabilities(kind, values)?;
        if !labels.is_empty() && labels.len() != probabilities.len() {
            return Err(Error::new(
                ErrorKind::Manifest,
                format!("there are {} labels, the model has {} classes", labels.len(), probabilities.len()),
            ));
        }
        let label = |index: usize| labels.get(index).cloned().unwrap_or_else(|| format!("class {index}"));
        let mut classes: Vec<Class> = probabilities
            .into_iter()
            .enumerate()
            .map(|(index, probability)| Class { index, label: label(index), probability })
            .collect();
        classes.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        classes.truncate(MAX_CLASSES);
        Ok(Self { classes })
    }
}

fn probabilities(kind: PredictionKind, values: &[f32]) -> Result<Vec<f64>> {
    let mut values: Vec<f64> = values.iter().map(|&value| value.into()).collect();
    match kind {
        PredictionKind::Sigmoid => match values[..] {
            [second] => Ok(vec![1.0 - second, second]),
            _ => Err(Error::new(
                ErrorKind::Manifest,
                format!("a prediction of kind sigmoid is read from one value, not {}", values.len()),
            )),
        },
        PredictionKind::Softmax => Ok(values),
        PredictionKind::Logits => {
            // Less the largest, so that no power overflows.
            let largest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            for value in &mut values {
                *value = (*value - largest).exp();
            }
            let sum: f64 = values.iter().sum();
            Ok(values.into_iter().map(|value| value / sum).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(json: &str) -> Vec<String> {
        serde_json::from_str(json).unwrap()
    }

    fn read(kind: PredictionKind, values: &[f32], json: &str) -> Vec<(usize, String, f64)> {
        let prediction = Prediction::new(kind, values, &labels(json)).unwrap();
        prediction.classes.into_iter().map(|class| (class.index, class.label, class.probability)).collect()
    }

    #[test]
    fn a_sigmoid_is_the_second_class() {
        let classes = read(PredictionKind::Sigmoid, &[0.25], r#"["cat", "dog"]"#);
        assert_eq!(classes, [(0, "cat".to_owned(), 0.75), (1, "dog".to_owned(), 0.25)]);
    }

    #[test]
    fn probabilities_are_sorted_and_cut() {
        let classes = read(PredictionKind::Softmax, &[0.1, 0.4, 0.05, 0.2, 0.15, 0.1], "[]");
        let indices: Vec<_> = classes.iter().map(|class| class.0).collect();
        assert_eq!(indices, [1, 3, 4, 0, 5]);
        assert_eq!(classes[0].1, "class 1");
    }

    #[test]
    fn logits_go_through_softmax_without_overflow() {
        let classes = read(PredictionKind::Logits, &[1000.0, 1000.0 + 3f32.ln()], r#"["a", "b"]"#);
        assert_eq!(classes[0].1, "b");
        assert!((classes[0].2 - 0.75).abs() < 1e-4 && (classes[1].2 - 0.25).abs() < 1e-4, "{classes:?}");
    }

    #[test]
    fn nan_is_shown_not_hidden() {
        assert!(read(PredictionKind::Sigmoid, &[f32::NAN], "[]")[0].2.is_nan());
    }

    #[test]
    fn answers_that_do_not_fit_are_refused() {
        let check = |kind, values: &[f32], json: &str| {
            let error = Prediction::new(kind, values, &labels(json)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Manifest);
        };
        check(PredictionKind::Sigmoid, &[0.5, 0.5], "[]");
        check(PredictionKind::Softmax, &[0.2, 0.3, 0.5], r#"["cat", "dog"]"#);
    }
}
