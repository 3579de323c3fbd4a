/** Small networks of the operators that convnets are usually made of. */

import { writeModel } from '../../tests/e2e/support/onnx.js';

/**
 * @typedef {import('../../tests/e2e/support/onnx.js').AttributeValue} AttributeValue
 * @typedef {import('../../tests/e2e/support/onnx.js').GraphNode} GraphNode
 * @typedef {import('../../tests/e2e/support/onnx.js').Weight} Weight
 * @typedef {string | { shape: number[], values: number[] | Float32Array }} Operand an output's name, or a weight
 */

/** A network as it is made, node by node. Its input is of 3 x 16 x 16. */
class Net {
  /** @type {GraphNode[]} */
  #nodes = [];
  /** @type {Weight[]} */
  #weights = [];
  /** The output of the last node. */
  last = 'input';

  /**
   * Adds a node.
   *
   * @param {string} op
   * @param {Operand[]} [operands] after the first
   * @param {Record<string, AttributeValue>} [attributes]
   * @param {string} [first]
   */
  add(op, operands = [], attributes = {}, first = this.last) {
    const inputs = [first, ...operands.map((operand) => this.#nameOf(operand))];
    this.last = `${op}_${this.#nodes.length}`;
    this.#nodes.push({ op, inputs, outputs: [this.last], attributes });
  }

  /** @param {Operand} operand */
  #nameOf(operand) {
    if (typeof operand === 'string') return operand;
    const name = `weight_${this.#weights.length}`;
    this.#weights.push({ name, ...operand });
    return name;
  }

  /** An ONNX file. */
  write() {
    return writeModel({
      nodes: this.#nodes,
      inputs: [{ name: 'input', shape: [1, 3, 16, 16] }],
      outputs: [{ name: this.last }],
      weights: this.#weights,
      opset: 14,
    });
  }
}

/** @type {((net: Net) => void)[]} */
const NETS = [
  // ResNet, DenseNet.
  (net) => {
    net.add('Conv', [floats(32, 3, 7, 7)], { strides: [2, 2], pads: [3, 3, 3, 3] });
    net.add('BatchNormalization', [floats(32), floats(32), floats(32), floats(32)]);
    net.add('Relu');
    net.add('MaxPool', [], { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] });
    const shortcut = net.last;
    net.add('BatchNormalization', [floats(32), floats(32), floats(32), floats(32)]);
    net.add('Conv', [floats(32, 32, 3, 3), floats(32)], { pads: [1, 1, 1, 1] });
    net.add('Add', [shortcut]);
    net.add('Concat', [shortcut], { axis: 1 });
    net.add('Conv', [floats(32, 64, 1, 1)]);
    net.add('AveragePool', [], { kernel_shape: [2, 2], strides: [2, 2] });
    net.add('GlobalAveragePool');
    net.add('Flatten');
    net.add('Gemm', [floats(10, 32), floats(10)], { transB: 1 });
    net.add('Softmax');
  },
  // Inception, AlexNet, SqueezeNet.
  (net) => {
    net.add('Conv', [floats(16, 3, 5, 5), floats(16)], { pads: [2, 2, 2, 2] });
    net.add('LRN', [], { size: 5, alpha: float(1e-4), beta: float(0.75), bias: float(1) });
    const stem = net.last;
    net.add('Conv', [floats(8, 16, 1, 3), floats(8)], { pads: [0, 1, 0, 1] });
    const branch = net.last;
    const pooling = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
    net.add('MaxPool', [], { ...pooling, strides: [1, 1] }, stem);
    net.add('Concat', [branch, stem], { axis: 1 });
    net.add('AveragePool', [], { ...pooling, count_include_pad: 1 });
    net.add('MaxPool', [], { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 });
    net.add('Dropout');
    net.add('GlobalMaxPool');
    net.add('Reshape', [ints(1, -1)]);
    net.add('Gemm', [floats(40, 10), floats(10)]);
    net.add('LogSoftmax', [], { axis: 1 });
  },
  // MobileNet, EfficientNet, ShuffleNet.
  (net) => {
    net.add('Pad', [ints(0, 0, 0, 0, 0, 0, 1, 1)]);
    net.add('Conv', [floats(16, 3, 3, 3), floats(16)], { strides: [2, 2] });
    net.add('Clip', [number(0), number(6)]);
    net.add('Conv', [floats(16, 1, 3, 3), floats(16)], { pads: [1, 1, 1, 1], group: 16 });
    const wide = net.last;
    net.add('Sigmoid');
    net.add('Mul', [wide]);
    const squeezed = net.last;
    net.add('ReduceMean', [], { axes: [2, 3], keepdims: 1 });
    net.add('Conv', [floats(4, 16, 1, 1), floats(4)]);
    net.add('Relu');
    net.add('Conv', [floats(16, 4, 1, 1), floats(16)]);
    net.add('HardSigmoid', [], { alpha: float(1 / 6), beta: float(0.5) });
    net.add('Mul', [squeezed]);
    net.add('HardSwish');
    net.add('Conv', [floats(16, 4, 3, 3)], { pads: [2, 2, 2, 2], dilations: [2, 2], group: 4 });
    net.add('Reshape', [ints(1, 4, 4, 8, 8)]);
    net.add('Transpose', [], { perm: [0, 2, 1, 3, 4] });
    net.add('Reshape', [ints(1, 16, 8, 8)]);
    net.add('ReduceMean', [], { axes: [2, 3], keepdims: 0 });
    net.add('MatMul', [floats(16, 5)]);
    net.add('Add', [floats(5)]);
    net.add('Softmax');
  },
  // TensorFlow's.
  (net) => {
    net.add('Conv', [floats(16, 3, 3, 3)], { auto_pad: 'SAME_UPPER', strides: [2, 2] });
    net.add('Mul', [floats(1, 16, 1, 1)]);
    net.add('Add', [floats(1, 16, 1, 1)]);
    net.add('LeakyRelu', [], { alpha: float(0.1) });
    net.add('MaxPool', [], { kernel_shape: [2, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' });
    net.add('Transpose', [], { perm: [0, 2, 3, 1] });
    net.add('Reshape', [ints(1, -1)]);
    net.add('MatMul', [floats(256, 8)]);
    net.add('Tanh');
    net.add('MatMul', [floats(8, 1)]);
    net.add('Sigmoid');
  },
  // Autoencoders, segmentation, styles.
  (net) => {
    net.add('Pad', [ints(0, 0, 1, 1, 0, 0, 1, 1)], { mode: 'reflect' });
    net.add('Conv', [floats(8, 3, 3, 3), floats(8)]);
    net.add('InstanceNormalization', [floats(8), floats(8)]);
    net.add('PRelu', [floats(8, 1, 1)]);
    const skipped = net.last;
    net.add('MaxPool', [], { kernel_shape: [2, 2], strides: [2, 2] });
    net.add('ConvTranspose', [floats(8, 8, 2, 2), floats(8)], { strides: [2, 2] });
    net.add('Concat', [skipped], { axis: 1 });
    net.add('Resize', ['', factors(1, 1, 2, 2)], { mode: 'nearest' });
    net.add('Conv', [floats(8, 16, 3, 3), floats(8)], { pads: [1, 1, 1, 1] });
    net.add('Elu');
    net.add('Resize', ['', factors(1, 1, 2, 2)], { mode: 'linear' });
    net.add('Conv', [floats(4, 8, 3, 3), floats(4)], { pads: [1, 1, 1, 1] });
    net.add('Softmax', [], { axis: 1 });
  },
  // Activation functions, and a flattening that reads the shape.
  (net) => {
    net.add('Conv', [floats(8, 3, 3, 3), floats(8)]);
    const start = net.last;
    net.add('Softplus');
    net.add('Tanh');
    net.add('Mul', [start]);
    net.add('Selu');
    net.add('Sub', [floats(1, 8, 1, 1)]);
    net.add('Div', [number(2)]);
    net.add('Erf');
    net.add('Slice', [ints(0), ints(4), ints(1)]);
    net.add('Unsqueeze', [ints(0)]);
    net.add('Squeeze', [ints(0)]);
    net.add('Identity');
    const features = net.last;
    net.add('Shape');
    net.add('Gather', [{ shape: [], values: [0] }], { axis: 0 });
    net.add('Unsqueeze', [ints(0)]);
    net.add('Concat', [ints(-1)], { axis: 0 });
    net.add('Reshape', [net.last], {}, features);
    net.add('Gemm', [floats(784, 3), floats(3)]);
  },
];

/** @returns {Uint8Array[]} ONNX files */
export function operators() {
  return NETS.map((make) => {
    const net = new Net();
    make(net);
    return net.write();
  });
}

/**
 * Some weights, which variances may be, too.
 *
 * @param {number[]} shape
 */
function floats(...shape) {
  const size = shape.reduce((product, size) => product * size);
  return {
    shape,
    values: Float32Array.from({ length: size }, (_, index) => (index % 7) / 7 + 0.1),
  };
}

/** @param {number[]} values */
function factors(...values) {
  return { shape: [values.length], values: Float32Array.from(values) };
}

/** @param {number} value */
function number(value) {
  return { shape: [], values: Float32Array.of(value) };
}

/** @param {number[]} values */
function ints(...values) {
  return { shape: [values.length], values };
}

/** @param {number} value of an attribute */
function float(value) {
  return Float32Array.of(value);
}
