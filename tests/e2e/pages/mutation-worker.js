/** Opens mutations of a model in an engine of its own, and a good model after each. */

import init, { Engine } from '../../../www/wasm/convscope.js';
import { mutate } from '../support/mutations.js';

/**
 * @typedef {object} Job
 * @property {string} model URL of the model to be mutated
 * @property {import('../support/onnx.js').Leaf[]} leaves its fields
 * @property {{ model: string, manifest: string, picture: string }} good URLs
 * @property {number} first
 * @property {number} end numbers of mutations, the last one excluded
 *
 * @typedef {{ number: number, outcome: string } | { answer: string } | { failure: string }} Report
 */

/** @param {Report} report */
const post = (report) => self.postMessage(report);

self.onmessage = async (/** @type {MessageEvent<Job>} */ { data: job }) => {
  try {
    await run(job);
  } catch (error) {
    post({ failure: String(error) });
  }
};

/** @param {Job} job */
async function run({ model, leaves, good, first, end }) {
  await init();
  const [file, goodModel, manifest, picture] = await Promise.all(
    [model, good.model, good.manifest, good.picture].map(async (url) => {
      return new Uint8Array(await (await fetch(url)).arrayBuffer());
    }),
  );
  if (!file || !goodModel || !manifest || !picture) throw new Error('a file is missing');
  const engine = new Engine();
  engine.openImage(picture);
  const manifestText = new TextDecoder().decode(manifest);
  /** What the good model says of the picture. */
  const ask = () => {
    open(engine, goodModel, manifestText);
    engine.startPass();
    engine.step(Infinity);
    return engine.prediction();
  };
  const answer = ask();
  post({ answer });
  for (let number = first; number < end; number++) {
    const outcome = tryMutant(engine, mutate(file, leaves, number));
    if (outcome !== 'trapped' && ask() !== answer) throw new Error(`${number} spoilt the engine`);
    post({ number, outcome });
    if (outcome === 'trapped') return;
  }
}

/**
 * @param {Engine} engine
 * @param {Uint8Array} model
 * @param {string} [manifest]
 */
function open(engine, model, manifest) {
  engine.openModel(model, 'model', manifest, {});
}

/**
 * What becomes of a mutation: `opened`, the code of the error that refuses it, or `trapped`, after which the engine is of
 * no further use.
 *
 * @param {Engine} engine
 * @param {Uint8Array} mutant
 */
function tryMutant(engine, mutant) {
  try {
    open(engine, mutant);
    engine.startPass();
    engine.step(0);
    return 'opened';
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return 'trapped';
    const { code } = /** @type {Error & { code?: string }} */ (error);
    if (code === undefined) throw error;
    return code;
  }
}
