//! Pooling of planes.

use crate::convolution::Window;
use crate::depthwise;
use crate::phases::{Phases, Reduction};
use crate::simd::{F32x4, LANES};
use crate::strides;
use std::array::from_fn;

/// Most cells of a window whose largest value is found at once.
const MOST_CELLS: usize = 9;

/// The largest value of each window, of any number of planes. Padding and NaN are passed over.
///
/// # Panics
/// If `input` and `output` are not of the same number of planes.
pub fn max_pool(window: &Window, input: &[f32], output: &mut [f32]) {
    if are_pairs(window) {
        return max_pool_pairs(window, input, output);
    }
    if window.size[0] * window.size[1] <= MOST_CELLS {
        return max_pool_at_once(window, input, output);
    }
    // Down, then across.
    let between = [window.output[0], window.input[1]];
    let mut largest = vec![0.0; input.len() / window.input[0] * window.output[0]];
    max_pool_at_once(&along(0, window, window.input, between), input, &mut largest);
    max_pool_at_once(&along(1, window, between, window.output), &largest, output);
}

/// A window that is as wide as another along one axis.
fn along(axis: usize, window: &Window, input: [usize; 2], output: [usize; 2]) -> Window {
    let or = |pair: [usize; 2], other| from_fn(|index| if index == axis { pair[index] } else { other });
    Window {
        size: or(window.size, 1),
        stride: or(window.stride, 1),
        dilation: or(window.dilation, 1),
        padding: or(window.padding, 0),
        input,
        output,
    }
}

fn max_pool_at_once(window: &Window, input: &[f32], output: &mut [f32]) {
    let phases = Phases::of(window);
    let mut copy = phases.copy_of(f32::NEG_INFINITY);
    for (plane, output) in planes(window, input, output) {
        phases.run(plane, &mut copy, f32::NEG_INFINITY, &Largest, output);
    }
}

/// Whether windows are of 2 x 2 and next to each other, the usual ones.
fn are_pairs(window: &Window) -> bool {
    let Window { size, stride, dilation, padding, input, output } = window;
    [size, stride] == [&[2, 2]; 2]
        && (dilation, padding) == (&[1, 1], &[0, 0])
        && input.iter().zip(output).all(|(input, output)| 2 * output <= *input)
}

/// [`max_pool`] of windows that [`are_pairs`], without a copy of the planes.
fn max_pool_pairs(window: &Window, input: &[f32], output: &mut [f32]) {
    let ([_, width], [_, count]) = (window.input, window.output);
    for (plane, output) in planes(window, input, output) {
        for (rows, output) in plane.chunks_exact(2 * width).zip(output.chunks_exact_mut(count)) {
            let (above, below) = rows.split_at(width);
            let (outputs, rest) = output.as_chunks_mut::<LANES>();
            let blocks = above.as_chunks::<{ 2 * LANES }>().0.iter().zip(below.as_chunks::<{ 2 * LANES }>().0);
            let first = 2 * LANES * outputs.len();
            for ((above, below), output) in blocks.zip(outputs) {
                let [a, b] = strides::unzip(above);
                let [c, d] = strides::unzip(below);
                let lowest = F32x4::splat(f32::NEG_INFINITY);
                *output = lowest.or_larger(a).or_larger(b).or_larger(c).or_larger(d).to_array();
            }
            let pairs = above[first..].as_chunks::<2>().0.iter().zip(below[first..].as_chunks::<2>().0);
            for ((above, below), output) in pairs.zip(rest) {
                let values = above.iter().chain(below);
                *output = values.fold(f32::NEG_INFINITY, |most, &value| if most < value { value } else { most });
            }
        }
    }
}

struct Largest;

impl Reduction for Largest {
    #[inline(always)]
    fn add<const VECTORS: usize>(&self, phases: &Phases, copy: &[f32], totals: &mut [F32x4; VECTORS]) {
        for &cell in &phases.cells {
            let values = &copy[cell..][..VECTORS * LANES];
            for (vector, total) in totals.iter_mut().enumerate() {
                *total = total.or_larger(F32x4::load(&values[vector * LANES..]));
            }
        }
    }
}

/// The mean of windows.
#[derive(Clone, Debug)]
pub struct AveragePool {
    /// How they move.
    pub window: Window,
    /// For each row of the output, in how many rows of the window cells count.
    pub rows: Vec<usize>,
    /// For each column of the output, in how many columns of the window cells count.
    pub columns: Vec<usize>,
}

impl AveragePool {
    /// The sum of each window over the number of its cells that count, of any number of planes. Padding is zero.
    ///
    /// # Panics
    /// If `input` and `output` are not of the same number of planes.
    pub fn run(&self, input: &[f32], output: &mut [f32]) {
        let Self { window, rows, columns } = self;
        let phases = Phases::of(window);
        let mut copy = phases.copy_of(0.0);
        let ones = vec![1.0; phases.cells.len()];
        for (plane, output) in planes(window, input, output) {
            depthwise::run(&phases, &ones, 0.0, plane, &mut copy, output);
            for (output, row) in output.chunks_exact_mut(columns.len()).zip(rows) {
                for (value, column) in output.iter_mut().zip(columns) {
                    *value /= (row * column) as f32;
                }
            }
        }
    }
}

/// Planes of the input, and of the output.
fn planes<'a>(
    window: &Window,
    input: &'a [f32],
    output: &'a mut [f32],
) -> impl Iterator<Item = (&'a [f32], &'a mut [f32])> {
    let [input_size, output_size] = [window.input, window.output].map(|[rows, columns]| rows * columns);
    assert_eq!(input.len() / input_size, output.len() / output_size, "the planes of a pooling");
    input.chunks_exact(input_size).zip(output.chunks_exact_mut(output_size))
}
