/** Comparison of a pass with the one before it. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';
import { readProjectFile } from './support/files.js';
import { activation, call, exported, openWell, render } from './support/scope.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('./support/contract.js').ConvScope} ConvScope
 */

const OUTPUT = 'max_pooling2d_5';
const SIZE = 36;

useBrowser();

browserTest(
  'what another picture gives is compared with the reference',
  async ({ open, project }) => {
    const scope = await open();
    const missing = await call(scope, 'difference', [OUTPUT]);
    assert.equal(missing?.code, 'bad-input');
    const reference = await values(scope);
    assert.equal(await call(scope, 'keepReference', []), null);
    await openWell(scope, 'openImage', { url: `${project}www/samples/german-shepherd.jpg` });
    const present = await values(scope);
    const expected = present.map((value, index) => value - (reference[index] ?? NaN));

    const difference = await scope.evaluate(
      (/** @type {ConvScope} */ element, output) => element.difference(output),
      OUTPUT,
    );
    assert.deepEqual(difference, { shape: [1, 64, SIZE, SIZE], dtype: 'float32', data: expected });

    const area = SIZE * SIZE;
    const means = Array.from({ length: 64 }, (_, channel) => {
      const map = expected.subarray(channel * area, (channel + 1) * area);
      return map.reduce((sum, value) => sum + Math.abs(value), 0) / area;
    });
    const ranked = await rank(scope);
    assert.equal(new Set(ranked.map(({ channel }) => channel)).size, 64);
    let last = Infinity;
    for (const { channel, difference: mean } of ranked) {
      assert(mean !== null && mean <= last);
      assert(Math.abs(mean - (means[channel] ?? NaN)) <= 1e-5 * mean, `channel ${channel}`);
      last = mean;
    }

    // The reference's channel and its own on one scale, which is that of both layers together.
    const high = [reference, present]
      .flatMap((layer) => [...layer])
      .reduce((a, b) => Math.max(a, b));
    const pair = { of: 'pair', view: 'layer', colormap: 'grey', gap: 0 };
    const drawn = await render(scope, OUTPUT, { ...pair, channels: [3, 64 + 3] });
    assert.deepEqual([drawn.width, drawn.height], [2 * SIZE, SIZE]);
    for (const [tile, layer] of [reference, present].entries()) {
      for (const cell of [0, 17 * SIZE + 20, area - 1]) {
        const pixel = Math.floor(cell / SIZE) * 2 * SIZE + tile * SIZE + (cell % SIZE);
        const level = Math.floor(((layer[3 * area + cell] ?? NaN) / high) * 256);
        assert(Math.abs((drawn.data[pixel * 4] ?? NaN) - Math.min(255, level)) <= 1);
      }
    }
    const options = { of: 'difference', view: 'symmetric' };
    const png = await exported(scope, 'exportPng', OUTPUT, options);
    assert.equal(png.type, 'image/png');

    assert.equal(await call(scope, 'dropReference', []), null);
    assert.equal((await call(scope, 'render', [OUTPUT, options]))?.code, 'bad-input');
  },
);

browserTest('another model is compared by names and sizes', async ({ open }) => {
  const scope = await open();
  const { data } = await activation(scope, OUTPUT);
  assert.equal(await call(scope, 'keepReference', []), null);
  const model = readProjectFile('www/models/cats-vs-dogs.onnx');
  await openWell(scope, 'openModel', { bytes: model }, manifestOf({ scale: 1 / 510 }));
  assert.notDeepEqual((await activation(scope, OUTPUT)).data, data);
  assert((await rank(scope)).every(({ difference }) => difference !== null));
  assert((await rank(scope)).some(({ difference }) => difference !== 0));

  const other = readProjectFile('tests/scope/any-size.onnx');
  await openWell(scope, 'openModel', { bytes: other });
  const failure = await call(scope, 'rankDifferences', ['conv']);
  assert.equal(failure?.code, 'bad-input');
  assert.match(failure?.message ?? '', /no output named 'conv'/);
});

/**
 * @param {Locator} scope
 * @returns {Promise<Float32Array>}
 */
async function values(scope) {
  return /** @type {Float32Array} */ ((await activation(scope, OUTPUT)).data);
}

/** @param {Locator} scope */
function rank(scope) {
  return scope.evaluate(
    (/** @type {ConvScope} */ element, output) => element.rankDifferences(output),
    OUTPUT,
  );
}

/** @param {object} input what is other than in the bundled model's manifest */
function manifestOf(input) {
  const manifest = JSON.parse(
    new TextDecoder().decode(readProjectFile('www/models/cats-vs-dogs.json')),
  );
  return { ...manifest, input: { ...manifest.input, ...input } };
}
