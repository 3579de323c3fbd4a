//! Files as JavaScript has them.

use crate::model::{DataFiles, Source};
use js_sys::{Object, Reflect, Uint8Array};
use wasm_bindgen::JsCast;

/// A file. What is read is copied, the rest stays JavaScript's.
pub(super) struct JsFile(pub(super) Uint8Array);

impl Source for JsFile {
    fn len(&self) -> usize {
        self.0.length().try_into().unwrap_or(usize::MAX)
    }

    fn read(&self, start: usize, part: &mut [u8]) {
        // As the lengths of arrays, positions in them are below 2^32.
        self.0.subarray(start as u32, (start + part.len()) as u32).copy_to(part);
    }
}

/// `{name: Uint8Array}`.
pub(super) struct JsFiles<'a>(pub(super) &'a Object);

impl DataFiles for JsFiles<'_> {
    fn file(&self, name: &str) -> Option<Box<dyn Source + '_>> {
        let bytes = Reflect::get(self.0, &name.into()).ok()?.dyn_into().ok()?;
        Some(Box::new(JsFile(bytes)))
    }
}
