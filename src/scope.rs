//! A scope: a model, a picture, and the pass of the one over the other. It is what a page works with.

use crate::error::{Error, ErrorKind, Result};
use crate::feature_map::{ChannelAxis, FeatureMaps};
use crate::forward::Pass;
use crate::image::{Image, Resampling};
use crate::layer::{self, Layer};
use crate::manifest::Manifest;
use crate::model::{Model, ModelFile, ValueInfo};
use crate::npy::{self, NpzWriter};
use crate::prediction::Prediction;
use crate::preprocessing::{ChannelOrder, Fit, Layout, Preprocessing};
use crate::render::{self, RenderOptions, Rendering};
use crate::tensor::Tensor;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// A model, a picture, and the pass of the one over the other. What fails leaves it as it was.
#[derive(Default)]
pub struct Scope {
    opened: Option<Opened>,
    image: Option<Image>,
    pass: Option<Pass>,
}

struct Opened {
    /// Compiled for the manifest's or default sizes; a pass over tensors of others has a model of its own. None if inputs
    /// make shapes.
    model: Option<Arc<Model>>,
    /// None if the model is the same whatever it is given.
    file: Option<ModelFile>,
    /// The graph's inputs. Dimensions are none that the file leaves open.
    inputs: Vec<ValueInfo>,
    manifest: Option<Manifest>,
    /// None for a model that a picture alone does not feed.
    preprocessing: Option<Preprocessing>,
}

/// What there is to know of a model before a pass.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelInfo {
    /// The manifest's title, or the name under which the model was opened.
    pub title: String,
    /// Size of the file in bytes.
    pub bytes: usize,
    /// Its manifest.
    pub manifest: Option<Manifest>,
    /// The graph's inputs, weights excepted.
    pub inputs: Vec<ValueInfo>,
    /// The input that a picture feeds; none for a model that runs on raw tensors only.
    pub picture_input: Option<String>,
    /// Names of the graph's outputs.
    pub outputs: Vec<String>,
    /// Its nodes in graph order.
    pub nodes: Vec<NodeInfo>,
    /// The manifest's layers, or those that the graph suggests.
    pub layers: Vec<Layer>,
    /// Names of the nodes' outputs whose channels are last.
    pub channels_last: Vec<String>,
}

/// What there is to know of a node.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeInfo {
    /// ONNX's own name; that of the first output where it has none.
    pub name: String,
    /// ONNX's operator.
    pub op: String,
    /// Names of the values that it reads, weights excepted.
    pub inputs: Vec<String>,
    /// What it computes.
    pub outputs: Vec<ValueInfo>,
    /// Number of weights that it reads.
    pub parameters: usize,
    /// Time that the pass spent in it; none before it has run.
    pub milliseconds: Option<f64>,
}

/// What a step of a pass has done.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepReport {
    /// Whether every node has been computed.
    pub done: bool,
    /// The nodes that this step has computed, in order.
    pub computed: Vec<Computed>,
    /// Number of nodes computed so far.
    pub nodes_done: usize,
    /// Number of nodes in all.
    pub nodes_total: usize,
}

/// A node that has been computed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Computed {
    /// Its name.
    pub node: String,
    /// Its outputs, with the shapes that they have got.
    pub outputs: Vec<ValueInfo>,
    /// Time spent in it.
    pub milliseconds: f64,
}

fn nothing_opened() -> Error {
    Error::new(ErrorKind::Input, "no model has been opened")
}

fn no_pass() -> Error {
    Error::new(ErrorKind::Input, "nothing has been computed: open a model and a picture")
}

impl Scope {
    /// Opens a model. `name` is what it is called if the manifest, JSON, has no title. A pass under way is given up;
    /// the picture stays.
    ///
    /// # Errors
    /// As [`Manifest::from_json`]'s and [`Model::from_onnx`]'s, and [`ErrorKind::Manifest`] for a manifest that is
    /// about another model.
    pub fn open_model(&mut self, bytes: &[u8], name: &str, manifest: Option<&str>) -> Result<ModelInfo> {
        let manifest = manifest.map(Manifest::from_json).transpose()?;
        let file = ModelFile::read(bytes)?;
        let (outputs, declared, is_open) = (file.outputs().to_vec(), file.inputs(), file.is_open());
        let kept = is_open.then(|| file.clone());
        let model = if file.constant_inputs().is_empty() {
            let shapes =
                manifest.iter().map(|manifest| (manifest.input.name.clone(), manifest.input.shape())).collect();
            Some(file.compile(&shapes, &HashMap::new())?)
        } else {
            None
        };
        let inputs = model.as_ref().map_or(&declared[..], Model::inputs).to_vec();
        let layers = layers(model.as_ref(), &inputs, manifest.as_ref())?;
        let preprocessing = match (&manifest, &inputs[..]) {
            _ if model.is_none() => None,
            (Some(manifest), [_]) => Some(manifest.input.clone()),
            (None, [input]) => guess_preprocessing(input),
            // A picture alone does not feed them.
            (_, []) | (_, [_, _, ..]) => None,
        };
        let title = manifest.as_ref().and_then(|manifest| manifest.title.clone()).unwrap_or_else(|| name.to_owned());
        let info = ModelInfo {
            title,
            bytes: bytes.len(),
            manifest: manifest.clone(),
            inputs: inputs.clone(),
            picture_input: preprocessing.as_ref().map(|preprocessing| preprocessing.name.clone()),
            outputs,
            nodes: model.as_ref().map_or_else(Vec::new, |model| node_infos(model, None)),
            layers,
            channels_last: model.as_ref().map_or_else(Vec::new, channels_last),
        };
        self.opened = Some(Opened { model: model.map(Arc::new), file: kept, inputs, manifest, preprocessing });
        self.pass = None;
        Ok(info)
    }

    /// Opens a picture from the bytes of its file. It is computed by [`start_pass`](Self::start_pass).
    ///
    /// # Errors
    /// As [`Image::decode`]'s.
    pub fn open_image(&mut self, bytes: &[u8]) -> Result<()> {
        self.image = Some(Image::decode(bytes)?);
        Ok(())
    }

    /// Opens a picture from its pixels: `4 * width * height` bytes of RGBA.
    ///
    /// # Errors
    /// As [`Image::from_rgba`]'s.
    pub fn open_pixels(&mut self, rgba: &[u8], width: usize, height: usize) -> Result<()> {
        self.image = Some(Image::from_rgba(width, height, rgba)?);
        Ok(())
    }

    /// Starts a pass over the picture, giving up one under way.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is no model, no picture, or no input that takes a picture.
    pub fn start_pass(&mut self) -> Result<()> {
        let opened = self.opened()?;
        let preprocessing = opened.preprocessing()?;
        let tensor = preprocessing.apply(self.image()?)?;
        self.pass = Some(Pass::new(opened.model()?.clone(), HashMap::from([(preprocessing.name.clone(), tensor)]))?);
        Ok(())
    }

    /// Starts a pass over raw tensors by input name, giving up one under way.
    ///
    /// # Errors
    /// As [`Pass::new`]'s and [`ModelFile::compile`]'s, and [`ErrorKind::Input`] if there is no model.
    pub fn set_input(&mut self, mut tensors: HashMap<String, Tensor>) -> Result<()> {
        let opened = self.opened()?;
        let model = match &opened.file {
            None => opened.model()?.clone(),
            Some(file) => {
                let names = file.constant_inputs().iter();
                let constants = names.filter_map(|name| tensors.remove_entry(name)).collect();
                let shapes = tensors.iter().map(|(name, tensor)| (name.clone(), tensor.shape().to_vec())).collect();
                match &opened.model {
                    Some(model) if has_shapes(model, &shapes) => model.clone(),
                    _ => Arc::new(file.clone().compile(&shapes, &constants)?),
                }
            }
        };
        self.pass = Some(Pass::new(model, tensors)?);
        Ok(())
    }

    /// Computes nodes until `budget` milliseconds of the clock `now` are over, at least one.
    ///
    /// # Errors
    /// As [`Pass::step`]'s, and [`ErrorKind::Input`] if no pass has been started.
    pub fn step(&mut self, budget: f64, now: impl Fn() -> f64) -> Result<StepReport> {
        let pass = self.pass.as_mut().ok_or_else(no_pass)?;
        let end = now() + budget;
        let mut computed = Vec::new();
        while let Some(index) = pass.step(&now)? {
            let node = &pass.model().nodes()[index];
            let mut outputs = Vec::new();
            for outlet in node.outlets.clone() {
                let shape = pass.activation_shape(outlet)?.unwrap_or_default();
                let info = &pass.model().outlets()[outlet].info;
                outputs.push(ValueInfo { shape: shape.iter().map(|&dim| Some(dim)).collect(), ..info.clone() });
            }
            let milliseconds = pass.milliseconds().get(index).copied().unwrap_or_default();
            computed.push(Computed { node: node.name.clone(), outputs, milliseconds });
            if now() >= end {
                break;
            }
        }
        Ok(StepReport {
            done: pass.is_done(),
            computed,
            nodes_done: pass.milliseconds().len(),
            nodes_total: pass.model().nodes().len(),
        })
    }

    /// The model's inputs, weights excepted.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is no model.
    pub fn inputs(&self) -> Result<&[ValueInfo]> {
        Ok(&self.opened()?.inputs)
    }

    /// The model's nodes with the times of the last pass.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is no model.
    pub fn nodes(&self) -> Result<Vec<NodeInfo>> {
        let opened = self.opened()?;
        let model = self.pass.as_ref().map(Pass::model).or(opened.model.as_ref());
        Ok(model.map_or_else(Vec::new, |model| node_infos(model, self.pass.as_ref())))
    }

    /// What the network says; none without a manifest that tells how to read it.
    ///
    /// # Errors
    /// As [`Prediction::new`]'s and [`activation`](Self::activation)'s.
    pub fn prediction(&self) -> Result<Option<Prediction>> {
        let Some(manifest) = &self.opened()?.manifest else { return Ok(None) };
        let Some(how) = &manifest.prediction else { return Ok(None) };
        let activation = self.activation(&how.output)?;
        let values = FeatureMaps::from_tensor(&activation, ChannelAxis::First)?;
        Prediction::new(how.kind, values.values(), manifest).map(Some)
    }

    /// The tensor that the network gets for its first input, or for the one that takes the picture.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if no pass has been started.
    pub fn input(&self) -> Result<(&str, &Tensor)> {
        let pass = self.pass.as_ref().ok_or_else(no_pass)?;
        let picture_input = self.opened.as_ref().and_then(|opened| opened.preprocessing.as_ref());
        let named = pass.model().inputs().iter().map(|info| info.name.as_str()).zip(pass.inputs());
        let mut inputs = named.clone().filter(|(name, _)| picture_input.is_some_and(|input| input.name == *name));
        inputs.next().or_else(|| named.clone().next()).ok_or_else(no_pass)
    }

    /// The picture as the network sees it: fitted to its size, before its values are scaled.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is no model or picture, or no input that takes one.
    pub fn input_picture(&self) -> Result<Image> {
        self.opened()?.preprocessing()?.picture(self.image()?)
    }

    /// A copy of the activation named `output`.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is none of that name, or its node has not been computed yet.
    pub fn activation(&self, output: &str) -> Result<Tensor> {
        let model = self.current_model()?;
        let outlet = model.outlet_id(output)?;
        let pass = self.pass.as_ref().ok_or_else(no_pass)?;
        pass.activation(outlet)?
            .ok_or_else(|| Error::new(ErrorKind::Input, format!("the output '{output}' has not been computed yet")))
    }

    /// Draws the activation named `output`.
    ///
    /// # Errors
    /// As [`activation`](Self::activation)'s and [`render::render`]'s.
    pub fn draw(&self, output: &str, options: &RenderOptions) -> Result<Rendering> {
        let activation = self.activation(output)?;
        let model = self.current_model()?;
        let outlet = model.outlets().get(model.outlet_id(output)?);
        let channel_axis = outlet.map(|outlet| outlet.channel_axis).unwrap_or_default();
        render::render(&FeatureMaps::from_tensor(&activation, channel_axis)?, options)
    }

    /// The activation named `output` as a numpy file.
    ///
    /// # Errors
    /// As [`activation`](Self::activation)'s.
    pub fn npy(&self, output: &str) -> Result<Vec<u8>> {
        npy::write_npy(&self.activation(output)?)
    }

    /// Every activation, and the input tensors, as one numpy archive.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if the pass is not done; [`ErrorKind::TooLarge`] for more than an archive holds.
    pub fn npz(&self) -> Result<Vec<u8>> {
        let pass = self.pass.as_ref().ok_or_else(no_pass)?;
        let mut archive = NpzWriter::default();
        let mut npz = Vec::new();
        for (info, tensor) in pass.model().inputs().iter().zip(pass.inputs()) {
            npz.extend(archive.add(&info.name, tensor)?);
        }
        for outlet in pass.model().outlets() {
            npz.extend(archive.add(&outlet.info.name, &self.activation(&outlet.info.name)?)?);
        }
        npz.extend(archive.finish());
        Ok(npz)
    }

    /// The pass's model, or the one that a pass over the picture would have.
    fn current_model(&self) -> Result<&Arc<Model>> {
        match &self.pass {
            Some(pass) => Ok(pass.model()),
            None => self.opened()?.model(),
        }
    }

    fn opened(&self) -> Result<&Opened> {
        self.opened.as_ref().ok_or_else(nothing_opened)
    }

    fn image(&self) -> Result<&Image> {
        self.image.as_ref().ok_or_else(|| Error::new(ErrorKind::Input, "no picture has been opened"))
    }
}

impl Opened {
    fn model(&self) -> Result<&Arc<Model>> {
        self.model.as_ref().ok_or_else(|| {
            let names: Vec<_> = self.file.iter().flat_map(ModelFile::constant_inputs).map(String::as_str).collect();
            Error::new(
                ErrorKind::Input,
                format!("the model runs only on raw tensors: its shapes depend on the inputs {}", names.join(", ")),
            )
        })
    }

    fn preprocessing(&self) -> Result<&Preprocessing> {
        self.preprocessing.as_ref().ok_or_else(|| {
            Error::new(
                ErrorKind::Input,
                "none of the model's inputs looks like a picture; describe one in a manifest, or feed raw tensors",
            )
        })
    }
}

/// The manifest's layers, or those that the graph suggests; none before there is a model.
fn layers(model: Option<&Model>, inputs: &[ValueInfo], manifest: Option<&Manifest>) -> Result<Vec<Layer>> {
    if let Some(manifest) = manifest {
        let name = &manifest.input.name;
        if !inputs.iter().any(|info| info.name == *name) {
            let names: Vec<_> = inputs.iter().map(|info| info.name.as_str()).collect();
            return Err(Error::new(
                ErrorKind::Manifest,
                format!("the manifest names the input '{name}', but the model has: {}", names.join(", ")),
            ));
        }
    }
    let Some(model) = model else { return Ok(Vec::new()) };
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

/// Preprocessing for an input that no manifest describes, if its shape is a picture's: RGB or grey of 0 to 1, squashed.
fn guess_preprocessing(input: &ValueInfo) -> Option<Preprocessing> {
    let shape: Vec<usize> = input.shape.iter().copied().collect::<Option<_>>()?;
    let (layout, channels, height, width) = match shape[..] {
        [1, channels @ (1 | 3), height, width] => (Layout::Nchw, channels, height, width),
        [1, height, width, channels @ (1 | 3)] => (Layout::Nhwc, channels, height, width),
        _ => return None,
    };
    (input.dtype == "float32").then(|| Preprocessing {
        name: input.name.clone(),
        layout,
        width,
        height,
        fit: Fit::Squash,
        resampling: Resampling::Bilinear,
        channels: if channels == 1 { ChannelOrder::Grey } else { ChannelOrder::Rgb },
        scale: 1.0 / 255.0,
        mean: vec![0.0; channels],
        std: vec![1.0; channels],
    })
}

/// Whether a model's inputs are of these shapes, by name.
fn has_shapes(model: &Model, shapes: &HashMap<String, Vec<usize>>) -> bool {
    let has_shape = |info: &ValueInfo| {
        shapes.get(&info.name).is_some_and(|shape| shape.iter().map(|&dim| Some(dim)).eq(info.shape.iter().copied()))
    };
    model.inputs().iter().all(has_shape)
}

fn channels_last(model: &Model) -> Vec<String> {
    let last = model.outlets().iter().filter(|outlet| outlet.channel_axis == ChannelAxis::Last);
    last.map(|outlet| outlet.info.name.clone()).collect()
}

fn node_infos(model: &Model, pass: Option<&Pass>) -> Vec<NodeInfo> {
    let milliseconds = pass.map_or(&[][..], Pass::milliseconds);
    let info = |(index, node): (usize, &crate::model::Node)| NodeInfo {
        name: node.name.clone(),
        op: node.op.clone(),
        inputs: node.inputs.clone(),
        outputs: model.outlets()[node.outlets.clone()].iter().map(|outlet| outlet.info.clone()).collect(),
        parameters: node.parameters,
        milliseconds: milliseconds.get(index).copied(),
    };
    model.nodes().iter().enumerate().map(info).collect()
}
