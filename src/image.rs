//! Pictures: decoding, and resampling as Pillow does it.

mod decoding;
mod format;
mod resampling;

pub use resampling::Resampling;

use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// The most pixels a picture may have, 2^26 (some 67 million).
///
/// Decoding takes up to eight bytes a pixel, and the memory of a wasm engine ends at 4 GiB.
pub const MAX_PIXELS: usize = 1 << 26;

/// The most pixels a picture may have on a side, 65,535: the limit of JPEG and GIF.
pub const MAX_SIDE: usize = 65_535;

/// The weights of red, green and blue in a pixel's luma (ITU-R BT.601) in 1/65536, as in Pillow.
const LUMA_WEIGHTS: [u32; 3] = [19_595, 38_470, 7_471];

/// An opaque picture of eight bits a channel, red, green and blue.
///
/// Never empty, at most [`MAX_SIDE`] pixels on a side and [`MAX_PIXELS`] in all.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

/// A rectangle of a picture's pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crop {
    /// The first row.
    pub top: usize,
    /// The first column.
    pub left: usize,
    /// The row after the last.
    pub bottom: usize,
    /// The column after the last.
    pub right: usize,
}

impl Image {
    /// Decodes a JPEG, PNG, WebP, GIF or BMP file, told apart by content.
    ///
    /// The picture stands as its EXIF orientation says. Transparent parts lie over white. Of an animation it is
    /// the first frame. Sixteen bits a channel are rounded to eight. Colour profiles are ignored, as in Pillow.
    /// Where a JPEG or a WebP is damaged inside, the rest is decoded as far as possible, as in browsers. All
    /// arithmetic is on integers, so that the same bytes give the same pixels on every machine.
    ///
    /// # Errors
    /// [`ErrorKind::Image`] for what is no such file, and says what it looks like; for a damaged or an incomplete
    /// one. [`ErrorKind::TooLarge`] above [`MAX_SIDE`] or [`MAX_PIXELS`], before memory is taken.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        decoding::decode(bytes)
    }

    /// The picture of `width` x `height` pixels in rows of red, green, blue and opacity, a byte each, such as a
    /// canvas's `ImageData`; transparent parts lie over white.
    ///
    /// # Errors
    /// [`ErrorKind::Image`] if there are no pixels, or `rgba` is not four bytes each;
    /// [`ErrorKind::TooLarge`] above [`MAX_SIDE`] or [`MAX_PIXELS`].
    pub fn from_rgba(width: usize, height: usize, rgba: &[u8]) -> Result<Self> {
        let pixels = checked_pixels(width, height)?;
        if rgba.len() != pixels * 4 {
            return Err(Error::new(
                ErrorKind::Image,
                format!(
                    "a picture of {width} x {height} pixels takes {} bytes of RGBA, not {}",
                    pixels * 4,
                    rgba.len()
                ),
            ));
        }
        let rgb = over_white(rgba);
        Ok(Self { width, height, rgb })
    }

    /// Number of columns, at least 1.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of rows, at least 1.
    #[must_use]
    pub fn height(&self) -> usize {
        self.height
    }

    /// The pixels in rows from the top: red, green and blue, a byte each.
    #[must_use]
    pub fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The pixels in rows from the top: red, green, blue and full opacity, a byte each.
    #[must_use]
    pub fn to_rgba(&self) -> Vec<u8> {
        let (pixels, _) = self.rgb.as_chunks();
        let rgba: Vec<[u8; 4]> = pixels.iter().map(|&[red, green, blue]| [red, green, blue, u8::MAX]).collect();
        rgba.into_flattened()
    }

    /// The picture in shades of grey: every channel is the pixel's luma, rounded as Pillow's mode `L`.
    #[must_use]
    pub fn to_grey(&self) -> Self {
        let (pixels, _) = self.rgb.as_chunks::<3>();
        let luma = |pixel: &[u8; 3]| {
            let weighted = pixel.iter().zip(LUMA_WEIGHTS).map(|(&value, weight)| u32::from(value) * weight);
            // The weights' sum is 65536, so the luma is at most 255.
            ((weighted.sum::<u32>() + 0x8000) >> 16) as u8
        };
        Self { rgb: pixels.iter().flat_map(|pixel| [luma(pixel); 3]).collect(), ..*self }
    }

    /// A part of the picture.
    ///
    /// # Errors
    /// [`ErrorKind::Input`] if it is empty or sticks out of the picture.
    pub fn crop(&self, crop: Crop) -> Result<Self> {
        let Crop { top, left, bottom, right } = crop;
        if top >= bottom || left >= right || bottom > self.height || right > self.width {
            return Err(Error::new(
                ErrorKind::Input,
                format!(
                    "rows {top} to {bottom} and columns {left} to {right} are no part of a picture of {} x {} pixels",
                    self.width, self.height
                ),
            ));
        }
        let rows = self.rgb.chunks_exact(self.width * 3).take(bottom).skip(top);
        let rgb = rows.flat_map(|row| row.iter().take(right * 3).skip(left * 3)).copied().collect();
        Ok(Self { width: right - left, height: bottom - top, rgb })
    }

    /// A black picture of `width` x `height` pixels with this one in it, `left` and `top` pixels from the corner.
    ///
    /// The part that does not fit is left out.
    ///
    /// # Errors
    /// As [`Image::from_rgba`]'s for the dimensions.
    pub(crate) fn on_black(&self, width: usize, height: usize, left: usize, top: usize) -> Result<Self> {
        let mut rgb = vec![0; checked_pixels(width, height)? * 3];
        for (row, source) in rgb.chunks_exact_mut(width * 3).skip(top).zip(self.rgb.chunks_exact(self.width * 3)) {
            for (value, &source) in row.iter_mut().skip(left * 3).zip(source) {
                *value = source;
            }
        }
        Ok(Self { width, height, rgb })
    }
}

impl std::fmt::Debug for Image {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Image({} x {})", self.width, self.height)
    }
}

/// The number of pixels of a picture of `width` x `height`, if there may be such a picture.
fn checked_pixels(width: usize, height: usize) -> Result<usize> {
    match width.checked_mul(height) {
        Some(0) => Err(Error::new(ErrorKind::Image, format!("a picture of {width} x {height} pixels is empty"))),
        Some(pixels) if pixels <= MAX_PIXELS && width.max(height) <= MAX_SIDE => Ok(pixels),
        _ => Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "a picture of {width} x {height} pixels is too large: at most {MAX_SIDE} on a side and {} million \
                 pixels in all",
                MAX_PIXELS / 1_000_000
            ),
        )),
    }
}

/// The RGB of RGBA pixels over white: `(value * opacity + 255 * (255 - opacity)) / 255`, rounded to the nearest,
/// which is what Pillow's `alpha_composite` computes.
fn over_white(rgba: &[u8]) -> Vec<u8> {
    let (pixels, _) = rgba.as_chunks();
    let mut rgb = vec![[0; 3]; pixels.len()];
    for (rgb, &[red, green, blue, opacity]) in rgb.iter_mut().zip(pixels) {
        *rgb = [red, green, blue];
        if opacity < u8::MAX {
            *rgb = rgb.map(|value| {
                let sum = u32::from(value) * u32::from(opacity) + 255 * u32::from(u8::MAX - opacity);
                ((sum + 127) / 255) as u8
            });
        }
    }
    rgb.into_flattened()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dimensions_are_checked() {
        let kind = |width, height, len| Image::from_rgba(width, height, &vec![0; len]).map_err(|error| error.kind());
        assert!(kind(2, 3, 24).is_ok());
        assert_eq!(kind(2, 3, 23), Err(ErrorKind::Image));
        assert_eq!(kind(2, 3, 28), Err(ErrorKind::Image));
        assert_eq!(kind(0, 3, 0), Err(ErrorKind::Image));
        assert_eq!(kind(MAX_SIDE + 1, 1, 4), Err(ErrorKind::TooLarge));
        assert_eq!(kind(1 << 13, (1 << 13) + 1, 4), Err(ErrorKind::TooLarge));
        assert_eq!(kind(usize::MAX, 2, 4), Err(ErrorKind::TooLarge));
    }

    #[test]
    fn transparency_lies_over_white() {
        let image = Image::from_rgba(3, 1, &[1, 2, 3, 255, 1, 2, 3, 0, 0, 128, 255, 51]).unwrap();
        assert_eq!(image.rgb(), [1, 2, 3, 255, 255, 255, 204, 230, 255]);
        assert_eq!(image.to_rgba(), [1, 2, 3, 255, 255, 255, 255, 255, 204, 230, 255, 255]);
    }

    #[test]
    fn grey_is_luma() {
        let image = Image::from_rgba(2, 1, &[255, 255, 255, 255, 200, 100, 50, 255]).unwrap();
        assert_eq!(image.to_grey().rgb(), [255, 255, 255, 124, 124, 124]);
    }

    #[test]
    fn a_picture_on_black_is_cut_at_the_edges() {
        let image = Image::from_rgba(2, 2, &[255; 16]).unwrap();
        let on_black = image.on_black(3, 2, 2, 1).unwrap();
        assert_eq!(on_black.rgb(), [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255]);
    }
}
