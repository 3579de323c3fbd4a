/** onnxruntime, against which activations are checked. */

import * as ort from 'onnxruntime-web/wasm';
import { readNodes, withOutputs } from './onnx.js';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/**
 * @typedef {object} ReferenceTensor
 * @property {string} dtype as onnxruntime spells it
 * @property {number[]} shape
 * @property {Exclude<ort.Tensor.DataType, string[]>} data
 */

/**
 * What nodes of a model compute, by output name.
 *
 * @param {Uint8Array} model an ONNX file
 * @param {Record<string, { shape: number[], data: Float32Array }>} inputs
 * @param {string[]} [outputs] every node's if not given
 * @returns {Promise<Map<string, ReferenceTensor>>}
 */
export async function runReference(model, inputs, outputs = allOutputs(model)) {
  // Without optimisation, which would fuse nodes and take another order for sums.
  const session = await ort.InferenceSession.create(withOutputs(model, outputs), {
    executionProviders: ['wasm'],
    graphOptimizationLevel: 'disabled',
  });
  const feeds = Object.entries(inputs).map(([name, { shape, data }]) => {
    return /** @type {const} */ ([name, new ort.Tensor('float32', data, shape)]);
  });
  const results = await session.run(Object.fromEntries(feeds));
  await session.release();
  return new Map(
    Object.entries(results).map(([name, { type, dims, data }]) => {
      return [name, { dtype: type, shape: [...dims], data: /** @type {any} */ (data) }];
    }),
  );
}

/** @param {Uint8Array} model */
function allOutputs(model) {
  return readNodes(model).flatMap((node) => node.outputs.filter(Boolean));
}
