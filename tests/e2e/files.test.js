/** Files of the visitor's own: chosen, dropped, pasted. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';
import { choose, drop, namedFile as file, paste } from './support/bringing.js';
import { makePng, readProjectFile } from './support/files.js';
import { identityModel } from './support/onnx.js';
import { activation, call, input, nextEvent, nodes, openWell } from './support/scope.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('./support/bringing.js').NamedFile} NamedFile
 */

const PICTURE = file('holiday.png', 'image/png', makePng(3));
const TEXT = file('notes.txt', 'text/plain', Buffer.from('Not a picture.'));
const MODEL = file('tiny.onnx', 'application/octet-stream', identityModel([1, 3, 6, 5]));
const MANIFEST = file(
  'tiny.json',
  'application/json',
  Buffer.from(
    JSON.stringify({
      version: 1,
      title: 'Tiny and mine',
      input: {
        name: 'input',
        layout: 'NCHW',
        width: 5,
        height: 6,
        fit: 'squash',
        resampling: 'bilinear',
        channels: 'rgb',
        scale: 1,
        mean: [0, 0, 0],
        std: [1, 1, 1],
      },
      layers: ['identity'],
    }),
  ),
);

/**
 * Ways in which a file comes to the page.
 *
 * @type {[way: string, bring: (page: Page, files: NamedFile[]) => Promise<void>][]}
 */
const WAYS = [
  ['chosen', (page, files) => choose(page, /Open picture/, files)],
  ['dropped', drop],
  ['pasted', paste],
];

useBrowser();

for (const [way, bring] of WAYS) {
  browserTest(`a picture can be ${way}`, async ({ page, open }) => {
    const scope = await open();
    const before = await input(scope);
    const passed = await nextEvent(scope, 'convscope-pass');
    await bring(page, [PICTURE]);
    await passed();
    assert.notDeepEqual((await input(scope)).data, before.data);
    assert.equal(await page.getByRole('alert').count(), 0);
    // It is shown, and it is no sample.
    const shown = page.getByRole('img', { name: 'Input' }).first();
    await shown.waitFor();
    await page.waitForFunction(
      (/** @type {any} */ image) => image.naturalWidth === 40,
      await shown.elementHandle(),
    );
    assert.equal(await page.getByRole('button', { pressed: true }).count(), 0);
  });

  browserTest(
    `a ${way} file that is no picture is refused, and the last picture stays`,
    async ({ page, open }) => {
      const scope = await open();
      const before = [await input(scope), await activation(scope, 'dense_1')];
      const shownBefore = await page.locator('convscope-prediction').innerText();
      await bring(page, [TEXT]);
      const alert = page.getByRole('alert');
      await alert.waitFor();
      assert.match(await alert.innerText(), /picture cannot be opened.*JPEG, PNG/is);
      assert.deepEqual([await input(scope), await activation(scope, 'dense_1')], before);
      assert.equal(await page.locator('convscope-prediction').innerText(), shownBefore);
      assert(await page.getByRole('img', { name: 'Playing kitten' }).first().isVisible());

      await alert.getByRole('button', { name: 'Dismiss' }).click();
      await alert.waitFor({ state: 'hidden' });
    },
  );
}

browserTest('a model and its manifest can be chosen', async ({ page, open }) => {
  await open();
  await chooseModel(page, [MODEL, MANIFEST]);
  await checkTiny(page);
});

browserTest('a model and its manifest can be dropped', async ({ page, open }) => {
  await open();
  await drop(page, [MANIFEST, MODEL]);
  await checkTiny(page);
});

browserTest('a model that is none is refused, and the last one stays', async ({ page, open }) => {
  const scope = await open();
  const before = await activation(scope, 'conv2d_7');
  await drop(page, [file('broken.onnx', 'application/octet-stream', Buffer.from('<html>'))]);
  const alert = page.getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.innerText(), /model cannot be opened.*ONNX/is);
  assert.deepEqual(await activation(scope, 'conv2d_7'), before);
  assert(await page.getByRole('heading', { name: 'conv2d_7' }).isVisible());
});

browserTest('a manifest without its model is told what to do', async ({ page, open }) => {
  const scope = await open();
  await drop(page, [MANIFEST]);
  const alert = page.getByRole('alert');
  await alert.waitFor();
  assert.match(await alert.innerText(), /manifest/i);
  assert.equal((await activation(scope, 'dense_1')).data.length, 1);
});

browserTest('text that is dragged or pasted is none of its business', async ({ page, open }) => {
  await open();
  const prevented = await page.locator('conv-scope').evaluate((element) => {
    const data = new DataTransfer();
    data.setData('text/plain', 'words');
    const events = [
      new DragEvent('dragover', { dataTransfer: data, bubbles: true, cancelable: true }),
      new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }),
      new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
    ];
    return events.filter((event) => !element.dispatchEvent(event)).map(({ type }) => type);
  });
  assert.deepEqual(prevented, []);
  assert.equal(await page.getByRole('alert').count(), 0);
});

/**
 * @param {Page} page
 * @param {NamedFile[]} files
 */
async function chooseModel(page, files) {
  await page.getByRole('button', { name: /Open model/ }).click();
  await choose(page, /Choose a file/, files);
}

/** @param {Page} page */
async function checkTiny(page) {
  await page.getByText('Tiny and mine').first().waitFor();
  await page.getByRole('heading', { name: 'identity' }).waitFor();
  const scope = page.locator('conv-scope');
  // The picture stays.
  assert.deepEqual((await input(scope)).shape, [1, 3, 6, 5]);
  assert.deepEqual((await activation(scope, 'identity')).data, (await input(scope)).data);
  assert.equal(await page.getByRole('alert').count(), 0);
}
const DATA_FILES = Object.fromEntries(
  ['data-files.onnx', 'data files/kernel#1.bin', 'data-files.onnx.data'].map((name) => [
    name,
    readProjectFile(`tests/e2e/models/${name}`),
  ]),
);

browserTest('weights in files of their own are fetched from beside the model', async (visit) => {
  const scope = await visit.openBare();
  await openWell(scope, 'openModel', { url: `${visit.project}tests/e2e/models/data-files.onnx` });
  await checkConvolution(scope);
});

browserTest('weights in files of their own are chosen with the model', async ({ page, open }) => {
  const scope = await open();
  const files = Object.entries(DATA_FILES).map(([name, bytes]) =>
    file(name.split('/').at(-1) ?? '', 'application/octet-stream', bytes),
  );
  await chooseModel(page, files.slice(0, 2));
  const alert = page.getByRole('alert').filter({ hasText: 'data-files.onnx.data' });
  await alert.waitFor();
  assert.equal((await nodes(scope)).at(-1)?.outputs[0]?.name, 'dense_1', 'the last model stays');
  await drop(page, files.toReversed());
  await alert.waitFor({ state: 'hidden' });
  await checkConvolution(scope);

  // Playwright leaves the dialog of Firefox's file inputs open, so that they open none another time.
  await open();
  await chooseModel(page, files);
  await page
    .getByRole('heading', { name: 'data-files.onnx' })
    .or(page.getByText('data-files.onnx'))
    .first()
    .waitFor();
  await checkConvolution(scope);
});

browserTest('weights in files of their own are given by name', async ({ openBare }) => {
  const scope = await openBare();
  const given = await scope.evaluate(async (element, files) => {
    const { 'data-files.onnx': model = new Uint8Array(), ...data } = files;
    const scope = /** @type {import('./support/contract.js').ConvScope} */ (element);
    /** @type {string[]} */
    const failures = [];
    for (const wrong of [{}, null, { 'data-files.onnx.data': 1 }, [new Blob()]]) {
      await scope.openModel(model.buffer, null, wrong).catch(({ code }) => failures.push(code));
    }
    await scope.openModel(model.buffer, null, data);
    return failures;
  }, DATA_FILES);
  assert.deepEqual(given, ['bad-model', 'bad-input', 'bad-input', 'bad-input']);
  await checkConvolution(scope);
});

/**
 * The convolution of data-files.onnx has its weights.
 *
 * @param {Locator} scope
 */
async function checkConvolution(scope) {
  const { inputs, outputs } = JSON.parse(
    Buffer.from(readProjectFile('tests/model/data-files.json')).toString(),
  );
  await call(scope, 'setInput', [inputs]);
  const { data } = await activation(scope, 'conv');
  const expected = /** @type {number[]} */ (outputs.conv.data);
  assert.equal(data.length, expected.length);
  const isOff = (/** @type {number} */ value, /** @type {number} */ index) =>
    !(Math.abs(Number(data[index]) - value) <= 1e-5);
  assert.equal(expected.find(isOff), undefined);
}
