/** The net of cats and dogs in TensorFlow.js, built by hand in its own layout: height, width, channels. */

/**
 * @typedef {object} Weights and where the rest of it is
 * @property {string} url of the folder that has TensorFlow.js's modules for wasm
 * @property {Record<string, { shape: number[], data: Float32Array }>} tensors by their names in the ONNX file
 *
 * @typedef {object} Net
 * @property {() => void} run computes every node's output
 * @property {(expected: (output: string) => Float32Array) => void} check throws if dense layers give something else
 */

const CONVOLUTIONS = ['4', '5', '6', '7'];
/** Of what is flattened. */
const CHANNELS = 128;
const DENSE = ['dense', 'dense_1'];
/** How far values may be off, of the largest one of their layer. */
const TOLERANCE = 1e-4;

/**
 * @param {Weights} weights
 * @param {Float32Array} data of the input
 * @param {number[]} shape batch, channels, height, width
 * @returns {Promise<Net>}
 */
export async function catsVsDogs({ url, tensors }, data, shape) {
  /** The script's, for which there are no types. */
  const { tf } = /** @type {any} */ (globalThis);
  tf.wasm.setWasmPaths(url);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  await tf.setBackend('wasm');
  /** @param {string} name */
  const tensor = (name) => {
    const { shape, data } = tensors[name] ?? tensors[`${name}_float16`] ?? {};
    if (!shape) throw new Error(`the model has no weights '${name}'`);
    return tf.tensor(data, shape);
  };
  const convolutions = CONVOLUTIONS.map((number) => ({
    name: number,
    filter: tf.transpose(tensor(`conv2d_${number}/kernel`), [2, 3, 1, 0]),
    bias: tensor(`conv2d_${number}/bias`),
  }));
  const input = tf.transpose(tf.tensor(data, shape), [0, 2, 3, 1]);
  const [, ...size] = input.shape;
  const pixels = input.dataSync();
  const dense = DENSE.map((name, index) => ({
    name,
    kernel: inputsFirst(tf, tensor(`${name}/kernel`), index === 0 ? CHANNELS : 1),
    bias: tensor(`${name}/bias`),
  }));

  /** Of the last run. @type {Map<string, any>} */
  const outputs = new Map();
  /** @type {(name: string, output: any) => any} */
  const keep = (name, output) => {
    outputs.set(name, output);
    return output;
  };
  const run = () => {
    tf.dispose([...outputs.values()]);
    outputs.clear();
    let x = keep('input', tf.tensor(pixels, [1, ...size]));
    for (const { name, filter, bias } of convolutions) {
      const convolution = { x, filter, strides: 1, pad: 'valid', bias };
      x = keep(`conv2d_${name}_preactivation`, tf.fused.conv2d(convolution));
      x = keep(`conv2d_${name}`, tf.relu(x));
      x = keep(`max_pooling2d_${name}`, tf.maxPool(x, 2, 2, 'valid'));
    }
    x = keep('flatten', tf.reshape(x, [1, -1]));
    for (const { name, kernel, bias } of dense) {
      x = keep(`${name}_preactivation`, tf.fused.matMul({ a: x, b: kernel, bias }));
      x = keep(name, name === DENSE.at(-1) ? tf.sigmoid(x) : tf.relu(x));
    }
  };
  run();
  return {
    run,
    check: (expected) => {
      for (const { name } of dense) compare(name, outputs.get(name).dataSync(), expected(name));
    },
  };
}

/**
 * A dense layer's kernel for inputs in TensorFlow.js's order, where ONNX has it for channels, height, width.
 *
 * @param {any} tf
 * @param {any} kernel outputs, inputs
 * @param {number} channels
 */
function inputsFirst(tf, kernel, channels) {
  const [outputs, inputs] = kernel.shape;
  const planes = tf.reshape(kernel, [outputs, channels, inputs / channels]);
  return tf.reshape(tf.transpose(planes, [2, 1, 0]), [inputs, outputs]);
}

/**
 * @param {string} name
 * @param {Float32Array} actual
 * @param {Float32Array} expected
 */
function compare(name, actual, expected) {
  const largest = Math.max(...expected.map(Math.abs));
  const worst = Math.max(
    ...expected.map((value, index) => Math.abs(value - (actual[index] ?? NaN))),
  );
  if (!(worst <= TOLERANCE * largest)) throw new Error(`TensorFlow.js's ${name} is ${worst} off`);
}
