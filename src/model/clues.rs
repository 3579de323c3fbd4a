//! What a model file lets on about the picture that it wants.

use std::collections::{HashMap, HashSet};
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension::Value as DimensionValue};
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, type_proto};

/// What a model file lets on about the picture that it wants, besides its input's shape.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Clues {
    /// The program that wrote it.
    pub producer: String,
    /// What its author noted, by key in lower case.
    pub metadata: HashMap<String, String>,
    /// The dimension of the first input that is denoted to be the channels.
    pub channel_axis: Option<usize>,
    /// What the graph begins with.
    pub start: Option<Start>,
    /// Parts of its nodes' names, split at slashes, in lower case.
    pub scopes: HashSet<String>,
    /// The number of values of its last output, if that is a vector of a size that the file gives.
    pub answer_len: Option<usize>,
}

/// What a graph does to its input before it computes anything else.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// Its values are shifted and scaled. Of constants that differ by channel the first counts.
    Normalises {
        /// The operators.
        ops: Vec<String>,
        /// The value that becomes 0.
        zero: f64,
        /// What a difference of 1 becomes.
        factor: f64,
    },
    /// Its values are rounded to integers.
    Quantises {
        /// The value of the smallest integer.
        low: f64,
        /// The value of the largest.
        high: f64,
    },
}

// ONNX's TensorProto.DataType.
const FLOAT: i32 = 1;
const UINT8: i32 = 2;
const INT8: i32 = 3;

impl Clues {
    /// The clues of a file that has been read. The first of its `inputs` is taken for the picture's.
    pub(super) fn of(proto: &ModelProto, inputs: &[super::onnx::GraphInput]) -> Self {
        let metadata = proto.metadata_props.iter().map(|entry| (entry.key.to_lowercase(), entry.value.clone()));
        let mut clues = Self { producer: proto.producer_name.clone(), metadata: metadata.collect(), ..Self::default() };
        let Some(graph) = &proto.graph else { return clues };
        let segments = graph.node.iter().flat_map(|node| node.name.split('/'));
        clues.scopes = segments.map(str::to_lowercase).collect();
        clues.answer_len = graph.output.last().and_then(vector_len);
        if let Some(first) = inputs.first() {
            clues.channel_axis =
                graph.input.iter().find(|input| input.name == first.name).and_then(denoted_channel_axis);
            clues.start = start(graph, &first.name);
        }
        clues
    }
}

fn dimensions(value: &ValueInfoProto) -> Option<&[Dimension]> {
    let type_proto::Value::TensorType(tensor) = value.r#type.as_ref()?.value.as_ref()?;
    Some(&tensor.shape.as_ref()?.dim)
}

fn denoted_channel_axis(input: &ValueInfoProto) -> Option<usize> {
    dimensions(input)?.iter().position(|dimension| dimension.denotation == "DATA_CHANNEL")
}

/// N for a value of shape `batch x N`, perhaps with further dimensions of 1.
fn vector_len(output: &ValueInfoProto) -> Option<usize> {
    let size = |dimension: &Dimension| match dimension.value {
        Some(DimensionValue::DimValue(size)) => usize::try_from(size).ok(),
        _ => None,
    };
    let (_, rest) = dimensions(output)?.split_first()?;
    let (len, ones) = rest.split_first()?;
    if ones.iter().all(|dimension| size(dimension) == Some(1)) { size(len) } else { None }
}

/// Follows the input as long as one node reads it and does nothing but shift, scale or rearrange it.
fn start(graph: &GraphProto, input: &str) -> Option<Start> {
    let constants = Constants(graph);
    let mut ops = Vec::new();
    // So far the input is factor * value + shift.
    let (mut factor, mut shift) = (1.0, 0.0);
    let mut value = input;
    let mut left = graph.node.len();
    while let Some(node) = only_reader(graph, value)
        && left > 0
    {
        left -= 1;
        let other = || node.input.iter().find(|name| *name != value).and_then(|name| constants.first(name));
        let is_first = node.input.first().is_some_and(|first| first == value);
        match (node.op_type.as_str(), is_first) {
            ("Identity" | "Cast" | "Transpose", true) => {}
            ("QuantizeLinear", true) if ops.is_empty() => return quantisation(&constants, node),
            ("Add", _) => shift += other()?,
            ("Sub", true) => shift -= other()?,
            ("Mul", _) => {
                let scale = other()?;
                (factor, shift) = (factor * scale, shift * scale);
            }
            ("Div", true) => {
                let scale = other()?;
                (factor, shift) = (factor / scale, shift / scale);
            }
            ("BatchNormalization", true) => {
                // Scale and bias are learned: mean and variance tell of the input.
                let constant = |slot: usize| constants.first(node.input.get(slot)?);
                let (mean, variance) = (constant(3)?, constant(4)?);
                ops.push(node.op_type.clone());
                (factor, shift) = (factor / variance.sqrt(), (shift - mean) / variance.sqrt());
                break;
            }
            _ => break,
        }
        if matches!(node.op_type.as_str(), "Add" | "Sub" | "Mul" | "Div") {
            ops.push(node.op_type.clone());
        }
        value = node.output.first()?;
    }
    let zero = -shift / factor;
    let is_told = !ops.is_empty() && zero.is_finite() && factor.is_finite();
    // Less than no zero.
    is_told.then_some(Start::Normalises { ops, zero: zero + 0.0, factor })
}

/// The node that reads a value, if only one does.
fn only_reader<'a>(graph: &'a GraphProto, value: &str) -> Option<&'a NodeProto> {
    let mut readers = graph.node.iter().filter(|node| node.input.iter().any(|name| name == value));
    let reader = readers.next()?;
    readers.next().is_none().then_some(reader)
}

fn quantisation(constants: &Constants, node: &NodeProto) -> Option<Start> {
    let scale = constants.first(node.input.get(1)?)?;
    let (zero_point, smallest) = match node.input.get(2) {
        None => (0.0, 0.0),
        Some(name) => {
            let tensor = constants.tensor(name)?;
            (integer(tensor)?, if tensor.data_type == INT8 { -128.0 } else { 0.0 })
        }
    };
    let value = |integer: f64| (integer - zero_point) * scale;
    Some(Start::Quantises { low: value(smallest), high: value(smallest + 255.0) })
}

/// The first value of an 8-bit tensor.
fn integer(tensor: &TensorProto) -> Option<f64> {
    let stored = tensor.int32_data.first().copied();
    let raw = tensor.raw_data.first().copied();
    match tensor.data_type {
        UINT8 => stored.or(raw.map(i32::from)).map(f64::from),
        INT8 => stored.or(raw.map(|byte| i32::from(byte.cast_signed()))).map(f64::from),
        _ => None,
    }
}

/// Tensors that a graph has in itself.
struct Constants<'a>(&'a GraphProto);

impl<'a> Constants<'a> {
    fn tensor(&self, name: &str) -> Option<&'a TensorProto> {
        let initializer = self.0.initializer.iter().find(|tensor| tensor.name == name);
        initializer.or_else(|| {
            let node = self.0.node.iter().find(|node| node.output.iter().any(|output| output == name))?;
            let value = node.attribute.iter().find(|attribute| attribute.name == "value")?;
            if node.op_type == "Constant" { value.t.as_ref() } else { None }
        })
    }

    /// The first value of a float32 tensor.
    fn first(&self, name: &str) -> Option<f64> {
        let tensor = self.tensor(name).filter(|tensor| tensor.data_type == FLOAT)?;
        let raw = tensor.raw_data.first_chunk().copied().map(f32::from_le_bytes);
        tensor.float_data.first().copied().or(raw).map(f64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tract_onnx::pb::AttributeProto;

    fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
        NodeProto {
            op_type: op.to_owned(),
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.to_owned()],
            ..NodeProto::default()
        }
    }

    fn float(name: &str, values: &[f32]) -> TensorProto {
        TensorProto {
            name: name.to_owned(),
            data_type: FLOAT,
            raw_data: values.iter().flat_map(|value| value.to_le_bytes()).collect(),
            ..TensorProto::default()
        }
    }

    fn byte(name: &str, data_type: i32, value: u8) -> TensorProto {
        TensorProto { name: name.to_owned(), data_type, raw_data: vec![value], ..TensorProto::default() }
    }

    fn starts(nodes: Vec<NodeProto>, initializer: Vec<TensorProto>) -> Option<Start> {
        start(&GraphProto { node: nodes, initializer, ..GraphProto::default() }, "x")
    }

    fn normalises(ops: &[&str], zero: f64, factor: f64) -> Start {
        Start::Normalises { ops: ops.iter().map(|&op| op.to_owned()).collect(), zero, factor }
    }

    #[test]
    fn a_graph_that_normalises_its_input_is_seen() {
        let weights = || vec![float("two", &[2.0]), float("four", &[4.0, 5.0, 6.0]), float("zero", &[0.0])];
        let conv = |input: &str| node("Conv", &[input, "kernel"], "conv");
        let cases: [(Vec<NodeProto>, Option<Start>); 7] = [
            (vec![conv("x")], None),
            (vec![node("Sub", &["x", "four"], "a"), conv("a")], Some(normalises(&["Sub"], 4.0, 1.0))),
            (
                vec![
                    node("Transpose", &["x"], "a"),
                    node("Mul", &["two", "a"], "b"),
                    node("Add", &["b", "zero"], "c"),
                    node("Sub", &["c", "four"], "d"),
                    node("Div", &["d", "two"], "e"),
                    conv("e"),
                ],
                Some(normalises(&["Mul", "Add", "Sub", "Div"], 2.0, 1.0)),
            ),
            (
                vec![node("BatchNormalization", &["x", "two", "two", "four", "four"], "a"), conv("a")],
                Some(normalises(&["BatchNormalization"], 4.0, 0.5)),
            ),
            // Not the input is scaled, but something by it.
            (vec![node("Div", &["two", "x"], "a"), conv("a")], None),
            // Two read it.
            (vec![node("Sub", &["x", "four"], "a"), node("Add", &["x", "two"], "b")], None),
            // No number stays finite.
            (vec![node("Mul", &["x", "zero"], "a"), conv("a")], None),
        ];
        for (nodes, expected) in cases {
            let ops: Vec<_> = nodes.iter().map(|node| node.op_type.clone()).collect();
            assert_eq!(starts(nodes, weights()), expected, "{ops:?}");
        }
    }

    #[test]
    fn constants_may_be_nodes() {
        let mut constant = node("Constant", &[], "mean");
        let value = Some(float("", &[7.0]));
        constant.attribute = vec![AttributeProto { name: "value".to_owned(), t: value, ..AttributeProto::default() }];
        let nodes = vec![constant, node("Sub", &["x", "mean"], "a")];
        assert_eq!(starts(nodes, vec![]), Some(normalises(&["Sub"], 7.0, 1.0)));
    }

    #[test]
    fn a_graph_that_goes_in_circles_is_left_alone() {
        let nodes = vec![node("Identity", &["x"], "x")];
        assert_eq!(starts(nodes, vec![]), None);
    }

    #[test]
    fn the_range_of_a_quantised_input_is_seen() {
        let quantise = || vec![node("QuantizeLinear", &["x", "scale", "zero point"], "q")];
        for (data_type, zero_point, low) in [(UINT8, 128, -64.0), (INT8, 0, -64.0), (INT8, 0x80, 0.0)] {
            let weights = vec![float("scale", &[0.5]), byte("zero point", data_type, zero_point)];
            assert_eq!(starts(quantise(), weights), Some(Start::Quantises { low, high: low + 127.5 }));
        }
    }
}
