//! The arithmetic of single cells against the pass itself, which other tests hold against onnxruntime.

#![allow(clippy::panic, clippy::unwrap_used)]

#[path = "support/nets.rs"]
mod nets;

use convscope::arithmetic::{self, Cell, Rule};
use convscope::feature_map::FeatureMaps;
use convscope::{ErrorKind, Model, Pass, Tensor, TensorData};
use nets::Random;
use nets::onnx::Attribute::{Float, Int, Ints, Text};
use nets::onnx::{Attribute, Graph};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

/// How much of the size of what is added up an operator's value may be off: the rounding of single precision, and what
/// quick exponential functions take.
const TOLERANCE: f64 = 1e-6;

/// A pass over -1 to 1.
fn pass(bytes: &[u8]) -> Pass {
    let model = Arc::new(Model::from_onnx(bytes).unwrap());
    let mut random = Random::new(11);
    let mut tensor = |shape: &[Option<usize>]| {
        let shape: Vec<usize> = shape.iter().copied().map(Option::unwrap).collect();
        let data = (0..shape.iter().product()).map(|_| 2.0 * random.unit() - 1.0).collect();
        Tensor::new(shape, TensorData::F32(data)).unwrap()
    };
    let inputs = model.inputs().iter().map(|info| (info.name.clone(), tensor(&info.shape))).collect();
    let mut pass = Pass::new(model, inputs).unwrap();
    while pass.step(|| 0.0).unwrap().is_some() {}
    pass
}

/// Checks every `every`th cell of all outlets, and counts cells by operator: those that are told, and those that are not.
fn check(pass: &Pass, every: usize, what: &str) -> BTreeMap<String, [usize; 2]> {
    let mut counts: BTreeMap<String, [usize; 2]> = BTreeMap::new();
    for (outlet, description) in pass.model().outlets().iter().enumerate() {
        let activation = pass.activation(outlet).unwrap().unwrap();
        let maps = FeatureMaps::from_tensor(&activation, description.channel_axis).unwrap();
        let (height, width) = (maps.height(), maps.width());
        for (place, value) in maps.values().iter().enumerate().step_by(every) {
            let (channel, row, column) = (place / (height * width), place / width % height, place % width);
            let cell = arithmetic::cell(pass, outlet, channel, row, column).unwrap();
            let say = || format!("{} at {channel}, {row}, {column} of {what}: {cell:?}", description.info.name);
            assert_eq!(cell.value as f32, *value, "{}", say());
            let count = counts.entry(cell.op.clone()).or_default();
            count[usize::from(cell.rule.is_none())] += 1;
            assert_eq!(cell.rule.is_some(), cell.computed.is_some(), "{}", say());
            let Some(computed) = cell.computed else { continue };
            assert!((computed - cell.value).abs() <= tolerance(&cell), "{}", say());
            for window in &cell.windows {
                assert_eq!(window.values.len(), window.channels.len() * window.rows.len() * window.columns.len());
            }
        }
    }
    counts
}

fn tolerance(cell: &Cell) -> f64 {
    let values = || cell.windows.iter().flat_map(|window| &window.values).map(|&value| f64::from(value).abs());
    match cell.rule.unwrap() {
        Rule::Copy | Rule::Maximum => 0.0,
        Rule::WeightedSum => {
            let window = &cell.windows[0];
            let products =
                window.values.iter().zip(&window.weights).map(|(value, weight)| f64::from(value * weight).abs());
            // In the worst case each sum is rounded, each by half of single precision's last bit.
            let rounding = (window.values.len() + 2) as f64 * f64::from(f32::EPSILON) / 2.0;
            rounding * (products.sum::<f64>() + cell.parameters["bias"].abs())
        }
        _ => TOLERANCE * (1.0 + cell.value.abs() + values().sum::<f64>()),
    }
}

/// Operators whose arithmetic is not told.
const UNTOLD: &[&str] =
    &["ArgMax", "Cast", "GreaterOrEqual", "Greater", "LRN", "LayerNormalization", "Resize", "Shape", "TopK", "Where"];

fn merge(all: &mut BTreeMap<String, [usize; 2]>, counts: BTreeMap<String, [usize; 2]>) {
    for (op, [told, untold]) in counts {
        let count = all.entry(op).or_default();
        *count = [count[0] + told, count[1] + untold];
    }
}

#[test]
fn cells_of_generated_nets_are_what_they_are_made_of() {
    let mut all = BTreeMap::new();
    for seed in 0..50 {
        let net = nets::generated(seed);
        merge(&mut all, check(&pass(&net.bytes), 7, &net.description));
    }
    for net in nets::architectures() {
        merge(&mut all, check(&pass(&net.bytes), 1, &net.description));
    }
    for (op, [told, untold]) in &all {
        assert!(UNTOLD.contains(&op.as_str()) || (*told > 0 && *untold == 0), "{op}: {told} told, {untold} not");
    }
    assert!(all.len() > 30, "{all:?}");
}

#[test]
fn cells_of_models_as_they_come_are_what_they_are_made_of() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = BTreeMap::new();
    for (path, every) in [
        ("tests/e2e/models/branches.onnx", 1),
        ("tests/e2e/models/channels-last.onnx", 1),
        ("models/cats-vs-dogs.onnx", 997),
        ("models/digits.onnx", 97),
        ("models/efficientnet-lite0.onnx", 4999),
    ] {
        merge(&mut all, check(&pass(&std::fs::read(folder.join(path)).unwrap()), every, path));
    }
    for (op, [told, untold]) in &all {
        assert!(UNTOLD.contains(&op.as_str()) || (*told > 0 && *untold == 0), "{op}: {told} told, {untold} not");
    }
}

/// A node of one operator over an input of `shape`, and weights of -1 to 1 of `weights`.
fn single(op: &str, shape: &[usize], weights: &[&[usize]], attributes: &[(&str, Attribute)], opset: u64) -> Pass {
    let mut graph = Graph::default();
    let mut random = Random::new(5);
    graph.input("x", shape);
    let weights: Vec<String> = weights
        .iter()
        .map(|shape| {
            let data: Vec<f32> = (0..shape.iter().product()).map(|_| 2.0 * random.unit() - 1.0).collect();
            graph.weight(shape, &data)
        })
        .collect();
    let inputs: Vec<&str> = std::iter::once("x").chain(weights.iter().map(String::as_str)).collect();
    let output = graph.node(op, &inputs, attributes);
    graph.output(&output);
    pass(&graph.bytes(opset))
}

#[test]
fn functions_are_onnxs() {
    let check = |op: &str, weights: &[&[usize]], attributes: &[(&str, Attribute)]| {
        let pass = single(op, &[2, 3, 4, 5], weights, attributes, 18);
        let counts = check(&pass, 1, op);
        assert_eq!(counts[op][1], 0, "{op}");
    };
    for op in [
        "Abs",
        "Ceil",
        "Cos",
        "Elu",
        "Erf",
        "Exp",
        "Floor",
        "HardSigmoid",
        "HardSwish",
        "Identity",
        "LeakyRelu",
        "Mish",
        "Neg",
        "Reciprocal",
        "Relu",
        "Round",
        "Selu",
        "Sigmoid",
        "Sign",
        "Sin",
        "Softplus",
        "Softsign",
        "Tanh",
        "ThresholdedRelu",
        "Celu",
        "Clip",
        "Softmax",
        "LogSoftmax",
    ] {
        check(op, &[], &[]);
    }
    check("LeakyRelu", &[], &[("alpha", Float(0.3))]);
    check("Elu", &[], &[("alpha", Float(0.3))]);
    check("HardSigmoid", &[], &[("alpha", Float(0.7)), ("beta", Float(0.1))]);
    check("Selu", &[], &[("alpha", Float(1.2)), ("gamma", Float(0.8))]);
    check("Celu", &[], &[("alpha", Float(0.7))]);
    check("ThresholdedRelu", &[], &[("alpha", Float(0.2))]);
    check("Clip", &[&[], &[]], &[]);
    check("Softmax", &[], &[("axis", Int(1))]);
    check("PRelu", &[&[3, 1, 1]], &[]);
    for op in ["Add", "Sub", "Mul", "Div", "Max", "Min", "Sum", "Mean"] {
        check(op, &[&[3, 1, 5]], &[]);
    }
    let clip = single("Clip", &[1, 2], &[], &[("min", Float(-0.1)), ("max", Float(0.1))], 10);
    assert_eq!(check_all(&clip)["Clip"], [2, 0]);
    let joint = single("Softmax", &[1, 2, 3], &[], &[("axis", Int(1))], 12);
    assert_eq!(check_all(&joint)["Softmax"], [6, 0]);
    let gelu = single("Gelu", &[1, 9], &[], &[("approximate", Text("tanh"))], 20);
    assert_eq!(check_all(&gelu)["Gelu"], [9, 0]);
}

fn check_all(pass: &Pass) -> BTreeMap<String, [usize; 2]> {
    check(pass, 1, "")
}

#[test]
fn weighted_sums_are_of_all_kinds() {
    let check = |op: &str, shape: &[usize], weights: &[&[usize]], attributes: &[(&str, Attribute)]| {
        let counts = check(&single(op, shape, weights, attributes, 17), 1, op);
        assert_eq!(counts[op][1], 0, "{op} {shape:?} {weights:?}");
    };
    check("Conv", &[1, 4, 9], &[&[6, 2, 3], &[6]], &[("group", Int(2)), ("pads", Ints(&[1, 0]))]);
    check("Conv", &[1, 2, 4, 5, 6], &[&[3, 2, 2, 3, 1]], &[("pads", Ints(&[1, 0, 0, 1, 1, 0]))]);
    check("ConvTranspose", &[1, 4, 3, 4], &[&[4, 3, 3, 2], &[6]], &[("group", Int(2)), ("strides", Ints(&[2, 1]))]);
    check("Gemm", &[2, 5], &[&[5, 3]], &[]);
    check("Gemm", &[2, 5], &[&[3, 5], &[3]], &[("transB", Int(1)), ("alpha", Float(0.3)), ("beta", Float(2.0))]);
    check("MatMul", &[1, 4, 5], &[&[5, 3]], &[]);
    check("MatMul", &[2, 3, 4, 5], &[&[3, 5, 2]], &[]);
    check("MatMul", &[2, 5], &[&[5]], &[]);
    check("MatMul", &[5], &[&[5, 2]], &[]);
}

#[test]
fn products_of_activations_have_no_constant_factor() {
    let mut graph = Graph::default();
    graph.input("x", &[1, 4, 5]);
    let transposed = graph.node("Transpose", &["x"], &[("perm", Ints(&[0, 2, 1]))]);
    let attention = graph.node("MatMul", &["x", &transposed], &[]);
    let left = graph.weight(&[3, 4], &(0..12).map(|value| value as f32 / 7.0).collect::<Vec<_>>());
    let mixed = graph.node("MatMul", &[&left, &attention], &[]);
    graph.output(&mixed);
    assert_eq!(check_all(&pass(&graph.bytes(17)))["MatMul"], [16 + 12, 0]);
}

#[test]
fn a_window_says_where_its_values_are() {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/models/branches.onnx")).unwrap();
    let pass = pass(&bytes);
    let outlet = pass.model().outlet_id("stem/Conv").unwrap();
    // Groups of two channels, steps of two rows, two columns between taps, a row and two columns of padding.
    let cell = arithmetic::cell(&pass, outlet, 5, 0, 1).unwrap();
    assert_eq!((cell.op.as_str(), cell.rule), ("Conv", Some(Rule::WeightedSum)));
    let [window] = &cell.windows[..] else { panic!("{cell:?}") };
    assert_eq!(window.name, "bild 1/画像");
    assert_eq!(window.channels, [Some(2), Some(3)]);
    assert_eq!(window.rows, [None, Some(0), Some(1)]);
    assert_eq!(window.columns, [None, Some(1), Some(3)]);
    let input = FeatureMaps::from_tensor(&pass.inputs()[0], convscope::ChannelAxis::First).unwrap();
    let value = |channel: usize, row: usize, column: usize| input.map(channel).unwrap()[row * 13 + column];
    assert_eq!(window.values[..6], [0.0, 0.0, 0.0, 0.0, value(2, 0, 1), value(2, 0, 3)]);
    assert_eq!(window.values[17], value(3, 1, 3));
    let kernel = arithmetic::kernel(pass.model(), outlet, 5).unwrap();
    assert_eq!(kernel.shape(), [2, 3, 3]);
    assert_eq!(*kernel.data(), TensorData::F32(window.weights.clone()));
}

#[test]
fn kernels_are_the_weights_of_the_sums() {
    let check =
        |op: &str, shape: &[usize], weights: &[&[usize]], attributes: &[(&str, Attribute)], expected: &[usize]| {
            let pass = single(op, shape, weights, attributes, 17);
            for channel in 0..2 {
                let kernel = arithmetic::kernel(pass.model(), 0, channel).unwrap();
                assert_eq!(kernel.shape(), expected, "{op}");
                let cell = arithmetic::cell(&pass, 0, channel, 0, 0).unwrap();
                assert_eq!(*kernel.data(), TensorData::F32(cell.windows[0].weights.clone()), "{op}");
            }
            let error = arithmetic::kernel(pass.model(), 0, 99).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Input);
        };
    check("Conv", &[1, 4, 5, 6], &[&[6, 2, 3, 2]], &[("group", Int(2))], &[2, 3, 2]);
    check("ConvTranspose", &[1, 4, 3, 4], &[&[4, 3, 3, 2]], &[("group", Int(2))], &[2, 3, 2]);
    check("Gemm", &[1, 5], &[&[3, 5]], &[("transB", Int(1))], &[5]);
    check("Gemm", &[1, 5], &[&[5, 3]], &[], &[5]);
    let relu = single("Relu", &[1, 2], &[], &[], 17);
    let error = arithmetic::kernel(relu.model(), 0, 0).unwrap_err();
    assert!(error.message().contains("(Relu) has no kernel"), "{error}");
}

#[test]
fn cells_that_are_not_there_are_refused() {
    let pass = single("Relu", &[1, 2, 3, 4], &[], &[], 17);
    for (outlet, channel, row, column) in [(0, 2, 0, 0), (0, 0, 3, 0), (0, 0, 0, 4), (1, 0, 0, 0)] {
        assert_eq!(arithmetic::cell(&pass, outlet, channel, row, column).unwrap_err().kind(), ErrorKind::Input);
    }
    let model = pass.model().clone();
    let input = HashMap::from([("x".to_owned(), pass.inputs()[0].clone())]);
    let error = arithmetic::cell(&Pass::new(model, input).unwrap(), 0, 0, 0, 0).unwrap_err();
    assert!(error.message().contains("has not been computed"), "{error}");
}
