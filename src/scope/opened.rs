//! A model that is open: what it is compiled for, and how it is read.

use super::{ModelInfo, NodeInfo, OtherInput, Reading};
use crate::error::{Error, ErrorKind, Result};
use crate::feature_map::ChannelAxis;
use crate::forward::Pass;
use crate::guess::{self, Source, Sourced};
use crate::image::Image;
use crate::layer::{self, Layer};
use crate::manifest::{self, Manifest, PredictionKind};
use crate::model::{Clues, Model, ModelFile, ValueInfo};
use crate::preprocessing::Preprocessing;
use crate::preset::Preset;
use crate::receptive_field;
use crate::tensor::Tensor;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::Arc;

/// Why something is as the manifest has it.
const IN_MANIFEST: &str = "The manifest says so.";

/// A model that is open.
pub(super) struct Opened {
    title: String,
    bytes: usize,
    /// Names of the graph's outputs.
    outputs: Vec<String>,
    /// Compiled for the preprocessing's or default sizes; a pass over tensors of others has a model of its own. None as long
    /// as an input that makes shapes has no value.
    pub(super) model: Option<Arc<Model>>,
    /// The values that the model is compiled for.
    pub(super) constants: HashMap<String, Tensor>,
    /// None if the model is the same whatever it is given.
    pub(super) file: Option<ModelFile>,
    /// The nodes that are folded away; none if there are none.
    folded: Option<ModelFile>,
    /// What they compute, once somebody has asked.
    folded_pass: OnceCell<Pass>,
    /// Tensors that have been given for inputs beside the picture's.
    pub(super) beside: HashMap<String, Tensor>,
    /// The graph's inputs. Dimensions are none that the file leaves open.
    pub(super) inputs: Vec<ValueInfo>,
    clues: Clues,
    /// The dimensions of the input that a picture feeds, as the file gives them.
    picture_shape: Option<Vec<Option<usize>>>,
    pub(super) manifest: Option<Manifest>,
    layers: Vec<Layer>,
    pub(super) reading: Reading,
    /// The reading before anybody changed it.
    pub(super) original: Reading,
}

impl Opened {
    /// Opens a model file. `name` is what it is called if the manifest has no title.
    ///
    /// # Errors
    /// As [`ModelFile::compile`]'s, and [`ErrorKind::Manifest`] for a manifest that is about another model.
    pub(super) fn new(file: ModelFile, name: &str, manifest: Option<Manifest>) -> Result<Self> {
        let (inputs, clues) = (file.inputs(), file.clues().clone());
        let told = manifest.as_ref().map(|manifest| &manifest.input);
        let preprocessing = match told {
            Some(input) => Some(Sourced::new(input.clone(), Source::Manifest, IN_MANIFEST)),
            None => guess_picture_input(&inputs, &clues),
        };
        let picture_input = preprocessing.as_ref().map(|preprocessing| &preprocessing.value.name);
        let mut opened = Self {
            title: manifest.as_ref().and_then(|manifest| manifest.title.clone()).unwrap_or_else(|| name.to_owned()),
            bytes: file.bytes(),
            outputs: file.outputs().to_vec(),
            model: None,
            constants: HashMap::new(),
            file: file.is_open().then(|| file.clone()),
            folded: file.folded(),
            folded_pass: OnceCell::new(),
            beside: HashMap::new(),
            picture_shape: inputs.iter().find(|info| Some(&info.name) == picture_input).map(|info| info.shape.clone()),
            inputs,
            clues,
            manifest,
            layers: Vec::new(),
            original: Reading::default(),
            reading: Reading {
                preset: preprocessing.as_ref().and_then(|preprocessing| Preset::of(&preprocessing.value)),
                preprocessing,
                ..Reading::default()
            },
        };
        if file.constant_inputs().is_empty() {
            let model = file.compile(&opened.shapes(&HashMap::new()), &HashMap::new())?;
            opened.folded = opened.folded.map(|folded| folded.given_constants_of(&model));
            opened.adopt(Arc::new(model), HashMap::new())?;
        } else {
            check_input(&opened.inputs, opened.manifest.as_ref())?;
            opened.original = opened.reading.clone();
        }
        Ok(opened)
    }

    /// Takes a model, compiled for `constants`, for the picture's.
    ///
    /// # Errors
    /// [`ErrorKind::Manifest`] if the manifest is about another model.
    pub(super) fn adopt(&mut self, model: Arc<Model>, constants: HashMap<String, Tensor>) -> Result<()> {
        if self.model.as_ref().is_some_and(|current| Arc::ptr_eq(current, &model)) {
            return Ok(());
        }
        check_input(&self.inputs, self.manifest.as_ref())?;
        self.layers = layers(&model, self.manifest.as_ref())?;
        for info in &mut self.inputs {
            if let Some(sized) = model.inputs().iter().find(|sized| sized.name == info.name) {
                *info = sized.clone();
            }
        }
        if self.model.is_none() {
            self.read_answer(&model);
            self.original = self.reading.clone();
        }
        (self.model, self.constants) = (Some(model), constants);
        Ok(())
    }

    /// Compiles the model for what the preprocessing has become. What fails leaves it as it was.
    ///
    /// # Errors
    /// As [`ModelFile::compile`]'s.
    pub(super) fn compile_anew(&mut self) -> Result<()> {
        if self.model.is_none() {
            return Ok(());
        }
        let mut tensors = self.constants.clone();
        tensors.extend(self.beside.clone());
        let (model, constants) = self.model_for(&tensors)?;
        self.adopt(model, constants)
    }

    /// Finds out what the model's answer means.
    fn read_answer(&mut self, model: &Model) {
        let (prediction, told) = match &self.manifest {
            Some(manifest) => {
                let sourced = |how| Sourced::new(how, Source::Manifest, IN_MANIFEST);
                (manifest.prediction.clone().map(sourced), Some(&manifest.labels))
            }
            None => (guess::prediction(model, &self.outputs), None),
        };
        let classes = prediction.as_ref().and_then(|how| class_count(model, &how.value));
        let labels = match told {
            Some(labels) if labels.is_empty() => None,
            Some(labels) => Some(Sourced::new(labels.clone(), Source::Manifest, IN_MANIFEST)),
            None => classes.and_then(|classes| guess::labels(&self.clues, classes)),
        };
        self.reading = Reading { prediction, classes, labels, ..self.reading.clone() };
    }

    /// The model that runs on `tensors`, and on a picture if they leave its input out: the one that there is, or one compiled
    /// for them. Beside it, the constants that it is compiled for.
    ///
    /// # Errors
    /// As [`ModelFile::compile`]'s.
    pub(super) fn model_for(&self, tensors: &HashMap<String, Tensor>) -> Result<(Arc<Model>, HashMap<String, Tensor>)> {
        let Some(file) = &self.file else { return Ok((self.model()?.clone(), HashMap::new())) };
        let is_constant = |name: &String| file.constant_inputs().contains(name);
        let constants = tensors.iter().filter(|(name, _)| is_constant(name));
        let constants: HashMap<_, _> = constants.map(|(name, tensor)| (name.clone(), tensor.clone())).collect();
        let shapes = self.shapes(tensors);
        match &self.model {
            Some(model) if constants == self.constants && has_shapes(model, &shapes) => Ok((model.clone(), constants)),
            _ => Ok((Arc::new(file.clone().compile(&shapes, &constants)?), constants)),
        }
    }

    /// The shapes of inputs: those of `tensors`, and the picture's if they leave it out.
    fn shapes(&self, tensors: &HashMap<String, Tensor>) -> HashMap<String, Vec<usize>> {
        let picture = self.reading.preprocessing.iter().map(|told| (told.value.name.clone(), told.value.shape()));
        picture.chain(tensors.iter().map(|(name, tensor)| (name.clone(), tensor.shape().to_vec()))).collect()
    }

    /// A pass over a picture, with `beside` for other inputs and zeros for the rest.
    ///
    /// # Errors
    /// As [`Pass::new`]'s, and [`ErrorKind::Input`] if no input takes a picture, or another that no tensor has been given
    /// for has no size.
    pub(super) fn picture_pass(
        &self,
        model: Arc<Model>,
        beside: &HashMap<String, Tensor>,
        image: &Image,
    ) -> Result<Pass> {
        let preprocessing = self.preprocessing()?;
        let mut tensors = HashMap::new();
        for info in model.inputs() {
            let tensor = match beside.get(&info.name) {
                _ if info.name == preprocessing.name => preprocessing.apply_as(info.dtype, image)?,
                Some(tensor) => tensor.clone(),
                None => {
                    let shape = info.shape.iter().copied().collect::<Option<_>>();
                    let shape = shape.ok_or_else(|| missing(info))?;
                    Tensor::zeros(shape, info.dtype)?
                }
            };
            tensors.insert(info.name.clone(), tensor);
        }
        Pass::new(model, tensors)
    }

    /// What the nodes that are folded away compute; none if there are none.
    ///
    /// # Errors
    /// As [`ModelFile::compile`]'s and [`Pass::step`]'s.
    pub(super) fn folded(&self) -> Result<Option<&Pass>> {
        let Some(file) = &self.folded else { return Ok(None) };
        if self.folded_pass.get().is_none() {
            let model = Arc::new(file.clone().compile(&HashMap::new(), &HashMap::new())?);
            let mut pass = Pass::new(model, HashMap::new())?;
            while pass.step(|| 0.0)?.is_some() {}
            return Ok(Some(self.folded_pass.get_or_init(|| pass)));
        }
        Ok(self.folded_pass.get())
    }

    /// Whether a folded node computes `output`.
    pub(super) fn is_folded(&self, output: &str) -> bool {
        self.folded.as_ref().is_some_and(|file| file.outputs().iter().any(|name| name == output))
    }

    pub(super) fn model(&self) -> Result<&Arc<Model>> {
        self.model.as_ref().ok_or_else(|| {
            let names: Vec<_> = self.file.iter().flat_map(ModelFile::constant_inputs).map(String::as_str).collect();
            Error::new(
                ErrorKind::Input,
                format!(
                    "the model's shapes depend on inputs that no tensors have been given for: {}",
                    names.join(", ")
                ),
            )
        })
    }

    fn other_inputs(&self) -> Vec<OtherInput> {
        let picture_input = self.preprocessing().ok().map(|preprocessing| &preprocessing.name);
        let constant = self.file.as_ref().map_or(&[][..], ModelFile::constant_inputs);
        let others = self.inputs.iter().filter(|info| picture_input != Some(&info.name));
        let other = |info: &ValueInfo| OtherInput {
            info: info.clone(),
            is_given: self.beside.contains_key(&info.name),
            is_required: picture_input.is_none() || constant.contains(&info.name),
        };
        others.map(other).collect()
    }

    pub(super) fn info(&self) -> ModelInfo {
        let preprocessing = self.reading.preprocessing.as_ref();
        ModelInfo {
            title: self.title.clone(),
            bytes: self.bytes,
            manifest: self.manifest.clone(),
            inputs: self.inputs.clone(),
            picture_input: preprocessing.map(|preprocessing| preprocessing.value.name.clone()),
            picture_shape: self.picture_shape.clone(),
            other_inputs: self.other_inputs(),
            reading: self.reading.clone(),
            outputs: self.outputs.clone(),
            nodes: self.model.as_deref().map_or_else(Vec::new, |model| node_infos(model, self.seen_input(model), None)),
            layers: self.layers.clone(),
            channels_last: self.model.as_deref().map_or_else(Vec::new, channels_last),
            folded: self.folded.as_ref().map_or_else(Vec::new, |file| file.outputs().to_vec()),
        }
    }

    /// The input that cells are said to see: the picture's, or the first.
    pub(super) fn seen_input<'a>(&self, model: &'a Model) -> Option<&'a ValueInfo> {
        let picture_input = self.preprocessing().ok().map(|preprocessing| &preprocessing.name);
        let is_pictures = |info: &&ValueInfo| picture_input == Some(&info.name);
        model.inputs().iter().find(is_pictures).or(model.inputs().first())
    }

    pub(super) fn preprocessing(&self) -> Result<&Preprocessing> {
        self.reading.preprocessing.as_ref().map(|preprocessing| &preprocessing.value).ok_or_else(|| {
            Error::new(
                ErrorKind::Input,
                "none of the model's inputs looks like a picture; describe one in a manifest, or feed raw tensors",
            )
        })
    }
}

/// Preprocessing for the first input that looks like a picture; none if none does.
fn guess_picture_input(inputs: &[ValueInfo], clues: &Clues) -> Option<Sourced<Preprocessing>> {
    let (first, others) = inputs.split_first()?;
    guess::preprocessing(first, clues).or_else(|| {
        // These clues are about the first input.
        let clues = Clues { channel_axis: None, start: None, ..clues.clone() };
        others.iter().find_map(|input| guess::preprocessing(input, &clues))
    })
}

/// The error for an input that nothing feeds.
pub(super) fn missing(info: &ValueInfo) -> Error {
    Error::new(ErrorKind::Input, format!("the input '{}' ({}) is missing", info.name, info.dtype))
}

/// The input that the manifest describes is one of `inputs`.
fn check_input(inputs: &[ValueInfo], manifest: Option<&Manifest>) -> Result<()> {
    match manifest {
        Some(Manifest { input: Preprocessing { name, .. }, .. }) if inputs.iter().all(|info| info.name != *name) => {
            let names: Vec<_> = inputs.iter().map(|info| info.name.as_str()).collect();
            Err(Error::new(
                ErrorKind::Manifest,
                format!("the manifest names the input '{name}', but the model has: {}", names.join(", ")),
            ))
        }
        _ => Ok(()),
    }
}

/// The manifest's layers, or those that the graph suggests.
fn layers(model: &Model, manifest: Option<&Manifest>) -> Result<Vec<Layer>> {
    let Some(manifest) = manifest else { return Ok(layer::suggested(model)) };
    if let Some(how) = &manifest.prediction
        && model.outlet_id(&how.output).is_err()
    {
        return Err(Error::new(
            ErrorKind::Manifest,
            format!("the manifest reads the prediction from '{}', but no node computes it", how.output),
        ));
    }
    if manifest.layers.is_empty() { Ok(layer::suggested(model)) } else { layer::named(model, &manifest.layers) }
}

/// How many classes an answer tells apart; none if only a pass determines its size.
fn class_count(model: &Model, how: &manifest::Prediction) -> Option<usize> {
    let outlet = model.outlets().get(model.outlet_id(&how.output).ok()?)?;
    let len = outlet.info.shape.iter().try_fold(1usize, |len, size| len.checked_mul((*size)?))?;
    Some(if how.kind == PredictionKind::Sigmoid { 2 } else { len })
}

/// Whether those of a model's inputs that are in `shapes` are of these shapes.
fn has_shapes(model: &Model, shapes: &HashMap<String, Vec<usize>>) -> bool {
    let has_shape = |info: &ValueInfo| {
        shapes.get(&info.name).is_none_or(|shape| shape.iter().map(|&dim| Some(dim)).eq(info.shape.iter().copied()))
    };
    model.inputs().iter().all(has_shape)
}

fn channels_last(model: &Model) -> Vec<String> {
    let last = model.outlets().iter().filter(|outlet| outlet.channel_axis == ChannelAxis::Last);
    last.map(|outlet| outlet.info.name.clone()).collect()
}

pub(super) fn node_infos(model: &Model, seen_input: Option<&ValueInfo>, pass: Option<&Pass>) -> Vec<NodeInfo> {
    let milliseconds = pass.map_or(&[][..], Pass::milliseconds);
    let fields = seen_input.map_or_else(Vec::new, |input| receptive_field::receptive_fields(model, &input.name));
    let info = |(index, node): (usize, &crate::model::Node)| NodeInfo {
        name: node.name.clone(),
        op: node.op.clone(),
        inputs: node.inputs.clone(),
        outputs: model.outlets()[node.outlets.clone()].iter().map(|outlet| outlet.info.clone()).collect(),
        parameters: node.parameters,
        milliseconds: milliseconds.get(index).copied(),
        receptive_field: fields.get(node.outlets.start).copied().flatten(),
    };
    model.nodes().iter().enumerate().map(info).collect()
}
