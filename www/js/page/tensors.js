/** Tensors as people give them: a number, a list of numbers, or a file of numpy's. */

import { ConvscopeError } from './errors.js';
import { readNpy } from './npy.js';

/**
 * @typedef {import('../shared/protocol.js').RawTensor} RawTensor
 * @typedef {import('../shared/protocol.js').ValueInfo} ValueInfo
 */

/** As many values as a person may fill in with one number. */
const MOST_VALUES = 1 << 24;

/**
 * The tensor that text stands for: one number fills it, several are its values in row-major order. Dimensions that the
 * input leaves open are 1, but for a single one, which is as large as the number of values asks for.
 *
 * @param {string} text numbers between spaces or commas, `true` and `false` for 1 and 0
 * @param {ValueInfo} input
 * @returns {RawTensor}
 * @throws {ConvscopeError} `bad-input`
 */
export function tensorFromText(text, { name, shape }) {
  const words = text.split(/[\s,;[\]]+/).filter(Boolean);
  const values = words.map((word) => ({ true: 1, false: 0 })[word.toLowerCase()] ?? Number(word));
  const wrong = values.findIndex(Number.isNaN);
  if (wrong >= 0) throw refusal(name, `“${words[wrong]}” is no number`);
  if (values.length === 0) throw refusal(name, 'no number was given');
  const known = shape.reduce((/** @type {number} */ product, size) => product * (size ?? 1), 1);
  if (values.length === 1) {
    if (known > MOST_VALUES) throw refusal(name, `it has too many values: ${known}`);
    return { shape: shape.map((size) => size ?? 1), data: Array(known).fill(values[0]) };
  }
  const isOpen = shape.filter((size) => size === null).length === 1;
  const open = values.length / known;
  if (isOpen ? !Number.isInteger(open) : open !== 1) {
    const multiple = isOpen ? 'a multiple of ' : '';
    throw refusal(name, `${values.length} numbers were given, not 1 or ${multiple}${known}`);
  }
  return { shape: shape.map((size) => size ?? (isOpen ? open : 1)), data: values };
}

/**
 * The tensor in a .npy file.
 *
 * @param {Blob} file
 * @param {ValueInfo} input
 * @returns {Promise<RawTensor>}
 * @throws {ConvscopeError} `bad-input`
 */
export async function tensorFromFile(file, { dtype }) {
  const { shape, data } = readNpy(await file.arrayBuffer());
  // The engine takes arrays of the element type itself, or of plain numbers.
  return { shape, data: dtypeOf(data) === dtype ? data : Array.from(data, Number) };
}

/** @param {import('../shared/protocol.js').TensorArray} array */
function dtypeOf(array) {
  return array.constructor.name.replace(/Array|Big/g, '').toLowerCase();
}

/**
 * @param {string} input
 * @param {string} why
 */
function refusal(input, why) {
  return new ConvscopeError('bad-input', `the input '${input}': ${why}`);
}
