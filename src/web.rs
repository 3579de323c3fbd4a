//! The engine as JavaScript sees it: [`Engine`], its tensors as typed arrays, its drawings on canvases.
//!
//! Descriptions cross as JSON text, bulk data as typed arrays. Errors are JavaScript `Error`s with a `code`.

mod files;
mod panic;
mod rest;
mod tensor;

use crate::error::{Error, ErrorKind};
use crate::image::{Crop, Image};
use crate::model::{self, ModelFile};
use crate::preprocessing::PictureArea;
use crate::receptive_field::Place;
use crate::render::{RenderOptions, Rendering};
use crate::scope::Scope;
use crate::summary;
use crate::tensor::{Tensor, TensorData};
use files::{JsFile, JsFiles};
use js_sys::{Object, Reflect, Uint8Array, Uint8ClampedArray};
use serde::Serialize;
use wasm_bindgen::Clamped;
use wasm_bindgen::prelude::*;
use web_sys::{ImageData, OffscreenCanvasRenderingContext2d};

pub use panic::last_panic;
pub use rest::load_rest;

/// A [`Scope`] for JavaScript. What fails leaves it as it was.
#[wasm_bindgen]
#[derive(Default)]
pub struct Engine {
    scope: Scope,
}

#[wasm_bindgen]
impl Engine {
    /// An engine with nothing opened. Panics go to the console from here on, and to `lastPanic`.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        panic::install_hook();
        Self::default()
    }

    /// Opens an ONNX model with the weights that it keeps in `files`, `{name: Uint8Array}`; see
    /// [`Scope::open_model_file`]. Returns `ModelInfo` as JSON.
    #[wasm_bindgen(js_name = openModel)]
    pub fn open_model(
        &mut self,
        bytes: Uint8Array,
        name: &str,
        manifest: Option<String>,
        files: &Object,
    ) -> Result<String, JsValue> {
        let file = ModelFile::read_source(&JsFile(bytes), &JsFiles(files)).map_err(js_error)?;
        json(&self.scope.open_model_file(file, name, manifest.as_deref()).map_err(js_error)?)
    }

    /// Changes how pictures become the input; see [`Scope::set_preprocessing`]. Returns `ModelInfo` as JSON.
    #[wasm_bindgen(js_name = setPreprocessing)]
    pub fn set_preprocessing(&mut self, fields: &str) -> Result<String, JsValue> {
        json(&self.scope.set_preprocessing(fields).map_err(js_error)?)
    }

    /// Names the classes of the answer; see [`Scope::set_labels`]. Returns `ModelInfo` as JSON.
    #[wasm_bindgen(js_name = setLabels)]
    pub fn set_labels(&mut self, text: Option<String>) -> Result<String, JsValue> {
        json(&self.scope.set_labels(text.as_deref()).map_err(js_error)?)
    }

    /// What is set, as a manifest: `Manifest` as JSON.
    pub fn manifest(&self) -> Result<String, JsValue> {
        json(&self.scope.manifest().map_err(js_error)?)
    }

    /// Opens a picture file, of which the network gets the `crop`, JSON, or all of it; see [`Scope::set_image`].
    #[wasm_bindgen(js_name = openImage)]
    pub fn open_image(&mut self, bytes: &[u8], crop: Option<String>) -> Result<(), JsValue> {
        let crop = read_crop(crop).map_err(js_error)?;
        Image::decode(bytes).and_then(|image| self.scope.set_image(image, crop)).map_err(js_error)
    }

    /// Opens a picture of `4 * width * height` bytes of RGBA in the same way.
    #[wasm_bindgen(js_name = openPixels)]
    pub fn open_pixels(
        &mut self,
        rgba: &[u8],
        width: usize,
        height: usize,
        crop: Option<String>,
    ) -> Result<(), JsValue> {
        let crop = read_crop(crop).map_err(js_error)?;
        Image::from_rgba(width, height, rgba).and_then(|image| self.scope.set_image(image, crop)).map_err(js_error)
    }

    /// Gives the network a part of the picture, JSON, or all of it; see [`Scope::set_crop`].
    #[wasm_bindgen(js_name = setCrop)]
    pub fn set_crop(&mut self, crop: Option<String>) -> Result<(), JsValue> {
        read_crop(crop).and_then(|crop| self.scope.set_crop(crop)).map_err(js_error)
    }

    /// Starts a pass over `{name: {shape, data}}`; see [`Scope::set_input`]. Returns `ModelInfo` as JSON if it has changed.
    #[wasm_bindgen(js_name = setInput)]
    pub fn set_input(&mut self, tensors: &Object) -> Result<Option<String>, JsValue> {
        let tensors = tensor::from_js(tensors, self.scope.inputs().map_err(js_error)?).map_err(js_error)?;
        self.scope.set_input(tensors).map_err(js_error)?.as_ref().map(json).transpose()
    }

    /// Starts a pass over the picture; see [`Scope::start_pass`].
    #[wasm_bindgen(js_name = startPass)]
    pub fn start_pass(&mut self) -> Result<(), JsValue> {
        self.scope.start_pass().map_err(js_error)
    }

    /// Computes nodes for `budget` milliseconds, at least one; see [`Scope::step`]. Returns `StepReport` as JSON.
    pub fn step(&mut self, budget: f64) -> Result<String, JsValue> {
        json(&self.scope.step(budget, now).map_err(js_error)?)
    }

    /// The model's inputs: `ValueInfo[]` as JSON.
    pub fn inputs(&self) -> Result<String, JsValue> {
        json(self.scope.inputs().map_err(js_error)?)
    }

    /// The model's nodes with the times of the last pass: `NodeInfo[]` as JSON.
    pub fn nodes(&self) -> Result<String, JsValue> {
        json(&self.scope.nodes().map_err(js_error)?)
    }

    /// The nodes that are folded away: `NodeInfo[]` as JSON; see [`Scope::folded_nodes`].
    #[wasm_bindgen(js_name = foldedNodes)]
    pub fn folded_nodes(&self) -> Result<String, JsValue> {
        json(&self.scope.folded_nodes().map_err(js_error)?)
    }

    /// What the network says: `Prediction` as JSON, or `null`.
    pub fn prediction(&self) -> Result<String, JsValue> {
        json(&self.scope.prediction().map_err(js_error)?)
    }

    /// The tensor that the network gets: `{name, shape, dtype, data}`.
    pub fn input(&self) -> Result<Object, JsValue> {
        let (name, input) = self.scope.input().map_err(js_error)?;
        let object = tensor::to_js(input)?;
        Reflect::set(&object, &"name".into(), &name.into())?;
        Ok(object)
    }

    /// The activation of an output: `{shape, dtype, data}`.
    pub fn activation(&self, output: &str) -> Result<Object, JsValue> {
        tensor::to_js(&self.scope.activation(output).map_err(js_error)?)
    }

    /// What a cell of an output sees: `Seen` as JSON, or `null`. Without a channel, of all channels.
    #[wasm_bindgen(js_name = receptiveField)]
    pub fn receptive_field(
        &self,
        output: &str,
        row: usize,
        column: usize,
        channel: Option<usize>,
    ) -> Result<String, JsValue> {
        json(&self.scope.receptive_field(output, Place { channel, row, column }).map_err(js_error)?)
    }

    /// Keeps the pass to compare later ones with; see [`Scope::keep_reference`].
    #[wasm_bindgen(js_name = keepReference)]
    pub fn keep_reference(&mut self) -> Result<(), JsValue> {
        self.scope.keep_reference().map_err(js_error)
    }

    /// Frees what was kept.
    #[wasm_bindgen(js_name = dropReference)]
    pub fn drop_reference(&mut self) {
        self.scope.drop_reference();
    }

    /// The feature maps of an output less the reference's: `{shape, dtype, data}` of 1 x channels x height x width.
    pub fn difference(&self, output: &str) -> Result<Object, JsValue> {
        let maps = self.scope.difference(output).map_err(js_error)?;
        let shape = vec![1, maps.channels(), maps.height(), maps.width()];
        tensor::to_js(&Tensor::new(shape, TensorData::F32(maps.values().to_vec())).map_err(js_error)?)
    }

    /// A cell of an output and the reference's: `ComparedCell` as JSON.
    #[wasm_bindgen(js_name = compareCell)]
    pub fn compare_cell(&self, output: &str, channel: usize, row: usize, column: usize) -> Result<String, JsValue> {
        json(&self.scope.compare_cell(output, (channel, row, column)).map_err(js_error)?)
    }

    /// The channels of an output, the one that differs most from the reference's first: `ChannelDifference[]` as JSON.
    #[wasm_bindgen(js_name = rankDifferences)]
    pub fn rank_differences(&self, output: &str) -> Result<String, JsValue> {
        json(&self.scope.rank_differences(output).map_err(js_error)?)
    }

    /// The statistics of each channel of an output: `Statistics[]` as JSON; see [`summary::statistics`].
    #[wasm_bindgen(js_name = channelStatistics)]
    pub fn channel_statistics(&self, output: &str) -> Result<String, JsValue> {
        json(&self.scope.summarize(output, |maps| Ok(summary::statistics(maps))).map_err(js_error)?)
    }

    /// How alike a channel and each of an output's are: `(number | null)[]` as JSON; see [`summary::similarities`].
    pub fn similarities(&self, output: &str, channel: usize) -> Result<String, JsValue> {
        json(&self.scope.summarize(output, |maps| summary::similarities(maps, channel)).map_err(js_error)?)
    }

    /// A channel's histogram: `Histogram` as JSON; see [`summary::histogram`].
    pub fn histogram(&self, output: &str, channel: usize, bins: usize) -> Result<String, JsValue> {
        json(&self.scope.summarize(output, |maps| summary::histogram(maps, channel, bins)).map_err(js_error)?)
    }

    /// Where an output's feature maps lie on the picture: `Rectangle` as JSON, or `null`; see [`Scope::map_area`].
    #[wasm_bindgen(js_name = mapArea)]
    pub fn map_area(&self, output: &str) -> Result<String, JsValue> {
        json(&self.scope.map_area(output).map_err(js_error)?)
    }

    /// Where each channel of an output fires most over a part of the picture: `Peak[]` as JSON, or `null`; see
    /// [`Scope::peaks`].
    pub fn peaks(&self, output: &str, top: f64, left: f64, bottom: f64, right: f64) -> Result<String, JsValue> {
        json(&self.scope.peaks(output, PictureArea { top, left, bottom, right }).map_err(js_error)?)
    }

    /// How a cell of an output got its value: `Cell` as an object, its windows with their values and weights.
    pub fn cell(&self, output: &str, channel: usize, row: usize, column: usize) -> Result<JsValue, JsValue> {
        tensor::cell_to_js(&self.scope.cell(output, channel, row, column).map_err(js_error)?)
    }

    /// The weights that make a channel of an output: `{shape, dtype, data}`.
    pub fn kernel(&self, output: &str, channel: usize) -> Result<Object, JsValue> {
        tensor::to_js(&self.scope.kernel(output, channel).map_err(js_error)?)
    }

    /// Draws an output: `{pixels: Uint8ClampedArray of RGBA, grid: Grid as JSON}`. Not an `ImageData`, which only browsers
    /// have.
    pub fn render(&self, output: &str, options: &str) -> Result<Object, JsValue> {
        let drawing = self.draw(output, options)?;
        let object = Object::new();
        Reflect::set(&object, &"pixels".into(), &Uint8ClampedArray::from(&drawing.rgba[..]))?;
        Reflect::set(&object, &"grid".into(), &json(&drawing)?.into())?;
        Ok(object)
    }

    /// Draws an output onto a context's canvas, which takes the drawing's size. Returns `Grid` as JSON.
    pub fn paint(
        &self,
        output: &str,
        options: &str,
        context: &OffscreenCanvasRenderingContext2d,
    ) -> Result<String, JsValue> {
        let drawing = self.draw(output, options)?;
        put(context, &drawing.rgba, drawing.width, drawing.height)?;
        json(&drawing)
    }

    /// Draws the picture as the network sees it onto a context's canvas, which takes its size.
    #[wasm_bindgen(js_name = paintInput)]
    pub fn paint_input(&self, context: &OffscreenCanvasRenderingContext2d) -> Result<(), JsValue> {
        let picture = self.scope.input_picture().map_err(js_error)?;
        put(context, &picture.to_rgba(), dimension(picture.width())?, dimension(picture.height())?)
    }

    /// An output drawn, as a PNG file.
    #[wasm_bindgen(js_name = exportPng)]
    pub fn export_png(&self, output: &str, options: &str) -> Result<Vec<u8>, JsValue> {
        self.draw(output, options)?.to_png().map_err(js_error)
    }

    /// An output as a numpy file.
    #[wasm_bindgen(js_name = exportNpy)]
    pub fn export_npy(&self, output: &str) -> Result<Vec<u8>, JsValue> {
        self.scope.npy(output).map_err(js_error)
    }

    /// Every output and the inputs as a numpy archive.
    #[wasm_bindgen(js_name = exportNpz)]
    pub fn export_npz(&self) -> Result<Vec<u8>, JsValue> {
        self.scope.npz().map_err(js_error)
    }

    fn draw(&self, output: &str, options: &str) -> Result<Rendering, JsValue> {
        let options = RenderOptions::from_json(options).map_err(js_error)?;
        self.scope.draw(output, &options).map_err(js_error)
    }
}

/// The locations of the data files that an ONNX model keeps weights in; see [`model::data_locations`].
#[wasm_bindgen(js_name = dataLocations)]
pub fn data_locations(bytes: Uint8Array) -> Result<Vec<String>, JsValue> {
    model::data_locations(&JsFile(bytes)).map_err(js_error)
}

/// The version of this engine.
#[wasm_bindgen]
#[must_use]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Milliseconds since the worker or page started.
fn now() -> f64 {
    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance)]
        fn now() -> f64;
    }
    now()
}

/// A JavaScript `Error` with the message and, as `code`, the kind's code.
fn js_error(error: Error) -> JsValue {
    let js_error = js_sys::Error::new(error.message());
    // Setting a property of a fresh object cannot fail.
    let _ = Reflect::set(&js_error, &"code".into(), &error.kind().code().into());
    js_error.into()
}

/// The `Crop` that JSON tells.
fn read_crop(json: Option<String>) -> Result<Option<Crop>, Error> {
    json.map(|json| serde_json::from_str(&json))
        .transpose()
        .map_err(|error| Error::new(ErrorKind::Input, format!("no part of a picture: {error}")))
}

fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, JsValue> {
    serde_json::to_string(value).map_err(|error| js_error(Error::new(ErrorKind::Internal, error.to_string())))
}

fn dimension(size: usize) -> Result<u32, JsValue> {
    size.try_into().map_err(|_| js_error(Error::new(ErrorKind::TooLarge, format!("{size} pixels are too many"))))
}

/// Gives the context's canvas the size `width` x `height`, and the picture of `rgba`.
fn put(context: &OffscreenCanvasRenderingContext2d, rgba: &[u8], width: u32, height: u32) -> Result<(), JsValue> {
    let canvas = context.canvas();
    // Setting a size takes new memory for the canvas, even if it is the one that it has.
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    // A view of `rgba`, good for this call only.
    let image = ImageData::new_with_u8_clamped_array_and_sh(Clamped(rgba), width, height)?;
    context.put_image_data(&image, 0.0, 0.0)
}
