//! Modules that tell which of their functions have been called.

use crate::Result;
use crate::module::{Module, flag, with_beginning};
use wasm_encoder::{CodeSection, Encode, ExportKind, Instruction};

/// The module with a global for each function that is defined in it, exported as `ran N`, which is 1 once the function of
/// index N has been called.
///
/// # Errors
///
/// As of [`Module::parse`].
pub(crate) fn instrument(bytes: &[u8]) -> Result<Vec<u8>> {
    let module = Module::parse(bytes)?;
    let first_function = u32::try_from(module.imported_names.len())?;
    let first_global = u32::try_from(module.globals.len())?;
    let (mut globals, mut exports, mut code) = (Vec::new(), Vec::new(), CodeSection::new());
    for ((function, global), body) in (first_function..).zip(first_global..).zip(&module.bodies) {
        globals.push(flag());

        let mut export = Vec::new();
        format!("ran {function}").encode(&mut export);
        ExportKind::Global.encode(&mut export);
        global.encode(&mut export);
        exports.push(export);

        let ran = [Instruction::I32Const(1), Instruction::GlobalSet(global)];
        code.raw(&with_beginning(body, &ran)?);
    }
    module.with_code(&code, &globals, &exports)
}
