/**
 * Convscope's engine beside onnxruntime-web: the same model and input, in the same page, one thread each, turn by turn.
 * Prints ratios, for times mean nothing on another machine, and sizes.
 *
 *     node bench/run.mjs [--profile] [--write] [--seconds SECONDS] [--engine FOLDER] [MODEL...]
 *
 * `--profile` prints where the time of a pass goes, `--write` writes the results to README.md and chart.svg. SECONDS is the time that each model takes. FOLDER is the engine's,
 * `www/wasm` if not given; that of `dist/npm` is without debug information.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants } from 'node:zlib';
import { launch } from '../tests/e2e/support/launch.js';
import { readProjectFile } from '../tests/e2e/support/files.js';
import { readNodes, withOutputs } from '../tests/e2e/support/onnx.js';
import { serveProject } from '../tests/e2e/support/site.js';
import { modelNames, readModel } from './models.js';
import { cells, chart, meanRow, ratio, table, titles, withTable } from './report.js';

/** @typedef {import('./page.js').Measurement} Measurement */

const RUNTIME = 'node_modules/onnxruntime-web/dist';

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
const browser = await launch();
/** @type {import('./report.js').Row[]} */
const rows = [];
try {
  print(titles());
  for (const name of names) {
    const measured = await measure(name);
    const { computed, copied, every, final } = measured.times;
    const ratios = [ratio(computed, every), ratio(copied, every), ratio(computed, final)];
    const row = { name, ratios, load: measured.load.ours / measured.load.theirs };
    rows.push(row);
    print(cells(row));
    if (options.profile) console.log(profile(measured));
  }
} finally {
  await browser.close();
  await server.close();
}
const mean = meanRow(rows);
print(cells(mean));
if (options.write) {
  const file = (/** @type {string} */ name) => new URL(name, import.meta.url);
  writeFileSync(
    file('README.md'),
    withTable(
      readFileSync(file('README.md'), 'utf8'),
      'results',
      table([titles(), ...[...rows, mean].map(cells)]),
    ),
  );
  writeFileSync(file('chart.svg'), chart([...rows, mean]));
}
const [engine, runtime] = [
  path.posix.join(options.engine, 'convscope_bg.wasm'),
  `${RUNTIME}/ort-wasm-simd-threaded.wasm`,
].map(size);
console.log(`\nmodules, MB with brotli: ${engine} Convscope, ${runtime} onnxruntime-web`);

/**
 * @param {string} name
 * @returns {Promise<Measurement>}
 */
async function measure(name) {
  const { bytes } = readModel(name);
  const outputs = readNodes(bytes).flatMap((node) => node.outputs.filter(Boolean));
  const page = await browser.newPage();
  await page.goto(`${server.url}bench/page.html`);
  const measured = await page.evaluate(
    async ({ module, ...bench }) => {
      const { measure } = /** @type {typeof import('./page.js')} */ (await import(module));
      return measure(bench);
    },
    {
      module: `${server.url}bench/page.js`,
      urls: {
        engine: `${server.url}${path.posix.join(options.engine, 'convscope.js')}`,
        runtime: `${server.url}${RUNTIME}/ort.wasm.bundle.min.mjs`,
      },
      models: { every: new Uint8Array(withOutputs(bytes, outputs)), final: bytes },
      rounds,
    },
  );
  await page.close();
  return measured;
}

/** @param {Measurement} measured */
function profile({ nodes }) {
  const total = nodes.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const share = (/** @type {number} */ milliseconds) =>
    `${((100 * milliseconds) / total).toFixed(1).padStart(6)} %`;
  /** @type {Map<string, number>} */
  const byOperator = new Map();
  for (const { op, milliseconds } of nodes)
    byOperator.set(op, (byOperator.get(op) ?? 0) + milliseconds);
  const operators = [...byOperator].sort(([, a], [, b]) => b - a);
  const slowest = nodes.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, 20);
  return [
    `  total ${total.toFixed(2)} ms`,
    ...operators.map(([op, milliseconds]) => `${share(milliseconds)}  ${op}`),
    '',
    ...slowest.map(
      ({ name, op, shape, milliseconds }) => `${share(milliseconds)}  ${op} ${name} [${shape}]`,
    ),
    '',
  ].join('\n');
}

/** @param {string[]} cells of a row of the table */
function print(cells) {
  console.log(cells.map((cell) => cell.padEnd(22)).join(''));
}

/** @param {string} file */
function size(file) {
  const bytes = readProjectFile(file);
  const params = {
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
  };
  return (brotliCompressSync(bytes, { params }).length / 1e6).toFixed(2);
}
