/** The site's page, with its worker watched. */

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('../tests/e2e/support/contract.js').ConvScope} ConvScope
 *
 * @typedef {object} Call of the engine, by the worker
 * @property {string} method
 * @property {any} output its first argument
 * @property {number} end milliseconds since 1970
 * @property {number} milliseconds that it took
 *
 * @typedef {object} Visit
 * @property {Page} page
 * @property {Locator} scope the page's element
 * @property {() => Promise<Call[]>} takeCalls those since they were taken last
 *
 * @typedef {object} Drawn a picture, from when the element got it
 * @property {number} first milliseconds until a first layer was drawn
 * @property {number} all milliseconds until all were that are to be
 * @property {number} pass milliseconds of it in which nodes were computed
 * @property {Call[]} calls
 */

import { ready } from '../tests/e2e/support/browser.js';
import { openWell } from '../tests/e2e/support/scope.js';

/** Two of a kind, so that each is new after the other. */
const PICTURES = ['samples/kitten.jpg', 'samples/koala.jpg'];
/** What a picture goes through. */
const METHODS = [
  'openImage',
  'openPixels',
  'startPass',
  'step',
  'paint',
  'paintInput',
  'prediction',
];
const SCREEN = { viewport: { width: 1280, height: 800 } };

/**
 * Opens the site with a model.
 *
 * @param {import('playwright-core').Browser} browser
 * @param {string} site its address, ending in a slash
 * @param {Uint8Array} model
 * @param {string} [manifest] JSON
 * @returns {Promise<Visit>}
 */
export async function visit(browser, site, model, manifest) {
  const page = await browser.newPage(SCREEN);
  await page.goto(`${site}index.html`);
  const scope = await ready(page.locator('conv-scope'));
  await openWell(scope, 'openModel', { bytes: model }, manifest && JSON.parse(manifest));
  const [worker] = page.workers();
  if (!worker) throw new Error('the page has no worker');
  await worker.evaluate(
    async ({ url, methods }) => {
      const { Engine } = await import(url);
      /** @type {Call[]} */
      const calls = [];
      Object.assign(globalThis, { calls });
      const { prototype } = /** @type {{ prototype: Record<string, any> }} */ (Engine);
      for (const method of methods) {
        const call = prototype[method];
        prototype[method] = function (/** @type {unknown[]} */ ...args) {
          const start = performance.now();
          const result = call.apply(this, args);
          const [end, [output]] = [performance.now(), args];
          const milliseconds = end - start;
          calls.push({ method, output, end: performance.timeOrigin + end, milliseconds });
          return result;
        };
      }
    },
    { url: `${site}wasm/convscope.js`, methods: METHODS },
  );
  /** @type {Visit['takeCalls']} */
  const takeCalls = () => worker.evaluate(() => /** @type {any} */ (globalThis).calls.splice(0));
  return { page, scope, takeCalls };
}

/**
 * The outputs' drawings among calls.
 *
 * @param {Call[]} calls
 */
export function paintsOf(calls) {
  return calls.filter(({ method }) => method === 'paint');
}

/**
 * Gives the element one picture after the other, as does somebody who drops them.
 *
 * @param {Visit} visit
 * @param {number} milliseconds
 * @returns {Promise<Drawn[]>}
 */
export async function drawPictures({ scope, takeCalls }, milliseconds) {
  const end = Date.now() + milliseconds;
  const drawn = [];
  for (let round = 0; round < 5 || Date.now() < end; round++) {
    await takeCalls();
    const picture = PICTURES[round % PICTURES.length] ?? '';
    const { given, pass } = await scope.evaluate(
      async (/** @type {ConvScope} */ element, picture) => {
        const blob = await (await fetch(picture)).blob();
        let pass = NaN;
        element.addEventListener(
          'convscope-pass',
          (event) => (pass = /** @type {CustomEvent} */ (event).detail.milliseconds),
          { once: true },
        );
        const given = performance.timeOrigin + performance.now();
        await element.openImage(blob);
        return { given, pass };
      },
      picture,
    );
    const calls = await takeCalls();
    const paints = paintsOf(calls);
    const [first, last] = [paints[0], paints.at(-1)];
    if (!first || !last) throw new Error('nothing was drawn');
    drawn.push({ first: first.end - given, all: last.end - given, pass, calls });
  }
  return drawn;
}
