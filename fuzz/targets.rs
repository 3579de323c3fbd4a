//! What is fuzzed. Each function takes any bytes, and must come back: with what the engine makes of them, or its refusal.

use convscope::{Image, Manifest, RenderOptions, Result, Scope, Tensor, TensorData};
use std::collections::HashMap;

/// The most elements that the activations of a model may have for a pass over it to be tried.
const MAX_PASS_ELEMENTS: usize = 1 << 16;

/// Opens a model and runs it on zeros; draws what its nodes compute.
pub fn model(bytes: &[u8]) {
    let mut scope = Scope::default();
    if scope.open_model(bytes, "fuzzed", None).is_ok() {
        // A refusal is an answer.
        let _ = run(&mut scope);
    }
}

/// Reads a manifest, and writes it: what was read is read again.
pub fn manifest(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    if let Ok(manifest) = Manifest::from_json(text) {
        let written = serde_json::to_string(&manifest).unwrap();
        assert_eq!(Manifest::from_json(&written).unwrap(), manifest);
    }
}

/// Decodes a picture.
pub fn picture(bytes: &[u8]) {
    if let Ok(image) = Image::decode(bytes) {
        assert_eq!(image.rgb().len(), image.width() * image.height() * 3);
    }
}

/// Makes an input tensor of a picture as a manifest says: `bytes` are the manifest, a zero, and the picture's file.
pub fn preprocessing(bytes: &[u8]) {
    let Some(end) = bytes.iter().position(|&byte| byte == 0) else { return };
    let (Ok(text), Some(picture)) = (str::from_utf8(&bytes[..end]), bytes.get(end + 1..)) else { return };
    let (Ok(manifest), Ok(image)) = (Manifest::from_json(text), Image::decode(picture)) else { return };
    let tensor = manifest.input.apply(&image).unwrap();
    assert_eq!(tensor.shape(), manifest.input.shape());
    let TensorData::F32(values) = tensor.data() else { panic!("{}", tensor.data().dtype()) };
    assert!(values.iter().all(|value| value.is_finite()));
}

fn run(scope: &mut Scope) -> Result<()> {
    let elements = |shape: &[Option<usize>]| {
        shape.iter().try_fold(1usize, |len, dim| len.checked_mul(dim.unwrap_or(1))).unwrap_or(usize::MAX)
    };
    let mut inputs = HashMap::new();
    for info in scope.inputs()? {
        if elements(&info.shape) <= MAX_PASS_ELEMENTS {
            let shape: Vec<usize> = info.shape.iter().map(|dim| dim.unwrap_or(1)).collect();
            let len = elements(&info.shape);
            inputs.insert(info.name.clone(), Tensor::new(shape, zeros(info.dtype, len))?);
        }
    }
    scope.set_input(inputs)?;
    let outputs: Vec<_> = scope.nodes()?.into_iter().flat_map(|node| node.outputs).collect();
    if outputs.iter().fold(0usize, |sum, info| sum.saturating_add(elements(&info.shape))) > MAX_PASS_ELEMENTS {
        return Ok(());
    }
    scope.step(f64::INFINITY, || 0.0)?;
    for info in outputs {
        let _ = scope.draw(&info.name, &RenderOptions::default());
    }
    scope.npz().map(drop)
}

fn zeros(dtype: &str, len: usize) -> TensorData {
    match dtype {
        "bool" => TensorData::Bool(vec![false; len]),
        "uint8" => TensorData::U8(vec![0; len]),
        "int8" => TensorData::I8(vec![0; len]),
        "int32" => TensorData::I32(vec![0; len]),
        "int64" => TensorData::I64(vec![0; len]),
        "float64" => TensorData::F64(vec![0.0; len]),
        _ => TensorData::F32(vec![0.0; len]),
    }
}
