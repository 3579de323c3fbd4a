//! Layers: what a person sees as one, be it one node or several.

use crate::error::{Error, ErrorKind, Result};
use crate::model::{Model, Node};
use serde::Serialize;

/// A layer, known by the output that is its last.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Layer {
    /// Name of its output.
    pub output: String,
    /// Name of the node that makes it.
    pub node: String,
    /// The layer's operators in order, such as `Conv + Relu`.
    pub op: String,
    /// Shape of the output; none for a dimension that only a pass determines.
    pub shape: Vec<Option<usize>>,
}

/// Operators that finish a layer begun by another: activation functions and normalisations.
const FINISHING: &[&str] = &[
    "BatchNormalization",
    "Celu",
    "Clip",
    "Elu",
    "Gelu",
    "HardSigmoid",
    "HardSwish",
    "InstanceNormalization",
    "LRN",
    "LeakyRelu",
    "LogSoftmax",
    "Mish",
    "PRelu",
    "Relu",
    "Selu",
    "Sigmoid",
    "Softmax",
    "Softplus",
    "Softsign",
    "Tanh",
    "ThresholdedRelu",
];

/// Operators that show nothing new: they pass values on, or compute shapes.
const PLUMBING: &[&str] = &[
    "Cast",
    "ConstantOfShape",
    "DequantizeLinear",
    "Dropout",
    "Flatten",
    "Gather",
    "Identity",
    "QuantizeLinear",
    "Reshape",
    "Shape",
    "Size",
    "Slice",
    "Squeeze",
    "Transpose",
    "Unsqueeze",
];

/// The layers named by their `outputs`, in that order.
///
/// # Errors
/// [`ErrorKind::Manifest`] if the model has no node output of such a name.
pub fn named(model: &Model, outputs: &[String]) -> Result<Vec<Layer>> {
    outputs
        .iter()
        .map(|output| {
            let outlet = model.outlet_id(output).map_err(|_| {
                Error::new(
                    ErrorKind::Manifest,
                    format!("the manifest names the layer '{output}', but the model has no node output of that name"),
                )
            })?;
            Ok(layer(model, outlet))
        })
        .collect()
}

/// The layers that the graph suggests: every node whose operator does more than pass values on, together with the
/// activation function and normalisation that alone read it.
#[must_use]
pub fn suggested(model: &Model) -> Vec<Layer> {
    let is_finished_later = |node: &Node| {
        let [outlet] = &model.outlets()[node.outlets.clone()] else { return false };
        let mut readers = model.nodes().iter().filter(|reader| reader.inputs.contains(&outlet.info.name));
        let reader = readers.next();
        readers.next().is_none() && reader.is_some_and(|reader| is_finishing(reader, &outlet.info.name))
    };
    let nodes = model.nodes().iter();
    let ends = nodes.filter(|node| !PLUMBING.contains(&node.op.as_str()) && !is_finished_later(node));
    ends.map(|node| layer(model, node.outlets.start)).collect()
}

/// Whether `node` finishes the layer that ends in `value`, its first input.
fn is_finishing(node: &Node, value: &str) -> bool {
    FINISHING.contains(&node.op.as_str()) && node.inputs.first().is_some_and(|input| input == value)
}

fn layer(model: &Model, outlet: usize) -> Layer {
    let outlet = &model.outlets()[outlet];
    let node = &model.nodes()[outlet.node];
    let mut ops = vec![node.op.as_str()];
    let mut first = node;
    while FINISHING.contains(&first.op.as_str())
        && let Some(before) = first.inputs.first().and_then(|input| model.outlet_id(input).ok())
    {
        first = &model.nodes()[model.outlets()[before].node];
        if PLUMBING.contains(&first.op.as_str()) {
            break;
        }
        ops.push(&first.op);
    }
    ops.reverse();
    Layer {
        output: outlet.info.name.clone(),
        node: node.name.clone(),
        op: ops.join(" + "),
        shape: outlet.info.shape.clone(),
    }
}
