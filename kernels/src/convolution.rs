//! Convolution of planes.

use crate::im2col;
use crate::matrix::Rows;
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

/// A convolution, which reads its weights where they are.
#[derive(Debug)]
pub struct Convolution {
    window: Window,
    channels: usize,
    groups: usize,
    bias: Vec<f32>,
    /// If it is faster than the product of weights and windows.
    winograd: Option<Winograd>,
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
        let winograd = (groups == 1 && Winograd::is_worthwhile(&window, channels, bias.len()))
            .then(|| Winograd::new(weights, channels, bias.len()));
        if window.is_point() {
            // One long row is copied faster than many short ones.
            window.input = [1, window.input[0] * window.input[1]];
            window.output = window.input;
        }
        Self { window, channels, groups, bias, winograd }
    }

    /// Computes the output planes of any number of inputs, with the weights that it was made with.
    ///
    /// # Panics
    /// If `input` and `output` are not of the same number of them.
    pub fn run(&self, weights: &[f32], input: &[f32], output: &mut [f32]) {
        let area = |[rows, columns]: [usize; 2]| rows * columns;
        let (input_size, output_size) =
            (self.channels * area(self.window.input), self.bias.len() * area(self.window.output));
        assert_eq!(input.len() / input_size, output.len() / output_size, "the batch of a convolution");
        for (input, output) in input.chunks_exact(input_size).zip(output.chunks_exact_mut(output_size)) {
            if let Some(winograd) = &self.winograd {
                winograd.run(&self.window, &self.bias, input, output);
                // What is infinite or NaN, or grows so in between, spreads over a tile.
                if output.iter().all(|value| value.is_finite()) {
                    continue;
                }
            }
            let planes = input.chunks_exact(input_size / self.groups);
            let outputs = output.chunks_exact_mut(output_size / self.groups);
            let weights = weights.chunks_exact(weights.len() / self.groups);
            let biases = self.bias.chunks_exact(self.bias.len() / self.groups);
            for (((values, input), output), bias) in weights.zip(planes).zip(outputs).zip(biases) {
                let rows = Rows { values, depth: values.len() / bias.len() };
                im2col::run(&self.window, rows, bias, input, output);
            }
        }
    }
}
