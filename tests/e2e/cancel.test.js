/** A newer request takes an older one's place; slow ones hold nothing else up. */

import assert from 'node:assert/strict';
import { browserTest, gate, ready, useBrowser } from './support/browser.js';
import { makePng } from './support/files.js';
import { writeModel } from './support/onnx.js';
import { activation, input, openWell } from './support/scope.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('./support/contract.js').ConvScope} ConvScope
 */

const FIRST = makePng(1);
const SECOND = makePng(2);

useBrowser();

browserTest('of two pictures at once the second is shown', async ({ open }) => {
  const scope = await open();
  await openWell(scope, 'openImage', { bytes: SECOND });
  const alone = await outcome(scope);
  await openWell(scope, 'openImage', { bytes: FIRST });
  assert.notDeepEqual(await outcome(scope), alone);

  const results = await openAll(scope, [FIRST, FIRST, SECOND]);
  assert.deepEqual(results, ['cancelled', 'cancelled', 'opened']);
  assert.deepEqual(await outcome(scope), alone);
});

browserTest('a picture takes the place of one that is being computed', async ({ open }) => {
  const scope = await open();
  await openWell(scope, 'openModel', { bytes: slowModel() });
  await openWell(scope, 'openImage', { bytes: SECOND });
  const alone = await outcome(scope, 'last');
  // The second is opened when the first has got to its first layer.
  const results = await scope.evaluate(
    async (/** @type {ConvScope} */ element, { first, second }) => {
      const settled = (/** @type {Promise<unknown>} */ promise) =>
        promise.then(
          () => 'opened',
          (error) => error.code,
        );
      const layer = new Promise((resolve) =>
        element.addEventListener('convscope-layer', resolve, { once: true }),
      );
      const older = settled(element.openImage(new Blob([first])));
      await layer;
      const newer = settled(element.openImage(new Blob([second])));
      return Promise.all([older, newer]);
    },
    { first: FIRST, second: SECOND },
  );
  assert.deepEqual(results, ['cancelled', 'opened']);
  assert.deepEqual(await outcome(scope, 'last'), alone);
});

browserTest('of two samples clicked at once the second is shown', async ({ page, open }) => {
  const scope = await open();
  const button = (/** @type {string} */ name) => page.getByRole('button', { name });
  await button('Giant panda').click();
  await reading(scope);
  const alone = await outcome(scope);
  await button('Koala').click();
  await button('Giant panda').click();
  await reading(scope);
  assert.deepEqual(await outcome(scope), alone);
  assert.equal(await button('Giant panda').getAttribute('aria-pressed'), 'true');
  assert.equal(await button('Koala').getAttribute('aria-pressed'), 'false');
  assert.equal(await page.getByRole('alert').count(), 0);
});

browserTest(
  'a newer model takes the place of one that is being opened',
  async ({ open, project }) => {
    const scope = await open();
    const codes = await scope.evaluate(async (/** @type {ConvScope} */ element, url) => {
      const models = [1, 2].map(() => element.openModel(url));
      const results = await Promise.allSettled(models);
      return results.map((result) => (result.status === 'rejected' ? result.reason.code : null));
    }, `${project}www/models/cats-vs-dogs.onnx`);
    assert.deepEqual(codes, ['cancelled', null]);
    assert.equal((await activation(scope, 'dense_1')).data.length, 1);
  },
);

browserTest(
  'while the model is slow to come the page tells of it and works',
  async ({ page, project }) => {
    const { passed: released, open: release } = gate();
    await page.route('**/cats-vs-dogs.onnx', async (route) => {
      await released;
      await route.continue();
    });
    await page.goto(`${project}www/index.html`);
    const status = page.getByText(/Preparing|Downloading model/);
    await status.waitFor();
    const view = page.getByRole('radio', { name: 'Layer' });
    await page.getByText('Layer', { exact: true }).click();
    assert(await view.isChecked());
    await page.getByRole('button', { name: 'Koala' }).click();
    await page.getByRole('img', { name: 'Koala' }).first().waitFor();
    await status.waitFor();

    release();
    const scope = await ready(page.locator('conv-scope'));
    await page.getByRole('img', { name: /^conv2d_4: .*“Layer”/ }).waitFor();
    await status.waitFor({ state: 'hidden' });
    const pressed = page.getByRole('button', { name: 'Koala', pressed: true });
    assert.equal(await pressed.count(), 1);
    const koala = await input(scope);
    await openWell(scope, 'openImage', { url: `${project}www/samples/koala.jpg` });
    assert.deepEqual((await input(scope)).data, koala.data);
  },
);

browserTest(
  'a newer picture does not wait for an older one’s download',
  async ({ page, open, project }) => {
    const scope = await open();
    const { passed: finished, open: finish } = gate();
    const { passed: asked, open: ask } = gate();
    await page.route('**/panda.jpg', async (route) => {
      ask();
      await finished;
      // By now nobody waits for it.
      await route.abort().catch(() => {});
    });
    const older = scope.evaluate(
      (/** @type {ConvScope} */ element, url) =>
        element.openImage(url).then(
          () => 'opened',
          (error) => error.code,
        ),
      `${project}www/samples/panda.jpg`,
    );
    await asked;
    await openWell(scope, 'openImage', { bytes: SECOND });
    assert.equal(await older, 'cancelled');
    finish();
  },
);

/**
 * Opens pictures at once.
 *
 * @param {Locator} scope
 * @param {Uint8Array[]} pictures
 * @returns {Promise<string[]>} by picture, `opened` or the code of its error
 */
function openAll(scope, pictures) {
  return scope.evaluate(
    (/** @type {ConvScope} */ element, files) =>
      Promise.all(
        files.map((bytes) =>
          element.openImage(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)])).then(
            () => 'opened',
            (error) => error.code,
          ),
        ),
      ),
    pictures,
  );
}

/**
 * Waits until whatever is being opened has run.
 *
 * @param {Locator} scope
 */
async function reading(scope) {
  await scope.evaluate((/** @type {ConvScope} */ element) => element.inputs());
}

/**
 * @param {Locator} scope
 * @param {string} [output]
 */
async function outcome(scope, output = 'dense_1') {
  const [{ data: given }, { data: answer }] = [await input(scope), await activation(scope, output)];
  return { given, answer };
}

/** A model whose nodes each take many times what messages do: means of thousands of values. */
function slowModel() {
  const [size, window] = [160, 63];
  const pads = Array(4).fill((window - 1) / 2);
  const names = ['input', 'first', 'second', 'third', 'fourth', 'fifth', 'last'];
  const shape = [1, 3, size, size];
  return writeModel({
    nodes: names.slice(1).map((name, index) => ({
      op: 'AveragePool',
      inputs: [names[index] ?? ''],
      outputs: [name],
      attributes: { kernel_shape: [window, window], pads },
    })),
    inputs: [{ name: 'input', shape }],
    outputs: [{ name: 'last', shape }],
  });
}
