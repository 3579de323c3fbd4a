/**
 * How long pages take to show something over a slow network, and what they download: the site as it is published, its modules
 * as they lie in www/, and the least that runs the same model with onnxruntime-web. First visits, turn by turn.
 *
 *     node bench/start.mjs [--rounds ROUNDS] [--write] ENGINE PARTS
 *
 * ENGINE is the folder of the wasm module that is published as a whole, PARTS that of the site's two. `--write` writes the results to README.md.
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { joinSite, makeInstallable } from '../tools/site.mjs';
import { launch } from '../tests/e2e/support/launch.js';
import { root } from '../tests/e2e/support/site.js';
import { host } from './host.js';
import { markdown, ratio, withTable } from './report.js';

/** 10 Mbit/s there, 40 ms there and back. */
const NETWORK = {
  offline: false,
  latency: 40,
  downloadThroughput: 10e6 / 8,
  uploadThroughput: 10e6 / 8,
};
/** Chromium slows the page's own thread, and no worker. */
const SLOWER = 4;

/** The pages, and the moments that are measured: functions of the page that are called in each frame. */
const PAGES = {
  'dist/site': { address: 'site/', moments: ['first', 'visible'] },
  'www, unjoined': { address: 'www/', moments: ['first', 'visible'] },
  'onnxruntime-web': { address: 'bench/runtime.html', moments: ['output'] },
};
const KINDS = {
  '.js': 'script',
  '.mjs': 'script',
  '.css': 'style',
  '.wasm': 'wasm',
  '.onnx': 'model',
};
/** What comes after a visit's pictures: the service worker, and the rest of the engine. */
const LATER = /service-worker\.js$|convscope_rest/;

const { values: options, positionals } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    write: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const [engine, parts] = positionals;
if (!engine || !parts) {
  throw new Error('usage: node bench/start.mjs [--rounds ROUNDS] [--write] ENGINE PARTS');
}

const site = mkdtempSync(path.join(tmpdir(), 'convscope-'));
await joinSite(site, parts);
makeInstallable(site);
const server = await host([
  ['/site/', site],
  ['/www/wasm/convscope_bg.wasm', path.join(engine, 'convscope_bg.wasm')],
  ['/www/wasm/convscope_relaxed_bg.wasm', path.join(engine, 'convscope_relaxed_bg.wasm')],
  ['/', root],
]);
const browser = await launch();
/** Milliseconds by page and moment. @type {Map<string, Record<string, number[]>>} */
const times = new Map();
/** @type {Map<string, string[]>} */
const downloads = new Map();
try {
  for (const [name, { address }] of Object.entries(PAGES)) {
    downloads.set(name, await visit(address, () => {}));
  }
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [name, { address, moments }] of Object.entries(PAGES)) {
      const measured = times.get(name) ?? Object.fromEntries(moments.map((moment) => [moment, []]));
      times.set(name, measured);
      await visit(address, (moment, milliseconds) => measured[moment]?.push(milliseconds), NETWORK);
    }
  }
} finally {
  await browser.close();
  await server.close();
  rmSync(site, { recursive: true });
}

const theirs = times.get('onnxruntime-web')?.['output'] ?? [];
const starts = [...times].map(([name, measured]) => {
  const moments = name === 'onnxruntime-web' ? ['output', 'output'] : ['first', 'visible'];
  return [
    name,
    ...moments.map((moment) => {
      const { median, low, high } = ratio(measured[moment] ?? [], theirs);
      return `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
    }),
  ];
});
const startTable = [['page', 'first layer', 'all visible layers'], ...starts];
const sizeTable = [
  ['kind', ...[...downloads.keys()].flatMap((name) => [name, 'with brotli'])],
  ...['script', 'style', 'wasm', 'model', 'rest', 'all'].map((kind) => [
    kind,
    ...[...downloads.values()].flatMap((names) => sizes(names, kind)),
  ]),
];
console.log(`${markdown(startTable)}\n\n${markdown(sizeTable)}\n`);
for (const [name, measured] of times) {
  for (const [moment, list] of Object.entries(measured)) {
    console.log(`${name}, ${moment}: ${list.map((time) => time.toFixed(0)).join(' ')} ms`);
  }
}
if (options.write) {
  const file = new URL('README.md', import.meta.url);
  const readme = withTable(readFileSync(file, 'utf8'), 'starts', startTable);
  writeFileSync(file, withTable(readme, 'sizes', sizeTable));
}

/**
 * Visits a page for the first time.
 *
 * @param {string} address
 * @param {(moment: string, milliseconds: number) => void} tell how long after the visit's start a moment is
 * @param {typeof NETWORK} [network]
 * @returns {Promise<string[]>} the paths of what has been downloaded
 */
async function visit(address, tell, network) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  /** @type {Set<string>} */
  const names = new Set();
  page.on('response', (response) => {
    const { protocol, pathname } = new URL(response.url());
    if (protocol === 'http:' && response.ok()) names.add(pathname);
  });
  const session = await context.newCDPSession(page);
  if (network) {
    await session.send('Network.enable');
    await session.send('Network.emulateNetworkConditions', network);
    await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
  }
  await page.addInitScript(watch);
  await page.goto(server.url + address, { waitUntil: 'commit' });
  const moments = await page.evaluate(
    () =>
      /** @type {{ moments: Promise<Record<string, number>> }} */ (/** @type {unknown} */ (window))
        .moments,
  );
  for (const [moment, milliseconds] of Object.entries(moments)) tell(moment, milliseconds);
  // Small pictures may come after what is measured.
  if (!network) await page.waitForLoadState('networkidle');
  const visited = [...names].filter((name) => !LATER.test(name));
  await context.close();
  return visited;
}

/** Runs in the page: notes when what is to be seen is there. */
function watch() {
  const isPainted = (/** @type {HTMLCanvasElement} */ { width, height }) =>
    // Until then it has the size of a new one.
    width !== 300 || height !== 150;
  const isVisible = (/** @type {Element} */ element) => {
    const { top, bottom, width } = element.getBoundingClientRect();
    return width > 0 && bottom > 0 && top < innerHeight;
  };
  const look = (/** @type {Record<string, number>} */ moments) => {
    const now = performance.now();
    const scope = document.querySelector('conv-scope');
    if (!scope) {
      const isRuntime = document.body?.textContent?.trim() && !document.querySelector('main');
      if (isRuntime) moments['output'] ??= now;
      return 'output' in moments;
    }
    const selector = 'convscope-layers canvas';
    const canvases = [...(scope.shadowRoot?.querySelectorAll(selector) ?? [])].filter(isVisible);
    const painted = canvases.filter((canvas) =>
      isPainted(/** @type {HTMLCanvasElement} */ (canvas)),
    );
    if (painted.length > 0) moments['first'] ??= now;
    if (painted.length > 0 && painted.length === canvases.length) moments['visible'] ??= now;
    return 'visible' in moments;
  };
  const moments = new Promise((resolve) => {
    /** @type {Record<string, number>} */
    const found = {};
    const next = () => (look(found) ? resolve(found) : requestAnimationFrame(next));
    requestAnimationFrame(next);
  });
  Object.assign(window, { moments });
}

/**
 * The sizes of what is of a kind, in kilobytes, raw and compressed.
 *
 * @param {string[]} names
 * @param {string} kind
 */
function sizes(names, kind) {
  const files = names
    .filter((name) => kind === 'all' || kindOf(name) === kind)
    .map((name) => server.serve(name));
  const raw = files.reduce((sum, file) => sum + file.raw, 0);
  const compressed = files.reduce((sum, { body }) => sum + body.length, 0);
  return [raw, compressed].map((bytes) => (bytes ? (bytes / 1000).toFixed(0) : ''));
}

/** @param {string} name */
function kindOf(name) {
  return /** @type {Record<string, string>} */ (KINDS)[path.extname(name)] ?? 'rest';
}
