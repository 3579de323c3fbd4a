//! Bounds on what tract does with hostile models: how much it allocates, and that its panics are errors.

use super::{MAX_TENSOR_BYTES, validation};
use crate::error::{Error, ErrorKind, Result};
use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tract_onnx::pb::{GraphProto, NodeProto};
use tract_onnx::tract_core::optim::CONST_FOLD_MEM_BUDGET;
use tract_onnx::tract_hir::infer::Factoid;
use tract_onnx::tract_hir::internal::*;

/// Checks that a tensor of `shape` may be made.
///
/// # Errors
/// [`ErrorKind::TooLarge`], naming its `subject`, beyond [`MAX_TENSOR_BYTES`].
pub(super) fn check_size(shape: &[usize], element_bytes: usize, subject: impl FnOnce() -> String) -> Result<()> {
    // A dimension of 0 makes a tensor empty, whatever the others are.
    let is_empty = shape.contains(&0);
    let bytes = shape.iter().try_fold(element_bytes, |bytes, &dim| bytes.checked_mul(dim));
    match bytes {
        _ if is_empty => Ok(()),
        Some(bytes) if bytes <= MAX_TENSOR_BYTES => Ok(()),
        _ => Err(Error::new(
            ErrorKind::TooLarge,
            format!(
                "{} is of shape {shape:?}; the engine makes tensors of at most {} MiB",
                subject(),
                MAX_TENSOR_BYTES >> 20
            ),
        )),
    }
}

/// Makes the operators of a model made of `graph` check their attributes, and how large their outputs are before they
/// compute them: tract computes what constants determine while it analyses the model.
pub(super) fn guard_operators(model: &mut InferenceModel, graph: &GraphProto) {
    let protos: HashMap<&str, &NodeProto> = graph.node.iter().map(|node| (node.name.as_str(), node)).collect();
    for node in model.nodes_mut().iter_mut().filter(|node| !node.inputs.is_empty()) {
        if let Some(&proto) = protos.get(node.name.as_str()) {
            node.op = Box::new(Guarded { op: node.op.clone(), node: proto.clone() });
        }
    }
}

/// Operators that take sizes as a tensor of int64, of which tract keeps 32 bits.
const TAKES_SIZES: &[&str] = &["ConstantOfShape", "Expand", "OneHot", "Pad", "Range", "Reshape", "Resize", "Tile"];

/// The largest of a tensor's int64 values; none if it has no such values, or none that is positive.
fn largest(tensor: &Tensor) -> Option<usize> {
    let values = tensor.try_as_plain_ram().ok()?.as_slice::<i64>().ok()?;
    // Beyond `usize`, any size is too large.
    values.iter().max().filter(|&&value| value > 0).map(|&value| usize::try_from(value).unwrap_or(usize::MAX))
}

/// What `run` gives; its panic as an error. In WebAssembly a panic ends the engine instead, which the page replaces.
pub(crate) fn catching_panics<T>(run: impl FnOnce() -> TractResult<T>) -> TractResult<T> {
    let message = |panic: Box<dyn Any + Send>| match panic.downcast::<String>() {
        Ok(message) => *message,
        Err(panic) => panic.downcast_ref::<&str>().unwrap_or(&"no message").to_string(),
    };
    // What `run` leaves half done is not used again, or overwritten.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| Err(TractError::msg(message(panic))))
}

/// An operator that checks its node's attributes and the sizes of its outputs before it computes them.
#[derive(Clone, Debug)]
struct Guarded {
    op: Box<dyn InferenceOp>,
    node: NodeProto,
}

impl PartialEq for Guarded {
    fn eq(&self, _: &Self) -> bool {
        false
    }
}

impl Eq for Guarded {}

impl Op for Guarded {
    fn name(&self) -> StaticName {
        self.op.name()
    }

    not_a_typed_op!();
}

impl EvalOp for Guarded {
    fn eval_out_of_plan(&self, inputs: TVec<TValue>) -> TractResult<Option<TVec<TValue>>> {
        self.op.eval_out_of_plan(inputs)
    }

    fn state(&self, context: &EvalContext) -> TractResult<Option<Box<dyn OpState>>> {
        self.op.state(context)
    }
}

impl InferenceOp for Guarded {
    fn infer(
        &mut self,
        inputs: TVec<&InferenceFact>,
        outputs: TVec<&InferenceFact>,
        observed: TVec<&InferenceFact>,
    ) -> TractResult<(TVec<InferenceFact>, TVec<InferenceFact>, TVec<InferenceFact>)> {
        if let Some(rank) = inputs.first().and_then(|input| input.shape.rank().concretize()) {
            validation::check_rank(&self.node, rank as usize)?;
        }
        if TAKES_SIZES.contains(&self.node.op_type.as_str()) {
            let values = inputs.iter().filter_map(|input| input.value.concretize());
            for size in values.flat_map(|value| largest(&value)) {
                check_size(&[size], 1, || format!("what {} computes", self.node.name))?;
            }
        }
        let inferred = self.op.infer_facts(inputs.clone(), outputs.clone(), observed.clone())?;
        let mut bytes = 0usize;
        for fact in &inferred.1 {
            let element_bytes = fact.datum_type().map_or(1, |dtype| dtype.size_of());
            let dims = fact.shape.concretize().unwrap_or_default();
            // tract leaves a broadcast of sizes that do not fit as it is, and reckons with it for ever.
            if dims.iter().any(|dim| dim.symbols().is_empty() && dim.to_i64().is_err()) {
                let shapes: Vec<String> = inputs.iter().map(|input| format!("[{:?}]", input.shape)).collect();
                return Err(validation::misfit(&self.node, &shapes.join(" and ")).into());
            }
            let shape: TVec<usize> = dims.iter().map_while(|dim| dim.to_usize().ok()).collect();
            check_size(&shape, element_bytes, || format!("what {} computes", self.node.name))?;
            bytes = shape.iter().fold(element_bytes, |bytes, &dim| bytes.saturating_mul(dim)).saturating_add(bytes);
        }
        // tract would compute large constants of small ones, only to let go of them.
        if bytes as u64 > CONST_FOLD_MEM_BUDGET * inputs.len() as u64 {
            return Ok(inferred);
        }
        self.op.infer(inputs, outputs, observed)
    }

    fn observe_outlets(&self, model: &InferenceModel, node: &InferenceNode) -> TractResult<Vec<OutletId>> {
        self.op.observe_outlets(model, node)
    }

    fn infer_facts(
        &mut self,
        inputs: TVec<&InferenceFact>,
        outputs: TVec<&InferenceFact>,
        observed: TVec<&InferenceFact>,
    ) -> TractResult<(TVec<InferenceFact>, TVec<InferenceFact>, TVec<InferenceFact>)> {
        self.op.infer_facts(inputs, outputs, observed)
    }

    fn incorporate(&self, model: &InferenceModel, node: &InferenceNode) -> TractResult<Option<InferenceModelPatch>> {
        self.op.incorporate(model, node)
    }

    fn nboutputs(&self) -> TractResult<usize> {
        self.op.nboutputs()
    }

    // What looks for an operator finds the one within.
    fn as_op(&self) -> &dyn Op {
        self.op.as_op()
    }

    fn as_op_mut(&mut self) -> &mut dyn Op {
        self.op.as_op_mut()
    }

    fn to_typed(
        &self,
        source: &InferenceModel,
        node: &InferenceNode,
        target: &mut TypedModel,
        mapping: &HashMap<OutletId, OutletId>,
    ) -> TractResult<TVec<OutletId>> {
        self.op.to_typed(source, node, target, mapping)
    }
}
