/** Values that are infinite or no numbers: seen, counted, and harmless to the others. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';
import { writeModel } from './support/onnx.js';
import { activation, call, openWell, render } from './support/scope.js';

const SHAPE = [1, 3, 2, 4];
const [CHANNELS, HEIGHT, WIDTH] = [3, 2, 4];
const MAGENTA = [255, 0, 255, 255];

/** The logarithm of the input, and the input divided by zero. */
const MODEL = writeModel({
  nodes: [
    { op: 'Log', inputs: ['input'], outputs: ['log'] },
    { op: 'Sub', inputs: ['input', 'input'], outputs: ['zero'] },
    { op: 'Div', inputs: ['input', 'zero'], outputs: ['ratio'] },
  ],
  inputs: [{ name: 'input', shape: SHAPE }],
  outputs: ['log', 'ratio'].map((name) => ({ name, shape: SHAPE })),
});

const MANIFEST = {
  version: 1,
  input: {
    name: 'input',
    layout: 'NCHW',
    width: WIDTH,
    height: HEIGHT,
    fit: 'squash',
    resampling: 'nearest',
    channels: 'rgb',
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
  prediction: { output: 'ratio', kind: 'softmax' },
};

/** Minus one, zero, and on. */
const INPUT = Float32Array.from({ length: CHANNELS * HEIGHT * WIDTH }, (_, index) => index - 1);
const LOGARITHMS = INPUT.map(Math.log);

useBrowser();

browserTest(
  'NaN and infinity are magenta, counted, and in no range',
  async ({ page, openBare }) => {
    const scope = await openBare();
    await openWell(scope, 'openModel', { bytes: MODEL }, MANIFEST);
    assert.equal(await call(scope, 'setInput', [{ input: { data: INPUT, shape: SHAPE } }]), null);

    const { data } = await activation(scope, 'log');
    const ratio = await activation(scope, 'ratio');
    for (const [index, value] of INPUT.entries()) {
      const expected = Number(LOGARITHMS[index]);
      const actual = Number(data[index]);
      assert(Object.is(actual, expected) || Math.abs(actual - expected) < 1e-6, `${actual}`);
      assert(Object.is(ratio.data[index], value / 0));
    }

    for (const view of /** @type {const} */ (['book', 'channels', 'layer', 'symmetric'])) {
      const drawn = await render(scope, 'log', { view, gap: 0 });
      for (const [index, value] of LOGARITHMS.entries()) {
        const [channel, cell] = [Math.floor(index / (HEIGHT * WIDTH)), index % (HEIGHT * WIDTH)];
        const x = channel * WIDTH + (cell % WIDTH);
        const start = (Math.floor(cell / WIDTH) * drawn.width + x) * 4;
        const color = [...drawn.data.subarray(start, start + 4)];
        const isMagenta = color.every((part, place) => part === MAGENTA[place]);
        assert.equal(isMagenta, !Number.isFinite(value), `${view}: ${value} is ${color}`);
      }
    }

    await scope.evaluate((element) => element.setAttribute('view', 'layer'));
    const legend = (/** @type {string} */ output) =>
      page.locator(`[data-output="${output}"] convscope-legend`);
    const highest = Math.log(CHANNELS * HEIGHT * WIDTH - 2).toFixed(2);
    await legend('log').getByText(`0 … ${highest}`).waitFor();
    await legend('log').getByText('2 NaN or infinite, in magenta').waitFor();
    await legend('ratio').getByText('no finite values').waitFor();
    await legend('ratio').getByText(`${INPUT.length} NaN or infinite, in magenta`).waitFor();
    await page.locator('convscope-prediction').getByText('NaN').first().waitFor();
  },
);
