//! Pillow's resampling, to the bit.
//!
//! Networks are trained on pictures that Pillow has resampled (Keras and torchvision both do), and another filter
//! gives them pictures they have never seen. So the arithmetic here is that of Pillow 13's `libImaging/Geometry.c`
//! (nearest) and `libImaging/Resample.c` (the filters): a pass along the rows and one along the columns, each with
//! weights in fixed point and rounded to bytes.

use super::{Image, checked_pixels};
use crate::error::Result;
use convscope_kernels::{FRACTION_BITS, Taps, weigh_pixels, weigh_rows};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;
use std::ops::Range;

/// How pixels are computed when a picture changes size. All but `Nearest` are antialiased when it shrinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Resampling {
    /// The pixel at the centre, by a coordinate that accumulates in double precision.
    Nearest,
    /// A triangle, support 1.
    Bilinear,
    /// Keys' cubic convolution with a = -0.5, support 2.
    Bicubic,
    /// A sinc windowed by a sinc, support 3.
    Lanczos,
}

impl Image {
    /// The picture resampled to `width` x `height` pixels, as by Pillow's `Image.resize`.
    ///
    /// # Errors
    /// [`ErrorKind::Image`](crate::ErrorKind::Image) if there are no pixels,
    /// [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge) above [`MAX_PIXELS`](super::MAX_PIXELS) or
    /// [`MAX_SIDE`](super::MAX_SIDE).
    pub fn resize(&self, width: usize, height: usize, resampling: Resampling) -> Result<Self> {
        self.resize_part(width, height, 0..width, 0..height, resampling)
    }

    /// The given columns and rows of the picture resampled to `width` x `height` pixels.
    ///
    /// Only the part counts against the limits.
    ///
    /// # Errors
    /// As [`Image::resize`]'s.
    pub(crate) fn resize_part(
        &self,
        width: usize,
        height: usize,
        columns: Range<usize>,
        rows: Range<usize>,
        resampling: Resampling,
    ) -> Result<Self> {
        checked_pixels(columns.len(), rows.len())?;
        let Some(filter) = Filter::new(resampling) else {
            return Ok(
                self.pick(&nearest_indices(self.width, width, columns), &nearest_indices(self.height, height, rows))
            );
        };
        let mut columns = filter.taps(self.width, width, columns);
        let mut rows = filter.taps(self.height, height, rows);
        if is_vertical_first((self.width, self.height), (width, height)) {
            let used = move_to_zero(&mut columns);
            Ok(self.resample_rows(&rows, used).resample_columns(&columns, 0..rows.len()))
        } else {
            let used = move_to_zero(&mut rows);
            Ok(self.resample_columns(&columns, used).resample_rows(&rows, 0..columns.len()))
        }
    }

    /// The pixels at the crossings of the given columns and rows.
    fn pick(&self, columns: &[usize], rows: &[usize]) -> Self {
        let (pixels, _) = self.rgb.as_chunks::<3>();
        let rgb = rows
            .iter()
            .filter_map(|&row| pixels.get(row * self.width..(row + 1) * self.width))
            .flat_map(|row| columns.iter().filter_map(|&column| row.get(column)))
            .flatten()
            .copied()
            .collect();
        Self { width: columns.len(), height: rows.len(), rgb }
    }

    /// The given rows, with a column for each of `taps`.
    fn resample_columns(&self, taps: &[Taps], rows: Range<usize>) -> Self {
        let (width, height) = (taps.len(), rows.len());
        let mut rgb = vec![[0; 3]; width * height];
        let (pixels, _) = self.rgb.as_chunks();
        let sources = pixels.chunks_exact(self.width).skip(rows.start);
        for (source, row) in sources.zip(rgb.chunks_exact_mut(width)) {
            weigh_pixels(source, taps, row);
        }
        Self { width, height, rgb: rgb.into_flattened() }
    }

    /// The given columns, with a row for each of `taps`.
    fn resample_rows(&self, taps: &[Taps], columns: Range<usize>) -> Self {
        let (width, height) = (columns.len(), taps.len());
        let mut rgb = vec![0; width * height * 3];
        let rows: Vec<&[u8]> =
            self.rgb.chunks_exact(self.width * 3).map(|row| &row[columns.start * 3..columns.end * 3]).collect();
        for (taps, row) in taps.iter().zip(rgb.chunks_exact_mut(width * 3)) {
            weigh_rows(&rows, taps, row);
        }
        Self { width, height, rgb }
    }
}

/// Whether Pillow, from version 13 on, takes the vertical pass before the horizontal one: where the height shrinks by
/// more than twice as many pixels as the width. Older versions never do.
///
/// Between the passes there are then never more pixels than in the source or the result, whichever is larger.
fn is_vertical_first((source_width, source_height): (usize, usize), (width, height): (usize, usize)) -> bool {
    source_height > height && source_height - height + 2 * width > 2 * source_width
}

/// Moves `taps` so that they begin at 0; the range where they lay.
fn move_to_zero(taps: &mut [Taps]) -> Range<usize> {
    // Taps move on with their pixels, so the first and the last reach farthest.
    let start = taps.first().map_or(0, |taps| taps.start);
    let end = taps.last().map_or(0, |taps| taps.start + taps.weights.len());
    for taps in taps {
        taps.start -= start;
    }
    start..end
}

/// The source pixels for those in `part` of a line resampled from `source_len` to `len` pixels.
///
/// The coordinate must accumulate: `(i + 0.5) * source_len / len` rounds differently for many lengths, 500 to 150
/// among them.
fn nearest_indices(source_len: usize, len: usize, part: Range<usize>) -> Vec<usize> {
    let step = source_len as f64 / len as f64;
    let mut coordinate = step * 0.5;
    let mut indices = Vec::with_capacity(part.len());
    for index in 0..part.end {
        if index >= part.start {
            indices.push((coordinate as usize).min(source_len - 1));
        }
        coordinate += step;
    }
    indices
}

/// A filter's impulse response, and the distance from which it is zero.
struct Filter {
    response: fn(f64) -> f64,
    support: f64,
}

impl Filter {
    /// The filter by which pixels are weighed, if any.
    fn new(resampling: Resampling) -> Option<Self> {
        let (response, support): (fn(f64) -> f64, f64) = match resampling {
            Resampling::Nearest => return None,
            Resampling::Bilinear => (triangle, 1.0),
            Resampling::Bicubic => (cubic, 2.0),
            Resampling::Lanczos => (lanczos, 3.0),
        };
        Some(Self { response, support })
    }

    /// The weights for the pixels in `part` of a line resampled from `source_len` to `len` pixels.
    fn taps(&self, source_len: usize, len: usize, part: Range<usize>) -> Vec<Taps> {
        let scale = source_len as f64 / len as f64;
        let filter_scale = scale.max(1.0);
        let support = self.support * filter_scale;
        let inverse_scale = 1.0 / filter_scale;
        part.map(|index| {
            let center = (index as f64 + 0.5) * scale;
            // Conversion to an integer saturates at 0.
            let start = (center - support + 0.5) as usize;
            let end = ((center + support + 0.5) as usize).min(source_len);
            let weights: Vec<f64> =
                (start..end).map(|source| (self.response)((source as f64 - center + 0.5) * inverse_scale)).collect();
            let mut total = 0.0;
            for weight in &weights {
                total += weight;
            }
            Taps { start, weights: weights.iter().map(|weight| to_fixed_point(weight / total)).collect() }
        })
        .collect()
    }
}

/// A weight in fixed point, rounded to the nearest, halves away from zero.
fn to_fixed_point(weight: f64) -> i32 {
    let scaled = weight * f64::from(1 << FRACTION_BITS);
    (scaled + if weight < 0.0 { -0.5 } else { 0.5 }) as i32
}

fn triangle(x: f64) -> f64 {
    (1.0 - x.abs()).max(0.0)
}

/// Keys, "Cubic convolution interpolation for digital image processing", 1981.
fn cubic(x: f64) -> f64 {
    const A: f64 = -0.5;
    let x = x.abs();
    if x < 1.0 {
        ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0
    } else if x < 2.0 {
        (((x - 5.0) * x + 8.0) * x - 4.0) * A
    } else {
        0.0
    }
}

fn lanczos(x: f64) -> f64 {
    if (-3.0..3.0).contains(&x) { sinc(x) * sinc(x / 3.0) } else { 0.0 }
}

fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        1.0
    } else {
        // The standard library's sine is the platform's, and may differ in the last bit between machines.
        libm::sin(x * PI) / (x * PI)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::image::MAX_SIDE;

    const ALL: [Resampling; 4] = [Resampling::Nearest, Resampling::Bilinear, Resampling::Bicubic, Resampling::Lanczos];

    fn noise(width: usize, height: usize) -> Image {
        let mut state = 1u32;
        let rgba: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(width * height * 4)
        .collect();
        Image::from_rgba(width, height, &rgba).unwrap()
    }

    #[test]
    fn nearest_accumulates() {
        let closed_form = |index: usize| (2 * index + 1) * 500 / 300;
        let indices = nearest_indices(500, 150, 0..150);
        let differing: Vec<usize> = (0..150).filter(|&index| indices[index] != closed_form(index)).collect();
        assert!(!differing.is_empty());
        assert!(differing.iter().all(|&index| indices[index].abs_diff(closed_form(index)) == 1));
    }

    #[test]
    fn the_same_size_is_the_same_picture() {
        let image = noise(23, 17);
        for resampling in ALL {
            assert_eq!(image.resize(23, 17, resampling).unwrap(), image, "{resampling:?}");
        }
    }

    #[test]
    fn one_colour_stays_that_colour() {
        for resampling in ALL {
            for (width, height) in [(1, 1), (1, 300), (300, 1), (7, 5)] {
                let image = Image::from_rgba(width, height, &[10, 128, 250, 255].repeat(width * height)).unwrap();
                for (width, height) in [(1, 1), (50, 3), (3, 50)] {
                    let resized = image.resize(width, height, resampling).unwrap();
                    assert_eq!((resized.width(), resized.height()), (width, height));
                    let (pixels, _) = resized.rgb().as_chunks::<3>();
                    assert!(pixels.iter().all(|&pixel| pixel == [10, 128, 250]), "{resampling:?}");
                }
            }
        }
    }

    #[test]
    fn a_part_is_cut_from_the_whole() {
        let image = noise(31, 40);
        for resampling in ALL {
            for (width, height) in [(90, 77), (11, 13)] {
                let whole = image.resize(width, height, resampling).unwrap();
                let part = image.resize_part(width, height, 3..9, 2..10, resampling).unwrap();
                let expected: Vec<u8> = (2..10)
                    .flat_map(|row| &whole.rgb()[(row * width + 3) * 3..(row * width + 9) * 3])
                    .copied()
                    .collect();
                assert_eq!(part.rgb(), expected, "{resampling:?}");
            }
        }
    }

    #[test]
    fn sizes_are_checked() {
        let image = noise(1, 3);
        for resampling in ALL {
            assert_eq!(image.resize(0, 3, resampling).unwrap_err().kind(), ErrorKind::Image);
            assert_eq!(image.resize(MAX_SIDE + 1, 3, resampling).unwrap_err().kind(), ErrorKind::TooLarge);
        }
    }

    #[test]
    fn extreme_shapes_take_little_memory() {
        let tall = Image::from_rgba(1, MAX_SIDE, &vec![0; MAX_SIDE * 4]).unwrap();
        let wide = Image::from_rgba(MAX_SIDE, 1, &vec![0; MAX_SIDE * 4]).unwrap();
        for (image, width, height) in [(&tall, 4096, 1), (&tall, 4096, 4096), (&wide, 1, 4096), (&wide, 4096, 4096)] {
            let filter = Filter::new(Resampling::Lanczos).unwrap();
            let taps = [filter.taps(image.width, width, 0..width), filter.taps(image.height, height, 0..height)];
            let between = if is_vertical_first((image.width, image.height), (width, height)) {
                image.resample_rows(&taps[1], 0..image.width)
            } else {
                image.resample_columns(&taps[0], 0..image.height)
            };
            assert!(between.width * between.height <= MAX_SIDE.max(width * height));
        }
    }

    #[test]
    fn the_pass_that_comes_first() {
        for (source, target, expected) in [
            ((640, 480), (150, 150), false),
            ((480, 640), (150, 150), false),
            ((300, 640), (150, 150), true),
            ((10, 30), (5, 20), false),
            ((10, 30), (5, 19), true),
            ((10, 30), (10, 29), true),
            ((10, 30), (5, 31), false),
        ] {
            assert_eq!(is_vertical_first(source, target), expected, "{source:?} to {target:?}");
        }
    }
}
