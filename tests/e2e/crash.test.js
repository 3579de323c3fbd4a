/** An engine that stops in the middle of a call, or does not come at all. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';
import { makePng } from './support/files.js';
import { activation, call, input, nextEvent, open, openWell } from './support/scope.js';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('./support/contract.js').ConvScope} ConvScope
 */

/** Pictures of these lengths make the engine trap while it opens them, and at the first step of the pass after. */
const TRAP_AT_ONCE = new Uint8Array(11);
const TRAP_IN_PASS = new Uint8Array(13);
/** Likewise: the worker ends without a word, fails outside of any call, or the engine finds no memory left. */
const CLOSE = new Uint8Array(17);
const FAIL_ASIDE = new Uint8Array(19);
const RUN_OUT_OF_MEMORY = makePng(3, { width: 2000, height: 2000 });

/** `(func (export "trap") unreachable)` as a module, and the engine's methods calling it. */
const SABOTAGE = `
const trapping = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 116, 114, 97, 112, 0, 0,
  10, 5, 1, 3, 0, 0, 11,
])));
const { openImage, startPass, step } = Engine.prototype;
function takeAllMemory() {
  for (let pages = 1 << 14; pages > 0; ) {
    try { wasm.memory.grow(pages); } catch { pages >>= 1; }
  }
}
let trapsInPass = false;
Engine.prototype.openImage = function (bytes) {
  if (bytes.length === ${TRAP_AT_ONCE.length}) trapping.exports.trap();
  if (bytes.length === ${CLOSE.length}) return self.close();
  if (bytes.length === ${FAIL_ASIDE.length}) return setTimeout(() => { throw new Error('aside'); });
  if (bytes.length === ${RUN_OUT_OF_MEMORY.length}) takeAllMemory();
  trapsInPass = bytes.length === ${TRAP_IN_PASS.length};
  if (!trapsInPass) openImage.call(this, bytes);
};
Engine.prototype.step = function (budget) {
  if (trapsInPass) trapping.exports.trap();
  return step.call(this, budget);
};
`;

useBrowser();

for (const [what, bytes, message] of /** @type {const} */ ([
  ['traps while it opens a picture', TRAP_AT_ONCE, /unreachable/],
  ['traps in the middle of a pass', TRAP_IN_PASS, /unreachable/],
  ['is ended', CLOSE, /ended/],
  ['fails outside of a call', FAIL_ASIDE, /aside/],
  ['runs out of memory', RUN_OUT_OF_MEMORY, /the engine stopped/],
])) {
  browserTest(
    `an engine that ${what} is replaced, and what was open comes back`,
    async ({ page, open: openPage }) => {
      await sabotage(page);
      const scope = await openPage();
      assert.equal(await call(scope, 'setPreprocessing', [{ preset: 'signed' }]), null);
      assert.equal(await call(scope, 'setLabels', [['Katze', 'Hund']]), null);
      const good = [await input(scope), await activation(scope, 'dense_1')];

      const told = await nextEvent(scope, 'convscope-error');
      const restored = await nextEvent(scope, 'convscope-pass');
      const failure = await open(scope, 'openImage', { bytes });
      assert.equal(failure?.code, 'engine-crashed');
      assert.match(failure.message, message);
      await told();
      const alert = page.getByRole('alert');
      await alert.waitFor();
      assert.equal(await alert.getAttribute('data-code'), 'engine-crashed');

      await restored();
      assert.deepEqual([await input(scope), await activation(scope, 'dense_1')], good);
      await page.getByRole('button', { name: 'Playing kitten', pressed: true }).waitFor();
      await page.locator('[data-output="conv2d_4"] .painted').waitFor();
      await page.locator('convscope-prediction').getByText('Katze').waitFor();

      await openWell(scope, 'openImage', { bytes: makePng(1) });
      assert.notDeepEqual(await input(scope), good[0]);
      await alert.waitFor({ state: 'hidden' });
    },
  );
}

browserTest(
  'an engine that traps again and again leaves a page that works',
  async ({ page, open: openPage }) => {
    await sabotage(page);
    const scope = await openPage();
    const good = await activation(scope, 'dense_1');
    for (let round = 0; round < 3; round++) {
      const failure = await open(scope, 'openImage', { bytes: TRAP_AT_ONCE });
      assert.equal(failure?.code, 'engine-crashed');
    }
    const project = new URL('.', page.url()).href;
    await openWell(scope, 'openModel', { url: `${project}models/cats-vs-dogs.onnx` });
    await openWell(scope, 'openImage', { url: `${project}samples/kitten.jpg` });
    assert.deepEqual(await activation(scope, 'dense_1'), good);
  },
);

browserTest(
  'an element whose neighbour’s engine traps goes on',
  async ({ page, open: openPage }) => {
    await sabotage(page);
    await openPage();
    const project = new URL('.', page.url()).href;
    await page.evaluate(() => {
      const neighbour = document.createElement('conv-scope');
      document.body.append(neighbour);
    });
    const scope = page.locator('conv-scope').first();
    const neighbour = page.locator('conv-scope').last();
    const good = await activation(scope, 'conv2d_4');
    const told = scope.evaluate((element) => {
      const errors = /** @type {unknown[]} */ ([]);
      element.addEventListener('convscope-error', (event) => errors.push(event));
      return new Promise((resolve) => {
        element.addEventListener('convscope-pass', () => resolve(errors.length), { once: true });
      });
    });
    await openWell(neighbour, 'openModel', { url: `${project}models/cats-vs-dogs.onnx` });
    const failure = await open(neighbour, 'openImage', { bytes: TRAP_AT_ONCE });
    assert.equal(failure?.code, 'engine-crashed');
    assert.equal(await told, 0);
    assert.deepEqual(await activation(scope, 'conv2d_4'), good);
    await scope.locator('[data-output="conv2d_4"] .painted').waitFor();
  },
);

browserTest(
  'an engine that cannot be downloaded is told, and asked for again',
  async ({ page, project }) => {
    await page.route('**/*.wasm', (route) => route.fulfill({ status: 503, body: 'busy' }));
    await page.goto(`${project}www/index.html`);
    const scope = page.locator('conv-scope');
    const code = await scope.evaluate((/** @type {ConvScope} */ element) =>
      element.ready.then(
        () => null,
        (error) => error.code,
      ),
    );
    assert.equal(code, 'network');
    await page.getByRole('alert').first().waitFor();

    await page.unroute('**/*.wasm');
    await openWell(scope, 'openModel', { url: `${project}www/models/cats-vs-dogs.onnx` });
    await openWell(scope, 'openImage', { url: `${project}www/samples/kitten.jpg` });
    assert.equal((await activation(scope, 'dense_1')).data.length, 1);
  },
  { expected: [/503/] },
);

browserTest(
  'a worker that does not start is told, and asked for again by the next request only',
  async ({ page, project }) => {
    let requests = 0;
    await page.route('**/worker.js', (route) => {
      requests++;
      return route.fulfill({ status: 404, body: 'gone' });
    });
    await page.goto(`${project}www/index.html`);
    const scope = page.locator('conv-scope');
    const code = await scope.evaluate((/** @type {ConvScope} */ element) =>
      element.ready.then(
        () => null,
        (error) => error.code,
      ),
    );
    assert.equal(code, 'engine-crashed');
    await page.getByRole('alert').first().waitFor();
    for (let round = 0; round < 5; round++) {
      const failure = await open(scope, 'openImage', { bytes: makePng(1) });
      assert.equal(failure?.code, 'engine-crashed');
    }
    assert(requests <= 7, `the worker was started ${requests} times`);

    await page.unroute('**/worker.js');
    await openWell(scope, 'openModel', { url: `${project}www/models/cats-vs-dogs.onnx` });
    await openWell(scope, 'openImage', { url: `${project}www/samples/kitten.jpg` });
    assert.equal((await activation(scope, 'dense_1')).data.length, 1);
  },
  { expected: [/404/, /worker\.js (net::ERR_FAILED|NS_ERROR_)/, /Loading Worker .* was blocked/] },
);

/**
 * Gives the page an engine that can be made to trap.
 *
 * @param {Page} page
 */
async function sabotage(page) {
  await page.route('**/wasm/convscope.js', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()) + SABOTAGE });
  });
}
