/** The weights of an ONNX file, and the nodes that they are for. */

import { readInterface, readTensors } from '../tests/conformance/protobuf.js';
import { fields, graphs, readNodes, text } from '../tests/e2e/support/onnx.js';

/** @typedef {import('../tests/conformance/protobuf.js').TensorProto} TensorProto */

/** Field numbers of onnx.proto. */
const GRAPH = { node: 1 };
const NODE = { operator: 4, attribute: 5 };
const ATTRIBUTE = { tensor: 5 };
const TENSOR = { floats: 4 };
/** By how much of itself a weight differs from the one before. */
const DIFFERENCE = 2 ** -16;

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
 * Makes weights differ that a model has nodes make of one number: an engine may keep equal tensors once, as it could not
 * if they were trained.
 *
 * @param {Uint8Array} model is changed
 */
export function setWeightsApart(model) {
  const inside = (/** @type {Uint8Array} */ bytes, /** @type {number} */ field) =>
    fields(bytes)
      .filter(([number]) => number === field)
      .map(([, value]) => /** @type {Uint8Array} */ (value));
  const numbers = graphs(model)
    .flatMap((graph) => inside(graph, GRAPH.node))
    .filter((node) => text(node, NODE.operator) === 'ConstantOfShape')
    .flatMap((node) => inside(node, NODE.attribute))
    .flatMap((attribute) => inside(attribute, ATTRIBUTE.tensor))
    .flatMap((tensor) => inside(tensor, TENSOR.floats));
  for (const [index, { buffer, byteOffset }] of numbers.entries()) {
    const view = new DataView(buffer, byteOffset);
    view.setFloat32(0, view.getFloat32(0, true) * (1 + index * DIFFERENCE), true);
  }
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
