//! Inner loops over planes of float32: convolution, pooling, normalisation.
//!
//! Tensors are slices in the order batch, channel, row, column. The loops are written with vectors of four, which
//! WebAssembly has as instructions; elsewhere the compiler makes of them what the machine has.

#![forbid(unsafe_code)]

mod channels;
mod convolution;
mod dense;
mod depthwise;
mod im2col;
mod matrix;
mod pooling;
mod simd;
mod strides;
mod winograd;

pub use channels::{LocalResponseNorm, scale_and_shift};
pub use convolution::{Convolution, Window};
pub use dense::{WeightOrder, dense};
pub use pooling::max_pool;
