//! Small nets for tests: random ones, and the architectures that people use in miniature. Weights are positive and keep
//! values of the size that they have, so that nothing cancels, dies or saturates.

pub mod onnx;

use onnx::Attribute::{Float, Int, Ints, Text};
use onnx::{Attribute, Graph};

/// A pseudo-random generator: SplitMix64, by Steele, Lea and Flood.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ bits >> 31
    }

    /// 0 to 1.
    pub fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 24) as f32
    }

    /// `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + (self.next() % (high - low + 1) as u64) as usize
    }

    pub fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.between(0, choices.len() - 1)]
    }
}

/// A net with one input, and what it is made of.
pub struct Net {
    pub bytes: Vec<u8>,
    pub description: String,
}

/// A value of N x C x H x W.
#[derive(Clone)]
struct Value {
    name: String,
    shape: Vec<usize>,
}

struct Builder {
    graph: Graph,
    random: Random,
    description: String,
}

/// How a window moves.
#[derive(Clone)]
struct Window {
    kernel: [usize; 2],
    strides: [usize; 2],
    dilations: [usize; 2],
    /// Top, left, bottom, right; or how they are found.
    pads: Result<[usize; 4], &'static str>,
    ceil: bool,
}

impl Window {
    fn of(side: usize) -> Self {
        Self { kernel: [side; 2], strides: [1; 2], dilations: [1; 2], pads: Ok([side / 2; 4]), ceil: false }
    }

    fn with_strides(self, stride: usize) -> Self {
        Self { strides: [stride; 2], ..self }
    }

    fn with_dilations(self, dilation: usize) -> Self {
        let pad = (self.kernel[0] - 1) * dilation / 2;
        Self { dilations: [dilation; 2], pads: Ok([pad; 4]), ..self }
    }

    /// Height and width of what is made of `shape`; none if the window does not fit.
    fn output(&self, shape: &[usize]) -> Option<[usize; 2]> {
        let mut output = [0; 2];
        for (axis, output) in output.iter_mut().enumerate() {
            let (input, stride) = (shape[axis + 2], self.strides[axis]);
            let field = (self.kernel[axis] - 1) * self.dilations[axis] + 1;
            *output = match self.pads {
                Ok(pads) => {
                    let room = (input + pads[axis] + pads[axis + 2]).checked_sub(field)?;
                    let steps = if self.ceil { room.div_ceil(stride) } else { room / stride };
                    // A last window that begins in the padding behind is none.
                    if self.ceil && steps * stride >= input + pads[axis] { steps } else { steps + 1 }
                }
                Err("VALID") => input.checked_sub(field)? / stride + 1,
                Err(_) => input.div_ceil(stride),
            };
        }
        Some(output)
    }
}

impl Builder {
    fn new(seed: u64, shape: &[usize]) -> (Self, Value) {
        let mut graph = Graph::default();
        graph.input("x", shape);
        let builder = Self { graph, random: Random::new(seed), description: format!("{seed}:") };
        (builder, Value { name: "x".to_owned(), shape: shape.to_vec() })
    }

    fn finish(mut self, output: &Value, opset: u64) -> Net {
        self.graph.output(&output.name);
        Net { bytes: self.graph.bytes(opset), description: self.description }
    }

    /// Positive weights of a mean of 1 / `count`.
    fn weights(&mut self, shape: &[usize], count: usize) -> String {
        let len = shape.iter().product();
        let data: Vec<f32> = (0..len).map(|_| (0.5 + self.random.unit()) / count as f32).collect();
        self.graph.weight(shape, &data)
    }

    fn node(&mut self, op: &str, inputs: &[&str], attributes: &[(&str, Attribute)], shape: &[usize]) -> Value {
        self.description.push_str(&format!(" {op}{shape:?}"));
        Value { name: self.graph.node(op, inputs, attributes), shape: shape.to_vec() }
    }

    fn unary(&mut self, op: &str, x: &Value) -> Value {
        self.node(op, &[&x.name], &[], &x.shape.clone())
    }

    fn relu(&mut self, x: &Value) -> Value {
        self.unary("Relu", x)
    }

    fn window(
        &mut self,
        op: &str,
        operands: &[&str],
        window: &Window,
        extra: &[(&str, i64)],
        shape: &[usize],
    ) -> Value {
        let ints = |values: &[usize]| values.iter().map(|&value| value as i64).collect::<Vec<_>>();
        let (kernel, strides, dilations) = (ints(&window.kernel), ints(&window.strides), ints(&window.dilations));
        let mut attributes =
            vec![("kernel_shape", Ints(&kernel)), ("strides", Ints(&strides)), ("dilations", Ints(&dilations))];
        let pads;
        match window.pads {
            Ok(sides) => {
                pads = ints(&sides);
                attributes.push(("pads", Ints(&pads)));
            }
            Err(auto) => attributes.push(("auto_pad", Text(auto))),
        }
        attributes.extend(extra.iter().map(|&(name, value)| (name, Int(value))));
        if window.ceil {
            attributes.push(("ceil_mode", Int(1)));
        }
        self.node(op, operands, &attributes, shape)
    }

    fn conv(&mut self, x: &Value, channels: usize, group: usize, window: &Window) -> Option<Value> {
        let [height, width] = window.output(&x.shape)?;
        let inputs = x.shape[1] / group;
        let [kh, kw] = window.kernel;
        let weight = self.weights(&[channels, inputs, kh, kw], inputs * kh * kw);
        let bias = self.weights(&[channels], 10);
        let shape = [x.shape[0], channels, height, width];
        Some(self.window("Conv", &[&x.name, &weight, &bias], window, &[("group", group as i64)], &shape))
    }

    fn pool(&mut self, op: &str, x: &Value, window: &Window, count_include_pad: bool) -> Option<Value> {
        let [height, width] = window.output(&x.shape)?;
        let extra: &[_] = if count_include_pad { &[("count_include_pad", 1)] } else { &[] };
        Some(self.window(op, &[&x.name], window, extra, &[x.shape[0], x.shape[1], height, width]))
    }

    fn conv_transpose(&mut self, x: &Value, channels: usize, group: usize) -> Value {
        let kernel = self.random.between(2, 4);
        let stride = self.random.between(1, kernel);
        let dilation = self.random.between(1, 2);
        let pad = self.random.between(0, 1);
        let output_padding = self.random.between(0, stride.max(dilation) - 1).min(1);
        let weight = self.weights(&[x.shape[1], channels / group, kernel, kernel], x.shape[1] / group * 2);
        let side = |input: usize| (input - 1) * stride + (kernel - 1) * dilation + 1 + output_padding - 2 * pad;
        let two = |value: usize| [value as i64; 2];
        let shape = [x.shape[0], channels, side(x.shape[2]), side(x.shape[3])];
        self.node(
            "ConvTranspose",
            &[&x.name, &weight],
            &[
                ("kernel_shape", Ints(&two(kernel))),
                ("strides", Ints(&two(stride))),
                ("dilations", Ints(&two(dilation))),
                ("pads", Ints(&[pad as i64; 4])),
                ("output_padding", Ints(&two(output_padding))),
                ("group", Int(group as i64)),
            ],
            &shape,
        )
    }

    fn batch_norm(&mut self, x: &Value) -> Value {
        // Scale, shift, mean, variance; a small mean, which leaves values positive.
        let names = [1, 1, 1000, 1].map(|count| self.weights(&[x.shape[1]], count));
        let inputs: Vec<&str> = std::iter::once(&x.name).chain(&names).map(String::as_str).collect();
        self.node("BatchNormalization", &inputs, &[], &x.shape.clone())
    }

    fn binary(&mut self, op: &str, a: &Value, b: &Value) -> Value {
        let shape: Vec<usize> = a.shape.iter().zip(&b.shape).map(|(a, b)| *a.max(b)).collect();
        self.node(op, &[&a.name, &b.name], &[], &shape)
    }

    fn concat(&mut self, axis: usize, values: &[&Value]) -> Value {
        let names: Vec<&str> = values.iter().map(|value| value.name.as_str()).collect();
        let mut shape = values[0].shape.clone();
        shape[axis] = values.iter().map(|value| value.shape[axis]).sum();
        self.node("Concat", &names, &[("axis", Int(axis as i64))], &shape)
    }

    fn reshape(&mut self, x: &Value, shape: &[usize]) -> Value {
        let dims: Vec<i64> = shape.iter().map(|&dim| dim as i64).collect();
        let dims = self.graph.ints(&dims);
        self.node("Reshape", &[&x.name, &dims], &[], shape)
    }

    fn transpose(&mut self, x: &Value, permutation: &[usize]) -> Value {
        let shape: Vec<usize> = permutation.iter().map(|&axis| x.shape[axis]).collect();
        let permutation: Vec<i64> = permutation.iter().map(|&axis| axis as i64).collect();
        self.node("Transpose", &[&x.name], &[("perm", Ints(&permutation))], &shape)
    }

    fn slice(&mut self, x: &Value, axis: usize, (start, end, step): (i64, i64, i64), len: usize) -> Value {
        let [start, end, axes, step] = [start, end, axis as i64, step].map(|value| self.graph.ints(&[value]));
        let mut shape = x.shape.clone();
        shape[axis] = len;
        self.node("Slice", &[&x.name, &start, &end, &axes, &step], &[], &shape)
    }

    fn resize(&mut self, x: &Value, size: [usize; 2], mode: &str, coordinates: &str, rounding: &str) -> Value {
        let shape = [x.shape[0], x.shape[1], size[0], size[1]];
        let sizes = self.graph.ints(&shape.map(|dim| dim as i64));
        self.node(
            "Resize",
            &[&x.name, "", "", &sizes],
            &[
                ("mode", Text(mode)),
                ("coordinate_transformation_mode", Text(coordinates)),
                ("nearest_mode", Text(rounding)),
            ],
            &shape,
        )
    }

    fn pad(&mut self, x: &Value, mode: &str, pads: [usize; 4]) -> Value {
        let [top, left, bottom, right] = pads.map(|pad| pad as i64);
        let pads = self.graph.ints(&[0, 0, top, left, 0, 0, bottom, right]);
        let [n, c, h, w] = x.shape[..] else { panic!("{:?}", x.shape) };
        let shape = [n, c, h + (top + bottom) as usize, w + (left + right) as usize];
        self.node("Pad", &[&x.name, &pads], &[("mode", Text(mode))], &shape)
    }

    fn random_window(&mut self) -> Window {
        let mut pair = |low, high| [self.random.between(low, high), self.random.between(low, high)];
        let (kernel, strides, dilations) = (pair(1, 4), pair(1, 3), pair(1, 2));
        let pads = match self.random.between(0, 5) {
            0 => Err("SAME_UPPER"),
            1 => Err("SAME_LOWER"),
            2 => Err("VALID"),
            _ => {
                let mut side = |axis: usize| self.random.between(0, kernel[axis] - 1);
                Ok([side(0), side(1), side(0), side(1)])
            }
        };
        Window { kernel, strides, dilations, pads, ceil: false }
    }

    /// Something at random after `x`; `x` itself if it does not fit.
    fn random_layer(&mut self, x: &Value) -> Value {
        let [n, c, h, w] = x.shape[..] else { panic!("{:?}", x.shape) };
        let made = match self.random.between(0, 23) {
            0..=3 => {
                let (channels, groups) = self.random.one_of(&[(c, c), (2 * c, c), (4, 1), (c, 1)]);
                let window = self.random_window();
                self.conv(x, channels, groups, &window)
            }
            4 | 5 => {
                let op = self.random.one_of(&["MaxPool", "AveragePool"]);
                let mut window = self.random_window();
                // Pooling of nothing but padding is not defined.
                window.dilations = if op == "MaxPool" { window.dilations } else { [1; 2] };
                window.pads = window
                    .pads
                    .map(|_| [0; 4].map(|_| self.random.between(0, window.kernel[0].min(window.kernel[1]) / 2)));
                window.ceil = window.pads.is_ok() && self.random.between(0, 1) == 1;
                let count = op == "AveragePool" && !window.ceil && self.random.between(0, 1) == 1;
                self.pool(op, x, &window, count)
            }
            6 => Some(self.conv_transpose(x, 4, if c % 2 == 0 { 2 } else { 1 })),
            7 => Some(self.batch_norm(x)),
            8 => {
                let op = self.random.one_of(&["Relu", "Sigmoid", "LeakyRelu", "Softplus", "HardSwish"]);
                Some(self.unary(op, x))
            }
            9 => {
                // A residual block.
                let window = Window::of(3);
                let branch = self.conv(x, c, 1, &window);
                branch.map(|branch| self.binary("Add", &branch, x))
            }
            10 => {
                // Branches of different reach.
                let side = self.random.one_of(&[3, 5]);
                let (near, far) = (self.conv(x, 2, 1, &Window::of(1)), self.conv(x, 3, 1, &Window::of(side)));
                near.zip(far).map(|(near, far)| self.concat(1, &[&near, x, &far]))
            }
            11 | 12 => {
                let size = [self.random.between(1, 2 * h), self.random.between(1, 2 * w)];
                let mode = self.random.one_of(&["nearest", "linear", "cubic"]);
                let coordinates =
                    self.random.one_of(&["half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel"]);
                let rounding = self.random.one_of(&["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"]);
                self.description.push_str(&format!(" {mode} {coordinates} {rounding}"));
                Some(self.resize(x, size, mode, coordinates, rounding))
            }
            13 => {
                let mode = self.random.one_of(&["constant", "reflect", "edge"]);
                let room = h.min(w) - 1;
                let pads = [0; 4].map(|_| self.random.between(0, room.min(2)));
                self.description.push_str(&format!(" {mode} {pads:?}"));
                Some(self.pad(x, mode, pads))
            }
            14 if h > 2 => Some(self.slice(x, 2, (1, -1, 1), h - 2)),
            15 => Some(self.slice(x, 3, (-1, i64::MIN, -2), w.div_ceil(2))),
            16 => {
                // Channels last for a while.
                let last = self.transpose(x, &[0, 2, 3, 1]);
                let scale = self.weights(&[c], 1);
                let shape = last.shape.clone();
                let last = self.node("Mul", &[&last.name, &scale], &[], &shape);
                Some(self.transpose(&last, &[0, 3, 1, 2]))
            }
            17 if c % 2 == 0 => {
                // A channel shuffle.
                let split = self.reshape(x, &[n, 2, c / 2, h, w]);
                let shuffled = self.transpose(&split, &[0, 2, 1, 3, 4]);
                Some(self.reshape(&shuffled, &[n, c, h, w]))
            }
            18 if c > 1 => {
                let names = {
                    let parts = self.graph.ints(&[1, c as i64 - 1]);
                    self.graph.node_of("Split", &[&x.name, &parts], &[("axis", Int(1))], 2)
                };
                let one = Value { name: names[0].clone(), shape: vec![n, 1, h, w] };
                let rest = Value { name: names[1].clone(), shape: vec![n, c - 1, h, w] };
                let rest = self.conv(&rest, c - 1, 1, &Window::of(3));
                rest.map(|rest| self.concat(1, &[&rest, &one]))
            }
            19 if c % 4 == 0 => {
                Some(self.node("DepthToSpace", &[&x.name], &[("blocksize", Int(2))], &[n, c / 4, 2 * h, 2 * w]))
            }
            20 if h % 2 == 0 && w % 2 == 0 => {
                Some(self.node("SpaceToDepth", &[&x.name], &[("blocksize", Int(2))], &[n, 4 * c, h / 2, w / 2]))
            }
            21 if c > 2 => {
                let attributes = [("size", Int(3)), ("alpha", Float(1e-5)), ("bias", Float(1.0))];
                Some(self.node("LRN", &[&x.name], &attributes, &x.shape.clone()))
            }
            22 => {
                let axis = self.random.one_of(&[1, 3]);
                let softened = self.node("Softmax", &[&x.name], &[("axis", Int(axis))], &x.shape.clone());
                Some(self.binary("Add", &softened, x))
            }
            23 if h > 1 => {
                let rows = self.graph.ints(&[h as i64 - 1, 0, -2]);
                Some(self.node("Gather", &[&x.name, &rows], &[("axis", Int(2))], &[n, c, 3, w]))
            }
            _ => None,
        };
        // Small, so that brute force is cheap.
        made.filter(|made| made.shape[2..].iter().all(|side| (1..=24).contains(side)) && made.shape[1] <= 12)
            .unwrap_or_else(|| x.clone())
    }
}

/// A net of random layers.
pub fn generated(seed: u64) -> Net {
    let mut random = Random::new(!seed);
    let shape = [1, random.between(1, 3), random.between(6, 12), random.between(6, 12)];
    let (mut builder, mut x) = Builder::new(seed, &shape);
    for _ in 0..random.between(2, 6) {
        x = builder.random_layer(&x);
    }
    let pooled = builder.node("GlobalAveragePool", &[&x.name], &[], &[1, x.shape[1], 1, 1]);
    let shifted = builder.binary("Add", &x, &pooled);
    builder.finish(&shifted, 17)
}

/// The architectures that people use, in miniature.
pub fn architectures() -> Vec<Net> {
    vec![residual(), inception(), dilated(), separable(), u_net(), channels_last(), classifier(), tokens()]
}

fn residual() -> Net {
    let (mut net, x) = Builder::new(100, &[1, 3, 15, 14]);
    let mut x = net.conv(&x, 4, 1, &Window::of(7).with_strides(2)).unwrap();
    for (channels, stride) in [(4, 1), (6, 2)] {
        let branch = net.conv(&x, channels, 1, &Window::of(3).with_strides(stride)).unwrap();
        let branch = net.batch_norm(&branch);
        let branch = net.relu(&branch);
        let branch = net.conv(&branch, channels, 1, &Window::of(3)).unwrap();
        let skip = net.conv(&x, channels, 1, &Window::of(1).with_strides(stride)).unwrap();
        let sum = net.binary("Add", &branch, &skip);
        x = net.relu(&sum);
    }
    net.finish(&x, 13)
}

fn inception() -> Net {
    let (mut net, x) = Builder::new(101, &[1, 2, 11, 13]);
    let one = net.conv(&x, 2, 1, &Window::of(1)).unwrap();
    let three = net.conv(&one, 2, 1, &Window::of(3)).unwrap();
    let five = net.conv(&one, 2, 1, &Window::of(5)).unwrap();
    let pooled = net.pool("MaxPool", &x, &Window::of(3), false).unwrap();
    let pooled = net.conv(&pooled, 1, 1, &Window::of(1)).unwrap();
    let joined = net.concat(1, &[&one, &three, &five, &pooled]);
    let reduced =
        net.pool("AveragePool", &joined, &Window { ceil: true, ..Window::of(3).with_strides(2) }, false).unwrap();
    net.finish(&reduced, 12)
}

fn dilated() -> Net {
    let (mut net, mut x) = Builder::new(102, &[1, 1, 16, 15]);
    for dilation in [1, 2, 4] {
        x = net.conv(&x, 2, 1, &Window::of(3).with_dilations(dilation)).unwrap();
        x = net.relu(&x);
    }
    net.finish(&x, 11)
}

/// Depthwise convolutions, squeeze and excitation.
fn separable() -> Net {
    let (mut net, x) = Builder::new(103, &[1, 3, 12, 12]);
    let x = net.conv(&x, 4, 1, &Window { pads: Err("SAME_UPPER"), ..Window::of(3).with_strides(2) }).unwrap();
    let x = net.conv(&x, 4, 4, &Window { pads: Err("SAME_LOWER"), ..Window::of(4) }).unwrap();
    let pooled = net.node("GlobalAveragePool", &[&x.name], &[], &[1, 4, 1, 1]);
    let gate = net.conv(&pooled, 4, 1, &Window::of(1)).unwrap();
    let gate = net.unary("HardSigmoid", &gate);
    let gated = net.binary("Mul", &x, &gate);
    let x = net.conv(&gated, 6, 1, &Window::of(1)).unwrap();
    net.finish(&x, 17)
}

fn u_net() -> Net {
    let (mut net, x) = Builder::new(104, &[1, 1, 16, 16]);
    let fine = net.conv(&x, 2, 1, &Window::of(3)).unwrap();
    let halving = Window { pads: Ok([0; 4]), ..Window::of(2).with_strides(2) };
    let coarse = net.pool("MaxPool", &fine, &halving, false).unwrap();
    let coarse = net.conv(&coarse, 3, 1, &Window::of(3)).unwrap();
    let deep = net.pool("MaxPool", &coarse, &halving, false).unwrap();
    let deep = net.conv(&deep, 4, 1, &Window::of(3)).unwrap();
    let up = net.resize(&deep, [8, 8], "nearest", "asymmetric", "floor");
    let up = net.concat(1, &[&up, &coarse]);
    let up = net.conv(&up, 3, 1, &Window::of(3)).unwrap();
    let up = net.resize(&up, [16, 16], "linear", "half_pixel", "floor");
    let up = net.concat(1, &[&up, &fine]);
    let out = net.conv(&up, 1, 1, &Window::of(1)).unwrap();
    net.finish(&out, 13)
}

fn channels_last() -> Net {
    let (mut net, x) = Builder::new(105, &[1, 10, 12, 3]);
    let first = net.transpose(&x, &[0, 3, 1, 2]);
    let conv = net.conv(&first, 4, 1, &Window { pads: Err("SAME_UPPER"), ..Window::of(3).with_strides(2) }).unwrap();
    let last = net.transpose(&conv, &[0, 2, 3, 1]);
    let mean = net.node("ReduceMean", &[&last.name], &[("axes", Ints(&[3])), ("keepdims", Int(1))], &[1, 5, 6, 1]);
    let scaled = net.binary("Mul", &last, &mean);
    let relu = net.relu(&scaled);
    net.finish(&relu, 13)
}

fn classifier() -> Net {
    let (mut net, x) = Builder::new(106, &[1, 1, 9, 9]);
    let x = net.conv(&x, 2, 1, &Window { pads: Ok([0; 4]), ..Window::of(3) }).unwrap();
    let x = net.pool("MaxPool", &x, &Window { pads: Ok([0; 4]), ..Window::of(2).with_strides(2) }, false).unwrap();
    let flat = net.node("Flatten", &[&x.name], &[], &[1, 18]);
    let (weight, bias) = (net.weights(&[5, 18], 18), net.weights(&[5], 10));
    let dense = net.node("Gemm", &[&flat.name, &weight, &bias], &[("transB", Int(1))], &[1, 5]);
    let answer = net.unary("Softmax", &dense);
    net.finish(&answer, 13)
}

/// The beginning of a vision transformer: patches as tokens, and one layer that treats each by itself.
fn tokens() -> Net {
    let (mut net, x) = Builder::new(107, &[1, 3, 12, 8]);
    let patches = net.conv(&x, 5, 1, &Window { pads: Ok([0; 4]), ..Window::of(4).with_strides(4) }).unwrap();
    let flat = net.reshape(&patches, &[1, 5, 6]);
    let tokens = net.transpose(&flat, &[0, 2, 1]);
    let weight = net.weights(&[5, 7], 5);
    let mixed = net.node("MatMul", &[&tokens.name, &weight], &[], &[1, 6, 7]);
    let scale = net.weights(&[7], 1);
    let last = net.node("LayerNormalization", &[&mixed.name, &scale], &[("axis", Int(-1))], &[1, 6, 7]);
    net.finish(&last, 17)
}
