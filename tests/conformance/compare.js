/** Comparison of tensors as the ONNX backend suite does it. */

/**
 * @typedef {import('../e2e/support/contract.js').Tensor} Tensor
 */

const RELATIVE_TOLERANCE = 1e-3;
const ABSOLUTE_TOLERANCE = 1e-7;

/**
 * What sets a tensor apart from the expected one: element types, shapes, whole numbers and booleans must be the same,
 * floats within the tolerances, and NaN is as good as NaN.
 *
 * @param {Tensor} actual
 * @param {Tensor} expected
 * @returns {string | null} null for nothing
 */
export function difference(actual, expected) {
  if (actual.dtype !== expected.dtype) return `${actual.dtype} instead of ${expected.dtype}`;
  const [shape, expectedShape] = [actual, expected].map((tensor) => `[${tensor.shape}]`);
  if (shape !== expectedShape) return `shape ${shape} instead of ${expectedShape}`;
  const { length } = expected.data;
  if (actual.data.length !== length) return `${actual.data.length} values instead of ${length}`;
  const isClose = expected.dtype.startsWith('float') ? areFloatsClose : Object.is;
  for (let index = 0; index < length; index++) {
    const [value, wanted] = [actual.data[index], expected.data[index]];
    if (!isClose(value, wanted)) return `value ${index} is ${value} instead of ${wanted}`;
  }
  return null;
}

/**
 * How far a tensor is from the expected one: the largest difference of two elements, relative to the largest absolute
 * value expected. Infinity if element types or shapes differ.
 *
 * @param {Tensor} actual
 * @param {Tensor} expected
 */
export function distance(actual, expected) {
  if (actual.dtype !== expected.dtype || `${actual.shape}` !== `${expected.shape}`) return Infinity;
  let [largest, difference] = [0, 0];
  for (let index = 0; index < expected.data.length; index++) {
    const [value, wanted] = [Number(actual.data[index]), Number(expected.data[index])];
    if (Number.isFinite(wanted)) largest = Math.max(largest, Math.abs(wanted));
    // One of them is NaN, or they are infinite.
    const isFinite = Number.isFinite(value - wanted);
    if (!Object.is(value, wanted))
      difference = Math.max(difference, isFinite ? Math.abs(value - wanted) : Infinity);
  }
  return difference === 0 ? 0 : difference / largest;
}

/**
 * @param {unknown} actual
 * @param {unknown} expected
 */
function areFloatsClose(actual, expected) {
  const [value, wanted] = [Number(actual), Number(expected)];
  if (Object.is(value, wanted)) return true;
  // Not a finite number if one of them is none.
  const distance = Math.abs(value - wanted);
  const tolerance = ABSOLUTE_TOLERANCE + RELATIVE_TOLERANCE * Math.abs(wanted);
  return Number.isFinite(distance) && distance <= tolerance;
}
