//! Modules that tell which of their functions have been called.

use crate::Result;
use crate::module::Module;
use wasm_encoder::{CodeSection, ConstExpr, Encode, ExportKind, GlobalType, Instruction, SectionId, ValType};

/// The module with a global for each function that is defined in it, exported as `ran N`, which is 1 once the function of
/// index N has been called.
///
/// # Errors
///
/// As of [`Module::parse`].
pub(crate) fn instrument(bytes: &[u8]) -> Result<Vec<u8>> {
    use SectionId as Id;
    let module = Module::parse(bytes)?;
    let first_function = u32::try_from(module.imported_names.len())?;
    let first_global = u32::try_from(module.globals.len())?;
    let (mut globals, mut exports, mut code) = (Vec::new(), Vec::new(), CodeSection::new());
    for ((function, global), body) in (first_function..).zip(first_global..).zip(&module.bodies) {
        let mut item = Vec::new();
        GlobalType { val_type: ValType::I32, mutable: true, shared: false }.encode(&mut item);
        ConstExpr::i32_const(0).encode(&mut item);
        globals.push(item);

        let mut export = Vec::new();
        format!("ran {function}").encode(&mut export);
        ExportKind::Global.encode(&mut export);
        global.encode(&mut export);
        exports.push(export);

        let operators = body.get_operators_reader()?.original_position() - body.range().start;
        let (locals, operators) = body.as_bytes().split_at(operators);
        let mut body = locals.to_vec();
        Instruction::I32Const(1).encode(&mut body);
        Instruction::GlobalSet(global).encode(&mut body);
        body.extend_from_slice(operators);
        code.raw(&body);
    }
    let mut instrumented = wasm_encoder::Module::new();
    module.copy(&[Id::Type, Id::Import, Id::Function, Id::Table, Id::Memory], &mut instrumented);
    module.copy_and_add(Id::Global, &globals, &mut instrumented)?;
    module.copy_and_add(Id::Export, &exports, &mut instrumented)?;
    module.copy(&[Id::Start, Id::Element, Id::DataCount], &mut instrumented);
    instrumented.section(&code);
    module.copy(&[Id::Data], &mut instrumented);
    Ok(instrumented.finish())
}
