//! A model file, read and checked but not compiled yet.

use super::onnx::{self, Dimension, GraphInput, Values};
use super::source::Source;
use super::weights::{DataFiles, Weights};
use super::{Attributes, Clues, DEFAULT_INPUT_SIZE, Execution, Model, Node, Outlet, ValueInfo, convert};
use super::{catching_panics, folding, guard, kernels, operators, validation};
use crate::error::{Error, ErrorKind, Result};
use crate::feature_map::ChannelAxis;
use crate::tensor::Tensor;
use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::sync::Arc;
use tract_onnx::pb::{GraphProto, ModelProto};
use tract_onnx::prelude::tract_itertools::Itertools;
use tract_onnx::prelude::{
    InferenceFact, InferenceModel, InferenceModelExt, IntoArcTensor, OutletId, Tensor as TractTensor, TractError,
    TractResult, TypedFact, TypedModel,
};
use tract_onnx::tract_hir::infer::Factoid;
use tract_onnx::tract_hir::ops::konst::Const;

/// An ONNX file, read and checked but not compiled yet.
///
/// Most models are compiled at once. Some have inputs that make shapes, such as the new shape of a reshape; these must be
/// known first.
#[derive(Clone, Debug)]
pub struct ModelFile {
    /// Nodes have their internal names, weights are inputs.
    proto: ModelProto,
    weights: Weights,
    bytes: usize,
    labels: Vec<String>,
    nodes: Vec<Node>,
    outlet_names: Vec<String>,
    /// The nodes that are folded away, and the names of their outputs.
    folded: (Vec<Node>, Vec<String>),
    graph_inputs: Vec<GraphInput>,
    constant_inputs: Vec<String>,
    outputs: Vec<String>,
    clues: Clues,
    /// Names of the values whose channels are last.
    channels_last: HashSet<String>,
}

impl ModelFile {
    /// Reads an ONNX file and, from the `files` beside it, the weights that it keeps there.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] for bytes that are no valid model, or one that wants other `files`,
    /// [`ErrorKind::UnsupportedModel`] for an operator or an element type that the engine does not have.
    pub fn read(bytes: &[u8], files: &dyn DataFiles) -> Result<Self> {
        Self::read_source(&bytes, files)
    }

    /// As [`read`](Self::read), of a file that need not be in memory as a whole: what is large is read once, into its place.
    ///
    /// # Errors
    /// As its.
    pub fn read_source(model: &dyn Source, files: &dyn DataFiles) -> Result<Self> {
        let file = Self::from_proto(onnx::read(model)?, model, files)?;
        Ok(Self { bytes: model.len() + file.weights.external_bytes, ..file })
    }

    fn from_proto(mut proto: ModelProto, model: &dyn Source, files: &dyn DataFiles) -> Result<Self> {
        let opset = onnx::opset(&proto);
        let graph = proto.graph.get_or_insert_default();
        validation::check(graph)?;
        check_operators(graph, opset)?;
        let graph_inputs = onnx::inputs(graph)?;
        let clues = Clues::of(&proto, &graph_inputs);
        let graph = proto.graph.get_or_insert_default();
        let values = Values::of(graph);
        let is_given: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
        let is_output = |name: &str| graph.output.iter().any(|output| output.name == name);
        let is_shown = |name: &str| !values.is_constant(name) || is_output(name);
        let (nodes, outlet_names) = describe_nodes(graph, &values, is_shown, |name| !values.is_constant(name));
        let folded = describe_nodes(graph, &values, |name| !is_shown(name), |name| !is_given.contains(name));
        let mut file = Self {
            labels: onnx::node_labels(graph),
            constant_inputs: onnx::constant_inputs(graph, &graph_inputs),
            channels_last: onnx::channels_last(graph, &graph_inputs),
            outputs: graph.output.iter().map(|output| output.name.clone()).collect(),
            clues,
            nodes,
            outlet_names,
            folded,
            graph_inputs,
            proto: ModelProto::default(),
            weights: Weights::default(),
            bytes: 0,
        };
        prepare(graph);
        file.weights = Weights::take(graph, model, files)?;
        file.proto = proto;
        Ok(file)
    }

    /// Its size in bytes, together with the weights that are in files of their own.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Names of the graph's outputs.
    #[must_use]
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// What it lets on about the picture that it wants.
    #[must_use]
    pub fn clues(&self) -> &Clues {
        &self.clues
    }

    /// Names of the inputs whose values [`compile`](Self::compile) needs.
    #[must_use]
    pub fn constant_inputs(&self) -> &[String] {
        &self.constant_inputs
    }

    /// Whether what is compiled depends on what is given: shapes for open dimensions, or constants.
    #[must_use]
    pub fn is_open(&self) -> bool {
        let is_open = |input: &GraphInput| {
            let dimensions = input.shape.as_deref();
            dimensions.is_none_or(|dimensions| dimensions.iter().any(|dim| matches!(dim, Dimension::Open(_))))
        };
        !self.constant_inputs.is_empty() || self.graph_inputs.iter().any(is_open)
    }

    /// A file of the nodes that are folded away alone, those that only weights determine; none if there are none. What it
    /// compiles to has no inputs.
    #[must_use]
    pub fn folded(&self) -> Option<Self> {
        let (nodes, outlet_names) = self.folded.clone();
        if nodes.is_empty() {
            return None;
        }
        let graph = self.proto.graph.as_ref()?;
        let weights: HashSet<&str> = self.weights.iter().map(|(name, _)| name).collect();
        let mut known: HashSet<&str> = weights.clone();
        let mut kept = Vec::new();
        for node in &graph.node {
            if node.input.iter().all(|name| name.is_empty() || known.contains(name.as_str())) {
                known.extend(node.output.iter().map(String::as_str));
                kept.push(node.clone());
            }
        }
        let read = kept.iter().flat_map(|node| &node.input).chain(&outlet_names).cloned().collect();
        let weights = self.weights.some(&read);
        let graph = GraphProto { node: kept, input: weights.inputs(), ..GraphProto::default() };
        Some(Self {
            proto: ModelProto {
                graph: Some(graph),
                opset_import: self.proto.opset_import.clone(),
                ..ModelProto::default()
            },
            weights,
            nodes,
            outlet_names: outlet_names.clone(),
            folded: (Vec::new(), Vec::new()),
            graph_inputs: Vec::new(),
            constant_inputs: Vec::new(),
            outputs: outlet_names,
            labels: self.labels.clone(),
            channels_last: self.channels_last.clone(),
            clues: Clues::default(),
            bytes: self.bytes,
        })
    }

    /// The same with what `model` holds of its nodes' outputs in the place of those that compute them.
    #[must_use]
    pub(crate) fn given_constants_of(mut self, model: &Model) -> Self {
        let Some(graph) = &mut self.proto.graph else { return self };
        // What tract makes of shapes are no numbers to compute with.
        let held = |name: &str| model.constants.get(name).filter(|constant| constant.datum_type().is_number());
        graph.node.retain(|node| node.output.iter().any(|name| !name.is_empty() && held(name).is_none()));
        let read = graph.node.iter().flat_map(|node| &node.input).chain(&self.outlet_names).cloned().collect();
        self.weights = self.weights.some(&read);
        for name in &read {
            if let Some(constant) = held(name) {
                self.weights.insert(name, constant.clone());
            }
        }
        graph.input = self.weights.inputs();
        self
    }

    /// The graph's inputs, weights excepted, as the file describes them: a dimension that it leaves open is none.
    #[must_use]
    pub fn inputs(&self) -> Vec<ValueInfo> {
        let size = |dimension: &Dimension| match dimension {
            Dimension::Fixed(size) => Some(*size),
            Dimension::Open(_) => None,
        };
        let info = |input: &GraphInput| ValueInfo {
            name: input.name.clone(),
            dtype: onnx::dtype_name(input.elem_type),
            shape: input.shape.iter().flatten().map(size).collect(),
        };
        self.graph_inputs.iter().map(info).collect()
    }

    /// Optimises the model, keeping each node's outputs.
    ///
    /// `constants` holds the values of [`constant_inputs`](Self::constant_inputs). An open dimension of another input is
    /// that of its shape in `shapes`, or that of a dimension of the same name there; without one the batch is 1, channels
    /// are 3 and height and width [`DEFAULT_INPUT_SIZE`].
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedModel`] for a model that the engine cannot run, naming node and operator,
    /// [`ErrorKind::TooLarge`] for one whose activations would take more than
    /// [`MAX_ACTIVATION_BYTES`](super::MAX_ACTIVATION_BYTES), [`ErrorKind::Input`] if a shape does not fit its input, or
    /// a constant is missing or of another type.
    pub fn compile(self, shapes: &HashMap<String, Vec<usize>>, constants: &HashMap<String, Tensor>) -> Result<Model> {
        let labels = self.labels;
        let unsupported = |error: &dyn Display| {
            Error::new(ErrorKind::UnsupportedModel, onnx::public_message(&labels, &format!("{error:#}")))
        };
        let refusal = |error: TractError| match error.downcast_ref::<Error>() {
            Some(error) => Error::new(error.kind(), onnx::with_labels(&labels, error.message()).0),
            None => unsupported(&error),
        };
        let parsed = catching_panics(|| operators::framework().parse(&self.proto, None)).map_err(refusal)?;
        let opset = onnx::opset(&self.proto);
        let mut inference = parsed.model;
        if let Some(graph) = &self.proto.graph {
            guard::guard_operators(&mut inference, graph);
        }
        let mut fixed = HashSet::new();
        let mut free_inputs = Vec::new();
        let place = |name: &str| {
            let outlet = parsed.outlets_by_name.get(name).copied();
            outlet.ok_or_else(|| unsupported(&format!("the value '{name}' got lost")))
        };
        for (name, weight) in self.weights.iter() {
            let outlet = place(name)?;
            fix(&mut inference, outlet, weight.clone()).map_err(|error| unsupported(&error))?;
            fixed.insert(outlet);
        }
        drop(self.weights);
        let sizes = named_sizes(&self.graph_inputs, shapes);
        for input in self.graph_inputs {
            let outlet = place(&input.name)?;
            if self.constant_inputs.contains(&input.name) {
                let value = convert::to_tract(constant(&input, constants)?)?.into_arc_tensor();
                fix(&mut inference, outlet, value).map_err(|error| unsupported(&error))?;
                fixed.insert(outlet);
            } else {
                let shape = input_shape(&input, shapes.get(&input.name).map(Vec::as_slice), &sizes)?;
                guard::check_size(&shape, 1, || format!("the input '{}'", input.name))?;
                let fact = inference.outlet_fact(outlet).map_err(|error| unsupported(&error))?;
                let dtype = fact
                    .datum_type
                    .concretize()
                    .ok_or_else(|| unsupported(&format!("the input '{}' has no element type", input.name)))?;
                inference
                    .set_outlet_fact(outlet, InferenceFact::dt_shape(dtype, &shape))
                    .map_err(|error| unsupported(&error))?;
                free_inputs.push(input.name);
            }
        }
        inference.inputs.retain(|input| !fixed.contains(input));
        let selected = self.outlet_names.iter().map(|name| place(name)).collect::<Result<Vec<_>>>()?;
        // What nodes read besides; only for the time until constants are known.
        let operands = self.nodes.iter().flat_map(|node| &node.operands).unique();
        let operands = operands.filter_map(|name| Some((name, *parsed.outlets_by_name.get(name.as_str())?)));
        let operands: Vec<_> = operands.filter(|(_, outlet)| !selected.contains(outlet)).collect();
        let with_operands: Vec<_> = selected.iter().chain(operands.iter().map(|(_, outlet)| outlet)).copied().collect();
        inference.select_output_outlets(&with_operands).map_err(|error| unsupported(&error))?;
        let mut typed = catching_panics(|| inference.into_typed()).map_err(refusal)?;
        catching_panics(|| folding::fold_constants(&mut typed)).map_err(refusal)?;
        let mut constants = HashMap::new();
        for (index, name) in self.outlet_names.iter().chain(operands.iter().map(|(name, _)| *name)).enumerate() {
            let fact = typed.output_fact(index).map_err(|error| unsupported(&error))?;
            constants.extend(fact.konst.clone().map(|constant| (name.clone(), constant)));
        }
        typed.outputs.truncate(selected.len());
        catching_panics(|| kernels::use_kernels(&mut typed)).map_err(refusal)?;
        let typed = catching_panics(|| typed.into_optimized()).map_err(refusal)?;

        let mut inputs = Vec::new();
        for (index, name) in free_inputs.iter().enumerate() {
            let fact = typed.input_fact(index).map_err(|error| unsupported(&error))?;
            inputs.push(super::value_info(name, fact).map_err(|error| unsupported(&error))?);
        }
        let outlets = outlets(&typed, &self.nodes, &self.outlet_names, &self.channels_last)
            .map_err(|error| unsupported(&error))?;
        super::check_activation_size(&outlets)?;
        let execution: Execution = super::plan(typed, &self.nodes).map_err(|error| unsupported(&error))?;
        Ok(Model {
            outlet_ids: self.outlet_names.into_iter().enumerate().map(|(id, name)| (name, id)).collect(),
            nodes: self.nodes,
            outlets,
            inputs,
            channels_last: self.channels_last,
            opset,
            constants,
            execution,
        })
    }
}

fn outlets(
    model: &TypedModel,
    nodes: &[Node],
    names: &[String],
    channels_last: &HashSet<String>,
) -> Result<Vec<Outlet>, String> {
    let mut outlets = Vec::new();
    for (node, description) in nodes.iter().enumerate() {
        for index in description.outlets.clone() {
            let fact = model.output_fact(index).map_err(|error| format!("{error:#}"))?;
            let name = &names[index];
            let channel_axis = if channels_last.contains(name) { ChannelAxis::Last } else { ChannelAxis::First };
            outlets.push(Outlet { node, info: super::value_info(name, fact)?, channel_axis });
        }
    }
    Ok(outlets)
}

/// The value of an input that must be known.
fn constant<'a>(input: &GraphInput, constants: &'a HashMap<String, Tensor>) -> Result<&'a Tensor> {
    let dtype = onnx::dtype_name(input.elem_type);
    let bad_input = |message| Err(Error::new(ErrorKind::Input, message));
    match constants.get(&input.name) {
        None => bad_input(format!("the input '{}' ({dtype}) is missing", input.name)),
        Some(tensor) if tensor.data().dtype() != dtype => {
            bad_input(format!("the input '{}' wants {dtype}, not {}", input.name, tensor.data().dtype()))
        }
        Some(tensor) => Ok(tensor),
    }
}

/// Makes a constant of a source.
fn fix(model: &mut InferenceModel, outlet: OutletId, value: Arc<TractTensor>) -> TractResult<()> {
    model.node_mut(outlet.node).op = Const::new(value.clone())?.into();
    model.set_outlet_fact(outlet, InferenceFact::from(&TypedFact::try_from(value)?))
}

/// The newest version of ONNX's operator set whose operators are known to mean what they mean here.
const NEWEST_OPSET: i64 = 28;

/// Domains of the operators that tract has.
const DOMAINS: &[&str] = &["", "ai.onnx", "ai.onnx.ml", "com.microsoft"];

/// Every operator is one that tract has, and computes right.
fn check_operators(graph: &GraphProto, opset: i64) -> Result<()> {
    let unsupported = |message: String| Err(Error::new(ErrorKind::UnsupportedModel, message));
    if opset > NEWEST_OPSET {
        return unsupported(format!(
            "the model is of version {opset} of ONNX's operator set, and the engine knows those up to {NEWEST_OPSET}; \
             export it for an older one"
        ));
    }
    let known = operators::framework().op_register;
    for (index, node) in graph.node.iter().enumerate() {
        let name = || onnx::node_name(graph, index);
        let op = &node.op_type;
        let is_on = |name: &str| node.attribute.iter().any(|attribute| attribute.name == name && attribute.i != 0);
        // tract counts the cells that rounding up adds beyond the padding, which ONNX does not.
        if op == "AveragePool" && is_on("ceil_mode") && is_on("count_include_pad") {
            return unsupported(format!(
                "node '{}' is an AveragePool with both ceil_mode and count_include_pad, which the engine does not have",
                name()
            ));
        }
        if !known.0.contains_key(op) || !DOMAINS.contains(&node.domain.as_str()) {
            let domain = if node.domain.is_empty() { String::new() } else { format!(" of domain {}", node.domain) };
            return unsupported(format!(
                "node '{}' uses the operator {op}{domain}, which the engine does not have",
                name()
            ));
        }
    }
    Ok(())
}

/// Gives each node a name of its own and the form in which tract knows it, and drops the shapes that exporters note for
/// values between nodes: they may contradict the sizes that open dimensions get.
fn prepare(graph: &mut GraphProto) {
    for (index, node) in graph.node.iter_mut().enumerate() {
        node.name = onnx::internal_name(index);
    }
    graph.value_info.clear();
    operators::modernise(graph);
}

/// The nodes with outputs that are shown, and the names of these. What they read is listed if it is an input of theirs.
fn describe_nodes(
    graph: &GraphProto,
    values: &Values,
    is_shown: impl Fn(&str) -> bool,
    is_input: impl Fn(&str) -> bool,
) -> (Vec<Node>, Vec<String>) {
    let mut nodes = Vec::new();
    let mut outlet_names: Vec<String> = Vec::new();
    for (index, node) in graph.node.iter().enumerate() {
        let outputs = node.output.iter().filter(|name| !name.is_empty() && is_shown(name)).cloned();
        let first = outlet_names.len();
        outlet_names.extend(outputs);
        if outlet_names.len() == first {
            continue;
        }
        let read = || node.input.iter().filter(|name| !name.is_empty()).unique();
        nodes.push(Node {
            name: onnx::node_name(graph, index),
            op: node.op_type.clone(),
            inputs: read().filter(|name| is_input(name)).cloned().collect(),
            outlets: first..outlet_names.len(),
            parameters: values.weights_read(node),
            operands: node.input.clone(),
            attributes: Attributes::of(node),
        });
    }
    (nodes, outlet_names)
}

/// The sizes of open dimensions by name, as `shapes` of inputs have them.
fn named_sizes(inputs: &[GraphInput], shapes: &HashMap<String, Vec<usize>>) -> HashMap<String, usize> {
    let sized = inputs.iter().filter_map(|input| Some((input.shape.as_ref()?, shapes.get(&input.name)?)));
    let named = sized.flat_map(|(dimensions, shape)| dimensions.iter().zip(shape));
    let name = |(dimension, &size): (&Dimension, &usize)| match dimension {
        Dimension::Open(name) if !name.is_empty() => Some((name.clone(), size)),
        _ => None,
    };
    named.filter_map(name).collect()
}

/// The shape that an input gets: its own, open dimensions as in `wanted`, or else by name as in `sizes`.
fn input_shape(input: &GraphInput, wanted: Option<&[usize]>, sizes: &HashMap<String, usize>) -> Result<Vec<usize>> {
    let open = |message: &str| {
        Error::new(ErrorKind::UnsupportedModel, format!("the shape of the input '{}' is open: {message}", input.name))
    };
    let Some(dimensions) = &input.shape else {
        return wanted.map(<[usize]>::to_vec).ok_or_else(|| open("not even its rank is given"));
    };
    let fits = |wanted: &[usize]| {
        let fits = |(dimension, size): (&Dimension, &usize)| match dimension {
            Dimension::Fixed(fixed) => fixed == size,
            Dimension::Open(_) => true,
        };
        wanted.len() == dimensions.len() && dimensions.iter().zip(wanted).all(fits)
    };
    match wanted {
        Some(wanted) if fits(wanted) => return Ok(wanted.to_vec()),
        Some(wanted) => {
            let dimensions: Vec<String> = dimensions.iter().map(ToString::to_string).collect();
            return Err(Error::new(
                ErrorKind::Input,
                format!("the input '{}' is of shape [{}], not {wanted:?}", input.name, dimensions.join(", ")),
            ));
        }
        None => {}
    }
    let has_channels_last = onnx::has_channels_last(dimensions);
    let guess = |axis: usize| match (axis, dimensions.len()) {
        (0, _) => Some(1),
        (1, 4) if !has_channels_last => Some(3),
        (1..=3, 4) => Some(DEFAULT_INPUT_SIZE),
        _ => None,
    };
    let size = |(axis, dimension): (usize, &Dimension)| match dimension {
        Dimension::Fixed(fixed) => Ok(*fixed),
        Dimension::Open(name) => sizes
            .get(name)
            .copied()
            .or_else(|| guess(axis))
            .ok_or_else(|| open(&format!("nothing gives axis {axis} ({dimension}) a size"))),
    };
    dimensions.iter().enumerate().map(size).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::onnx::tests::node;
    use tract_onnx::pb::attribute_proto::AttributeType;
    use tract_onnx::pb::tensor_shape_proto::{Dimension as DimProto, dimension::Value as DimValue};
    use tract_onnx::pb::{
        AttributeProto, OperatorSetIdProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, type_proto,
    };
    use tract_onnx::prelude::DatumType;

    const INT64: i32 = 7;
    const FLOAT: i32 = 1;

    fn ints(dims: &[i64], values: &[i64]) -> TensorProto {
        TensorProto { dims: dims.to_vec(), data_type: INT64, int64_data: values.to_vec(), ..TensorProto::default() }
    }

    fn floats(values: &[f32]) -> TensorProto {
        let dims = vec![values.len() as i64];
        TensorProto { dims, data_type: FLOAT, float_data: values.to_vec(), ..TensorProto::default() }
    }

    /// What becomes of a model of the input `x`, float32 of 1 x 2 x 4 x 4, and one operator over it and `weights`, or
    /// over `weights` alone.
    fn compile(op: &str, reads_input: bool, weights: Vec<TensorProto>, attributes: &[(&str, &[i64])]) -> Result<Model> {
        let names: Vec<String> = (0..weights.len()).map(|index| format!("w{index}")).collect();
        let inputs: Vec<&str> =
            reads_input.then_some("x").into_iter().chain(names.iter().map(String::as_str)).collect();
        let mut operator = node("the one", op, &inputs, &["y"]);
        operator.attribute.extend(attributes.iter().map(|(name, ints)| AttributeProto {
            name: (*name).to_owned(),
            ints: ints.to_vec(),
            r#type: AttributeType::Ints as i32,
            ..AttributeProto::default()
        }));
        let dim = |size| DimProto { value: Some(DimValue::DimValue(size)), ..DimProto::default() };
        let shape = TensorShapeProto { dim: [1, 2, 4, 4].map(dim).to_vec() };
        let tensor = type_proto::Tensor { elem_type: FLOAT, shape: Some(shape) };
        let kind = TypeProto { value: Some(type_proto::Value::TensorType(tensor)), ..TypeProto::default() };
        let value = |name: &str| ValueInfoProto { name: name.to_owned(), ..ValueInfoProto::default() };
        let graph = GraphProto {
            node: vec![operator, node("other", "Relu", &["x"], &["z"])],
            input: vec![ValueInfoProto { r#type: Some(kind), ..value("x") }],
            initializer: names.into_iter().zip(weights).map(|(name, tensor)| TensorProto { name, ..tensor }).collect(),
            output: vec![value("y")],
            ..GraphProto::default()
        };
        let opset = OperatorSetIdProto { version: 13, ..OperatorSetIdProto::default() };
        let proto = ModelProto { graph: Some(graph), opset_import: vec![opset], ..ModelProto::default() };
        ModelFile::from_proto(proto, &&[][..], &HashMap::new())?.compile(&HashMap::new(), &HashMap::new())
    }

    #[test]
    fn giants_are_refused_before_they_are_made() {
        #[track_caller]
        fn check(op: &str, reads_input: bool, weights: Vec<TensorProto>) {
            let error = compile(op, reads_input, weights, &[]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
            assert!(error.message().contains(&format!("'the one' ({op})")), "{error}");
        }
        let giant = 1 << 40;
        check("ConstantOfShape", false, vec![ints(&[1], &[giant])]);
        check("ConstantOfShape", false, vec![ints(&[4], &[1 << 16; 4])]);
        check("Expand", false, vec![floats(&[1.0]), ints(&[2], &[giant, 1])]);
        check("Expand", true, vec![ints(&[5], &[giant, 1, 1, 1, 1])]);
        check("Tile", false, vec![floats(&[1.0]), ints(&[1], &[giant])]);
        check("Tile", true, vec![ints(&[4], &[1, 1, 1 << 20, 1 << 20])]);
        check("Range", false, vec![ints(&[], &[0]), ints(&[], &[giant]), ints(&[], &[1])]);
        check("Pad", true, vec![ints(&[8], &[0, 0, giant, 0, 0, 0, 0, 0])]);
        check("OneHot", false, vec![ints(&[1], &[3]), ints(&[1], &[giant]), floats(&[0.0, 1.0])]);
        check("Resize", true, vec![floats(&[]), floats(&[1.0, 1.0, 1e6, 1e6])]);
    }

    #[test]
    fn shapes_that_do_not_fit_are_named() {
        let error = compile("Add", true, vec![floats(&[1.0, 2.0, 3.0])], &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Model, "{error}");
        assert!(error.message().contains("'the one' (Add) reads tensors of shapes that do not fit"), "{error}");
    }

    #[test]
    fn what_the_engine_does_not_have_is_named() {
        #[track_caller]
        fn check(domain: &str, opset: i64, part: &str) {
            let mut add = node("the one", "Add", &["x", "x"], &["y"]);
            domain.clone_into(&mut add.domain);
            let graph = GraphProto { node: vec![add], ..GraphProto::default() };
            match check_operators(&graph, opset) {
                Ok(()) => assert_eq!(part, ""),
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::UnsupportedModel);
                    assert!(error.message().contains(part) && !part.is_empty(), "{error}");
                }
            }
        }
        check("", 7, "");
        check("ai.onnx", NEWEST_OPSET, "");
        check("org.example", 7, "node 'the one' uses the operator Add of domain org.example");
        check("", NEWEST_OPSET + 1, "version 29");
    }

    #[test]
    fn attributes_fit_their_input() {
        #[track_caller]
        fn check(op: &str, attributes: &[(&str, &[i64])], part: &str) {
            let error = compile(op, true, vec![], attributes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Model, "{error}");
            assert!(error.message().contains(&format!("{part} of node 'the one' ({op})")), "{error}");
        }
        check("MaxPool", &[("kernel_shape", &[2])], "'kernel_shape'");
        check("MaxPool", &[("kernel_shape", &[2, 2]), ("strides", &[2, 2, 2])], "'strides'");
        check("AveragePool", &[("kernel_shape", &[2, 2]), ("pads", &[1, 1])], "'pads'");
        check("ReduceMean", &[("axes", &[4])], "'axes'");
    }
    #[test]
    fn weights_are_not_kept_for_what_a_model_holds() {
        let bytes = std::fs::read("models/cats-vs-dogs.onnx").unwrap();
        let file = ModelFile::read(&bytes, &HashMap::new()).unwrap();
        let folded = file.folded().unwrap();
        let model = file.compile(&HashMap::new(), &HashMap::new()).unwrap();
        let has_halves =
            |file: &ModelFile| file.weights.iter().any(|(_, weight)| weight.datum_type() == DatumType::F16);
        assert!(has_halves(&folded));
        assert!(!has_halves(&folded.given_constants_of(&model)));
    }
}
