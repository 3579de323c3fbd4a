//! Modules with relaxed SIMD.

use crate::Result;
use crate::kernels::{self, Edits};
use wasm_encoder::Instruction;
use wasmparser::{FunctionBody, Operator};

/// The module whose kernels have one instruction of relaxed SIMD, `f32x4.relaxed_madd`, in the place of each multiplication whose
/// product is added to something. That is rounded once or twice, as suits the machine.
///
/// # Errors
///
/// As of [`kernels::change`].
pub(crate) fn fuse(bytes: &[u8]) -> Result<Vec<u8>> {
    kernels::change(bytes, edits)
}

/// A value on the stack, of which is known:
#[derive(Clone, Copy, Default)]
struct Value {
    /// Where the instructions begin that compute it.
    start: Option<usize>,
    /// From and to where the multiplication is that it is the product of.
    multiplication: Option<(usize, usize)>,
}

fn edits(body: &FunctionBody, parameters: u32) -> Result<Edits> {
    let mut locals = parameters;
    for declared in body.get_locals_reader()? {
        locals += declared?.0;
    }
    let mut edits = Edits::default();
    let begin = body.range().start;
    let mut operators = body.get_operators_reader()?;
    // As far as it has been pushed since something that nothing is known of.
    let mut stack: Vec<Value> = Vec::new();
    while !operators.eof() {
        let start = operators.original_position() - begin;
        let operator = operators.read()?;
        let end = operators.original_position() - begin;
        let Some(popped) = popped(&operator) else {
            stack.clear();
            continue;
        };
        let mut operands = [Value::default(); 2];
        for operand in operands[..popped].iter_mut().rev() {
            *operand = stack.pop().unwrap_or_default();
        }
        if let Operator::F32x4Add = operator {
            fuse_addition(&mut edits, operands, locals, (start, end));
        }
        if let Operator::LocalSet { .. } = operator {
            continue;
        }
        stack.push(Value {
            start: if popped == 0 { Some(start) } else { operands[0].start },
            multiplication: matches!(operator, Operator::F32x4Mul).then_some((start, end)),
        });
    }
    Ok(edits)
}

/// Fuses an addition with the multiplication that made one of what it adds, if one did.
fn fuse_addition(edits: &mut Edits, [first, second]: [Value; 2], locals: u32, addition: (usize, usize)) {
    let mut instructions = Vec::new();
    let multiplication = match (first.multiplication, second) {
        (Some(multiplication), _) => multiplication,
        (None, Value { start: Some(second), multiplication: Some(multiplication) }) => {
            // The fused instruction takes last what is added, and here it comes first.
            let local = locals + edits.vectors;
            edits.vectors += 1;
            edits.replace((second, second), &[Instruction::LocalSet(local)]);
            instructions.push(Instruction::LocalGet(local));
            multiplication
        }
        _ => return,
    };
    instructions.push(Instruction::F32x4RelaxedMadd);
    edits.replace(multiplication, &[]);
    edits.replace(addition, &instructions);
}

/// How many values an instruction takes from the stack, for those that put one there or are `local.set`; none for others.
fn popped(operator: &Operator) -> Option<usize> {
    use Operator as O;
    Some(match operator {
        O::LocalGet { .. } | O::GlobalGet { .. } | O::I32Const { .. } | O::F32Const { .. } | O::V128Const { .. } => 0,
        O::LocalSet { .. } | O::LocalTee { .. } => 1,
        O::I32Load { .. } | O::F32Load { .. } | O::V128Load { .. } | O::V128Load32Splat { .. } => 1,
        O::F32x4Splat | O::F32x4Neg | O::F32x4ExtractLane { .. } => 1,
        O::I32Add | O::I32Sub | O::I32Mul | O::I32Shl => 2,
        O::F32Add | O::F32Sub | O::F32Mul | O::F32Div => 2,
        O::F32x4Add | O::F32x4Sub | O::F32x4Mul | O::F32x4Div | O::F32x4Min | O::F32x4Max => 2,
        O::F32x4PMin | O::F32x4PMax | O::I8x16Shuffle { .. } => 2,
        _ => return None,
    })
}
