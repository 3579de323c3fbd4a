/** The element's public contract: methods, properties, attributes and events. What goes wrong is in errors.test.js. */

import assert from 'node:assert/strict';
import { browserTest, ready, useBrowser } from './support/browser.js';
import { decodePng, makePng, readNpy, readNpz, readProjectFile } from './support/files.js';
import { identityModel } from './support/onnx.js';
import {
  activation,
  exported,
  input,
  nextEvent,
  nodes,
  open,
  openWell,
  render,
} from './support/scope.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('./support/contract.js').ConvScope} ConvScope
 */

const SIZE = 8;
const PICTURE_MODEL = identityModel([1, 3, SIZE, SIZE]);
/** A manifest under which the network gets the picture's own bytes. */
const MANIFEST = {
  version: 1,
  title: 'Identity',
  input: {
    name: 'input',
    layout: 'NCHW',
    width: SIZE,
    height: SIZE,
    fit: 'squash',
    resampling: 'nearest',
    channels: 'rgb',
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
};
const PICTURE = makePng(1, { width: SIZE, height: SIZE });
/** Bytes of the picture's channels, one after the other. */
const PLANES = planes(decodePng(PICTURE).data);

useBrowser();

for (const as of /** @type {const} */ (['Blob', 'ArrayBuffer'])) {
  browserTest(`a model and a picture can be opened as ${as}`, async ({ openBare }) => {
    const scope = await openBare();
    await openWell(scope, 'openModel', { bytes: PICTURE_MODEL, as }, MANIFEST);
    await openWell(scope, 'openImage', { bytes: PICTURE, as });
    await checkInput(scope, PLANES);
  });
}

browserTest(
  'a model, its manifest and a picture can be opened by URL',
  async ({ project, openBare }) => {
    const scope = await openBare();
    await openWell(scope, 'openModel', { url: `${project}www/models/cats-vs-dogs.onnx` });
    // Relative to the page.
    await openWell(scope, 'openImage', { url: '../../../www/samples/koala.jpg' });
    const byDefault = await input(scope);
    assert.deepEqual(byDefault.shape, [1, 3, 150, 150]);
    assert((await activation(scope, 'dense_1')).shape.length > 0);

    const manifest = `${project}www/models/cats-vs-dogs.json`;
    await openWell(
      scope,
      'openModel',
      { bytes: readProjectFile('www/models/cats-vs-dogs.onnx') },
      manifest,
    );
    assert.deepEqual((await input(scope)).data, byDefault.data);
  },
);

browserTest(
  'a model can be opened while its picture is awaited, and the other way round',
  async ({ openBare }) => {
    const scope = await openBare();
    await openWell(scope, 'openImage', { bytes: PICTURE });
    await openWell(scope, 'openModel', { bytes: PICTURE_MODEL }, MANIFEST);
    await checkInput(scope, PLANES);
  },
);

browserTest('a picture can be opened as ImageData', async ({ openBare }) => {
  const scope = await openBare();
  await openWell(scope, 'openModel', { bytes: PICTURE_MODEL }, MANIFEST);
  const { data, width, height } = decodePng(PICTURE);
  await scope.evaluate(
    async (/** @type {ConvScope} */ element, { data, width, height }) => {
      await element.openImage(new ImageData(new Uint8ClampedArray(data), width, height));
    },
    { data: new Uint8Array(data), width, height },
  );
  await checkInput(scope, PLANES);
});

browserTest(
  'without a manifest the preprocessing is guessed from the input’s shape',
  async ({ openBare }) => {
    const scope = await openBare();
    await openWell(scope, 'openModel', { bytes: PICTURE_MODEL });
    await openWell(scope, 'openImage', { bytes: PICTURE });
    await checkInput(
      scope,
      PLANES.map((value) => value / 255),
    );
  },
);

browserTest('inputs and nodes are described', async ({ open }) => {
  const scope = await open();
  const inputs = await scope.evaluate((/** @type {ConvScope} */ element) => element.inputs());
  assert.deepEqual(inputs, [{ name: 'input', dtype: 'float32', shape: [1, 3, 150, 150] }]);
  const described = await nodes(scope);
  const convolution = described.find(({ name }) => name === 'conv2d_5_preactivation');
  assert.equal(convolution?.op, 'Conv');
  assert.equal(convolution?.parameters, 18_496);
  assert.deepEqual(convolution?.outputs, [
    { name: 'conv2d_5_preactivation', dtype: 'float32', shape: [1, 64, 72, 72] },
  ]);
  assert.equal(
    described.reduce((sum, { parameters }) => sum + parameters, 0),
    3_453_121,
  );
  for (const { name, milliseconds } of described) {
    assert(milliseconds !== null && milliseconds >= 0, name);
  }
});

browserTest('raw tensors go past the preprocessing', async ({ page, openBare }) => {
  const scope = await openBare();
  await openWell(scope, 'openModel', { bytes: PICTURE_MODEL }, MANIFEST);
  const values = Array.from({ length: 3 * SIZE * SIZE }, (_, index) => Math.cos(index));
  for (const typed of [false, true]) {
    await scope.evaluate(
      async (/** @type {ConvScope} */ element, { values, shape, typed }) => {
        const data = typed ? new Float32Array(values) : values;
        await element.setInput({ input: { data, shape } });
      },
      { values, shape: [1, 3, SIZE, SIZE], typed },
    );
    await checkInput(scope, Float32Array.from(values));
    const { data } = await activation(scope, 'identity');
    assert.deepEqual(data, Float32Array.from(values));
  }
  await page.getByText('raw tensors').waitFor();
  // A picture takes over again.
  await openWell(scope, 'openImage', { bytes: PICTURE });
  await checkInput(scope, PLANES);
});

browserTest('drawings follow their options', async ({ openBare }) => {
  const scope = await openBare();
  await openWell(scope, 'openModel', { bytes: PICTURE_MODEL }, MANIFEST);
  await openWell(scope, 'openImage', { bytes: PICTURE });
  const size = async (/** @type {import('./support/contract.js').RenderOptions} */ options) => {
    const { width, height } = await render(scope, 'identity', options);
    return [width, height];
  };
  assert.deepEqual(await size({}), [16 * SIZE, SIZE]);
  assert.deepEqual(await size({ view: 'book' }), [16 * SIZE, SIZE]);
  for (const view of ['channels', 'layer', 'symmetric']) {
    assert.deepEqual(await size({ view, columns: 2, gap: 3 }), [2 * SIZE + 3, 2 * SIZE + 3], view);
    assert.deepEqual(await size({ view, channels: [1] }), [SIZE, SIZE], view);
  }
  const grey = await render(scope, 'identity', { view: 'layer', colormap: 'grey', channels: [2] });
  for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
    const [red, green, blue, alpha] = grey.data.subarray(pixel * 4);
    assert.deepEqual([green, blue, alpha], [red, red, 255]);
  }
});

browserTest('outputs can be exported for numpy', async ({ open }) => {
  const scope = await open();
  const one = readNpy((await exported(scope, 'exportNpy', 'max_pooling2d_7')).bytes);
  assert.deepEqual(
    one,
    await activation(scope, 'max_pooling2d_7').then(({ shape, dtype, data }) => ({
      shape,
      dtype,
      data,
    })),
  );

  const all = readNpz((await exported(scope, 'exportNpz')).bytes);
  const outputs = (await nodes(scope)).flatMap((node) => node.outputs.map(({ name }) => name));
  assert.deepEqual([...all.keys()].sort(), ['input', ...outputs].sort());
  const given = await input(scope);
  assert.deepEqual(all.get('input'), { shape: given.shape, dtype: given.dtype, data: given.data });
  for (const name of outputs) {
    const { shape, dtype, data } = await activation(scope, name);
    assert.deepEqual(all.get(name), { shape, dtype, data }, name);
  }
});

browserTest('events tell of progress, layers and passes', async ({ page, openBare }) => {
  const scope = await openBare();
  await openWell(scope, 'openModel', { bytes: PICTURE_MODEL }, MANIFEST);
  // Events reach the document.
  const document = page.locator('html');
  const progressed = await nextEvent(document, 'convscope-progress');
  const layered = await nextEvent(document, 'convscope-layer');
  const passed = await nextEvent(document, 'convscope-pass');
  await openWell(scope, 'openImage', { bytes: PICTURE });

  const progress = await progressed();
  assert.deepEqual(Object.keys(progress).sort(), ['done', 'stage', 'total']);
  const { milliseconds, ...layer } = await layered();
  assert(milliseconds >= 0);
  assert.deepEqual(layer, {
    node: 'identity',
    outputs: [{ name: 'identity', dtype: 'float32', shape: [1, 3, SIZE, SIZE] }],
  });
  const pass = await passed();
  assert(pass.milliseconds >= 0);
  assert.equal(pass.prediction, null);
});

browserTest('a pass tells the classes, best first', async ({ open, project }) => {
  const scope = await open();
  const passed = await nextEvent(scope, 'convscope-pass');
  await openWell(scope, 'openImage', { url: `${project}www/samples/german-shepherd.jpg` });
  const { prediction } = await passed();
  const { data } = await activation(scope, 'dense_1');
  const dog = Number(data[0]);
  const classes = [
    { index: 1, label: 'dog', probability: dog },
    { index: 0, label: 'cat', probability: 1 - dog },
  ];
  if (dog < 0.5) classes.reverse();
  for (const [rank, { probability, ...expected }] of classes.entries()) {
    const { probability: actual, ...others } = prediction.classes[rank];
    assert.deepEqual(others, expected);
    assert(Math.abs(actual - probability) < 1e-6);
  }
});

browserTest(
  'attributes open what they name, and mirror properties',
  async ({ project, openBare }) => {
    const scope = await openBare();
    await scope.evaluate((element, url) => {
      Object.assign(element, { model: `${url}models/cats-vs-dogs.onnx` });
      element.setAttribute('image', `${url}samples/kitten.jpg`);
    }, `${project}www/`);
    await ready(scope);
    assert.equal(await scope.getAttribute('model'), `${project}www/models/cats-vs-dogs.onnx`);
    const kitten = await input(scope);
    // A changed attribute opens anew, and `ready` with it.
    await scope.evaluate(
      (element, url) => element.setAttribute('image', url),
      `${project}www/samples/panda.jpg`,
    );
    await ready(scope);
    assert.notDeepEqual((await input(scope)).data, kitten.data);
  },
);

browserTest(
  '`ready` is rejected when an attribute names nothing that can be opened',
  async ({ project, openBare }) => {
    const scope = await openBare();
    const failed = await nextEvent(scope, 'convscope-error');
    const code = await scope.evaluate((element, url) => {
      element.setAttribute('model', url);
      return new Promise((resolve) => {
        queueMicrotask(() =>
          /** @type {ConvScope} */ (element).ready.then(resolve, (error) => resolve(error.code)),
        );
      });
    }, `${project}www/style.css`);
    assert.equal(code, 'bad-model');
    await failed();
    assert.equal(await open(scope, 'openModel', { bytes: PICTURE_MODEL }, MANIFEST), null);
  },
);

browserTest('an element that is removed and put back works on', async ({ openBare }) => {
  const scope = await openBare();
  await openWell(scope, 'openModel', { bytes: PICTURE_MODEL }, MANIFEST);
  await scope.evaluate(async (element) => {
    const { parentElement } = element;
    element.remove();
    await Promise.resolve();
    parentElement?.append(element);
  });
  await openWell(scope, 'openModel', { bytes: PICTURE_MODEL }, MANIFEST);
  await openWell(scope, 'openImage', { bytes: PICTURE });
  await checkInput(scope, PLANES);
});

browserTest('two elements on a page do not disturb each other', async ({ page, openBare }) => {
  await openBare();
  await page.locator('body').evaluate((body) => body.append(document.createElement('conv-scope')));
  const other = makePng(2, { width: SIZE, height: SIZE });
  const scopes = [page.locator('conv-scope').first(), page.locator('conv-scope').last()];
  await Promise.all(
    [PICTURE, other].map(async (bytes, index) => {
      const scope = /** @type {Locator} */ (scopes[index]);
      await openWell(scope, 'openModel', { bytes: PICTURE_MODEL }, MANIFEST);
      await openWell(scope, 'openImage', { bytes });
      await checkInput(scope, planes(decodePng(bytes).data));
    }),
  );
});

/**
 * The network got a picture of 8 x 8.
 *
 * @param {Locator} scope
 * @param {Float32Array} expected
 */
async function checkInput(scope, expected) {
  const { name, shape, dtype, data } = await input(scope);
  assert.deepEqual(
    { name, shape, dtype },
    { name: 'input', shape: [1, 3, SIZE, SIZE], dtype: 'float32' },
  );
  assert.deepEqual(data, expected);
}

/**
 * The red, green and blue planes of RGBA pixels, one after the other.
 *
 * @param {Uint8Array} rgba
 */
function planes(rgba) {
  const area = rgba.length / 4;
  return Float32Array.from(
    { length: 3 * area },
    (_, index) => rgba[(index % area) * 4 + Math.floor(index / area)] ?? NaN,
  );
}

browserTest(
  'a model that runs on raw tensors only opens beside a picture',
  async ({ openBare }) => {
    const scope = await openBare();
    await openWell(scope, 'openModel', { bytes: PICTURE_MODEL }, MANIFEST);
    await openWell(scope, 'openImage', { bytes: PICTURE });
    await openWell(scope, 'openModel', {
      bytes: readProjectFile('tests/model/shaped-by-input.onnx'),
    });
    await scope.getByText('A picture alone does not feed this model').waitFor();
    const inputs = await scope.evaluate((/** @type {ConvScope} */ element) => element.inputs());
    assert.deepEqual(
      inputs.map(({ name, dtype, shape }) => [name, dtype, shape]),
      [
        ['data', 'float32', [null, 2]],
        ['shape', 'int64', [3]],
      ],
    );
    await scope.evaluate((/** @type {ConvScope} */ element) =>
      element.setInput({
        data: { shape: [2, 2], data: [1, 2, 3, 4] },
        shape: { shape: [3], data: [4, 1, -1] },
      }),
    );
    const { shape, data } = await activation(scope, 'reshaped');
    assert.deepEqual(
      [shape, Array.from(data, Number)],
      [
        [4, 1, 1],
        [-1, -2, -3, -4],
      ],
    );
    await openWell(scope, 'openModel', { bytes: PICTURE_MODEL }, MANIFEST);
    await checkInput(scope, PLANES);
  },
);
