/**
 * Convscope beside onnxruntime-web and TensorFlow.js: the same model and input, in the same page, turn by turn; and what
 * a visitor of the page waits for. Prints ratios, for times mean nothing on another machine, and sizes.
 *
 *     node bench/run.mjs [--profile] [--write] [--seconds SECONDS] [--engine FOLDER] [MODEL...]
 *
 * `--profile` prints where the time of a pass goes, `--write` writes the results to README.md and chart.svg. SECONDS is the time that each model takes. FOLDER is the engine's,
 * `www/wasm` if not given; that of `dist/npm` is without debug information.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import { launch } from '../tests/e2e/support/launch.js';
import { readProjectFile } from '../tests/e2e/support/files.js';
import { withOutputs } from '../tests/e2e/support/onnx.js';
import { serveIsolated, serveProject } from '../tests/e2e/support/site.js';
import { brotliOptions } from '../tools/site.mjs';
import { modelNames, readModel } from './models.js';
import { fetchTensorflow } from './packages.js';
import { measureLatency, measurePainting } from './drawing.js';
import { profile } from './profile.js';
import {
  cells,
  chart,
  figureTable,
  meanRow,
  modelTable,
  ratio,
  spreadText,
  titles,
  withTable,
} from './report.js';
import { measureScrolling } from './scrolling.js';
import { visit } from './visit.js';
import { measureWebcam } from './webcam.js';
import { readComputedNodes, readWeights, weightBytes } from './weights.js';

/** @typedef {import('./page.js').Measurement} Measurement */

const RUNTIME = 'node_modules/onnxruntime-web/dist';
/** The model that TensorFlow.js has too. */
const TENSORFLOW_MODEL = 'cats-vs-dogs';
/** The models that the page is measured with; a live picture with the first one, large grids with the last one. */
const PAGE_MODELS = ['cats-vs-dogs', 'efficientnet-lite0', 'resnet50'];
const [LIVE_MODEL, LARGE_MODEL] = ['cats-vs-dogs', 'resnet50'];
const LARGE_GRID = 2048;

const { values: options, positionals } = parseArgs({
  options: {
    profile: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '10' },
    engine: { type: 'string', default: 'www/wasm' },
    write: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals : modelNames();
const rounds = { least: 5, most: 60, milliseconds: 1000 * Number(options.seconds) };

const server = await serveProject();
const isolated = await serveIsolated(server.url);
const browser = await launch();
/** @type {import('./report.js').Row[]} */
const rows = [];
/** @type {import('./report.js').Figure[]} */
const figures = [];
try {
  print(titles());
  for (const name of names) {
    const { bytes } = readModel(name);
    const measured = await measure(name, bytes);
    const { times, load, memory, folded } = measured;
    const { computed, copied, every, final, threads, tensorflow } = times;
    const needed = weightBytes(bytes, folded) + memory.activations;
    const row = {
      name,
      ratios: [
        ratio(computed, every),
        ratio(copied, every),
        ratio(computed, final),
        ratio(computed, threads),
      ],
      plain: [
        load.ours / load.theirs,
        (memory.ours - memory.engine) / needed,
        memory.ours / memory.theirs,
      ],
    };
    rows.push(row);
    print(cells(row));
    if (options.profile) console.log(profile(measured));
    if (tensorflow.length > 0)
      figures.push({
        name: `${name}, every / TensorFlow.js`,
        value: spreadText(ratio(computed, tensorflow)),
        target: 'below 1',
      });
  }
  const mean = meanRow(rows);
  print(cells(mean));
  for (const name of names.filter((name) => PAGE_MODELS.includes(name)))
    figures.push(...(await measurePage(name)));
  if (options.write) write([...rows, mean]);
} finally {
  await browser.close();
  await isolated.close();
  await server.close();
}
console.log();
for (const [name = '', ...cells] of figureTable(figures)) print([name.padEnd(80), ...cells]);
const [engine, runtime] = [
  path.posix.join(options.engine, 'convscope_relaxed_bg.wasm'),
  `${RUNTIME}/ort-wasm-simd-threaded.wasm`,
].map(size);
console.log(`\nmodules, MB with brotli: ${engine} Convscope, ${runtime} onnxruntime-web`);

/**
 * @param {string} name
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Measurement>}
 */
async function measure(name, bytes) {
  const outputs = readComputedNodes(bytes).flatMap((node) => node.outputs.filter(Boolean));
  const page = await browser.newPage();
  await page.goto(`${isolated.url}bench/page.html`);
  const measured = await page.evaluate(
    async ({ module, ...bench }) => {
      const { measure } = /** @type {typeof import('./page.js')} */ (await import(module));
      return measure(bench);
    },
    {
      module: `${isolated.url}bench/page.js`,
      urls: {
        engine: `${isolated.url}${options.engine}/`,
        runtime: `${isolated.url}${RUNTIME}/ort.wasm.bundle.min.mjs`,
      },
      models: { every: new Uint8Array(withOutputs(bytes, outputs)), final: bytes },
      rounds,
      ...(name === TENSORFLOW_MODEL && { tensorflow: await addTensorflow(page, bytes) }),
    },
  );
  await page.close();
  return measured;
}

/**
 * What is measured in the site's page.
 *
 * @param {string} name
 */
async function measurePage(name) {
  const { bytes, manifest } = readModel(name);
  const { milliseconds } = rounds;
  const site = `${server.url}www/`;
  const visited = await visit(browser, site, bytes, manifest);
  const measured = await measureLatency(name, visited, milliseconds);
  if (name === LIVE_MODEL) {
    /** @type {{ layers: string[] }} */
    const { layers } = JSON.parse(manifest ?? '');
    measured.push(...(await measureWebcam(name, visited, layers, milliseconds)));
  }
  if (name === LARGE_MODEL) {
    measured.push(await measureScrolling(name, visited, milliseconds));
    measured.push(await measurePainting(name, visited, LARGE_GRID, milliseconds));
  }
  await visited.page.close();
  return measured;
}

/**
 * @param {import('playwright-core').Page} page
 * @param {Uint8Array} model
 * @returns {Promise<import('./tensorflow.js').Weights>}
 */
async function addTensorflow(page, model) {
  const folder = fetchTensorflow();
  const url = `${isolated.url}tensorflow/`;
  await page.route(`${url}*`, (route) => {
    const file = path.basename(route.request().url());
    return route.fulfill({ path: path.join(folder, 'tfjs-backend-wasm/dist', file) });
  });
  for (const file of ['tfjs-core/dist/tf-core', 'tfjs-backend-wasm/dist/tf-backend-wasm'])
    await page.addScriptTag({ path: path.join(folder, `${file}.es2017.min.js`) });
  const tensors = [...readWeights(model)].map(([name, { shape, data }]) => [
    name,
    { shape, data: Float32Array.from(data, Number) },
  ]);
  return { url, tensors: Object.fromEntries(tensors) };
}

/** @param {import('./report.js').Row[]} rows */
function write(rows) {
  const file = (/** @type {string} */ name) => new URL(name, import.meta.url);
  const readme = readFileSync(file('README.md'), 'utf8');
  const written = withTable(readme, 'results', modelTable(rows));
  writeFileSync(file('README.md'), withTable(written, 'figures', figureTable(figures)));
  writeFileSync(file('chart.svg'), chart(rows));
}

/** @param {string[]} cells of a row of a table */
function print(cells) {
  console.log(cells.map((cell) => cell.padEnd(22)).join(''));
}

/** @param {string} file */
function size(file) {
  const bytes = readProjectFile(file);
  return (brotliCompressSync(bytes, brotliOptions(bytes)).length / 1e6).toFixed(2);
}
