//! Constructors that run once.

use crate::Result;
use crate::module::{Module, flag, with_beginning};
use wasm_encoder::{BlockType, CodeSection, Instruction};

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
    let mut code = CodeSection::new();
    for (function, body) in (module.imported_names.len() as u32..).zip(&module.bodies) {
        if function != constructors {
            code.raw(body.as_bytes());
            continue;
        }
        let unless_constructed = [
            Instruction::GlobalGet(are_constructed),
            Instruction::If(BlockType::Empty),
            Instruction::Return,
            Instruction::End,
            Instruction::I32Const(1),
            Instruction::GlobalSet(are_constructed),
        ];
        code.raw(&with_beginning(body, &unless_constructed)?);
    }
    module.with_code(&code, &[flag()], &[])
}
