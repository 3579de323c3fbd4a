/**
 * As much of ONNX's protobuf format as tests need. Field numbers are those of onnx.proto.
 */

const VARINT = 0;
const BYTES = 2;
const FIXED32 = 5;
/** Types of elements. */
const FLOAT = 1;
const INT64 = 7;
/** Types of attributes, and the fields that they are in. */
const SINGLE_FLOAT = { type: 1, field: 2 };
const INT = { type: 2, field: 3 };
const STRING = { type: 3, field: 4 };
const INTS = { type: 7, field: 8 };
/** Bytes of a value by wire type. @type {Record<number, number>} */
const FIXED_LENGTHS = { 1: 8, 5: 4 };

const MODEL = { irVersion: 1, graph: 7, opsetImport: 8 };
const OPSET = { domain: 1, version: 2 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 };
const ATTRIBUTE = { name: 1, type: 20 };
const TENSOR = { dims: 1, dataType: 2, int64Data: 7, name: 8, rawData: 9 };
const VALUE_INFO = { name: 1, type: 2 };
const TYPE = { tensor: 1 };
const TENSOR_TYPE = { elementType: 1, shape: 2 };
const SHAPE = { dimension: 1 };
const DIMENSION = { value: 1 };

/** The fields that are messages, by their numbers, and theirs. @typedef {{ [field: number]: Messages }} Messages */

/** @type {Messages} */
const VALUE_MESSAGES = {
  [VALUE_INFO.type]: { [TYPE.tensor]: { [TENSOR_TYPE.shape]: { [SHAPE.dimension]: {} } } },
};
/** @type {Messages} */
const MESSAGES = {
  [MODEL.opsetImport]: {},
  [MODEL.graph]: {
    [GRAPH.node]: { [NODE.attribute]: {} },
    [GRAPH.initializer]: {},
    [GRAPH.input]: VALUE_MESSAGES,
    [GRAPH.output]: VALUE_MESSAGES,
  },
};

/**
 * @typedef {object} GraphNode
 * @property {string} [name]
 * @property {string} op
 * @property {string} [domain]
 * @property {string[]} inputs
 * @property {string[]} outputs
 * @property {Record<string, AttributeValue>} [attributes]
 *
 * @typedef {number | number[] | string | Float32Array} AttributeValue integers, a text, or a single float
 *
 * @typedef {{ name: string, shape?: number[] }} Float32Value of any shape if none is given
 *
 * @typedef {object} Weight
 * @property {string} name
 * @property {number[]} shape
 * @property {number[] | Float32Array} values 64-bit integers, or floats
 */

/**
 * An ONNX file.
 *
 * @param {{ nodes: GraphNode[], inputs: Float32Value[], outputs: Float32Value[], weights?: Weight[], opset?: number }} graph
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function writeModel({ nodes, inputs, outputs, weights = [], opset = 13 }) {
  const domains = new Set(['', ...nodes.map(({ domain }) => domain ?? '')]);
  const bytes = message([
    [MODEL.irVersion, 8],
    ...[...domains].map(
      (domain) =>
        /** @type {Field} */ ([
          MODEL.opsetImport,
          message([
            [OPSET.domain, domain],
            [OPSET.version, domain ? 1 : opset],
          ]),
        ]),
    ),
    [
      MODEL.graph,
      message([
        ...nodes.map((node) => /** @type {Field} */ ([GRAPH.node, writeNode(node)])),
        [GRAPH.name, 'graph'],
        ...weights.map((weight) => /** @type {Field} */ ([GRAPH.initializer, writeWeight(weight)])),
        ...inputs.map((value) => /** @type {Field} */ ([GRAPH.input, writeValue(value)])),
        ...outputs.map((value) => /** @type {Field} */ ([GRAPH.output, writeValue(value)])),
      ]),
    ],
  ]);
  return new Uint8Array(bytes);
}

/**
 * A model whose output `identity` is its input `input`.
 *
 * @param {number[]} shape
 */
export function identityModel(shape) {
  return writeModel({
    nodes: [{ op: 'Identity', inputs: ['input'], outputs: ['identity'] }],
    inputs: [{ name: 'input', shape }],
    outputs: [{ name: 'identity', shape }],
  });
}

/**
 * The model with so many nodes more in its graph, all alike.
 *
 * @param {Uint8Array} model
 * @param {number} count at most 9 million
 */
export function withMoreNodes(model, count) {
  // As text, for speed: a node is its length, its input, its output and its operator, each after its key.
  const nodes = Array.from({ length: count }, (_, index) => {
    return `\n\x16\n\x05input\x12\x07${1_000_000 + index}"\x04Relu`;
  });
  const graph = Buffer.from(nodes.join(''), 'latin1');
  return Buffer.concat([model, message([[MODEL.graph, graph]])]);
}

/**
 * The nodes of an ONNX file in its order.
 *
 * @param {Uint8Array} model
 * @returns {Required<Omit<GraphNode, 'attributes'>>[]}
 */
export function readNodes(model) {
  return graphs(model).flatMap((graph) =>
    fields(graph)
      .filter(([number]) => number === GRAPH.node)
      .map(([, node]) => readNode(/** @type {Uint8Array} */ (node))),
  );
}

/**
 * Where a model's numbers and texts are, each a field that has no fields of its own.
 *
 * @param {Uint8Array} model
 * @returns {Leaf[]}
 */
export function leaves(model) {
  return leavesOf(model, MESSAGES).map((leaf) => ({
    ...leaf,
    key: leaf.key - model.byteOffset,
    start: leaf.start - model.byteOffset,
    end: leaf.end - model.byteOffset,
  }));
}

/**
 * @param {Uint8Array} bytes
 * @param {Messages} messages
 * @returns {Leaf[]} their places counted from the start of the buffer
 */
function leavesOf(bytes, messages) {
  return fields(bytes).flatMap(([number, value, place]) => {
    const nested = messages[number];
    return nested && typeof value !== 'number' ? leavesOf(value, nested) : [place];
  });
}

/**
 * The model with further values as outputs of its graph. Protobuf merges a message that occurs twice, so they are
 * appended in a second graph.
 *
 * @param {Uint8Array} model
 * @param {string[]} values names of what its nodes compute
 */
export function withOutputs(model, values) {
  const present = new Set(
    graphs(model).flatMap((graph) =>
      fields(graph)
        .filter(([number]) => number === GRAPH.output)
        .map(([, output]) => text(/** @type {Uint8Array} */ (output), VALUE_INFO.name)),
    ),
  );
  const outputs = values
    .filter((name) => !present.has(name))
    .map((name) => /** @type {Field} */ ([GRAPH.output, message([[VALUE_INFO.name, name]])]));
  return Buffer.concat([model, message([[MODEL.graph, message(outputs)]])]);
}

/**
 * The model with no more than some of its graph's outputs.
 *
 * @param {Uint8Array} model
 * @param {string[]} outputs names of outputs to keep
 */
export function withOutputsOnly(model, outputs) {
  /** @param {Field} field */
  const isKept = ([number, value]) =>
    number !== GRAPH.output ||
    outputs.includes(text(/** @type {Uint8Array} */ (value), VALUE_INFO.name));
  return message(
    fields(model).map(([number, value]) => {
      if (number !== MODEL.graph) return [number, value];
      return [number, message(fields(/** @type {Uint8Array} */ (value)).filter(isKept))];
    }),
  );
}

/** @param {GraphNode} node */
function writeNode({ name = '', op, domain = '', inputs, outputs, attributes = {} }) {
  return message([
    ...inputs.map((input) => /** @type {Field} */ ([NODE.input, input])),
    ...outputs.map((output) => /** @type {Field} */ ([NODE.output, output])),
    [NODE.name, name],
    [NODE.opType, op],
    [NODE.domain, domain],
    ...Object.entries(attributes).map(
      ([name, value]) => /** @type {Field} */ ([NODE.attribute, writeAttribute(name, value)]),
    ),
  ]);
}

/**
 * @param {string} name
 * @param {AttributeValue} value
 */
function writeAttribute(name, value) {
  const kind = attributeKind(value);
  const values = Array.isArray(value) ? value : [value];
  return message([
    [ATTRIBUTE.name, name],
    [ATTRIBUTE.type, kind.type],
    ...values.map((value) => /** @type {Field} */ ([kind.field, value])),
  ]);
}

/** @param {AttributeValue} value */
function attributeKind(value) {
  if (Array.isArray(value)) return INTS;
  if (typeof value === 'number') return INT;
  return typeof value === 'string' ? STRING : SINGLE_FLOAT;
}

/** @param {Weight} weight */
function writeWeight({ name, shape, values }) {
  const dims = shape.map((size) => /** @type {Field} */ ([TENSOR.dims, size]));
  if (values instanceof Float32Array) {
    const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    const type = /** @type {Field} */ ([TENSOR.dataType, FLOAT]);
    return message([...dims, type, [TENSOR.name, name], [TENSOR.rawData, data]]);
  }
  return message([
    ...dims,
    [TENSOR.dataType, INT64],
    ...values.map((value) => /** @type {Field} */ ([TENSOR.int64Data, value])),
    [TENSOR.name, name],
  ]);
}

/** @param {Uint8Array} node */
function readNode(node) {
  return {
    name: text(node, NODE.name),
    op: text(node, NODE.opType),
    domain: text(node, NODE.domain),
    inputs: texts(node, NODE.input),
    outputs: texts(node, NODE.output),
  };
}

/** @param {Float32Value} value */
function writeValue({ name, shape }) {
  if (!shape) return message([[VALUE_INFO.name, name]]);
  const dimensions = shape.map(
    (size) => /** @type {Field} */ ([SHAPE.dimension, message([[DIMENSION.value, size]])]),
  );
  const tensor = message([
    [TENSOR_TYPE.elementType, FLOAT],
    [TENSOR_TYPE.shape, message(dimensions)],
  ]);
  return message([
    [VALUE_INFO.name, name],
    [VALUE_INFO.type, message([[TYPE.tensor, tensor]])],
  ]);
}

/** @param {Uint8Array} model */
export function graphs(model) {
  return fields(model)
    .filter(([number]) => number === MODEL.graph)
    .map(([, graph]) => /** @type {Uint8Array} */ (graph));
}

/**
 * Numbers are varints, and a Float32Array is one float.
 *
 * @typedef {[number: number, value: number | string | Uint8Array | Float32Array, place?: Leaf]} Field
 */

/** @param {Field[]} content */
function message(content) {
  const parts = content.flatMap(([number, value]) => {
    if (typeof value === 'number') return [varint((number << 3) | VARINT), varint(value)];
    if (value instanceof Float32Array) {
      return [varint((number << 3) | FIXED32), new Uint8Array(value.buffer)];
    }
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    return [varint((number << 3) | BYTES), varint(bytes.length), bytes];
  });
  return Buffer.concat(parts);
}

/** @param {number} value an integer; negative ones take 64 bits */
function varint(value) {
  const bytes = [];
  let rest = value < 0 ? BigInt.asUintN(64, BigInt(value)) : value;
  for (; rest >= 0x80; rest = typeof rest === 'bigint' ? rest >> 7n : Math.floor(rest / 0x80)) {
    bytes.push(Number(typeof rest === 'bigint' ? rest & 0x7fn : rest % 0x80) | 0x80);
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/**
 * Where a field is, in bytes.
 *
 * @typedef {object} Leaf
 * @property {boolean} isVarint
 * @property {number} key where its key begins
 * @property {number} start where its value begins
 * @property {number} end after its value
 */

/**
 * The fields of a message: numbers of varints, bytes of all else, and their places in the buffer.
 *
 * @param {Uint8Array} bytes
 * @returns {[number: number, value: number | Uint8Array, place: Leaf][]}
 */
export function fields(bytes) {
  /** @type {[number, number | Uint8Array, Leaf][]} */
  const found = [];
  let position = 0;
  const readVarint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = bytes[position++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (position < bytes.length) {
    const begin = bytes.byteOffset + position;
    const key = readVarint();
    const number = key >>> 3;
    const type = key & 7;
    const isVarint = type === VARINT;
    const length = type === BYTES ? readVarint() : FIXED_LENGTHS[type];
    if (!isVarint && length === undefined) throw new Error(`unknown wire type ${type}`);
    const start = position;
    /** @type {number | Uint8Array} */
    let value;
    if (length === undefined) value = readVarint();
    else value = bytes.subarray(start, (position += length));
    const place = {
      isVarint,
      key: begin,
      start: bytes.byteOffset + start,
      end: bytes.byteOffset + position,
    };
    found.push([number, value, place]);
  }
  return found;
}

/**
 * @param {Uint8Array} bytes
 * @param {number} field
 */
function texts(bytes, field) {
  return fields(bytes)
    .filter(([number]) => number === field)
    .map(([, value]) => Buffer.from(/** @type {Uint8Array} */ (value)).toString());
}

/**
 * @param {Uint8Array} bytes
 * @param {number} field
 */
export function text(bytes, field) {
  return texts(bytes, field).at(-1) ?? '';
}
