/** Files that tests feed and read. */

import { crc32 } from 'node:zlib';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import { root } from './site.js';

/**
 * @typedef {Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>} NumpyData
 * @typedef {{ shape: number[], dtype: string, data: NumpyData }} NumpyArray
 */

/**
 * A file of the project.
 *
 * @param {string} name relative to the project's folder
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function readProjectFile(name) {
  return new Uint8Array(readFileSync(path.join(root, name)));
}

/**
 * A small picture as a PNG file; pictures of other seeds differ.
 *
 * @param {number} seed
 * @param {{ width: number, height: number }} [size]
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function makePng(seed, { width, height } = { width: 40, height: 30 }) {
  const picture = new PNG({ width, height });
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const color = [x * 6, y * 8, (x * y * seed) % 256, 255];
    picture.data.set(color, pixel * 4);
  }
  return new Uint8Array(PNG.sync.write(picture));
}

/**
 * A PNG file whose header states a size that its data do not have.
 *
 * @param {number} width
 * @param {number} height
 */
export function makePngHeader(width, height) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  const parts = [signature, chunk('IHDR', header), chunk('IDAT', Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat([...parts, chunk('IEND', Buffer.alloc(0))]));
}

/**
 * @param {string} type
 * @param {Buffer} data
 */
function chunk(type, data) {
  const content = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  checksum.writeUInt32BE(crc32(content));
  return Buffer.concat([length, content, checksum]);
}

/**
 * The pixels of a PNG file as RGBA.
 *
 * @param {Uint8Array} png
 */
export function decodePng(png) {
  const { width, height, data } = PNG.sync.read(Buffer.from(png));
  return { width, height, data: new Uint8Array(data) };
}

/**
 * Reads a .npy file; float16 is widened to float32.
 *
 * @param {Uint8Array} npy
 * @returns {NumpyArray}
 */
export function readNpy(npy) {
  const bytes = Buffer.from(npy);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  const [, dtype = ''] = /'descr': '([^']*)'/.exec(header) ?? [];
  const [, dimensions = ''] = /'shape': \(([^)]*)\)/.exec(header) ?? [];
  if (!header.includes("'fortran_order': False")) throw new Error(`columns first: ${header}`);
  const shape = dimensions
    .split(',')
    .filter((text) => text.trim())
    .map(Number);
  const data = new Uint8Array(bytes.subarray(start)).buffer;
  switch (dtype) {
    case '<f4':
      return { shape, dtype: 'float32', data: new Float32Array(data) };
    case '<f2':
      return { shape, dtype: 'float16', data: Float32Array.from(new Uint16Array(data), half) };
    case '<i8':
      return { shape, dtype: 'int64', data: new BigInt64Array(data) };
    case '|b1':
      return { shape, dtype: 'bool', data: new Uint8Array(data) };
    default:
      throw new Error(`unknown element type ${dtype}`);
  }
}

/**
 * The N x H x W x C tensor as N x C x H x W.
 *
 * @param {{ shape: number[], data: ArrayLike<number> | ArrayLike<bigint> }} tensor
 */
export function channelsFirst({ shape, data }) {
  const [batch = 0, height = 0, width = 0, channels = 0] = shape;
  if (batch !== 1) throw new Error(`a batch of ${batch}`);
  const area = height * width;
  const moved = Float32Array.from({ length: channels * area }, (_, index) =>
    Number(data[(index % area) * channels + Math.floor(index / area)]),
  );
  return { shape: [batch, channels, height, width], data: moved };
}

/**
 * The value of a float16.
 *
 * @param {number} bits
 */
export function half(bits) {
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * The arrays of a .npz file by name, in the order of its directory. Its entries are not compressed.
 *
 * @param {Uint8Array} npz
 * @returns {Map<string, NumpyArray>}
 */
export function readNpz(npz) {
  const bytes = Buffer.from(npz);
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  /** @type {Map<string, NumpyArray>} */
  const arrays = new Map();
  let position = bytes.readUInt32LE(end + 16);
  for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
    const size = bytes.readUInt32LE(position + 20);
    const nameLength = bytes.readUInt16LE(position + 28);
    const rest = bytes.readUInt16LE(position + 30) + bytes.readUInt16LE(position + 32);
    const local = bytes.readUInt32LE(position + 42);
    const name = bytes.toString('utf8', position + 46, position + 46 + nameLength);
    const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const content = bytes.subarray(start, start + size);
    if (crc32(content) !== bytes.readUInt32LE(position + 16)) {
      throw new Error(`the checksum of ${name} is wrong`);
    }
    arrays.set(name.replace(/\.npy$/, ''), readNpy(content));
    position += 46 + nameLength + rest;
  }
  return arrays;
}
