//! Inner loops over planes of float32: convolution, pooling, normalisation; from values to levels and colours; and over
//! pixels that are resampled.
//!
//! Tensors are slices in the order batch, channel, row, column. The loops are written with vectors of four, which
//! WebAssembly has as instructions; elsewhere the compiler makes of them what the machine has.

#![forbid(unsafe_code)]

mod channels;
mod convolution;
mod dense;
mod depthwise;
mod elements;
mod extremes;
mod im2col;
mod levels;
mod matrix;
mod moments;
mod phases;
mod pooling;
mod scratch;
mod simd;
mod strides;
mod taps;
mod winograd;

pub use channels::{LocalResponseNorm, add_finite, keep_larger_finite, scale_and_shift};
pub use convolution::{Convolution, Window};
pub use dense::{WeightOrder, dense};
pub use elements::{add, clamp};
pub use extremes::Extremes;
pub use levels::{
    Beyond, NON_FINITE, color, even_levels, extreme_levels, mean_levels, precise_standard_levels, standard_levels,
};
pub use moments::mean_and_deviation;
pub use pooling::{AveragePool, max_pool};
pub use taps::{FRACTION_BITS, Taps, weigh_pixels, weigh_rows};
