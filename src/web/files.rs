//! Data files as JavaScript has them.

use crate::model::DataFiles;
use js_sys::{Object, Reflect, Uint8Array};
use std::ops::Range;
use wasm_bindgen::JsCast;

/// `{name: Uint8Array}`. What is read is copied, the rest stays JavaScript's.
pub(super) struct JsFiles<'a>(pub(super) &'a Object);

impl JsFiles<'_> {
    fn get(&self, name: &str) -> Option<Uint8Array> {
        Reflect::get(self.0, &name.into()).ok()?.dyn_into().ok()
    }
}

impl DataFiles for JsFiles<'_> {
    fn len_of(&self, name: &str) -> Option<usize> {
        self.get(name).and_then(|bytes| bytes.length().try_into().ok())
    }

    fn read(&self, name: &str, range: Range<usize>) -> Vec<u8> {
        // As the lengths of arrays, positions in them are below 2^32.
        let bytes = self.get(name).map(|bytes| bytes.subarray(range.start as u32, range.end as u32));
        bytes.map(|bytes| bytes.to_vec()).unwrap_or_default()
    }
}
