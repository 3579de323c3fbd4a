//! Modules with relaxed SIMD.

use crate::Result;
use crate::module::Module;
use wasm_encoder::{CodeSection, Encode, Instruction, ValType};
use wasmparser::{FunctionBody, Operator};

/// What the functions' names begin with that are changed: those that convolutions, dense layers and products of matrices spend
/// their time in. What is drawn and preprocessed stays the same to the bit.
const FUSED: [&str; 5] = [
    "convscope_kernels::dense::",
    "convscope_kernels::matrix::",
    "convscope_kernels::phases::",
    "convscope_kernels::winograd::",
    "tract_linalg::wasm::mmm_",
];

/// The module with one instruction of relaxed SIMD, `f32x4.relaxed_madd`, in the place of each multiplication whose product is
/// added to something, in functions of [`FUSED`]. That is rounded once or twice, as suits the machine.
///
/// # Errors
///
/// As of [`Module::parse`], and if nothing of one of [`FUSED`] can be changed: it has got another name.
pub(crate) fn fuse(bytes: &[u8]) -> Result<Vec<u8>> {
    let module = Module::parse(bytes)?;
    let mut code = CodeSection::new();
    let mut changed = [0; FUSED.len()];
    for (function, body) in (module.imported_names.len() as u32..).zip(&module.bodies) {
        let name = module.names.get(&function).copied().unwrap_or_default();
        let Some(place) = FUSED.iter().position(|prefix| name.starts_with(prefix)) else {
            code.raw(body.as_bytes());
            continue;
        };
        let parameters = module.types[module.type_of(function) as usize].params().len() as u32;
        let fused = Fused::new(body, parameters)?;
        changed[place] += fused.changes.len();
        code.raw(&fused.body(body)?);
    }
    if let Some((prefix, _)) = FUSED.iter().zip(changed).find(|(_, changed)| *changed == 0) {
        return Err(format!("no function of “{prefix}” has a multiplication to fuse").into());
    }
    Ok(module.with_code(&code))
}

/// What is changed of a function.
struct Fused {
    /// What takes the place of parts of the body, from and to a position in it, in their order.
    changes: Vec<(usize, usize, Vec<u8>)>,
    /// Number of vectors that are kept in locals more.
    locals: u32,
}

/// A value on the stack, of which is known:
#[derive(Clone, Copy, Default)]
struct Value {
    /// Where the instructions begin that compute it.
    start: Option<usize>,
    /// From and to where the multiplication is that it is the product of.
    multiplication: Option<(usize, usize)>,
}

impl Fused {
    fn new(body: &FunctionBody, parameters: u32) -> Result<Self> {
        let mut declared = parameters;
        for locals in body.get_locals_reader()? {
            declared += locals?.0;
        }
        let mut fused = Self { changes: Vec::new(), locals: 0 };
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
                fused.add(operands, declared, (start, end));
            }
            if let Operator::LocalSet { .. } = operator {
                continue;
            }
            stack.push(Value {
                start: if popped == 0 { Some(start) } else { operands[0].start },
                multiplication: matches!(operator, Operator::F32x4Mul).then_some((start, end)),
            });
        }
        fused.changes.sort();
        Ok(fused)
    }

    /// Fuses an addition with the multiplication that made one of what it adds, if one did.
    fn add(&mut self, [first, second]: [Value; 2], declared: u32, (start, end): (usize, usize)) {
        let mut instructions = Vec::new();
        let multiplication = match (first.multiplication, second) {
            (Some(multiplication), _) => multiplication,
            (None, Value { start: Some(second), multiplication: Some(multiplication) }) => {
                // The fused instruction takes last what is added, and here it comes first.
                let local = declared + self.locals;
                self.locals += 1;
                self.replace((second, second), &[Instruction::LocalSet(local)]);
                instructions.push(Instruction::LocalGet(local));
                multiplication
            }
            _ => return,
        };
        instructions.push(Instruction::F32x4RelaxedMadd);
        self.replace(multiplication, &[]);
        self.replace((start, end), &instructions);
    }

    fn replace(&mut self, (from, to): (usize, usize), instructions: &[Instruction]) {
        let mut bytes = Vec::new();
        for instruction in instructions {
            instruction.encode(&mut bytes);
        }
        self.changes.push((from, to, bytes));
    }

    /// The changed body.
    fn body(&self, body: &FunctionBody) -> Result<Vec<u8>> {
        let bytes = body.as_bytes();
        let mut declared = body.get_locals_reader()?;
        let declarations = declared.get_count();
        let mut changed = Vec::with_capacity(bytes.len());
        (declarations + 1).encode(&mut changed);
        let first = declared.original_position() - body.range().start;
        for _ in 0..declarations {
            declared.read()?;
        }
        let mut copied = declared.original_position() - body.range().start;
        changed.extend_from_slice(&bytes[first..copied]);
        self.locals.encode(&mut changed);
        ValType::V128.encode(&mut changed);
        for (from, to, instructions) in &self.changes {
            changed.extend_from_slice(&bytes[copied..*from]);
            changed.extend_from_slice(instructions);
            copied = *to;
        }
        changed.extend_from_slice(&bytes[copied..]);
        Ok(changed)
    }
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
