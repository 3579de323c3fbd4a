//! The bundled models: what the page's list says of them, and whether they know what they should.

#![allow(clippy::unwrap_used)]

use convscope::manifest::PictureKind;
use convscope::{Manifest, Scope};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// An entry of `models/index.json`.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    title: String,
    description: String,
    bytes: usize,
}

fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn index() -> Vec<Entry> {
    serde_json::from_slice(&fs::read(project().join("models/index.json")).unwrap()).unwrap()
}

fn files(entry: &Entry) -> (Vec<u8>, String) {
    let model = project().join("models").join(&entry.file);
    (fs::read(&model).unwrap(), fs::read_to_string(model.with_extension("json")).unwrap())
}

#[test]
fn the_list_has_every_model_and_says_what_its_files_do() {
    let mut present: Vec<PathBuf> = fs::read_dir(project().join("models"))
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "onnx"))
        .collect();
    let mut listed: Vec<_> = index().iter().map(|entry| project().join("models").join(&entry.file)).collect();
    present.sort();
    listed.sort();
    assert_eq!(listed, present);
    for entry in index() {
        let (model, json) = files(&entry);
        let manifest = Manifest::from_json(&json).unwrap();
        assert_eq!(manifest.title.as_ref(), Some(&entry.title));
        assert_eq!(manifest.description.as_ref(), Some(&entry.description));
        assert_eq!(model.len(), entry.bytes, "{}", entry.file);
        assert_eq!(manifest.picture == PictureKind::Drawing, entry.file == "digits.onnx");
        assert!(manifest.licence.is_some() && manifest.source.is_some(), "{}", entry.file);
    }
}

#[test]
fn every_model_opens_with_its_manifest_and_answers() {
    for entry in index() {
        let (model, manifest) = files(&entry);
        let mut scope = Scope::default();
        let info = scope.open_model(&model, &entry.file, Some(&manifest)).unwrap();
        assert_eq!(info.title, entry.title);
        assert!((10..=30).contains(&info.layers.len()), "{} has {} layers", entry.file, info.layers.len());
        scope.open_image(&fs::read(project().join("www/samples/koala.jpg")).unwrap()).unwrap();
        scope.start_pass().unwrap();
        assert!(scope.step(f64::INFINITY, || 0.0).unwrap().done);
        let best = scope.prediction().unwrap().unwrap().classes.remove(0);
        assert!((0.0..=1.0).contains(&best.probability), "{}: {best:?}", entry.file);
        if entry.file == "efficientnet-lite0.onnx" {
            assert!(best.label.starts_with("koala") && best.probability > 0.8, "{best:?}");
        }
    }
}
