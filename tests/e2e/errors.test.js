/** What goes wrong: the code, what the message says, and that the element goes on. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { browserTest, useBrowser } from './support/browser.js';
import { makePng, makePngHeader, readProjectFile } from './support/files.js';
import { identityModel, withMoreNodes, writeModel } from './support/onnx.js';
import { activation, call, input, nextEvent, open, openWell } from './support/scope.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('./support/contract.js').ConvScope} ConvScope
 * @typedef {import('./support/scope.js').Source} Source
 *
 * @typedef {object} BadFile
 * @property {string} title
 * @property {'openModel' | 'openImage'} method
 * @property {Source} source
 * @property {unknown} [manifest]
 * @property {string} code
 * @property {RegExp} [message]
 */

const SHAPE = [1, 3, 8, 8];
const MODEL = identityModel(SHAPE);
const PICTURE = makePng(1);
const INPUT = {
  name: 'input',
  layout: 'NCHW',
  width: 8,
  height: 8,
  fit: 'squash',
  resampling: 'bilinear',
  channels: 'rgb',
  scale: 1,
  mean: [0, 0, 0],
  std: [1, 1, 1],
};

/** A 404 and a refused connection are on the console, whoever handles them. */
const NETWORK_NOISE = [
  /Failed to load resource/,
  /Cross-Origin Request Blocked: .* CORS request did not succeed/,
  /request that failed.*ERR(OR)?_CONNECTION_REFUSED/,
];

const encoder = new TextEncoder();
const html = encoder.encode('<!doctype html><title>Not found</title><p>Not found');
const convnet = readProjectFile('models/cats-vs-dogs.onnx');
const noise = Uint8Array.from({ length: 5000 }, (_, index) => (index * index * 31) >> 3);

/** @type {BadFile[]} */
const BAD_FILES = [
  {
    title: 'an empty model',
    method: 'openModel',
    source: { bytes: new Uint8Array() },
    code: 'bad-model',
  },
  {
    title: 'a model cut short',
    method: 'openModel',
    source: { bytes: convnet.slice(0, convnet.length / 2) },
    code: 'bad-model',
  },
  {
    title: 'a web page as model',
    method: 'openModel',
    source: { bytes: html },
    code: 'bad-model',
    message: /HTML|web page/i,
  },
  { title: 'noise as model', method: 'openModel', source: { bytes: noise }, code: 'bad-model' },
  {
    title: 'a picture as model',
    method: 'openModel',
    source: { bytes: PICTURE },
    code: 'bad-model',
  },
  {
    title: 'a model with an operator that does not exist',
    method: 'openModel',
    source: {
      bytes: writeModel({
        nodes: [
          { op: 'Relu', inputs: ['input'], outputs: ['relu'] },
          {
            name: 'odd one',
            op: 'Frobnicate',
            domain: 'org.example',
            inputs: ['relu'],
            outputs: ['output'],
          },
        ],
        inputs: [{ name: 'input', shape: SHAPE }],
        outputs: [{ name: 'output', shape: SHAPE }],
      }),
    },
    code: 'unsupported-model',
    message: /(?=.*odd one)(?=.*Frobnicate)(?=.*org\.example)/,
  },
  {
    title: 'a model whose shapes do not fit',
    method: 'openModel',
    source: {
      bytes: writeModel({
        nodes: [{ name: 'product', op: 'MatMul', inputs: ['left', 'right'], outputs: ['output'] }],
        inputs: [
          { name: 'left', shape: [1, 3, 8, 8] },
          { name: 'right', shape: [1, 3, 7, 8] },
        ],
        outputs: [{ name: 'output', shape: SHAPE }],
      }),
    },
    code: 'unsupported-model',
    message: /(?=.*product)(?=.*MatMul)(?=.*1,3,7,8)/,
  },
  {
    title: 'a model that takes more memory than there is',
    method: 'openModel',
    source: { bytes: identityModel([1, 64, 8192, 8192]) },
    code: 'too-large',
  },
  {
    title: 'a pickle as model',
    method: 'openModel',
    source: { bytes: Uint8Array.of(0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9) },
    code: 'bad-model',
    message: /(?=.*PyTorch)(?=.*torch\.onnx\.export)/,
  },
  {
    title: 'a weight of 2^40 elements',
    method: 'openModel',
    source: { bytes: weightedModel([2 ** 20, 2 ** 20], []) },
    code: 'too-large',
    message: /(?=.*shape)(?=.*1048576)/,
  },
  {
    title: 'a tensor that weights make of 2^40 elements',
    method: 'openModel',
    source: { bytes: weightedModel([2], [2 ** 20, 2 ** 20]) },
    code: 'too-large',
    message: /(?=.*filled)(?=.*ConstantOfShape)(?=.*1048576)/,
  },
  {
    title: 'a model that runs in circles',
    method: 'openModel',
    source: {
      bytes: chainModel([
        { name: 'there', op: 'Add', inputs: ['input', 'back'], outputs: ['output'] },
        { name: 'and', op: 'Relu', inputs: ['output'], outputs: ['back'] },
      ]),
    },
    code: 'bad-model',
    message: /cycle.*(there|and)/,
  },
  {
    title: 'strides of 0',
    method: 'openModel',
    source: { bytes: poolModel({ kernel_shape: [2, 2], strides: [0, 1] }) },
    code: 'bad-model',
    message: /(?=.*strides)(?=.*pool)(?=.*MaxPool)/,
  },
  {
    title: 'negative padding',
    method: 'openModel',
    source: { bytes: poolModel({ kernel_shape: [2, 2], pads: [0, 0, 0, -3] }) },
    code: 'bad-model',
    message: /(?=.*pads)(?=.*-3)(?=.*MaxPool)/,
  },
  {
    title: 'a kernel of another rank',
    method: 'openModel',
    source: { bytes: poolModel({ kernel_shape: [2, 2, 2] }) },
    code: 'bad-model',
    message: /(?=.*kernel_shape)(?=.*MaxPool)/,
  },
  {
    title: 'a manifest of another version',
    method: 'openModel',
    source: { bytes: MODEL },
    manifest: { version: 99, input: INPUT },
    code: 'bad-manifest',
    message: /99/,
  },
  {
    title: 'a manifest with an unknown field',
    method: 'openModel',
    source: { bytes: MODEL },
    manifest: { version: 1, input: { ...INPUT, wdith: 8 } },
    code: 'bad-manifest',
    message: /wdith/,
  },
  {
    title: 'a manifest that is about another model',
    method: 'openModel',
    source: { bytes: MODEL },
    manifest: { version: 1, input: { ...INPUT, name: 'pixels' } },
    code: 'bad-manifest',
    message: /(?=.*pixels)(?=.*input)/,
  },
  {
    title: 'a text as picture',
    method: 'openImage',
    source: { bytes: encoder.encode('No picture.') },
    code: 'bad-image',
  },
  {
    title: 'an empty picture',
    method: 'openImage',
    source: { bytes: new Uint8Array() },
    code: 'bad-image',
  },
  {
    title: 'a picture cut short',
    method: 'openImage',
    source: { bytes: PICTURE.slice(0, PICTURE.length / 2) },
    code: 'bad-image',
  },
  {
    title: 'a picture of 30,000 x 30,000',
    method: 'openImage',
    source: { bytes: makePngHeader(30_000, 30_000) },
    code: 'too-large',
  },
];

useBrowser();

browserTest('bad files are told apart, and the last good ones stay', async ({ openBare }) => {
  const scope = await openBare();
  await openWell(scope, 'openModel', { bytes: MODEL });
  await openWell(scope, 'openImage', { bytes: PICTURE });
  const good = await activation(scope, 'identity');
  for (const { title, method, source, manifest, code, message } of BAD_FILES) {
    const told = await nextEvent(scope, 'convscope-error');
    const failure = await open(scope, method, source, manifest);
    assert(failure, `${title} was opened`);
    assert.equal(failure.name, 'ConvscopeError', title);
    assert.equal(failure.code, code, `${title}: ${failure.message}`);
    assert.match(failure.message, message ?? /\w{3}/, title);
    const detail = await told();
    assert.equal(detail.code ?? code, code);
    assert.deepEqual(await activation(scope, 'identity'), good, `after ${title}`);
  }
  await checkGoesOn(scope);
});

browserTest(
  'addresses that cannot be had are told',
  async ({ project, openBare }) => {
    const scope = await openBare();
    const closed = await closedPort();
    for (const method of /** @type {const} */ (['openModel', 'openImage'])) {
      for (const [url, message] of /** @type {const} */ ([
        [`${project}www/nothing.onnx`, /nothing\.onnx.*404/],
        [`http://127.0.0.1:${closed}/thing`, /127\.0\.0\.1/],
        ['http://', /http:/],
      ])) {
        const failure = await open(scope, method, { url });
        assert.equal(failure?.code, 'network', `${method} ${url}: ${failure?.message}`);
        assert.match(failure.message, message);
      }
    }
    await checkGoesOn(scope);
  },
  { expected: NETWORK_NOISE },
);

browserTest('tensors that do not fit are told', async ({ openBare }) => {
  const scope = await openBare();
  const data = new Float32Array(3 * 8 * 8);
  const early = await call(scope, 'setInput', [{ input: { data, shape: SHAPE } }]);
  assert.equal(early?.code, 'bad-input');
  await openWell(scope, 'openModel', { bytes: MODEL });
  for (const [title, tensors, message] of /** @type {const} */ ([
    ['none', {}, /input/],
    ['an unknown input', { pixels: { data, shape: SHAPE } }, /pixels/],
    ['another shape', { input: { data, shape: [1, 3, 4, 16] } }, /4.*16/],
    ['too few values', { input: { data: data.slice(1), shape: SHAPE } }, /191/],
    ['no shape', { input: { data } }, /shape/],
    ['no data', { input: { shape: SHAPE } }, /data/],
    ['a string', { input: 'zeros' }, /input/],
  ])) {
    const failure = await call(scope, 'setInput', [tensors]);
    assert.equal(failure?.code, 'bad-input', `${title}: ${failure?.message}`);
    assert.match(failure.message, message, title);
  }
  await checkGoesOn(scope);
});

browserTest('questions that have no answer are told', async ({ openBare }) => {
  const scope = await openBare();
  for (const method of ['inputs', 'nodes', 'input', 'exportNpz']) {
    const failure = await call(scope, method, []);
    assert.equal(failure?.code, 'bad-input', `${method} with no model`);
  }
  await openWell(scope, 'openModel', { bytes: MODEL });
  const early = await call(scope, 'activation', ['identity']);
  assert.equal(early?.code, 'bad-input');
  await openWell(scope, 'openImage', { bytes: PICTURE });
  for (const [method, args, code, message] of /** @type {const} */ ([
    ['activation', ['nothing'], 'bad-input', /nothing/],
    ['exportNpy', ['nothing'], 'bad-input', /nothing/],
    ['render', ['nothing', {}], 'bad-input', /nothing/],
    ['render', ['identity', { view: 'hologram' }], 'unsupported-option', /hologram/],
    ['render', ['identity', { colormap: 'jet' }], 'unsupported-option', /jet/],
    ['render', ['identity', { colums: 3 }], 'unsupported-option', /colums/],
    ['render', ['identity', { view: 'layer', columns: 0 }], 'unsupported-option', /columns/],
    ['render', ['identity', { channels: [3] }], 'bad-input', /3/],
    ['exportPng', ['identity', { view: 'hologram' }], 'unsupported-option', /hologram/],
    ['openImage', [17], 'bad-input', /picture/],
    ['openModel', [null], 'bad-input', /model/],
  ])) {
    const failure = await call(scope, method, [...args]);
    assert.equal(failure?.name, 'ConvscopeError', `${method} ${args}`);
    assert.equal(failure.code, code, `${method} ${args}: ${failure.message}`);
    assert.match(failure.message, message);
  }
  await checkGoesOn(scope);
});

browserTest(
  'a model that takes no picture is opened, and told to need tensors',
  async ({ openBare }) => {
    const scope = await openBare();
    await openWell(scope, 'openModel', { bytes: identityModel([1, 7]) });
    const failure = await open(scope, 'openImage', { bytes: PICTURE });
    assert.equal(failure?.code, 'bad-input');
    assert.match(failure.message, /manifest|tensor/);
    const data = Float32Array.from({ length: 7 }, (_, index) => index);
    assert.equal(await call(scope, 'setInput', [{ input: { data, shape: [1, 7] } }]), null);
    assert.deepEqual((await activation(scope, 'identity')).data, data);
    await checkGoesOn(scope);
  },
);

browserTest('a model of a million nodes is refused', async ({ page, project, openBare }) => {
  const scope = await openBare();
  const body = withMoreNodes(MODEL, 1_000_000);
  await page.route('**/million.onnx', (route) => route.fulfill({ body }));
  const failure = await open(scope, 'openModel', { url: `${project}million.onnx` });
  assert.equal(failure?.code, 'too-large', failure?.message);
  assert.match(failure.message, /1000002 nodes/);
  await checkGoesOn(scope);
});

browserTest('a picture of one pixel is opened', async ({ openBare }) => {
  const scope = await openBare();
  await openWell(scope, 'openModel', { bytes: MODEL });
  await openWell(scope, 'openImage', { bytes: makePng(1, { width: 1, height: 1 }) });
  const { data } = await activation(scope, 'identity');
  assert(Array.from(data, Number).every((value) => value === 0));
});

/**
 * The element opens the next model and picture.
 *
 * @param {Locator} scope
 */
async function checkGoesOn(scope) {
  await openWell(scope, 'openModel', { bytes: identityModel([1, 3, 5, 4]) });
  await openWell(scope, 'openImage', { bytes: makePng(2) });
  const { shape, data } = await input(scope);
  assert.deepEqual(shape, [1, 3, 5, 4]);
  assert.deepEqual((await activation(scope, 'identity')).data, data);
}

/** A port that nothing listens on. */
async function closedPort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(null)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(() => resolve(null)));
  return port;
}

/**
 * A model from `input` to `output`.
 *
 * @param {import('./support/onnx.js').GraphNode[]} nodes
 * @param {import('./support/onnx.js').Weight[]} [weights]
 */
function chainModel(nodes, weights = []) {
  const [inputs, outputs] = [[{ name: 'input', shape: SHAPE }], [{ name: 'output', shape: SHAPE }]];
  return writeModel({ nodes, inputs, outputs, weights });
}

/** @param {Record<string, number[]>} attributes */
function poolModel(attributes) {
  const node = { name: 'pool', op: 'MaxPool', inputs: ['input'], outputs: ['output'], attributes };
  return chainModel([node]);
}

/**
 * A model that makes a tensor of the shape that a weight holds.
 *
 * @param {number[]} shape the weight's own
 * @param {number[]} values
 */
function weightedModel(shape, values) {
  const nodes = [
    { name: 'filled', op: 'ConstantOfShape', inputs: ['shape'], outputs: ['filled'] },
    { op: 'Add', inputs: ['input', 'filled'], outputs: ['output'] },
  ];
  return chainModel(nodes, [{ name: 'shape', shape, values }]);
}
