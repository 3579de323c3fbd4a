//! Reading ONNX files: what the graph says, before tract sees it.

use super::format::{self, Ends};
use super::skeleton;
use super::source::Source;
use crate::error::{Error, ErrorKind, Result};
use prost::Message;
use std::collections::{HashMap, HashSet};
use std::fmt;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as DimensionValue;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto, type_proto};
use tract_onnx::prelude::tract_itertools::Itertools;

fn bad_model(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Model, message)
}

/// Decodes an ONNX file; the data of large weights stay in it, see [`skeleton`].
///
/// # Errors
/// [`ErrorKind::Model`] naming what the bytes are instead.
pub(super) fn read(source: &dyn Source) -> Result<ModelProto> {
    if source.is_empty() {
        return Err(bad_model("the model file is empty"));
    }
    let ends = Ends::of(source);
    if let Some(what) = format::recognise(&ends) {
        return Err(other_format(what));
    }
    let bad_message =
        |message: String| format::recognise_message(&ends).map_or_else(|| bad_model(message), other_format);
    let proto = ModelProto::decode(&*skeleton::read(source)).map_err(|error| {
        let len = source.len();
        bad_message(format!("this is no ONNX model, or one cut short: its {len} bytes do not decode ({error})"))
    })?;
    match proto.graph {
        Some(_) => Ok(proto),
        None => Err(bad_message("the file has no ONNX graph in it".to_owned())),
    }
}

fn other_format(what: &str) -> Error {
    bad_model(format!("this is no ONNX model but {what}"))
}

/// The version of ONNX's own operator set; 1 if the file does not say.
pub(super) fn opset(model: &ModelProto) -> i64 {
    let own = model.opset_import.iter().find(|import| matches!(import.domain.as_str(), "" | "ai.onnx"));
    own.map_or(1, |import| import.version)
}

/// A node's ONNX name; that of its first output where it has none.
pub(super) fn node_name(graph: &GraphProto, index: usize) -> String {
    let Some(node) = graph.node.get(index) else {
        return String::new();
    };
    let first_output = || node.output.iter().find(|name| !name.is_empty());
    match (node.name.as_str(), first_output()) {
        ("", Some(output)) => output.clone(),
        ("", None) => format!("{}_{index}", node.op_type),
        (name, _) => name.to_owned(),
    }
}

/// The name under which tract gets node `index`: unlike any other node's, initializer's or input's, which
/// ONNX does not ask for but tract does. It stands in tract's messages, from which [`public_message`] removes it.
pub(super) fn internal_name(index: usize) -> String {
    format!("\u{1}{index}\u{2}")
}

/// How messages call a node of a graph: `'NAME' (OPERATOR)`.
pub(super) fn node_label(graph: &GraphProto, index: usize) -> String {
    let op = graph.node.get(index).map_or("", |node| node.op_type.as_str());
    format!("'{}' ({op})", node_name(graph, index))
}

/// The [labels](node_label) of a graph's nodes, by index.
pub(super) fn node_labels(graph: &GraphProto) -> Vec<String> {
    (0..graph.node.len()).map(|index| node_label(graph, index)).collect()
}

/// Why the engine cannot run a model, in tract's words: with the nodes called by their `labels`, and the first of them
/// named at the start.
pub(super) fn public_message(labels: &[String], message: &str) -> String {
    match with_labels(labels, message) {
        (public, Some(label)) => format!("the engine cannot run node {label}: {public}"),
        (public, None) => format!("the engine cannot run this model: {public}"),
    }
}

/// A message with the nodes called by their `labels`, and the first of these.
pub(super) fn with_labels<'a>(labels: &'a [String], message: &str) -> (String, Option<&'a str>) {
    let mut parts = message.split('\u{1}');
    let mut public = parts.next().unwrap_or_default().to_owned();
    let mut subject = None;
    for part in parts {
        let (index, rest) = part.split_once('\u{2}').unwrap_or((part, ""));
        let label = index.parse().ok().and_then(|index: usize| labels.get(index)).map(String::as_str);
        subject = subject.or(label);
        public.push_str(label.unwrap_or(index));
        public.push_str(rest);
    }
    (public, subject)
}

/// A dimension of a graph input: a size, or a name (perhaps empty) for one that the model leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dimension {
    Fixed(usize),
    Open(String),
}

impl fmt::Display for Dimension {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(size) => size.fmt(formatter),
            Self::Open(name) if name.is_empty() => formatter.write_str("?"),
            Self::Open(name) => formatter.write_str(name),
        }
    }
}

/// A graph input that is no weight: its name, its element type as ONNX numbers it and, where the graph gives it, its
/// shape.
#[derive(Clone, Debug)]
pub(super) struct GraphInput {
    pub(super) name: String,
    pub(super) elem_type: i32,
    pub(super) shape: Option<Vec<Dimension>>,
}

/// The node that reads a value first, for messages: `, which node 'NAME' (OPERATOR) reads,`; empty if none does.
fn reader(graph: &GraphProto, value: &str) -> String {
    let reader = graph.node.iter().position(|node| node.input.iter().any(|input| input == value));
    reader.map_or_else(String::new, |index| format!(", which node {} reads,", node_label(graph, index)))
}

/// The graph inputs that are no weights, in the graph's order.
pub(super) fn inputs(graph: &GraphProto) -> Result<Vec<GraphInput>> {
    let weights: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    let inputs = graph.input.iter().filter(|input| !weights.contains(input.name.as_str()));
    inputs
        .map(|input| {
            let value = input.r#type.as_ref().and_then(|kind| kind.value.as_ref());
            let Some(type_proto::Value::TensorType(tensor)) = value else {
                return Err(Error::new(
                    ErrorKind::UnsupportedModel,
                    format!("the graph's input '{}'{} is no tensor", input.name, reader(graph, &input.name)),
                ));
            };
            let dimension = |value: &Option<DimensionValue>| match value {
                Some(DimensionValue::DimValue(size)) if *size > 0 => {
                    Dimension::Fixed(usize::try_from(*size).unwrap_or(usize::MAX))
                }
                Some(DimensionValue::DimParam(name)) => Dimension::Open(name.clone()),
                _ => Dimension::Open(String::new()),
            };
            let shape = tensor.shape.as_ref().map(|shape| shape.dim.iter().map(|dim| dimension(&dim.value)).collect());
            Ok(GraphInput { name: input.name.clone(), elem_type: tensor.elem_type, shape })
        })
        .collect()
}

/// Inputs of operators that must be known before a pass, because they make shapes or are folded into the operator: by
/// operator, the first of them and how many there may be.
const CONSTANT_SLOTS: &[(&str, usize, usize)] =
    &[("BatchNormalization", 1, 4), ("Pad", 1, 3), ("Reshape", 1, 1), ("Resize", 1, 3), ("Upsample", 1, 1)];

/// The graph's inputs, weights excepted, that must be known before a pass.
pub(super) fn constant_inputs(graph: &GraphProto, inputs: &[GraphInput]) -> Vec<String> {
    let is_constant = |name: &str| {
        graph.node.iter().any(|node| {
            let slots = CONSTANT_SLOTS.iter().find(|(op, ..)| *op == node.op_type);
            slots.is_some_and(|&(_, first, count)| node.input.iter().skip(first).take(count).any(|input| input == name))
        })
    };
    inputs.iter().map(|input| &input.name).filter(|name| is_constant(name)).cloned().collect()
}

/// Whether a picture input of this shape has its channels last: one or three there, and more in height and width.
pub(super) fn has_channels_last(shape: &[Dimension]) -> bool {
    let is_side = |dimension: &Dimension| !matches!(dimension, Dimension::Fixed(0..=3));
    matches!(shape, [_, height, width, Dimension::Fixed(1 | 3)] if is_side(height) && is_side(width))
}

/// Names of the values whose channels are last, as in graphs converted from TensorFlow: inputs that look like it, and what
/// is made of them up to a transposition. Convolutions, poolings and normalisations have their channels first by ONNX.
pub(super) fn channels_last(graph: &GraphProto, inputs: &[GraphInput]) -> HashSet<String> {
    let is_last = |input: &&GraphInput| input.shape.as_deref().is_some_and(has_channels_last);
    let mut last: HashSet<String> = inputs.iter().filter(is_last).map(|input| input.name.clone()).collect();
    for node in &graph.node {
        let permutation = node.attribute.iter().find(|attribute| attribute.name == "perm");
        let is_last = match (node.op_type.as_str(), permutation.map(|attribute| &attribute.ints[..])) {
            ("Transpose", Some([0, 2, 3, 1])) => true,
            ("Transpose", Some([0, 3, 1, 2])) => false,
            (op, _) if op.contains("Conv") || op.contains("Pool") || op.contains("Normalization") => false,
            _ => node.input.iter().any(|input| last.contains(input)),
        };
        if is_last {
            last.extend(node.output.iter().cloned());
        }
    }
    last
}

/// Operators of which some inputs are settings, such as bounds, scales and zero points, and no weights: those that may be
/// weights, by position.
const WEIGHT_SLOTS: &[(&str, &[usize])] = &[
    ("Clip", &[0]),
    ("ConvInteger", &[0, 1]),
    ("DequantizeLinear", &[0]),
    ("Dropout", &[0]),
    ("MatMulInteger", &[0, 1]),
    ("Pad", &[0]),
    ("QLinearConv", &[0, 3, 8]),
    ("QLinearMatMul", &[0, 3]),
    ("QuantizeLinear", &[0]),
    ("Resize", &[0]),
    ("Upsample", &[0]),
];

/// What flows between nodes: which values hang on the inputs, and how many weights stand behind the others.
pub(super) struct Values<'a> {
    weights: HashMap<&'a str, usize>,
}

impl<'a> Values<'a> {
    /// Follows `graph` from its weights; values that only weights determine are constant.
    pub(super) fn of(graph: &'a GraphProto) -> Self {
        let weight_count = |tensor: &TensorProto| {
            let is_index = matches!(tensor.data_type, INT32 | INT64 | BOOL);
            let len = tensor.dims.iter().try_fold(1usize, |len, &dim| len.checked_mul(usize::try_from(dim).ok()?));
            if is_index { 0 } else { len.unwrap_or(usize::MAX) }
        };
        let mut weights: HashMap<&str, usize> =
            graph.initializer.iter().map(|tensor| (tensor.name.as_str(), weight_count(tensor))).collect();
        for node in &graph.node {
            if node.input.iter().all(|name| name.is_empty() || weights.contains_key(name.as_str())) {
                let behind = weights_read(node, &weights);
                weights.extend(node.output.iter().map(|output| (output.as_str(), behind)));
            }
        }
        Self { weights }
    }

    /// Whether weights alone determine a value.
    pub(super) fn is_constant(&self, name: &str) -> bool {
        self.weights.contains_key(name)
    }

    /// The number of weights behind what a node reads. Integer and boolean tensors are shapes, axes and indices, and do
    /// not count.
    pub(super) fn weights_read(&self, node: &NodeProto) -> usize {
        weights_read(node, &self.weights)
    }
}

/// The number of weights behind what a node reads, given that behind each value.
fn weights_read(node: &NodeProto, weights: &HashMap<&str, usize>) -> usize {
    let slots = WEIGHT_SLOTS.iter().find(|(op, _)| *op == node.op_type).map(|(_, slots)| *slots);
    let read = node.input.iter().enumerate().filter(|(slot, _)| slots.is_none_or(|slots| slots.contains(slot)));
    let counts = read.map(|(_, name)| name.as_str()).unique().filter_map(|name| weights.get(name));
    counts.fold(0, |sum, &count| sum.saturating_add(count))
}

// ONNX's TensorProto.DataType.
const INT32: i32 = 6;
const INT64: i32 = 7;
const BOOL: i32 = 9;

/// The name of an element type that ONNX numbers, as numpy spells it; `unknown` for those that no tensor here has.
pub(super) fn dtype_name(elem_type: i32) -> &'static str {
    const NAMES: [&str; 14] = [
        "unknown", "float32", "uint8", "int8", "uint16", "int16", "int32", "int64", "unknown", "bool", "float16",
        "float64", "uint32", "uint64",
    ];
    usize::try_from(elem_type).ok().and_then(|index| NAMES.get(index)).unwrap_or(&"unknown")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use tract_onnx::pb::AttributeProto;

    /// A node without attributes.
    pub(in crate::model) fn node(name: &str, op: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        NodeProto {
            name: name.to_owned(),
            op_type: op.to_owned(),
            input: owned(inputs),
            output: owned(outputs),
            ..NodeProto::default()
        }
    }

    #[test]
    fn what_is_no_model_is_told() {
        let check = |bytes: &[u8], part: &str| {
            let error = read(&bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Model);
            assert!(error.message().contains(part), "{error}");
        };
        check(b"", "empty");
        check(b"<html>", "HTML");
        check(b"\x0A\x20\x0A\x05input\x12\x0BPlaceholder", "TensorFlow");
        check(b"not a model at all", "its 18 bytes do not decode");
        check(b"\x08\x08", "no ONNX graph");
    }

    #[test]
    fn channels_are_last_between_transpositions() {
        let transpose = |input: &str, output: &str, permutation: &[i64]| {
            let mut node = node("", "Transpose", &[input], &[output]);
            let ints = permutation.to_vec();
            node.attribute.push(AttributeProto { name: "perm".to_owned(), ints, ..AttributeProto::default() });
            node
        };
        let nodes = vec![
            node("", "Mul", &["x", "scale"], &["scaled"]),
            transpose("scaled", "first", &[0, 3, 1, 2]),
            node("", "Conv", &["first", "kernel"], &["conv"]),
            node("", "Relu", &["conv"], &["relu"]),
            transpose("relu", "last", &[0, 2, 3, 1]),
            node("", "Add", &["bias", "last"], &["shifted"]),
        ];
        let graph = GraphProto { node: nodes, ..GraphProto::default() };
        let check = |shape: [usize; 4], expected: &[&str]| {
            let shape = Some(shape.map(Dimension::Fixed).to_vec());
            let mut last: Vec<_> = channels_last(&graph, &[GraphInput { name: "x".to_owned(), elem_type: 1, shape }])
                .into_iter()
                .collect();
            last.sort_unstable();
            assert_eq!(last, expected);
        };
        check([1, 8, 8, 3], &["last", "scaled", "shifted", "x"]);
        check([1, 3, 8, 8], &["last", "shifted"]);
        check([1, 3, 3, 3], &["last", "shifted"]);
    }

    #[test]
    fn messages_name_nodes_as_onnx_does() {
        let graph = GraphProto { node: vec![node("conv/1", "Conv", &[], &["y"])], ..GraphProto::default() };
        let labels = node_labels(&graph);
        assert_eq!(
            public_message(&labels, &format!("Failed analyse for {}: bad rank", internal_name(0))),
            "the engine cannot run node 'conv/1' (Conv): Failed analyse for 'conv/1' (Conv): bad rank"
        );
        assert_eq!(public_message(&labels, "no node"), "the engine cannot run this model: no node");
    }

    #[test]
    fn settings_are_no_parameters() {
        let weight = |name: &str, dims: &[i64], data_type| TensorProto {
            name: name.to_owned(),
            dims: dims.to_vec(),
            data_type,
            ..TensorProto::default()
        };
        let graph = GraphProto {
            initializer: vec![
                weight("kernel", &[8, 3, 3, 3], 3),
                weight("scales", &[8], 1),
                weight("zeros", &[8], 3),
                weight("bias", &[8], 1),
                weight("bound", &[], 1),
                weight("axes", &[2], INT64),
            ],
            node: vec![
                node("", "DequantizeLinear", &["kernel", "scales", "zeros"], &["weights"]),
                node("conv", "Conv", &["x", "weights", "bias"], &["y"]),
                node("clip", "Clip", &["y", "bound", "bound"], &["z"]),
                node("sum", "Add", &["bias", "bias"], &["twice"]),
                node("mean", "ReduceMean", &["z", "axes"], &["m"]),
            ],
            ..GraphProto::default()
        };
        let values = Values::of(&graph);
        let counts: Vec<usize> = graph.node.iter().map(|node| values.weights_read(node)).collect();
        assert_eq!(counts, [216, 224, 0, 8, 0]);
    }
}
