/** As much of ONNX's protobuf format as test data need. Field numbers and data types are those of onnx.proto. */

import { half } from '../e2e/support/files.js';
import { fields, graphs, text } from '../e2e/support/onnx.js';

const GRAPH = { initializer: 5, input: 11, output: 12 };
const VALUE_INFO = { name: 1, type: 2 };
const TYPE = { tensor: 1 };
const TENSOR = {
  dimension: 1,
  dataType: 2,
  floats: 4,
  int32s: 5,
  int64s: 7,
  name: 8,
  raw: 9,
  doubles: 10,
  uint64s: 11,
};

/**
 * Element types by their numbers: the array of raw data, and the field that values are in otherwise. Float16s are bits,
 * booleans 0 and 1.
 */
const DATA_TYPES = new Map([
  [1, { dtype: 'float32', array: Float32Array, field: TENSOR.floats }],
  [2, { dtype: 'uint8', array: Uint8Array, field: TENSOR.int32s }],
  [3, { dtype: 'int8', array: Int8Array, field: TENSOR.int32s }],
  [4, { dtype: 'uint16', array: Uint16Array, field: TENSOR.int32s }],
  [5, { dtype: 'int16', array: Int16Array, field: TENSOR.int32s }],
  [6, { dtype: 'int32', array: Int32Array, field: TENSOR.int32s }],
  [7, { dtype: 'int64', array: BigInt64Array, field: TENSOR.int64s }],
  [9, { dtype: 'bool', array: Uint8Array, field: TENSOR.int32s }],
  [10, { dtype: 'float16', array: Uint16Array, field: TENSOR.int32s }],
  [11, { dtype: 'float64', array: Float64Array, field: TENSOR.doubles }],
  [12, { dtype: 'uint32', array: Uint32Array, field: TENSOR.uint64s }],
  [13, { dtype: 'uint64', array: BigUint64Array, field: TENSOR.uint64s }],
]);

/**
 * @typedef {InstanceType<typeof Float32Array | typeof Float64Array
 *   | typeof Int8Array | typeof Int16Array | typeof Int32Array | typeof BigInt64Array
 *   | typeof Uint8Array | typeof Uint16Array | typeof Uint32Array | typeof BigUint64Array>} TensorData
 *
 * @typedef {object} TensorProto
 * @property {string} name
 * @property {string} dtype
 * @property {number[]} shape
 * @property {TensorData} data float16 widened to float32
 *
 * @typedef {{ name: string, isTensor: boolean }} GraphValue
 */

/**
 * What the graph of an ONNX file takes, values that it has itself excepted, and gives.
 *
 * @param {Uint8Array} model
 * @returns {{ inputs: GraphValue[], outputs: GraphValue[] }}
 */
export function readInterface(model) {
  const parts = graphs(model).flatMap(fields);
  const messages = (/** @type {number} */ field) =>
    parts
      .filter(([number]) => number === field)
      .map(([, value]) => /** @type {Uint8Array} */ (value));
  const initializers = messages(GRAPH.initializer).map((tensor) => text(tensor, TENSOR.name));
  return {
    inputs: messages(GRAPH.input)
      .map(readValue)
      .filter(({ name }) => !initializers.includes(name)),
    outputs: messages(GRAPH.output).map(readValue),
  };
}

/**
 * @param {Uint8Array} value
 * @returns {GraphValue}
 */
function readValue(value) {
  const isTensor = fields(value)
    .filter(([number]) => number === VALUE_INFO.type)
    .some(([, type]) =>
      fields(/** @type {Uint8Array} */ (type)).some(([number]) => number === TYPE.tensor),
    );
  return { name: text(value, VALUE_INFO.name), isTensor };
}

/**
 * The tensors that the graph of an ONNX file has itself.
 *
 * @param {Uint8Array} model
 */
export function readTensors(model) {
  return graphs(model)
    .flatMap(fields)
    .filter(([number]) => number === GRAPH.initializer)
    .map(([, tensor]) => readTensor(/** @type {Uint8Array} */ (tensor)));
}

/**
 * Reads a file of one tensor.
 *
 * @param {Uint8Array} proto
 * @returns {TensorProto}
 */
export function readTensor(proto) {
  const parts = fields(proto);
  const numbers = (/** @type {number} */ field) =>
    parts.filter(([number]) => number === field).map(([, value]) => Number(value));
  const bytes = (/** @type {number} */ field) =>
    Buffer.concat(
      parts
        .filter(([number]) => number === field)
        .map(([, value]) => /** @type {Uint8Array} */ (value)),
    );
  const name = text(proto, TENSOR.name);
  const shape = numbers(TENSOR.dimension);
  const number = numbers(TENSOR.dataType).at(-1) ?? 0;
  const type = DATA_TYPES.get(number);
  if (!type) throw new Error(`the tensor '${name}' has data of type ${number}`);
  const { dtype, array, field } = type;
  const raw = bytes(TENSOR.raw);
  const isFixed = field === TENSOR.floats || field === TENSOR.doubles;
  /** @type {TensorData} */
  let data;
  if (raw.length > 0 || isFixed) {
    data = new array(new Uint8Array(raw.length > 0 ? raw : bytes(field)).buffer);
  } else if (array === BigInt64Array || array === BigUint64Array) {
    data = array.from(varints(bytes(field)));
  } else {
    data = /** @type {typeof Int32Array} */ (array).from(varints(bytes(field)), Number);
  }
  if (dtype === 'float16') data = Float32Array.from(/** @type {Uint16Array} */ (data), half);
  const length = shape.reduce((product, size) => product * size, 1);
  if (data.length !== length) {
    throw new Error(`the tensor '${name}' of ${length} elements has data of ${data.length}`);
  }
  return { name, dtype, shape, data };
}

/**
 * The numbers of a packed field, signed.
 *
 * @param {Uint8Array} bytes
 */
function varints(bytes) {
  const values = [];
  let [value, shift] = [0n, 0n];
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte < 0x80) {
      values.push(BigInt.asIntN(64, value));
      [value, shift] = [0n, 0n];
    }
  }
  return values;
}
