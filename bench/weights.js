/** The weights of an ONNX file, and the nodes that they are for. */

import { readInterface, readTensors } from '../tests/conformance/protobuf.js';
import { readNodes } from '../tests/e2e/support/onnx.js';

/** @typedef {import('../tests/conformance/protobuf.js').TensorProto} TensorProto */

/**
 * The initializers by name.
 *
 * @param {Uint8Array} model
 * @returns {Map<string, TensorProto>}
 */
export function readWeights(model) {
  return new Map(readTensors(model).map((tensor) => [tensor.name, tensor]));
}

/**
 * The nodes that hang on the inputs: what weights alone determine is computed once, and is a weight too.
 *
 * @param {Uint8Array} model
 */
export function readComputedNodes(model) {
  const values = new Set(readInterface(model).inputs.map(({ name }) => name));
  return readNodes(model).filter(({ inputs, outputs }) => {
    const isComputed = inputs.some((name) => values.has(name));
    if (isComputed) for (const output of outputs) values.add(output);
    return isComputed;
  });
}

/**
 * What the weights take that nodes read, as float32.
 *
 * @param {Uint8Array} model
 * @param {{ outputs: { name: string, shape: number[] }[] }[]} folded nodes that weights alone determine
 */
export function weightBytes(model, folded) {
  const shapes = new Map([
    ...readTensors(model).map(({ name, shape }) => /** @type {const} */ ([name, shape])),
    ...folded.flatMap(({ outputs }) =>
      outputs.map(({ name, shape }) => /** @type {const} */ ([name, shape])),
    ),
  ]);
  const read = new Set(readComputedNodes(model).flatMap(({ inputs }) => inputs));
  return [...read].reduce((sum, name) => {
    const shape = shapes.get(name);
    return shape ? sum + 4 * shape.reduce((product, size) => product * size, 1) : sum;
  }, 0);
}
