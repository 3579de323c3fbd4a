//! Operators that the crate's own kernels compute, in tract's place.

use convscope_kernels::{
    AveragePool, Convolution, LocalResponseNorm, WeightOrder, Window, add, clamp, dense, max_pool, scale_and_shift,
};
use std::sync::{Arc, Mutex, PoisonError};
use tract_onnx::tract_core::ops::binary::{BinMiniOp, TypedBinOp};
use tract_onnx::tract_core::ops::cnn::{Conv, KernelFormat, MaxPool, PaddingSpec, PoolSpec, SumPool};
use tract_onnx::tract_core::ops::einsum::EinSum;
use tract_onnx::tract_core::ops::math::{Add, Max, Min, Mul, Sub};
use tract_onnx::tract_core::ops::nn::DataFormat;
use tract_onnx::tract_hir::internal::*;
use tract_onnx_opl::lrn::Lrn;

/// Replaces what the kernels compute: operators of float32, with their channels second, whose weights and shapes are known.
/// What tract has learned of the model must be in it; it is not decluttered yet.
pub(super) fn use_kernels(model: &mut TypedModel) -> TractResult<()> {
    for id in model.eval_order()? {
        let node = model.node(id);
        let Some((inputs, kernel)) = kernel_of(model, node)? else { continue };
        let shape = match &*node.outputs {
            [output] => output.fact.shape.as_concrete().map(TVec::from_slice),
            _ => None,
        };
        let Some(shape) = shape.filter(|shape| !shape.contains(&0)) else { continue };
        let op = Kernelled { kernel: Arc::new(kernel), shape, last: Arc::default() };
        TypedModelPatch::replace_single_op(model, node, &inputs, op)?.apply(model)?;
    }
    Ok(())
}

#[derive(Clone, Debug)]
struct Kernelled {
    kernel: Arc<Kernel>,
    /// Of the output.
    shape: TVec<usize>,
    /// The last output, whose memory is the next one's if nobody else has it any more: new memory has to be cleared.
    last: Arc<Mutex<Option<Arc<Tensor>>>>,
}

#[derive(Debug)]
enum Kernel {
    /// With its weights.
    Convolution(Convolution, Arc<Tensor>),
    Dense {
        weights: Arc<Tensor>,
        order: WeightOrder,
        depth: usize,
    },
    MaxPool(Window),
    AveragePool(AveragePool),
    LocalResponseNorm(LocalResponseNorm),
    /// One scale and one shift a channel.
    ScaleAndShift(Vec<f32>, Vec<f32>),
    Clamp {
        low: f32,
        high: f32,
    },
    /// Of two inputs.
    Sum,
}

impl Kernel {
    fn run(&self, shape: &[usize], inputs: &[&[f32]], output: &mut [f32]) -> TractResult<()> {
        let (&[input], others) = inputs.split_first_chunk().context("an input is missing")?;
        let channels_and_area = || (shape[1], shape[2..].iter().product());
        match self {
            Self::Convolution(convolution, weights) => convolution.run(plain(weights)?, input, output),
            Self::Dense { weights, order, depth } => dense(plain(weights)?, *order, input, *depth, output),
            Self::MaxPool(window) => max_pool(window, input, output),
            Self::AveragePool(pool) => pool.run(input, output),
            Self::LocalResponseNorm(norm) => {
                let (channels, area) = channels_and_area();
                norm.run(input, channels, area, output);
            }
            Self::ScaleAndShift(scale, shift) => scale_and_shift(input, scale, shift, channels_and_area().1, output),
            &Self::Clamp { low, high } => clamp(input, low, high, output),
            Self::Sum => add(input, others.first().context("a term is missing")?, output),
        }
        Ok(())
    }
}

impl PartialEq for Kernelled {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.kernel, &other.kernel)
    }
}

impl Eq for Kernelled {}

impl Op for Kernelled {
    fn name(&self) -> StaticName {
        "Kernelled".into()
    }

    op_as_typed_op!();
}

impl EvalOp for Kernelled {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let inputs = inputs.iter().map(|input| plain(input)).collect::<TractResult<TVec<_>>>()?;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let mut output = match last.take().map(Arc::try_unwrap) {
            Some(Ok(output)) => output,
            _ => Tensor::zero::<f32>(&self.shape)?,
        };
        let mut view = output.try_as_plain_ram_mut()?;
        self.kernel.run(&self.shape, &inputs, view.as_slice_mut()?)?;
        let output = last.insert(Arc::new(output)).clone();
        Ok(tvec!(output.into_tvalue()))
    }
}

impl TypedOp for Kernelled {
    as_op!();

    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(inputs[0].datum_type.fact(&self.shape)))
    }
}

/// What computes a node, and of which inputs; none if tract does.
fn kernel_of(model: &TypedModel, node: &TypedNode) -> TractResult<Option<(TVec<OutletId>, Kernel)>> {
    let facts = model.node_input_facts(node.id)?;
    if let Some(TypedBinOp(op, None)) = node.op_as() {
        return kernel_of_two(model, node, &**op, [facts[0], facts[1]]);
    }
    if let Some(op) = node.op_as::<EinSum>() {
        return Ok(dense_layer(op, &facts).map(|(input, kernel)| (tvec!(node.inputs[input]), kernel)));
    }
    let kernel = match facts.first() {
        Some(fact) if is_planes(fact) => {
            if let Some(op) = node.op_as::<Conv>() {
                convolution(op, &facts)
            } else if let Some(op) = node.op_as::<MaxPool>() {
                window(&op.pool_spec, fact).map(Kernel::MaxPool)
            } else if let Some(op) = node.op_as::<SumPool>().filter(|op| op.normalize) {
                average_pool(op, fact).map(Kernel::AveragePool)
            } else if let Some(&Lrn { alpha, beta, bias, size }) = node.op_as() {
                Some(Kernel::LocalResponseNorm(LocalResponseNorm { alpha, beta, bias, size }))
            } else {
                None
            }
        }
        _ => None,
    };
    Ok(kernel.map(|kernel| (tvec!(node.inputs[0]), kernel)))
}

/// Whether something is of float32, of a known shape, and no constant.
fn is_floats(fact: &TypedFact) -> bool {
    let is_some = |shape: &[usize]| !shape.contains(&0);
    fact.datum_type == f32::datum_type() && fact.konst.is_none() && fact.shape.as_concrete().is_some_and(is_some)
}

fn is_planes(fact: &TypedFact) -> bool {
    fact.rank() > 2 && is_floats(fact)
}

/// What computes an operator of two values, one of which may be constant, as [`kernel_of`].
fn kernel_of_two(
    model: &TypedModel,
    node: &TypedNode,
    op: &dyn BinMiniOp,
    facts: [&TypedFact; 2],
) -> TractResult<Option<(TVec<OutletId>, Kernel)>> {
    if op.is::<Add>() && facts.iter().all(|fact| is_floats(fact)) && facts[0].shape == facts[1].shape {
        return Ok(Some((TVec::from_slice(&node.inputs), Kernel::Sum)));
    }
    let Some(input) = facts.iter().position(|fact| is_floats(fact)) else { return Ok(None) };
    let (value, constant) = (node.inputs[input], facts[1 - input]);
    let bounds = match constant.konst.as_ref().filter(|constant| constant.len() == 1).and_then(|bound| floats(bound)) {
        Some(bound) if op.is::<Max>() => Some((bound[0], f32::INFINITY)),
        Some(bound) if op.is::<Min>() => Some((f32::NEG_INFINITY, bound[0])),
        _ => None,
    };
    if let Some((low, high)) = bounds.filter(|_| constant.rank() <= facts[input].rank()) {
        let (value, kernel) = after_clamp(model, value, low, high)?;
        return Ok(Some((tvec!(value), kernel)));
    }
    let operands = if is_planes(facts[input]) { channel_values(constant, facts[input]) } else { None };
    let Some(operands) = operands else { return Ok(None) };
    // Numbers that change nothing: adding 0 would make 0 of -0.
    let (one, zero) = (vec![1.0; operands.len()], vec![-0.0; operands.len()]);
    let negative = |values: Vec<f32>| values.into_iter().map(|value| -value).collect();
    let (scale, shift) = if op.is::<Mul>() {
        (operands, zero)
    } else if op.is::<Add>() {
        (one, operands)
    } else if op.is::<Sub>() && input == 0 {
        (one, negative(operands))
    } else if op.is::<Sub>() {
        (negative(one), operands)
    } else {
        return Ok(None);
    };
    let (value, kernel) = after_scaling(model, value, scale, shift)?;
    Ok(Some((tvec!(value), kernel)))
}

/// The kernel that computes a value, and its input, if nothing but one node asks for the value.
fn kernel_for_one(model: &TypedModel, value: OutletId) -> TractResult<Option<(OutletId, &Kernel)>> {
    let is_for_one = model.outlet_successors(value).len() == 1 && !model.output_outlets()?.contains(&value);
    let node = model.node(value.node);
    let kernelled = node.op_as::<Kernelled>().filter(|_| is_for_one);
    Ok(kernelled.map(|op| (node.inputs[0], &*op.kernel)))
}

/// A clamp of a value, in one where it has just got its lower bound.
fn after_clamp(model: &TypedModel, value: OutletId, low: f32, high: f32) -> TractResult<(OutletId, Kernel)> {
    Ok(match kernel_for_one(model, value)? {
        Some((input, &Kernel::Clamp { low: lowest, high: f32::INFINITY })) if low == f32::NEG_INFINITY => {
            (input, Kernel::Clamp { low: lowest, high })
        }
        _ => (value, Kernel::Clamp { low, high }),
    })
}

/// A scaling and a shift of a value, in one where the value is itself scaled for them alone, as in batch normalisation.
fn after_scaling(
    model: &TypedModel,
    value: OutletId,
    scale: Vec<f32>,
    shift: Vec<f32>,
) -> TractResult<(OutletId, Kernel)> {
    if let Some((input, Kernel::ScaleAndShift(first, nothing))) = kernel_for_one(model, value)?
        && nothing.iter().all(|&shift| shift == 0.0)
        && scale.iter().all(|&scale| scale == 1.0)
    {
        return Ok((input, Kernel::ScaleAndShift(first.clone(), shift)));
    }
    Ok((value, Kernel::ScaleAndShift(scale, shift)))
}

/// The values of a constant, one for each channel of the planes.
fn channel_values(constant: &TypedFact, planes: &TypedFact) -> Option<Vec<f32>> {
    let (values, channels) = (constant.konst.as_ref()?, planes.shape[1].to_usize().ok()?);
    let is_by_channel = values.rank() == planes.rank()
        && values.shape().iter().enumerate().all(|(axis, &size)| size == if axis == 1 { channels } else { 1 });
    if is_by_channel { floats(values) } else { None }
}

fn convolution(op: &Conv, facts: &[&TypedFact]) -> Option<Kernel> {
    let [input, weights, bias, ..] = facts else { return None };
    let window = window(&op.pool_spec, input)?;
    let (channels, features) = (op.input_channels(), op.output_channels());
    let is_ours = op.kernel_fmt == KernelFormat::OIHW
        && op.q_params.is_none()
        && channels % op.group == 0
        && features % op.group == 0;
    if !is_ours {
        return None;
    }
    let mut bias = floats(bias.konst.as_ref()?)?;
    if bias.len() == 1 {
        bias = vec![bias[0]; features];
    }
    let tensor = weights.konst.as_ref()?;
    let weights = plain(tensor).ok()?;
    let size = channels / op.group * window.size[0] * window.size[1] * features;
    (bias.len() == features && weights.len() == size)
        .then(|| Kernel::Convolution(Convolution::new(window, channels, op.group, bias), tensor.clone()))
}

/// Most rows that a dense layer takes at a time: beyond that, products of matrices read the weights less often.
const MAX_DENSE_BATCH: usize = 16;

/// The product of rows of values and a constant matrix, and which operand the values are.
fn dense_layer(op: &EinSum, facts: &[&TypedFact]) -> Option<(usize, Kernel)> {
    let [left, right] = facts else { return None };
    let is_matrix = |fact: &TypedFact| fact.rank() == 2 && fact.datum_type == f32::datum_type();
    if op.q_params.is_some() || !is_matrix(left) || !is_matrix(right) {
        return None;
    }
    let input = usize::from(left.konst.is_some());
    let weights = facts[1 - input].konst.as_ref()?;
    // The input's rows are the output's; the last axis of both is of one value after the other.
    let axis = |io| op.axes.axis(io).ok();
    let depth = axis((InOut::In(input), 1))?;
    let outputs = axis((InOut::Out(0), 1))?;
    let is_batch_first = axis((InOut::In(input), 0))?.outputs[0][..] == [0];
    let order = match (&depth.inputs[1 - input][..], &outputs.inputs[1 - input][..]) {
        ([1], [0]) => WeightOrder::ByOutput,
        ([0], [1]) => WeightOrder::ByInput,
        _ => return None,
    };
    let &[batch, depth] = facts[input].shape.as_concrete()? else { return None };
    let fits = is_batch_first && batch <= MAX_DENSE_BATCH && depth > 0 && plain(weights).is_ok();
    fits.then(|| (input, Kernel::Dense { weights: weights.clone(), order, depth }))
}

fn average_pool(op: &SumPool, input: &TypedFact) -> Option<AveragePool> {
    let window = window(&op.pool_spec, input)?;
    let counted = |axis: usize| {
        let (before, input) = (window.padding[axis], window.input[axis]);
        // Padding counts or not; what a last window has beyond it, where sizes are rounded up, does not.
        let counted = match (&op.pool_spec.padding, op.count_include_pad) {
            (_, false) => before..before + input,
            (PaddingSpec::ExplicitOnnxPool(_, after, true), true) => 0..before + input + after.get(axis)?,
            (_, true) => 0..usize::MAX,
        };
        let places = |output: usize| {
            let start = output * window.stride[axis];
            (0..window.size[axis]).map(move |cell| start + cell * window.dilation[axis])
        };
        let count = |output| places(output).filter(|place| counted.contains(place)).count();
        Some((0..window.output[axis]).map(count).collect())
    };
    let (rows, columns) = (counted(0)?, counted(1)?);
    Some(AveragePool { window, rows, columns })
}

fn window(spec: &PoolSpec, input: &TypedFact) -> Option<Window> {
    let &[_, _, height, width] = input.shape.as_concrete()? else { return None };
    let pair = |values: &[usize]| values.try_into().ok();
    let [rows, columns] = &*spec.computed_padding(&[height, width]) else { return None };
    let window = Window {
        size: pair(&spec.kernel_shape)?,
        stride: pair(&spec.strides())?,
        dilation: pair(&spec.dilations())?,
        padding: [rows.pad_before, columns.pad_before],
        input: [height, width],
        output: [rows.convoluted, columns.convoluted],
    };
    let is_real = !window.size.contains(&0) && !window.stride.contains(&0) && !window.dilation.contains(&0);
    (spec.data_format == DataFormat::NCHW && is_real).then_some(window)
}

fn floats(tensor: &Tensor) -> Option<Vec<f32>> {
    Some(plain(tensor).ok()?.to_vec())
}

fn plain(tensor: &Tensor) -> TractResult<&[f32]> {
    tensor.try_as_plain_ram()?.as_slice()
}
