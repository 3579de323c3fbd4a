//! Receptive fields against brute force: each pixel of an input is changed in turn, to see which cells move.

#![allow(clippy::panic, clippy::unwrap_used)]

#[path = "support/nets.rs"]
mod nets;

use convscope::feature_map::{FeatureMaps, Planes};
use convscope::receptive_field::{Place, ReceptiveField, ReceptiveFields, receptive_field, receptive_fields};
use convscope::{ErrorKind, Model, Pass, Tensor, TensorData};
use nets::{Net, Random};
use std::collections::HashMap;
use std::sync::Arc;

/// What an input is made of: 0 to 1, so that sums of products with positive weights grow with each.
fn values(len: usize) -> Vec<f32> {
    let mut random = Random::new(7);
    (0..len).map(|_| random.unit()).collect()
}

/// Every outlet's activation as 32-bit floats.
fn activations(model: &Arc<Model>, input: &[f32]) -> Vec<Tensor> {
    let info = &model.inputs()[0];
    let shape = info.shape.iter().copied().map(Option::unwrap).collect();
    let tensor = Tensor::new(shape, TensorData::F32(input.to_vec())).unwrap();
    let mut pass = Pass::new(model.clone(), HashMap::from([(info.name.clone(), tensor)])).unwrap();
    while pass.step(|| 0.0).unwrap().is_some() {}
    (0..model.outlets().len()).map(|outlet| pass.activation(outlet).unwrap().unwrap()).collect()
}

/// For each place (channel, row, column) of an outlet the pixels that move it: their rectangle.
type Moved = HashMap<(usize, usize, usize), ReceptiveField>;

/// Changes one pixel at a time, in all channels, and sees which cells move.
fn brute_force(model: &Arc<Model>) -> Vec<Moved> {
    let info = &model.inputs()[0];
    let shape: Vec<usize> = info.shape.iter().copied().map(Option::unwrap).collect();
    let planes = Planes::of(shape.len(), model.channel_axis(&info.name));
    let (height, width) = (planes.row.map_or(1, |axis| shape[axis]), planes.column.map_or(1, |axis| shape[axis]));
    let channels: usize = planes.channels.iter().map(|&axis| shape[axis]).product();
    let input = values(shape.iter().product());
    let before = activations(model, &input);
    let mut moved: Vec<Moved> = vec![Moved::new(); before.len()];
    for row in 0..height {
        for column in 0..width {
            let mut changed = input.clone();
            for channel in 0..channels {
                let index = planes.index(&shape, channel, row, column).unwrap();
                let offset = index.iter().zip(&shape).fold(0, |offset, (index, dim)| offset * dim + index);
                // By so much that it is the largest after some averaging; differently in each channel, lest a softmax
                // take it out.
                changed[offset] += 300.0 + 10.0 * channel as f32;
            }
            let after = activations(model, &changed);
            for (outlet, (before, after)) in before.iter().zip(&after).enumerate() {
                let axis = model.outlets()[outlet].channel_axis;
                let before = FeatureMaps::from_tensor(before, axis).unwrap();
                let after = FeatureMaps::from_tensor(after, axis).unwrap();
                for (channel, (before_map, after_map)) in before.maps().zip(after.maps()).enumerate() {
                    for (cell, (a, b)) in before_map.iter().zip(after_map).enumerate() {
                        if a.to_bits() != b.to_bits() {
                            let place = (channel, cell / before.width(), cell % before.width());
                            let pixel = ReceptiveField { top: row, left: column, bottom: row + 1, right: column + 1 };
                            let field = moved[outlet].entry(place).or_insert(pixel);
                            *field = hull(*field, pixel);
                        }
                    }
                }
            }
        }
    }
    moved
}

fn hull(a: ReceptiveField, b: ReceptiveField) -> ReceptiveField {
    ReceptiveField {
        top: a.top.min(b.top),
        left: a.left.min(b.left),
        bottom: a.bottom.max(b.bottom),
        right: a.right.max(b.right),
    }
}

/// Compares all cells of all outlets with what brute force finds, and with the closed form where there is one. Returns how
/// many there were.
fn check(net: &Net) -> usize {
    let model = Arc::new(Model::from_onnx(&net.bytes).unwrap_or_else(|error| panic!("{error}: {}", net.description)));
    let input = &model.inputs()[0];
    let (rows, columns) = {
        let planes = Planes::of(input.shape.len(), model.channel_axis(&input.name));
        let len = |axis: Option<usize>| axis.map_or(1, |axis| input.shape[axis].unwrap());
        (len(planes.row), len(planes.column))
    };
    let closed = receptive_fields(&model, &input.name);
    let mut cells = 0;
    for (outlet, moved) in brute_force(&model).iter().enumerate() {
        let description = &model.outlets()[outlet];
        let shape: Vec<usize> = description.info.shape.iter().copied().map(Option::unwrap).collect();
        let planes = Planes::of(shape.len(), description.channel_axis);
        let len = |axis: Option<usize>| axis.map_or(1, |axis| shape[axis]);
        let channels: usize = planes.channels.iter().map(|&axis| shape[axis]).product();
        for row in 0..len(planes.row) {
            for column in 0..len(planes.column) {
                let say = |channel: Option<usize>| {
                    let node = &model.nodes()[description.node];
                    format!("{}, {channel:?}, row {row}, column {column}, of {}", node.op, net.description)
                };
                let actual = |channel| {
                    let place = Place { channel, row, column };
                    receptive_field(&model, outlet, place, &input.name).unwrap()
                };
                let mut all: Option<ReceptiveField> = None;
                for channel in 0..channels {
                    let expected = moved.get(&(channel, row, column)).copied();
                    assert_eq!(actual(Some(channel)), expected, "{}", say(Some(channel)));
                    all = all.into_iter().chain(expected).reduce(hull);
                    cells += 1;
                }
                assert_eq!(actual(None), all, "{}", say(None));
                if let Some(fields) = closed[outlet] {
                    let side = |start: i64, size: i64, end: usize| {
                        (start.clamp(0, end as i64) as usize, (start + size).clamp(0, end as i64) as usize)
                    };
                    let (top, bottom) = side(fields.top + row as i64 * fields.stride_y, fields.height, rows);
                    let (left, right) = side(fields.left + column as i64 * fields.stride_x, fields.width, columns);
                    // Between the taps of a dilated window, the first or last of which is padding, there is less.
                    let all = all.unwrap_or(ReceptiveField { top, left, bottom: top, right: left });
                    let is_within = top <= all.top && left <= all.left && all.bottom <= bottom && all.right <= right;
                    assert!(is_within, "{fields:?} does not hold {all:?}: {}", say(None));
                }
            }
        }
    }
    cells
}

#[test]
fn generated_nets_see_what_brute_force_finds() {
    let cells: usize = (0..25).map(|seed| check(&nets::generated(seed))).sum();
    assert!(cells > 20_000, "{cells} cells are few");
}

#[test]
fn architectures_see_what_brute_force_finds() {
    for net in nets::architectures() {
        check(&net);
    }
}

fn cats_vs_dogs() -> Arc<Model> {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/models/cats-vs-dogs.onnx")).unwrap();
    Arc::new(Model::from_onnx(&bytes).unwrap())
}

#[test]
fn the_bundled_model_has_the_fields_of_its_architecture() {
    let model = cats_vs_dogs();
    let fields = receptive_fields(&model, "input");
    // Convolutions of 3 x 3, poolings of 2 x 2.
    for (output, size, stride) in [
        ("conv2d_4", 3, 1),
        ("max_pooling2d_4", 4, 2),
        ("conv2d_5", 8, 2),
        ("max_pooling2d_5", 10, 4),
        ("conv2d_6", 18, 4),
        ("max_pooling2d_6", 22, 8),
        ("conv2d_7", 38, 8),
        ("max_pooling2d_7", 46, 16),
    ] {
        let expected =
            ReceptiveFields { top: 0, left: 0, height: size, width: size, stride_y: stride, stride_x: stride };
        assert_eq!(fields[model.outlet_id(output).unwrap()], Some(expected), "{output}");
    }
    for output in ["flatten", "dense", "dense_1"] {
        let outlet = model.outlet_id(output).unwrap();
        assert_eq!(fields[outlet], None, "{output}");
        let place = Place { channel: None, row: 0, column: 0 };
        // Poolings leave out the last rows and columns.
        let whole = ReceptiveField { top: 0, left: 0, bottom: 142, right: 142 };
        assert_eq!(receptive_field(&model, outlet, place, "input").unwrap(), Some(whole), "{output}");
    }
}

/// Values of all channels of one cell.
fn cell(activation: &Tensor, row: usize, column: usize) -> Vec<f32> {
    let maps = FeatureMaps::from_tensor(activation, convscope::ChannelAxis::First).unwrap();
    maps.maps().map(|map| map[row * maps.width() + column]).collect()
}

/// Whether a cell's values differ by more than rounding, which wide convolutions do to the cells of a tile together.
fn differ(cell: &[f32], other: &[f32]) -> bool {
    let largest = cell.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    cell.iter().zip(other).any(|(value, other)| (value - other).abs() > 1e-5 * largest)
}

#[test]
fn cells_of_the_bundled_model_move_with_what_they_see_only() {
    let model = cats_vs_dogs();
    let input = values(3 * 150 * 150);
    let before = activations(&model, &input);
    for (output, row, column) in [("max_pooling2d_5", 0, 35), ("conv2d_6", 16, 5), ("conv2d_7", 7, 8)] {
        let outlet = model.outlet_id(output).unwrap();
        let field = receptive_field(&model, outlet, Place { channel: None, row, column }, "input").unwrap().unwrap();
        let moves = |is_changed: &dyn Fn(usize, usize) -> bool| {
            let changed: Vec<f32> = input
                .iter()
                .enumerate()
                .map(|(index, value)| if is_changed(index / 150 % 150, index % 150) { 1.0 - value } else { *value })
                .collect();
            differ(&cell(&before[outlet], row, column), &cell(&activations(&model, &changed)[outlet], row, column))
        };
        let rows = field.top..field.bottom;
        let columns = field.left..field.right;
        assert!(!moves(&|row, column| !(rows.contains(&row) && columns.contains(&column))), "{output} sees more");
        assert!(moves(&|row, column| row == field.top && columns.contains(&column)), "{output} does not see its top");
        assert!(moves(&|row, column| row + 1 == field.bottom && columns.contains(&column)), "{output}: bottom");
        assert!(moves(&|row, column| column == field.left && rows.contains(&row)), "{output}: left");
        assert!(moves(&|row, column| column + 1 == field.right && rows.contains(&row)), "{output}: right");
    }
}

#[test]
fn what_is_not_there_is_refused() {
    let model = cats_vs_dogs();
    let place = Place { channel: None, row: 0, column: 0 };
    let check = |outlet: &str, place: Place, input: &str, part: &str| {
        let outlet = model.outlet_id(outlet).unwrap_or(99);
        let error = receptive_field(&model, outlet, place, input).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input);
        assert!(error.message().contains(part), "{error}");
    };
    check("", place, "input", "no outlet 99");
    check("conv2d_4", place, "pixels", "'pixels'");
    check("conv2d_4", Place { row: 148, ..place }, "input", "row 148");
    check("conv2d_4", Place { channel: Some(32), ..place }, "input", "channel 32");
    check("dense", Place { column: 1, ..place }, "input", "column 1");
}
