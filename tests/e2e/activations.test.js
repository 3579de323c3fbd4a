/** Every node's outputs against onnxruntime's for the same input tensor. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';
import { readProjectFile } from './support/files.js';
import { readNodes } from './support/onnx.js';
import { runReference } from './support/reference.js';
import { activation, input, nodes, openWell } from './support/scope.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('./support/reference.js').ReferenceTensor} ReferenceTensor
 */

/** Of each output's largest absolute value. */
const TOLERANCE = 1e-4;

useBrowser();

browserTest('the outputs of cats-vs-dogs are onnxruntime’s', async ({ open }) => {
  const scope = await open();
  const model = readProjectFile('www/models/cats-vs-dogs.onnx');
  const { name, shape, data } = await input(scope);
  assert.equal(name, 'input');
  assert.deepEqual(shape, [1, 3, 150, 150]);
  const reference = await runReference(model, { [name]: { shape, data } });
  // Casts of weights are no nodes of their own.
  await checkNodes(scope, model, reference, (op) => op !== 'Cast');
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
    await checkNodes(scope, model, reference, () => true);
  });
}

/**
 * The element's nodes are the file's, and compute what they should.
 *
 * @param {Locator} scope
 * @param {Uint8Array} model
 * @param {Map<string, ReferenceTensor>} reference
 * @param {(op: string) => boolean} isShown whether the element has nodes of this operator
 */
async function checkNodes(scope, model, reference, isShown) {
  const described = await nodes(scope);
  assert.deepEqual(
    described.map(({ name, op, outputs }) => ({
      name,
      op,
      outputs: outputs.map(({ name }) => name),
    })),
    readNodes(model)
      .filter(({ op }) => isShown(op))
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
      const actual = await activation(scope, name);
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
