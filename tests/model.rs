//! Models, run natively: the bundled one node by node, small ones against onnxruntime's outputs, which
//! model/make_goldens.py makes.

#![allow(clippy::panic, clippy::unwrap_used)]

use convscope::model::{ModelFile, data_locations};
use convscope::{ErrorKind, Model, Pass, Tensor, TensorData};
use serde::Deserialize;
use serde_json::Map;
use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn cats_vs_dogs() -> Arc<Model> {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/models/cats-vs-dogs.onnx")).unwrap();
    Arc::new(Model::from_onnx(&bytes).unwrap())
}

fn picture(value: f32) -> HashMap<String, Tensor> {
    let shape = vec![1, 3, 150, 150];
    let tensor = Tensor::new(shape, TensorData::F32(vec![value; 3 * 150 * 150])).unwrap();
    HashMap::from([("input".to_owned(), tensor)])
}

#[test]
fn nodes_are_the_notebooks_under_its_names() {
    let model = cats_vs_dogs();
    let expected: &[(&str, &str, &[usize], usize)] = &[
        ("conv2d_4_preactivation", "Conv", &[1, 32, 148, 148], 896),
        ("conv2d_4", "Relu", &[1, 32, 148, 148], 0),
        ("max_pooling2d_4", "MaxPool", &[1, 32, 74, 74], 0),
        ("conv2d_5_preactivation", "Conv", &[1, 64, 72, 72], 18_496),
        ("conv2d_5", "Relu", &[1, 64, 72, 72], 0),
        ("max_pooling2d_5", "MaxPool", &[1, 64, 36, 36], 0),
        ("conv2d_6_preactivation", "Conv", &[1, 128, 34, 34], 73_856),
        ("conv2d_6", "Relu", &[1, 128, 34, 34], 0),
        ("max_pooling2d_6", "MaxPool", &[1, 128, 17, 17], 0),
        ("conv2d_7_preactivation", "Conv", &[1, 128, 15, 15], 147_584),
        ("conv2d_7", "Relu", &[1, 128, 15, 15], 0),
        ("max_pooling2d_7", "MaxPool", &[1, 128, 7, 7], 0),
        ("flatten", "Flatten", &[1, 6272], 0),
        ("dense_preactivation", "Gemm", &[1, 512], 3_211_776),
        ("dense", "Relu", &[1, 512], 0),
        ("dense_1_preactivation", "Gemm", &[1, 1], 513),
        ("dense_1", "Sigmoid", &[1, 1], 0),
    ];
    let actual: Vec<_> = model.nodes().iter().map(|node| (node, &model.outlets()[node.outlets.clone()])).collect();
    assert_eq!(actual.len(), expected.len());
    for ((node, outlets), (name, op, shape, parameters)) in actual.iter().zip(expected) {
        let shape: Vec<Option<usize>> = shape.iter().map(|&dim| Some(dim)).collect();
        assert_eq!((node.name.as_str(), node.op.as_str(), node.parameters), (*name, *op, *parameters));
        assert_eq!(outlets.len(), 1, "{name}");
        assert_eq!((outlets[0].info.name.as_str(), outlets[0].info.dtype), (*name, "float32"));
        assert_eq!(outlets[0].info.shape, shape, "{name}");
    }
}

#[test]
fn a_pass_gives_each_activation_as_soon_as_its_node_is_done() {
    let model = cats_vs_dogs();
    let mut pass = Pass::new(model.clone(), picture(0.5)).unwrap();
    let mut clock = 0.0;
    for index in 0..model.nodes().len() {
        let outlet = model.nodes()[index].outlets.start;
        assert_eq!(pass.activation(outlet).unwrap(), None);
        assert!(!pass.is_done());
        clock += 1.0;
        assert_eq!(pass.step(|| clock).unwrap(), Some(index));
        let activation = pass.activation(outlet).unwrap().unwrap();
        let shape: Vec<_> = activation.shape().iter().map(|&dim| Some(dim)).collect();
        assert_eq!(shape, model.outlets()[outlet].info.shape);
    }
    assert!(pass.is_done());
    assert_eq!(pass.step(|| clock).unwrap(), None);
    let value = |name: &str| match pass.activation(model.outlet_id(name).unwrap()).unwrap().unwrap().into_parts().1 {
        TensorData::F32(values) => values,
        other => panic!("{name} is {}", other.dtype()),
    };
    let relu: Vec<f32> = value("conv2d_4_preactivation").iter().map(|value| value.max(0.0)).collect();
    assert_eq!(value("conv2d_4"), relu);
    assert_eq!(value("flatten"), value("max_pooling2d_7"));
    let logit = value("dense_1_preactivation")[0];
    assert!((value("dense_1")[0] - 1.0 / (1.0 + (-logit).exp())).abs() < 1e-6);
}

#[test]
fn passes_leave_the_values_of_others_alone() {
    let run = |model: &Arc<Model>, value| {
        let mut pass = Pass::new(model.clone(), picture(value)).unwrap();
        while pass.step(|| 0.0).unwrap().is_some() {}
        pass
    };
    let values = |pass: &Pass| -> Vec<_> {
        (0..pass.model().outlets().len()).map(|outlet| pass.activation(outlet).unwrap().unwrap()).collect()
    };
    let alone = |value| values(&run(&cats_vs_dogs(), value));
    let (dark, light) = (alone(0.25), alone(0.75));

    let model = cats_vs_dogs();
    // The second cannot take the first's memory, the third takes the second's, the fourth not what a copy shares.
    let first = run(&model, 0.25);
    let second = run(&model, 0.75);
    assert!(values(&first) == dark && values(&second) == light);
    drop(second);
    let third = run(&model, 0.25);
    let copy = third.clone();
    drop((first, third));
    let fourth = run(&model, 0.75);
    assert!(values(&copy) == dark && values(&fourth) == light);
}

#[test]
fn a_pass_refuses_what_the_model_does_not_take() {
    let model = cats_vs_dogs();
    let check = |inputs: HashMap<String, Tensor>, part: &str| {
        let error = Pass::new(model.clone(), inputs).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Input);
        assert!(error.message().contains(part), "{error}");
    };
    let tensor = |shape: &[usize], data| Tensor::new(shape.to_vec(), data).unwrap();
    check(HashMap::new(), "'input' (float32) is missing");
    let small = tensor(&[1, 3, 2, 2], TensorData::F32(vec![0.0; 12]));
    check(HashMap::from([("input".to_owned(), small)]), "[1, 3, 150, 150]");
    let bytes = tensor(&[1, 3, 150, 150], TensorData::U8(vec![0; 67_500]));
    check(HashMap::from([("input".to_owned(), bytes)]), "not uint8");
    let mut extra = picture(0.0);
    extra.insert("mask".to_owned(), tensor(&[], TensorData::Bool(vec![true])));
    check(extra, "no input named 'mask'");
    assert_eq!(model.outlet_id("conv2d_9").unwrap_err().kind(), ErrorKind::Input);
}

/// How far from onnxruntime's a value may be, relative to its output's largest.
const TOLERANCE: f64 = 1e-5;

/// The same for float16, of which a step is up to 2^-10 of a value: onnxruntime computes with float32 in between.
const HALF_TOLERANCE: f64 = 3e-3;

#[derive(Deserialize)]
struct Golden {
    inputs: HashMap<String, GoldenTensor>,
    outputs: Map<String, serde_json::Value>,
}

#[derive(Deserialize)]
struct GoldenTensor {
    dtype: String,
    shape: Vec<usize>,
    data: Vec<f64>,
}

#[test]
fn every_outlet_is_onnxruntimes() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut count = 0;
    for entry in fs::read_dir(root.join("model")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let beside = path.with_extension("onnx");
            let shared = root.join("e2e/models").join(beside.file_name().unwrap());
            let model = if beside.exists() { beside } else { shared };
            check(&model, serde_json::from_slice(&fs::read(path).unwrap()).unwrap());
            count += 1;
        }
    }
    assert!(count > 0, "there are no goldens");
}

/// A model, together with the data files beside it.
fn read(path: &Path) -> (Vec<u8>, HashMap<String, Vec<u8>>) {
    let bytes = fs::read(path).unwrap();
    let read = |location: String| (location.clone(), fs::read(path.with_file_name(location)).unwrap());
    let files = data_locations(&bytes.as_slice()).unwrap().into_iter().map(read).collect();
    (bytes, files)
}

#[test]
fn data_files_are_wanted_whole_and_by_name() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/models/data-files.onnx");
    let (bytes, files) = read(&path);
    let without = |name: &str| files.clone().into_iter().filter(|(other, _)| other != name).collect::<HashMap<_, _>>();
    let check = |files: HashMap<String, Vec<u8>>, parts: &[&str]| {
        let error = ModelFile::read(&bytes, &files).err().unwrap();
        assert_eq!(error.kind(), ErrorKind::Model);
        assert!(parts.iter().all(|part| error.message().contains(part)), "{error}");
    };
    let (kernel, bias) = ("data files/kernel#1.bin", "data-files.onnx.data");
    check(HashMap::new(), &["'kernel'", "'data files/kernel#1.bin', 'data-files.onnx.data'", "files of its own"]);
    check(without(bias), &["'bias'", "a file of its own: 'data-files.onnx.data'"]);
    let cut_short = |name: &str, len: usize| {
        let mut files = files.clone();
        files.get_mut(name).unwrap().truncate(len);
        files
    };
    check(cut_short(kernel, 40), &["'kernel'", "216 bytes from byte 16", "which has 40"]);
    check(cut_short(kernel, 8), &["'kernel'", "216 bytes from byte 16", "which has 8"]);
    check(cut_short(bias, 8), &["'bias' cannot be read", "does not match shape"]);
    // A file that was chosen has no folder.
    let mut chosen = without(kernel);
    chosen.insert("kernel#1.bin".to_owned(), files[kernel].clone());
    let file = ModelFile::read(&bytes, &chosen).unwrap();
    assert_eq!(file.bytes(), bytes.len() + 216 + 12);
}

/// Compares every outlet of a model, and that there are no others.
fn check(path: &Path, golden: Golden) {
    let model_name = path.display();
    let (bytes, files) = read(path);
    let file = ModelFile::read(&bytes, &files).unwrap();
    let model = Arc::new(file.compile(&HashMap::new(), &HashMap::new()).unwrap());
    let input = |tensor: GoldenTensor| {
        let values = tensor.data.iter();
        let data = match tensor.dtype.as_str() {
            "float32" => TensorData::F32(values.map(|&value| value as f32).collect()),
            "float16" => TensorData::F16(values.map(|&value| half::f16::from_f64(value)).collect()),
            other => panic!("no model here takes {other}"),
        };
        Tensor::new(tensor.shape, data).unwrap()
    };
    let inputs = golden.inputs.into_iter().map(|(name, tensor)| (name, input(tensor))).collect();
    let mut pass = Pass::new(model.clone(), inputs).unwrap();
    while pass.step(|| 0.0).unwrap().is_some() {}
    let mut names: Vec<&str> = model.outlets().iter().map(|outlet| outlet.info.name.as_str()).collect();
    let mut expected: Vec<&String> = golden.outputs.keys().collect();
    names.sort_unstable();
    expected.sort_unstable();
    assert_eq!(names, expected, "{model_name}");
    for (index, outlet) in model.outlets().iter().enumerate() {
        let name = &outlet.info.name;
        let expected: GoldenTensor = serde_json::from_value(golden.outputs[name].clone()).unwrap();
        let actual = pass.activation(index).unwrap().unwrap();
        assert_eq!(
            (actual.shape(), actual.data().dtype()),
            (&expected.shape[..], &expected.dtype[..]),
            "{model_name}, {name}"
        );
        assert_eq!(outlet.info.dtype, expected.dtype, "{name}");
        let largest = expected.data.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        let tolerance = match expected.dtype.as_str() {
            "float32" => TOLERANCE * largest,
            "float16" => HALF_TOLERANCE * largest,
            _ => 0.0,
        };
        for (index, (actual, expected)) in values(actual.data()).iter().zip(&expected.data).enumerate() {
            assert!(
                (actual - expected).abs() <= tolerance,
                "{model_name}, {name}[{index}]: {actual} is not {expected}"
            );
        }
    }
}

fn values(data: &TensorData) -> Vec<f64> {
    match data {
        TensorData::F32(values) => values.iter().map(|&value| value.into()).collect(),
        TensorData::I64(values) => values.iter().map(|&value| value as f64).collect(),
        TensorData::Bool(values) => values.iter().map(|&value| value.into()).collect(),
        TensorData::U8(values) => values.iter().map(|&value| value.into()).collect(),
        TensorData::I8(values) => values.iter().map(|&value| value.into()).collect(),
        TensorData::I32(values) => values.iter().map(|&value| value.into()).collect(),
        TensorData::F16(values) => values.iter().map(|value| value.to_f64()).collect(),
        other => panic!("no model here computes {}", other.dtype()),
    }
}
