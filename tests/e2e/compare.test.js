/** Comparison of a pass with the one before it. */

import assert from 'node:assert/strict';
import { FOR_AXE, violations } from './support/accessibility.js';
import { browserTest, SCREENS, useBrowser } from './support/browser.js';
import { readProjectFile } from './support/files.js';
import { activation, call, canvasPixels, exported, openWell, render } from './support/scope.js';

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

for (const [colorScheme, profile] of SCREENS) {
  browserTest(
    `the ${colorScheme} page compares two pictures`,
    async ({ page, open }) => {
      const scope = await open('?view=layer');
      const reference = await values(scope);
      const start = page.getByRole('button', { name: 'Compare with another…' });
      await start.press('Enter');
      const stop = page.getByRole('button', { name: 'Stop comparing' });
      await page.getByText('Reference: Playing kitten').waitFor();
      assert(await stop.evaluate((element) => element.matches(':focus')));
      await page.getByRole('button', { name: 'Koala' }).press('Enter');
      await page.getByRole('button', { name: 'Koala', pressed: true }).waitFor();

      const view = page.locator('convscope-comparison');
      await view.getByRole('combobox', { name: 'Output' }).selectOption(OUTPUT);
      const present = await values(scope);
      const [first] = await rank(scope);
      assert(first && first.difference !== null);
      const channels = view.getByRole('combobox', { name: /Channel/ });
      const label = new RegExp(`^${first.channel}: [\\d.]+$`);
      await channels
        .locator('option')
        .first()
        .filter({ hasText: label })
        .waitFor({ state: 'attached' });
      const [, told] =
        /: (.*)/.exec((await channels.locator('option').first().innerText()) ?? '') ?? [];
      assert(Math.abs(Number(told) - first.difference) < 0.01 * first.difference);
      assert.equal(await channels.inputValue(), String(first.channel));

      await channels.selectOption('5');
      const pair = { of: 'pair', view: 'layer' };
      for (const [name, options] of /** @type {const} */ ([
        ['Reference', { ...pair, channels: [5] }],
        ['Present', { ...pair, channels: [64 + 5] }],
        ['Present − reference', { of: 'difference', view: 'symmetric', channels: [5] }],
      ])) {
        const map = view.getByRole('img', { name: `${name}: ${OUTPUT}, channel 5`, exact: true });
        await map.waitFor();
        const expected = await render(scope, OUTPUT, {
          ...options,
          channels: [...options.channels],
        });
        assert.deepEqual(await canvasPixels(map), expected, name);
      }

      // The cursor is in the same place on all three.
      const tiles = view.getByRole('group', { name: /arrow keys/ });
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowLeft']) {
        await tiles.press(key);
      }
      const cell = 5 * SIZE * SIZE + SIZE + 1;
      const expected = [
        reference[cell],
        present[cell],
        (present[cell] ?? 0) - (reference[cell] ?? 0),
      ];
      const readout = view.getByText(/^Row 1, column 1:/);
      await readout.waitFor();
      const numbers = ((await readout.textContent()) ?? '')
        .replaceAll('−', '-')
        .match(/-?[\d.]+(e-?\d+)?/g);
      for (const [index, value] of expected.entries()) {
        const shown = Number(numbers?.[index + 2]);
        assert(
          Math.abs(shown - (value ?? NaN)) <= 0.006 * Math.abs(value ?? NaN),
          `${shown}, not ${value}`,
        );
      }
      const places = await view
        .locator('.cell-marker')
        .evaluateAll((markers) =>
          markers.map((marker) => /** @type {HTMLElement} */ (marker).style.cssText),
        );
      assert.equal(places.length, 3);
      assert.equal(new Set(places).size, 1);
      assert.deepEqual(await violations(page), []);

      await stop.press('Enter');
      assert(!(await view.isVisible()));
      assert(await start.evaluate((element) => element.matches(':focus')));
      assert.equal((await call(scope, 'difference', [OUTPUT]))?.code, 'bad-input');
    },
    { colorScheme, ...profile, ...FOR_AXE },
  );
}

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
