//! Convscope shows what a convnet sees: it runs an ONNX convnet on a picture and draws every node's output.
//!
//! Data flow one way: a file becomes an [`Image`] or a [`Model`]; [`Preprocessing`] makes the input [`Tensor`] of the
//! one for the other; a [`Pass`] computes the model's nodes step by step; an activation's [`FeatureMaps`] are
//! normalised and coloured to a [`Rendering`]. A [`Scope`] holds these together:
//!
//! ```
//! use convscope::{RenderOptions, Scope};
//! # use std::fs;
//!
//! let mut scope = Scope::default();
//! let manifest = fs::read_to_string("models/digits.json")?;
//! scope.open_model(&fs::read("models/digits.onnx")?, "digits", Some(&manifest))?;
//! scope.open_image(&fs::read("www/samples/koala.jpg")?)?;
//! scope.start_pass()?;
//! scope.step(f64::INFINITY, || 0.0)?;
//!
//! let drawing = scope.draw("conv1", &RenderOptions::default())?;
//! let png = drawing.to_png()?;
//! # assert!(png.starts_with(b"\x89PNG"));
//! # assert!(drawing.channels > 1 && drawing.tile_width == 28);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The parts can be had one by one, for a program that keeps a model and runs it in its own way:
//!
//! ```
//! use convscope::{FeatureMaps, Image, Manifest, Model, Pass, RenderOptions, Tensor, render};
//! use std::collections::HashMap;
//! use std::fs;
//! use std::sync::Arc;
//!
//! let model = Arc::new(Model::from_onnx(&fs::read("models/digits.onnx")?)?);
//! let preprocessing = Manifest::from_json(&fs::read_to_string("models/digits.json")?)?.input;
//! let input = preprocessing.apply(&Image::decode(&fs::read("www/samples/koala.jpg")?)?)?;
//!
//! let mut pass = Pass::new(model.clone(), HashMap::from([(preprocessing.name, input)]))?;
//! while let Some(node) = pass.step(|| 0.0)? {
//!     println!("{}: {}", model.nodes()[node].op, model.nodes()[node].name);
//! }
//!
//! let outlet = model.outlet_id("conv1")?;
//! let activation: Tensor = pass.activation(outlet)?.expect("the pass is done");
//! let maps = FeatureMaps::from_tensor(&activation, model.outlets()[outlet].channel_axis)?;
//! let drawing = render::render(&maps, &RenderOptions::default())?;
//! # assert_eq!(drawing.channels, maps.channels());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every fallible function returns this crate's [`Error`], whose [`ErrorKind`] says whose fault it is. `examples/grid.rs`
//! is a program that draws a layer from the command line.
//!
//! # Vocabulary
//! - **node**: one operation; **outlet**: a node's output slot
//! - **activation**: an outlet's tensor for one input
//! - **channel**: an index into an activation; **feature map**: one channel's plane of height x width values
//! - **layer**: what a person sees as one, such as a convolution with the activation function after it

#![forbid(unsafe_code)]

pub mod arithmetic;
pub mod colormap;
pub mod comparison;
mod dependence;
pub mod error;
pub mod feature_map;
pub mod forward;
pub mod guess;
pub mod image;
pub mod labels;
pub mod layer;
mod literal;
pub mod manifest;
pub mod model;
pub mod normalization;
pub mod npy;
pub mod prediction;
pub mod preprocessing;
pub mod preset;
pub mod receptive_field;
pub mod render;
pub mod scope;
pub mod summary;
pub mod tensor;
#[cfg(target_arch = "wasm32")]
pub mod web;

pub use crate::image::Image;
pub use colormap::Colormap;
pub use error::{Error, ErrorKind, Result};
pub use feature_map::{ChannelAxis, FeatureMaps};
pub use forward::Pass;
pub use manifest::Manifest;
pub use model::Model;
pub use preprocessing::Preprocessing;
pub use preset::Preset;
pub use render::{RenderOptions, Rendering, View};
pub use scope::Scope;
pub use tensor::{Tensor, TensorData};

/// Tests the example in README.md.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
