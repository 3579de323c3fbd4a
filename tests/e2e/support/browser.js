/** Tests in a browser. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { serveProject } from './site.js';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('playwright-core').BrowserContextOptions} BrowserContextOptions
 *
 * @typedef {object} Visit
 * @property {Page} page
 * @property {string} project address of the project's folder, ending in a slash
 * @property {(query?: string) => Promise<Locator>} open opens the site's page, `index.html` with the query, and
 *   resolves to its element when the first pass is drawn
 * @property {() => Promise<Locator>} openBare opens a page with an element that nothing has been opened in
 */

/** A pass takes a second; a busy machine may take its time. */
const TIMEOUT_MILLIS = 60_000;
const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Colours as they are, whatever the machine's screen.
  '--force-color-profile=srgb',
];

/** @type {import('playwright-core').Browser | undefined} */
let browser;
/** @type {Awaited<ReturnType<typeof serveProject>> | undefined} */
let server;

/** Starts what tests of this file share, and stops it after them. */
export function useBrowser() {
  before(async () => {
    server = await serveProject();
    browser = await launch();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
}

export function launch() {
  return chromium.launch({ executablePath: findChromium(), args: CHROMIUM_ARGUMENTS });
}

/**
 * Declares a test in a browser profile of its own. It fails on whatever goes wrong in the page unawares: errors in its
 * scripts and on its console, requests that fail.
 *
 * @param {string} name
 * @param {(visit: Visit) => Promise<void>} run
 * @param {BrowserContextOptions & { expected?: RegExp[] }} [options] of the profile; what may go wrong
 */
export function browserTest(name, run, { expected = [], ...profile } = {}) {
  test(name, { timeout: TIMEOUT_MILLIS }, async () => {
    assert(browser && server, 'useBrowser has not been called');
    const project = server.url;
    const context = await browser.newContext({ reducedMotion: 'reduce', ...profile });
    try {
      const page = await context.newPage();
      const problems = watch(page);
      await run({
        page,
        project,
        open: async (query = '') => {
          await page.goto(`${project}www/index.html${query}`);
          return ready(page.locator('conv-scope'));
        },
        openBare: () => openBare(page, project),
      });
      const unexpected = problems.filter((text) => !expected.some((regex) => regex.test(text)));
      assert.deepEqual(unexpected, []);
    } finally {
      await context.close();
    }
  });
}

/**
 * Opens a page with an element that nothing has been opened in.
 *
 * @param {Page} page
 * @param {string} project address of the project's folder
 */
export async function openBare(page, project) {
  await page.goto(`${project}tests/e2e/pages/bare.html`);
  const scope = page.locator('conv-scope');
  await scope.evaluate(() => customElements.whenDefined('conv-scope').then(() => {}));
  return scope;
}

/**
 * Resolves to an element when its first pass is drawn.
 *
 * @param {Locator} scope
 */
export async function ready(scope) {
  await scope.evaluate(async (/** @type {import('./contract.js').ConvScope} */ element) => {
    await customElements.whenDefined('conv-scope');
    await element.ready;
  });
  return scope;
}

/** Something to wait for until it is opened. */
export function gate() {
  /** @type {() => void} */
  let open = () => {};
  /** @type {Promise<void>} */
  const passed = new Promise((resolve) => (open = resolve));
  return { passed, open };
}

/**
 * The longest that the page's main thread was busy with one task. Time in which the thread had no processor does not
 * count: how busy the machine is, is not the page's doing.
 *
 * @param {Page} page
 * @param {() => Promise<void>} run
 */
export async function longestTaskMillis(page, run) {
  assert(browser);
  await browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
  await run();
  const trace = JSON.parse((await browser.stopTracing()).toString());
  /** @type {{ name: string, ph: string, pid: number, tid: number, tdur?: number, args?: { name?: string } }[]} */
  const events = trace.traceEvents;
  const thread = (/** @type {{ pid: number, tid: number }} */ { pid, tid }) => `${pid} ${tid}`;
  const pages = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(thread),
  );
  const micros = events
    .filter((event) => event.ph === 'X' && pages.has(thread(event)))
    .map(({ tdur = 0 }) => tdur);
  return Math.max(0, ...micros) / 1000;
}

/**
 * What goes wrong in a page from here on.
 *
 * @param {Page} page
 */
function watch(page) {
  /** @type {string[]} */
  const problems = [];
  page.on('pageerror', (error) => problems.push(`error in a script: ${error.stack}`));
  page.on('console', (message) => {
    if (['error', 'warning', 'assert'].includes(message.type())) {
      problems.push(
        `${message.type()} on the console: ${message.text()} ${message.location().url}`,
      );
    }
  });
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText;
    // Whoever aborts a request knows of it.
    if (reason !== 'net::ERR_ABORTED')
      problems.push(`request that failed: ${request.url()} ${reason}`);
  });
  return problems;
}

/** The browser that CONVSCOPE_CHROMIUM names, or one in the usual places. */
function findChromium() {
  const named = process.env.CONVSCOPE_CHROMIUM;
  if (named) return named;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const names = ['chromium', 'google-chrome-stable', 'google-chrome', 'chromium-browser'];
  const found = names
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .concat('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome')
    .find((file) => existsSync(file));
  assert(found, 'no Chromium or Chrome was found: set CONVSCOPE_CHROMIUM to its path');
  return found;
}
