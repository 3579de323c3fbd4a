//! The boundary to JavaScript, in a browser's worker.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::expect_used, clippy::unwrap_used, missing_docs)]

#[path = "preprocessing/same_everywhere.rs"]
mod same_everywhere;

use convscope::web::{Engine, last_panic};
use js_sys::{Array, BigInt64Array, Float32Array, JSON, Object, Reflect, Uint8Array, Uint8ClampedArray};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{OffscreenCanvas, OffscreenCanvasRenderingContext2d};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

const MODEL: &[u8] = include_bytes!("../models/cats-vs-dogs.onnx");
const MANIFEST: &str = include_str!("../models/cats-vs-dogs.json");
const PHOTO: &[u8] = include_bytes!("../www/samples/kitten.jpg");

fn get(object: &JsValue, path: &str) -> JsValue {
    path.split('.').fold(object.clone(), |value, key| Reflect::get(&value, &key.into()).unwrap())
}

fn parse(json: Result<String, JsValue>) -> JsValue {
    JSON::parse(&json.unwrap()).unwrap()
}

fn engine() -> Engine {
    let mut engine = Engine::new();
    engine.open_model(MODEL.into(), "cats-vs-dogs", Some(MANIFEST.to_owned()), &Object::new()).unwrap();
    engine
}

fn run(engine: &mut Engine) -> usize {
    for steps in 1.. {
        if get(&parse(engine.step(0.0)), "done").is_truthy() {
            return steps;
        }
    }
    unreachable!()
}

fn after_pass() -> Engine {
    let mut engine = engine();
    engine.open_image(PHOTO, None).unwrap();
    engine.start_pass().unwrap();
    run(&mut engine);
    engine
}

#[track_caller]
fn assert_fails<T>(result: Result<T, JsValue>, code: &str, part: &str) {
    let error = result.err().expect("an error");
    let message = error.dyn_ref::<js_sys::Error>().expect("an Error").message();
    assert_eq!(get(&error, "code"), code, "{message:?}");
    assert!(String::from(message.clone()).contains(part), "{message:?}");
}

#[wasm_bindgen_test]
fn a_model_is_described() {
    let mut engine = Engine::new();
    let info = parse(engine.open_model(MODEL.into(), "name", Some(MANIFEST.to_owned()), &Object::new()));
    assert_eq!(get(&info, "title"), "Cats vs dogs");
    assert_eq!(get(&info, "bytes"), MODEL.len() as f64);
    assert_eq!(get(&info, "inputs.0.dtype"), "float32");
    assert_eq!(get(&info, "layers.0.output"), "conv2d_4");
    assert_eq!(get(&info, "layers.0.op"), "Conv + Relu");
    assert_eq!(get(&info, "layers.0.shape.1"), 32.0);
    assert_eq!(get(&info, "nodes.0.parameters"), 896.0);
    assert!(get(&info, "nodes.0.milliseconds").is_null());
    let unnamed = parse(engine.open_model(MODEL.into(), "file.onnx", None, &Object::new()));
    assert_eq!(get(&unnamed, "title"), "file.onnx");
    assert!(get(&unnamed, "manifest").is_null());
}

#[wasm_bindgen_test]
fn a_pass_runs_node_by_node_and_ends_in_a_prediction() {
    let mut engine = engine();
    engine.open_image(PHOTO, None).unwrap();
    engine.start_pass().unwrap();
    let first = parse(engine.step(0.0));
    assert_eq!(get(&first, "nodesDone"), 1.0);
    assert_eq!(get(&first, "nodesTotal"), 17.0);
    assert_eq!(get(&first, "computed.0.node"), "conv2d_4_preactivation");
    assert_eq!(get(&first, "computed.0.outputs.0.shape.2"), 148.0);
    engine.activation("conv2d_4_preactivation").unwrap();
    assert_fails(engine.activation("conv2d_4"), "bad-input", "not been computed");
    assert_eq!(run(&mut engine), 16);
    let prediction = parse(engine.prediction());
    assert_eq!(get(&prediction, "classes.0.label"), "cat");
    assert!(get(&prediction, "classes.0.probability").as_f64().unwrap() > 0.5);
    assert!(get(&parse(engine.nodes()), "16.milliseconds").as_f64().unwrap() >= 0.0);
}

#[wasm_bindgen_test]
fn a_generous_budget_computes_all_at_once() {
    let mut engine = engine();
    engine.open_image(PHOTO, None).unwrap();
    engine.start_pass().unwrap();
    let report = parse(engine.step(f64::INFINITY));
    assert!(get(&report, "done").is_truthy());
    assert_eq!(get(&report, "computed.length"), 17.0);
}

#[wasm_bindgen_test]
fn tensors_are_typed_arrays() {
    let engine = after_pass();
    let input = engine.input().unwrap();
    assert_eq!(get(&input, "name"), "input");
    assert_eq!(get(&input, "dtype"), "float32");
    assert_eq!(Array::from(&get(&input, "shape")).length(), 4);
    assert_eq!(get(&input, "data").unchecked_into::<Float32Array>().length(), 3 * 150 * 150);
    let activation = engine.activation("max_pooling2d_7").unwrap();
    assert!(get(&activation, "data").is_instance_of::<Float32Array>());
    assert_fails(engine.activation("nonsense"), "bad-input", "'nonsense'");
}

#[wasm_bindgen_test]
fn raw_tensors_go_past_the_preprocessing() {
    let mut photo = after_pass();
    let input = photo.input().unwrap();
    let expected = get(&photo.activation("dense_1").unwrap(), "data.0");
    let tensors = Object::new();
    Reflect::set(&tensors, &"input".into(), &input).unwrap();
    let mut raw = engine();
    raw.set_input(&tensors).unwrap();
    run(&mut raw);
    assert_eq!(get(&raw.activation("dense_1").unwrap(), "data.0"), expected);

    let check = |photo: &mut Engine, json: &str, part: &str| {
        let tensors = JSON::parse(json).unwrap().unchecked_into();
        assert_fails(photo.set_input(&tensors), "bad-input", part);
    };
    check(&mut photo, "{}", "'input' (float32) is missing");
    check(&mut photo, r#"{"x": {"shape": [1], "data": [1]}}"#, "no input named 'x'");
    check(&mut photo, r#"{"input": 3}"#, "'shape' and 'data'");
    check(&mut photo, r#"{"input": {"shape": [1, -3], "data": [1]}}"#, "whole numbers");
    check(&mut photo, r#"{"input": {"shape": [2], "data": ["a", "b"]}}"#, "array of numbers");
    check(&mut photo, r#"{"input": {"shape": [2], "data": [1, 2]}}"#, "[1, 3, 150, 150]");
    check(&mut photo, r#"{"input": {"shape": [3], "data": [1, 2]}}"#, "cannot have 2 elements");
    Reflect::set(&input, &"data".into(), &BigInt64Array::new_with_length(1)).unwrap();
    assert_fails(photo.set_input(&tensors), "bad-input", "typed float32");
    assert_eq!(get(&photo.activation("dense_1").unwrap(), "data.0"), expected);
}

#[wasm_bindgen_test]
fn cells_say_what_they_see() {
    let engine = after_pass();
    let seen = parse(engine.receptive_field("conv2d_5", 10, 20, Some(3)));
    assert_eq!((get(&seen, "top"), get(&seen, "right")), (20.0.into(), 48.0.into()));
    assert!(get(&seen, "picture.bottom").as_f64().is_some());
    assert_fails(engine.receptive_field("conv2d_5", 72, 0, None), "bad-input", "row 72");
}

#[wasm_bindgen_test]
fn cells_are_computed_of_windows() {
    let engine = after_pass();
    let cell = engine.cell("conv2d_4_preactivation", 2, 10, 20).unwrap();
    assert_eq!((get(&cell, "op"), get(&cell, "rule")), ("Conv".into(), "weighted-sum".into()));
    assert_eq!(get(&cell, "windows.0.values.length"), 27.0);
    assert_eq!(get(&cell, "windows.0.rows.2"), 12.0);
    let kernel = engine.kernel("conv2d_4_preactivation", 2).unwrap();
    let weights = get(&cell, "windows.0.weights").unchecked_into::<Float32Array>().to_vec();
    assert_eq!(get(&kernel, "data").unchecked_into::<Float32Array>().to_vec(), weights);
    assert_eq!(get(&engine.cell("conv2d_4", 2, 10, 20).unwrap(), "windows.0.weights"), JsValue::NULL);
    assert_fails(engine.kernel("conv2d_4", 0), "bad-input", "no kernel");
}

#[wasm_bindgen_test]
fn drawings_reach_canvases() {
    let engine = after_pass();
    let rendered = engine.render("conv2d_5", r#"{"view": "book"}"#).unwrap();
    let drawn = get(&rendered, "pixels").unchecked_into::<Uint8ClampedArray>().to_vec();
    let size = parse(Ok(get(&rendered, "grid").as_string().unwrap()));
    assert_eq!((get(&size, "width"), get(&size, "height")), ((16 * 72).into(), (4 * 72).into()));
    let context = OffscreenCanvas::new(1, 1).unwrap().get_context("2d").unwrap().unwrap();
    let context: OffscreenCanvasRenderingContext2d = context.dyn_into().unwrap();
    let grid = parse(engine.paint("conv2d_5", "{}", &context));
    assert_eq!(get(&grid, "tileWidth"), 72.0);
    assert_eq!(get(&grid, "legend.unit"), "deviations");
    assert_eq!(get(&grid, "legend.colors.length"), 768.0);
    let differing = pixels(&context).iter().zip(&drawn).filter(|(painted, drawn)| painted != drawn).count();
    assert_eq!((differing, pixels(&context).len()), (0, drawn.len()));
    let png = engine.export_png("conv2d_5", "{}").unwrap();
    assert!(png.starts_with(b"\x89PNG"));
    engine.paint_input(&context).unwrap();
    assert_eq!((context.canvas().width(), context.canvas().height()), (150, 150));
    assert_fails(engine.render("conv2d_5", r#"{"view": "xray"}"#), "unsupported-option", "xray");
}

fn pixels(context: &OffscreenCanvasRenderingContext2d) -> Vec<u8> {
    let canvas = context.canvas();
    context.get_image_data(0.0, 0.0, canvas.width().into(), canvas.height().into()).unwrap().data().0
}

#[wasm_bindgen_test]
fn exports_are_numpy_files() {
    let engine = after_pass();
    assert!(engine.export_npy("flatten").unwrap().starts_with(b"\x93NUMPY"));
    assert!(engine.export_npz().unwrap().starts_with(b"PK"));
}

#[wasm_bindgen_test]
fn failures_have_codes_and_change_nothing() {
    let mut engine = Engine::new();
    assert_fails(engine.start_pass(), "bad-input", "no model");
    assert_fails(engine.step(1.0), "bad-input", "open a model and a picture");
    let mut engine = after_pass();
    assert_fails(engine.open_model(Uint8Array::new_with_length(0), "x", None, &Object::new()), "bad-model", "empty");
    assert_fails(
        engine.open_model(MODEL.into(), "x", Some("{}".to_owned()), &Object::new()),
        "bad-manifest",
        "version",
    );
    let elsewhere = MANIFEST.replace("\"name\": \"input\"", "\"name\": \"pixels\"");
    assert_fails(engine.open_model(MODEL.into(), "x", Some(elsewhere), &Object::new()), "bad-manifest", "'pixels'");
    assert_fails(engine.open_image(b"hello", None), "bad-image", "");
    assert_fails(engine.open_pixels(&[0; 4], 2, 2, None), "bad-image", "");
    engine.activation("dense_1").unwrap();
    engine.start_pass().unwrap();
    run(&mut engine);
    engine.open_pixels(&[255; 16], 2, 2, None).unwrap();
    engine.start_pass().unwrap();
    assert_eq!(last_panic(), None);
}

#[wasm_bindgen_test]
fn pixels_are_the_same_as_in_the_file() {
    let mut engine = after_pass();
    let expected = get(&engine.input().unwrap(), "data").unchecked_into::<Float32Array>().to_vec();
    let image = convscope::Image::decode(PHOTO).unwrap();
    let rgba = Uint8Array::from(&image.to_rgba()[..]).to_vec();
    engine.open_pixels(&rgba, image.width(), image.height(), None).unwrap();
    engine.start_pass().unwrap();
    let input = get(&engine.input().unwrap(), "data").unchecked_into::<Float32Array>().to_vec();
    assert_eq!(input, expected);
}

#[wasm_bindgen_test]
fn the_same_bytes_give_the_same_tensor_as_natively() {
    same_everywhere::check();
}
