//! Folding of what weights alone determine.

use tract_onnx::prelude::{
    IntoArcTensor, IntoTValue, OutletId, SpecialOps, TVec, TractResult, TypedModel, TypedModelPatch,
};

/// Computes nodes of which all inputs are constant, such as casts and dequantisation of weights, once and for all.
///
/// tract does so by itself, but only up to a size; beyond that it would compute them in every pass.
pub(super) fn fold_constants(model: &mut TypedModel) -> TractResult<()> {
    for id in model.eval_order()? {
        let node = model.node(id);
        let inputs: Option<TVec<_>> = {
            let facts = model.node_input_facts(id)?;
            facts.iter().map(|fact| Some(fact.konst.clone()?.into_tvalue())).collect()
        };
        let Some(inputs) = inputs.filter(|inputs| !inputs.is_empty()) else { continue };
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
