//! Checks of a graph before tract sees it: what tract takes for granted, and what would take all memory or time.

use super::guard::check_size;
use super::{onnx, skeleton};
use crate::error::{Error, ErrorKind, Result};
use std::collections::{HashMap, HashSet};
use std::ops::RangeInclusive;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

/// Most nodes, weights and inputs that a graph may have together: tract's time grows with their square.
const MAX_VALUES: usize = 20_000;

/// Largest stride, dilation, padding or side of a kernel.
const MAX_WINDOW: i64 = 1 << 16;

/// Most cells of a kernel, those of a pooling over a map of 4096 x 4096.
const MAX_KERNEL_CELLS: i64 = 1 << 24;

/// Most dimensions of a tensor.
const MAX_RANK: usize = 32;

/// What attributes of integers may hold, by name: ONNX means the same by a name in all operators.
const BOUNDS: &[(&str, RangeInclusive<i64>)] = &[
    ("axes", -(MAX_RANK as i64)..=MAX_RANK as i64),
    ("axis", -(MAX_RANK as i64)..=MAX_RANK as i64),
    ("blocksize", 1..=MAX_WINDOW),
    ("dilations", 1..=MAX_WINDOW),
    ("group", 1..=MAX_WINDOW),
    ("kernel_shape", 1..=MAX_WINDOW),
    ("output_padding", 0..=MAX_WINDOW),
    ("output_shape", 0..=MAX_WINDOW),
    ("split", 0..=i64::MAX),
    ("strides", 1..=MAX_WINDOW),
];

/// Attributes of convolutions and poolings that have so many values a spatial dimension.
const SPATIAL: &[(&str, usize)] =
    &[("dilations", 1), ("kernel_shape", 1), ("output_padding", 1), ("output_shape", 1), ("pads", 2), ("strides", 1)];

/// Operators that need more inputs than one, and how many they need.
const LEAST_INPUTS: &[(&str, usize)] = &[
    ("Add", 2),
    ("And", 2),
    ("BatchNormalization", 5),
    ("Conv", 2),
    ("ConvInteger", 2),
    ("ConvTranspose", 2),
    ("CumSum", 2),
    ("DequantizeLinear", 2),
    ("Div", 2),
    ("Equal", 2),
    ("Expand", 2),
    ("GRU", 3),
    ("Gather", 2),
    ("GatherElements", 2),
    ("GatherND", 2),
    ("Gemm", 2),
    ("Greater", 2),
    ("GreaterOrEqual", 2),
    ("GridSample", 2),
    ("InstanceNormalization", 3),
    ("LSTM", 3),
    ("LayerNormalization", 2),
    ("Less", 2),
    ("LessOrEqual", 2),
    ("MatMul", 2),
    ("MatMulInteger", 2),
    ("Mod", 2),
    ("Mul", 2),
    ("OneHot", 3),
    ("Or", 2),
    ("PRelu", 2),
    ("Pow", 2),
    ("QLinearConv", 8),
    ("QLinearMatMul", 8),
    ("QuantizeLinear", 2),
    ("RNN", 3),
    ("Range", 3),
    ("ScatterElements", 3),
    ("ScatterND", 3),
    ("Sub", 2),
    ("Tile", 2),
    ("Where", 3),
    ("Xor", 2),
];

/// Operators that make something of nothing.
const SOURCES: &[&str] = &["Constant", "RandomNormal", "RandomUniform"];

/// Element types by ONNX's numbers, and their bytes.
const ELEMENT_BYTES: &[(i32, usize)] =
    &[(1, 4), (2, 1), (3, 1), (4, 2), (5, 2), (6, 4), (7, 8), (9, 1), (10, 2), (11, 8), (12, 4), (13, 8)];

fn bad_model(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Model, message)
}

/// The error of a node whose inputs' `shapes` cannot be broadcast.
pub(super) fn misfit(node: &NodeProto, shapes: &str) -> Error {
    bad_model(format!("node {} reads tensors of shapes that do not fit: {shapes}", node.name))
}

/// Checks a graph.
///
/// # Errors
/// [`ErrorKind::Model`] naming the value or node at fault; [`ErrorKind::TooLarge`] for more nodes than the engine takes, and
/// for a tensor beyond
/// [`MAX_TENSOR_BYTES`](super::MAX_TENSOR_BYTES).
pub(super) fn check(graph: &GraphProto) -> Result<()> {
    if graph.node.is_empty() {
        return Err(bad_model("the model's graph has no nodes"));
    }
    let values = graph.node.len() + graph.initializer.len() + graph.input.len();
    if values > MAX_VALUES {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("the model has {values} nodes, weights and inputs; the engine takes at most {MAX_VALUES}"),
        ));
    }
    check_wiring(graph)?;
    check_cycles(graph)?;
    check_contents(graph)
}

/// Every value has one name and one source, every value that is read has one, and operators have the inputs they need.
fn check_wiring(graph: &GraphProto) -> Result<()> {
    let inputs = graph.input.iter().map(|input| input.name.as_str());
    let weights = graph.initializer.iter().map(|tensor| tensor.name.as_str());
    let mut seen = HashSet::new();
    let given = inputs.clone().map(|name| ("inputs", name)).chain(weights.clone().map(|name| ("weights", name)));
    for (kind, name) in given {
        if !seen.insert((kind, name)) {
            return Err(bad_model(format!("two of the graph's {kind} are named '{name}'")));
        }
    }
    let mut values: HashSet<&str> = inputs.chain(weights).collect();
    for node in &graph.node {
        for output in node.output.iter().filter(|name| !name.is_empty()) {
            if !values.insert(output) {
                return Err(bad_model(format!("the value '{output}' is computed more than once")));
            }
        }
    }
    for (index, node) in graph.node.iter().enumerate() {
        if node.output.iter().all(String::is_empty) {
            return Err(bad_model(format!("node {} has no outputs", onnx::node_label(graph, index))));
        }
        let least = LEAST_INPUTS.iter().find(|(op, _)| *op == node.op_type).map_or(1, |(_, count)| *count);
        let is_there = |input: usize| node.input.get(input).is_some_and(|name| !name.is_empty());
        if !SOURCES.contains(&node.op_type.as_str()) && !(0..least).all(is_there) {
            return Err(bad_model(format!("node {} needs {least} inputs", onnx::node_label(graph, index))));
        }
        if let Some(missing) = node.input.iter().find(|name| !name.is_empty() && !values.contains(name.as_str())) {
            return Err(bad_model(format!(
                "node {} reads '{missing}', which nothing computes",
                onnx::node_label(graph, index)
            )));
        }
    }
    Ok(())
}

/// No node reads what hangs on its own outputs.
fn check_cycles(graph: &GraphProto) -> Result<()> {
    let mut makers = HashMap::new();
    for (index, node) in graph.node.iter().enumerate() {
        makers.extend(node.output.iter().filter(|name| !name.is_empty()).map(|name| (name.as_str(), index)));
    }
    let makers_of = |node: &NodeProto| -> Vec<usize> {
        node.input.iter().filter_map(|name| makers.get(name.as_str()).copied()).collect()
    };
    let mut readers = vec![Vec::new(); graph.node.len()];
    let mut waits_for = vec![0; graph.node.len()];
    for (index, node) in graph.node.iter().enumerate() {
        for maker in makers_of(node) {
            readers[maker].push(index);
            waits_for[index] += 1;
        }
    }
    let mut ready: Vec<usize> = (0..graph.node.len()).filter(|&index| waits_for[index] == 0).collect();
    while let Some(index) = ready.pop() {
        for &reader in &readers[index] {
            waits_for[reader] -= 1;
            if waits_for[reader] == 0 {
                ready.push(reader);
            }
        }
    }
    let Some(mut index) = waits_for.iter().position(|&count| count > 0) else { return Ok(()) };
    // It is on a cycle or behind one: a walk upstream ends up on it.
    for _ in 0..graph.node.len() {
        index = makers_of(&graph.node[index]).into_iter().find(|&maker| waits_for[maker] > 0).unwrap_or(index);
    }
    Err(bad_model(format!(
        "the graph has a cycle: node {} depends on what it computes",
        onnx::node_label(graph, index)
    )))
}

/// Weights have as many values as their shapes say, attributes are within bounds, outputs are there; likewise in graphs that
/// are attributes.
fn check_contents(graph: &GraphProto) -> Result<()> {
    let given = graph.input.iter().map(|input| &input.name).chain(graph.initializer.iter().map(|tensor| &tensor.name));
    let values: HashSet<&String> = given.chain(graph.node.iter().flat_map(|node| &node.output)).collect();
    if let Some(missing) = graph.output.iter().find(|output| !values.contains(&output.name)) {
        return Err(bad_model(format!("nothing computes the graph's output '{}'", missing.name)));
    }
    for tensor in &graph.initializer {
        check_tensor(tensor, &|| format!("the weight '{}'", tensor.name))?;
    }
    for (index, node) in graph.node.iter().enumerate() {
        for attribute in &node.attribute {
            let subject = || format!("attribute '{}' of node {}", attribute.name, onnx::node_label(graph, index));
            check_attribute(attribute, node, &subject)?;
            if let Some(tensor) = &attribute.t {
                check_tensor(tensor, &subject)?;
            }
            for inner in attribute.g.iter().chain(&attribute.graphs) {
                check_contents(inner)?;
            }
        }
    }
    Ok(())
}

fn check_tensor(tensor: &TensorProto, subject: &dyn Fn() -> String) -> Result<()> {
    if let Some(dim) = tensor.dims.iter().find(|dim| **dim < 0) {
        return Err(bad_model(format!("{} has a dimension of {dim}", subject())));
    }
    // Beyond `usize`, any dimension is too large.
    let shape: Vec<usize> = tensor.dims.iter().map(|&dim| usize::try_from(dim).unwrap_or(usize::MAX)).collect();
    if shape.len() > MAX_RANK {
        return Err(bad_model(format!("{} has {} dimensions", subject(), shape.len())));
    }
    let Some((_, element)) = ELEMENT_BYTES.iter().find(|(number, _)| *number == tensor.data_type) else {
        if tensor.raw_data.is_empty() {
            return Ok(());
        }
        return Err(Error::new(
            ErrorKind::UnsupportedModel,
            format!("{} is of the element type {}, which the engine does not have", subject(), tensor.data_type),
        ));
    };
    check_size(&shape, *element, subject)?;
    let raw_bytes = match skeleton::own_data(tensor) {
        Some(data) => data.len(),
        None if skeleton::is_external(tensor) => return Ok(()),
        None => tensor.raw_data.len(),
    };
    let len: usize = if shape.contains(&0) { 0 } else { shape.iter().product() };
    let actual = if raw_bytes == 0 {
        tensor.float_data.len()
            + tensor.double_data.len()
            + tensor.int32_data.len()
            + tensor.int64_data.len()
            + tensor.uint64_data.len()
    } else {
        raw_bytes / element
    };
    if actual != len || !raw_bytes.is_multiple_of(*element) {
        return Err(bad_model(format!("{} is of shape {shape:?} but has data for {actual} values", subject())));
    }
    Ok(())
}

fn check_attribute(attribute: &AttributeProto, node: &NodeProto, subject: &dyn Fn() -> String) -> Result<()> {
    let is_integer = attribute.r#type == AttributeType::Int as i32;
    let values = || attribute.ints.iter().copied().chain(is_integer.then_some(attribute.i));
    if let Some((_, bounds)) = BOUNDS.iter().find(|(name, _)| *name == attribute.name)
        && let Some(value) = values().find(|value| !bounds.contains(value))
    {
        return Err(bad_model(format!("{} is {value}, not {} to {}", subject(), bounds.start(), bounds.end())));
    }
    if attribute.name == "kernel_shape"
        && attribute
            .ints
            .iter()
            .try_fold(1i64, |cells, &side| cells.checked_mul(side))
            .is_none_or(|cells| cells > MAX_KERNEL_CELLS)
    {
        return Err(Error::new(
            ErrorKind::TooLarge,
            format!("{} is {:?}, more than {MAX_KERNEL_CELLS} cells", subject(), attribute.ints),
        ));
    }
    if attribute.name == "perm" {
        let mut sorted = attribute.ints.clone();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(0..sorted.len() as i64) {
            return Err(bad_model(format!("{} is {:?}, which is no permutation", subject(), attribute.ints)));
        }
    }
    // Those of the operator Pad take cells away.
    let may_be_negative = node.op_type == "Pad";
    if attribute.name == "pads"
        && let Some(pad) = attribute
            .ints
            .iter()
            .find(|pad| !(-MAX_WINDOW..=MAX_WINDOW).contains(*pad) || (**pad < 0 && !may_be_negative))
    {
        return Err(bad_model(format!("{} is {pad}", subject())));
    }
    Ok(())
}

/// Checks a node's attributes against the rank of its first input.
///
/// # Errors
/// [`ErrorKind::Model`] naming the attribute at fault.
pub(super) fn check_rank(node: &NodeProto, rank: usize) -> Result<()> {
    let is_spatial = node.op_type.contains("Conv") || node.op_type.ends_with("Pool");
    let has_channels = matches!(node.op_type.as_str(), "BatchNormalization" | "InstanceNormalization" | "LRN");
    let least = if is_spatial { 3 } else { usize::from(has_channels) * 2 };
    if rank < least {
        return Err(bad_model(format!("node {} wants {least} dimensions or more, not {rank}", node.name)));
    }
    // What these make has further dimensions, or they cut behind the last one.
    let further = match node.op_type.as_str() {
        "Flatten" | "OneHot" => 1,
        "Unsqueeze" => {
            node.attribute.iter().filter(|attribute| attribute.name == "axes").map(|axes| axes.ints.len()).sum()
        }
        _ => 0,
    };
    let axes = (rank + further) as i64;
    for AttributeProto { name, ints, i, r#type, .. } in &node.attribute {
        let wanted =
            SPATIAL.iter().find(|(spatial, _)| is_spatial && spatial == name).map(|(_, each)| each * (rank - 2));
        if let Some(wanted) = wanted.filter(|&wanted| wanted != ints.len()) {
            return Err(bad_model(format!(
                "attribute '{name}' of node {} has {} values, not {wanted}",
                node.name,
                ints.len()
            )));
        }
        let is_integer = *r#type == AttributeType::Int as i32;
        let mut values = ints.iter().copied().chain(is_integer.then_some(*i));
        if matches!(name.as_str(), "axis" | "axes")
            && let Some(axis) = values.find(|axis| !(-axes..axes).contains(axis))
        {
            return Err(bad_model(format!("attribute '{name}' of node {} is {axis} for {rank} dimensions", node.name)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::onnx::tests::node;
    use tract_onnx::pb::ValueInfoProto;

    #[track_caller]
    fn check_refused(graph: &GraphProto, kind: ErrorKind, part: &str) {
        let error = check(graph).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(part), "{error}");
    }

    fn graph(node: Vec<NodeProto>) -> GraphProto {
        let input = vec![ValueInfoProto { name: "x".to_owned(), ..ValueInfoProto::default() }];
        GraphProto { node, input, ..GraphProto::default() }
    }

    #[test]
    fn axes_may_be_those_that_an_operator_makes() {
        let check = |op: &str, axes: &[i64]| {
            let mut node = node("a", op, &["x"], &["y"]);
            node.attribute.push(AttributeProto { name: "axes".to_owned(), ints: axes.to_vec(), ..Default::default() });
            check_rank(&node, 1)
        };
        check("Unsqueeze", &[1, 2]).unwrap();
        check("Unsqueeze", &[3, 2]).unwrap_err();
        check("Squeeze", &[1]).unwrap_err();
    }

    #[test]
    fn broken_wiring_is_named() {
        let check = |nodes: Vec<NodeProto>, part: &str| check_refused(&graph(nodes), ErrorKind::Model, part);
        check(vec![], "no nodes");
        check(vec![node("a", "Relu", &["w"], &["y"])], "node 'a' (Relu) reads 'w'");
        check(vec![node("", "Relu", &["w"], &["y"])], "node 'y' (Relu) reads 'w'");
        check(vec![node("a", "Relu", &["x"], &[""])], "node 'a' (Relu) has no outputs");
        check(
            vec![node("a", "Abs", &["x"], &["y"]), node("b", "Abs", &["y"], &["y"])],
            "'y' is computed more than once",
        );
        let mut twice = graph(vec![node("a", "Relu", &["x"], &["y"])]);
        twice.input.extend(twice.input.clone());
        check_refused(&twice, ErrorKind::Model, "inputs are named 'x'");
    }

    #[test]
    fn operators_have_their_inputs() {
        let check = |op: &str, inputs: &[&str]| {
            let graph = graph(vec![node("a", op, inputs, &["y"])]);
            check_refused(&graph, ErrorKind::Model, &format!("'a' ({op}) needs"));
        };
        check("Relu", &[]);
        check("Conv", &["x"]);
        check("Where", &["x", "", "x"]);
        super::check(&graph(vec![node("a", "RandomNormal", &[], &["y"])])).unwrap();
    }

    #[test]
    fn cycles_are_found() {
        let cyclic = [
            node("first", "Relu", &["x"], &["a"]),
            node("behind", "Relu", &["c"], &["d"]),
            node("here", "Add", &["a", "c"], &["b"]),
            node("back", "Relu", &["b"], &["c"]),
        ];
        let error = check(&graph(cyclic.to_vec())).unwrap_err();
        assert!(["'here' (Add)", "'back' (Relu)"].iter().any(|node| error.message().contains(node)), "{error}");
        check_refused(&graph(vec![node("self", "Add", &["x", "y"], &["y"])]), ErrorKind::Model, "cycle: node 'self'");
        let mut unordered = cyclic.to_vec();
        unordered[3].input[0] = "a".to_owned();
        check(&graph(unordered)).unwrap();
    }

    #[test]
    fn too_many_nodes_are_refused() {
        let chain = |index: usize| node("", "Relu", &[&format!("{index}")], &[&format!("{}", index + 1)]);
        check_refused(&graph((0..MAX_VALUES).map(chain).collect()), ErrorKind::TooLarge, "20001 nodes");
    }

    #[test]
    fn weights_have_what_their_shapes_say() {
        let check = |tensor: TensorProto, kind, part: &str| {
            let mut graph = graph(vec![node("a", "Add", &["x", "w"], &["y"])]);
            graph.initializer.push(TensorProto { name: "w".to_owned(), ..tensor });
            check_refused(&graph, kind, part);
        };
        let shaped = |dims: &[i64]| TensorProto { dims: dims.to_vec(), data_type: 1, ..TensorProto::default() };
        check(shaped(&[2, 3]), ErrorKind::Model, "'w' is of shape [2, 3] but has data for 0 values");
        check(TensorProto { raw_data: vec![0; 9], ..shaped(&[2]) }, ErrorKind::Model, "[2]");
        check(TensorProto { float_data: vec![0.0; 3], ..shaped(&[2]) }, ErrorKind::Model, "3 values");
        check(
            TensorProto { raw_data: vec![0; 4], data_type: 16, ..shaped(&[2]) },
            ErrorKind::UnsupportedModel,
            "type 16",
        );
        check(shaped(&[-1]), ErrorKind::Model, "dimension of -1");
        check(shaped(&[1; 33]), ErrorKind::Model, "33 dimensions");
        check(shaped(&[1 << 20, 1 << 20]), ErrorKind::TooLarge, "[1048576, 1048576]");
        check(shaped(&[i64::MAX, i64::MAX]), ErrorKind::TooLarge, "the weight 'w'");
    }

    #[test]
    fn attributes_have_bounds() {
        let check = |op: &str, name: &str, ints: &[i64], kind, part: &str| {
            let mut node = node("a", op, &["x"], &["y"]);
            let (name, ints) = (name.to_owned(), ints.to_vec());
            node.attribute.push(AttributeProto { name, ints, ..AttributeProto::default() });
            check_refused(&graph(vec![node]), kind, part);
        };
        check("MaxPool", "strides", &[1, 0], ErrorKind::Model, "attribute 'strides' of node 'a' (MaxPool) is 0");
        check("MaxPool", "pads", &[0, -1], ErrorKind::Model, "is -1");
        check("Pad", "pads", &[0, i64::MIN], ErrorKind::Model, "attribute 'pads'");
        check("MaxPool", "kernel_shape", &[1 << 40], ErrorKind::Model, "1099511627776");
        check("MaxPool", "kernel_shape", &[60_000, 60_000], ErrorKind::TooLarge, "cells");
        check("Transpose", "perm", &[0, 3, 3, 1], ErrorKind::Model, "'perm'");
    }
}
