//! The names of classes, as people have them in files.

use crate::error::{Error, ErrorKind, Result};
use crate::literal;
use serde_json::Value;

/// ImageNet's classes; TensorFlow's models have one more before them.
const IMAGENET_CLASSES: usize = 1000;
const BACKGROUND: &str = "background";
/// What objects that say more have their labels as: manifests, and configurations of Hugging Face's.
const CONTAINERS: &[&str] = &["labels", "id2label"];

fn bad_labels(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Input, message)
}

/// Reads labels in the order of the classes. They are one of
/// - text with a label a line, each perhaps after its WordNet id as in Caffe's `synset_words.txt`
/// - an array, in JSON or as Python prints it
/// - a map from index to label, or to an array that ends in it as in Keras's `imagenet_class_index.json`
/// - a map from label to index, such as Keras's `class_indices`
/// - a manifest, or a configuration as Hugging Face has it
///
/// # Errors
/// [`ErrorKind::Input`] naming the line or class that is wrong; for fewer than two labels.
pub fn parse(text: &str) -> Result<Vec<String>> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let labels = if text.starts_with(['[', '{']) {
        let value = literal::parse(text)
            .map_err(|error| bad_labels(format!("the labels are neither JSON nor plain lines: {error}")))?;
        from_value(value)?
    } else {
        let line = |(index, line): (usize, &str)| match without_wordnet_id(line.trim()) {
            "" => Err(bad_labels(format!("line {} of the labels is empty", index + 1))),
            label => Ok(label.to_owned()),
        };
        text.lines().enumerate().map(line).collect::<Result<_>>()?
    };
    if labels.len() < 2 {
        return Err(bad_labels(format!("labels are at least two, here is {}", labels.len())));
    }
    Ok(labels)
}

/// The labels of an answer with `classes` classes: all of them, after one for the background where TensorFlow's ImageNet
/// models have it.
///
/// # Errors
/// [`ErrorKind::Input`] if there are not as many labels as classes.
pub fn fit(mut labels: Vec<String>, classes: usize) -> Result<Vec<String>> {
    if labels.len() == IMAGENET_CLASSES && classes == IMAGENET_CLASSES + 1 {
        labels.insert(0, BACKGROUND.to_owned());
    }
    if labels.len() == classes {
        return Ok(labels);
    }
    Err(bad_labels(format!("there are {} labels, but the model's answer has {classes} classes", labels.len())))
}

fn from_value(value: Value) -> Result<Vec<String>> {
    match value {
        Value::Array(items) => items.iter().enumerate().map(|(class, item)| label(class, item)).collect(),
        Value::Object(mut map) => {
            let is_container = |key: &&&str| map.get(**key).is_some_and(|value| value.is_array() || value.is_object());
            if let Some(labels) = CONTAINERS.iter().find(is_container).and_then(|key| map.remove(*key)) {
                return from_value(labels);
            }
            in_order(map.into_iter().map(|(key, value)| match value.as_u64() {
                Some(index) => (index.to_string(), Value::String(key)),
                None => (key, value),
            }))
        }
        _ => Ok(Vec::new()),
    }
}

/// The labels of a map from index to label.
fn in_order(map: impl ExactSizeIterator<Item = (String, Value)>) -> Result<Vec<String>> {
    let mut labels = vec![None; map.len()];
    for (key, value) in map {
        let class = key.trim().parse::<usize>();
        let class = class.map_err(|_| bad_labels(format!("the labels have '{key}' where a class's index is due")))?;
        match labels.get_mut(class) {
            Some(slot @ None) => *slot = Some(label(class, &value)?),
            Some(Some(_)) => return Err(bad_labels(format!("the labels name class {class} twice"))),
            None => {
                return Err(bad_labels(format!("the labels go up to class {class}, but are {} in all", labels.len())));
            }
        }
    }
    // As many as there are indices below their number, none of them twice: none is missing.
    Ok(labels.into_iter().flatten().collect())
}

/// A string, or the last of an array.
fn label(class: usize, value: &Value) -> Result<String> {
    let named = match value {
        Value::Array(parts) => parts.last().unwrap_or(value),
        value => value,
    };
    let label = named.as_str().map(str::trim).filter(|label| !label.is_empty());
    label.map(str::to_owned).ok_or_else(|| bad_labels(format!("the label of class {class} is no text: {value}")))
}

/// A line without an id such as `n01440764` before its label.
fn without_wordnet_id(line: &str) -> &str {
    let is_id = |word: &str| {
        word.strip_prefix('n')
            .is_some_and(|digits| digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match line.split_once(char::is_whitespace) {
        Some((word, label)) if is_id(word) => label.trim_start(),
        _ => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_from_what_people_have() {
        for text in [
            "cat\ndog\n",
            "\u{feff}cat\r\n  dog  \r\n\r\n",
            "n02123045 cat\nn02099601 dog",
            r#"["cat", "dog"]"#,
            r#"{"1": "dog", "0": "cat"}"#,
            r#"{"0": ["n02123045", "cat"], "1": ["n02099601", "dog"]}"#,
            r#"{"dog": 1, "cat": 0}"#,
            "{0: 'cat',\n 1: 'dog'}",
            "['cat', 'dog']",
            r#"{"version": 1, "labels": ["cat", "dog"]}"#,
            r#"{"id2label": {"0": "cat", "1": "dog"}, "label2id": {"cat": 0, "dog": 1}}"#,
        ] {
            assert_eq!(parse(text).unwrap(), ["cat", "dog"], "{text}");
        }
        let many: String = (0..12).map(|class| format!("{class}: 'c{class}', ")).collect();
        assert_eq!(parse(&format!("{{{many}}}")).unwrap()[10], "c10");
    }

    #[test]
    fn labels_may_look_like_ids_and_have_commas() {
        assert_eq!(parse("tench, Tinca tinca\nn0144 x").unwrap(), ["tench, Tinca tinca", "n0144 x"]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("", "here is 0"),
            ("cat", "here is 1"),
            ("cat\n\ndog", "line 2"),
            ("[\"cat\", ", "line 1 column 7"),
            (r#"["cat", ""]"#, "class 1"),
            (r#"["cat", 7.5]"#, "class 1"),
            (r#"["cat", []]"#, "class 1"),
            (r#"{"0": "cat", "2": "dog"}"#, "class 2, but are 2"),
            (r#"{"0": "cat", "00": "dog"}"#, "class 0 twice"),
            (r#"{"cat": "a", "dog": "b"}"#, "'cat'"),
            (r#"{"cat": 0, "dog": 0}"#, "class 0 twice"),
            (r#"{"version": 1, "input": {}}"#, "'input'"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Input);
            assert!(error.message().contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn there_are_as_many_labels_as_classes() {
        let labels = |count: usize| (0..count).map(|class| class.to_string()).collect::<Vec<_>>();
        assert_eq!(fit(labels(10), 10).unwrap(), labels(10));
        let with_background = fit(labels(1000), 1001).unwrap();
        assert_eq!((with_background.len(), &*with_background[0], &*with_background[1]), (1001, "background", "0"));
        let message = fit(labels(9), 10).unwrap_err().to_string();
        assert_eq!(message, "there are 9 labels, but the model's answer has 10 classes");
    }
}
