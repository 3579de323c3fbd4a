//! Dequantisation of weights, in one sweep: tract takes the steps that a pass would, value by value.

use super::{Built, Rewired, Wiring, expansion_by_tract};
use tract_onnx::model::ParsingContext;
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_hir::internal::*;

/// The operator of a DequantizeLinear node.
pub(super) fn build(context: &ParsingContext, node: &NodeProto) -> Built {
    let wiring = WeightsAtOnce { axis: node.get_attr_opt("axis")?.unwrap_or(1) };
    Ok((expand(Rewired { op: expansion_by_tract(context, node)?, wiring }), vec![]))
}

/// Computes weights; what is not one is left to tract.
#[derive(Clone, Debug)]
struct WeightsAtOnce {
    axis: i64,
}

impl Wiring for WeightsAtOnce {
    fn wire(
        &self,
        op: &dyn Expansion,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        let constants = inputs.iter().map(|&input| Ok(model.outlet_fact(input)?.konst.clone()));
        let constants: Option<TVec<_>> = constants.collect::<TractResult<Vec<_>>>()?.into_iter().collect();
        let weights = constants.map(|constants| dequantized(&constants, self.axis)).transpose()?.flatten();
        match weights {
            Some(weights) => Ok(tvec!(model.add_const(prefix, weights)?)),
            None => op.wire(prefix, model, inputs),
        }
    }
}

/// `(value - zero point) * scale`, of which there are one each, or one for each index of `axis`; none for constants that
/// do not fit each other.
fn dequantized(constants: &[Arc<Tensor>], axis: i64) -> TractResult<Option<Tensor>> {
    let [values, scales, zero_points @ ..] = constants else { return Ok(None) };
    let axis = usize::try_from(if axis < 0 { axis + values.rank() as i64 } else { axis });
    let axis_len = axis.ok().and_then(|axis| values.shape().get(axis)).copied();
    let inner: usize = axis.map_or(1, |axis| values.shape().iter().skip(axis + 1).product());
    let per_index = |parameter: &Tensor| -> TractResult<Option<Vec<f32>>> {
        let parameter = parameter.cast_to::<f32>()?;
        let parameter = parameter.try_as_plain_ram()?.as_slice()?;
        Ok(match (parameter, axis_len) {
            (&[one], _) => Some(vec![one; axis_len.unwrap_or(1)]),
            (each, Some(len)) if each.len() == len => Some(each.to_vec()),
            _ => None,
        })
    };
    let Some(scales) = per_index(scales)? else { return Ok(None) };
    let zero_points = match zero_points {
        [zero_points] => per_index(zero_points)?,
        _ => Some(vec![0.0; scales.len()]),
    };
    let Some(zero_points) = zero_points.filter(|_| inner > 0) else { return Ok(None) };
    let mut values = values.cast_to::<f32>()?.into_owned();
    let parameters = zero_points.iter().zip(&scales).cycle();
    let mut view = values.try_as_plain_ram_mut()?;
    for (block, (zero_point, scale)) in view.as_slice_mut::<f32>()?.chunks_mut(inner).zip(parameters) {
        for value in block {
            *value = (*value - zero_point) * scale;
        }
    }
    Ok(Some(values))
}
