//! What a model wants and says where no manifest tells: from its metadata, its graph and the habits of the program that
//! wrote it.

mod metadata;

use crate::image::Resampling;
use crate::manifest::{self, PredictionKind};
use crate::model::{Clues, DEFAULT_INPUT_SIZE, Model, Start, ValueInfo};
use crate::preprocessing::{ChannelOrder, Fit, Layout, Preprocessing};
use crate::preset::Preset;
use serde::Serialize;

/// A piece of knowledge, and where it is from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sourced<T> {
    /// What is known.
    pub value: T,
    /// Where from.
    pub source: Source,
    /// Why, in a sentence.
    pub why: String,
}

/// Where knowledge of a model is from, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// A person has set it.
    Person,
    /// The manifest says so.
    Manifest,
    /// The model file's metadata say so.
    Metadata,
    /// It follows from the graph, or from a convention that the model was told to follow.
    Convention,
    /// It is what is most usual.
    Guess,
}

impl<T> Sourced<T> {
    pub(crate) fn new(value: T, source: Source, why: impl Into<String>) -> Self {
        Self { value, source, why: why.into() }
    }
}

/// Element types that a picture's values become.
const PICTURE_DTYPES: &[&str] = &["float32", "float16", "uint8"];
const IMAGENET_CLASSES: usize = 1000;

/// How a picture becomes `input`, as its file declares it; none if its shape or type is no picture's.
#[must_use]
pub fn preprocessing(input: &ValueInfo, clues: &Clues) -> Option<Sourced<Preprocessing>> {
    if !PICTURE_DTYPES.contains(&input.dtype) {
        return None;
    }
    let plain = framed(input, clues)?;
    let preset = |preset: Preset| preset.applied_to(&plain);
    if let Some(told) = metadata::preprocessing(&plain, &clues.metadata) {
        return Some(told);
    }
    if input.dtype == "uint8" {
        let why = "The input is of bytes, which pixels are.";
        return Some(Sourced::new(preset(Preset::Bytes)?, Source::Convention, why));
    }
    if let Some((expected, why)) = clues.start.as_ref().and_then(expected_by)
        && let Some(value) = preset(expected)
    {
        return Some(Sourced::new(value, Source::Convention, why));
    }
    if let Some((habit, why)) = habit(clues, plain.channels)
        && let Some(value) = preset(habit)
    {
        // torchvision crops, Keras and Caffe squash.
        let fit = if habit == Preset::Torchvision { Fit::Crop } else { Fit::Squash };
        return Some(Sourced::new(Preprocessing { fit, ..value }, Source::Convention, why));
    }
    let why = "Size and layout are the graph’s; nothing in the file tells the rest, so it is what is most usual.";
    Some(Sourced::new(plain, Source::Guess, why))
}

/// The answer to show: the model's last output, if it is a vector of at least two values a picture.
#[must_use]
pub fn prediction(model: &Model, outputs: &[String]) -> Option<Sourced<manifest::Prediction>> {
    let ids = outputs.iter().filter_map(|output| model.outlet_id(output).ok());
    let outlet = &model.outlets()[ids.max()?];
    let (_, rest) = outlet.info.shape.split_first()?;
    let is_vector = matches!(rest, [Some(2..), ones @ ..] if ones.iter().all(|size| *size == Some(1)));
    if !is_vector || !outlet.info.dtype.starts_with("float") {
        return None;
    }
    let op = last_op(model, outlet.node);
    let (kind, what) = match op {
        "Softmax" | "Sigmoid" | "HardSigmoid" => (PredictionKind::Softmax, "probabilities"),
        _ => (PredictionKind::Logits, "logits"),
    };
    let output = outlet.info.name.clone();
    let why =
        format!("The graph’s last output, '{output}', is one value a class; it is made by {op}, so these are {what}.");
    Some(Sourced::new(manifest::Prediction { output, kind }, Source::Guess, why))
}

/// The labels in the metadata, if they are for an answer of so many classes.
#[must_use]
pub fn labels(clues: &Clues, classes: usize) -> Option<Sourced<Vec<String>>> {
    metadata::labels(&clues.metadata, classes)
}

/// What the input's shape tells, the rest as most models have it: 0 to 1 of RGB or grey, squashed.
fn framed(input: &ValueInfo, clues: &Clues) -> Option<Preprocessing> {
    let [None | Some(1), a, b, c] = input.shape[..] else { return None };
    let is_side = |size: Option<usize>| size.is_none_or(|size| size > 3);
    let is_last = match clues.channel_axis {
        Some(axis) => axis == 3,
        None => matches!(c, Some(1 | 3)) && is_side(a) && is_side(b),
    };
    let (layout, channels, height, width) = if is_last { (Layout::Nhwc, c, a, b) } else { (Layout::Nchw, a, b, c) };
    let channels @ (1 | 3) = channels.unwrap_or(3) else { return None };
    let (usual_height, usual_width) =
        metadata::size(&clues.metadata).unwrap_or((DEFAULT_INPUT_SIZE, DEFAULT_INPUT_SIZE));
    Some(Preprocessing {
        name: input.name.clone(),
        layout,
        width: width.unwrap_or(usual_width),
        height: height.unwrap_or(usual_height),
        fit: Fit::Squash,
        resampling: Resampling::Bilinear,
        channels: if channels == 1 { ChannelOrder::Grey } else { ChannelOrder::Rgb },
        scale: 1.0 / 255.0,
        mean: vec![0.0; channels],
        std: vec![1.0; channels],
    })
}

/// The values that a graph which begins so is made for.
fn expected_by(start: &Start) -> Option<(Preset, String)> {
    match start {
        Start::Normalises { ops, zero, factor } => {
            // A mean beyond 1 is one of bytes, as is a scale that makes them small.
            let preset = match *zero {
                zero if zero > 1.0 && zero <= 255.0 => Preset::Bytes,
                zero if zero > 0.0 && zero <= 1.0 => Preset::Unit,
                0.0 if factor.abs() < 1.0 / 16.0 => Preset::Bytes,
                _ => return None,
            };
            let range = if preset == Preset::Bytes { "0 to 255" } else { "0 to 1" };
            Some((
                preset,
                format!("The graph normalises its input itself ({}), from values of {range}.", ops.join(", ")),
            ))
        }
        Start::Quantises { low, high } => {
            // The range that was seen when the model was quantised is at most the one that there is.
            const RANGES: [(Preset, f64, f64); 5] = [
                (Preset::Unit, 0.0, 1.0),
                (Preset::Signed, -1.0, 1.0),
                (Preset::Torchvision, -2.12, 2.64),
                (Preset::Bytes, 0.0, 255.0),
                (Preset::Caffe, -123.68, 151.06),
            ];
            let is_near = |(_, smallest, largest): &(Preset, f64, f64)| {
                let tolerance = 0.1 * (largest - smallest);
                (low - smallest).abs() <= tolerance && (high - largest).abs() <= tolerance
            };
            let (preset, ..) = RANGES.into_iter().find(is_near)?;
            Some((preset, format!("The graph quantises its input from values of {low:.3} to {high:.3}.")))
        }
    }
}

/// The preprocessing that Keras's applications have, by the beginnings of their names, the longer before the shorter.
/// Those that are missing normalise in the graph.
const KERAS_APPLICATIONS: &[(&str, Preset)] = &[
    ("resnet50v2", Preset::Signed),
    ("resnet101v2", Preset::Signed),
    ("resnet152v2", Preset::Signed),
    ("resnet50", Preset::Caffe),
    ("resnet101", Preset::Caffe),
    ("resnet152", Preset::Caffe),
    ("vgg16", Preset::Caffe),
    ("vgg19", Preset::Caffe),
    ("mobilenetv2", Preset::Signed),
    ("mobilenet_", Preset::Signed),
    ("inception_v3", Preset::Signed),
    ("inception_resnet_v2", Preset::Signed),
    ("xception", Preset::Signed),
    ("nasnet", Preset::Signed),
    ("densenet", Preset::Torchvision),
];

/// What models of a program usually take.
fn habit(clues: &Clues, channels: ChannelOrder) -> Option<(Preset, String)> {
    match clues.producer.as_str() {
        "tf2onnx" | "keras2onnx" | "keras" => {
            let application = |(name, _): &&(&str, Preset)| clues.scopes.iter().any(|scope| scope.starts_with(name));
            let (name, preset) = KERAS_APPLICATIONS.iter().find(application)?;
            let why = format!(
                "Its nodes are named as those of Keras’s {}, whose own convention this is.",
                name.trim_end_matches('_')
            );
            Some((*preset, why))
        }
        "pytorch" if clues.answer_len == Some(IMAGENET_CLASSES) => {
            let why = "PyTorch wrote it and it has ImageNet’s 1000 classes: torchvision’s models take this.";
            Some((Preset::Torchvision, why.to_owned()))
        }
        "onnx-caffe2" => {
            let why = "Caffe2 wrote it: the models that were converted from Caffe take this.";
            Some((Preset::Caffe, why.to_owned()))
        }
        // Of pictures in colour it gives BGR, but those who train on them differ.
        "CNTK" if channels == ChannelOrder::Grey => {
            Some((Preset::Bytes, "CNTK wrote it, whose reader of pictures gives 0 to 255.".to_owned()))
        }
        _ => None,
    }
}

/// The operator that makes a node's values, past those that only give them another shape.
fn last_op(model: &Model, node: usize) -> &str {
    let mut node = &model.nodes()[node];
    // Nodes read what earlier ones compute, so that this ends.
    while matches!(node.op.as_str(), "Cast" | "Flatten" | "Identity" | "Reshape" | "Squeeze" | "Unsqueeze")
        && let Some(before) = node.inputs.first().and_then(|input| model.outlet_id(input).ok())
    {
        node = &model.nodes()[model.outlets()[before].node];
    }
    &node.op
}

#[cfg(test)]
mod tests;
