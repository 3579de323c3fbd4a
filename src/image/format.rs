//! What a file is, by its content.

use crate::error::{Error, ErrorKind, Result};
use ::image::ImageFormat;

/// How many bytes from a text's start are searched for what it is.
const TEXT_HEAD: usize = 1024;

/// The format of a picture file that can be decoded, and its name.
///
/// # Errors
/// [`ErrorKind::Image`] for anything else, saying what it looks like and what to do.
pub(super) fn recognise(bytes: &[u8]) -> Result<(ImageFormat, &'static str)> {
    if bytes.is_empty() {
        return Err(Error::new(ErrorKind::Image, "the picture file is empty"));
    }
    match ::image::guess_format(bytes) {
        Ok(format @ ImageFormat::Jpeg) => Ok((format, "JPEG")),
        Ok(format @ ImageFormat::Png) => Ok((format, "PNG")),
        Ok(format @ ImageFormat::WebP) => Ok((format, "WebP")),
        Ok(format @ ImageFormat::Gif) => Ok((format, "GIF")),
        Ok(format @ ImageFormat::Bmp) => Ok((format, "BMP")),
        _ => Err(Error::new(
            ErrorKind::Image,
            format!(
                "{}; pictures can be JPEG, PNG, WebP, GIF or BMP files",
                describe(bytes).unwrap_or("this file is no picture")
            ),
        )),
    }
}

/// What a file looks like that is no picture to be decoded, and what to do about it.
fn describe(bytes: &[u8]) -> Option<&'static str> {
    if let Some(description) = describe_text(bytes) {
        return Some(description);
    }
    if bytes.get(4..8) == Some(b"ftyp") {
        return Some(match bytes.get(8..12) {
            Some(b"avif" | b"avis") => "this is an AVIF picture: save it as JPEG or PNG",
            Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1") => {
                "this is a HEIC picture: save it as JPEG, or set the camera to its most compatible format"
            }
            _ => "this is a video, not a picture",
        });
    }
    const DESCRIPTIONS: [(&[u8], &str); 10] = [
        (b"%PDF", "this is a PDF document: save the picture in it as JPEG or PNG"),
        (b"II*\0", "this is a TIFF picture: save it as JPEG or PNG"),
        (b"MM\0*", "this is a TIFF picture: save it as JPEG or PNG"),
        (b"\0\0\x01\0", "this is an icon: save it as PNG"),
        (b"8BPS", "this is a Photoshop document: save it as JPEG or PNG"),
        (b"\xFF\x0A", "this is a JPEG XL picture: save it as JPEG or PNG"),
        (b"\0\0\0\x0CJXL ", "this is a JPEG XL picture: save it as JPEG or PNG"),
        (b"\0\0\0\x0CjP  ", "this is a JPEG 2000 picture: save it as JPEG or PNG"),
        (b"PK\x03\x04", "this is a ZIP archive: open a picture from it"),
        (b"\x1F\x8B", "this is a gzip archive: open a picture from it"),
    ];
    DESCRIPTIONS.iter().find(|(start, _)| bytes.starts_with(start)).map(|&(_, description)| description)
}

/// What a text looks like that begins with a tag.
fn describe_text(bytes: &[u8]) -> Option<&'static str> {
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    if !text.starts_with(b"<") {
        return None;
    }
    let head = text.get(..TEXT_HEAD).unwrap_or(text).to_ascii_lowercase();
    let contains = |tag: &[u8]| head.windows(tag.len()).any(|window| window == tag);
    Some(if contains(b"<!doctype html") || contains(b"<html") {
        "this is an HTML page, not a picture: open the address of the picture itself"
    } else if contains(b"<svg") {
        "this is an SVG drawing: save it as PNG"
    } else {
        "this is an XML document, not a picture"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_a_file_looks_like() {
        let cases: [(&[u8], &str); 11] = [
            (b"", "empty"),
            (b"hello", "no picture"),
            (b"\xEF\xBB\xBF \n<!DOCTYPE html><p>", "HTML page"),
            (b"<HTML>", "HTML page"),
            (b"<?xml version='1.0'?><svg/>", "SVG"),
            (b"<?xml version='1.0'?><rss/>", "XML"),
            (b"%PDF-1.7", "PDF"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
            (b"\0\0\0\x18ftypavif\0\0\0\0", "AVIF"),
            (b"\0\0\0\x18ftypisom\0\0\0\0", "video"),
            (b"II*\0\x08\0\0\0", "TIFF"),
        ];
        for (bytes, expected) in cases {
            let error = recognise(bytes).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Image);
            assert!(error.message().contains(expected), "{error} should name {expected}");
        }
    }
}
