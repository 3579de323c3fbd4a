//! Constructors that run once.

use crate::Result;
use crate::module::Module;
use wasm_encoder::{BlockType, CodeSection, ConstExpr, Encode, GlobalType, Instruction, ValType};

/// What the linker calls the function that calls them all.
const CONSTRUCTORS: &str = "__wasm_call_ctors";

/// The module that calls its constructors when an exported function is first called. The linker has all exported functions call
/// them, for a program whose every call is a run of its own.
///
/// # Errors
///
/// As of [`Module::parse`], and if the module has no such constructors, or tells no names.
pub(crate) fn construct_once(bytes: &[u8]) -> Result<Vec<u8>> {
    let module = Module::parse(bytes)?;
    let constructors = module.names.iter().find(|(_, name)| **name == CONSTRUCTORS);
    let (&constructors, _) = constructors.ok_or_else(|| format!("the module has no function “{CONSTRUCTORS}”"))?;
    let are_constructed = u32::try_from(module.globals.len())?;
    let mut global = Vec::new();
    GlobalType { val_type: ValType::I32, mutable: true, shared: false }.encode(&mut global);
    ConstExpr::i32_const(0).encode(&mut global);

    let mut code = CodeSection::new();
    for (function, body) in (module.imported_names.len() as u32..).zip(&module.bodies) {
        if function != constructors {
            code.raw(body.as_bytes());
            continue;
        }
        let operators = body.get_operators_reader()?.original_position() - body.range().start;
        let (locals, operators) = body.as_bytes().split_at(operators);
        let mut body = locals.to_vec();
        for instruction in [
            Instruction::GlobalGet(are_constructed),
            Instruction::If(BlockType::Empty),
            Instruction::Return,
            Instruction::End,
            Instruction::I32Const(1),
            Instruction::GlobalSet(are_constructed),
        ] {
            instruction.encode(&mut body);
        }
        body.extend_from_slice(operators);
        code.raw(&body);
    }
    module.with_code(&code, &[global])
}
