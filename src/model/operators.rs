//! Operators that tract lacks, has in part, or takes long for.

mod dequantize;
mod wrap_pad;

use std::fmt;
use tract_onnx::model::{Onnx, ParsingContext};
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};
use tract_onnx::tract_core::ops::array::MultiBroadcastTo;
use tract_onnx::tract_core::ops::binary::TypedBinOp;
use tract_onnx::tract_core::ops::cast::cast;
use tract_onnx::tract_core::ops::logic::{Iff, comp_gt};
use tract_onnx::tract_core::ops::math::{add, div, exp, mul, rsqrt, square, sub};
use tract_onnx::tract_core::ops::nn::{Reduce, Reducer};
use tract_onnx::tract_hir::internal::*;
use tract_onnx::tract_hir::ops::activations::Selu;
use tract_onnx::tract_hir::ops::logic::wire_with_rank_broadcast;

/// What a builder makes of a node: the operator, and what it closes on.
type Built = TractResult<(Box<dyn InferenceOp>, Vec<String>)>;

/// tract's reader of ONNX with the operators of this module.
pub(super) fn framework() -> Onnx {
    let mut framework = tract_onnx::onnx();
    framework.op_register.insert("BatchNormalization", batch_normalization);
    for op in ["Add", "And", "Div", "Equal", "Greater", "Less", "Mul", "Or", "Pow", "Sub", "Xor"] {
        framework.op_register.insert(op, elementwise);
    }
    framework.op_register.insert("DequantizeLinear", dequantize::build);
    framework.op_register.insert("Dropout", dropout);
    framework.op_register.insert("Gemm", gemm);
    framework.op_register.insert("Pad", |context, node| match node.get_attr_opt::<&str>("mode")? {
        Some("wrap") => wrap_pad::build(node),
        _ => built_by_tract(context, node),
    });
    framework.op_register.insert("Resize", resize);
    framework.op_register.insert("Upsample", resize);
    framework
        .op_register
        .insert("Celu", |_, node| Ok((expand(Celu { alpha: node.get_attr_opt("alpha")?.unwrap_or(1.0) }), vec![])));
    framework.op_register.insert("Selu", |_, node| {
        // tract's own defaults have six digits.
        let alpha = node.get_attr_opt("alpha")?.unwrap_or(1.673_263_2);
        Ok((expand(Selu(alpha, node.get_attr_opt("gamma")?.unwrap_or(1.050_701))), vec![]))
    });
    framework.op_register.insert("PRelu", |context, _| {
        // Before version 7 a slope of one dimension is that of the channels; since then it is broadcast.
        Ok((expand(PRelu { has_channel_slope: context.onnx_operator_set_version < 7 }), vec![]))
    });
    framework
}

/// What tract makes of a node.
fn built_by_tract(context: &ParsingContext, node: &NodeProto) -> Built {
    let builder = tract_onnx::onnx().op_register.0.get(&node.op_type).copied();
    builder.with_context(|| format!("tract has no {}", node.op_type))?(context, node)
}

fn batch_normalization(context: &ParsingContext, node: &NodeProto) -> Built {
    if node.get_attr_opt::<i64>("training_mode")?.unwrap_or(0) == 0 {
        return built_by_tract(context, node);
    }
    Ok((
        expand(TrainingBatchNorm {
            epsilon: node.get_attr_opt("epsilon")?.unwrap_or(1e-5),
            momentum: node.get_attr_opt("momentum")?.unwrap_or(0.9),
            outputs: node.output.iter().filter(|name| !name.is_empty()).count(),
        }),
        vec![],
    ))
}

/// Rewrites nodes whose attributes were inputs later, for builders that look for inputs: an Upsample before version 9
/// gets its scales as a weight, which is called by the node's name.
pub(super) fn modernise(graph: &mut GraphProto) {
    for node in graph.node.iter_mut().filter(|node| node.op_type == "Upsample" && node.input.len() == 1) {
        let Some(index) = node.attribute.iter().position(|attribute| attribute.name == "scales") else { continue };
        let float_data = node.attribute.swap_remove(index).floats;
        let name = format!("{}.scales", node.name);
        node.input.push(name.clone());
        let (data_type, dims) = (DataType::Float as i32, vec![float_data.len() as i64]);
        graph.initializer.push(TensorProto { name, data_type, dims, float_data, ..TensorProto::default() });
    }
}

/// What tract makes of a node, as an expansion.
fn expansion_by_tract(context: &ParsingContext, node: &NodeProto) -> TractResult<Box<dyn Expansion>> {
    let (op, _) = built_by_tract(context, node)?;
    let expansion = op.as_op().downcast_ref::<Box<dyn Expansion>>().cloned();
    expansion.with_context(|| format!("tract's {} is no expansion", node.op_type))
}

fn elementwise(context: &ParsingContext, node: &NodeProto) -> Built {
    // Before version 7 a node could say from which axis on it broadcasts.
    match node.get_attr_opt::<i64>("axis")? {
        Some(axis) if context.onnx_operator_set_version < 7 && axis >= 0 => {
            Ok((expand(AlignedAtEnds { op: expansion_by_tract(context, node)?, axis }), vec![]))
        }
        _ => built_by_tract(context, node),
    }
}

/// An operator that broadcasts its second input from `axis` on, which must come to the alignment of last axes.
#[derive(Clone, Debug)]
struct AlignedAtEnds {
    op: Box<dyn Expansion>,
    axis: i64,
}

impl Expansion for AlignedAtEnds {
    fn name(&self) -> StaticName {
        self.op.name()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 2)?;
        solver.given_2(&inputs[0].rank, &inputs[1].rank, move |_, rank, other_rank| {
            ensure!(self.axis + other_rank == rank, "broadcasting from axis {} on, not to the last one", self.axis);
            Ok(())
        })?;
        self.op.rules(solver, inputs, outputs)
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        self.op.wire(prefix, model, inputs)
    }
}

fn gemm(context: &ParsingContext, node: &NodeProto) -> Built {
    Ok((expand(Rewired { op: expansion_by_tract(context, node)?, wiring: InFloat32 }), vec![]))
}

/// tract's operator, whose computation is wired in another way.
#[derive(Clone, Debug)]
struct Rewired<W> {
    op: Box<dyn Expansion>,
    wiring: W,
}

/// How the computation of tract's operator is wired: as [`Expansion::wire`].
trait Wiring: Clone + fmt::Debug + Send + Sync + 'static {
    fn wire(
        &self,
        op: &dyn Expansion,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>>;
}

impl<W: Wiring> Expansion for Rewired<W> {
    fn name(&self) -> StaticName {
        self.op.name()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        self.op.rules(solver, inputs, outputs)
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        self.wiring.wire(&*self.op, prefix, model, inputs)
    }
}

/// Computes float16 as float32: of float16 tract does not take all that ONNX allows.
#[derive(Clone, Debug)]
struct InFloat32;

impl Wiring for InFloat32 {
    fn wire(
        &self,
        op: &dyn Expansion,
        prefix: &str,
        model: &mut TypedModel,
        inputs: &[OutletId],
    ) -> TractResult<TVec<OutletId>> {
        if model.outlet_fact(inputs[0])?.datum_type != DatumType::F16 {
            return op.wire(prefix, model, inputs);
        }
        let mut wide = tvec!();
        for (index, &input) in inputs.iter().enumerate() {
            wide.extend(model.wire_node(format!("{prefix}.wide_{index}"), cast(DatumType::F32), &[input])?);
        }
        let wide = op.wire(prefix, model, &wide)?;
        model.wire_node(format!("{prefix}.narrow"), cast(DatumType::F16), &wide)
    }
}

/// Resize, and Upsample, which it was before version 10.
fn resize(context: &ParsingContext, node: &NodeProto) -> Built {
    let mut node = node.clone();
    "Resize".clone_into(&mut node.op_type);
    if context.onnx_operator_set_version > 10 {
        return built_by_tract(context, &node);
    }
    let context = ParsingContext { onnx_operator_set_version: 10, ..context.clone() };
    let with_nearest = |mode: &[u8]| {
        let (name, s, r#type) = ("nearest_mode".to_owned(), mode.to_vec(), AttributeType::String as i32);
        let mut node = node.clone();
        node.attribute.push(AttributeProto { name, s, r#type, ..AttributeProto::default() });
        expansion_by_tract(&context, &node)
    };
    Ok((expand(EarlyResize { shrinking: with_nearest(b"ceil")?, growing: with_nearest(b"floor")? }), vec![]))
}

/// Resize up to version 10, of which the nearest neighbours are those after where it shrinks, and those before where it
/// grows.
#[derive(Clone, Debug)]
struct EarlyResize {
    shrinking: Box<dyn Expansion>,
    growing: Box<dyn Expansion>,
}

impl Expansion for EarlyResize {
    fn name(&self) -> StaticName {
        self.growing.name()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        self.growing.rules(solver, inputs, outputs)
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        let &[input, scales] = inputs else { bail!("{} inputs instead of two", inputs.len()) };
        let scales = model.outlet_fact(scales)?.konst.clone().context("scales must be known before a pass")?;
        let scales = scales.cast_to::<f32>()?.try_as_plain_ram()?.as_slice::<f32>()?.to_vec();
        if !scales.iter().any(|&scale| scale < 1.0) {
            return self.growing.wire(prefix, model, inputs);
        }
        if !scales.iter().any(|&scale| scale > 1.0) {
            return self.shrinking.wire(prefix, model, inputs);
        }
        let mut bounded = |name: &str, bound: fn(f32) -> f32| {
            let scales: Vec<f32> = scales.iter().map(|&scale| bound(scale)).collect();
            model.add_const(format!("{prefix}.{name}"), tensor1(&scales))
        };
        let shrink = bounded("shrink_scales", |scale| scale.min(1.0))?;
        let grow = bounded("grow_scales", |scale| scale.max(1.0))?;
        let shrunk = self.shrinking.wire(&format!("{prefix}.shrunk"), model, &[input, shrink])?;
        self.growing.wire(prefix, model, &[shrunk[0], grow])
    }
}

fn dropout(context: &ParsingContext, node: &NodeProto) -> Built {
    match (context.onnx_operator_set_version, node.output.len()) {
        (..12, 2) => {
            let has_bool_mask = context.onnx_operator_set_version >= 10;
            Ok((expand(DropoutWithUnsetMask { has_bool_mask }), vec![]))
        }
        _ => built_by_tract(context, node),
    }
}

/// Dropout before version 12, which knows no training and leaves the mask open: like onnxruntime's it is all zero.
#[derive(Clone, Debug)]
struct DropoutWithUnsetMask {
    /// Else it is of the data's type, as before version 10.
    has_bool_mask: bool,
}

impl Expansion for DropoutWithUnsetMask {
    fn name(&self) -> StaticName {
        "Dropout".into()
    }

    fn nboutputs(&self) -> TractResult<usize> {
        Ok(2)
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 1)?;
        check_output_arity(outputs, 2)?;
        for output in outputs {
            solver.equals(&inputs[0].shape, &output.shape)?;
        }
        solver.equals(&inputs[0].datum_type, &outputs[0].datum_type)?;
        if self.has_bool_mask {
            solver.equals(&outputs[1].datum_type, DatumType::Bool)
        } else {
            solver.equals(&inputs[0].datum_type, &outputs[1].datum_type)
        }
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        let fact = model.outlet_fact(inputs[0])?;
        let (dtype, shape) = (fact.datum_type, fact.shape.clone());
        let mask_dtype = if self.has_bool_mask { DatumType::Bool } else { dtype };
        let zero = model.add_const(format!("{prefix}.zero"), Tensor::zero_scalar_dt(mask_dtype)?)?;
        let mask = model.wire_node(format!("{prefix}.mask"), MultiBroadcastTo::new(shape), &[zero])?[0];
        Ok(tvec!(inputs[0], mask))
    }
}

/// `x` where it is positive, elsewhere `slope * x`.
#[derive(Clone, Debug)]
struct PRelu {
    /// Whether a slope of one dimension has one value a channel.
    has_channel_slope: bool,
}

impl Expansion for PRelu {
    fn name(&self) -> StaticName {
        "PRelu".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 2)?;
        check_output_arity(outputs, 1)?;
        solver.equals(&inputs[0].datum_type, &outputs[0].datum_type)?;
        solver.equals(&inputs[0].shape, &outputs[0].shape)
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        let (x, mut slope) = (inputs[0], inputs[1]);
        let (dtype, rank) = (model.outlet_fact(x)?.datum_type, model.outlet_fact(x)?.rank());
        if self.has_channel_slope && model.outlet_fact(slope)?.rank() == 1 {
            slope = to_channel_axis(prefix, model, slope, rank)?;
        }
        let zero = model.add_const(format!("{prefix}.zero"), tensor0(0f32).cast_to_dt(dtype)?.into_owned())?;
        let scaled = wire_with_rank_broadcast(format!("{prefix}.scaled"), model, mul(), &[x, slope])?[0];
        let is_negative =
            wire_with_rank_broadcast(format!("{prefix}.is_negative"), model, TypedBinOp(comp_gt(), None), &[zero, x])?;
        model.wire_node(prefix, Iff, &[is_negative[0], scaled, x])
    }
}

/// `x` where it is positive, elsewhere `alpha * (exp(x / alpha) - 1)`: tract's own leaves out the factor.
#[derive(Clone, Debug)]
struct Celu {
    alpha: f32,
}

impl Expansion for Celu {
    fn name(&self) -> StaticName {
        "Celu".into()
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 1)?;
        check_output_arity(outputs, 1)?;
        solver.equals(&inputs[0].datum_type, &outputs[0].datum_type)?;
        solver.equals(&inputs[0].shape, &outputs[0].shape)
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        let x = inputs[0];
        let dtype = model.outlet_fact(x)?.datum_type;
        let scalar = |model: &mut TypedModel, name: &str, value: f32| {
            model.add_const(format!("{prefix}.{name}"), tensor0(value).cast_to_dt(dtype)?.into_owned())
        };
        let zero = scalar(model, "zero", 0.0)?;
        let one = scalar(model, "one", 1.0)?;
        let alpha = scalar(model, "alpha", self.alpha)?;
        let binary = |model: &mut TypedModel, name: &str, op: TypedBinOp, a: OutletId, b: OutletId| {
            Ok::<_, TractError>(wire_with_rank_broadcast(format!("{prefix}.{name}"), model, op, &[a, b])?[0])
        };
        let quotient = binary(model, "quotient", div(), x, alpha)?;
        let power = model.wire_node(format!("{prefix}.power"), exp(), &[quotient])?[0];
        let lowered = binary(model, "lowered", sub(), power, one)?;
        let scaled = binary(model, "scaled", mul(), alpha, lowered)?;
        let is_negative = binary(model, "is_negative", TypedBinOp(comp_gt(), None), zero, x)?;
        model.wire_node(prefix, Iff, &[is_negative, scaled, x])
    }
}

/// Batch normalisation by the mean and variance of the batch itself, as in training. Further outputs are the running mean
/// and variance, `momentum * previous + (1 - momentum) * the batch's`.
#[derive(Clone, Debug)]
struct TrainingBatchNorm {
    epsilon: f32,
    momentum: f32,
    outputs: usize,
}

impl Expansion for TrainingBatchNorm {
    fn name(&self) -> StaticName {
        "TrainingBatchNorm".into()
    }

    fn nboutputs(&self) -> TractResult<usize> {
        Ok(self.outputs)
    }

    fn rules<'r, 'p: 'r, 's: 'r>(
        &'s self,
        solver: &mut Solver<'r>,
        inputs: &'p [TensorProxy],
        outputs: &'p [TensorProxy],
    ) -> InferenceResult {
        check_input_arity(inputs, 5)?;
        check_output_arity(outputs, self.outputs)?;
        solver.equals(&inputs[0].shape, &outputs[0].shape)?;
        for output in outputs {
            solver.equals(&inputs[0].datum_type, &output.datum_type)?;
        }
        for (input, output) in inputs.iter().skip(3).zip(outputs.iter().skip(1)) {
            solver.equals(&input.shape, &output.shape)?;
        }
        Ok(())
    }

    fn wire(&self, prefix: &str, model: &mut TypedModel, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        let fact = model.outlet_fact(inputs[0])?.clone();
        let (dtype, rank) = (fact.datum_type, fact.rank());
        ensure!(rank >= 2, "batch normalisation wants a batch and channels, not {fact:?}");
        let axes: TVec<usize> = (0..rank).filter(|&axis| axis != 1).collect();
        let count = axes.iter().map(|&axis| fact.shape[axis].to_usize()).product::<Result<usize, _>>()?;
        let scalar = |model: &mut TypedModel, name: &str, value: f32| {
            model.add_const(format!("{prefix}.{name}"), tensor0(value).cast_to_dt(dtype)?.into_owned())
        };
        let per_value = scalar(model, "per_value", 1.0 / count as f32)?;
        let epsilon = scalar(model, "epsilon", self.epsilon)?;
        let momentum = scalar(model, "momentum", self.momentum)?;
        let complement = scalar(model, "complement", 1.0 - self.momentum)?;
        let binary = |model: &mut TypedModel, name: &str, op: TypedBinOp, inputs: &[OutletId]| {
            Ok::<_, TractError>(wire_with_rank_broadcast(format!("{prefix}.{name}"), model, op, inputs)?[0])
        };
        let sum = Reduce::new(axes, Reducer::Sum);

        let total = model.wire_node(format!("{prefix}.total"), sum.clone(), &[inputs[0]])?;
        let mean = binary(model, "mean", mul(), &[total[0], per_value])?;
        let deviation = binary(model, "deviation", sub(), &[inputs[0], mean])?;
        let squares = model.wire_node(format!("{prefix}.squares"), square(), &[deviation])?;
        let squares = model.wire_node(format!("{prefix}.total_squares"), sum, &squares)?;
        let variance = binary(model, "variance", mul(), &[squares[0], per_value])?;
        let guarded = binary(model, "guarded", add(), &[variance, epsilon])?;
        let inverse = model.wire_node(format!("{prefix}.inverse"), rsqrt(), &[guarded])?;
        let score = binary(model, "score", mul(), &[deviation, inverse[0]])?;
        let scale = to_channel_axis(&format!("{prefix}.scale"), model, inputs[1], rank)?;
        let shift = to_channel_axis(&format!("{prefix}.shift"), model, inputs[2], rank)?;
        let scaled = binary(model, "scaled", mul(), &[score, scale])?;
        let mut outputs = wire_with_rank_broadcast(prefix, model, add(), &[scaled, shift])?;

        let running = [("running_mean", inputs[3], mean), ("running_variance", inputs[4], variance)];
        for (name, previous, batch) in running.into_iter().take(self.outputs - 1) {
            let batch = from_channel_axis(&format!("{prefix}.{name}"), model, batch)?;
            let kept = binary(model, &format!("{name}.kept"), mul(), &[previous, momentum])?;
            let added = binary(model, &format!("{name}.added"), mul(), &[batch, complement])?;
            outputs.push(binary(model, name, add(), &[kept, added])?);
        }
        Ok(outputs)
    }
}

/// Shapes one value a channel as 1 x C x 1 x ..., of `rank` dimensions.
fn to_channel_axis(prefix: &str, model: &mut TypedModel, values: OutletId, rank: usize) -> TractResult<OutletId> {
    let mut wire = values;
    for axis in std::iter::once(0).chain(2..rank) {
        wire = model.wire_node(format!("{prefix}.axis_{axis}"), AxisOp::Add(axis), &[wire])?[0];
    }
    Ok(wire)
}

/// Shapes 1 x C x 1 x ... as one value a channel.
fn from_channel_axis(prefix: &str, model: &mut TypedModel, values: OutletId) -> TractResult<OutletId> {
    let rank = model.outlet_fact(values)?.rank();
    let mut wire = values;
    for axis in (0..rank).rev().filter(|&axis| axis != 1) {
        wire = model.wire_node(format!("{prefix}.axis_{axis}"), AxisOp::Rm(axis), &[wire])?[0];
    }
    Ok(wire)
}
