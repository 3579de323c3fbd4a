//! Pictures to tensors, against Pillow and numpy: `preprocessing/make_goldens.py` makes the goldens.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

#[path = "preprocessing/same_everywhere.rs"]
mod same_everywhere;

use convscope::image::Resampling;
use convscope::{ErrorKind, Image, Manifest, TensorData};
use std::fs;
use std::path::{Path, PathBuf};

/// How far a JPEG's values may be from Pillow's, whose decoder does other arithmetic: at most, and on average.
const JPEG_TOLERANCE: (u8, f64) = (3, 0.35);

#[test]
fn resampling_is_pillows() {
    check_all("resampling", |case| {
        let source = picture(&case.join("source.png"));
        let goldens = entries(case).into_iter().filter(|path| !path.ends_with("source.png"));
        for golden in goldens {
            let (filter, size) = stem(&golden).split_once('-').unwrap();
            let (width, height) = size.split_once('x').unwrap();
            let resampling = match filter {
                "nearest" => Resampling::Nearest,
                "bilinear" => Resampling::Bilinear,
                "bicubic" => Resampling::Bicubic,
                "lanczos" => Resampling::Lanczos,
                other => panic!("{other} is no filter"),
            };
            let resized = source.resize(width.parse().unwrap(), height.parse().unwrap(), resampling).unwrap();
            assert_same(&resized, &picture(&golden), 0, 0.0, &golden);
        }
    });
}

#[test]
fn fitting_is_pillows_and_torchvisions() {
    check_all("fitting", |case| {
        let manifest = Manifest::from_json(&fs::read_to_string(case.join("manifest.json")).unwrap()).unwrap();
        let tensor = manifest.input.apply(&picture(&case.join("source.png"))).unwrap();
        let (shape, expected) = read_npy(&case.join("tensor.npy"));
        assert_eq!(tensor.shape(), shape, "{}", case.display());
        let TensorData::F32(values) = tensor.data() else {
            panic!("{}: {} instead of float32", case.display(), tensor.data().dtype());
        };
        let differing = values.iter().zip(&expected).filter(|(value, expected)| value.to_bits() != expected.to_bits());
        assert_eq!(differing.count(), 0, "{}: values that differ", case.display());
    });
}

#[test]
fn decoding_is_pillows() {
    check_all("decoding", |file| {
        let golden = file.with_added_extension("png");
        // A golden itself has none.
        if golden.exists() {
            let is_jpeg = file.extension().is_some_and(|extension| extension == "jpg");
            let (most, mean) = if is_jpeg { JPEG_TOLERANCE } else { (0, 0.0) };
            assert_same(&picture(file), &picture(&golden), most, mean, file);
        }
    });
}

#[test]
fn an_incomplete_file_is_an_error() {
    check_all("decoding", |file| {
        // Of an animation half is enough for the first frame.
        if !stem(file).starts_with("animated") {
            let bytes = fs::read(file).unwrap();
            let error = Image::decode(&bytes[..bytes.len() / 2]).expect_err(&file.display().to_string());
            assert_eq!(error.kind(), ErrorKind::Image, "{}: {error}", file.display());
            assert!(error.message().contains("cut short"), "{}: {error}", file.display());
        }
    });
}

#[test]
fn the_same_bytes_give_the_same_pixels_and_tensors() {
    same_everywhere::check();
}

/// Runs `check` for every entry of a folder of goldens, which must not be empty.
fn check_all(folder: &str, check: impl Fn(&Path)) {
    let cases = entries(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/preprocessing").join(folder));
    assert!(!cases.is_empty(), "no goldens in {folder}");
    cases.iter().for_each(|case| check(case));
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> &str {
    path.file_stem().unwrap().to_str().unwrap()
}

fn picture(path: &Path) -> Image {
    Image::decode(&fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn assert_same(image: &Image, expected: &Image, most: u8, mean: f64, path: &Path) {
    let path = path.display();
    assert_eq!((image.width(), image.height()), (expected.width(), expected.height()), "{path}");
    let differences = image.rgb().iter().zip(expected.rgb()).map(|(value, expected)| value.abs_diff(*expected));
    let largest = differences.clone().max().unwrap();
    let sum: f64 = differences.map(f64::from).sum();
    let average = sum / image.rgb().len() as f64;
    assert!(largest <= most, "{path}: differs by {largest}, {most} allowed");
    assert!(average <= mean, "{path}: differs by {average} on average, {mean} allowed");
}

/// The shape and values of a numpy file of `float32` in C order.
fn read_npy(path: &Path) -> (Vec<usize>, Vec<f32>) {
    let bytes = fs::read(path).unwrap();
    let data = bytes.strip_prefix(b"\x93NUMPY\x01\x00").unwrap();
    let (len, data) = data.split_first_chunk::<2>().unwrap();
    let (header, data) = data.split_at(usize::from(u16::from_le_bytes(*len)));
    let header = std::str::from_utf8(header).unwrap();
    assert!(header.contains("'<f4'") && header.contains("'fortran_order': False"), "{header}");
    let (_, shape) = header.split_once("'shape': (").unwrap();
    let (shape, _) = shape.split_once(')').unwrap();
    let shape = shape.split(", ").map(|side| side.trim_end_matches(',').parse().unwrap()).collect();
    let (values, rest) = data.as_chunks();
    assert!(rest.is_empty());
    (shape, values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}
