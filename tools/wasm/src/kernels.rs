//! The functions that passes spend their time in, and what is changed of them.

use crate::Result;
use crate::module::Module;
use wasm_encoder::{CodeSection, Encode, Instruction, ValType};
use wasmparser::FunctionBody;

/// What their names begin with: convolutions, dense layers, poolings, and products of matrices. What is drawn and preprocessed is
/// none of them, and stays the same to the bit.
const KERNELS: [&str; 5] = [
    "convscope_kernels::dense::",
    "convscope_kernels::matrix::",
    "convscope_kernels::phases::",
    "convscope_kernels::winograd::",
    "tract_linalg::wasm::mmm_",
];

/// The module with changed kernels. `edit` gets the body of each and the number of its parameters.
///
/// # Errors
///
/// As of [`Module::parse`], and if nothing of one of [`KERNELS`] is changed: it has got another name.
pub(crate) fn change(bytes: &[u8], edit: impl Fn(&FunctionBody, u32) -> Result<Edits>) -> Result<Vec<u8>> {
    let module = Module::parse(bytes)?;
    let mut code = CodeSection::new();
    let mut changed = [0; KERNELS.len()];
    for (function, body) in (module.imported_names.len() as u32..).zip(&module.bodies) {
        let name = module.names.get(&function).copied().unwrap_or_default();
        let Some(place) = KERNELS.iter().position(|prefix| name.starts_with(prefix)) else {
            code.raw(body.as_bytes());
            continue;
        };
        let parameters = module.types[module.type_of(function) as usize].params().len() as u32;
        let edits = edit(body, parameters)?;
        changed[place] += edits.replacements.len();
        code.raw(&edits.apply(body)?);
    }
    if let Some((prefix, _)) = KERNELS.iter().zip(changed).find(|(_, changed)| *changed == 0) {
        return Err(format!("there is nothing to change in functions of “{prefix}”").into());
    }
    module.with_code(&code, &[], &[])
}

/// Changes of a function.
#[derive(Default)]
pub(crate) struct Edits {
    /// What takes the place of parts of the body, from and to a position in it, in any order.
    replacements: Vec<(usize, usize, Vec<u8>)>,
    /// Number of vectors that are kept in locals more.
    pub(crate) vectors: u32,
}

impl Edits {
    pub(crate) fn replace(&mut self, (from, to): (usize, usize), instructions: &[Instruction]) {
        let mut bytes = Vec::new();
        for instruction in instructions {
            instruction.encode(&mut bytes);
        }
        self.replacements.push((from, to, bytes));
    }

    /// The changed body.
    fn apply(mut self, body: &FunctionBody) -> Result<Vec<u8>> {
        self.replacements.sort();
        let bytes = body.as_bytes();
        let declared = body.get_locals_reader()?;
        let declarations = declared.get_count();
        let mut changed = Vec::with_capacity(bytes.len());
        (declarations + 1).encode(&mut changed);
        let first = declared.original_position() - body.range().start;
        let mut copied = body.get_operators_reader()?.original_position() - body.range().start;
        changed.extend_from_slice(&bytes[first..copied]);
        self.vectors.encode(&mut changed);
        ValType::V128.encode(&mut changed);
        for (from, to, instructions) in &self.replacements {
            changed.extend_from_slice(&bytes[copied..*from]);
            changed.extend_from_slice(instructions);
            copied = *to;
        }
        changed.extend_from_slice(&bytes[copied..]);
        Ok(changed)
    }
}
