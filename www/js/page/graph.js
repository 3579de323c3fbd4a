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
 * @property {string | null} layer the output of the layer that it belongs to, itself or another; null for none
 *
 * @typedef {object} OutputGroup
 * @property {OutputInfo | null} layer
 * @property {OutputInfo[]} others
 */

/**
 * Every output of every node, in the order of the graph.
 *
 * @param {ModelInfo} model
 * @returns {OutputInfo[]}
 */
export function listOutputs({ nodes, layers, channelsLast }) {
  const byOutput = new Map(layers.map((layer) => [layer.output, layer]));
  const byNode = new Map(
    layers.flatMap((layer) => layer.nodes.map((node) => [node, layer.output])),
  );
  const isChannelsLast = new Set(channelsLast);
  return nodes.flatMap((node, index) =>
    node.outputs.map(({ name, shape, dtype }) => {
      const layer = byOutput.get(name);
      const members = layer ? layer.nodes.flatMap((member) => nodes[member] ?? []) : [node];
      return {
        output: name,
        nodes: members.map((member) => member.name),
        operators: members.map(({ op }) => op),
        shape: isChannelsLast.has(name) ? channelsFirst(shape) : shape,
        dtype,
        parameters: members.reduce((sum, { parameters }) => sum + parameters, 0),
        isLayer: layer !== undefined,
        layer: byNode.get(index) ?? null,
      };
    }),
  );
}

/** @type {Record<string, number>} */
const BYTES = {
  bool: 1,
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  float16: 2,
  int64: 8,
  uint64: 8,
  float64: 8,
};

/**
 * What an output's values take, in bytes; NaN if its size is not known.
 *
 * @param {OutputInfo} info
 */
export function activationBytes({ shape, dtype }) {
  return shape.reduce(
    (/** @type {number} */ size, dimension) => size * (dimension ?? NaN),
    BYTES[dtype] ?? 4,
  );
}

/**
 * The layers with the other outputs that belong to each: those of its own nodes, and those between it and the next. What
 * comes before the first layer is by itself.
 *
 * @param {OutputInfo[]} outputs
 * @returns {OutputGroup[]}
 */
export function groupByLayer(outputs) {
  const first = newGroup(null);
  const groups = new Map(
    outputs.filter(({ isLayer }) => isLayer).map((layer) => [layer.output, newGroup(layer)]),
  );
  let last = first;
  for (const info of outputs) {
    const own = groups.get(info.layer ?? '');
    if (info.isLayer && own) last = own;
    else (own ?? last).others.push(info);
  }
  const all = [...groups.values()];
  return first.others.length > 0 ? [first, ...all] : all;
}

/**
 * @param {OutputInfo | null} layer
 * @returns {OutputGroup}
 */
function newGroup(layer) {
  return { layer, others: [] };
}

/**
 * Which of a list's rows read from which, over values that are in none of them, too.
 *
 * @param {NodeInfo[]} nodes in the order of the graph
 * @param {Map<string, number>} rows the row of an output, by its name
 * @returns {Set<number>[]} by row: the rows before it that it reads from
 */
export function readRows(nodes, rows) {
  /** @type {Set<number>[]} */
  const sources = [];
  /** Rows that a value comes from. @type {Map<string, Iterable<number>>} */
  const origins = new Map();
  for (const { inputs, outputs } of nodes) {
    const from = new Set(inputs.flatMap((input) => [...(origins.get(input) ?? [])]));
    for (const { name } of outputs) {
      const row = rows.get(name);
      origins.set(name, row === undefined ? from : [row]);
      if (row === undefined) continue;
      const own = (sources[row] ??= new Set());
      for (const source of from) if (source < row) own.add(source);
    }
  }
  return sources;
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
