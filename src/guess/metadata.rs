//! Conventions for a model file's metadata. Keys are in lower case here; ONNX's own do not mind.

use super::{Source, Sourced};
use crate::labels;
use crate::literal;
use crate::preprocessing::{ChannelOrder, Fit, Preprocessing};
use crate::preset::Preset;
use serde_json::Value;
use std::collections::HashMap;

type Metadata = HashMap<String, String>;

/// Keys under which exporters put the classes' names, Ultralytics's first.
const LABEL_KEYS: &[&str] = &["names", "class_names", "classes", "labels"];

/// What the metadata say, with the rest as in `plain`.
pub(super) fn preprocessing(plain: &Preprocessing, metadata: &Metadata) -> Option<Sourced<Preprocessing>> {
    image_metadata(plain, metadata).or_else(|| statistics(plain, metadata)).or_else(|| ultralytics(plain, metadata))
}

/// Height and width: of Ultralytics's `imgsz`, or of an `input_size` as timm has it, channels before them.
pub(super) fn size(metadata: &Metadata) -> Option<(usize, usize)> {
    let sides = numbers(metadata, &["imgsz", "input_size"])?;
    let sides = sides.get(sides.len().saturating_sub(2)..)?;
    let side = |side: &f64| (side.fract() == 0.0 && (1.0..=4096.0).contains(side)).then_some(*side as usize);
    match sides {
        [both] => Some((side(both)?, side(both)?)),
        [height, width] => Some((side(height)?, side(width)?)),
        _ => None,
    }
}

/// The first list of labels that is one, for so many classes.
pub(super) fn labels(metadata: &Metadata, classes: usize) -> Option<Sourced<Vec<String>>> {
    LABEL_KEYS.iter().find_map(|key| {
        let labels = labels::parse(metadata.get(*key)?).and_then(|labels| labels::fit(labels, classes)).ok()?;
        Some(Sourced::new(labels, Source::Metadata, format!("The model’s metadata have them as “{key}”.")))
    })
}

/// The metadata of ONNX's image category (onnx/docs/MetadataProps.md). Its linear colour space is not one that pictures
/// are decoded to.
fn image_metadata(plain: &Preprocessing, metadata: &Metadata) -> Option<Sourced<Preprocessing>> {
    let get = |key: &str| metadata.get(key).map(|value| value.to_lowercase());
    let (range, format) = (get("image.nominalpixelrange"), get("image.bitmappixelformat"));
    if (range.is_none() && format.is_none()) || get("image.colorspacegamma").as_deref() == Some("linear") {
        return None;
    }
    let is_grey = plain.channels == ChannelOrder::Grey;
    let channels = match format.as_deref() {
        None => plain.channels,
        Some("gray8") if is_grey => ChannelOrder::Grey,
        Some("rgb8") if !is_grey => ChannelOrder::Rgb,
        Some("bgr8") if !is_grey => ChannelOrder::Bgr,
        Some(_) => return None,
    };
    let plain = Preprocessing { channels, ..plain.clone() };
    let value = match range.as_deref() {
        // What there is without the key in models of Windows ML, whose convention this became.
        None | Some("nominalrange_0_255") => Preset::Bytes.applied_to(&plain)?,
        Some("normalized_0_1") => Preset::Unit.applied_to(&plain)?,
        Some("normalized_1_1") => Preset::Signed.applied_to(&plain)?,
        Some("nominalrange_16_235") => {
            let mean = vec![-16.0; plain.mean.len()];
            Preprocessing { scale: 219.0 / 255.0, mean, ..plain }
        }
        Some(_) => return None,
    };
    let why = "The model’s metadata say so, as Image.NominalPixelRange and Image.BitmapPixelFormat.";
    Some(Sourced::new(value, Source::Metadata, why))
}

/// Mean and standard deviation, as timm's configurations and many exporters call them: of values from 0 to 1, or to 255
/// where they are larger.
fn statistics(plain: &Preprocessing, metadata: &Metadata) -> Option<Sourced<Preprocessing>> {
    let per_channel = |keys| numbers(metadata, keys).filter(|values| values.len() == plain.mean.len());
    let mean = per_channel(&["mean", "image_mean", "standardization_mean"])?;
    let std = per_channel(&["std", "image_std", "standardization_std"])?;
    let is_of_bytes = mean.iter().chain(&std).any(|value| value.abs() > 2.0);
    let scale = if is_of_bytes { 1.0 } else { 1.0 / 255.0 };
    let value = Preprocessing { scale, mean, std, ..plain.clone() };
    value.validate().ok()?;
    Some(Sourced::new(value, Source::Metadata, "The model’s metadata have mean and standard deviation."))
}

fn ultralytics(plain: &Preprocessing, metadata: &Metadata) -> Option<Sourced<Preprocessing>> {
    let is_ultralytics = metadata.get("author").is_some_and(|author| author == "Ultralytics")
        || ["stride", "names"].iter().all(|key| metadata.contains_key(*key));
    let is_classifier = metadata.get("task").is_some_and(|task| task == "classify");
    let fit = if is_classifier { Fit::Crop } else { Fit::Pad };
    let why = "Its metadata are Ultralytics’s, whose models take RGB of 0 to 1.";
    let value = Preprocessing { fit, ..Preset::Unit.applied_to(plain)? };
    is_ultralytics.then(|| Sourced::new(value, Source::Metadata, why))
}

/// The numbers under the first of the `keys` that is there; a number alone is a list of one.
fn numbers(metadata: &Metadata, keys: &[&str]) -> Option<Vec<f64>> {
    let text = keys.iter().find_map(|key| metadata.get(*key))?;
    match literal::parse(text).ok()? {
        Value::Array(items) => items.iter().map(Value::as_f64).collect(),
        value => Some(vec![value.as_f64()?]),
    }
}
