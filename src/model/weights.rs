//! Weights: taken out of the file's graph, so that they are in memory once, and read from data files beside it.

use super::onnx;
use super::skeleton::{self, entry, is_external};
use super::source::{Source, append};
use crate::error::{Error, ErrorKind, Result};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;
use tract_onnx::data_resolver::MmapDataResolver;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, NodeProto, TensorProto, TypeProto, ValueInfoProto, type_proto};
use tract_onnx::prelude::{DatumType, IntoArcTensor, Tensor as TractTensor};

/// The files beside a model's that its weights are in, should it have put them there.
///
/// A location in the model is looked up as it is, then by what follows its last slash.
pub trait DataFiles {
    /// The file of that name; none if there is none.
    fn file(&self, name: &str) -> Option<Box<dyn Source + '_>>;
}

impl DataFiles for HashMap<String, Vec<u8>> {
    fn file(&self, name: &str) -> Option<Box<dyn Source + '_>> {
        let bytes: &[u8] = self.get(name)?;
        Some(Box::new(bytes))
    }
}

/// The locations of the data files that a model wants, as it names them, in alphabetical order. Weights in the model's
/// own file are passed over without being read.
///
/// # Errors
/// As [`ModelFile::read`](super::ModelFile::read)'s for bytes that are no model.
pub fn data_locations(model: &dyn Source) -> Result<Vec<String>> {
    let graph = onnx::read(model)?.graph.unwrap_or_default();
    let locations: BTreeSet<_> = external_tensors(&graph).map(|(location, _)| location).collect();
    Ok(locations.into_iter().map(str::to_owned).collect())
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
    /// operator Constant, which go with them. Large ones are still in the `model`'s file.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] naming the weight, and the file it is in, if that is missing or too short, or if there are
    /// more or fewer values than its shape says; [`ErrorKind::UnsupportedModel`] for an element type that the engine
    /// does not have.
    pub(super) fn take(graph: &mut GraphProto, model: &dyn Source, files: &dyn DataFiles) -> Result<Self> {
        check_files(graph, files)?;
        let mut weights = Self::default();
        for mut node in graph.node.extract_if(.., |node| is_constant(node)) {
            let tensor = node.attribute.pop().and_then(|attribute| attribute.t);
            let named = tensor.zip(node.output.pop()).map(|(tensor, name)| TensorProto { name, ..tensor });
            graph.initializer.extend(named);
        }
        for node in &mut graph.node {
            for tensor in node.attribute.iter_mut().filter_map(|attribute| attribute.t.as_mut()) {
                let Some(data) = Data::of(tensor, model, files)? else { continue };
                weights.external_bytes += data.external_bytes();
                data.embed(tensor);
            }
        }
        let names: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
        graph.input.retain(|input| !names.contains(input.name.as_str()));
        for mut tensor in graph.initializer.drain(..) {
            let data = Data::of(&tensor, model, files)?;
            weights.external_bytes += data.as_ref().map_or(0, Data::external_bytes);
            let weight = load(&mut tensor, data)?;
            let name = std::mem::take(&mut tensor.name);
            weights.tensors.insert(name, weight);
        }
        graph.input.extend(weights.inputs());
        Ok(weights)
    }

    /// Those that are called by one of `names`.
    pub(super) fn some(&self, names: &HashSet<String>) -> Self {
        let tensors = self.tensors.iter().filter(|(name, _)| names.contains(*name));
        Self { tensors: tensors.map(|(name, tensor)| (name.clone(), tensor.clone())).collect(), external_bytes: 0 }
    }

    pub(super) fn insert(&mut self, name: &str, tensor: Arc<TractTensor>) {
        self.tensors.insert(name.to_owned(), tensor);
    }

    /// Inputs of a graph for them.
    pub(super) fn inputs(&self) -> Vec<ValueInfoProto> {
        let mut names: Vec<_> = self.tensors.keys().collect();
        names.sort_unstable();
        names.into_iter().map(|name| input(name)).collect()
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

/// The weights that are in files beside the model's, and where these are.
fn external_tensors(graph: &GraphProto) -> impl Iterator<Item = (&str, &TensorProto)> {
    let attributes = graph.node.iter().flat_map(|node| &node.attribute).filter_map(|attribute| attribute.t.as_ref());
    let tensors = graph.initializer.iter().chain(attributes).filter(|tensor| is_external(tensor));
    let others = tensors.filter(|tensor| skeleton::own_data(tensor).is_none());
    others.filter_map(|tensor| Some((entry(tensor, "location")?, tensor)))
}

/// The file for a location.
fn file_at<'a>(location: &str, files: &'a dyn DataFiles) -> Option<Box<dyn Source + 'a>> {
    let base_name = location.rsplit(['/', '\\']).next()?;
    [location, base_name].into_iter().find_map(|name| files.file(name))
}

/// Every data file that the graph wants is there.
fn check_files(graph: &GraphProto, files: &dyn DataFiles) -> Result<()> {
    let missing: Vec<_> = external_tensors(graph).filter(|(location, _)| file_at(location, files).is_none()).collect();
    let Some((_, weight)) = missing.first() else { return Ok(()) };
    let names: BTreeSet<_> = missing.iter().map(|(location, _)| format!("'{location}'")).collect();
    let names: Vec<_> = names.into_iter().collect();
    Err(Error::new(
        ErrorKind::Model,
        format!(
            "the model keeps weights, such as '{}', in {} of its own: {}; open it together with the model",
            weight.name,
            if names.len() == 1 { "a file" } else { "files" },
            names.join(", ")
        ),
    ))
}

/// A weight's data, in a file.
enum Data<'a> {
    /// In the model's.
    Own(&'a dyn Source, Range<usize>),
    /// In one beside it.
    Beside(Box<dyn Source + 'a>, Range<usize>),
}

impl<'a> Data<'a> {
    /// Where a weight's data are; none if it has them in itself.
    fn of(tensor: &TensorProto, model: &'a dyn Source, files: &'a dyn DataFiles) -> Result<Option<Self>> {
        if !is_external(tensor) {
            return Ok(None);
        }
        let bad = |what: String| Error::new(ErrorKind::Model, format!("the weight '{}' {what}", tensor.name));
        if let Some(range) = skeleton::own_data(tensor) {
            let is_there = range.end <= model.len();
            return if is_there {
                Ok(Some(Self::Own(model, range)))
            } else {
                Err(bad(format!("ends at byte {} of the model, which has {}", range.end, model.len())))
            };
        }
        let location = entry(tensor, "location").ok_or_else(|| bad("is in a file without a name".into()))?;
        let file =
            file_at(location, files).ok_or_else(|| bad(format!("is in the file '{location}', which is missing")))?;
        let len = file.len();
        let number = |key: &str| -> Result<Option<usize>> {
            let parse = |text: &str| {
                text.parse()
                    .map_err(|_| bad(format!("has the {key} '{text}' in the file '{location}', which is no number")))
            };
            entry(tensor, key).map(parse).transpose()
        };
        let start = number("offset")?.unwrap_or(0);
        let end = number("length")?.map_or(Some(len.max(start)), |length| start.checked_add(length));
        let range = end.filter(|&end| end <= len).map(|end| start..end);
        let range = range.ok_or_else(|| {
            let length = entry(tensor, "length").unwrap_or("0");
            bad(format!("is {length} bytes from byte {start} of the file '{location}', which has {len}"))
        })?;
        Ok(Some(Self::Beside(file, range)))
    }

    fn place(&self) -> (&dyn Source, &Range<usize>) {
        match self {
            Self::Own(source, range) => (*source, range),
            Self::Beside(source, range) => (&**source, range),
        }
    }

    /// Bytes of a file beside the model's.
    fn external_bytes(&self) -> usize {
        match self {
            Self::Own(..) => 0,
            Self::Beside(_, range) => range.len(),
        }
    }

    /// Puts them into the tensor.
    fn embed(&self, tensor: &mut TensorProto) {
        let (source, range) = self.place();
        tensor.external_data.clear();
        tensor.data_location = None;
        tensor.raw_data = Vec::new();
        append(source, range.clone(), &mut tensor.raw_data);
    }

    /// A tensor of them, if it has as many bytes, all of which mean something.
    fn tensor(&self, dtype: DatumType, dims: &[i64]) -> Option<TractTensor> {
        let (source, range) = self.place();
        let shape = dims.iter().map(|&dim| usize::try_from(dim).ok()).collect::<Option<Vec<_>>>()?;
        let size = shape.iter().try_fold(dtype.size_of(), |size, &dim| size.checked_mul(dim))?;
        if size != range.len() || !(dtype.is_number() && dtype.is_copy()) {
            return None;
        }
        let mut tensor = TractTensor::zero_dt(dtype, &shape).ok()?;
        source.read(range.start, tensor.as_bytes_mut());
        Some(tensor)
    }
}

/// The tensor in tract's form. Its data are used up.
fn load(tensor: &mut TensorProto, data: Option<Data>) -> Result<Arc<TractTensor>> {
    let data_type = DataType::try_from(tensor.data_type).ok();
    if onnx::dtype_name(tensor.data_type) == "unknown" {
        let dtype = data_type.map_or("unknown", |data_type| data_type.as_str_name());
        return Err(Error::new(
            ErrorKind::UnsupportedModel,
            format!("the weight '{}' is of the element type {dtype}, which the engine does not have", tensor.name),
        ));
    }
    if let Some(data) = data {
        // Large ones are never twice in memory.
        let dtype = data_type.and_then(|data_type| DatumType::try_from(data_type).ok());
        if let Some(loaded) = dtype.and_then(|dtype| data.tensor(dtype, &tensor.dims)) {
            return Ok(loaded.into_arc_tensor());
        }
        data.embed(tensor);
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

/// An input that a weight takes the place of, whatever it is said to be.
fn input(name: &str) -> ValueInfoProto {
    let kind = type_proto::Tensor { elem_type: DataType::Float.into(), shape: None };
    let r#type = TypeProto { value: Some(type_proto::Value::TensorType(kind)), ..TypeProto::default() };
    ValueInfoProto { name: name.to_owned(), r#type: Some(r#type), ..ValueInfoProto::default() }
}
