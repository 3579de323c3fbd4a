//! Padding in the mode `wrap`: the tensor goes on at its other end.

use super::Built;
use tract_onnx::model::optional_inputs;
use tract_onnx::pb::NodeProto;
use tract_onnx::tract_core::ops::array::{Slice, TypedConcat};
use tract_onnx::tract_hir::internal::*;

/// The operator of a Pad node in the mode `wrap`, whose pads are an input, as since version 11.
pub(super) fn build(node: &NodeProto) -> Built {
    let mut inputs = optional_inputs(node).skip(3);
    Ok((expand(WrapPad { axes_input: inputs.next().flatten() }), vec![]))
}

#[derive(Clone, Debug)]
struct WrapPad {
    axes_input: Option<usize>,
}

impl WrapPad {
    /// How many cells come before and after each of `rank` axes.
    fn pads(&self, rank: usize, pads: &Tensor, axes: Option<&Tensor>) -> TractResult<Vec<(usize, usize)>> {
        let axes = match axes {
            None => (0..rank).collect(),
            Some(axes) => {
                let axes = axes.cast_to::<i64>()?;
                let rank = rank as i64;
                let axis = |&axis: &i64| usize::try_from(if axis < 0 { axis + rank } else { axis });
                axes.try_as_plain_ram()?.as_slice::<i64>()?.iter().map(axis).collect::<Result<Vec<_>, _>>()?
            }
        };
        let pads = pads.cast_to::<i64>()?;
        let (before, after) = pads.try_as_plain_ram()?.as_slice::<i64>()?.split_at(pads.len() / 2);
        ensure!(before.len() == axes.len() && after.len() == axes.len(), "{} pads for {} axes", pads.len(), axes.len());
        let mut result = vec![(0, 0); rank];
        for (axis, (&before, &after)) in axes.into_iter().zip(before.iter().zip(after)) {
            let place = result.get_mut(axis).with_context(|| format!("there is no axis {axis}"))?;
            *place = (usize::try_from(before)?, usize::try_from(after)?);
        }
        Ok(result)
    }
}

impl Expansion for WrapPad {
    fn name(&self) -> StaticName {
        "WrapPad".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_output_arity(outputs, 1)?;
        solver.equals(&inputs[0].datum_type, &outputs[0].datum_type)?;
        solver.equals(&inputs[0].rank, &outputs[0].rank)?;
        let with_pads = move |solver: &mut Solver<'r>, rank: usize, pads: &Tensor, axes: Option<&Tensor>| {
            for (axis, (before, after)) in self.pads(rank, pads, axes)?.into_iter().enumerate() {
                let padded = inputs[0].shape[axis].bex() + (before + after).to_dim();
                solver.equals(&outputs[0].shape[axis], padded)?;
            }
            Ok(())
        };
        solver.given_2(&inputs[0].rank, &inputs[1].value, move |solver, rank, pads| match self.axes_input {
            None => with_pads(solver, rank as usize, &pads, None),
            Some(input) => solver
                .given(&inputs[input].value, move |solver, axes| with_pads(solver, rank as usize, &pads, Some(&axes))),
        })
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        let constant = |model: &TypedModel, input: usize| -> TractResult<Arc<Tensor>> {
            model.outlet_fact(inputs[input])?.konst.clone().context("pads must be known before a pass")
        };
        let axes = self.axes_input.map(|input| constant(model, input)).transpose()?;
        let shape = model.outlet_fact(inputs[0])?.shape.clone();
        let pads = self.pads(shape.rank(), &*constant(model, 1)?, axes.as_deref())?;
        let mut wire = inputs[0];
        for (axis, (before, after)) in pads.into_iter().enumerate().filter(|(_, pads)| *pads != (0, 0)) {
            let len = shape[axis].to_usize()?;
            ensure!(before.max(after) <= len, "wrapping {len} cells around more than once");
            let mut slice = |name: &str, start: usize, end: usize| {
                Ok::<_, TractError>(
                    model.wire_node(format!("{prefix}.{name}_{axis}"), Slice::new(axis, start, end), &[wire])?[0],
                )
            };
            let parts = [slice("last", len - before, len)?, wire, slice("first", 0, after)?];
            wire = model.wire_node(format!("{prefix}.wrapped_{axis}"), TypedConcat::new(axis), &parts)?[0];
        }
        Ok(tvec!(wire))
    }
}
