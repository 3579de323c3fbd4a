//! Convolution of planes.

use crate::depthwise;
use crate::elements::are_finite;
use crate::im2col;
use crate::matrix::Rows;
use crate::phases::Phases;
use crate::winograd;

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
    pub(crate) fn is_point(&self) -> bool {
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
    method: Method,
}

#[derive(Debug)]
enum Method {
    /// The product of weights and windows.
    Im2col,
    Winograd,
    /// Groups are of one input plane each.
    Depthwise(Phases),
}

impl Convolution {
    /// A convolution of `channels` input planes to `bias.len()` output planes, in `groups`.
    #[must_use]
    pub fn new(mut window: Window, channels: usize, groups: usize, bias: Vec<f32>) -> Self {
        let method = if groups == channels && groups > 1 {
            Method::Depthwise(Phases::of(&window))
        } else if winograd::is_worthwhile(&window, channels / groups) {
            Method::Winograd
        } else {
            Method::Im2col
        };
        if window.is_point() && matches!(method, Method::Im2col) {
            // One long row is copied faster than many short ones.
            window.input = [1, window.input[0] * window.input[1]];
            window.output = window.input;
        }
        Self { window, channels, groups, bias, method }
    }

    /// Computes the output planes of any number of inputs. `weights` are in the order output plane, input plane of the group,
    /// row, column.
    ///
    /// # Panics
    /// If the number of weights does not fit, or `input` and `output` are not of the same number of them.
    pub fn run(&self, weights: &[f32], input: &[f32], output: &mut [f32]) {
        let depth = self.channels / self.groups * self.window.size[0] * self.window.size[1];
        assert_eq!(weights.len(), self.bias.len() * depth, "the weights of a convolution");
        let area = |[rows, columns]: [usize; 2]| rows * columns;
        let (input_size, output_size) =
            (self.channels * area(self.window.input), self.bias.len() * area(self.window.output));
        assert_eq!(input.len() / input_size, output.len() / output_size, "the batch of a convolution");
        for (input, output) in input.chunks_exact(input_size).zip(output.chunks_exact_mut(output_size)) {
            match &self.method {
                Method::Im2col => self.run_im2col(weights, input, output),
                Method::Winograd => {
                    for ((input, output, bias), weights) in self.by_group(input, output).zip(self.of_groups(weights)) {
                        winograd::run(&self.window, weights, bias, input, output);
                    }
                    // What is infinite or NaN, or grows so in between, spreads over a tile.
                    if !are_finite(output) {
                        self.run_im2col(weights, input, output);
                    }
                }
                Method::Depthwise(phases) => self.run_depthwise(phases, weights, input, output),
            }
        }
    }

    /// Input planes, output planes and biases of each group.
    fn by_group<'a>(
        &'a self,
        input: &'a [f32],
        output: &'a mut [f32],
    ) -> impl Iterator<Item = (&'a [f32], &'a mut [f32], &'a [f32])> {
        let planes = input.chunks_exact(input.len() / self.groups);
        let outputs = output.chunks_exact_mut(output.len() / self.groups);
        let biases = self.bias.chunks_exact(self.bias.len() / self.groups);
        planes.zip(outputs).zip(biases).map(|((planes, outputs), biases)| (planes, outputs, biases))
    }

    /// The weights of each group.
    fn of_groups<'a>(&self, weights: &'a [f32]) -> impl Iterator<Item = &'a [f32]> {
        weights.chunks_exact(weights.len() / self.groups)
    }

    fn run_im2col(&self, weights: &[f32], input: &[f32], output: &mut [f32]) {
        for ((input, output, bias), values) in self.by_group(input, output).zip(self.of_groups(weights)) {
            let rows = Rows { values, depth: values.len() / bias.len() };
            im2col::run(&self.window, rows, bias, input, output);
        }
    }

    fn run_depthwise(&self, phases: &Phases, weights: &[f32], input: &[f32], output: &mut [f32]) {
        let mut copy = phases.copy_of(0.0);
        let features = self.bias.len() / self.channels;
        let cells = self.window.size[0] * self.window.size[1];
        let planes = output.chunks_exact_mut(output.len() / self.bias.len());
        let parameters = weights.chunks_exact(cells).zip(&self.bias);
        for (feature, (output, (weights, &bias))) in planes.zip(parameters).enumerate() {
            let plane = input.chunks_exact(input.len() / self.channels).nth(feature / features).unwrap_or_default();
            depthwise::run(phases, weights, bias, plane, &mut copy, output);
        }
    }
}
