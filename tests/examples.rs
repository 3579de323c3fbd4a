//! The example programs, run as a person would.

#![allow(clippy::unwrap_used)]

#[allow(dead_code)]
#[path = "../examples/grid.rs"]
mod grid;

use convscope::{Colormap, Image, RenderOptions, Scope, View};
use std::fs;
use std::path::Path;

const MODEL: &str = "models/digits.onnx";
const PICTURE: &str = "www/samples/koala.jpg";

#[test]
fn grid_writes_a_layer_as_a_png() {
    let png = Path::new(env!("CARGO_TARGET_TMPDIR")).join("grid.png");
    let options = r#"{"view": "layer", "colormap": "magma", "gap": 0}"#;
    let report = grid::run(&[MODEL, PICTURE, "conv2", png.to_str().unwrap(), options]).unwrap();

    let mut scope = Scope::default();
    scope.open_model(&fs::read(MODEL).unwrap(), "", Some(&fs::read_to_string("models/digits.json").unwrap())).unwrap();
    scope.open_image(&fs::read(PICTURE).unwrap()).unwrap();
    scope.start_pass().unwrap();
    scope.step(f64::INFINITY, || 0.0).unwrap();
    let options =
        RenderOptions { view: View::Layer, colormap: Some(Colormap::Magma), gap: Some(0), ..RenderOptions::default() };
    let drawing = scope.draw("conv2", &options).unwrap();
    let written = Image::decode(&fs::read(png).unwrap()).unwrap();
    assert_eq!((written.width(), written.height()), (drawing.width as usize, drawing.height as usize));
    assert_eq!(written.to_rgba(), drawing.rgba);

    let answer = scope.prediction().unwrap().unwrap().classes.remove(0).label;
    assert!(report.contains(&format!("{} feature maps of 28 x 28", drawing.channels)), "{report}");
    assert!(report.contains(&format!("the answer is '{answer}'")), "{report}");
}

#[test]
fn grid_says_what_is_wrong() {
    let message = |arguments: &[&str]| grid::run(arguments).unwrap_err().to_string();
    assert!(message(&[MODEL, PICTURE]).starts_with("usage: grid MODEL PICTURE"));
    assert!(message(&[MODEL, PICTURE, "conv9", "grid.png"]).contains("conv9"));
    assert!(message(&[MODEL, PICTURE, "conv1", "grid.png", "{\"view\": \"x\"}"]).contains("view"));
    assert!(message(&[PICTURE, PICTURE, "conv1", "grid.png"]).contains("JPEG"));
    assert!(!Path::new("grid.png").exists());
}
