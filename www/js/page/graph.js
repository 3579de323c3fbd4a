/** What the page says of a network, from its nodes. */

/**
 * @typedef {import('../shared/protocol.js').ModelInfo} ModelInfo
 * @typedef {import('../shared/protocol.js').NodeInfo} NodeInfo
 *
 * @typedef {object} OutputInfo an output as the page lists it
 * @property {string} output its name
 * @property {string[]} nodes the names of the nodes that make it, or the layer of which it is the output
 * @property {string[]} operators theirs, in the order of the graph
 * @property {(number | null)[]} shape with the channels after the batch, wherever the tensor has them
 * @property {string} dtype
 * @property {number} parameters theirs in all
 * @property {boolean} isLayer
 */

/** Operators that people count to the layer whose values they change. */
const FOLLOWERS = new Set([
  'Add',
  'BatchNormalization',
  'Cast',
  'Clip',
  'Elu',
  'Gelu',
  'HardSigmoid',
  'HardSwish',
  'LeakyRelu',
  'PRelu',
  'Relu',
  'Sigmoid',
  'Softmax',
  'Tanh',
]);

/**
 * Every output of every node, in the order of the graph.
 *
 * @param {ModelInfo} model
 * @returns {OutputInfo[]}
 */
export function listOutputs(model) {
  const layers = new Set(model.layers.map(({ output }) => output));
  const channelsLast = new Set(model.channelsLast);
  /** @type {Map<string, NodeInfo>} */
  const producers = new Map();
  for (const node of model.nodes) {
    for (const { name } of node.outputs) producers.set(name, node);
  }
  return model.nodes.flatMap((node) =>
    node.outputs.map(({ name, shape, dtype }) => {
      const isLayer = layers.has(name);
      const members = isLayer ? layerNodes(node, producers, layers) : [node];
      return {
        output: name,
        nodes: members.map((member) => member.name),
        operators: members.map(({ op }) => op),
        shape: channelsLast.has(name) ? channelsFirst(shape) : shape,
        dtype,
        parameters: members.reduce((sum, { parameters }) => sum + parameters, 0),
        isLayer,
      };
    }),
  );
}

/**
 * A shape of N x H x W x C as N x C x H x W, the order in which people read it. Others stay as they are.
 *
 * @param {(number | null)[]} shape
 */
function channelsFirst(shape) {
  const [batch = null, height = null, width = null, channels = null] = shape;
  return shape.length === 4 ? [batch, channels, height, width] : shape;
}

/**
 * A layer's nodes: the one that makes its output, and before it, where that only changes values, the ones up to the
 * convolution or the like. Another layer's nodes are its own.
 *
 * @param {NodeInfo} last
 * @param {Map<string, NodeInfo>} producers by output
 * @param {Set<string>} layers
 * @returns {NodeInfo[]}
 */
function layerNodes(last, producers, layers) {
  const nodes = [last];
  for (let node = last; FOLLOWERS.has(node.op) && node.inputs.length === 1;) {
    const input = node.inputs[0] ?? '';
    const before = producers.get(input);
    if (!before || layers.has(input)) break;
    nodes.unshift(before);
    node = before;
  }
  return nodes;
}
