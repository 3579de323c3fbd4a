//! A model, a picture, and the pass of the one over the other.

#![allow(clippy::panic, clippy::unwrap_used)]

use convscope::guess::Source;
use convscope::image::Crop;
use convscope::manifest::PredictionKind;
use convscope::preprocessing::PictureArea;
use convscope::receptive_field::Place;
use convscope::scope::{ModelInfo, NodeInfo, OtherInput};
use convscope::summary::Peak;
use convscope::{ErrorKind, Image, Manifest, Preset, RenderOptions, Rendering, Result, Scope, Tensor, TensorData};
use std::cell::Cell;
use std::collections::HashMap;
use std::fs;
use std::ops::Range;
use std::path::Path;

fn read(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn manifest() -> String {
    String::from_utf8(read("models/cats-vs-dogs.json")).unwrap()
}

fn open(scope: &mut Scope, manifest: Option<&str>) -> Result<ModelInfo> {
    scope.open_model(&read("models/cats-vs-dogs.onnx"), "file.onnx", manifest)
}

fn run(scope: &mut Scope) {
    assert!(scope.step(f64::INFINITY, || 0.0).unwrap().done);
}

/// The bundled model's answer for a picture.
fn best_class(scope: &mut Scope, photo: &str) -> (String, f64) {
    scope.open_image(&read(photo)).unwrap();
    scope.start_pass().unwrap();
    run(scope);
    let best = scope.prediction().unwrap().unwrap().classes.remove(0);
    (best.label, best.probability)
}

#[test]
fn the_bundled_model_knows_the_samples() {
    let mut scope = Scope::default();
    open(&mut scope, Some(&manifest())).unwrap();
    for (photo, label) in [("kitten", "cat"), ("chelsea-cat", "cat"), ("german-shepherd", "dog")] {
        let (best, probability) = best_class(&mut scope, &format!("www/samples/{photo}.jpg"));
        assert_eq!(best, label, "{photo}, {probability}");
        assert!((0.5..=1.0).contains(&probability), "{photo}, {probability}");
    }
}

#[test]
fn a_step_ends_when_its_budget_is_spent() {
    let mut scope = Scope::default();
    open(&mut scope, Some(&manifest())).unwrap();
    scope.open_image(&read("www/samples/kitten.jpg")).unwrap();
    scope.start_pass().unwrap();
    // A clock that ticks whenever it is read: twice for each node, once for the budget.
    let time = Cell::new(0.0);
    let tick = || {
        time.set(time.get() + 1.0);
        time.get()
    };
    let first = scope.step(0.0, tick).unwrap();
    assert_eq!((first.computed.len(), first.nodes_done, first.nodes_total, first.done), (1, 1, 17, false));
    assert_eq!(first.computed[0].milliseconds, 1.0);
    let second = scope.step(8.0, tick).unwrap();
    assert_eq!(second.computed.len(), 3);
    let nodes = scope.nodes().unwrap();
    let timed = nodes.iter().filter(|node| node.milliseconds.is_some());
    assert_eq!(timed.count(), 4);
    scope.start_pass().unwrap();
    assert_eq!(scope.step(0.0, tick).unwrap().nodes_done, 1, "a pass starts anew");
}

#[test]
fn without_a_manifest_preprocessing_and_layers_are_guessed() {
    let mut scope = Scope::default();
    let info = open(&mut scope, None).unwrap();
    assert_eq!(info.title, "file.onnx");
    let layers: Vec<_> = info.layers.iter().map(|layer| (layer.output.as_str(), layer.op.as_str())).collect();
    let expected = [
        ("conv2d_4", "Conv + Relu"),
        ("max_pooling2d_4", "MaxPool"),
        ("conv2d_5", "Conv + Relu"),
        ("max_pooling2d_5", "MaxPool"),
        ("conv2d_6", "Conv + Relu"),
        ("max_pooling2d_6", "MaxPool"),
        ("conv2d_7", "Conv + Relu"),
        ("max_pooling2d_7", "MaxPool"),
        ("dense", "Gemm + Relu"),
        ("dense_1", "Gemm + Sigmoid"),
    ];
    assert_eq!(layers, expected);
    scope.open_image(&read("www/samples/kitten.jpg")).unwrap();
    scope.start_pass().unwrap();
    run(&mut scope);
    assert_eq!(scope.prediction().unwrap(), None);
    let (name, guessed) = scope.input().unwrap();
    let (name, guessed) = (name.to_owned(), guessed.clone());
    assert_eq!((name.as_str(), guessed.shape()), ("input", &[1, 3, 150, 150][..]));

    open(&mut scope, Some(&manifest())).unwrap();
    scope.start_pass().unwrap();
    assert_eq!(scope.input().unwrap().1, &guessed, "the guess is what this model's manifest says");
}

#[test]
fn an_open_input_takes_its_size_from_the_manifest_or_a_default() {
    let model = read("tests/e2e/models/channels-last.onnx");
    let mut scope = Scope::default();
    let info = scope.open_model(&model, "channels-last", None).unwrap();
    assert_eq!(info.inputs[0].shape, [Some(1), Some(12), Some(10), Some(3)]);
    let manifest = |width| {
        format!(
            r#"{{"version": 1, "input": {{"name": "images:0", "layout": "NHWC", "width": {width}, "height": 12,
            "fit": "crop", "resampling": "nearest", "channels": "rgb", "scale": 1, "mean": [0, 0, 0],
            "std": [1, 1, 1]}}}}"#
        )
    };
    scope.open_model(&model, "channels-last", Some(&manifest(10))).unwrap();
    let error = scope.open_model(&model, "channels-last", Some(&manifest(11))).unwrap_err();
    assert!(error.message().contains("[batch, 12, 10, 3], not [1, 12, 11, 3]"), "{error}");
}

#[test]
fn channels_are_drawn_wherever_the_tensor_has_them() {
    let mut scope = Scope::default();
    scope.open_model(&read("tests/e2e/models/channels-last.onnx"), "channels-last", None).unwrap();
    scope.open_image(&read("www/samples/kitten.jpg")).unwrap();
    scope.start_pass().unwrap();
    run(&mut scope);
    let draw = |output| scope.draw(output, &RenderOptions::default()).unwrap();
    let first = draw("StatefulPartitionedCall/model/relu:0");
    let last = draw("StatefulPartitionedCall/model/relu__9:0");
    assert_eq!((first.channels, first.tile_height, first.tile_width), (12, 6, 5));
    assert_eq!(last, first);
}

#[test]
fn raw_tensors_of_another_size_leave_the_pictures_size_alone() {
    let mut scope = Scope::default();
    scope.open_model(&read("tests/e2e/models/channels-last.onnx"), "channels-last", None).unwrap();
    scope.open_image(&read("www/samples/kitten.jpg")).unwrap();
    let batch = |scope: &Scope| scope.activation("Identity:0").unwrap().shape()[0];
    for size in [2, 1] {
        let images = Tensor::new(vec![size, 12, 10, 3], TensorData::F32(vec![0.5; size * 360])).unwrap();
        scope.set_input(HashMap::from([("images:0".to_owned(), images)])).unwrap();
        run(&mut scope);
        assert_eq!(batch(&scope), size);
        assert_eq!(scope.nodes().unwrap()[0].outputs[0].shape[0], Some(size));
        scope.start_pass().unwrap();
        run(&mut scope);
        assert_eq!(batch(&scope), 1);
    }
}

fn preset_of(info: &ModelInfo) -> (Option<Preset>, Source) {
    (info.reading.preset, info.reading.preprocessing.as_ref().unwrap().source)
}

fn first_values(scope: &mut Scope) -> Vec<f32> {
    scope.start_pass().unwrap();
    let TensorData::F32(values) = scope.input().unwrap().1.data() else { unreachable!("the input is float32") };
    values[..3].to_vec()
}

#[test]
fn preprocessing_can_be_set_and_reset() {
    let mut scope = Scope::default();
    let info = open(&mut scope, Some(&manifest())).unwrap();
    assert_eq!(preset_of(&info), (Some(Preset::Unit), Source::Manifest));
    scope.open_pixels(&[255, 127, 0, 255], 1, 1).unwrap();
    assert_eq!(first_values(&mut scope)[0], 1.0);

    let info = scope.set_preprocessing(r#"{"preset": "caffe"}"#).unwrap();
    assert_eq!(preset_of(&info), (Some(Preset::Caffe), Source::Person));
    assert_eq!(first_values(&mut scope)[0], -103.939);
    let info = scope.set_preprocessing(r#"{"channels": "rgb", "mean": [5, 5, 5]}"#).unwrap();
    assert_eq!(preset_of(&info), (None, Source::Person));
    assert_eq!(first_values(&mut scope)[0], 250.0);
    run(&mut scope);
    let written = serde_json::to_string(&scope.manifest().unwrap()).unwrap();
    let read = Manifest::from_json(&written).unwrap();
    assert_eq!(read.input.mean, [5.0; 3]);
    assert_eq!((read.title.as_deref(), read.layers.len(), read.labels.len()), (Some("Cats vs dogs"), 11, 2));

    for reset in ["null", r#"{"preset": "unit", "channels": "rgb"}"#] {
        scope.set_preprocessing(r#"{"preset": "caffe"}"#).unwrap();
        let info = scope.set_preprocessing(reset).unwrap();
        assert_eq!(preset_of(&info), (Some(Preset::Unit), Source::Manifest), "{reset}");
    }
}

#[test]
fn preprocessing_that_does_not_fit_is_refused_by_field() {
    let mut scope = Scope::default();
    let before = open(&mut scope, Some(&manifest())).unwrap();
    for (fields, part) in [
        ("[]", "no object"),
        (r#"{"width": "wide"}"#, "input.width: invalid type"),
        (r#"{"width": 0}"#, "input.width is 0"),
        (r#"{"width": 2.5}"#, "input.width: invalid"),
        (r#"{"scale": null}"#, "input.scale: invalid"),
        (r#"{"scale": -1}"#, "input.scale is -1"),
        (r#"{"mean": [1]}"#, "input.mean has 1 values"),
        (r#"{"std": [1, 0, 1]}"#, "input.std has 0"),
        (r#"{"fit": "zoom"}"#, "input.fit: unknown variant `zoom`"),
        (r#"{"fitt": "crop"}"#, "unknown field `fitt`"),
        (r#"{"preset": "keras"}"#, "input.preset: unknown variant `keras`"),
        (r#"{"name": "other"}"#, "input.name"),
        (r#"{"width": 151}"#, "is of shape [1, 3, 150, 150], not [1, 3, 150, 151]"),
        (r#"{"layout": "NHWC"}"#, "not [1, 150, 150, 3]"),
        (r#"{"channels": "grey", "mean": [0], "std": [1]}"#, "not [1, 1, 150, 150]"),
    ] {
        let error = scope.set_preprocessing(fields).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input, "{error}");
        assert!(error.message().contains(part), "{fields}: {error}");
    }
    let error = scope.set_preprocessing(r#"{"width": 5000}"#).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(scope.set_preprocessing("{}").unwrap(), before);
}

#[test]
fn a_size_that_the_model_leaves_open_can_be_set() {
    let mut scope = Scope::default();
    let info = scope.open_model(&read("tests/scope/any-size.onnx"), "any-size", None).unwrap();
    assert_eq!(info.picture_shape, Some(vec![None, Some(3), None, None]));
    assert_eq!(info.inputs[0].shape, [Some(1), Some(3), Some(224), Some(224)]);
    assert_eq!(info.reading.classes, Some(4));
    scope.open_image(&read("www/samples/kitten.jpg")).unwrap();
    let info = scope.set_preprocessing(r#"{"width": 40, "height": 30}"#).unwrap();
    assert_eq!(info.inputs[0].shape, [Some(1), Some(3), Some(30), Some(40)]);
    assert_eq!(info.layers[0].shape, [Some(1), Some(4), Some(30), Some(40)]);
    scope.start_pass().unwrap();
    run(&mut scope);
    assert_eq!(scope.activation(&info.layers[0].output).unwrap().shape(), [1, 4, 30, 40]);
    let error = scope.set_preprocessing(r#"{"layout": "NHWC"}"#).unwrap_err();
    assert!(error.message().contains("not [1, 30, 40, 3]"), "{error}");
    scope.set_preprocessing("null").unwrap();
    assert_eq!(scope.inputs().unwrap()[0].shape[2], Some(224));
}

#[test]
fn an_answer_is_guessed_and_labelled() {
    let mut scope = Scope::default();
    let info = scope.open_model(&read("tests/e2e/models/channels-last.onnx"), "channels-last", None).unwrap();
    let guessed = info.reading.prediction.unwrap();
    assert_eq!((guessed.value.output.as_str(), guessed.value.kind), ("Identity:0", PredictionKind::Softmax));
    assert_eq!((guessed.source, info.reading.classes, info.reading.labels), (Source::Guess, Some(4), None));
    scope.open_image(&read("www/samples/kitten.jpg")).unwrap();
    scope.start_pass().unwrap();
    run(&mut scope);
    let best = |scope: &Scope| scope.prediction().unwrap().unwrap().classes.remove(0);
    let numbered = best(&scope);
    assert_eq!(numbered.label, format!("class {}", numbered.index));

    let names = ["north", "east", "south", "west"];
    let info = scope.set_labels(Some(&names.join("\n"))).unwrap();
    assert_eq!(info.reading.labels.unwrap().source, Source::Person);
    assert_eq!(best(&scope).label, names[numbered.index]);
    assert_eq!(scope.manifest().unwrap().labels, names);
    let error = scope.set_labels(Some("cat\ndog")).unwrap_err();
    assert_eq!(error.message(), "there are 2 labels, but the model's answer has 4 classes");
    assert_eq!(best(&scope).label, names[numbered.index], "what fails changes nothing");
    scope.set_labels(None).unwrap();
    assert_eq!(best(&scope), numbered);
}

#[test]
fn labels_need_an_answer() {
    let mut scope = Scope::default();
    open(&mut scope, None).unwrap();
    let error = scope.set_labels(Some("cat\ndog")).unwrap_err();
    assert!(error.message().contains("no answer that labels could name"), "{error}");
    open(&mut scope, Some(&manifest())).unwrap();
    let info = scope.set_labels(Some("Katze\nHund")).unwrap();
    assert_eq!(info.reading.labels.unwrap().value, ["Katze", "Hund"]);
}

#[test]
fn inputs_of_bytes_and_halves_take_pictures() {
    let mut scope = Scope::default();
    scope.open_pixels(&[255, 127, 0, 255], 1, 1).unwrap();
    for (name, expected) in [
        ("bytes", TensorData::U8(vec![255, 127, 0])),
        ("halves", TensorData::F16([1.0, 127.0 / 255.0, 0.0].map(half::f16::from_f32).to_vec())),
    ] {
        scope.open_model(&read(&format!("tests/scope/{name}.onnx")), name, None).unwrap();
        scope.start_pass().unwrap();
        assert_eq!(scope.input().unwrap().1.data(), &expected);
        run(&mut scope);
    }
}

#[test]
fn a_model_shaped_by_an_input_runs_on_raw_tensors() {
    let mut scope = Scope::default();
    let info = scope.open_model(&read("tests/model/shaped-by-input.onnx"), "shaped-by-input", None).unwrap();
    let inputs: Vec<_> = info.inputs.iter().map(|info| (info.name.as_str(), info.dtype, &info.shape[..])).collect();
    assert_eq!(inputs, [("data", "float32", &[None, Some(2)][..]), ("shape", "int64", &[Some(3)][..])]);
    assert!(info.nodes.is_empty());

    let mut check = |len: usize, shape: [i64; 3], expected: &[usize]| {
        let data = Tensor::new(vec![len / 2, 2], TensorData::F32(vec![-1.5; len])).unwrap();
        let shape = Tensor::new(vec![3], TensorData::I64(shape.to_vec())).unwrap();
        scope.set_input(HashMap::from([("data".to_owned(), data), ("shape".to_owned(), shape)])).unwrap();
        run(&mut scope);
        let reshaped = scope.activation("reshaped").unwrap();
        assert_eq!(reshaped, Tensor::new(expected.to_vec(), TensorData::F32(vec![1.5; len])).unwrap());
        assert_eq!(scope.nodes().unwrap().len(), 2);
    };
    check(12, [3, 1, 4], &[3, 1, 4]);
    check(8, [2, -1, 2], &[2, 2, 2]);

    let data = || Tensor::new(vec![1, 2], TensorData::F32(vec![0.0; 2])).unwrap();
    let error = scope.set_input(HashMap::from([("data".to_owned(), data())])).unwrap_err();
    assert_eq!(error.message(), "the input 'shape' (int64) is missing");
    let error =
        scope.set_input(HashMap::from([("data".to_owned(), data()), ("shape".to_owned(), data())])).unwrap_err();
    assert_eq!(error.message(), "the input 'shape' wants int64, not float32");
}

/// The first value of each channel of `output`, of shape 1 x 3 x height x width.
fn firsts(scope: &Scope, output: &str) -> Vec<f32> {
    let activation = scope.activation(output).unwrap();
    let plane = activation.shape()[2] * activation.shape()[3];
    match activation.data() {
        TensorData::F32(values) => values.chunks(plane).map(|plane| plane[0]).collect(),
        other => panic!("{output} is {}", other.dtype()),
    }
}

#[test]
fn inputs_beside_the_picture_are_zero_until_they_are_given() {
    let mut scope = Scope::default();
    let info = scope.open_model(&read("tests/scope/masked.onnx"), "masked", None).unwrap();
    assert_eq!(info.picture_input.as_deref(), Some("picture"));
    let others = |info: &ModelInfo| {
        let other = |other: &OtherInput| (other.info.name.clone(), other.is_given, other.is_required);
        info.other_inputs.iter().map(other).collect::<Vec<_>>()
    };
    assert_eq!(others(&info), [("is masked".to_owned(), false, false), ("mask".to_owned(), false, false)]);
    let flag = |value| ("is masked".to_owned(), Tensor::new(vec![], TensorData::Bool(vec![value])).unwrap());
    let error = scope.set_input([flag(true)].into()).unwrap_err();
    assert_eq!(error.message(), "the input 'picture' (float32) is missing");

    // White: the gain itself is what comes out.
    scope.open_pixels(&[255; 4], 1, 1).unwrap();
    scope.set_preprocessing(r#"{"width": 6, "height": 5}"#).unwrap();
    scope.start_pass().unwrap();
    run(&mut scope);
    assert_eq!((firsts(&scope, "chosen"), firsts(&scope, "masked")), (vec![1.0, 2.0, 3.0], vec![0.0; 3]));

    let info = scope.set_input([flag(true)].into()).unwrap().unwrap();
    assert_eq!(others(&info), [("is masked".to_owned(), true, false), ("mask".to_owned(), false, false)]);
    run(&mut scope);
    assert_eq!(firsts(&scope, "chosen"), [0.0; 3]);
    assert_eq!(scope.input().unwrap().0, "picture");
    let mask = |value| {
        let data = TensorData::F32(vec![value; 30]);
        ("mask".to_owned(), Tensor::new(vec![1, 1, 5, 6], data).unwrap())
    };
    scope.set_input([mask(0.5)].into()).unwrap();
    run(&mut scope);
    assert_eq!(firsts(&scope, "chosen"), [0.5, 1.0, 1.5]);
    // What does not fit leaves all as it was, and what was given stays for the next picture.
    let bytes = ("mask".to_owned(), Tensor::new(vec![1, 1, 5, 6], TensorData::U8(vec![1; 30])).unwrap());
    assert_eq!(scope.set_input([bytes].into()).unwrap_err().kind(), ErrorKind::Input);
    let unknown = ("noise".to_owned(), flag(true).1);
    assert!(scope.set_input([unknown].into()).unwrap_err().message().contains("no input named 'noise'"));
    scope.open_pixels(&[0, 0, 0, 255], 1, 1).unwrap();
    scope.start_pass().unwrap();
    run(&mut scope);
    assert_eq!(firsts(&scope, "chosen"), [0.0; 3]);
    assert_eq!(scope.activation("chosen").unwrap().shape(), [1, 3, 5, 6]);

    // A tensor in the picture's place.
    let picture = Tensor::new(vec![1, 3, 5, 6], TensorData::F32(vec![2.0; 90])).unwrap();
    assert_eq!(scope.set_input([("picture".to_owned(), picture)].into()).unwrap(), None);
    run(&mut scope);
    assert_eq!(firsts(&scope, "chosen"), [1.0, 2.0, 3.0]);
}

#[test]
fn an_input_that_makes_shapes_is_wanted_beside_the_picture() {
    let mut scope = Scope::default();
    scope.open_pixels(&[255; 4], 1, 1).unwrap();
    let info = scope.open_model(&read("tests/scope/resized.onnx"), "resized", None).unwrap();
    assert!(info.nodes.is_empty());
    assert!(info.other_inputs[0].is_required && !info.other_inputs[0].is_given);
    assert_eq!(scope.start_pass().unwrap_err().message(), "the input 'sizes' (int64) is missing");
    for side in [8, 2] {
        let sizes = Tensor::new(vec![4], TensorData::I64(vec![1, 3, side, side])).unwrap();
        let info = scope.set_input([("sizes".to_owned(), sizes)].into()).unwrap().unwrap();
        assert_eq!((info.nodes.len(), info.layers.len()), (1, 1));
        assert!(info.other_inputs[0].is_given);
        run(&mut scope);
        assert_eq!(scope.activation("resized").unwrap().shape(), [1, 3, side as usize, side as usize]);
    }
    scope.start_pass().unwrap();
    run(&mut scope);
    assert_eq!(scope.activation("resized").unwrap().shape(), [1, 3, 2, 2]);
}

#[test]
fn nodes_that_weights_alone_determine_are_apart() {
    let mut scope = Scope::default();
    let info = scope.open_model(&read("tests/scope/masked.onnx"), "masked", None).unwrap();
    assert_eq!(info.folded, ["scale", "offset", "gain"]);
    let described = |nodes: Vec<NodeInfo>| -> Vec<_> {
        let shape = |node: &NodeInfo| node.outputs[0].shape.iter().flatten().copied().collect::<Vec<_>>();
        nodes.into_iter().map(|node| (node.name.clone(), node.op.clone(), node.inputs.clone(), shape(&node))).collect()
    };
    let node = |name: &str, op: &str, inputs: &[&str], shape: &[usize]| {
        let inputs = inputs.iter().map(|&input| input.to_owned()).collect::<Vec<_>>();
        (name.to_owned(), op.to_owned(), inputs, shape.to_vec())
    };
    assert_eq!(
        described(scope.folded_nodes().unwrap()),
        [
            node("widen", "Cast", &[], &[3, 1, 1]),
            node("offset", "Constant", &[], &[1, 1, 1]),
            node("gain", "Add", &["scale", "offset"], &[3, 1, 1])
        ]
    );
    assert!(scope.nodes().unwrap().iter().all(|node| node.op != "Cast" && node.op != "Constant"));
    let gain = Tensor::new(vec![3, 1, 1], TensorData::F32(vec![1.0, 2.0, 3.0])).unwrap();
    assert_eq!(scope.activation("gain").unwrap(), gain);
    assert!(scope.draw("gain", &RenderOptions::default()).is_ok());

    scope.open_model(&read("tests/scope/bytes.onnx"), "bytes", None).unwrap();
    assert_eq!(scope.folded_nodes().unwrap(), []);
    assert!(scope.activation("gain").is_err());
}

#[test]
fn what_fails_changes_nothing() {
    let mut scope = Scope::default();
    open(&mut scope, Some(&manifest())).unwrap();
    let before = best_class(&mut scope, "www/samples/kitten.jpg");
    let check = |result: Result<()>, kind, part: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(part), "{error}");
    };
    check(scope.open_image(b"hello"), ErrorKind::Image, "");
    check(scope.open_model(b"hello", "x", None).map(drop), ErrorKind::Model, "5 bytes");
    for (from, to, part) in [
        ("\"name\": \"input\"", "\"name\": \"pixels\"", "the model has: input"),
        ("\"output\": \"dense_1\"", "\"output\": \"dense_9\"", "'dense_9'"),
        ("\"conv2d_6\"", "\"conv2d_9\"", "'conv2d_9'"),
    ] {
        let other = manifest().replace(from, to);
        check(open(&mut scope, Some(&other)).map(drop), ErrorKind::Manifest, part);
    }
    check(scope.set_input([].into()).map(drop), ErrorKind::Input, "missing");
    let best = scope.prediction().unwrap().unwrap().classes.remove(0);
    assert_eq!((best.label, best.probability), before);
    scope.start_pass().unwrap();
}

#[test]
fn an_archive_has_the_input_and_every_output() {
    let mut scope = Scope::default();
    open(&mut scope, Some(&manifest())).unwrap();
    best_class(&mut scope, "www/samples/kitten.jpg");
    let archive = scope.npz().unwrap();
    let names = scope.nodes().unwrap().into_iter().map(|node| node.name).chain(["input".to_owned()]);
    for name in names {
        let entry = format!("{name}.npy");
        assert!(archive.windows(entry.len()).any(|bytes| bytes == entry.as_bytes()), "{name}");
    }
    let npy = scope.npy("dense_1").unwrap();
    let activation = scope.activation("dense_1").unwrap();
    let TensorData::F32(values) = activation.data() else { unreachable!("the model computes float32") };
    assert!(npy.ends_with(&values[0].to_le_bytes()));
}

#[test]
fn channels_are_ranked_by_what_they_make_of_a_part_of_the_picture() {
    let mut scope = Scope::default();
    open(&mut scope, Some(&manifest())).unwrap();
    best_class(&mut scope, "www/samples/kitten.jpg");
    let values: Vec<f32> = scope.summarize("conv2d_5", |maps| Ok(maps.values().to_vec())).unwrap();
    let at = |channel: usize, row: usize, column: usize| values[(channel * 72 + row) * 72 + column];
    let image = Image::decode(&read("www/samples/kitten.jpg")).unwrap();
    // In pixels of the network, where the middle of the cell in row r is 2 r + 4.
    #[track_caller]
    fn check(
        scope: &Scope,
        image: &Image,
        [top, left, bottom, right]: [f64; 4],
        cells: [Range<usize>; 2],
        at: impl Fn(usize, usize, usize) -> f32 + Copy,
    ) {
        let (width, height) = (image.width() as f64 / 150.0, image.height() as f64 / 150.0);
        let part = PictureArea { top: top * height, left: left * width, bottom: bottom * height, right: right * width };
        let peaks = scope.peaks("conv2d_5", part).unwrap().unwrap();
        assert_eq!(peaks.len(), 64);
        assert!(peaks.is_sorted_by(|a, b| a.value > b.value || (a.value == b.value && a.channel < b.channel)));
        let [rows, columns] = cells;
        for Peak { channel, row, column, value } in peaks {
            let cells = rows.clone().flat_map(|row| columns.clone().map(move |column| at(channel, row, column)));
            assert!(rows.contains(&row) && columns.contains(&column), "channel {channel}: {row}, {column}");
            assert_eq!(value, cells.fold(f32::MIN, f32::max), "channel {channel}");
            assert_eq!(value, at(channel, row, column), "channel {channel}");
        }
    }
    check(&scope, &image, [19.9, 29.9, 29.0, 34.1], [8..13, 13..16], at);
    // Between the middles of two cells, and beyond all of them.
    check(&scope, &image, [20.5, 30.2, 21.0, 30.8], [8..9, 13..14], at);
    check(&scope, &image, [-9.0, 148.0, -5.0, 160.0], [0..1, 71..72], at);
    check(&scope, &image, [0.0, 0.0, 150.0, 150.0], [0..72, 0..72], at);

    let whole = PictureArea { top: 0.0, left: 0.0, bottom: 9.0, right: 9.0 };
    assert_eq!(scope.peaks("dense_1", whole).unwrap(), None);
    for part in [PictureArea { top: f64::NAN, ..whole }, PictureArea { left: 10.0, ..whole }] {
        assert_eq!(scope.peaks("conv2d_5", part).unwrap_err().kind(), ErrorKind::Input);
    }
}

#[test]
fn a_part_of_the_picture_takes_its_place() {
    let image = Image::decode(&read("www/samples/kitten.jpg")).unwrap();
    let crop = Crop { top: 40, left: 100, bottom: 181, right: 303 };
    let mut scope = Scope::default();
    open(&mut scope, Some(&manifest().replace("\"squash\"", "\"crop\""))).unwrap();
    scope.set_image(image.clone(), Some(crop)).unwrap();
    scope.start_pass().unwrap();
    run(&mut scope);

    // The same picture, cut out beforehand.
    let rows = image.rgb().chunks(image.width() * 3).skip(crop.top).take(crop.bottom - crop.top);
    let pixels = rows.flat_map(|row| row[crop.left * 3..crop.right * 3].chunks(3));
    let rgba: Vec<u8> = pixels.flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255]).collect();
    let mut alone = Scope::default();
    open(&mut alone, Some(&manifest().replace("\"squash\"", "\"crop\""))).unwrap();
    alone.open_pixels(&rgba, 203, 141).unwrap();
    alone.start_pass().unwrap();
    run(&mut alone);
    assert_eq!(scope.input().unwrap(), alone.input().unwrap());
    assert_eq!(scope.input_picture().unwrap(), alone.input_picture().unwrap());
    assert_eq!(scope.activation("dense_1").unwrap(), alone.activation("dense_1").unwrap());

    // Places are those of the whole picture.
    let moved = |area: PictureArea| PictureArea {
        top: area.top + 40.0,
        left: area.left + 100.0,
        bottom: area.bottom + 40.0,
        right: area.right + 100.0,
    };
    let place = Place { channel: None, row: 3, column: 60 };
    let [seen, seen_alone] =
        [&scope, &alone].map(|scope| scope.receptive_field("conv2d_5", place).unwrap().unwrap().picture.unwrap());
    assert_eq!(seen, moved(seen_alone));
    let [area, area_alone] = [&scope, &alone].map(|scope| scope.map_area("conv2d_5").unwrap().unwrap());
    assert_eq!(area, moved(area_alone));

    for crop in [
        Crop { bottom: image.height() + 1, ..crop },
        Crop { right: image.width() + 1, ..crop },
        Crop { top: crop.bottom, ..crop },
        Crop { left: crop.right, ..crop },
    ] {
        assert_eq!(scope.set_crop(Some(crop)).unwrap_err().kind(), ErrorKind::Input);
        assert_eq!(scope.set_image(image.clone(), Some(crop)).unwrap_err().kind(), ErrorKind::Input);
    }
    assert_eq!(scope.input_picture().unwrap(), alone.input_picture().unwrap());
    scope.set_crop(None).unwrap();
    assert_ne!(scope.input_picture().unwrap(), alone.input_picture().unwrap());
    assert_eq!(Scope::default().set_crop(None).unwrap_err().kind(), ErrorKind::Input);
}

#[test]
fn feature_maps_lie_on_the_picture() {
    #[track_caller]
    fn check(fit: &str, expected: [f64; 4]) {
        let mut scope = Scope::default();
        let manifest = manifest().replace("\"squash\"", &format!("\"{fit}\""));
        open(&mut scope, Some(&manifest)).unwrap();
        assert_eq!(scope.map_area("conv2d_5").unwrap(), None, "without a picture");
        scope.open_pixels(&[255; 300 * 150 * 4], 300, 150).unwrap();
        let area = scope.map_area("conv2d_5").unwrap().unwrap();
        assert_eq!([area.top, area.left, area.bottom, area.right], expected, "{fit}");
        assert_eq!(scope.map_area("dense_1").unwrap(), None);
        assert_eq!(scope.map_area("conv2d_9").unwrap_err().kind(), ErrorKind::Input);
    }
    // 72 x 72 cells, each of which sees 8 x 8 pixels of the network's 150 x 150, the next one from two pixels on: from 3 to
    // 147, in pixels of the network.
    check("squash", [3.0, 6.0, 147.0, 294.0]);
    check("crop", [3.0, 78.0, 147.0, 222.0]);
    // The picture takes 75 rows of the network's, from row 38 on.
    check("pad", [-70.0, 6.0, 218.0, 294.0]);
}

fn draw(scope: &Scope, options: &str) -> Result<Rendering> {
    scope.draw("conv2d_5", &RenderOptions::from_json(options).unwrap())
}

#[test]
fn a_pass_is_compared_with_the_reference() {
    let mut scope = Scope::default();
    assert_eq!(scope.keep_reference().unwrap_err().kind(), ErrorKind::Input);
    open(&mut scope, Some(&manifest())).unwrap();
    best_class(&mut scope, "www/samples/kitten.jpg");
    let before = scope.activation("conv2d_5").unwrap();
    let drawn_before = draw(&scope, r#"{"view": "layer"}"#).unwrap();
    assert!(scope.difference("conv2d_5").unwrap_err().message().contains("nothing to compare with"));

    scope.keep_reference().unwrap();
    assert!(scope.difference("conv2d_5").unwrap().values().iter().all(|value| *value == 0.0));
    assert!(scope.rank_differences("conv2d_5").unwrap().iter().all(|ranked| ranked.difference == Some(0.0)));

    best_class(&mut scope, "www/samples/german-shepherd.jpg");
    let after = scope.activation("conv2d_5").unwrap();
    let (TensorData::F32(before), TensorData::F32(after)) = (before.data(), after.data()) else { panic!() };
    let expected: Vec<f32> = after.iter().zip(before).map(|(after, before)| after - before).collect();
    let difference = scope.difference("conv2d_5").unwrap();
    assert_eq!(difference.values(), expected);
    assert_eq!((difference.channels(), difference.height(), difference.width()), (64, 72, 72));

    let ranked = scope.rank_differences("conv2d_5").unwrap();
    assert_eq!(ranked.len(), 64);
    assert!(ranked.is_sorted_by_key(|ranked| -ranked.difference.unwrap()));
    let first = expected.chunks(72 * 72).nth(ranked[0].channel).unwrap();
    let mean = first.iter().map(|value| f64::from(value.abs())).sum::<f64>() / (72.0 * 72.0);
    assert!((ranked[0].difference.unwrap() - mean).abs() < 1e-6 * mean);

    // Both on the scale of all that there is.
    let drawn_after = draw(&scope, r#"{"view": "layer"}"#).unwrap();
    let pair = draw(&scope, r#"{"of": "pair", "view": "layer", "channels": [3, 67], "gap": 0}"#).unwrap();
    let ranges = [&drawn_before, &drawn_after].map(|drawing| drawing.legend.values.range.unwrap());
    assert_eq!(pair.legend.values.range.unwrap().high, ranges[0].high.max(ranges[1].high));
    let drawn = draw(&scope, r#"{"of": "difference", "view": "symmetric", "channels": [3]}"#).unwrap();
    assert_eq!(drawn.legend.low, -drawn.legend.high);
    assert_eq!((pair.width, drawn.width), (144, 72));

    // Another model's outputs are compared by name and size.
    scope.open_model(&read("tests/scope/any-size.onnx"), "any-size", None).unwrap();
    assert!(scope.difference("conv").is_err(), "nothing has been computed");
    scope.start_pass().unwrap();
    run(&mut scope);
    assert!(scope.difference("conv").unwrap_err().message().contains("no output named 'conv'"));
    open(&mut scope, Some(&manifest())).unwrap();
    scope.start_pass().unwrap();
    run(&mut scope);
    assert_eq!(scope.difference("conv2d_5").unwrap().values(), expected);
    scope.drop_reference();
    assert!(scope.difference("conv2d_5").is_err());
}
