//! The manifest that lies beside a model, schema version 1.

use crate::error::{Error, ErrorKind, Result};
use crate::preprocessing::Preprocessing;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// The version of the schema that this crate reads.
pub const VERSION: u32 = 1;

/// What a model takes, what its answer means, and which outputs are its layers.
///
/// In JSON only `version` and `input` are required, and a field that is not listed here is an error.
/// `models/manifest.schema.json` is the same as a JSON Schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Where the JSON Schema lies, for editors.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The schema's version: [`VERSION`].
    pub version: u32,
    /// The model's name as people read it. By default there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the model does, in one sentence. By default there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The weights' licence as an SPDX expression. By default it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Where architecture, weights and training data come from. By default it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What kind of picture the model is for. By default photos.
    #[serde(default, skip_serializing_if = "PictureKind::is_default")]
    pub picture: PictureKind,
    /// How a picture becomes the input tensor.
    pub input: Preprocessing,
    /// How to read the answer. By default no prediction is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prediction: Option<Prediction>,
    /// The classes' names, in the order of the answer's values. By default classes have numbers only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Names of the outputs that people think of as the model's layers, in graph order. By default the engine
    /// chooses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<String>,
}

/// What kind of picture a model is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureKind {
    /// Pictures of anything.
    #[default]
    Photo,
    /// White strokes on black, in the middle of the picture, as handwritten digits in MNIST.
    Drawing,
}

impl PictureKind {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Where a model's answer is, and how to read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prediction {
    /// The graph output that holds the answer.
    pub output: String,
    /// What its values are.
    pub kind: PredictionKind,
}

/// What the values of a model's answer are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PredictionKind {
    /// One value: the probability of the second of two classes.
    Sigmoid,
    /// One probability a class.
    Softmax,
    /// One value a class, to which softmax is still to be applied.
    Logits,
}

impl Manifest {
    /// A manifest that says no more than how a picture becomes the input.
    #[must_use]
    pub fn new(input: Preprocessing) -> Self {
        Self {
            schema: None,
            version: VERSION,
            title: None,
            description: None,
            licence: None,
            source: None,
            picture: PictureKind::default(),
            input,
            prediction: None,
            labels: Vec::new(),
            layers: Vec::new(),
        }
    }

    /// Reads a manifest from JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Manifest`] for what does not follow the schema, naming the field, and where it is by line and
    /// column unless it is only a value that does not fit; [`ErrorKind::TooLarge`] for an input beyond
    /// [`MAX_INPUT_SIDE`](crate::preprocessing::MAX_INPUT_SIDE).
    pub fn from_json(json: &str) -> Result<Self> {
        #[derive(Deserialize)]
        #[serde(expecting = "an object with a version and an input")]
        struct Versioned {
            version: u32,
        }
        let error = |error: serde_json::Error| Error::new(ErrorKind::Manifest, format!("bad manifest: {error}"));
        // Before the rest: another version's fields would be errors that lead astray.
        let Versioned { version } = serde_json::from_str(json).map_err(error)?;
        if version != VERSION {
            return Err(Error::new(
                ErrorKind::Manifest,
                format!("bad manifest: version is {version}, this engine reads version {VERSION}"),
            ));
        }
        let manifest: Self = serde_json::from_str(json).map_err(error)?;
        manifest.validate()?;
        Ok(manifest)
    }

    /// Checks what the types leave open.
    fn validate(&self) -> Result<()> {
        let error = |message: &str| Err(Error::new(ErrorKind::Manifest, format!("bad manifest: {message}")));
        self.input.validate().map_err(|error| Error::new(error.kind(), format!("bad manifest: {error}")))?;
        let is_empty = |text: &Option<String>| text.as_ref().is_some_and(String::is_empty);
        if is_empty(&self.title) {
            return error("title is empty");
        }
        if is_empty(&self.licence) {
            return error("licence is empty");
        }
        if self.labels.len() == 1 || self.labels.iter().any(String::is_empty) {
            return error("labels must be at least two names, none of them empty");
        }
        let mut names = HashSet::new();
        if !self.layers.iter().all(|name| !name.is_empty() && names.insert(name)) {
            return error("layers must be names of outputs, none of them empty or twice");
        }
        if let Some(prediction) = &self.prediction {
            if prediction.output.is_empty() {
                return error("prediction.output is empty");
            }
            if prediction.kind == PredictionKind::Sigmoid && !matches!(self.labels.len(), 0 | 2) {
                return error("labels must be two for a prediction of kind sigmoid");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::Resampling;
    use crate::preprocessing::{ChannelOrder, Fit, Layout};
    use serde_json::{Value, json};

    const FULL: &str = r#"{
        "$schema": "./manifest.schema.json",
        "version": 1,
        "title": "Cats vs dogs",
        "description": "Tells cats from dogs",
        "licence": "MIT OR Apache-2.0",
        "source": "Trained from scratch",
        "picture": "drawing",
        "input": {
            "name": "input", "layout": "NHWC", "width": 150, "height": 100,
            "fit": "crop", "resampling": "lanczos", "channels": "bgr",
            "scale": 0.00392156862745098, "mean": [0, 0.5, 0], "std": [1, 1, 2]
        },
        "prediction": { "output": "dense_1", "kind": "sigmoid" },
        "labels": ["cat", "dog"],
        "layers": ["conv2d_4", "max_pooling2d_4"]
    }"#;

    #[test]
    fn every_field_is_read_and_written() {
        let manifest = Manifest::from_json(FULL).unwrap();
        assert_eq!(manifest.title.as_deref(), Some("Cats vs dogs"));
        assert_eq!(manifest.picture, PictureKind::Drawing);
        assert_eq!(manifest.input.layout, Layout::Nhwc);
        assert_eq!(manifest.input.fit, Fit::Crop);
        assert_eq!(manifest.input.resampling, Resampling::Lanczos);
        assert_eq!(manifest.input.channels, ChannelOrder::Bgr);
        assert_eq!(manifest.input.scale, 1.0 / 255.0);
        assert_eq!(manifest.input.mean, [0.0, 0.5, 0.0]);
        assert_eq!(manifest.labels, ["cat", "dog"]);
        assert_eq!(manifest.layers.len(), 2);
        let written = serde_json::to_string(&manifest).unwrap();
        assert_eq!(Manifest::from_json(&written).unwrap(), manifest);
        for field in ["$schema", "description", "licence", "source", "picture", "prediction"] {
            assert!(written.contains(&format!("\"{field}\"")), "{field} is missing in {written}");
        }
    }

    #[test]
    fn the_json_schema_says_the_same() {
        let schema: Value = serde_json::from_str(include_str!("../models/manifest.schema.json")).unwrap();
        let full: Value = serde_json::from_str(FULL).unwrap();
        let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<HashSet<_>>();
        assert_eq!(schema["properties"]["version"]["const"], VERSION);
        assert_eq!(schema["required"], json!(["version", "input"]));
        assert_eq!(fields(&schema["properties"]), fields(&full));
        for kind in schema["properties"]["picture"]["enum"].as_array().unwrap() {
            serde_json::from_value::<PictureKind>(kind.clone()).unwrap();
        }
        for part in ["input", "prediction"] {
            let schema = &schema["properties"][part];
            assert_eq!(fields(&schema["properties"]), fields(&full[part]));
            assert_eq!(schema["required"].as_array().unwrap().len(), fields(&full[part]).len());
            for (field, description) in schema["properties"].as_object().unwrap() {
                for variant in description["enum"].as_array().into_iter().flatten() {
                    let mut changed = full.clone();
                    changed[part][field] = variant.clone();
                    if variant == "grey" {
                        changed[part]["mean"] = json!([0]);
                        changed[part]["std"] = json!([1]);
                    }
                    Manifest::from_json(&changed.to_string()).unwrap();
                }
            }
        }
    }

    #[test]
    fn only_version_and_input_are_required() {
        let json: Value = serde_json::from_str(FULL).unwrap();
        let input = &json["input"];
        let manifest = Manifest::from_json(&format!(r#"{{"version": 1, "input": {input}}}"#)).unwrap();
        assert_eq!((manifest.picture, &manifest.prediction), (PictureKind::Photo, &None));
        let written: Value = serde_json::from_str(&serde_json::to_string(&manifest).unwrap()).unwrap();
        let fields: Vec<&String> = written.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["input", "version"]);
    }

    #[test]
    fn numbers_are_read_to_the_last_bit() {
        let scale = "10.00392156862745098";
        let manifest = Manifest::from_json(&FULL.replace("0.00392156862745098", scale)).unwrap();
        assert_eq!(Ok(manifest.input.scale), scale.parse());
    }

    #[test]
    fn errors_name_the_field() {
        let cases = [
            (r#""version": 1,"#, "", "version"),
            (r#""version": 1"#, r#""version": 2"#, "version is 2"),
            (r#""title""#, r#""titel""#, "unknown field `titel`"),
            (r#""picture": "drawing""#, r#""picture": "film""#, "unknown variant `film`"),
            (r#""fit": "crop""#, r#""fit": "zoom""#, "unknown variant `zoom`"),
            (r#""fit": "crop", "#, "", "missing field `fit`"),
            (r#""width": 150"#, r#""width": -1"#, "line 10"),
            (r#""width": 150"#, r#""width": 0"#, "input.width"),
            (r#""fit": "crop""#, r#""fitt": "crop""#, "unknown field `fitt`"),
            (r#""std": [1, 1, 2]"#, r#""std": [1, 1]"#, "input.std"),
            (r#""std": [1, 1, 2]"#, r#""std": [1, 1, 0]"#, "input.std"),
            (r#""name": "input""#, r#""name": """#, "input.name"),
            (r#""title": "Cats vs dogs""#, r#""title": """#, "title"),
            (r#""kind": "sigmoid""#, r#""kind": "tanh""#, "unknown variant `tanh`"),
            (r#""output": "dense_1""#, r#""output": """#, "prediction.output"),
            (r#"["cat", "dog"]"#, r#"["cat", "dog", "cow"]"#, "labels"),
            (r#"["cat", "dog"]"#, r#"["cat", ""]"#, "labels"),
            (r#""conv2d_4", "#, r#""max_pooling2d_4", "#, "layers"),
            (FULL, "[]", "version"),
            (FULL, "<html>", "line 1"),
        ];
        for (old, new, named) in cases {
            assert!(FULL.contains(old), "{old}");
            let error = Manifest::from_json(&FULL.replacen(old, new, 1)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Manifest, "{error}");
            assert!(error.message().contains(named), "{error} should name {named}");
        }
    }
}
