//! An ONNX model, ready to run. This module and [`forward`](crate::forward) are the only ones that know tract.

mod convert;
mod onnx;

pub(crate) use convert::{from_tract, to_tract};

use crate::error::{Error, ErrorKind, Result};
use onnx::{Dimension, GraphInput, Values};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use tract_onnx::pb::{GraphProto, ModelProto};
use tract_onnx::prelude::{
    InferenceFact, InferenceModel, InferenceModelExt, OutletId as TractOutlet, TypedFact, TypedModel, TypedSimplePlan,
    tract_itertools::Itertools,
};
use tract_onnx::tract_hir::infer::Factoid;

/// Most bytes that the activations of one pass may take together.
pub const MAX_ACTIVATION_BYTES: usize = 1 << 30;

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
    outputs: Vec<String>,
    producer: String,
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
}

/// An output slot of a node.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlet {
    /// Its node, as an index of [`Model::nodes`].
    pub node: usize,
    /// What flows out of it.
    pub info: ValueInfo,
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

/// The size, height then width, for a picture input that leaves it open, by the input's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputSize {
    /// The input's name.
    pub name: String,
    /// Its whole shape, batch first.
    pub shape: Vec<usize>,
}

impl Model {
    /// Loads an ONNX model and optimises it, keeping each node's outputs.
    ///
    /// Open dimensions of an input are taken from `size` if it names that input; else the batch is 1, channels 3
    /// and height and width [`DEFAULT_INPUT_SIZE`].
    ///
    /// # Errors
    /// [`ErrorKind::Model`] for bytes that are no valid model, [`ErrorKind::UnsupportedModel`] for a model that the
    /// engine cannot run (naming node and operator), [`ErrorKind::TooLarge`] for one whose activations would take
    /// more than [`MAX_ACTIVATION_BYTES`], [`ErrorKind::Input`] if `size` does not fit the input that it names.
    pub fn from_onnx(bytes: &[u8], size: Option<&InputSize>) -> Result<Self> {
        let mut proto = onnx::read(bytes)?;
        let named = proto.graph.clone().unwrap_or_default();
        let graph_inputs = onnx::inputs(&named)?;
        let values = Values::of(&named);
        check_operators(&named)?;
        prepare(&mut proto);
        let (nodes, outlet_names) = describe_nodes(&named, &values);
        let unsupported = |error: &dyn std::fmt::Display| {
            Error::new(
                ErrorKind::UnsupportedModel,
                onnx::public_message(&named, &format!("the engine cannot run this model: {error:#}")),
            )
        };

        let parsed = tract_onnx::onnx().parse(&proto, None).map_err(|error| unsupported(&error))?;
        drop(proto);
        let mut inference: InferenceModel = parsed.model;
        let mut shapes = Vec::new();
        for input in &graph_inputs {
            shapes.push(input_shape(input, size)?);
        }
        for (index, shape) in shapes.iter().enumerate() {
            let fact = inference.input_fact(index).map_err(|error| unsupported(&error))?;
            let dtype = fact
                .datum_type
                .concretize()
                .ok_or_else(|| unsupported(&format!("the input '{}' has no element type", graph_inputs[index].name)))?;
            inference
                .set_input_fact(index, InferenceFact::dt_shape(dtype, shape))
                .map_err(|error| unsupported(&error))?;
        }
        let mut selected = Vec::new();
        for name in &outlet_names {
            let outlet = parsed.outlets_by_name.get(name.as_str());
            selected.push(*outlet.ok_or_else(|| unsupported(&format!("the value '{name}' got lost")))?);
        }
        inference.select_output_outlets(&selected).map_err(|error| unsupported(&error))?;
        let typed = inference.into_optimized().map_err(|error| unsupported(&error))?;

        let mut inputs = Vec::new();
        for (index, input) in graph_inputs.iter().enumerate() {
            let fact = typed.input_fact(index).map_err(|error| unsupported(&error))?;
            inputs.push(value_info(&input.name, fact).map_err(|error| unsupported(&error))?);
        }
        let mut outlets = Vec::new();
        for (node, description) in nodes.iter().enumerate() {
            for index in description.outlets.clone() {
                let fact = typed.output_fact(index).map_err(|error| unsupported(&error))?;
                let info = value_info(&outlet_names[index], fact).map_err(|error| unsupported(&error))?;
                outlets.push(Outlet { node, info });
            }
        }
        check_activation_size(&outlets)?;
        let execution = plan(typed, &nodes).map_err(|error| unsupported(&error))?;
        Ok(Self {
            outlet_ids: outlet_names.into_iter().enumerate().map(|(id, name)| (name, id)).collect(),
            nodes,
            outlets,
            inputs,
            outputs: named.output.iter().map(|output| output.name.clone()).collect(),
            producer: named.name,
            execution,
        })
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

    /// The graph's inputs, weights excepted. Open dimensions have got sizes.
    #[must_use]
    pub fn inputs(&self) -> &[ValueInfo] {
        &self.inputs
    }

    /// Names of the graph's outputs.
    #[must_use]
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// The graph's name as its producer gave it.
    #[must_use]
    pub fn graph_name(&self) -> &str {
        &self.producer
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

/// Every operator is one that tract has.
fn check_operators(graph: &GraphProto) -> Result<()> {
    let known = tract_onnx::onnx().op_register;
    for (index, node) in graph.node.iter().enumerate() {
        if !known.0.contains_key(&node.op_type) {
            let domain = if node.domain.is_empty() { String::new() } else { format!(" of domain {}", node.domain) };
            return Err(Error::new(
                ErrorKind::UnsupportedModel,
                format!(
                    "node '{}' uses the operator {}{domain}, which the engine does not have",
                    onnx::node_name(graph, index),
                    node.op_type
                ),
            ));
        }
    }
    Ok(())
}

/// Gives each node a name of its own, and drops the shapes that exporters note for values between nodes:
/// they may contradict the sizes that open dimensions get.
fn prepare(proto: &mut ModelProto) {
    let Some(graph) = &mut proto.graph else { return };
    for (index, node) in graph.node.iter_mut().enumerate() {
        node.name = onnx::internal_name(index);
    }
    graph.value_info.clear();
}

/// The nodes that hang on the inputs, and the names of their outputs.
fn describe_nodes(graph: &GraphProto, values: &Values) -> (Vec<Node>, Vec<String>) {
    let mut nodes = Vec::new();
    let mut outlet_names: Vec<String> = Vec::new();
    for (index, node) in graph.node.iter().enumerate() {
        let outputs = node.output.iter().filter(|name| !name.is_empty() && !values.is_constant(name)).cloned();
        let first = outlet_names.len();
        outlet_names.extend(outputs);
        if outlet_names.len() == first {
            continue;
        }
        let read = || node.input.iter().filter(|name| !name.is_empty()).unique();
        nodes.push(Node {
            name: onnx::node_name(graph, index),
            op: node.op_type.clone(),
            inputs: read().filter(|name| !values.is_constant(name)).cloned().collect(),
            outlets: first..outlet_names.len(),
            parameters: read().map(|name| values.weights_behind(name)).sum(),
        });
    }
    (nodes, outlet_names)
}

/// The shape that an input gets.
fn input_shape(input: &GraphInput, size: Option<&InputSize>) -> Result<Vec<usize>> {
    let open = |message: &str| {
        Error::new(ErrorKind::UnsupportedModel, format!("the shape of the input '{}' is open: {message}", input.name))
    };
    let size = size.filter(|size| size.name == input.name);
    let Some(dimensions) = &input.shape else {
        return size.map(|size| size.shape.clone()).ok_or_else(|| open("not even its rank is given"));
    };
    if let Some(size) = size
        && size.shape.len() != dimensions.len()
    {
        return Err(Error::new(
            ErrorKind::Input,
            format!(
                "the input '{}' has {} dimensions, but the preprocessing makes a tensor of shape {:?}",
                input.name,
                dimensions.len(),
                size.shape
            ),
        ));
    }
    let is_nhwc = matches!(dimensions.get(3), Some(Dimension::Fixed(1 | 3)));
    let guess = |axis: usize| match (axis, dimensions.len()) {
        (0, _) => Some(1),
        (1, 4) if !is_nhwc => Some(3),
        (1..=3, 4) => Some(DEFAULT_INPUT_SIZE),
        _ => None,
    };
    let mut shape = Vec::new();
    for (axis, dimension) in dimensions.iter().enumerate() {
        let wanted = size.and_then(|size| size.shape.get(axis)).copied();
        shape.push(match (dimension, wanted) {
            (Dimension::Fixed(fixed), Some(wanted)) if *fixed != wanted => {
                return Err(Error::new(
                    ErrorKind::Input,
                    format!(
                        "the input '{}' has size {fixed} on axis {axis}, but the preprocessing makes {wanted}",
                        input.name
                    ),
                ));
            }
            (Dimension::Fixed(fixed), _) => *fixed,
            (Dimension::Open(_), Some(wanted)) => wanted,
            (Dimension::Open(name), None) => {
                guess(axis).ok_or_else(|| open(&format!("nothing gives axis {axis} ('{name}') a size")))?
            }
        });
    }
    Ok(shape)
}

fn value_info(name: &str, fact: &TypedFact) -> Result<ValueInfo, String> {
    let dtype = convert::dtype_name(fact.datum_type)
        .ok_or_else(|| format!("the value '{name}' is of type {:?}", fact.datum_type))?;
    let shape = fact.shape.iter().map(|dim| dim.to_i64().ok().and_then(|dim| usize::try_from(dim).ok())).collect();
    Ok(ValueInfo { name: name.to_owned(), dtype, shape })
}

fn check_activation_size(outlets: &[Outlet]) -> Result<()> {
    // No element type is wider; exactness does not matter for a guard.
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
    let is_kept = |id: usize| outlets.iter().any(|outlet| outlet.node == id);
    let kept: Vec<bool> = (0..model.nodes().len()).map(is_kept).collect();
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
        if !kept[id] && !model.node(id).inputs.is_empty() {
            steps[step].frees.push(id);
        }
    }
    let plan = TypedSimplePlan::new(model).map_err(message)?;
    Ok(Execution { plan, steps, outlets })
}
