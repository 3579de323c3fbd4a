//! What ONNX's operators read, by their attributes and shapes.

use super::{Mapping, Reach};
use crate::model::{self, Model, Node};

/// Operators that compute each element of their output of the elements at the same place, after broadcasting.
const ELEMENTWISE: &[&str] = &[
    "Abs",
    "Acos",
    "Acosh",
    "Add",
    "And",
    "Asin",
    "Asinh",
    "Atan",
    "Atanh",
    "BiasGelu",
    "BitShift",
    "BitwiseAnd",
    "BitwiseNot",
    "BitwiseOr",
    "BitwiseXor",
    "Cast",
    "CastLike",
    "Ceil",
    "Celu",
    "Clip",
    "Cos",
    "Cosh",
    "DequantizeLinear",
    "Div",
    "Dropout",
    "Elu",
    "Equal",
    "Erf",
    "Exp",
    "Expand",
    "FastGelu",
    "Floor",
    "Gelu",
    "Greater",
    "GreaterOrEqual",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "IsInf",
    "IsNaN",
    "LeakyRelu",
    "Less",
    "LessOrEqual",
    "Log",
    "Max",
    "Mean",
    "Min",
    "Mish",
    "Mod",
    "Mul",
    "Neg",
    "Not",
    "Or",
    "PRelu",
    "ParametricSoftplus",
    "Pow",
    "QuantizeLinear",
    "QuickGelu",
    "Reciprocal",
    "Relu",
    "Round",
    "Rsqrt",
    "ScaledTanh",
    "Selu",
    "Shrink",
    "Sigmoid",
    "Sign",
    "Sin",
    "Sinh",
    "Softplus",
    "Softsign",
    "Sqrt",
    "Sub",
    "Sum",
    "Swish",
    "Tan",
    "Tanh",
    "ThresholdedRelu",
    "Trilu",
    "Where",
    "Xor",
];

/// A node as seen from one of its outlets, whose shape is known.
pub(super) struct Operator<'a> {
    model: &'a Model,
    node: &'a Node,
    outlet: usize,
    output: Vec<usize>,
}

/// One axis of a convolution's or pooling's window.
struct Window {
    len: usize,
    stride: i64,
    step: i64,
    pad: i64,
}

impl<'a> Operator<'a> {
    /// None if the outlet's shape is not known, or the operator has graphs of its own.
    pub(super) fn new(model: &'a Model, outlet: usize) -> Option<Self> {
        let info = model.outlets().get(outlet)?;
        let node = model.nodes().get(info.node)?;
        let has_graphs = matches!(node.op.as_str(), "If" | "Loop" | "Scan");
        let output = info.info.shape.iter().copied().collect::<Option<_>>()?;
        (!has_graphs).then_some(Self { model, node, outlet, output })
    }

    /// How the outlet depends on the operand at `position`, of shape `input`; none if on its shape only. Of operators
    /// that are not known, as on all of it.
    pub(super) fn mapping(&self, position: usize, input: &[usize]) -> Option<Mapping> {
        let mapping = match (self.node.op.as_str(), position) {
            ("Shape" | "Size", _) => return None,
            (op, _) if ELEMENTWISE.contains(&op) => Some(self.broadcast(input)),
            ("Reshape" | "Flatten" | "Squeeze" | "Unsqueeze", 0) => Some(Mapping::Order),
            ("BatchNormalization", _) => self.batch_normalization(position, input),
            ("Concat", _) => self.concat(position, input),
            ("Gemm" | "MatMul", 0 | 1) => self.product(position, input),
            ("DepthToSpace" | "SpaceToDepth", 0) => self.space_and_depth(input),
            (_, 0) => self.first(input).map(Mapping::Axes),
            _ => None,
        };
        Some(mapping.unwrap_or_else(|| Mapping::Axes(vec![Reach::Whole; input.len()])))
    }

    /// How the outlet depends on the first operand, by its axes.
    fn first(&self, input: &[usize]) -> Option<Vec<Reach>> {
        let rank = input.len();
        match self.node.op.as_str() {
            "Conv" | "ConvInteger" => self.convolution(input, &self.kernel(1)?),
            "QLinearConv" => self.convolution(input, &self.kernel(3)?),
            "ConvTranspose" => self.transposed_convolution(input, &self.kernel(1)?),
            "MaxPool" | "AveragePool" | "LpPool" => {
                let kernel: Vec<usize> = self.sizes("kernel_shape")?;
                Some(self.windows(input, &kernel, vec![Reach::same(0), Reach::same(1)]))
            }
            "GlobalAveragePool" | "GlobalMaxPool" | "GlobalLpPool" => Some(self.except(rank, |axis| axis >= 2)),
            "InstanceNormalization" => Some(self.except(rank, |axis| axis >= 2)),
            "GroupNormalization" => Some(self.except(rank, |axis| axis >= 1)),
            "LayerNormalization" | "RMSNormalization" | "SimplifiedLayerNormalization" => {
                let first = self.axis("axis", -1, rank)?;
                Some(self.except(rank, |axis| axis >= first))
            }
            "MeanVarianceNormalization" => {
                let axes = self.axes("axes", None, rank)?.unwrap_or_else(|| vec![0, 2, 3]);
                Some(self.except(rank, |axis| axes.contains(&axis)))
            }
            "Softmax" | "LogSoftmax" | "Hardmax" => {
                // Before version 13 all from the axis on were one.
                let is_joint = self.model.opset() < 13;
                let first = self.axis("axis", if is_joint { 1 } else { -1 }, rank)?;
                Some(self.except(rank, |axis| axis == first || is_joint && axis > first))
            }
            "LpNormalization" | "TopK" => {
                let chosen = self.axis("axis", -1, rank)?;
                Some(self.except(rank, |axis| axis == chosen))
            }
            "CumSum" => {
                let summed = positive(*self.list("", Some(1))?.first()?, rank)?;
                Some(self.except(rank, |axis| axis == summed))
            }
            "LRN" => {
                let size = self.node.attributes.int("size")?;
                let mut reaches = self.except(rank, |_| false);
                *reaches.get_mut(1)? =
                    Reach::Window { axis: 1, start: -((size - 1) / 2), stride: 1, step: 1, len: size.try_into().ok()? };
                Some(reaches)
            }
            "ArgMax" | "ArgMin" => {
                let reduced = self.axis("axis", 0, rank)?;
                Some(self.reduction(rank, &[reduced]))
            }
            op if op.starts_with("Reduce") => {
                let is_noop = self.node.attributes.int("noop_with_empty_axes") == Some(1);
                let axes = self.axes("axes", Some(1), rank)?.filter(|axes| !axes.is_empty());
                let axes = axes.unwrap_or_else(|| if is_noop { vec![] } else { (0..rank).collect() });
                Some(self.reduction(rank, &axes))
            }
            "Transpose" => {
                let permutation: Vec<usize> = match self.sizes("perm") {
                    Some(permutation) => permutation,
                    None => (0..rank).rev().collect(),
                };
                (0..rank).map(|axis| Some(Reach::same(permutation.iter().position(|&from| from == axis)?))).collect()
            }
            "Slice" => self.slice(input),
            "Split" => self.split(input),
            "Pad" => self.pad(input),
            "Tile" => {
                let listed = |(axis, &dim): (usize, &usize)| {
                    let repeats = *self.output.get(axis)?;
                    Some(Reach::Listed { axis, indices: (0..repeats).map(|index| vec![index % dim.max(1)]).collect() })
                };
                input.iter().enumerate().map(listed).collect()
            }
            "Gather" => self.gather(input),
            "Resize" | "Upsample" => self.resize(input),
            _ => None,
        }
    }

    /// Blocks of rows and columns become channels, or the other way round: some axes are split, and joined in another
    /// order.
    fn space_and_depth(&self, input: &[usize]) -> Option<Mapping> {
        let block = usize::try_from(self.node.attributes.int("blocksize")?).ok().filter(|block| *block > 0)?;
        let &[batch, channels, height, width] = input else { return None };
        // How the input's axes are split, and the order that the parts have in the output.
        let (split, order) = if self.node.op == "SpaceToDepth" {
            (vec![batch, channels, height / block, block, width / block, block], [0, 3, 5, 1, 2, 4])
        } else if self.node.attributes.text("mode") == Some("CRD") {
            (vec![batch, channels / block / block, block, block, height, width], [0, 1, 4, 2, 5, 3])
        } else {
            (vec![batch, block, block, channels / block / block, height, width], [0, 3, 4, 1, 5, 2])
        };
        let joined = order.map(|axis| split[axis]).to_vec();
        let moved = (0..6).map(|axis| Some(Reach::same(order.iter().position(|&from| from == axis)?)));
        let moved = Mapping::Axes(moved.collect::<Option<_>>()?);
        Some(Mapping::Chain(vec![(Mapping::Order, joined), (moved, split), (Mapping::Order, input.to_vec())]))
    }

    /// All of the axes that `is_whole` chooses, of the others the same index.
    fn except(&self, rank: usize, is_whole: impl Fn(usize) -> bool) -> Vec<Reach> {
        (0..rank).map(|axis| if is_whole(axis) { Reach::Whole } else { Reach::same(axis) }).collect()
    }

    /// All of `axes`, which the output has not, or with one index only; of the others the same index.
    fn reduction(&self, rank: usize, axes: &[usize]) -> Vec<Reach> {
        let keeps = self.output.len() == rank;
        let kept_before = |axis: usize| (0..axis).filter(|before| keeps || !axes.contains(before)).count();
        (0..rank).map(|axis| if axes.contains(&axis) { Reach::Whole } else { Reach::same(kept_before(axis)) }).collect()
    }

    /// Axes are counted from the last; of one of a single index that is read for all.
    fn broadcast(&self, input: &[usize]) -> Mapping {
        let Some(first) = self.output.len().checked_sub(input.len()) else {
            return Mapping::Axes(vec![Reach::Whole; input.len()]);
        };
        let reach = |(axis, &dim): (usize, &usize)| if dim == 1 { Reach::Whole } else { Reach::same(first + axis) };
        Mapping::Axes(input.iter().enumerate().map(reach).collect())
    }

    fn batch_normalization(&self, position: usize, input: &[usize]) -> Option<Mapping> {
        let is_training = self.node.attributes.int("training_mode") == Some(1);
        let is_first_output = self.slot() == 0;
        match (position, is_first_output) {
            (0, true) => Some(Mapping::Axes(self.except(input.len(), |axis| is_training && axis != 1))),
            (_, true) => Some(Mapping::Axes(vec![Reach::same(1)])),
            _ => None,
        }
    }

    fn concat(&self, position: usize, input: &[usize]) -> Option<Mapping> {
        let axis = self.axis("axis", 1, input.len())?;
        let before = self.node.operands.iter().take(position);
        let len = |operand: &String| Some(*self.model.shape(operand)?.get(axis)? as i64);
        let offset = before.map(len).sum::<Option<i64>>()?;
        let mut reaches = self.except(input.len(), |_| false);
        *reaches.get_mut(axis)? = Reach::Window { axis, start: -offset, stride: 1, step: 1, len: 1 };
        Some(Mapping::Axes(reaches))
    }

    /// A matrix product: a row of the first operand, a column of the second. A vector is all summed up, and has no axis in
    /// the output.
    fn product(&self, position: usize, input: &[usize]) -> Option<Mapping> {
        let is_transposed = |name| self.node.attributes.int(name) == Some(1);
        let has_axis = |at: usize| Some(usize::from(self.model.shape(self.node.operands.get(at)?)?.len() > 1));
        let (rows, columns) = (has_axis(0)?, has_axis(1)?);
        let (rank, output) = (input.len(), self.output.len());
        if rank < 2 {
            return None;
        }
        let (own, kept) = match position {
            0 => (if is_transposed("transA") { rank - 1 } else { rank - 2 }, output.checked_sub(1 + columns)?),
            _ => (if is_transposed("transB") { rank - 2 } else { rank - 1 }, output.checked_sub(1)?),
        };
        let batches_before = (output + 2).checked_sub(rows + columns + rank)?;
        let reach = |axis: usize| match axis {
            axis if axis == own => Reach::same(kept),
            axis if axis + 2 >= rank || input[axis] == 1 => Reach::Whole,
            axis => Reach::same(batches_before + axis),
        };
        Some(Mapping::Axes((0..rank).map(reach).collect()))
    }

    /// The shape of a convolution's kernel, less its channels.
    fn kernel(&self, position: usize) -> Option<Vec<usize>> {
        Some(self.model.shape(self.node.operands.get(position)?)?.get(2..)?.to_vec())
    }

    fn convolution(&self, input: &[usize], kernel: &[usize]) -> Option<Vec<Reach>> {
        let outputs = *self.output.get(1)?;
        Some(self.windows(input, kernel, vec![Reach::same(0), self.group(*input.get(1)?, outputs)]))
    }

    /// The channels of a channel's group.
    fn group(&self, inputs: usize, outputs: usize) -> Reach {
        match self.node.attributes.int("group").unwrap_or(1).try_into() {
            Ok(groups) if groups > 1 && outputs >= groups => {
                Reach::Block { axis: 1, outputs: outputs / groups, inputs: inputs / groups }
            }
            _ => Reach::Whole,
        }
    }

    /// `reaches`, those of batch and channel, and those of a window's axes.
    fn windows(&self, input: &[usize], kernel: &[usize], mut reaches: Vec<Reach>) -> Vec<Reach> {
        for (index, (&len, axis)) in kernel.iter().zip(2..input.len()).enumerate() {
            let Window { len, stride, step, pad } = self.window(index, len, input[axis]);
            reaches.push(Reach::Window { axis, start: -pad, stride, step, len });
        }
        reaches.resize(input.len(), Reach::Whole);
        reaches
    }

    fn window(&self, index: usize, len: usize, input: usize) -> Window {
        let attribute = |name: &str| self.node.attributes.ints(name).and_then(|values| values.get(index)).copied();
        let (stride, step) = (attribute("strides").unwrap_or(1), attribute("dilations").unwrap_or(1));
        let output = self.output.get(index + 2).copied().unwrap_or(1) as i64;
        let total = (output - 1) * stride + (len as i64 - 1) * step + 1 - input as i64;
        let pad = attribute("pads").unwrap_or_else(|| self.same_pad(total.max(0)));
        Window { len, stride, step, pad }
    }

    /// What `auto_pad` puts before an axis of `total` padding.
    fn same_pad(&self, total: i64) -> i64 {
        match self.node.attributes.text("auto_pad") {
            Some("SAME_UPPER") => total / 2,
            Some("SAME_LOWER") => total - total / 2,
            _ => 0,
        }
    }

    fn transposed_convolution(&self, input: &[usize], kernel: &[usize]) -> Option<Vec<Reach>> {
        let mut reaches = vec![Reach::same(0), self.group(*input.get(1)?, *self.output.get(1)?)];
        for (index, &len) in kernel.iter().enumerate() {
            let attribute = |name: &str| self.node.attributes.ints(name).and_then(|values| values.get(index)).copied();
            let (stride, step) = (attribute("strides").unwrap_or(1), attribute("dilations").unwrap_or(1));
            let crop = (len as i64 - 1) * step + 1 + attribute("output_padding").unwrap_or(0) - stride;
            let pad = attribute("pads").unwrap_or_else(|| self.same_pad(crop));
            reaches.push(Reach::Transposed { axis: index + 2, pad, stride, step, len });
        }
        Some(reaches)
    }

    fn slice(&self, input: &[usize]) -> Option<Vec<Reach>> {
        let list = |name: &str, position: usize| self.list(name, Some(position));
        let starts = list("starts", 1)?;
        let axes = list("axes", 3).unwrap_or_else(|| (0..starts.len() as i64).collect());
        let steps = list("steps", 4).unwrap_or_else(|| vec![1; starts.len()]);
        let mut reaches = self.except(input.len(), |_| false);
        for ((start, axis), step) in starts.into_iter().zip(axes).zip(steps) {
            let axis = positive(axis, input.len())?;
            let dim = *input.get(axis)? as i64;
            let start = if start < 0 { start.saturating_add(dim) } else { start };
            let start = if step < 0 { start.clamp(0, dim - 1) } else { start.clamp(0, dim) };
            *reaches.get_mut(axis)? = Reach::Window { axis, start, stride: step, step: 1, len: 1 };
        }
        Some(reaches)
    }

    fn split(&self, input: &[usize]) -> Option<Vec<Reach>> {
        let axis = self.axis("axis", 0, input.len())?;
        let parts = self.node.outlets.clone();
        let len = |outlet: usize| self.model.outlets().get(outlet)?.info.shape.get(axis).copied().flatten();
        let total = parts.clone().map(len).sum::<Option<usize>>()?;
        // An output that nobody reads may be left out of the file.
        if total != *input.get(axis)? {
            return None;
        }
        let start = parts.take(self.slot()).map(len).sum::<Option<usize>>()? as i64;
        let mut reaches = self.except(input.len(), |_| false);
        *reaches.get_mut(axis)? = Reach::Window { axis, start, stride: 1, step: 1, len: 1 };
        Some(reaches)
    }

    fn pad(&self, input: &[usize]) -> Option<Vec<Reach>> {
        let pads = self.list("pads", Some(1))?;
        let axes = self.axes("", Some(3), input.len())?.unwrap_or_else(|| (0..input.len()).collect());
        let mut reaches = self.except(input.len(), |_| false);
        for (axis, &before) in axes.into_iter().zip(&pads) {
            let dim = *input.get(axis)? as i64;
            if matches!(self.node.attributes.text("mode"), None | Some("constant")) {
                *reaches.get_mut(axis)? = Reach::Window { axis, start: -before, stride: 1, step: 1, len: 1 };
                continue;
            }
            let position = |index: usize| {
                let position = index as i64 - before;
                let place = match self.node.attributes.text("mode") {
                    Some("edge") => position.clamp(0, dim - 1),
                    Some("wrap") => position.rem_euclid(dim.max(1)),
                    Some("reflect") if dim > 1 => {
                        let phase = position.rem_euclid(2 * (dim - 1));
                        phase.min(2 * (dim - 1) - phase)
                    }
                    _ => position,
                };
                usize::try_from(place).ok().filter(|place| *place < input[axis]).into_iter().collect()
            };
            let indices = (0..*self.output.get(axis)?).map(position).collect();
            *reaches.get_mut(axis)? = Reach::Listed { axis, indices };
        }
        Some(reaches)
    }

    fn gather(&self, input: &[usize]) -> Option<Vec<Reach>> {
        let axis = self.axis("axis", 0, input.len())?;
        let indices = self.node.operands.get(1)?;
        let (rank, chosen) = (self.model.shape(indices)?.len(), self.model.constant_ints(indices));
        let dim = *input.get(axis)?;
        let of_axis = match (chosen, rank) {
            (Some(chosen), 1) => {
                let position = |&index: &i64| positive(index, dim).into_iter().collect();
                Reach::Listed { axis, indices: chosen.iter().map(position).collect() }
            }
            (Some(chosen), 0) => {
                // Whatever the index on any other axis.
                let start = positive(*chosen.first()?, dim)? as i64;
                Reach::Window { axis: 0, start, stride: 0, step: 1, len: 1 }
            }
            _ => Reach::Whole,
        };
        let shifted = |other: usize| if other < axis { other } else { other + rank - 1 };
        let other = |other: usize| if other == axis { of_axis.clone() } else { Reach::same(shifted(other)) };
        Some((0..input.len()).map(other).collect())
    }

    /// As ONNX describes Resize; coordinates in single precision, as tract computes them.
    fn resize(&self, input: &[usize]) -> Option<Vec<Reach>> {
        let attributes = &self.node.attributes;
        let is_upsample = self.node.op == "Upsample";
        let is_old = is_upsample || self.model.opset() < 11;
        let mode = attributes.text("mode").unwrap_or("nearest");
        let coordinates = match attributes.text("coordinate_transformation_mode") {
            _ if is_old => "asymmetric",
            // One scale for all axes, which is not followed.
            _ if attributes.text("keep_aspect_ratio_policy").is_some_and(|policy| policy != "stretch") => "",
            coordinates => coordinates.unwrap_or("half_pixel"),
        };
        let rounding = match attributes.text("nearest_mode") {
            _ if is_old && attributes.text("nearest_mode").is_none() => "floor",
            rounding => rounding.unwrap_or("round_prefer_floor"),
        };
        let axes = self.axes("axes", None, input.len())?.unwrap_or_else(|| (0..input.len()).collect());
        let given = self.node.operands.get(if is_old { 1 } else { 2 }).and_then(|name| self.model.constant(name));
        let antialias = attributes.int("antialias") == Some(1);
        let mut reaches = self.except(input.len(), |_| false);
        for (index, axis) in axes.into_iter().enumerate() {
            let (from, to) = (*input.get(axis)?, *self.output.get(axis)?);
            let given = given.and_then(|scales| model::element(scales, &[index])).map(|scale| scale as f32);
            let scale = given.unwrap_or(to as f32 / from as f32);
            if from == to && scale == 1.0 && coordinates != "tf_crop_and_resize" {
                continue;
            }
            let reach = match coordinate(coordinates, scale, from, to) {
                Some(coordinate) => {
                    let taps = |index| resampled(mode, rounding, antialias, scale, coordinate(index), from);
                    Reach::Listed { axis, indices: (0..to).map(taps).collect() }
                }
                None => Reach::Whole,
            };
            *reaches.get_mut(axis)? = reach;
        }
        Some(reaches)
    }

    /// Which of its node's outlets this is.
    fn slot(&self) -> usize {
        self.outlet - self.node.outlets.start
    }

    /// A list of non-negative integers.
    fn sizes(&self, name: &str) -> Option<Vec<usize>> {
        self.node.attributes.ints(name)?.iter().map(|&size| size.try_into().ok()).collect()
    }

    /// Integers that come as the attribute `name` or, in later versions of the operator, as a constant operand.
    fn list(&self, name: &str, position: Option<usize>) -> Option<Vec<i64>> {
        if let Some(values) = self.node.attributes.ints(name) {
            return Some(values.to_vec());
        }
        self.model.constant_ints(self.node.operands.get(position?)?)
    }

    /// Axes that come as [`list`](Self::list)s do: `Some(None)` if they are left out, none if they are not known.
    fn axes(&self, name: &str, position: Option<usize>, rank: usize) -> Option<Option<Vec<usize>>> {
        let has_operand = position.and_then(|at| self.node.operands.get(at)).is_some_and(|operand| !operand.is_empty());
        match self.list(name, position) {
            Some(axes) => axes.into_iter().map(|axis| positive(axis, rank)).collect::<Option<_>>().map(Some),
            None if has_operand => None,
            None => Some(None),
        }
    }

    /// The axis that the attribute `name` says.
    fn axis(&self, name: &str, default: i64, rank: usize) -> Option<usize> {
        positive(self.node.attributes.int(name).unwrap_or(default), rank)
    }
}

/// An index that counts from the end if it is negative.
fn positive(index: i64, len: usize) -> Option<usize> {
    let index = if index < 0 { index + len as i64 } else { index };
    usize::try_from(index).ok().filter(|index| *index < len)
}

/// Where an index of a resized axis lies on the original: by ONNX's `coordinate_transformation_mode`; none for one that
/// is not known.
fn coordinate(mode: &str, scale: f32, from: usize, to: usize) -> Option<Box<dyn Fn(usize) -> f32>> {
    let half_pixel = move |index: usize| (index as f32 + 0.5) / scale - 0.5;
    Some(match mode {
        "half_pixel" => Box::new(half_pixel),
        "pytorch_half_pixel" => Box::new(move |index| if to > 1 { half_pixel(index) } else { -0.5 }),
        "half_pixel_symmetric" => {
            let offset = from as f32 / 2.0 * (1.0 - to as f32 / (scale * from as f32));
            Box::new(move |index| offset + half_pixel(index))
        }
        "asymmetric" => Box::new(move |index| index as f32 / scale),
        "tf_half_pixel_for_nn" => Box::new(move |index| (index as f32 + 0.5) / scale),
        "align_corners" => {
            let width = scale * from as f32;
            Box::new(move |index| if width == 1.0 { 0.0 } else { index as f32 * (from as f32 - 1.0) / (width - 1.0) })
        }
        _ => return None,
    })
}

/// The indices of an axis of `dim` that a value resampled at `coordinate` is made of: those of which the weight is not
/// zero. What lies beyond the axis is its last.
fn resampled(mode: &str, rounding: &str, antialias: bool, scale: f32, coordinate: f32, dim: usize) -> Vec<usize> {
    let (low, fraction) = (coordinate.floor(), coordinate - coordinate.floor());
    let (first, last) = match mode {
        "nearest" => {
            let is_right = match rounding {
                "floor" => false,
                "ceil" => fraction > 0.0,
                "round_prefer_ceil" => fraction >= 0.5,
                _ => fraction > 0.5,
            };
            let nearest = if is_right { low + 1.0 } else { low };
            (nearest, nearest)
        }
        mode => {
            let support = if mode == "cubic" { 2.0 } else { 1.0 };
            let support = if antialias && scale < 1.0 { support / scale } else { support };
            // Weights are zero at the support's ends, and the cubic's at whole distances.
            if fraction == 0.0 && support.fract() == 0.0 && !(antialias && scale < 1.0) {
                (low, low)
            } else {
                ((coordinate - support).floor() + 1.0, (coordinate + support).ceil() - 1.0)
            }
        }
    };
    let within = |position: i64| position.clamp(0, dim as i64 - 1) as usize;
    let mut indices: Vec<usize> = (first as i64..=last as i64).map(within).collect();
    indices.dedup();
    indices
}
