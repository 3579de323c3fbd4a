//! Convolution of planes.

use crate::im2col;
use crate::matrix::Panels;
use crate::winograd::Winograd;

/// How a window moves over planes. Pairs are of rows and columns.
#[derive(Clone, Debug)]
pub struct Window {
    /// Size of the window in cells.
    pub size: [usize; 2],
    /// Distance of two positions of the window.
    pub stride: [usize; 2],
    /// Distance of two cells of the window.
    pub dilation: [usize; 2],
    /// Rows and columns of padding above and left of the input.
    pub padding: [usize; 2],
    /// Size of an input plane.
    pub input: [usize; 2],
    /// Size of an output plane: windows may lie beyond the input, where it is padded.
    pub output: [usize; 2],
}

impl Window {
    /// Whether it has a single cell, which goes over the whole input cell by cell.
    fn is_point(&self) -> bool {
        self.size == [1, 1] && self.stride == [1, 1] && self.padding == [0, 0] && self.input == self.output
    }
}

/// A convolution with its weights in the order in which it reads them.
#[derive(Debug)]
pub struct Convolution {
    window: Window,
    channels: usize,
    bias: Vec<f32>,
    method: Method,
}

#[derive(Debug)]
enum Method {
    /// As the product of weights and windows, by group.
    Im2col(Vec<Panels>),
    /// And the weights as they were, for what it cannot compute.
    Winograd(Winograd, Vec<f32>),
}

impl Convolution {
    /// A convolution of `channels` input planes to `bias.len()` output planes, in `groups`.
    ///
    /// `weights` are in the order output plane, input plane of the group, row, column.
    ///
    /// # Panics
    /// If the number of weights does not fit.
    #[must_use]
    pub fn new(mut window: Window, channels: usize, groups: usize, weights: &[f32], bias: Vec<f32>) -> Self {
        let depth = channels / groups * window.size[0] * window.size[1];
        assert_eq!(weights.len(), bias.len() * depth, "the weights of a convolution");
        let method = if groups == 1 && Winograd::is_worthwhile(&window, channels, bias.len()) {
            Method::Winograd(Winograd::new(weights, channels, bias.len()), weights.to_vec())
        } else {
            let rows = bias.len() / groups;
            Method::Im2col(weights.chunks_exact(rows * depth).map(|rows| Panels::from_rows(rows, depth)).collect())
        };
        if window.is_point() {
            // One long row is copied faster than many short ones.
            window.input = [1, window.input[0] * window.input[1]];
            window.output = window.input;
        }
        Self { window, channels, bias, method }
    }

    /// Computes the output planes of any number of inputs.
    ///
    /// # Panics
    /// If `input` and `output` are not of the same number of them.
    pub fn run(&self, input: &[f32], output: &mut [f32]) {
        let area = |[rows, columns]: [usize; 2]| rows * columns;
        let (input_size, output_size) =
            (self.channels * area(self.window.input), self.bias.len() * area(self.window.output));
        assert_eq!(input.len() / input_size, output.len() / output_size, "the batch of a convolution");
        for (input, output) in input.chunks_exact(input_size).zip(output.chunks_exact_mut(output_size)) {
            match &self.method {
                Method::Winograd(winograd, weights) => {
                    winograd.run(&self.window, &self.bias, input, output);
                    // What is infinite or NaN, or grows so in between, spreads over a tile.
                    if !output.iter().all(|value| value.is_finite()) {
                        let weights = Panels::from_rows(weights, weights.len() / self.bias.len());
                        im2col::run(&self.window, &weights, &self.bias, input, output);
                    }
                }
                Method::Im2col(groups) => {
                    let count = groups.len();
                    let planes = input.chunks_exact(input_size / count);
                    let outputs = output.chunks_exact_mut(output_size / count);
                    let biases = self.bias.chunks_exact(self.bias.len() / count);
                    for (((weights, input), output), bias) in groups.iter().zip(planes).zip(outputs).zip(biases) {
                        im2col::run(&self.window, weights, bias, input, output);
                    }
                }
            }
        }
    }
}
