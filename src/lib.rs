//! Convscope shows what a convnet sees: it runs an ONNX convnet on a picture and draws every node's output.
//!
//! Data flow one way: a file becomes an [`Image`] or a [`Model`]; [`Preprocessing`] makes the input [`Tensor`] of the
//! one for the other; a [`Pass`] computes the model's nodes step by step; an activation's [`FeatureMaps`] are
//! normalised and coloured to a [`Rendering`]. A [`Scope`] holds these together.
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
