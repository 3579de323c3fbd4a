/** What runs in the page: a model in Convscope's engine and in others, turn by turn. */

import { engineOf } from '../www/js/shared/simd.js';
import { multiplyAddLoop } from './limit.js';
import { startRuntime } from './onnxruntime.js';
import { catsVsDogs } from './tensorflow.js';

/**
 * @typedef {import('../www/wasm/convscope.js').Engine} Engine
 * @typedef {import('./limit.js').MultiplyAddLoop} MultiplyAddLoop
 *
 * @typedef {object} Urls
 * @property {string} engine the folder of its modules
 * @property {string} runtime
 *
 * @typedef {object} Rounds how often a model is run
 * @property {number} least
 * @property {number} most
 * @property {number} milliseconds after which there are no further ones
 *
 * @typedef {object} Times milliseconds, one of each round
 * @property {number[]} computed ours, until every output is computed
 * @property {number[]} copied ours, until every output is in an array of JavaScript's
 * @property {number[]} every onnxruntime's with every node's output
 * @property {number[]} final onnxruntime's with the graph's own outputs
 * @property {number[]} threads onnxruntime's with every node's output, on all processors
 * @property {number[]} tensorflow TensorFlow.js's, until every output is computed; none if it has not the model
 *
 * @typedef {object} NodeTime
 * @property {string} name
 * @property {string} op
 * @property {number[]} shape of its first output
 * @property {number} milliseconds median
 * @property {number} multiplyAdds of a plain convolution or dense layer; 0 for other nodes
 *
 * @typedef {object} Memory bytes
 * @property {number} engine of Convscope before a model is open
 * @property {number} ours of Convscope with the model and all that a pass computes
 * @property {number} theirs of onnxruntime with every node's output
 * @property {number} activations of all outputs
 *
 * @typedef {object} Measurement
 * @property {Times} times
 * @property {{ ours: number, theirs: number }} load milliseconds from the model's bytes to the first pass's end
 * @property {Memory} memory
 * @property {NodeTime[]} nodes
 * @property {{ outputs: { name: string, shape: number[] }[] }[]} folded nodes that weights alone determine
 * @property {{ plain: number, relaxed: number }} limit multiply-adds a millisecond, with and without the relaxed
 *   instruction; NaN where there is none
 */

/** Turns of a loop of multiply-adds, some milliseconds. */
const TURNS = 1 << 19;

/**
 * Runs in the page.
 *
 * @param {object} bench
 * @param {Urls} bench.urls
 * @param {{ every: Uint8Array<ArrayBuffer>, final: Uint8Array<ArrayBuffer> }} bench.models
 * @param {Rounds} bench.rounds
 * @param {import('./tensorflow.js').Weights} [bench.tensorflow] for TensorFlow.js, which has the model of cats and dogs only
 * @returns {Promise<Measurement>}
 */
export async function measure({ urls, models, rounds, tensorflow }) {
  const { default: init, Engine } = /** @type {typeof import('../www/wasm/convscope.js')} */ (
    await import(`${urls.engine}convscope.js`)
  );
  const module = engineOf('convscope_relaxed_bg.wasm', 'convscope_bg.wasm');
  const { memory: linear } = await init({ module_or_path: urls.engine + module });
  const engine = new Engine();
  const engineBytes = linear.buffer.byteLength;
  const [alone, shortest, parallel] = [
    await startRuntime(urls.runtime, 1),
    await startRuntime(urls.runtime, 1),
    await startRuntime(urls.runtime, navigator.hardwareConcurrency),
  ];

  const start = performance.now();
  engine.openModel(models.final, 'model', undefined, {});
  /** @type {{ name: string, shape: number[] }[]} */
  const [input, ...others] = JSON.parse(engine.inputs());
  if (!input || others.length > 0) throw new Error('the model has not one input');
  const { name, shape } = input;
  const length = sizeOf(shape);
  const data = Float32Array.from({ length }, (_, index) => ((index * 7919) % 256) / 255);
  const pass = () => {
    engine.setInput({ [name]: { shape, data } });
    while (!JSON.parse(engine.step(Infinity)).done);
  };
  pass();
  const ours = performance.now() - start;
  // With what the pass before leaves until the next one has taken its place.
  pass();
  const ourBytes = linear.buffer.byteLength;

  /** @type {{ name: string, op: string, outputs: { name: string, shape: number[] }[] }[]} */
  const nodes = JSON.parse(engine.nodes());
  const outputs = nodes.flatMap((node) => node.outputs.map((output) => output.name));
  const feeds = { [name]: new alone.ort.Tensor('float32', data, shape) };
  const options = { executionProviders: ['wasm'] };
  const begin = performance.now();
  const every = await alone.ort.InferenceSession.create(models.every, options);
  await every.run(feeds, outputs);
  const theirs = performance.now() - begin;
  await every.run(feeds, outputs);
  const theirBytes = alone.bytes();
  const final = await shortest.ort.InferenceSession.create(models.final, options);
  const threads = await parallel.ort.InferenceSession.create(models.every, options);
  const net = tensorflow && (await catsVsDogs(tensorflow, data, shape));
  net?.check((output) => /** @type {{ data: Float32Array }} */ (engine.activation(output)).data);
  const loops = { plain: multiplyAddLoop(false), relaxed: multiplyAddLoop(true) };

  /** @type {Times} */
  const times = { computed: [], copied: [], every: [], final: [], threads: [], tensorflow: [] };
  /** @type {{ plain: number[], relaxed: number[] }} */
  const speeds = { plain: [], relaxed: [] };
  /** @type {number[][]} */
  const nodeTimes = nodes.map(() => []);
  /** @type {(list: number[], run: () => unknown) => () => Promise<void>} */
  const timed = (list, run) => async () => {
    const start = performance.now();
    await run();
    list.push(performance.now() - start);
  };
  const runs = [
    () => {
      const start = performance.now();
      pass();
      times.computed.push(performance.now() - start);
      for (const output of outputs) engine.activation(output);
      times.copied.push(performance.now() - start);
      /** @type {{ milliseconds: number }[]} */
      const timed = JSON.parse(engine.nodes());
      timed.forEach(({ milliseconds }, index) => nodeTimes[index]?.push(milliseconds));
    },
    timed(times.every, () => every.run(feeds, outputs)),
    timed(times.final, () => final.run(feeds)),
    timed(times.threads, () => threads.run(feeds, outputs)),
    ...(net ? [timed(times.tensorflow, net.run)] : []),
    () => {
      if (loops.plain) speeds.plain.push(speed(loops.plain));
      if (loops.relaxed) speeds.relaxed.push(speed(loops.relaxed));
    },
  ];
  const end = performance.now() + rounds.milliseconds;
  for (let round = -1; round < rounds.most; round++) {
    if (round >= rounds.least && performance.now() > end) break;
    // Each of them is first at times.
    for (let turn = 0; turn < runs.length; turn++) await runs[(round + 1 + turn) % runs.length]?.();
    if (round >= 0) continue;
    // What compilers do at first is measured as loading.
    for (const list of [...Object.values(times), ...Object.values(speeds), ...nodeTimes])
      list.length = 0;
  }
  return {
    times,
    load: { ours, theirs },
    memory: {
      engine: engineBytes,
      ours: ourBytes,
      theirs: theirBytes,
      activations: nodes
        .flatMap(({ outputs }) => outputs)
        .reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0),
    },
    nodes: nodes.map(({ name, op, outputs: [output] }, index) => ({
      name,
      op,
      shape: output?.shape ?? [],
      milliseconds: median(nodeTimes[index] ?? []),
      multiplyAdds: output && isProduct(op) ? multiplyAddsOf(engine, output) : 0,
    })),
    folded: JSON.parse(engine.foldedNodes()),
    limit: { plain: median(speeds.plain), relaxed: median(speeds.relaxed) },
  };
}

/**
 * Multiply-adds a millisecond.
 *
 * @param {MultiplyAddLoop} loop
 */
function speed({ multiplyAdds, run }) {
  const start = performance.now();
  run(TURNS);
  return (multiplyAdds * TURNS) / (performance.now() - start);
}

/** @param {string} op */
function isProduct(op) {
  return ['Conv', 'Gemm', 'MatMul'].includes(op);
}

/**
 * @param {Engine} engine
 * @param {{ name: string, shape: number[] }} output each of its values takes a whole kernel
 */
function multiplyAddsOf(engine, { name, shape }) {
  const kernel = /** @type {{ shape: number[] }} */ (engine.kernel(name, 0));
  return sizeOf(shape) * sizeOf(kernel.shape);
}

/** @param {number[]} shape */
function sizeOf(shape) {
  return shape.reduce((product, size) => product * size, 1);
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
