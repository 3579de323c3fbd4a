//! Loads with constant offsets.

use crate::Result;
use crate::kernels::{self, Edits};
use wasm_encoder::{Instruction, MemArg};
use wasmparser::{FunctionBody, Operator};

/// Largest constant that becomes an offset. The sum of an address and a constant begins anew beyond the end of memory's
/// numbers, and with an offset does not: it makes a difference for what lies as near to their beginning as this. There the
/// stack ends, and nothing else is.
const LARGEST: i32 = 1 << 10;

/// The module whose kernels' loads have the constants as offsets that are added to their addresses. The compiler leaves the
/// additions, which take a processor as long as loads.
///
/// # Errors
///
/// As of [`kernels::change`].
pub(crate) fn address(bytes: &[u8]) -> Result<Vec<u8>> {
    kernels::change(bytes, |body, _| edits(body))
}

fn edits(body: &FunctionBody) -> Result<Edits> {
    let mut edits = Edits::default();
    let begin = body.range().start;
    let mut operators = body.get_operators_reader()?;
    // The two instructions before, where they begin.
    let mut before = [None, None];
    while !operators.eof() {
        let start = operators.original_position() - begin;
        let operator = operators.read()?;
        let end = operators.original_position() - begin;
        if let [Some((from, Operator::I32Const { value: constant @ 1..=LARGEST })), Some((_, Operator::I32Add))] =
            before
        {
            let with_offset = |argument: wasmparser::MemArg| MemArg {
                offset: argument.offset + u64::from(constant.unsigned_abs()),
                align: argument.align.into(),
                memory_index: argument.memory,
            };
            let load = match operator {
                Operator::F32Load { memarg } => Some(Instruction::F32Load(with_offset(memarg))),
                Operator::V128Load { memarg } => Some(Instruction::V128Load(with_offset(memarg))),
                Operator::V128Load32Splat { memarg } => Some(Instruction::V128Load32Splat(with_offset(memarg))),
                _ => None,
            };
            if let Some(load) = load {
                edits.replace((from, end), &[load]);
            }
        }
        let [_, last] = before;
        before = [last, Some((start, operator))];
    }
    Ok(edits)
}
