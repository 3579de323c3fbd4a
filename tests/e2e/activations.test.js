/** Every node's outputs against onnxruntime's for the same input tensor. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';
import { readNpz, readProjectFile } from './support/files.js';
import { readNodes } from './support/onnx.js';
import { runReference } from './support/reference.js';
import { activation, exported, input, nodes, openWell } from './support/scope.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('./support/contract.js').Tensor} Tensor
 * @typedef {import('./support/files.js').NumpyArray} NumpyArray
 * @typedef {import('./support/reference.js').ReferenceTensor} ReferenceTensor
 */

/** Of each output's largest absolute value. */
const TOLERANCE = 1e-4;

useBrowser();

browserTest('the outputs of cats-vs-dogs are onnxruntime’s', async ({ open }) => {
  const { scope, model, reference } = await openBundled(open, 'cats-vs-dogs', [1, 3, 150, 150]);
  await checkNodes(scope, model, reference);
});

browserTest('the outputs of digits are onnxruntime’s', async ({ open }) => {
  const { scope, model, reference } = await openBundled(open, 'digits', [1, 1, 28, 28]);
  await checkNodes(scope, model, reference);
});

browserTest('the outputs of efficientnet-lite0 are onnxruntime’s', async ({ open }) => {
  const bundled = await openBundled(open, 'efficientnet-lite0', [1, 3, 224, 224]);
  const { scope, model, reference } = bundled;
  // One file instead of a hundred arrays, which leave the browser much more slowly.
  const { bytes } = await exported(scope, 'exportNpz');
  const arrays = readNpz(bytes);
  await checkNodes(scope, model, reference, (name) => {
    const array = arrays.get(name);
    assert(array, `${name} is not in the file`);
    return array;
  });
});

for (const { file, name, shape } of [
  { file: 'branches', name: 'bild 1/画像', shape: [1, 4, 17, 13] },
  { file: 'channels-last', name: 'images:0', shape: [1, 12, 10, 3] },
]) {
  browserTest(`the outputs of ${file} are onnxruntime’s`, async ({ openBare }) => {
    const scope = await openBare();
    const model = readProjectFile(`tests/e2e/models/${file}.onnx`);
    // From -1 to 1, without a pattern that a wrong order would leave as it is.
    const count = shape.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length: count }, (_, index) => Math.sin(index * index));
    await openWell(scope, 'openModel', { bytes: model }, null);
    await scope.evaluate(
      (/** @type {import('./support/contract.js').ConvScope} */ element, { name, shape, data }) =>
        element.setInput({ [name]: { shape, data } }),
      { name, shape, data },
    );
    const reference = await runReference(model, { [name]: { shape, data } });
    await checkNodes(scope, model, reference);
  });
}

/**
 * @param {(query: string) => Promise<Locator>} open
 * @param {string} name of a bundled model
 * @param {number[]} shape of its input
 */
async function openBundled(open, name, shape) {
  const scope = await open(`?model=models/${name}.onnx`);
  const model = readProjectFile(`www/models/${name}.onnx`);
  const tensor = await input(scope);
  assert.deepEqual({ name: tensor.name, shape: tensor.shape }, { name: 'input', shape });
  return { scope, model, reference: await runReference(model, { input: tensor }) };
}

/**
 * The element's nodes are the file's, those excepted that prepare weights, and compute what they should.
 *
 * @param {Locator} scope
 * @param {Uint8Array} model
 * @param {Map<string, ReferenceTensor>} reference
 * @param {(output: string) => Promise<Tensor> | NumpyArray} [read] what the element computed
 */
async function checkNodes(scope, model, reference, read = (name) => activation(scope, name)) {
  const described = await nodes(scope);
  assert.deepEqual(
    described.map(({ name, op, outputs }) => ({
      name,
      op,
      outputs: outputs.map(({ name }) => name),
    })),
    readNodes(model)
      .filter(({ name }) => !name.includes('/kernel'))
      .map(({ name, op, outputs }) => ({ name: name || outputs[0], op, outputs })),
  );
  for (const { outputs } of described) {
    for (const { name, dtype, shape } of outputs) {
      const expected = reference.get(name);
      assert(expected, `onnxruntime has no ${name}`);
      assert.deepEqual(
        { name, dtype, shape },
        { name, dtype: expected.dtype, shape: [...expected.shape] },
      );
      const actual = await read(name);
      assert.deepEqual({ name, dtype: actual.dtype, shape: actual.shape }, { name, dtype, shape });
      checkValues(name, actual.data, expected.data);
    }
  }
}

/**
 * @param {string} name
 * @param {ArrayLike<number> | ArrayLike<bigint>} actual
 * @param {ReferenceTensor['data']} expected
 */
function checkValues(name, actual, expected) {
  assert.equal(actual.length, expected.length, name);
  if (!(expected instanceof Float32Array)) {
    assert.deepEqual(
      Array.from(/** @type {ArrayLike<unknown>} */ (actual)),
      Array.from(/** @type {ArrayLike<unknown>} */ (expected)),
      name,
    );
    return;
  }
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  assert(largest > 0, `${name} is all zero, which shows nothing`);
  // NaN differs: no comparison with it is true.
  const differs = (/** @type {number} */ value, /** @type {number} */ index) =>
    !(Math.abs(Number(actual[index]) - value) <= TOLERANCE * largest);
  const index = expected.findIndex(differs);
  assert(index < 0, `${name}[${index}] is ${actual[index]} instead of ${expected[index]}`);
}
