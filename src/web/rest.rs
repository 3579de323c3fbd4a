//! The rest of the engine, where that is published in two parts.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = loadRestOfConvscope)]
    fn load();
}

/// Has JavaScript load the rest. tools/wasm has this called by what needs it; in an engine that is whole nothing does.
#[wasm_bindgen(js_name = loadRest)]
pub fn load_rest() {
    load();
}
