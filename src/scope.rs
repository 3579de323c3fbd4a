//! A scope: a model, a picture, and the pass of the one over the other. It is what a page works with.

mod opened;

use crate::arithmetic::{self, Cell};
use crate::comparison::{self, ChannelDifference, ComparedCell};
use crate::error::{Error, ErrorKind, Result};
use crate::feature_map::{ChannelAxis, FeatureMaps, Planes};
use crate::forward::Pass;
use crate::guess::{Source, Sourced};
use crate::image::{Crop, Image};
use crate::labels;
use crate::layer::Layer;
use crate::manifest::{self, Manifest};
use crate::model::{Model, ModelFile, ValueInfo};
use crate::npy::{self, NpzWriter};
use crate::prediction::Prediction;
use crate::preprocessing::{PictureArea, Preprocessing};
use crate::preset::Preset;
use crate::receptive_field::{self, Place, ReceptiveField, ReceptiveFields};
use crate::render::{self, RenderOptions, Rendering, Subject};
use crate::summary::{self, Peak};
use crate::tensor::Tensor;
use opened::{Opened, node_infos};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// A model, a picture, and the pass of the one over the other. What fails leaves it as it was.
#[derive(Default)]
pub struct Scope {
    opened: Option<Opened>,
    image: Option<Image>,
    /// The part of the picture that is its place; all of it if there is none.
    crop: Option<Crop>,
    pass: Option<Pass>,
    /// Its model may be another.
    reference: Option<Pass>,
}

/// How a picture is made the model's input, and what its answer means.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Reading {
    /// None for a model that a picture alone does not feed.
    pub preprocessing: Option<Sourced<Preprocessing>>,
    /// The preset that the preprocessing follows.
    pub preset: Option<Preset>,
    /// None if the answer cannot be read.
    pub prediction: Option<Sourced<manifest::Prediction>>,
    /// How many classes the answer tells apart; none if that is not known before a pass.
    pub classes: Option<usize>,
    /// None if classes have numbers only.
    pub labels: Option<Sourced<Vec<String>>>,
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
    /// Its dimensions as the file gives them; none for one that can be chosen.
    pub picture_shape: Option<Vec<Option<usize>>>,
    /// How a picture is made its input, and what its answer means.
    pub reading: Reading,
    /// Names of the graph's outputs.
    pub outputs: Vec<String>,
    /// Its nodes in graph order.
    pub nodes: Vec<NodeInfo>,
    /// The manifest's layers, or those that the graph suggests.
    pub layers: Vec<Layer>,
    /// Names of the nodes' outputs whose channels are last.
    pub channels_last: Vec<String>,
    /// Inputs beside the one that a picture feeds.
    pub other_inputs: Vec<OtherInput>,
    /// Names of the outputs of nodes that are folded away, because weights alone determine them.
    pub folded: Vec<String>,
}

/// An input beside the picture's, and what feeds it: a tensor that has been given, or else zeros.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OtherInput {
    /// Its name, element type and shape.
    #[serde(flatten)]
    pub info: ValueInfo,
    /// Whether a tensor has been given.
    pub is_given: bool,
    /// Whether there is no pass without one.
    pub is_required: bool,
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
    /// What the cells of its first output see of the input, if that is alike but for their places.
    #[serde(rename = "receptiveField")]
    pub receptive_field: Option<ReceptiveFields>,
}

/// What a cell sees.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Seen {
    /// The input that it sees: the picture's, or the first.
    pub input: String,
    /// Of that input's rows and columns.
    #[serde(flatten)]
    pub field: ReceptiveField,
    /// Of the picture that is open; none if there is none, or it is not the input's size that counts.
    pub picture: Option<PictureArea>,
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

fn no_picture() -> Error {
    Error::new(ErrorKind::Input, "no picture has been opened")
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
        self.open_model_file(ModelFile::read(bytes, &HashMap::new())?, name, manifest)
    }

    /// Opens a model that has been read, with its weights in files of their own or without; see
    /// [`open_model`](Self::open_model).
    ///
    /// # Errors
    /// As [`open_model`](Self::open_model)'s.
    pub fn open_model_file(&mut self, file: ModelFile, name: &str, manifest: Option<&str>) -> Result<ModelInfo> {
        let manifest = manifest.map(Manifest::from_json).transpose()?;
        let opened = Opened::new(file, name, manifest)?;
        let info = opened.info();
        self.opened = Some(opened);
        self.pass = None;
        Ok(info)
    }

    /// Changes how pictures become the input: `fields` is an object of those of [`Preprocessing`]'s fields that change,
    /// and perhaps a `preset`; or `null` for what it was when the model was opened. Size and layout can change where the
    /// model leaves them open. It takes effect with [`start_pass`](Self::start_pass).
    ///
    /// # Errors
    /// As [`Preprocessing::with`]'s and [`ModelFile::compile`]'s; [`ErrorKind::Input`] if there is no model, no input
    /// that takes a picture, or a shape that does not fit it.
    pub fn set_preprocessing(&mut self, fields: &str) -> Result<ModelInfo> {
        let opened = self.opened.as_mut().ok_or_else(nothing_opened)?;
        let current = opened.preprocessing()?;
        let original = opened.original.preprocessing.as_ref().filter(|original| original.value.name == current.name);
        let preprocessing = if fields.trim() == "null" {
            original.cloned()
        } else {
            let value = current.with(fields)?;
            if value.name != current.name {
                return Err(Error::new(
                    ErrorKind::Input,
                    format!("input.name is '{}', not '{}'", current.name, value.name),
                ));
            }
            let by_hand = || Sourced::new(value.clone(), Source::Person, "It was set by hand.");
            Some(original.filter(|original| original.value == value).cloned().unwrap_or_else(by_hand))
        };
        if let Some(Sourced { value, .. }) = &preprocessing
            && value.shape() != current.shape()
        {
            if opened.file.is_none() {
                return Err(Error::new(
                    ErrorKind::Input,
                    format!("the input '{}' is of shape {:?}, not {:?}", value.name, current.shape(), value.shape()),
                ));
            }
            let before = std::mem::replace(&mut opened.reading.preprocessing, preprocessing.clone());
            if let Err(error) = opened.compile_anew() {
                opened.reading.preprocessing = before;
                return Err(error);
            }
        }
        opened.reading.preset = preprocessing.as_ref().and_then(|preprocessing| Preset::of(&preprocessing.value));
        opened.reading.preprocessing = preprocessing;
        Ok(opened.info())
    }

    /// Names the classes of the answer: `text` is what [`labels::parse`] reads. None names them as when the model was
    /// opened.
    ///
    /// # Errors
    /// As [`labels::parse`]'s and [`labels::fit`]'s; [`ErrorKind::Input`] if there is no model, or none whose answer can be
    /// read.
    pub fn set_labels(&mut self, text: Option<&str>) -> Result<ModelInfo> {
        let opened = self.opened.as_mut().ok_or_else(nothing_opened)?;
        opened.reading.labels = match text {
            None => opened.original.labels.clone(),
            Some(text) => {
                let labels = labels::parse(text)?;
                let classes = opened.reading.classes.ok_or_else(|| {
                    Error::new(
                        ErrorKind::Input,
                        "the model has no answer that labels could name: a vector of one value a class",
                    )
                })?;
                Some(Sourced::new(labels::fit(labels, classes)?, Source::Person, "They were given by hand."))
            }
        };
        Ok(opened.info())
    }

    /// A manifest that says of the model what is set.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is no model, or no input that takes a picture.
    pub fn manifest(&self) -> Result<Manifest> {
        let opened = self.opened()?;
        let Reading { prediction, labels, .. } = opened.reading.clone();
        let input = opened.preprocessing()?.clone();
        let manifest = opened.manifest.clone().unwrap_or_else(|| Manifest::new(input.clone()));
        Ok(Manifest {
            input,
            prediction: prediction.map(|prediction| prediction.value),
            labels: labels.map_or_else(Vec::new, |labels| labels.value),
            ..manifest
        })
    }

    /// Opens a picture from the bytes of its file. It is computed by [`start_pass`](Self::start_pass).
    ///
    /// # Errors
    /// As [`Image::decode`]'s.
    pub fn open_image(&mut self, bytes: &[u8]) -> Result<()> {
        self.set_image(Image::decode(bytes)?, None)
    }

    /// Opens a picture from its pixels: `4 * width * height` bytes of RGBA.
    ///
    /// # Errors
    /// As [`Image::from_rgba`]'s.
    pub fn open_pixels(&mut self, rgba: &[u8], width: usize, height: usize) -> Result<()> {
        self.set_image(Image::from_rgba(width, height, rgba)?, None)
    }

    /// Opens a picture, of which the network gets the `crop`, or all of it.
    ///
    /// # Errors
    /// As [`Image::crop`]'s.
    pub fn set_image(&mut self, image: Image, crop: Option<Crop>) -> Result<()> {
        framed(Some(&image), crop)?;
        (self.image, self.crop) = (Some(image), crop);
        Ok(())
    }

    /// Gives the network a part of the picture that is open, or all of it. It takes effect with
    /// [`start_pass`](Self::start_pass); what cells see is told in pixels of the whole picture as before.
    ///
    /// # Errors
    /// As [`Image::crop`]'s, and [`ErrorKind::Input`] if there is no picture.
    pub fn set_crop(&mut self, crop: Option<Crop>) -> Result<()> {
        framed(self.image.as_ref(), crop)?;
        self.crop = crop;
        Ok(())
    }

    /// Starts a pass over the picture, giving up one under way.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is no model, no picture, or no input that takes a picture.
    pub fn start_pass(&mut self) -> Result<()> {
        let opened = self.opened.as_mut().ok_or_else(nothing_opened)?;
        opened.preprocessing()?;
        let image = framed(self.image.as_ref(), self.crop)?;
        let (model, constants) = opened.model_for(&opened.beside)?;
        let pass = opened.picture_pass(model.clone(), &opened.beside, &image)?;
        opened.adopt(model, constants)?;
        self.pass = Some(pass);
        Ok(())
    }

    /// Starts a pass over tensors by input name, giving up one under way.
    ///
    /// Tensors that leave out the input that takes a picture are used beside the picture from here on, then and whenever a
    /// pass over a picture starts; without one, inputs beside the picture's are zero. Returns what there is to know of the
    /// model if that has changed.
    ///
    /// # Errors
    /// As [`Pass::new`]'s and [`ModelFile::compile`]'s, and [`ErrorKind::Input`] if there is no model.
    pub fn set_input(&mut self, tensors: HashMap<String, Tensor>) -> Result<Option<ModelInfo>> {
        let opened = self.opened.as_mut().ok_or_else(nothing_opened)?;
        let mut beside = opened.beside.clone();
        beside.extend(tensors);
        if let Some(name) = beside.keys().find(|name| opened.inputs.iter().all(|info| info.name != **name)) {
            return Err(Error::new(ErrorKind::Input, format!("the model has no input named '{name}'")));
        }
        let is_picture = |info: &&ValueInfo| opened.preprocessing().is_ok_and(|input| input.name == info.name);
        let picture = opened.inputs.iter().find(is_picture).filter(|info| !beside.contains_key(&info.name));
        let (model, constants) = opened.model_for(&beside)?;
        match picture {
            Some(info) if !beside.is_empty() => {
                let image = self.image.as_ref().ok_or_else(|| opened::missing(info))?;
                let image = framed(Some(image), self.crop)?;
                let pass = opened.picture_pass(model.clone(), &beside, &image)?;
                opened.adopt(model, constants)?;
                (opened.beside, self.pass) = (beside, Some(pass));
                Ok(Some(opened.info()))
            }
            _ => {
                beside.retain(|name, _| !constants.contains_key(name));
                self.pass = Some(Pass::new(model.clone(), beside)?);
                if opened.model.is_some() && (picture.is_some() || constants.is_empty()) {
                    return Ok(None);
                }
                opened.adopt(model, constants)?;
                Ok(Some(opened.info()))
            }
        }
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
        Ok(model.map_or_else(Vec::new, |model| node_infos(model, opened.seen_input(model), self.pass.as_ref())))
    }

    /// The nodes that are folded away, because weights alone determine them.
    ///
    /// # Errors
    /// As [`activation`](Self::activation)'s.
    pub fn folded_nodes(&self) -> Result<Vec<NodeInfo>> {
        let pass = self.opened()?.folded()?;
        Ok(pass.map_or_else(Vec::new, |pass| node_infos(pass.model(), None, None)))
    }

    /// What the network says; none if its answer cannot be read.
    ///
    /// # Errors
    /// As [`Prediction::new`]'s and [`activation`](Self::activation)'s.
    pub fn prediction(&self) -> Result<Option<Prediction>> {
        let Reading { prediction: Some(Sourced { value: how, .. }), labels, .. } = &self.opened()?.reading else {
            return Ok(None);
        };
        let activation = self.activation(&how.output)?;
        let values = FeatureMaps::from_tensor(&activation, ChannelAxis::First)?;
        let labels = labels.as_ref().map_or(&[][..], |labels| &labels.value);
        Prediction::new(how.kind, values.values(), labels).map(Some)
    }

    /// The tensor that the network gets for its first input, or for the one that takes the picture.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if no pass has been started.
    pub fn input(&self) -> Result<(&str, &Tensor)> {
        let pass = self.pass.as_ref().ok_or_else(no_pass)?;
        let picture_input = self.opened.as_ref().and_then(|opened| opened.preprocessing().ok());
        let named = pass.model().inputs().iter().map(|info| info.name.as_str()).zip(pass.inputs());
        let mut inputs = named.clone().filter(|(name, _)| picture_input.is_some_and(|input| input.name == *name));
        inputs.next().or_else(|| named.clone().next()).ok_or_else(no_pass)
    }

    /// The picture as the network sees it: fitted to its size, before its values are scaled.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is no model or picture, or no input that takes one.
    pub fn input_picture(&self) -> Result<Image> {
        self.opened()?.preprocessing()?.picture(&*framed(self.image.as_ref(), self.crop)?)
    }

    /// A copy of the activation named `output`.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is none of that name, or its node has not been computed yet.
    pub fn activation(&self, output: &str) -> Result<Tensor> {
        let (pass, outlet) = self.place(output)?;
        pass.activation(outlet)?
            .ok_or_else(|| Error::new(ErrorKind::Input, format!("the output '{output}' has not been computed yet")))
    }

    /// What the cell at `place` of the activation named `output` sees; none if it sees nothing of the input.
    ///
    /// # Errors
    /// As [`receptive_field::receptive_field`]'s, and [`ErrorKind::Input`] if there is no model.
    pub fn receptive_field(&self, output: &str, place: Place) -> Result<Option<Seen>> {
        let (model, opened) = (self.current_model()?, self.opened()?);
        let Some(input) = opened.seen_input(model) else { return Ok(None) };
        let field = receptive_field::receptive_field(model, model.outlet_id(output)?, place, &input.name)?;
        let picture = |field| {
            let Framing { preprocessing, size, corner } = self.framing(input)?;
            Some(preprocessing.shown(size, field)?.moved(corner))
        };
        Ok(field.map(|field| Seen { input: input.name.clone(), field, picture: picture(field) }))
    }

    /// Where the feature maps of an output lie on the picture, of which they may stick out: see
    /// [`ReceptiveFields::map_area`]. None where cells do not see the same but for their places, or one upside down.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if there is no model, or no output of that name.
    pub fn map_area(&self, output: &str) -> Result<Option<PictureArea>> {
        let (model, opened) = (self.current_model()?, self.opened()?);
        let outlet = model.outlet_id(output)?;
        let area = || {
            let input = opened.seen_input(model)?;
            let Framing { preprocessing, size, corner } = self.framing(input)?;
            let fields = receptive_field::receptive_fields(model, &input.name).get(outlet).copied().flatten()?;
            let shape = model.shape(output)?;
            let Planes { row, column, .. } = Planes::of(shape.len(), model.channel_axis(output));
            let map_area = fields.map_area(*shape.get(row?)?, *shape.get(column?)?);
            (fields.stride_y > 0 && fields.stride_x > 0).then(|| preprocessing.under(size, map_area).moved(corner))
        };
        Ok(area())
    }

    /// Where each channel of an output fires most over a part of the picture that is open, the strongest channel first: see
    /// [`summary::peaks`]. Of the cells, which lie as [`map_area`](Self::map_area) says, those count whose middle is in the
    /// `part`, at least the one nearest to its middle. None where `map_area` is.
    ///
    /// # Errors
    /// As [`activation`](Self::activation)'s, and [`ErrorKind::Input`] for a part that is none.
    pub fn peaks(&self, output: &str, part: PictureArea) -> Result<Option<Vec<Peak>>> {
        let PictureArea { top, left, bottom, right } = part;
        if !([top, left, bottom, right].iter().all(|side| side.is_finite()) && top <= bottom && left <= right) {
            return Err(Error::new(
                ErrorKind::Input,
                format!("rows {top} to {bottom} and columns {left} to {right} are no part of a picture"),
            ));
        }
        let Some(map) = self.map_area(output)? else { return Ok(None) };
        let peaks = self.summarize(output, |maps| {
            let rows = cells_within([top, bottom], [map.top, map.bottom], maps.height());
            let columns = cells_within([left, right], [map.left, map.right], maps.width());
            Ok(summary::peaks(maps, rows, columns))
        })?;
        Ok(Some(peaks))
    }

    /// How the cell at a place of the activation named `output` got its value.
    ///
    /// # Errors
    /// As [`arithmetic::cell`]'s, and [`ErrorKind::Input`] if there is no pass.
    pub fn cell(&self, output: &str, channel: usize, row: usize, column: usize) -> Result<Cell> {
        let pass = self.pass.as_ref().ok_or_else(no_pass)?;
        arithmetic::cell(pass, pass.model().outlet_id(output)?, channel, row, column)
    }

    /// The weights that make a channel of the activation named `output`.
    ///
    /// # Errors
    /// As [`arithmetic::kernel`]'s, and [`ErrorKind::Input`] if there is no model.
    pub fn kernel(&self, output: &str, channel: usize) -> Result<Tensor> {
        let model = self.current_model()?;
        arithmetic::kernel(model, model.outlet_id(output)?, channel)
    }

    /// Keeps the pass, which is done, as the reference that later ones are compared with: over another picture, or of
    /// another model. It takes the place of an earlier one. Its activations stay in memory beside a later pass's, both of at
    /// most [`MAX_ACTIVATION_BYTES`](crate::model::MAX_ACTIVATION_BYTES).
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if no pass is done.
    pub fn keep_reference(&mut self) -> Result<()> {
        let pass = self.pass.as_ref().filter(|pass| pass.is_done()).ok_or_else(no_pass)?;
        self.reference = Some(pass.clone());
        Ok(())
    }

    /// Frees the reference.
    pub fn drop_reference(&mut self) {
        self.reference = None;
    }

    /// The feature maps of an output less the reference's; see [`comparison::difference`].
    ///
    /// # Errors
    /// As [`activation`](Self::activation)'s; [`ErrorKind::Input`] if there is no reference, or its output of that name is
    /// of another size, or missing.
    pub fn difference(&self, output: &str) -> Result<FeatureMaps<'static>> {
        self.compare(output, comparison::difference)
    }

    /// The channels of an output, the one that differs most from the reference's first; see [`comparison::rank`].
    ///
    /// # Errors
    /// As [`difference`](Self::difference)'s.
    pub fn rank_differences(&self, output: &str) -> Result<Vec<ChannelDifference>> {
        self.compare(output, comparison::rank)
    }

    /// A cell of an output, by channel, row and column, and the reference's; see [`comparison::cell`].
    ///
    /// # Errors
    /// As [`difference`](Self::difference)'s, and [`ErrorKind::Input`] if there is no such cell.
    pub fn compare_cell(&self, output: &str, place: (usize, usize, usize)) -> Result<ComparedCell> {
        self.compare(output, |present, reference| comparison::cell(present, reference, place))
    }

    /// Draws the activation named `output`, or how it compares with the reference's.
    ///
    /// # Errors
    /// As [`activation`](Self::activation)'s and [`render::render`]'s, and for comparisons [`difference`](Self::difference)'s.
    pub fn draw(&self, output: &str, options: &RenderOptions) -> Result<Rendering> {
        match options.of {
            Subject::Present => self.summarize(output, |maps| render::render(maps, options)),
            Subject::Mean => self.summarize(output, |maps| render::render(&summary::mean(maps)?, options)),
            Subject::Maximum => self.summarize(output, |maps| render::render(&summary::maximum(maps)?, options)),
            Subject::Components => {
                self.summarize(output, |maps| render::render_components(&summary::components(maps)?, options))
            }
            Subject::Difference => render::render(&self.difference(output)?, options),
            Subject::Pair => render::render(&self.compare(output, comparison::pair)?, options),
        }
    }

    /// What `summary` says of the feature maps of the activation named `output`.
    ///
    /// # Errors
    /// As [`activation`](Self::activation)'s, [`FeatureMaps::from_tensor`]'s and the summary's.
    pub fn summarize<T>(&self, output: &str, summary: impl FnOnce(&FeatureMaps<'_>) -> Result<T>) -> Result<T> {
        let activation = self.activation(output)?;
        summary(&feature_maps(self.place(output)?.0.model(), output, &activation)?)
    }

    /// The activation named `output` as a numpy file.
    ///
    /// # Errors
    /// As [`activation`](Self::activation)'s.
    pub fn npy(&self, output: &str) -> Result<Vec<u8>> {
        npy::write_npy(&self.activation(output)?)
    }

    /// Every activation, and the tensors of all inputs, as one numpy archive.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if the pass is not done; [`ErrorKind::TooLarge`] for more than an archive holds.
    pub fn npz(&self) -> Result<Vec<u8>> {
        let pass = self.pass.as_ref().ok_or_else(no_pass)?;
        let mut archive = NpzWriter::default();
        let mut npz = Vec::new();
        let fed = pass.model().inputs().iter().map(|info| &info.name).zip(pass.inputs());
        for (name, tensor) in fed.chain(&self.opened()?.constants) {
            npz.extend(archive.add(name, tensor)?);
        }
        for outlet in pass.model().outlets() {
            npz.extend(archive.add(&outlet.info.name, &self.activation(&outlet.info.name)?)?);
        }
        npz.extend(archive.finish());
        Ok(npz)
    }

    /// How the picture that is open becomes `input`; none if it does not.
    fn framing(&self, input: &ValueInfo) -> Option<Framing<'_>> {
        let preprocessing = self.opened.as_ref()?.preprocessing().ok()?;
        let is_shape = preprocessing.shape().into_iter().map(Some).eq(input.shape.iter().copied());
        let image = self.image.as_ref()?;
        let whole = Crop { top: 0, left: 0, bottom: image.height(), right: image.width() };
        let Crop { top, left, bottom, right } = self.crop.unwrap_or(whole);
        is_shape.then_some(Framing { preprocessing, size: (right - left, bottom - top), corner: (left, top) })
    }

    /// Where the activation named `output` is: a pass, and the outlet's index in its model.
    fn place(&self, output: &str) -> Result<(&Pass, usize)> {
        let opened = self.opened()?;
        if opened.is_folded(output)
            && let Some(pass) = opened.folded()?
        {
            return Ok((pass, pass.model().outlet_id(output)?));
        }
        let outlet = self.current_model()?.outlet_id(output)?;
        Ok((self.pass.as_ref().ok_or_else(no_pass)?, outlet))
    }

    /// What `compare` makes of an output's feature maps and the reference's.
    fn compare<T>(&self, output: &str, compare: impl Fn(&FeatureMaps<'_>, &FeatureMaps<'_>) -> Result<T>) -> Result<T> {
        let present = self.activation(output)?;
        let pass = self.reference.as_ref().ok_or_else(|| {
            Error::new(ErrorKind::Input, "there is nothing to compare with: no pass has been kept as the reference")
        })?;
        let missing = |_| Error::new(ErrorKind::Input, format!("the reference has no output named '{output}'"));
        let outlet = pass.model().outlet_id(output).map_err(missing)?;
        let reference = pass.activation(outlet)?.ok_or_else(no_pass)?;
        let present = feature_maps(self.current_model()?, output, &present)?;
        let reference = feature_maps(pass.model(), output, &reference)?;
        compare(&present, &reference)
            .map_err(|error| Error::new(error.kind(), format!("the output '{output}': {}", error.message())))
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
}

/// How a part of a picture becomes an input.
struct Framing<'a> {
    preprocessing: &'a Preprocessing,
    /// Width and height of the part.
    size: (usize, usize),
    /// Its left and top in the whole picture.
    corner: (usize, usize),
}

/// The picture that the network gets, of an `image` that is open.
fn framed(image: Option<&Image>, crop: Option<Crop>) -> Result<Cow<'_, Image>> {
    let image = image.ok_or_else(no_picture)?;
    crop.map_or(Ok(Cow::Borrowed(image)), |crop| image.crop(crop).map(Cow::Owned))
}

/// Which of `count` cells, side by side over `map`, have their middle in `part`; at least the one nearest to its middle.
fn cells_within(part: [f64; 2], map: [f64; 2], count: usize) -> Range<usize> {
    let size = (map[1] - map[0]) / count as f64;
    // In cells, from the middle of the first; what is below zero becomes it.
    let [start, end] = part.map(|side| (side - map[0]) / size - 0.5);
    let (first, last) = (start.ceil() as usize, end.floor());
    if last >= 0.0 && first <= last as usize && first < count {
        first..(last as usize + 1).min(count)
    } else {
        let nearest = (((start + end) / 2.0).round() as usize).min(count - 1);
        nearest..nearest + 1
    }
}

/// The feature maps of a model's activation.
fn feature_maps<'a>(model: &Model, output: &str, activation: &'a Tensor) -> Result<FeatureMaps<'a>> {
    FeatureMaps::from_tensor(activation, model.channel_axis(output))
}
