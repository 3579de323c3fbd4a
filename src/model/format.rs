//! What a file is that is no ONNX model, by its content.

use super::source::{Source, append};

/// How much of a file's beginning is searched for what it holds.
const HEAD: usize = 1 << 20;

/// How much of a file's end is searched: a zip archive lists its entries there.
const TAIL: usize = 1 << 16;

/// A file's beginning and end.
pub(super) struct Ends {
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Ends {
    pub(super) fn of(source: &dyn Source) -> Self {
        let part = |range| {
            let mut bytes = Vec::new();
            append(source, range, &mut bytes);
            bytes
        };
        let len = source.len();
        Self { head: part(0..len.min(HEAD)), tail: part(len.saturating_sub(TAIL)..len) }
    }
}

/// A kind of file that people take for an ONNX model.
struct Format {
    /// Bytes that it has, and where.
    magic: (usize, &'static [u8]),
    /// One of these it has besides, somewhere in its beginning or end; none for files that need no more.
    holds: &'static [&'static [u8]],
    /// What it is, and what to do about it.
    what: &'static str,
}

const fn format(magic: &'static [u8], holds: &'static [&'static [u8]], what: &'static str) -> Format {
    Format { magic: (0, magic), holds, what }
}

/// In order of preference: what is particular comes first.
const FORMATS: &[Format] = &[
    format(
        b"PK\x03\x04",
        &[b"model.weights.h5"],
        "a Keras model (.keras); save it as ONNX in Python with model.export(\"model.onnx\", format=\"onnx\")",
    ),
    format(b"PK\x03\x04", &[b"data.pkl", b"constants.pkl"], PYTORCH),
    format(b"PK\x03\x04", &[b".mlmodel"], CORE_ML),
    format(b"PK\x03\x04", &[b".onnx"], "a zip archive with an ONNX model in it; unpack it first"),
    format(b"PK\x03\x04", &[], "a zip archive; unpack it, and open the .onnx file if there is one"),
    format(
        b"\x89HDF\r\n\x1a\n",
        &[],
        "an HDF5 file, as Keras saves (.h5); load it in Python with keras.saving.load_model and save it as ONNX with model.export(\"model.onnx\", format=\"onnx\")",
    ),
    format(b"\x80\x02", &[], PYTORCH),
    format(b"\x80\x03", &[], PICKLE),
    format(b"\x80\x04", &[], PICKLE),
    format(b"\x80\x05", &[], PICKLE),
    Format {
        magic: (4, b"TFL3"),
        holds: &[],
        what: "a TensorFlow Lite model (.tflite); convert it with python -m tf2onnx.convert --tflite model.tflite --output model.onnx",
    },
    Format {
        magic: (8, b"{"),
        holds: &[b"\"data_offsets\""],
        what: "a safetensors file, which has weights but no network; load them into the model in Python and save it with torch.onnx.export",
    },
    format(b"GGUF", &[], "a GGUF file, the weights of a language model, which is no convnet"),
    format(b"\x1F\x8B", &[], "a gzip archive; unpack it, and open the .onnx file if there is one"),
    format(b"\x93NUMPY", &[], "a numpy array"),
    format(b"\x89PNG", &[], "a PNG picture"),
    format(b"\xFF\xD8\xFF", &[], "a JPEG picture"),
    format(b"GIF8", &[], "a GIF picture"),
    format(b"RIFF", &[], "a WebP picture or another RIFF file"),
    format(b"%PDF", &[], "a PDF document"),
];

/// Likewise for texts, without what is blank at their start.
const TEXTS: &[Format] = &[
    format(
        b"<",
        &[b"<net name"],
        "an OpenVINO model (.xml), which cannot be turned back; export ONNX from where it was made",
    ),
    format(
        b"<",
        &[],
        "an HTML or XML page; the address probably shows a page about the model: use the link of the file itself",
    ),
    format(
        b"{",
        &[b"\"modelTopology\""],
        "a TensorFlow.js model (.json); convert it with python -m tf2onnx.convert --tfjs model.json --output model.onnx",
    ),
    format(b"{", &[], "JSON text; a model is a binary .onnx file"),
    format(
        b"version https://git-lfs",
        &[],
        "a Git LFS pointer, not the file that it stands for; fetch it with git lfs pull",
    ),
];

/// Likewise for protobuf messages: these can be told only from what is no ONNX message.
const MESSAGES: &[Format] = &[
    format(
        b"\x08\x01\x12",
        &[b"serve"],
        "a TensorFlow SavedModel (saved_model.pb); convert its folder with python -m tf2onnx.convert --saved-model FOLDER --output model.onnx",
    ),
    format(
        b"\x0A",
        &[b"\x12\x0BPlaceholder", b"\x12\x05Const"],
        "a TensorFlow graph (.pb); convert it with python -m tf2onnx.convert --graphdef model.pb --output model.onnx --inputs NAME:0 --outputs NAME:0",
    ),
    format(b"\x08", &[b"coremltools"], CORE_ML),
];

const PYTORCH: &str = "a PyTorch file (.pt, .pth); load the model in Python and save it with torch.onnx.export(model, (input,), \"model.onnx\")";
const PICKLE: &str =
    "a Python pickle; load the model in Python and save it as ONNX, from PyTorch with torch.onnx.export";
const CORE_ML: &str = "a Core ML model, which cannot be turned back; export ONNX from where it was made";

/// What a file is that is certainly no ONNX model.
pub(super) fn recognise(file: &Ends) -> Option<&'static str> {
    let text = file.head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&file.head).trim_ascii_start();
    find(FORMATS, &file.head, file).or_else(|| find(TEXTS, text, file))
}

/// What a file is that does not decode as an ONNX model.
pub(super) fn recognise_message(file: &Ends) -> Option<&'static str> {
    find(MESSAGES, &file.head, file)
}

fn find(formats: &[Format], start: &[u8], file: &Ends) -> Option<&'static str> {
    let holds = |part: &&[u8]| {
        [&file.head, &file.tail].iter().any(|bytes| bytes.windows(part.len()).any(|window| window == *part))
    };
    let is = |format: &&Format| {
        let (place, magic) = format.magic;
        start.get(place..).is_some_and(|bytes| bytes.starts_with(magic))
            && (format.holds.is_empty() || format.holds.iter().any(holds))
    };
    formats.iter().find(is).map(|format| format.what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_for_what_they_are() {
        #[track_caller]
        fn check(bytes: &[u8], part: &str) {
            let ends = Ends::of(&bytes);
            let what = recognise(&ends).or_else(|| recognise_message(&ends)).unwrap();
            assert!(what.contains(part), "{what}");
        }
        check(b"PK\x03\x04..archive/data.pkl", "torch.onnx.export");
        check(b"PK\x03\x04..config.json..model.weights.h5", "Keras");
        check(b"PK\x03\x04..Data/com.apple.CoreML/model.mlmodel", "Core ML");
        check(b"PK\x03\x04..net.onnx", "unpack");
        check(b"PK\x03\x04..notes.txt", "zip");
        check(b"\x89HDF\r\n\x1a\n...", "Keras");
        check(b"\x80\x02\x8A\x0Al\xFC\x9CF\xF9", "PyTorch");
        check(b"\x80\x04\x95", "pickle");
        check(b"\x1C\0\0\0TFL3abcd", "--tflite");
        check(b"@\0\0\0\0\0\0\0{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "safetensors");
        check(b"GGUF\x03\0\0\0", "GGUF");
        check(b"\x93NUMPY\x01\0", "numpy");
        check(b"\x89PNG\r\n\x1a\n", "PNG picture");
        check(b"\n <!DOCTYPE html><html>", "HTML");
        check(b"\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<net name=\"a\" version=\"11\"><layers>", "OpenVINO");
        check(b"{\"format\": \"layers-model\", \"modelTopology\": {}}", "TensorFlow.js");
        check(b"{\"version\": 1}", "JSON");
        check(b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull");
        check(b"\x08\x01\x12\xFF\x7F\x0A\x05\x22\x05serve", "SavedModel");
        check(b"\x0A\x20\x0A\x05input\x12\x0BPlaceholder", "--graphdef");
        check(b"\x08\x06\x12\x03abc..coremltools", "Core ML");
        assert_eq!(recognise(&Ends::of(&&b"\x08\x08\x12\x07pytorch\x1A\x051.2.3"[..])), None);
        assert_eq!(recognise_message(&Ends::of(&&b"not a model at all"[..])), None);
    }
}
