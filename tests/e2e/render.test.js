/** Drawings in the browser: numpy's and matplotlib's goldens, and the notebook's figure of the real model. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { browserTest, useBrowser } from './support/browser.js';
import { channelsFirst, decodePng, readNpy, readProjectFile } from './support/files.js';
import { identityModel } from './support/onnx.js';
import { activation, exported, openWell, render } from './support/scope.js';
import { root } from './support/site.js';

/**
 * @typedef {import('./support/contract.js').ConvScope} ConvScope
 * @typedef {import('./support/contract.js').RenderOptions} RenderOptions
 * @typedef {{ width: number, height: number, data: Uint8Array }} Picture
 */

const GOLDENS = 'tests/render';
const BOOK_COLUMNS = 16;
const LAYERS = [4, 5, 6, 7].flatMap((index) => [`conv2d_${index}`, `max_pooling2d_${index}`]);

useBrowser();

browserTest('drawings equal numpy’s and matplotlib’s pixel for pixel', async ({ openBare }) => {
  const cases = readdirSync(path.join(root, GOLDENS), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  assert(cases.some((name) => name.startsWith('book')));
  const scope = await openBare();
  for (const name of cases) {
    const { channelAxis, options } = JSON.parse(
      Buffer.from(readProjectFile(`${GOLDENS}/${name}/case.json`)).toString(),
    );
    const array = readNpy(readProjectFile(`${GOLDENS}/${name}/input.npy`));
    const { shape, data } = channelAxis === 'last' ? channelsFirst(array) : array;
    await openWell(scope, 'openModel', { bytes: identityModel(shape) });
    await scope.evaluate(
      (/** @type {ConvScope} */ element, tensor) => element.setInput({ input: tensor }),
      { shape, data },
    );
    const expected = decodePng(readProjectFile(`${GOLDENS}/${name}/expected.png`));
    const drawn = await render(scope, 'identity', options);
    assert.equal(difference(drawn, expected), null, name);
    const { bytes } = await exported(scope, 'exportPng', 'identity', options);
    assert.equal(difference(decodePng(bytes), expected), null, `${name}, exported`);
  }
});

browserTest('the layers of cats-vs-dogs are drawn as in the notebook', async ({ open }) => {
  const scope = await open();
  for (const layer of LAYERS) {
    const { shape, data } = await activation(scope, layer);
    const book = bookFigure(shape, /** @type {Float32Array} */ (data));
    const drawn = await render(scope, layer, { view: 'book' });
    assert.deepEqual([drawn.width, drawn.height], [book.width, book.height], layer);
    let different = 0;
    for (const [pixel, level] of book.levels.entries()) {
      const color = drawn.data.subarray(pixel * 4, pixel * 4 + 4);
      const is = (/** @type {number} */ candidate) =>
        book.color(candidate).every((value, index) => value === color[index]);
      if (is(level)) continue;
      different++;
      // Sums of float32 taken in another order may move a value across the border of two levels.
      assert(is(level - 1) || is(level + 1), `${layer}: pixel ${pixel} is ${color}`);
    }
    assert(different <= book.levels.length / 10_000, `${layer}: ${different} pixels differ`);

    const { type, bytes } = await exported(scope, 'exportPng', layer, { view: 'book' });
    assert.equal(type, 'image/png');
    assert.equal(difference(decodePng(bytes), drawn), null, layer);
  }
});

/**
 * Where two pictures differ; null if they do not.
 *
 * @param {Picture} actual
 * @param {Picture} expected
 */
function difference(actual, expected) {
  const [size, expectedSize] = [actual, expected].map(
    ({ width, height }) => `${width} x ${height}`,
  );
  if (size !== expectedSize) return `${size} pixels instead of ${expectedSize}`;
  const index = expected.data.findIndex((value, index) => value !== actual.data[index]);
  if (index < 0) return null;
  const [x, y] = [(index >> 2) % expected.width, Math.floor((index >> 2) / expected.width)];
  return `byte ${index % 4} of the pixel at ${x}, ${y} is ${actual.data[index]} instead of ${expected.data[index]}`;
}

/**
 * The notebook's figure of a 1 x C x H x W activation, C a multiple of 16: each pixel's level from 0 to 255, and the
 * colour that matplotlib gives a level, limits being the figure's own.
 *
 * @param {number[]} shape
 * @param {Float32Array} data
 */
function bookFigure([, channels = 0, height = 0, width = 0], data) {
  const area = height * width;
  const rows = channels / BOOK_COLUMNS;
  const levels = new Uint8Array(channels * area);
  for (let channel = 0; channel < channels; channel++) {
    const tile = bookTile(data.subarray(channel * area, (channel + 1) * area));
    const top = Math.floor(channel / BOOK_COLUMNS) * height;
    const left = (channel % BOOK_COLUMNS) * width;
    for (let row = 0; row < height; row++) {
      const start = (top + row) * BOOK_COLUMNS * width + left;
      levels.set(tile.subarray(row * width, (row + 1) * width), start);
    }
  }
  const low = levels.reduce((a, b) => Math.min(a, b));
  const high = levels.reduce((a, b) => Math.max(a, b));
  const viridis = decodePng(readProjectFile(`${GOLDENS}/colormap-viridis/expected.png`));
  return {
    width: BOOK_COLUMNS * width,
    height: rows * height,
    levels,
    color: (/** @type {number} */ level) => {
      const index = Math.min(255, Math.floor(((level - low) / (high - low)) * 256));
      return viridisColor(viridis, index);
    },
  };
}

/**
 * One channel standardised, times 64, plus 128, clipped and cut off to a byte, in float32 like numpy.
 *
 * @param {Float32Array} values
 */
function bookTile(values) {
  const first = values[0] ?? 0;
  // Where the notebook divides by zero: dead is darkest, another constant is the mean's level.
  if (values.every((value) => value === first)) {
    return new Uint8Array(values.length).fill(first === 0 ? 0 : 128);
  }
  const { fround } = Math;
  const mean = fround(values.reduce((sum, value) => sum + value, 0) / values.length);
  const centred = values.map((value) => value - mean);
  const offset = centred.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = centred.reduce((sum, value) => sum + (value - offset) ** 2, 0);
  const deviation = fround(Math.sqrt(squares / values.length));
  return Uint8Array.from(centred, (value) => {
    const level = fround(fround(fround(value / deviation) * 64) + 128);
    return Math.trunc(Math.min(255, Math.max(0, level)));
  });
}

/**
 * Entry `index` of viridis, from the golden that shows its 256 entries in 16 rows.
 *
 * @param {Picture} golden
 * @param {number} index
 */
function viridisColor({ width, data }, index) {
  assert.equal(width, 16);
  return [...data.subarray(index * 4, index * 4 + 4)];
}
