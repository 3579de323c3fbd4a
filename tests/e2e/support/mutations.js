/** Files changed at random, the same way for the same seed. Runs in Node.js and in browsers. */

/** @typedef {import('./onnx.js').Leaf} Leaf */

/** The most places that a mutation changes. */
const MOST_CHANGES = 4;
const LONGEST_RUN = 64;
const TELLING_BYTES = [0, 1, 0x7f, 0x80, 0xff];
/** The key of a field that no message has, but for its wire type. */
const UNKNOWN_FIELD = 15 << 3;

/**
 * A model with a few changes: every other one still is well-formed protobuf.
 *
 * @param {Uint8Array<ArrayBuffer>} file
 * @param {Leaf[]} leaves the file's
 * @param {number} seed
 */
export function mutate(file, leaves, seed) {
  const below = randomNumbers(seed);
  let bytes = file.slice();
  for (let changes = 1 + below(MOST_CHANGES); changes > 0; changes--) {
    if (seed % 2 === 0) changeField(bytes, leaves, below);
    else bytes = changeBytes(bytes, below);
  }
  return bytes;
}

/**
 * Changes a number or a text in place, copies another of the same length to it, or leaves it out.
 *
 * @param {Uint8Array} bytes
 * @param {Leaf[]} leaves
 * @param {(end: number) => number} below
 */
function changeField(bytes, leaves, below) {
  const { isVarint, key, start, end } = pick(leaves, below);
  // Where a varint ends is left as it is.
  const isKept = (/** @type {number} */ byte) => (isVarint ? byte & 0x80 : 0);
  const change = (/** @type {number} */ at, /** @type {number} */ value) => {
    const kept = isKept(bytes[at] ?? 0);
    bytes[at] = kept | (isVarint ? value & 0x7f : value);
  };
  switch (below(4)) {
    case 0:
      if (end > start) change(start + below(end - start), below(256));
      break;
    case 1: {
      const value = pick(TELLING_BYTES, below);
      for (let at = start; at < end; at++) change(at, value);
      break;
    }
    case 2: {
      const alike = leaves.filter((leaf) => leaf.end - leaf.start === end - start);
      const other = pick(alike, below);
      if (other.isVarint === isVarint) bytes.copyWithin(start, other.start, other.end);
      break;
    }
    default:
      bytes[key] = UNKNOWN_FIELD | ((bytes[key] ?? 0) & 7);
  }
}

/**
 * The bytes with a bit flipped, a byte set, a run left out, doubled or copied from elsewhere, or the end cut off.
 *
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {(end: number) => number} below
 */
function changeBytes(bytes, below) {
  const at = below(bytes.length);
  const end = at + 1 + below(LONGEST_RUN);
  const run = bytes.slice(at, end);
  switch (below(6)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << below(8));
      return bytes;
    case 1:
      bytes[at] = pick(TELLING_BYTES, below);
      return bytes;
    case 2:
      return bytes.slice(0, at);
    case 3:
      return spliced(bytes, at, end, new Uint8Array());
    case 4:
      return spliced(bytes, at, at, run);
    default: {
      const to = below(bytes.length);
      return spliced(bytes, to, to, run);
    }
  }
}

/**
 * @template T
 * @param {T[]} list not empty
 * @param {(end: number) => number} below
 * @returns {T}
 */
function pick(list, below) {
  return /** @type {T} */ (list[below(list.length)]);
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 * @param {Uint8Array} replacement of the bytes from `start` to `end`
 */
function spliced(bytes, start, end, replacement) {
  const tail = bytes.subarray(end);
  const result = new Uint8Array(start + replacement.length + tail.length);
  result.set(bytes.subarray(0, start));
  result.set(replacement, start);
  result.set(tail, start + replacement.length);
  return result;
}

/**
 * A generator of whole numbers from 0 up to a limit: mulberry32, by Tommy Ettinger, in the public domain.
 *
 * @param {number} seed
 * @returns {(end: number) => number}
 */
function randomNumbers(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return (end) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * end);
  };
}
