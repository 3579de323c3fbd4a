//! The arithmetic of one cell: the values that it was computed of, the weights, and how they make its value.

mod functions;

use crate::dependence::{self, Dependence, Mapping};
use crate::error::{Error, ErrorKind, Result};
use crate::feature_map::Planes;
use crate::forward::Pass;
use crate::model::{self, Model, Node};
use crate::tensor::{Tensor, TensorData};
use serde::Serialize;
use std::collections::BTreeMap;

/// The most values that one cell's arithmetic may list.
pub const MAX_VALUES: usize = 1 << 22;

/// How a cell got its value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// ONNX's operator.
    pub op: String,
    /// The value that the pass has computed.
    pub value: f64,
    /// How the values of `windows` and the `parameters` make it; none for an operator whose arithmetic is not told.
    pub rule: Option<Rule>,
    /// What they make in double precision: `value` but for the rounding of single precision.
    pub computed: Option<f64>,
    /// Numbers that the rule names.
    pub parameters: BTreeMap<&'static str, f64>,
    /// What it was computed of.
    pub windows: Vec<Window>,
}

/// How values make a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// `factor` times the sum of values times weights, plus `bias`.
    WeightedSum,
    /// The sum of the values.
    Sum,
    /// The largest of the values that are no padding.
    Maximum,
    /// The sum of the values by `count`.
    Mean,
    /// `(value - mean) / sqrt(variance + epsilon) * scale + shift`, of the first value.
    Normalization,
    /// `exp(input - maximum) / sum`, in which `sum` is that of `exp(value - maximum)` over all values.
    Softmax,
    /// `input - maximum - ln(sum)`, with the same sum.
    LogSoftmax,
    /// The operator as a function of the value of each window, in order, and of parameters under ONNX's names.
    Function,
    /// The one value there is; without any `padding`.
    Copy,
}

/// Values at a product of channels, rows and columns of a value's feature maps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Window {
    /// Name of the value: an output, an input of the model, or a weight.
    pub name: String,
    /// Channels; none for padding.
    pub channels: Vec<Option<usize>>,
    /// Rows; none for padding.
    pub rows: Vec<Option<usize>>,
    /// Columns; none for padding.
    pub columns: Vec<Option<usize>>,
    /// The values, channel after channel, each in rows; 0 for padding.
    #[serde(skip)]
    pub values: Vec<f32>,
    /// As many weights, if the rule has some.
    #[serde(skip)]
    pub weights: Vec<f32>,
}

fn bad_input(message: String) -> Error {
    Error::new(ErrorKind::Input, message)
}

/// How the cell of an outlet's feature maps got its value in `pass`.
///
/// # Errors
/// [`ErrorKind::Input`] if there is no such outlet or cell, or it has not been computed yet; [`ErrorKind::TooLarge`] for
/// more than [`MAX_VALUES`] values.
pub fn cell(pass: &Pass, outlet: usize, channel: usize, row: usize, column: usize) -> Result<Cell> {
    let model = pass.model();
    let description =
        model.outlets().get(outlet).ok_or_else(|| bad_input(format!("the model has no outlet {outlet}")))?;
    let name = &description.info.name;
    let shape =
        pass.activation_shape(outlet)?.ok_or_else(|| bad_input(format!("'{name}' has not been computed yet")))?;
    let planes = Planes::of(shape.len(), description.channel_axis);
    let index = planes.index(shape, channel, row, column).ok_or_else(|| {
        bad_input(format!(
            "the output '{name}' of shape {shape:?} has no channel {channel}, row {row}, column {column}"
        ))
    })?;
    let value = pass.element(name, &index).ok_or_else(|| bad_input(format!("the output '{name}' has no numbers")))?;
    let node = &model.nodes()[description.node];
    let place = CellOf { pass, model, node, outlet, shape, index };
    let arithmetic = place.arithmetic()?.unwrap_or_default();
    Ok(Cell {
        op: node.op.clone(),
        value,
        rule: arithmetic.rule,
        computed: arithmetic.computed,
        parameters: arithmetic.parameters,
        windows: arithmetic.windows,
    })
}

/// The weights with which a convolution or a dense layer makes one channel of an outlet: of the shape of its kernel less
/// the axis of outputs, such as channels x height x width.
///
/// # Errors
/// [`ErrorKind::Input`] if the outlet's node has no constant weights, or no such channel.
pub fn kernel(model: &Model, outlet: usize, channel: usize) -> Result<Tensor> {
    let description =
        model.outlets().get(outlet).ok_or_else(|| bad_input(format!("the model has no outlet {outlet}")))?;
    let node = &model.nodes()[description.node];
    let no_kernel = || {
        bad_input(format!(
            "node '{}' ({}) has no kernel of its own: no convolution, nor a dense layer",
            node.name, node.op
        ))
    };
    let weights = node.operands.get(1).and_then(|name| model.constant(name)).ok_or_else(no_kernel)?;
    let shape = weights.shape();
    let groups = groups(node);
    let no_channel = || bad_input(format!("the output '{}' has no channel {channel}", description.info.name));
    // For each axis of the weights the indices to take, and whether the axis is the outputs'.
    let (output_axis, output, others) = match (node.op.as_str(), shape.len()) {
        ("Conv", 3..) => (0, channel, 0..*shape.get(1).ok_or_else(no_kernel)?),
        ("ConvTranspose", 3..) => {
            let (inputs, outputs) = (shape[0] / groups, shape[1]);
            let group = channel / outputs.max(1);
            if group >= groups {
                return Err(no_channel());
            }
            (1, channel % outputs, group * inputs..(group + 1) * inputs)
        }
        ("Gemm", 2) if node.attributes.int("transB") == Some(1) => (0, channel, 0..shape[1]),
        ("Gemm" | "MatMul", 2) => (1, channel, 0..shape[0]),
        _ => return Err(no_kernel()),
    };
    if output >= shape[output_axis] {
        return Err(no_channel());
    }
    let mut lists: Vec<Vec<usize>> = shape.iter().map(|&dim| (0..dim).collect()).collect();
    lists[output_axis] = vec![output];
    lists[1 - output_axis] = others.collect();
    let mut data = Vec::new();
    for_each_product(&lists, &mut |index| data.push(model::element(weights, index).unwrap_or(f64::NAN) as f32));
    let kept = lists.iter().enumerate().filter(|(axis, _)| *axis != output_axis).map(|(_, list)| list.len());
    Tensor::new(kept.collect(), TensorData::F32(data))
}

fn groups(node: &Node) -> usize {
    node.attributes.int("group").and_then(|groups| usize::try_from(groups).ok()).unwrap_or(1).max(1)
}

/// Calls `visit` with each member of the product of `lists`, the last list running fastest.
fn for_each_product(lists: &[Vec<usize>], visit: &mut impl FnMut(&[usize])) {
    let mut index: Vec<usize> = vec![0; lists.len()];
    let mut places = vec![0; lists.len()];
    if lists.iter().any(Vec::is_empty) {
        return;
    }
    loop {
        for ((index, list), place) in index.iter_mut().zip(lists).zip(&places) {
            *index = list[*place];
        }
        visit(&index);
        // Count on, as on a mechanical counter.
        let mut axis = lists.len();
        loop {
            let Some(next) = axis.checked_sub(1) else { return };
            axis = next;
            places[axis] += 1;
            if places[axis] < lists[axis].len() {
                break;
            }
            places[axis] = 0;
        }
    }
}

#[derive(Default)]
struct Arithmetic {
    rule: Option<Rule>,
    computed: Option<f64>,
    parameters: BTreeMap<&'static str, f64>,
    windows: Vec<Window>,
}

/// An element of an outlet of `shape`, at `index`.
struct CellOf<'a> {
    pass: &'a Pass,
    model: &'a Model,
    node: &'a Node,
    outlet: usize,
    shape: &'a [usize],
    index: Vec<usize>,
}

/// Where a window's taps lie on each axis of its value.
type Taps = Vec<Vec<Option<usize>>>;

impl CellOf<'_> {
    /// None for what is not told.
    fn arithmetic(&self) -> Result<Option<Arithmetic>> {
        let (op, attributes) = (self.node.op.as_str(), &self.node.attributes);
        match op {
            "Conv" | "ConvTranspose" | "Gemm" | "MatMul" => self.weighted_sum(),
            "MaxPool" | "GlobalMaxPool" | "ReduceMax" => self.reduction(Rule::Maximum),
            "AveragePool" | "GlobalAveragePool" | "ReduceMean" => self.reduction(Rule::Mean),
            "ReduceSum" => self.reduction(Rule::Sum),
            "Softmax" | "LogSoftmax" => self.softmax(),
            "BatchNormalization" if attributes.int("training_mode") != Some(1) => self.batch_normalization(),
            "Concat" | "DepthToSpace" | "Dropout" | "Expand" | "Flatten" | "Gather" | "Identity" | "Pad"
            | "Reshape" | "Slice" | "SpaceToDepth" | "Split" | "Squeeze" | "Tile" | "Transpose" | "Unsqueeze" => {
                self.copy()
            }
            "Resize" | "Upsample" if matches!(attributes.text("mode"), None | Some("nearest")) => self.copy(),
            _ => Ok(self.function()),
        }
    }

    fn weighted_sum(&self) -> Result<Option<Arithmetic>> {
        let is_product = matches!(self.node.op.as_str(), "Gemm" | "MatMul");
        let Some(([name, other], data)) = self.factors(is_product) else { return Ok(None) };
        let dependences = self.dependences().unwrap_or_default();
        let dependence = dependences.iter().find(|dependence| dependence.value == *name);
        let (Some(dependence), Some(other_shape)) = (dependence, self.pass.shape(other)) else { return Ok(None) };
        let Some(taps) = self.taps(dependence) else { return Ok(None) };
        let window = self.window(dependence, &taps, |place| {
            let index = if is_product {
                self.factor_index(data, taps.len(), &other_shape, place)
            } else {
                self.kernel_index(&taps, &other_shape, place)
            };
            self.pass.element(other, &index?)
        })?;
        let float = |name: &str| f64::from(self.node.attributes.float(name).unwrap_or(1.0));
        let is_gemm = self.node.op == "Gemm";
        let bias = match self.node.operands.get(2).filter(|name| !name.is_empty()) {
            Some(bias) if is_gemm => self.broadcast_element(bias).map(|bias| float("beta") * bias),
            Some(bias) => self.index.get(1).and_then(|&channel| self.pass.element(bias, &[channel])),
            None => Some(0.0),
        };
        let factor = if is_gemm { float("alpha") } else { 1.0 };
        let (Some(bias), true) = (bias, window.weights.len() == window.values.len()) else { return Ok(None) };
        let products = window.values.iter().zip(&window.weights);
        let sum: f64 = products.map(|(value, weight)| f64::from(*value) * f64::from(*weight)).sum();
        Ok(Some(Arithmetic {
            rule: Some(Rule::WeightedSum),
            computed: Some(factor * sum + bias),
            parameters: BTreeMap::from([("factor", factor), ("bias", bias)]),
            windows: vec![window],
        }))
    }

    /// The names of the values and of the weights, and which operand the values are. Of a matrix product either may be
    /// constant, which the weights are then.
    fn factors(&self, is_product: bool) -> Option<([&String; 2], usize)> {
        let [first, second, ..] = &self.node.operands[..] else { return None };
        let is_swapped = is_product && self.model.constant(first).is_some();
        Some(if is_swapped { ([second, first], 1) } else { ([first, second], 0) })
    }

    /// The index of a convolution's weight for the value at `place` of the window.
    fn kernel_index(&self, taps: &Taps, kernel: &[usize], place: &[usize]) -> Option<Vec<usize>> {
        let output = *self.index.get(1)?;
        let channels = match self.node.op.as_str() {
            "Conv" => [output, *place.get(1)?],
            _ => [(*taps.get(1)?.get(*place.get(1)?)?)?, output % kernel.get(1)?],
        };
        Some([&channels, place.get(2..)?].concat())
    }

    /// The index in the other factor of a matrix product, of shape `other`, for the value at `place` of the window of the
    /// operand `data`, of `rank`.
    fn factor_index(&self, data: usize, rank: usize, other: &[usize], place: &[usize]) -> Option<Vec<usize>> {
        let is_transposed = |name: &str| self.node.attributes.int(name) == Some(1);
        let (own, others) = if data == 0 { ("transA", "transB") } else { ("transB", "transA") };
        // Columns of the first are summed with rows of the second.
        let is_last = (data == 0) != is_transposed(own);
        let summed = if rank == 1 || is_last { rank - 1 } else { rank - 2 };
        let position = *place.get(summed)?;
        if other.len() == 1 {
            return Some(vec![position]);
        }
        let output = self.index.len();
        let kept = *self.index.get(output.checked_sub(if data == 0 || rank == 1 { 1 } else { 2 })?)?;
        let ends = if (data == 0) != is_transposed(others) { [position, kept] } else { [kept, position] };
        // A vector has no axis in the output.
        let first = (output + usize::from(rank == 1)).checked_sub(other.len())?;
        let outer = other.iter().zip(self.index.get(first..)?).take(other.len() - 2);
        Some(outer.map(|(&dim, &own)| if dim == 1 { 0 } else { own }).chain(ends).collect())
    }

    fn reduction(&self, rule: Rule) -> Result<Option<Arithmetic>> {
        let Some(window) = self.first_window()? else { return Ok(None) };
        let within: Vec<f64> = window.present().collect();
        let sum: f64 = within.iter().sum();
        let counts_padding = self.node.attributes.int("count_include_pad") == Some(1);
        let count = if counts_padding { window.values.len() } else { within.len() } as f64;
        let (computed, parameters) = match rule {
            Rule::Mean => (sum / count, BTreeMap::from([("count", count)])),
            // A NaN stays, as in a pass.
            Rule::Maximum => {
                (within.iter().fold(f64::NEG_INFINITY, |a, &b| if a >= b { a } else { b }), BTreeMap::new())
            }
            _ => (sum, BTreeMap::new()),
        };
        Ok(Some(Arithmetic { rule: Some(rule), computed: Some(computed), parameters, windows: vec![window] }))
    }

    fn softmax(&self) -> Result<Option<Arithmetic>> {
        let Some(window) = self.first_window()? else { return Ok(None) };
        let Some(input) = self.node.operands.first().and_then(|name| self.pass.element(name, &self.index)) else {
            return Ok(None);
        };
        let maximum = window.present().fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = window.present().map(|value| (value - maximum).exp()).sum();
        let (rule, computed) = match self.node.op.as_str() {
            "Softmax" => (Rule::Softmax, (input - maximum).exp() / sum),
            _ => (Rule::LogSoftmax, input - maximum - sum.ln()),
        };
        let parameters = BTreeMap::from([("input", input), ("maximum", maximum), ("sum", sum)]);
        Ok(Some(Arithmetic { rule: Some(rule), computed: Some(computed), parameters, windows: vec![window] }))
    }

    fn batch_normalization(&self) -> Result<Option<Arithmetic>> {
        let channel = self.index.get(1).copied().unwrap_or(0);
        let of_channel = |position: usize| self.pass.element(self.node.operands.get(position)?, &[channel]);
        let parameters = (of_channel(1), of_channel(2), of_channel(3), of_channel(4));
        let (Some(scale), Some(shift), Some(mean), Some(variance)) = parameters else { return Ok(None) };
        let Some(window) = self.first_window()? else { return Ok(None) };
        let Some(value) = window.present().next() else { return Ok(None) };
        let epsilon = f64::from(self.node.attributes.float("epsilon").unwrap_or(1e-5));
        let parameters =
            [("scale", scale), ("shift", shift), ("mean", mean), ("variance", variance), ("epsilon", epsilon)];
        Ok(Some(Arithmetic {
            rule: Some(Rule::Normalization),
            computed: Some((value - mean) / (variance + epsilon).sqrt() * scale + shift),
            parameters: parameters.into(),
            windows: vec![window],
        }))
    }

    /// The one element that the cell depends on.
    fn copy(&self) -> Result<Option<Arithmetic>> {
        let Some(dependences) = self.dependences() else { return Ok(None) };
        let region = self.index.iter().zip(self.shape).map(|(&own, &dim)| (0..dim).map(|other| other == own).collect());
        let region = region.collect();
        let data = dependences.iter().filter(|dependence| self.is_data(dependence));
        let sources: Vec<_> = data.filter_map(|dependence| Some((dependence, dependence.region(&region)?))).collect();
        let [(dependence, source)] = &sources[..] else {
            let padding = self.node.operands.get(2).and_then(|name| self.scalar(name));
            let padding = padding.or(self.node.attributes.float("value").map(f64::from)).unwrap_or(0.0);
            let is_padding = sources.is_empty() && self.node.op == "Pad";
            return Ok(is_padding.then(|| Arithmetic {
                rule: Some(Rule::Copy),
                computed: Some(padding),
                parameters: BTreeMap::from([("padding", padding)]),
                windows: Vec::new(),
            }));
        };
        let taps: Taps = source.iter().map(|set| dependence::members(set).map(Some).collect()).collect();
        let window = self.window(dependence, &taps, |_| None)?;
        let computed = window.present().next();
        Ok((window.values.len() == 1).then(|| Arithmetic {
            rule: Some(Rule::Copy),
            computed,
            parameters: BTreeMap::new(),
            windows: vec![window],
        }))
    }

    /// Whether a copying operator copies from the value, and is not told by it what to copy.
    fn is_data(&self, dependence: &Dependence) -> bool {
        let copied = if self.node.op == "Concat" { self.node.operands.len() } else { 1 };
        self.node.operands.iter().take(copied).any(|name| *name == dependence.value)
    }

    fn function(&self) -> Option<Arithmetic> {
        let (arity, names) = functions::signature(&self.node.op)?;
        let arguments = self.node.operands.iter().take(arity.unwrap_or(self.node.operands.len()));
        let windows: Vec<Window> = arguments.map(|name| self.value(name)).collect::<Option<_>>()?;
        let values: Vec<f64> = windows.iter().flat_map(Window::present).collect();
        let mut parameters = BTreeMap::new();
        for (position, &(name, default)) in names.iter().enumerate() {
            // Since some version, limits are operands.
            let operand = self.node.operands.get(arity.unwrap_or(usize::MAX).saturating_add(position));
            let given = match operand.filter(|name| !name.is_empty()) {
                Some(operand) => Some(self.scalar(operand)?),
                None => self.node.attributes.float(name).map(f64::from).or(default),
            };
            parameters.extend(given.map(|value| (name, value)));
        }
        let computed =
            functions::compute(&self.node.op, &values, &parameters, self.node.attributes.text("approximate"))?;
        Some(Arithmetic { rule: Some(Rule::Function), computed: Some(computed), parameters, windows })
    }

    /// The only element of a value, of whatever rank.
    fn scalar(&self, name: &str) -> Option<f64> {
        self.pass.element(name, &vec![0; self.pass.shape(name)?.len()])
    }

    /// The element of a value at the cell's place, after broadcasting.
    fn value(&self, name: &str) -> Option<Window> {
        let index = self.broadcast_index(name)?;
        let shape = self.pass.shape(name)?;
        let taps: Taps = index.into_iter().map(|index| vec![Some(index)]).collect();
        let dependence = Dependence { value: name.to_owned(), shape, mapping: Mapping::Order };
        self.window(&dependence, &taps, |_| None).ok()
    }

    fn broadcast_index(&self, name: &str) -> Option<Vec<usize>> {
        let shape = self.pass.shape(name)?;
        let first = self.index.len().checked_sub(shape.len())?;
        Some(shape.iter().zip(self.index.get(first..)?).map(|(&dim, &own)| if dim == 1 { 0 } else { own }).collect())
    }

    fn broadcast_element(&self, name: &str) -> Option<f64> {
        self.pass.element(name, &self.broadcast_index(name)?)
    }

    fn dependences(&self) -> Option<Vec<Dependence>> {
        dependence::dependences(self.model, self.outlet)
    }

    /// All that the cell depends on of its node's first operand.
    fn first_window(&self) -> Result<Option<Window>> {
        let dependences = self.dependences().unwrap_or_default();
        let first = self.node.operands.first();
        let dependence = dependences.iter().find(|dependence| Some(&dependence.value) == first);
        let Some((dependence, taps)) = dependence.and_then(|dependence| Some((dependence, self.taps(dependence)?)))
        else {
            return Ok(None);
        };
        self.window(dependence, &taps, |_| None).map(Some)
    }

    /// None if they are not a product of axes, or lie in several items of a batch, of which feature maps show one.
    fn taps(&self, dependence: &Dependence) -> Option<Taps> {
        let Mapping::Axes(axes) = &dependence.mapping else { return None };
        let own = |axis: Option<usize>| axis.and_then(|axis| self.index.get(axis)).copied().unwrap_or(0);
        let taps = axes.iter().zip(&dependence.shape).map(|(reach, &dim)| reach.taps(own(reach.axis()), dim));
        let taps: Taps = taps.collect();
        let planes = Planes::of(taps.len(), self.model.channel_axis(&dependence.value));
        let is_one = |(axis, taps): (usize, &Vec<_>)| taps.len() == 1 || planes.axes().any(|own| own == axis);
        taps.iter().enumerate().all(is_one).then_some(taps)
    }

    /// The values at `taps`, with the weights that `weight` has for their places in the window, axis by axis.
    fn window(&self, dependence: &Dependence, taps: &Taps, weight: impl Fn(&[usize]) -> Option<f64>) -> Result<Window> {
        let name = &dependence.value;
        let len = taps.iter().try_fold(1usize, |len, taps| len.checked_mul(taps.len()));
        if len.is_none_or(|len| len > MAX_VALUES) {
            return Err(Error::new(
                ErrorKind::TooLarge,
                format!(
                    "a cell of node '{}' ({}) depends on more than {MAX_VALUES} values",
                    self.node.name, self.node.op
                ),
            ));
        }
        let planes = Planes::of(dependence.shape.len(), self.model.channel_axis(name));
        let side = |axis: Option<usize>| axis.and_then(|axis| taps.get(axis)).cloned().unwrap_or_else(|| vec![Some(0)]);
        let channels = planes.channels.iter().fold(vec![Some(0)], |channels, &axis| {
            let dim = dependence.shape[axis];
            let joined = |channel: &Option<usize>, tap: &Option<usize>| Some((*channel)? * dim + (*tap)?);
            channels
                .iter()
                .flat_map(|channel| taps[axis].iter().map(move |tap| joined(channel, tap)))
                .collect::<Vec<_>>()
        });
        // Axes in the order of the feature maps: the batch, channels, rows, columns.
        let batch = (0..taps.len()).filter(|axis| !planes.axes().any(|own| own == *axis));
        let order: Vec<usize> = batch.chain(planes.axes()).collect();
        let lists: Vec<Vec<usize>> = order.iter().map(|&axis| (0..taps[axis].len()).collect()).collect();
        let (mut values, mut weights) = (Vec::new(), Vec::new());
        let mut place = vec![0; taps.len()];
        for_each_product(&lists, &mut |ordered| {
            order.iter().zip(ordered).for_each(|(&axis, &tap)| place[axis] = tap);
            let index: Option<Vec<usize>> = taps.iter().zip(&place).map(|(taps, &tap)| taps[tap]).collect();
            values.push(index.and_then(|index| self.pass.element(name, &index)).unwrap_or(0.0) as f32);
            weights.extend(weight(&place).map(|weight| weight as f32));
        });
        Ok(Window {
            name: name.clone(),
            channels,
            rows: side(planes.row),
            columns: side(planes.column),
            values,
            weights,
        })
    }
}

impl Window {
    /// The values that are no padding.
    fn present(&self) -> impl Iterator<Item = f64> {
        let (rows, columns) = (self.rows.len(), self.columns.len());
        let is_present = move |place: usize| {
            self.columns[place % columns].is_some()
                && self.rows[place / columns % rows].is_some()
                && self.channels[place / columns / rows].is_some()
        };
        let places = self.values.iter().enumerate().filter(move |(place, _)| is_present(*place));
        places.map(|(_, &value)| f64::from(value))
    }
}
