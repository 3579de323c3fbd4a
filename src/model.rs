//! An ONNX model, ready to run. This module and [`forward`](crate::forward) are the only ones that know tract.

mod attributes;
mod clues;
mod convert;
mod file;
mod folding;
mod format;
mod guard;
mod kernels;
mod onnx;
mod operators;
mod skeleton;
mod source;
mod validation;
mod weights;

pub use attributes::Attributes;
pub use clues::{Clues, Start};
pub(crate) use convert::{element, from_tract, to_tract};
pub use file::ModelFile;
pub(crate) use guard::catching_panics;
pub use source::Source;
pub use weights::{DataFiles, data_locations};

use crate::error::{Error, ErrorKind, Result};
use crate::feature_map::ChannelAxis;
use crate::tensor::TensorData;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use tract_onnx::prelude::{OutletId as TractOutlet, Tensor as TractTensor, TypedFact, TypedModel, TypedSimplePlan};

/// Most bytes that the activations of one pass may take together.
pub const MAX_ACTIVATION_BYTES: usize = 1 << 30;

/// Most bytes that one tensor of a model may take, and all together that weights alone determine.
///
/// The memory of a wasm engine ends at 4 GiB, of which weights and activations take at most half.
pub const MAX_TENSOR_BYTES: usize = 1 << 30;

/// Height and width for a picture input whose model leaves them open and which no manifest sizes.
pub const DEFAULT_INPUT_SIZE: usize = 224;

/// A model of which every node's output can be had.
///
/// Nodes and outlets are those of the ONNX file, in its order and under its names. Nodes that only weights
/// determine (casts and dequantised weights, shape arithmetic on constants) are folded away.
#[derive(Debug)]
pub struct Model {
    nodes: Vec<Node>,
    outlets: Vec<Outlet>,
    outlet_ids: HashMap<String, usize>,
    inputs: Vec<ValueInfo>,
    /// Names of the values whose channels are last.
    channels_last: HashSet<String>,
    /// Version of ONNX's own operator set.
    opset: i64,
    /// What nodes read and no input changes, by name. Shared with tract's model, but for the weights of convolutions and
    /// dense layers, which tract keeps in another order.
    constants: HashMap<String, Arc<TractTensor>>,
    pub(crate) execution: Execution,
}

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// ONNX's own name; that of the first output where it has none.
    pub name: String,
    /// ONNX's operator, such as `Conv`.
    pub op: String,
    /// Names of the values that it reads, weights excepted.
    pub inputs: Vec<String>,
    /// Its outlets, as indices of [`Model::outlets`].
    pub outlets: Range<usize>,
    /// Number of weights that it reads.
    pub parameters: usize,
    /// Names of all that it reads, by position, weights included; empty for what is left out.
    pub operands: Vec<String>,
    /// What its operator is told beside them.
    pub attributes: Attributes,
}

/// An output slot of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlet {
    /// Its node, as an index of [`Model::nodes`].
    pub node: usize,
    /// What flows out of it.
    pub info: ValueInfo,
    /// Where its channels are, if it is image-like.
    pub channel_axis: ChannelAxis,
}

/// Name, element type and shape of a value.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ValueInfo {
    /// ONNX's name.
    pub name: String,
    /// The element type, as numpy spells it.
    pub dtype: &'static str,
    /// Its dimensions; none for one that only a pass determines.
    pub shape: Vec<Option<usize>>,
}

/// How tract runs the model: its plan, and its nodes in the order of ours.
#[derive(Debug)]
pub(crate) struct Execution {
    pub(crate) plan: Arc<TypedSimplePlan>,
    /// By our node: tract's nodes to run for it, after those of the nodes before it.
    pub(crate) steps: Vec<Step>,
    /// By our outlet: tract's.
    pub(crate) outlets: Vec<TractOutlet>,
}

/// What one of our nodes takes of tract's.
#[derive(Clone, Debug, Default)]
pub(crate) struct Step {
    /// tract's nodes to run, in order.
    pub(crate) runs: Vec<usize>,
    /// tract's nodes whose values nothing reads from here on and that nobody can ask for.
    pub(crate) frees: Vec<usize>,
}

impl Model {
    /// Loads an ONNX model that has its weights in itself and optimises it, keeping each node's outputs: [`ModelFile::read`] and
    /// [`ModelFile::compile`].
    ///
    /// # Errors
    /// As theirs.
    pub fn from_onnx(bytes: &[u8]) -> Result<Self> {
        ModelFile::read(bytes, &HashMap::new())?.compile(&HashMap::new(), &HashMap::new())
    }

    /// Its nodes in graph order.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Its outlets, those of a node next to each other.
    #[must_use]
    pub fn outlets(&self) -> &[Outlet] {
        &self.outlets
    }

    /// The inputs of a pass: the graph's, less weights and what has been given for good. Open dimensions have got sizes.
    #[must_use]
    pub fn inputs(&self) -> &[ValueInfo] {
        &self.inputs
    }

    /// Version of ONNX's own operator set that the file is written for.
    #[must_use]
    pub fn opset(&self) -> i64 {
        self.opset
    }

    /// The shape of a value: an input, an outlet's or a constant; none if there is none of that name, or only a pass
    /// determines its shape.
    #[must_use]
    pub fn shape(&self, value: &str) -> Option<Vec<usize>> {
        if let Some(constant) = self.constants.get(value) {
            return Some(constant.shape().to_vec());
        }
        let outlet = self.outlet_ids.get(value).and_then(|&id| self.outlets.get(id)).map(|outlet| &outlet.info);
        let info = outlet.or_else(|| self.inputs.iter().find(|info| info.name == value))?;
        info.shape.iter().copied().collect()
    }

    /// Where the channels of an input or an outlet are.
    #[must_use]
    pub fn channel_axis(&self, value: &str) -> ChannelAxis {
        if self.channels_last.contains(value) { ChannelAxis::Last } else { ChannelAxis::First }
    }

    /// The value of that name if it is constant.
    pub(crate) fn constant(&self, value: &str) -> Option<&TractTensor> {
        self.constants.get(value).map(Arc::as_ref)
    }

    /// The elements of a constant of whole numbers, such as axes or the bounds of a slice.
    pub(crate) fn constant_ints(&self, value: &str) -> Option<Vec<i64>> {
        match from_tract(self.constant(value)?).ok()?.into_parts().1 {
            TensorData::I64(values) => Some(values),
            TensorData::I32(values) => Some(values.into_iter().map(i64::from).collect()),
            _ => None,
        }
    }

    /// The index of the outlet named `output`.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is none.
    pub fn outlet_id(&self, output: &str) -> Result<usize> {
        self.outlet_ids
            .get(output)
            .copied()
            .ok_or_else(|| Error::new(ErrorKind::Input, format!("the model has no node output named '{output}'")))
    }
}

fn value_info(name: &str, fact: &TypedFact) -> Result<ValueInfo, String> {
    let dtype = convert::dtype_name(fact.datum_type)
        .ok_or_else(|| format!("the value '{name}' is of type {:?}", fact.datum_type))?;
    let shape = fact.shape.iter().map(|dim| dim.to_i64().ok().and_then(|dim| usize::try_from(dim).ok())).collect();
    Ok(ValueInfo { name: name.to_owned(), dtype, shape })
}

fn check_activation_size(outlets: &[Outlet]) -> Result<()> {
    // That of float32, which most activations are; a guard need not be exact.
    const BYTES_PER_ELEMENT: usize = 4;
    let mut total: usize = 0;
    for outlet in outlets {
        let len = outlet.info.shape.iter().flatten().try_fold(BYTES_PER_ELEMENT, |len, &dim| len.checked_mul(dim));
        total = total.saturating_add(len.unwrap_or(usize::MAX));
        if total > MAX_ACTIVATION_BYTES {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!(
                    "the model's activations take more than {} MiB up to '{}' of shape {:?}; try a smaller input",
                    MAX_ACTIVATION_BYTES >> 20,
                    outlet.info.name,
                    outlet.info.shape.iter().flatten().collect::<Vec<_>>()
                ),
            ));
        }
    }
    Ok(())
}

/// Orders tract's nodes by ours. Each of ours takes those of tract's that its outlets need and no node before needed.
fn plan(model: TypedModel, nodes: &[Node]) -> Result<Execution, String> {
    let message = |error: tract_onnx::prelude::TractError| format!("{error:#}");
    let outlets = model.output_outlets().map_err(message)?.to_vec();
    let kept: HashSet<usize> = outlets.iter().map(|outlet| outlet.node).collect();
    let mut steps: Vec<Step> = Vec::new();
    let mut planned = vec![false; model.nodes().len()];
    let mut last_read: HashMap<usize, usize> = HashMap::new();
    for (step, node) in nodes.iter().enumerate() {
        let mut runs = Vec::new();
        // Depth first with an explicit stack: a node is entered once, and run when its inputs have been.
        let mut stack: Vec<(usize, bool)> = outlets[node.outlets.clone()].iter().map(|o| (o.node, false)).collect();
        while let Some((id, inputs_are_planned)) = stack.pop() {
            if inputs_are_planned {
                runs.push(id);
                for input in &model.node(id).inputs {
                    last_read.insert(input.node, step);
                }
            } else if !planned[id] {
                planned[id] = true;
                stack.push((id, true));
                stack.extend(model.node(id).inputs.iter().map(|input| (input.node, false)));
            }
        }
        steps.push(Step { runs, frees: Vec::new() });
    }
    for (id, step) in last_read {
        if !kept.contains(&id) && !model.node(id).inputs.is_empty() {
            steps[step].frees.push(id);
        }
    }
    let plan = catching_panics(|| TypedSimplePlan::new(model)).map_err(message)?;
    Ok(Execution { plan, steps, outlets })
}
