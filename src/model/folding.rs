//! Folding of what weights alone determine.

use super::MAX_TENSOR_BYTES;
use crate::error::{Error, ErrorKind};
use tract_onnx::prelude::{
    IntoArcTensor, IntoTValue, OutletId, SpecialOps, TVec, TractError, TractResult, TypedModel, TypedModelPatch,
};
use tract_onnx::tract_hir::internal::DimLike;

/// Computes nodes of which all inputs are constant, such as casts and dequantisation of weights, once and for all.
///
/// tract does so by itself, but only up to a size; beyond that it would compute them in every pass.
///
/// # Errors
/// An [`Error`] of [`ErrorKind::TooLarge`] if they take more than [`MAX_TENSOR_BYTES`].
pub(super) fn fold_constants(model: &mut TypedModel) -> TractResult<()> {
    let mut folded_bytes = 0usize;
    for id in model.eval_order()? {
        let node = model.node(id);
        let inputs: Option<TVec<_>> = {
            let facts = model.node_input_facts(id)?;
            facts.iter().map(|fact| Some(fact.konst.clone()?.into_tvalue())).collect()
        };
        let Some(inputs) = inputs.filter(|inputs| !inputs.is_empty()) else { continue };
        let facts = node.outputs.iter().map(|output| &output.fact);
        let bytes = facts.map(|fact| fact.mem_size().to_usize().unwrap_or(usize::MAX));
        folded_bytes = bytes.fold(folded_bytes, usize::saturating_add);
        if folded_bytes > MAX_TENSOR_BYTES {
            return Err(TractError::new(Error::new(
                ErrorKind::TooLarge,
                format!(
                    "what the weights alone determine takes more than {} MiB up to node {}",
                    MAX_TENSOR_BYTES >> 20,
                    node.name
                ),
            )));
        }
        // What cannot be computed now is left to the pass, which tells why if it cannot either.
        let Ok(Some(values)) = node.op.eval_out_of_plan(inputs) else { continue };
        let mut patch = TypedModelPatch::default();
        for (slot, value) in values.into_iter().enumerate() {
            let constant = patch.add_const(format!("{}.folded.{slot}", node.name), value.into_arc_tensor())?;
            patch.shunt_outside(model, OutletId::new(id, slot), constant)?;
        }
        patch.apply(model)?;
    }
    Ok(())
}
