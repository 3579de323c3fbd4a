/** Reading of numpy's files. */

import { ConvscopeError } from './errors.js';

/** @typedef {import('../shared/protocol.js').TensorArray} TensorArray */

/** What each of its files begins with. */
const MAGIC = [0x93, ...new TextEncoder().encode('NUMPY')];

/** Arrays of numpy's element types, little-endian. */
const ARRAYS = {
  '|b1': Uint8Array,
  '|u1': Uint8Array,
  '|i1': Int8Array,
  '<u2': Uint16Array,
  '<i2': Int16Array,
  '<u4': Uint32Array,
  '<i4': Int32Array,
  '<u8': BigUint64Array,
  '<i8': BigInt64Array,
  '<f4': Float32Array,
  '<f8': Float64Array,
};

/**
 * The array of a .npy file, in row-major order.
 *
 * @param {ArrayBuffer} file
 * @returns {{ shape: number[], data: TensorArray }}
 * @throws {ConvscopeError} `bad-input` for what is none, or one of another order or element type
 */
export function readNpy(file) {
  const bytes = new Uint8Array(file);
  const isNpy = MAGIC.every((byte, index) => bytes[index] === byte) && bytes.length >= 12;
  if (!isNpy) throw refusal('this is no .npy file, as numpy.save writes it');
  const view = new DataView(file);
  const isFirstVersion = bytes[6] === 1;
  const start = isFirstVersion ? 10 : 12;
  const length = isFirstVersion ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = new TextDecoder().decode(bytes.subarray(start, start + length));
  const [, type = ''] = /'descr': *'([^']*)'/.exec(header) ?? [];
  const [, dimensions = ''] = /'shape': *\(([^)]*)\)/.exec(header) ?? [];
  if (!header.includes("'fortran_order': False")) {
    throw refusal('the .npy file has columns first; save numpy.ascontiguousarray of it');
  }
  if (!(type in ARRAYS)) {
    throw refusal(`the .npy file’s element type ${type} is not supported; save it as float32`);
  }
  const ArrayOf = ARRAYS[/** @type {keyof typeof ARRAYS} */ (type)];
  const shape = dimensions.split(',').flatMap((size) => (size.trim() ? [Number(size)] : []));
  const data = file.slice(start + length);
  const count = shape.reduce((product, size) => product * size, 1);
  if (data.byteLength !== count * ArrayOf.BYTES_PER_ELEMENT) {
    throw refusal(`the .npy file is of shape [${shape.join(', ')}], but has other data`);
  }
  return { shape, data: new ArrayOf(data) };
}

/** @param {string} message */
function refusal(message) {
  return new ConvscopeError('bad-input', message);
}
