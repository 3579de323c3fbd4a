/** Tests in a browser. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { browserName, launch } from './launch.js';
import { serveProject } from './site.js';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('playwright-core').Browser} Browser
 * @typedef {import('playwright-core').BrowserContextOptions} BrowserContextOptions
 * @typedef {import('./launch.js').ColorScheme} ColorScheme
 *
 * @typedef {object} Visit
 * @property {Page} page
 * @property {string} project address of the project's folder, ending in a slash
 * @property {(query?: string) => Promise<Locator>} open opens the site's page, `index.html` with the query, and
 *   resolves to its element when the first pass is drawn
 * @property {() => Promise<Locator>} openBare opens a page with an element that nothing has been opened in
 *
 * @typedef {object} OwnOptions
 * @property {RegExp[]} [expected] what may go wrong
 * @property {import('./launch.js').BrowserName} [only] the one browser that can do what the test needs
 * @property {ColorScheme} [colorScheme] light by default
 *
 * @typedef {Omit<BrowserContextOptions, 'colorScheme'> & OwnOptions} TestOptions those of the profile, and our own
 */

/** The profile of a phone. */
export const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

/** Both colour schemes and both kinds of screen, for views that are looked at twice only. */
export const SCREENS = /** @type {const} */ ([
  ['light', { viewport: { width: 1280, height: 800 } }],
  ['dark', PHONE],
]);
/** A pass takes a second; a busy machine may take its time. */
const TIMEOUT_MILLIS = 60_000;
/** What Chromium and Firefox call the failure of a request that somebody has aborted. */
const ABORTED = ['net::ERR_ABORTED', 'NS_BINDING_ABORTED'];

/** Browsers that have been launched, by their colour scheme. @type {Map<ColorScheme, Promise<Browser>>} */
const browsers = new Map();
/** @type {Awaited<ReturnType<typeof serveProject>> | undefined} */
let server;

/** Prepares what tests of this file share, and stops it after them. */
export function useBrowser() {
  before(async () => {
    server = await serveProject();
  });
  after(async () => {
    for (const browser of browsers.values()) await (await browser).close();
    await server?.close();
  });
}

/** @param {ColorScheme} colorScheme */
function browserOf(colorScheme) {
  const browser = browsers.get(colorScheme) ?? launch(colorScheme);
  browsers.set(colorScheme, browser);
  return browser;
}

/**
 * Declares a test in a browser profile of its own. It fails on whatever goes wrong in the page unawares: errors in its
 * scripts and on its console, requests that fail.
 *
 * @param {string} name
 * @param {(visit: Visit) => Promise<void>} run
 * @param {TestOptions} [options]
 */
export function browserTest(name, run, options = {}) {
  const { expected = [], only = browserName, colorScheme = 'light', ...profile } = options;
  const skip = only !== browserName && `in ${only} only`;
  test(name, { timeout: TIMEOUT_MILLIS, skip }, async () => {
    assert(server, 'useBrowser has not been called');
    const project = server.url;
    const browser = await browserOf(colorScheme);
    const context = await browser.newContext({ reducedMotion: 'reduce', colorScheme, ...profile });
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

/** What the browser does of its own, now and then, is not in every try. */
const TRIES = 3;

/**
 * The longest task that something gives the page's main thread, in times of what that needs to show some thousand plain lines:
 * seconds are not the same on all machines.
 *
 * @param {Page} page
 * @param {() => Promise<unknown>} run is done some times
 */
export async function longestTask(page, run) {
  const [tasks, plain] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
  for (let count = 0; count < TRIES; count++) {
    plain.push(await longestTaskMillis(page, () => page.evaluate(showLines)));
    tasks.push(await longestTaskMillis(page, run));
  }
  return Math.min(...tasks) / Math.min(...plain);
}

/**
 * How long the page's main thread was busy with one task at most. Time in which the thread had no processor does not
 * count: how busy the machine is, is not the page's doing.
 *
 * @param {Page} page
 * @param {() => Promise<unknown>} run
 */
async function longestTaskMillis(page, run) {
  const browser = page.context().browser();
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

/** Runs in the page. */
function showLines() {
  const lines = document.createElement('div');
  for (let line = 0; line < 5000; line++) {
    const text = document.createElement('p');
    text.textContent = `line ${line}`;
    lines.append(text);
  }
  document.body.append(lines);
  if (lines.offsetHeight === 0) throw new Error('there are no lines');
  lines.remove();
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
    if (!ABORTED.includes(reason ?? ''))
      problems.push(`request that failed: ${request.url()} ${reason}`);
  });
  return problems;
}
