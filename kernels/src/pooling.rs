//! Pooling of planes.

use crate::convolution::Window;
use crate::simd::F32x4;

/// The largest value of each window, of any number of planes. Padding and NaN are passed over.
///
/// # Panics
/// If the window is dilated, or `input` and `output` are not of the same number of planes.
pub fn max_pool(window: &Window, input: &[f32], output: &mut [f32]) {
    assert_eq!(window.dilation, [1, 1], "the dilation of a max pooling");
    let ([height, width], [rows, columns]) = (window.input, window.output);
    assert_eq!(input.len() / (height * width), output.len() / (rows * columns), "the planes of a max pooling");
    let across = match window.size[1] {
        2 => across::<2>,
        3 => across::<3>,
        _ => across_any,
    };
    let [top, left] = window.padding;
    // First down, then across. Beyond the input, padding stays the least.
    let mut largest = vec![f32::NEG_INFINITY; ((columns - 1) * window.stride[1] + window.size[1]).max(left + width)];
    for (plane, output) in input.chunks_exact(height * width).zip(output.chunks_exact_mut(rows * columns)) {
        for (row, output) in output.chunks_exact_mut(columns).enumerate() {
            let start = row * window.stride[0];
            let sources = start.saturating_sub(top)..height.min((start + window.size[0]).saturating_sub(top));
            let largest_inside = &mut largest[left..left + width];
            largest_inside.fill(f32::NEG_INFINITY);
            for source in sources {
                keep_larger(largest_inside, &plane[source * width..][..width]);
            }
            across(&largest, window.size[1], window.stride[1], output);
        }
    }
}

fn keep_larger(largest: &mut [f32], values: &[f32]) {
    let ((largest, rest), (values, others)) = (largest.as_chunks_mut::<4>(), values.as_chunks::<4>());
    for (largest, values) in largest.iter_mut().zip(values) {
        F32x4::new(*largest).or_larger(F32x4::new(*values)).store(largest);
    }
    for (largest, &value) in rest.iter_mut().zip(others) {
        *largest = larger(*largest, value);
    }
}

/// The largest of every `SIZE` values that are next to each other.
fn across<const SIZE: usize>(values: &[f32], _: usize, stride: usize, output: &mut [f32]) {
    for (output, window) in output.iter_mut().zip(values.windows(SIZE).step_by(stride)) {
        *output = window[..SIZE].iter().copied().fold(f32::NEG_INFINITY, larger);
    }
}

fn across_any(values: &[f32], size: usize, stride: usize, output: &mut [f32]) {
    for (output, window) in output.iter_mut().zip(values.windows(size).step_by(stride)) {
        *output = window.iter().copied().fold(f32::NEG_INFINITY, larger);
    }
}

fn larger(largest: f32, value: f32) -> f32 {
    if largest < value { value } else { largest }
}
