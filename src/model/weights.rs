//! Weights: taken out of the file's graph, so that they are in memory once, and read from data files beside it.

use super::onnx;
use crate::error::{Error, ErrorKind, Result};
use prost::Message;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use tract_onnx::data_resolver::MmapDataResolver;
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::{
    GraphProto, NodeProto, StringStringEntryProto, TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
    tensor_shape_proto, type_proto,
};
use tract_onnx::prelude::{IntoArcTensor, Tensor as TractTensor};

/// The files beside a model's that its weights are in, should it have put them there.
///
/// A location in the model is looked up as it is, then by what follows its last slash.
pub trait DataFiles {
    /// The length of a file in bytes; none if there is no file of that name.
    fn len_of(&self, name: &str) -> Option<usize>;

    /// Some bytes of a file; the range is within it.
    fn read(&self, name: &str, range: Range<usize>) -> Vec<u8>;
}

impl DataFiles for HashMap<String, Vec<u8>> {
    fn len_of(&self, name: &str) -> Option<usize> {
        self.get(name).map(Vec::len)
    }

    fn read(&self, name: &str, range: Range<usize>) -> Vec<u8> {
        self.get(name).and_then(|bytes| bytes.get(range)).unwrap_or_default().to_vec()
    }
}

/// The locations of the data files that a model wants, as it names them, in alphabetical order. Weights in the model's
/// own file are passed over without being read.
///
/// # Errors
/// As [`ModelFile::read`](super::ModelFile::read)'s for bytes that are no model.
pub fn data_locations(bytes: &[u8]) -> Result<Vec<String>> {
    onnx::check_format(bytes)?;
    let outline = Outline::decode(bytes).map_err(|error| onnx::undecodable(bytes, &error))?;
    let graph = outline.graph.unwrap_or_default();
    let tensors =
        graph.nodes.iter().flat_map(|node| &node.attributes).filter_map(|attribute| attribute.tensor.as_ref());
    let entries = graph.initializers.iter().chain(tensors).filter(|tensor| is_external(tensor.data_location));
    let locations: BTreeSet<_> = entries.filter_map(|tensor| entry(&tensor.external_data, "location")).collect();
    Ok(locations.into_iter().map(str::to_owned).collect())
}

/// What of an ONNX file tells where weights are. Fields have ONNX's numbers.
#[derive(Message)]
struct Outline {
    #[prost(message, optional, tag = "7")]
    graph: Option<GraphOutline>,
}

#[derive(Message)]
struct GraphOutline {
    #[prost(message, repeated, tag = "1")]
    nodes: Vec<NodeOutline>,
    #[prost(message, repeated, tag = "5")]
    initializers: Vec<TensorOutline>,
}

#[derive(Message)]
struct NodeOutline {
    #[prost(message, repeated, tag = "5")]
    attributes: Vec<AttributeOutline>,
}

#[derive(Message)]
struct AttributeOutline {
    #[prost(message, optional, tag = "5")]
    tensor: Option<TensorOutline>,
}

#[derive(Message)]
struct TensorOutline {
    #[prost(message, repeated, tag = "13")]
    external_data: Vec<StringStringEntryProto>,
    #[prost(int32, optional, tag = "14")]
    data_location: Option<i32>,
}

/// A graph's weights by name. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Weights {
    tensors: HashMap<String, Arc<TractTensor>>,
    /// Bytes of them that were in data files.
    pub(super) external_bytes: usize,
}

impl Weights {
    /// Takes the weights out of `graph`, of which they become inputs: its initializers, and the tensors of its nodes of the
    /// operator Constant, which go with them.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] naming the weight, and the file it is in, if that is missing or too short, or if there are
    /// more or fewer values than its shape says; [`ErrorKind::UnsupportedModel`] for an element type that the engine
    /// does not have.
    pub(super) fn take(graph: &mut GraphProto, files: &dyn DataFiles) -> Result<Self> {
        check_files(graph, files)?;
        let mut weights = Self::default();
        for node in &mut graph.node {
            let tensors = node.attribute.iter_mut().filter_map(|attribute| attribute.t.as_mut());
            for tensor in tensors {
                weights.external_bytes += embed(tensor, files)?;
            }
        }
        for mut node in graph.node.extract_if(.., |node| is_constant(node)) {
            let tensor = node.attribute.pop().and_then(|attribute| attribute.t);
            let named = tensor.zip(node.output.pop()).map(|(tensor, name)| TensorProto { name, ..tensor });
            graph.initializer.extend(named);
        }
        let names: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
        let mut inputs = std::mem::take(&mut graph.input);
        inputs.retain(|input| !names.contains(input.name.as_str()));
        for mut tensor in graph.initializer.drain(..) {
            weights.external_bytes += embed(&mut tensor, files)?;
            let weight = load(&mut tensor)?;
            let name = std::mem::take(&mut tensor.name);
            if weights.tensors.insert(name.clone(), weight).is_none() {
                inputs.push(value_info(name, &tensor));
            }
        }
        graph.input = inputs;
        Ok(weights)
    }

    /// Those that are called by one of `names`.
    pub(super) fn some(&self, names: &HashSet<String>) -> Self {
        let tensors = self.tensors.iter().filter(|(name, _)| names.contains(*name));
        Self { tensors: tensors.map(|(name, tensor)| (name.clone(), tensor.clone())).collect(), external_bytes: 0 }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Arc<TractTensor>)> {
        self.tensors.iter().map(|(name, tensor)| (name.as_str(), tensor))
    }
}

/// Whether a node is no more than a tensor.
fn is_constant(node: &NodeProto) -> bool {
    let has_tensor = matches!(&node.attribute[..], [value] if value.name == "value" && value.t.is_some());
    node.op_type == "Constant" && has_tensor && node.output.len() == 1
}

fn is_external(data_location: Option<i32>) -> bool {
    data_location == Some(DataLocation::External as i32)
}

fn entry<'a>(entries: &'a [StringStringEntryProto], key: &str) -> Option<&'a str> {
    entries.iter().find(|entry| entry.key == key).map(|entry| entry.value.as_str())
}

/// The name under which there is a file for a location.
fn file_name<'a>(location: &'a str, files: &dyn DataFiles) -> Option<&'a str> {
    let base_name = location.rsplit(['/', '\\']).next()?;
    [location, base_name].into_iter().find(|name| files.len_of(name).is_some())
}

/// Every data file that the graph wants is there.
fn check_files(graph: &GraphProto, files: &dyn DataFiles) -> Result<()> {
    let attributes = graph.node.iter().flat_map(|node| &node.attribute).filter_map(|attribute| attribute.t.as_ref());
    let tensors = graph.initializer.iter().chain(attributes).filter(|tensor| is_external(tensor.data_location));
    let wanted = tensors.filter_map(|tensor| Some((entry(&tensor.external_data, "location")?, &tensor.name)));
    let missing: Vec<_> = wanted.filter(|(location, _)| file_name(location, files).is_none()).collect();
    let Some((_, weight)) = missing.first() else { return Ok(()) };
    let names: BTreeSet<_> = missing.iter().map(|(location, _)| format!("'{location}'")).collect();
    let names: Vec<_> = names.into_iter().collect();
    Err(Error::new(
        ErrorKind::Model,
        format!(
            "the model keeps weights, such as '{weight}', in {} of its own: {}; open it together with the model",
            if names.len() == 1 { "a file" } else { "files" },
            names.join(", ")
        ),
    ))
}

/// Puts a tensor's data from a file into the tensor, and returns how many bytes they are; 0 if they are there already.
fn embed(tensor: &mut TensorProto, files: &dyn DataFiles) -> Result<usize> {
    if !is_external(tensor.data_location) {
        return Ok(0);
    }
    let bad = |what: String| Error::new(ErrorKind::Model, format!("the weight '{}' {what}", tensor.name));
    let location = entry(&tensor.external_data, "location").ok_or_else(|| bad("is in a file without a name".into()))?;
    let name =
        file_name(location, files).ok_or_else(|| bad(format!("is in the file '{location}', which is missing")))?;
    let len = files.len_of(name).unwrap_or_default();
    let number = |key: &str| -> Result<Option<usize>> {
        let parse = |text: &str| {
            text.parse()
                .map_err(|_| bad(format!("has the {key} '{text}' in the file '{location}', which is no number")))
        };
        entry(&tensor.external_data, key).map(parse).transpose()
    };
    let start = number("offset")?.unwrap_or(0);
    let end = number("length")?.map_or(Some(len.max(start)), |length| start.checked_add(length));
    let range = end.filter(|&end| end <= len).map(|end| start..end);
    let range = range.ok_or_else(|| {
        let length = entry(&tensor.external_data, "length").unwrap_or("0");
        bad(format!("is {length} bytes from byte {start} of the file '{location}', which has {len}"))
    })?;
    let data = files.read(name, range);
    tensor.external_data.clear();
    tensor.data_location = None;
    tensor.raw_data = data;
    Ok(tensor.raw_data.len())
}

/// The tensor in tract's form. Its data are used up.
fn load(tensor: &mut TensorProto) -> Result<Arc<TractTensor>> {
    let TensorProto { name, data_type, .. } = &*tensor;
    let data_type = DataType::try_from(*data_type).ok();
    if onnx::dtype_name(tensor.data_type) == "unknown" {
        let dtype = data_type.map_or("unknown", |data_type| data_type.as_str_name());
        return Err(Error::new(
            ErrorKind::UnsupportedModel,
            format!("the weight '{name}' is of the element type {dtype}, which the engine does not have"),
        ));
    }
    // tract looks for unsigned integers elsewhere than ONNX has them.
    let unsigned = std::mem::take(&mut tensor.uint64_data).into_iter();
    match data_type {
        Some(DataType::Uint32) => tensor.raw_data.extend(unsigned.flat_map(|value| (value as u32).to_le_bytes())),
        Some(DataType::Uint64) => tensor.raw_data.extend(unsigned.flat_map(u64::to_le_bytes)),
        _ => {}
    }
    let loaded = tract_onnx::tensor::load_tensor(&MmapDataResolver, tensor, None);
    tensor.raw_data = Vec::new();
    loaded.map(IntoArcTensor::into_arc_tensor).map_err(|error| {
        Error::new(ErrorKind::Model, format!("the weight '{}' cannot be read: {}", tensor.name, error.root_cause()))
    })
}

fn value_info(name: String, tensor: &TensorProto) -> ValueInfoProto {
    let dimension = |&size: &i64| tensor_shape_proto::Dimension {
        value: Some(tensor_shape_proto::dimension::Value::DimValue(size)),
        ..Default::default()
    };
    let shape = TensorShapeProto { dim: tensor.dims.iter().map(dimension).collect() };
    let kind = type_proto::Tensor { elem_type: tensor.data_type, shape: Some(shape) };
    let r#type = TypeProto { value: Some(type_proto::Value::TensorType(kind)), ..TypeProto::default() };
    ValueInfoProto { name, r#type: Some(r#type), ..ValueInfoProto::default() }
}
