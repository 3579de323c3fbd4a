//! Picture files to pixels.

use super::{Image, MAX_PIXELS, checked_pixels, format, over_white};
use crate::error::{Error, ErrorKind, Result};
use ::image::metadata::Orientation;
use ::image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// The most memory a decoder may take for one picture, in bytes: four channels of sixteen bits a pixel.
const MAX_DECODER_BYTES: u64 = MAX_PIXELS as u64 * 8;

/// Decodes a picture file; see [`Image::decode`].
pub(super) fn decode(bytes: &[u8]) -> Result<Image> {
    let (format, name) = format::recognise(bytes)?;
    let picture = decode_as(format, bytes).map_err(|failure| failure.into_error(name))?;
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let rgb =
        if picture.color().has_alpha() { over_white(&picture.into_rgba8()) } else { picture.into_rgb8().into_raw() };
    Ok(Image { width, height, rgb })
}

/// The picture in its own colour type, standing as its orientation says.
fn decode_as(format: ImageFormat, bytes: &[u8]) -> Result<DynamicImage, Failure> {
    if format == ImageFormat::Jpeg && !jpeg_has_end(bytes) {
        return Err(Failure::CutShort);
    }
    if format == ImageFormat::Png {
        check_png_dimensions(bytes)?;
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_DECODER_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    checked_pixels(width as usize, height as usize).map_err(Failure::Dimensions)?;
    // A picture with unreadable metadata is still a picture.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Checks the dimensions in a PNG file's header: on a 32-bit target the decoder refuses many pixels without saying how
/// many.
fn check_png_dimensions(bytes: &[u8]) -> Result<(), Failure> {
    let dimension = |start: usize| bytes.get(start..)?.first_chunk().copied().map(u32::from_be_bytes);
    match (dimension(16), dimension(20)) {
        (Some(width), Some(height)) => {
            checked_pixels(width as usize, height as usize).map(drop).map_err(Failure::Dimensions)
        }
        _ => Err(Failure::CutShort),
    }
}

/// Whether a JPEG file has an end-of-image marker after its segments; its decoder fills with grey what is missing.
fn jpeg_has_end(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|&byte| byte == 0xFF) {
        rest = rest.get(at + 1..).unwrap_or_default();
        match rest {
            [0xD9, ..] => return true,
            // Fill bytes; a stuffed zero in coded data; markers without a segment.
            [0xFF, ..] => {}
            [0x00 | 0x01 | 0xD0..=0xD8, tail @ ..] => rest = tail,
            [_, high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                rest = rest.get(1 + length..).unwrap_or_default();
            }
            _ => return false,
        }
    }
    false
}

/// Why a picture cannot be decoded.
enum Failure {
    CutShort,
    Dimensions(Error),
    Decoder(ImageError),
}

impl From<ImageError> for Failure {
    fn from(error: ImageError) -> Self {
        Self::Decoder(error)
    }
}

impl Failure {
    /// The failure as the error of a file in the format `name`.
    fn into_error(self, name: &str) -> Error {
        let (kind, message) = match self {
            Self::Dimensions(error) => return error,
            Self::CutShort => (ErrorKind::Image, format!("the {name} file is cut short")),
            Self::Decoder(ImageError::Limits(error)) => {
                (ErrorKind::TooLarge, format!("the {name} file is too large to decode: {error}"))
            }
            Self::Decoder(ImageError::Unsupported(error)) => {
                (ErrorKind::Image, format!("the {name} file is of a kind that cannot be decoded: {error}"))
            }
            Self::Decoder(error) => (ErrorKind::Image, format!("the {name} file is damaged or cut short: {error}")),
        };
        Error::new(kind, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG file that ends where its pixels should begin, of eight-bit RGB.
    fn png_header(width: u32, height: u32) -> Vec<u8> {
        let mut chunk = b"IHDR".to_vec();
        chunk.extend(width.to_be_bytes());
        chunk.extend(height.to_be_bytes());
        chunk.extend([8, 2, 0, 0, 0]);
        let crc = chunk.iter().fold(u32::MAX, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xEDB8_8320 * (crc & 1)))
        });
        [&b"\x89PNG\r\n\x1a\n\0\0\0\x0D"[..], &chunk, &(!crc).to_be_bytes(), b"\0\0\0\x10IDAT"].concat()
    }

    #[test]
    fn dimensions_are_checked_before_memory_is_taken() {
        for (width, height) in [(30_000, 30_000), (70_000, 1), (1, 70_000)] {
            let error = decode(&png_header(width, height)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
            assert!(error.message().contains(&format!("{width} x {height}")), "{error}");
        }
        assert_eq!(decode(&png_header(30, 30)).unwrap_err().kind(), ErrorKind::Image);
    }

    #[test]
    fn giants_of_every_format_are_refused_by_their_headers() {
        #[track_caller]
        fn check(file: &[u8], size: &str) {
            let error = decode(file).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
            assert!(error.message().contains(size), "{error}");
        }
        let side = 30_000u32;
        let bmp_head = [b"BM\xFF\xFF\0\0\0\0\0\0\x36\0\0\0", &[40, 0, 0, 0][..]].concat();
        let bmp_tail = [&[1, 0, 24][..], &[0; 25]].concat();
        check(&[bmp_head, side.to_le_bytes().repeat(2), bmp_tail].concat(), "30000 x 30000");
        let short = (side as u16).to_le_bytes().repeat(2);
        let frame = [b"\x2C\0\0\0\0", &short[..], b"\0\x02\x02\x4C\x01\0\x3B"].concat();
        check(&[b"GIF89a", &short[..], &[0; 3], &frame].concat(), "30000 x 30000");
        let mut jpeg = include_bytes!("../../tests/preprocessing/decoding/grey.jpg").to_vec();
        let frame = jpeg.windows(2).position(|marker| marker == b"\xFF\xC0").unwrap();
        jpeg[frame + 5..frame + 9].copy_from_slice(&(side as u16).to_be_bytes().repeat(2));
        check(&jpeg, "30000 x 30000");
        // Lossless: 14 bits for each side less one, from the lowest.
        let sides = (15_999u32 | 15_999 << 14).to_le_bytes();
        check(&[b"RIFF\x12\0\0\0WEBPVP8L\x05\0\0\0\x2F", &sides[..], b"\0"].concat(), "16000 x 16000");
    }

    #[test]
    fn a_jpeg_ends_with_its_marker() {
        assert!(jpeg_has_end(b"\xFF\xD8\xFF\xDA\x00\x02\x12\xFF\x00\xFF\xD1\x34\xFF\xD9trailing"));
        assert!(!jpeg_has_end(b"\xFF\xD8\xFF\xE0\x00\x04\xFF\xD9\xFF\xDA\x00\x02\x12\xFF\x00\xFF"));
        assert!(!jpeg_has_end(b"\xFF\xD8\xFF\xE0\xFF\xFF\xFF\xD9"));
    }
}
