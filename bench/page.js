/** What runs in the page: a model in Convscope's engine and in onnxruntime-web, turn by turn. */

/**
 * @typedef {import('../www/wasm/convscope.js').Engine} Engine
 * @typedef {typeof import('onnxruntime-web')} Runtime
 * @typedef {import('onnxruntime-web').InferenceSession} Session
 *
 * @typedef {object} Urls
 * @property {string} engine
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
 *
 * @typedef {object} NodeTime
 * @property {string} name
 * @property {string} op
 * @property {number[]} shape of its first output
 * @property {number} milliseconds median
 *
 * @typedef {object} Measurement
 * @property {Times} times
 * @property {{ ours: number, theirs: number }} load milliseconds from the model's bytes to the first pass's end
 * @property {NodeTime[]} nodes
 */

/**
 * Runs in the page.
 *
 * @param {object} bench
 * @param {Urls} bench.urls
 * @param {{ every: Uint8Array<ArrayBuffer>, final: Uint8Array<ArrayBuffer> }} bench.models
 * @param {Rounds} bench.rounds
 * @returns {Promise<Measurement>}
 */
export async function measure({ urls, models, rounds }) {
  const { default: init, Engine } = /** @type {typeof import('../www/wasm/convscope.js')} */ (
    await import(urls.engine)
  );
  await init();
  const engine = new Engine();
  /** @type {Runtime} */
  const ort = await import(urls.runtime);
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  await startRuntime(ort, models.final);

  const start = performance.now();
  engine.openModel(models.final, 'model', undefined, {});
  /** @type {{ name: string, shape: number[] }[]} */
  const [input, ...others] = JSON.parse(engine.inputs());
  if (!input || others.length > 0) throw new Error('the model has not one input');
  const { name, shape } = input;
  const length = shape.reduce((product, size) => product * size, 1);
  const data = Float32Array.from({ length }, (_, index) => ((index * 7919) % 256) / 255);
  const pass = () => {
    engine.setInput({ [name]: { shape, data } });
    while (!JSON.parse(engine.step(Infinity)).done);
  };
  pass();
  const ours = performance.now() - start;

  /** @type {{ name: string, op: string, parameters: number, outputs: { name: string, shape: number[] }[] }[]} */
  const nodes = JSON.parse(engine.nodes());
  const outputs = nodes.flatMap((node) => node.outputs.map((output) => output.name));
  const feeds = { [name]: new ort.Tensor('float32', data, shape) };
  const options = { executionProviders: ['wasm'] };
  const begin = performance.now();
  const every = await ort.InferenceSession.create(models.every, options);
  await every.run(feeds, outputs);
  const theirs = performance.now() - begin;
  const final = await ort.InferenceSession.create(models.final, options);

  /** @type {Times} */
  const times = { computed: [], copied: [], every: [], final: [] };
  /** @type {number[][]} */
  const nodeTimes = nodes.map(() => []);
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
    async () => {
      const start = performance.now();
      await every.run(feeds, outputs);
      times.every.push(performance.now() - start);
    },
    async () => {
      const start = performance.now();
      await final.run(feeds);
      times.final.push(performance.now() - start);
    },
  ];
  const end = performance.now() + rounds.milliseconds;
  for (let round = -1; round < rounds.most; round++) {
    if (round >= rounds.least && performance.now() > end) break;
    // Each of them is first at times.
    for (let turn = 0; turn < runs.length; turn++) await runs[(round + 1 + turn) % runs.length]?.();
    // What compilers do at first is measured as loading.
    if (round < 0) for (const list of [...Object.values(times), ...nodeTimes]) list.length = 0;
  }
  return {
    times,
    load: { ours, theirs },
    nodes: nodes.map(({ name, op, outputs }, index) => ({
      name,
      op,
      shape: outputs[0]?.shape ?? [],
      milliseconds: median(nodeTimes[index] ?? []),
    })),
  };
}

/**
 * Has onnxruntime load its module, which is not the model's time.
 *
 * @param {Runtime} ort
 * @param {Uint8Array<ArrayBuffer>} model
 */
async function startRuntime(ort, model) {
  // Any session does, even one that fails.
  await ort.InferenceSession.create(model.subarray(0, 1), { executionProviders: ['wasm'] }).catch(
    () => null,
  );
}

/** @param {number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
