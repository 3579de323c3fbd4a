/** Single cells of feature maps: what they see. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';
import { makePng, readProjectFile } from './support/files.js';
import { call, nodes, openWell, receptiveField } from './support/scope.js';

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

/** @returns {import('../../www/js/shared/manifest.js').Manifest} */
function bundledManifest() {
  return JSON.parse(new TextDecoder().decode(readProjectFile('www/models/cats-vs-dogs.json')));
}
