/** Single cells of feature maps: what they see, and how they are computed. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';
import { makePng, readProjectFile } from './support/files.js';
import {
  activation,
  call,
  cell,
  kernel,
  nodes,
  openWell,
  receptiveField,
} from './support/scope.js';

/** @typedef {import('./support/contract.js').ConvScope} ConvScope */

useBrowser();

browserTest('a cell sees a rectangle of the input and of the picture', async ({ openBare }) => {
  const scope = await openBare();
  const manifest = bundledManifest();
  const model = readProjectFile('www/models/cats-vs-dogs.onnx');
  await openWell(scope, 'openModel', { bytes: model }, manifest);
  await openWell(scope, 'openImage', { bytes: makePng(1, { width: 300, height: 450 }) });

  // Two convolutions of 3 x 3 and a pooling of 2 x 2 between them.
  const seen = { top: 20, left: 40, bottom: 28, right: 48 };
  assert.deepEqual(await receptiveField(scope, 'conv2d_5', 10, 20, 3), {
    input: 'input',
    ...seen,
    picture: { top: 60, left: 80, bottom: 84, right: 96 },
  });
  const { receptiveField: fields } =
    (await nodes(scope)).find(({ name }) => name === 'conv2d_5') ?? assert.fail('no conv2d_5');
  assert.deepEqual(fields, { top: 0, left: 0, height: 8, width: 8, strideY: 2, strideX: 2 });
  const answer = await receptiveField(scope, 'dense_1', 0, 0);
  assert.deepEqual(answer?.picture, { top: 0, left: 0, bottom: 426, right: 284 });

  for (const [args, part] of /** @type {const} */ ([
    [['conv2d_5', 72, 0], 'row 72'],
    [['conv2d_5', 0, 0, 64], 'channel 64'],
    [['conv2d_5', -1, 0], 'row'],
    [['conv2d_5', 0, 0.5], 'column'],
    [['conv2d_9', 0, 0], 'conv2d_9'],
  ])) {
    const failure = await call(scope, 'receptiveField', [...args]);
    assert.equal(failure?.code, 'bad-input');
    assert(failure.message.includes(part), failure.message);
  }
});

browserTest('a padded picture is seen without its margins', async ({ openBare }) => {
  const scope = await openBare();
  const manifest = bundledManifest();
  manifest.input.fit = 'pad';
  const model = readProjectFile('www/models/cats-vs-dogs.onnx');
  await openWell(scope, 'openModel', { bytes: model }, manifest);
  await openWell(scope, 'openImage', { bytes: makePng(1, { width: 300, height: 150 }) });
  // The picture takes the rows from 37 or 38 on: half of 75 is left above it.
  const outside = await receptiveField(scope, 'conv2d_4', 10, 0);
  assert.deepEqual(outside, {
    input: 'input',
    ...{ top: 10, left: 0, bottom: 13, right: 3 },
    picture: null,
  });
  const inside = await receptiveField(scope, 'conv2d_4', 60, 0);
  assert.deepEqual(inside?.picture, { top: 44, left: 0, bottom: 50, right: 6 });

  // From the middle of the first field to that of the last, and half a stride beyond.
  const mapArea = (/** @type {string} */ output) =>
    scope.evaluate((/** @type {ConvScope} */ element, output) => element.mapArea(output), output);
  assert.deepEqual(await mapArea('conv2d_4'), { top: -74, left: 2, bottom: 222, right: 298 });
  assert.equal(await mapArea('dense_1'), null);
});

browserTest('a cell says how its node computed it', async ({ openBare }) => {
  const scope = await openBare();
  const model = readProjectFile('www/models/cats-vs-dogs.onnx');
  await openWell(scope, 'openModel', { bytes: model }, bundledManifest());
  await openWell(scope, 'openImage', { bytes: makePng(1, { width: 300, height: 450 }) });
  const [channel, row, column] = [5, 20, 30];
  const at = async (/** @type {string} */ output) => {
    const { shape, data } = await activation(scope, output);
    const [, , height = 0, width = 0] = shape;
    return Number(data[(channel * height + row) * width + column]);
  };

  const convolution = await cell(scope, 'conv2d_5_preactivation', channel, row, column);
  assert.deepEqual([convolution.op, convolution.rule], ['Conv', 'weighted-sum']);
  assert.equal(convolution.value, await at('conv2d_5_preactivation'));
  const window = convolution.windows[0] ?? assert.fail('no window');
  assert.equal(window.name, 'max_pooling2d_4');
  assert.deepEqual(window.channels, [...Array(32).keys()]);
  assert.deepEqual(
    [window.rows, window.columns],
    [
      [20, 21, 22],
      [30, 31, 32],
    ],
  );
  assert(window.weights instanceof Float32Array);
  const weights = window.weights;
  const { factor = NaN, bias = NaN } = convolution.parameters;
  const sum = window.values.reduce((sum, value, index) => sum + value * (weights[index] ?? NaN), 0);
  assert(Math.abs(factor * sum + bias - convolution.value) < 1e-5);
  const kernelOf = await kernel(scope, 'conv2d_5_preactivation', channel);
  assert.deepEqual([kernelOf.shape, kernelOf.data], [[32, 3, 3], weights]);

  const relu = await cell(scope, 'conv2d_5', channel, row, column);
  assert.deepEqual([relu.rule, relu.windows[0]?.values[0]], ['function', convolution.value]);
  assert.equal(relu.value, Math.max(0, convolution.value));
  const pooling = await cell(scope, 'max_pooling2d_5', channel, row, column);
  assert.deepEqual([pooling.rule, pooling.windows[0]?.weights], ['maximum', null]);
  assert.equal(pooling.value, Math.max(...(pooling.windows[0]?.values ?? [])));

  assert.equal((await call(scope, 'cell', ['conv2d_5', 64, 0, 0]))?.code, 'bad-input');
  assert.equal((await call(scope, 'cell', ['conv2d_5', 0, 0]))?.code, 'bad-input');
  const failure = await call(scope, 'kernel', ['conv2d_5', 0]);
  assert(failure?.message.includes('(Relu) has no kernel'), failure?.message);
});

/** @returns {import('../../www/js/shared/manifest.js').Manifest} */
function bundledManifest() {
  return JSON.parse(new TextDecoder().decode(readProjectFile('www/models/cats-vs-dogs.json')));
}
