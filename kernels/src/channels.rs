//! What is computed with one value a channel, or across channels.

/// Sets each output to `scale * input + shift` with the scale and shift of its channel; `input` and `output` have planes of
/// `area` cells, of all channels in turn.
pub fn scale_and_shift(input: &[f32], scale: &[f32], shift: &[f32], area: usize, output: &mut [f32]) {
    let parameters = scale.iter().zip(shift).cycle();
    for ((input, output), (&scale, &shift)) in
        input.chunks_exact(area).zip(output.chunks_exact_mut(area)).zip(parameters)
    {
        for (input, output) in input.iter().zip(output) {
            *output = scale * input + shift;
        }
    }
}

/// Adds each finite value of a plane to the sum of its cell, and counts it there.
pub fn add_finite(plane: &[f32], sums: &mut [f64], counts: &mut [f64]) {
    for ((sum, count), &value) in sums.iter_mut().zip(counts).zip(plane) {
        let is_finite = value.abs() < f32::INFINITY;
        *sum += if is_finite { f64::from(value) } else { 0.0 };
        *count += if is_finite { 1.0 } else { 0.0 };
    }
}

/// Puts each finite value of a plane in the place of a smaller one, or of NaN, in its cell.
pub fn keep_larger_finite(plane: &[f32], largest: &mut [f32]) {
    for (largest, &value) in largest.iter_mut().zip(plane) {
        let is_kept = (value <= *largest) | (value.abs() >= f32::INFINITY) | value.is_nan();
        *largest = if is_kept { *largest } else { value };
    }
}

/// Local response normalisation across channels, as ONNX's LRN: each value over
/// `(bias + alpha / size * sum of squares)^beta`, where the sum is of `size` channels around the value's.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "factors of the formula")]
pub struct LocalResponseNorm {
    pub alpha: f32,
    pub beta: f32,
    pub bias: f32,
    pub size: usize,
}

impl LocalResponseNorm {
    /// Normalises the planes of any number of inputs, each of `channels` planes of `area` cells.
    pub fn run(&self, input: &[f32], channels: usize, area: usize, output: &mut [f32]) {
        let image = channels * area;
        for (input, output) in input.chunks_exact(image).zip(output.chunks_exact_mut(image)) {
            for (channel, output) in output.chunks_exact_mut(area).enumerate() {
                let first = channel.saturating_sub((self.size - 1) / 2);
                let end = channels.min(channel + self.size / 2 + 1);
                output.fill(0.0);
                for plane in input[first * area..end * area].chunks_exact(area) {
                    for (sum, value) in output.iter_mut().zip(plane) {
                        *sum += value * value;
                    }
                }
                let plane = &input[channel * area..][..area];
                let factor = self.alpha / self.size as f32;
                // Roots are instructions, powers in general are not.
                if self.beta == 0.75 {
                    for (output, value) in output.iter_mut().zip(plane) {
                        let root = (self.bias + factor * *output).sqrt();
                        *output = value / (root * root.sqrt());
                    }
                } else {
                    for (output, value) in output.iter_mut().zip(plane) {
                        *output = value / (self.bias + factor * *output).powf(self.beta);
                    }
                }
            }
        }
    }
}
