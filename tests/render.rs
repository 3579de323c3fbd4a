//! Renderings against numpy's and matplotlib's: see tests/render/make_goldens.py.

#![allow(clippy::panic, clippy::unwrap_used)]

use convscope::feature_map::{ChannelAxis, FeatureMaps};
use convscope::render::{RenderOptions, render};
use convscope::{Tensor, TensorData};
use half::f16;
use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::path::Path;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    channel_axis: String,
    options: Value,
}

#[test]
fn renderings_equal_matplotlibs_pixel_for_pixel() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render");
    let mut count = 0;
    let mut failures = Vec::new();
    for entry in fs::read_dir(root).unwrap() {
        let folder = entry.unwrap().path();
        if folder.is_dir() {
            count += 1;
            if let Some(difference) = check(&folder) {
                failures.push(format!("{}: {difference}", folder.display()));
            }
        }
    }
    assert!(count > 0, "there are no cases");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Draws a folder's case. Returns how it differs from what is expected.
fn check(folder: &Path) -> Option<String> {
    let case: Case = serde_json::from_slice(&fs::read(folder.join("case.json")).unwrap()).unwrap();
    let channel_axis = match case.channel_axis.as_str() {
        "first" => ChannelAxis::First,
        "last" => ChannelAxis::Last,
        other => panic!("no channel axis {other}"),
    };
    let tensor = read_npy(&fs::read(folder.join("input.npy")).unwrap());
    let maps = FeatureMaps::from_tensor(&tensor, channel_axis).unwrap();
    let options = RenderOptions::from_json(&case.options.to_string()).unwrap();
    let rendering = render(&maps, &options).unwrap();

    let expected = image::open(folder.join("expected.png")).unwrap().into_rgba8();
    if (rendering.width, rendering.height) != expected.dimensions() {
        return Some(format!(
            "{} x {} pixels, expected {:?}",
            rendering.width,
            rendering.height,
            expected.dimensions()
        ));
    }
    let drawn = rendering.rgba.chunks_exact(4);
    let different: Vec<_> =
        expected.enumerate_pixels().zip(drawn).filter(|((_, _, expected), drawn)| expected.0 != *drawn).collect();
    let ((x, y, expected), drawn) = different.first()?;
    Some(format!("{} pixels differ; that at {x}, {y} is {drawn:?}, expected {:?}", different.len(), expected.0))
}

/// Reads an array of float32 or float16 as `np.save` writes it.
fn read_npy(bytes: &[u8]) -> Tensor {
    let header_len = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    let (header, data) = bytes[10..].split_at(header_len);
    let header = std::str::from_utf8(header).unwrap();
    assert!(header.contains("'fortran_order': False"), "{header}");
    let (_, shape) = header.split_once("'shape': (").unwrap();
    let (shape, _) = shape.split_once(')').unwrap();
    let shape = shape.split_terminator(',').map(|dim| dim.trim().parse().unwrap()).collect();
    let data = if header.contains("'<f4'") {
        TensorData::F32(data.as_chunks().0.iter().copied().map(f32::from_le_bytes).collect())
    } else if header.contains("'<f2'") {
        TensorData::F16(data.as_chunks().0.iter().copied().map(f16::from_le_bytes).collect())
    } else {
        panic!("not an array of float32 or float16: {header}")
    };
    Tensor::new(shape, data).unwrap()
}
