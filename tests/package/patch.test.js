/** The engine for relaxed SIMD, as single files have it. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { difference, patched } from '../../tools/single-file/patch.js';
import { readProjectFile } from '../e2e/support/files.js';

test('a patch makes one engine of the other, and is small', async () => {
  const [plain, relaxed] = ['convscope_bg.wasm', 'convscope_relaxed_bg.wasm'].map((name) =>
    readProjectFile(path.join('www/wasm', name)),
  );
  assert(plain && relaxed);
  assert.notDeepEqual(plain, relaxed);
  const patch = difference(plain, relaxed);
  assert.deepEqual(await bytesOf(patched(plain, patch)), relaxed);
  assert(patch.length < 30_000);
});

test('changes may be anywhere, and none', async () => {
  const from = Uint8Array.from({ length: 300 }, (_, index) => (index * index) % 251);
  const bytes = Array.from(from);
  for (const changed of [
    bytes,
    [7, ...bytes],
    bytes.slice(3),
    [...bytes, 1, 2, 3],
    bytes.slice(0, -2),
    [...bytes.slice(0, 100), 1, 2, 3, 4, 5, 6, 7, ...bytes.slice(120, 140), ...bytes.slice(141)],
  ]) {
    const to = Uint8Array.from(changed);
    assert.deepEqual(await bytesOf(patched(from, difference(from, to))), to);
  }
  assert.deepEqual(difference(from, from), new Uint8Array());
});

test('files that have nothing in common have no patch', () => {
  assert.throws(() => difference(new Uint8Array(5000), new Uint8Array(5000).fill(1)), /kernels/);
});

/** @param {Blob} file */
async function bytesOf(file) {
  return new Uint8Array(await file.arrayBuffer());
}
