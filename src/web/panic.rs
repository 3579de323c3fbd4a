//! Panics, told to the page.

use std::cell::RefCell;
use std::sync::Once;
use wasm_bindgen::prelude::*;

thread_local! {
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What the engine's panic said, after a call has thrown a `RuntimeError`; `undefined` if there was none.
/// The engine is of no further use then.
#[wasm_bindgen(js_name = lastPanic)]
#[must_use]
pub fn last_panic() -> Option<String> {
    LAST_PANIC.with_borrow(Clone::clone)
}

/// Makes panics print to the console, and remembers the last one.
pub(super) fn install_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        std::panic::set_hook(Box::new(|info| {
            LAST_PANIC.with_borrow_mut(|last| *last = Some(info.to_string()));
            console_error_panic_hook::hook(info);
        }));
    });
}
