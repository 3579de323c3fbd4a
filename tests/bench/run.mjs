/**
 * Convscope's engine beside onnxruntime-web: the same model and input, in the same page, one thread each, turn by turn.
 * Prints ratios, for times mean nothing on another machine, and sizes.
 *
 *     node tests/bench/run.mjs [SITE]
 *
 * SITE is the built site's folder, `www` if not given; `dist/site` is the optimised one.
 */

import path from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { launch } from '../e2e/support/launch.js';
import { readProjectFile } from '../e2e/support/files.js';
import { readNodes, withOutputsOnly } from '../e2e/support/onnx.js';
import { serveProject } from '../e2e/support/site.js';

const ROUNDS = 30;
const FINAL_OUTPUT = 'dense_1';
const RUNTIME = 'node_modules/onnxruntime-web/dist';

const site = process.argv[2] ?? 'www';
const modelFile = path.posix.join(site, 'models/cats-vs-dogs.onnx');
const engineFile = path.posix.join(site, 'wasm/convscope_bg.wasm');
const runtimeFile = `${RUNTIME}/ort-wasm-simd-threaded.wasm`;

const best = await measure();
console.log(
  `cats-vs-dogs, best of ${ROUNDS} passes, Convscope's time as a multiple of onnxruntime-web's:`,
);
printRatio('every node’s output computed, in both', best.computed, best.all);
printRatio('and copied to JavaScript, in both', best.copied, best.all);
printRatio('every output computed, against the final output alone', best.computed, best.final);
console.log('\nwasm modules, MB:');
const [engine, runtime] = [size(engineFile), size(runtimeFile)];
printSize('Convscope', engine);
printSize('onnxruntime-web', runtime);

/**
 * Milliseconds of the best passes: ours until all is computed, and until all has been copied to JavaScript as
 * onnxruntime does; onnxruntime's with every output and with the final one alone.
 */
async function measure() {
  const model = readProjectFile(modelFile);
  const outputs = readNodes(model)
    .filter(({ op }) => op !== 'Cast')
    .flatMap((node) => node.outputs);
  const server = await serveProject();
  const browser = await launch();
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}tests/bench/page.html`);
    return await page.evaluate(run, {
      urls: {
        engine: `${server.url}${path.posix.join(site, 'wasm/convscope.js')}`,
        runtime: `${server.url}${RUNTIME}/ort.wasm.bundle.min.mjs`,
      },
      models: { all: model, final: new Uint8Array(withOutputsOnly(model, [FINAL_OUTPUT])) },
      outputs,
      rounds: ROUNDS,
    });
  } finally {
    await browser.close();
    await server.close();
  }
}

/**
 * Runs in the page.
 *
 * @param {object} bench
 * @param {{ engine: string, runtime: string }} bench.urls
 * @param {{ all: Uint8Array, final: Uint8Array }} bench.models
 * @param {string[]} bench.outputs
 * @param {number} bench.rounds
 */
async function run({ urls, models, outputs, rounds }) {
  const shape = [1, 3, 150, 150];
  const data = Float32Array.from(
    { length: 3 * 150 * 150 },
    (_, index) => ((index * 7919) % 256) / 255,
  );

  const { default: init, Engine } = await import(urls.engine);
  await init();
  const engine = new Engine();
  engine.openModel(models.all, 'cats-vs-dogs', undefined, {});

  const ort = await import(urls.runtime);
  ort.env.wasm.numThreads = 1;
  const options = { executionProviders: ['wasm'] };
  const sessions = {
    all: await ort.InferenceSession.create(models.all, options),
    final: await ort.InferenceSession.create(models.final, options),
  };
  const feeds = { input: new ort.Tensor('float32', data, shape) };

  const best = { computed: Infinity, copied: Infinity, all: Infinity, final: Infinity };
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    engine.setInput({ input: { shape, data } });
    while (!JSON.parse(engine.step(Infinity)).done);
    const computed = performance.now();
    for (const output of outputs) engine.activation(output);
    const copied = performance.now();
    best.computed = Math.min(best.computed, computed - start);
    best.copied = Math.min(best.copied, copied - start);
    for (const name of /** @type {const} */ (['all', 'final'])) {
      const begin = performance.now();
      await sessions[name].run(feeds);
      best[name] = Math.min(best[name], performance.now() - begin);
    }
  }
  return best;
}

/**
 * @param {string} what
 * @param {number} ours
 * @param {number} theirs
 */
function printRatio(what, ours, theirs) {
  console.log(`  ${(ours / theirs).toFixed(2)}  ${what}`);
}

/** @param {string} file */
function size(file) {
  const bytes = readProjectFile(file);
  const params = {
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
  };
  return { raw: bytes.length, brotli: brotliCompressSync(bytes, { params }).length };
}

/**
 * @param {string} name
 * @param {{ raw: number, brotli: number }} bytes
 */
function printSize(name, { raw, brotli }) {
  const megabytes = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(2);
  console.log(`  ${megabytes(raw)}, ${megabytes(brotli)} with brotli: ${name}`);
}
