/** The single file, made by the build or saved by the page, opened from where it lies, with no server. */

import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { notices } from '../../tools/notices.mjs';
import { firstContent, makeTemplate } from '../../tools/single-file.mjs';
import { fillTemplate } from '../../www/js/page/single-file.js';
import { browserTest, ready, useBrowser } from '../e2e/support/browser.js';
import { drop, namedFile } from '../e2e/support/bringing.js';
import { readProjectFile } from '../e2e/support/files.js';
import { identityModel } from '../e2e/support/onnx.js';
import { activation, input, nextEvent, openWell, render } from '../e2e/support/scope.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('../e2e/support/contract.js').ConvScope} ConvScope
 */

const folder = mkdtempSync(path.join(tmpdir(), 'convscope-single-file-'));
/** Playwright does not tell of Firefox's downloads. */
const SAVING = /** @type {const} */ ({ only: 'chromium' });
/** @type {Blob} */
let template;

useBrowser();
before(async () => {
  template = await makeTemplate();
});
after(() => rmSync(folder, { recursive: true }));

browserTest('it shows from a disk what the site’s page shows', async ({ page, open }) => {
  const scope = await open();
  const look = /** @type {const} */ ({ view: 'channels' });
  const [scores, drawing] = [
    await activation(scope, 'dense_1'),
    await render(scope, 'conv2d_5', look),
  ];

  const saved = path.join(folder, 'convscope.html');
  const file = await fillTemplate(template, firstContent());
  writeFileSync(saved, Buffer.from(await file.arrayBuffer()));
  const opened = await openFile(page, saved);
  assert.deepEqual(await activation(opened, 'dense_1'), scores);
  assert.deepEqual(await render(opened, 'conv2d_5', look), drawing);
  await page.getByRole('img', { name: /^conv2d_5:/ }).waitFor();
  await page.getByText('Playing kitten by').waitFor();
  await checkNotices(page);
});

browserTest(
  'the page saves its model, its picture and how they are looked at',
  async ({ page, open }) => {
    const look = 'view=fixed&range=0,2&colormap=magma&layer=conv2d_5&channel=7&cell=3,14';
    const scope = await open(`?image=samples/koala.jpg&crop=100,40,300,220&${look}`);
    const [given, scores] = [await input(scope), await activation(scope, 'dense_1')];

    const saved = await save(page, 'cats-vs-dogs.html');
    const opened = await openFile(page, saved);
    await checkNotices(page);
    assert.deepEqual(await input(opened), given);
    assert.deepEqual(await activation(opened, 'dense_1'), scores);
    const attributes = await opened.evaluate((element) =>
      ['crop', 'view', 'range', 'colormap', 'layer', 'channel', 'cell'].map((name) =>
        element.getAttribute(name),
      ),
    );
    const expected = ['100,40,300,220', 'fixed', '0,2', 'magma', 'conv2d_5', '7', '3,14'];
    assert.deepEqual(attributes, expected);
    await page.getByText('Cats vs dogs').first().waitFor();
    await page.getByText('Koala by BurningWell').first().waitFor();

    // What it saves is itself.
    const again = await save(page, 'cats-vs-dogs.html');
    assert(readFileSync(again).equals(readFileSync(saved)));
    const link = page.getByRole('button', { name: 'Copy link', disabled: true });
    await link.press('Enter');
    await page.getByText('This page is a file and has no link').waitFor();
  },
  SAVING,
);

browserTest(
  'a model’s data files are saved along, fetched or given',
  async ({ page, project, openBare }) => {
    const folder = 'tests/e2e/models/';
    const fetched = await openBare();
    await openWell(fetched, 'openModel', { url: `${project}${folder}data-files.onnx` });
    const maps = await convolve(fetched);
    const opened = await openFile(page, await save(page, 'data-files.html'));
    assert.deepEqual(await activation(opened, 'conv'), maps);
    // Those of a file have no folder.
    const again = await openFile(page, await save(page, 'data-files.html'));
    assert.deepEqual(await activation(again, 'conv'), maps);

    const given = await openBare();
    const files = ['data-files.onnx', 'data-files.onnx.data', 'data files/kernel#1.bin'];
    await drop(
      page,
      files.map((name) => namedFile(path.basename(name), '', readProjectFile(folder + name))),
    );
    await page.getByText('data-files.onnx').first().waitFor();
    assert.deepEqual(await convolve(given), maps);
    const saved = await openFile(page, await save(page, 'data-files.html'));
    assert.deepEqual(await activation(saved, 'conv'), maps);
  },
  { ...SAVING, expected: [/404.*data-files\.json/] },
);

browserTest(
  'what has been set of the model is saved',
  async ({ page, open }) => {
    const scope = await open();
    await scope.evaluate(async (/** @type {ConvScope} */ element) => {
      await element.setPreprocessing({ preset: 'torchvision', fit: 'crop' });
      await element.setLabels(['a cat', 'a dog']);
    });
    const given = await input(scope);

    const opened = await openFile(page, await save(page, 'cats-vs-dogs.html'));
    assert.deepEqual(await input(opened), given);
    const manifest = await opened.evaluate(async (/** @type {ConvScope} */ element) =>
      JSON.parse(await (await element.exportManifest()).text()),
    );
    assert.equal(manifest.input.fit, 'crop');
    assert.deepEqual(manifest.labels, ['a cat', 'a dog']);
    await page
      .locator('convscope-prediction')
      .getByText(/^a (cat|dog)$/)
      .first()
      .waitFor();
  },
  SAVING,
);

browserTest(
  'a guess is saved as one',
  async ({ page, openBare }) => {
    const scope = await openBare();
    await openWell(scope, 'openModel', { bytes: identityModel([1, 3, 8, 8]) });
    await openWell(scope, 'openImage', { bytes: readProjectFile('www/samples/panda.jpg') });
    const given = await input(scope);
    const opened = await openFile(page, await save(page, 'model.html'));
    assert.deepEqual(await input(opened), given);
    await page.getByText('guess', { exact: true }).first().waitFor();
  },
  SAVING,
);

browserTest(
  'drawings, pixels and tensors are saved',
  async ({ page, open, openBare }) => {
    const pad = await open('?model=models/digits.onnx');
    const drawn = await nextEvent(pad, 'convscope-pass');
    await page.getByRole('button', { name: 'Draw a 7' }).click();
    await drawn();
    const drawing = await input(pad);
    assert.deepEqual(await input(await openFile(page, await save(page, 'digits.html'))), drawing);

    const bare = await openBare();
    await openWell(bare, 'openModel', { bytes: identityModel([1, 3, 6, 5]) });
    await bare.evaluate(async (/** @type {ConvScope} */ element) => {
      // Of little opacity, which a canvas would round.
      const data = Uint8ClampedArray.from({ length: 120 }, (_, index) => (index * 37) % 256);
      await element.openImage(new ImageData(data, 5, 6));
    });
    const pixels = await input(bare);
    const opened = await openFile(page, await save(page, 'model.html'));
    assert.deepEqual(await input(opened), pixels);
    assert.deepEqual(await input(await openFile(page, await save(page, 'model.html'))), pixels);

    const fed = await openBare();
    await openWell(fed, 'openModel', { bytes: identityModel([1, 3, 6, 5]) });
    await fed.evaluate(async (/** @type {ConvScope} */ element) => {
      const data = Float32Array.from({ length: 90 }, (_, index) => index - 7.25);
      data[3] = Infinity;
      const tensors = { input: { shape: [1, 3, 6, 5], data } };
      await element.setInput(tensors);
      data.fill(0);
    });
    const tensor = await input(fed);
    assert.equal(tensor.data[3], Infinity);
    assert.deepEqual(await input(await openFile(page, await save(page, 'model.html'))), tensor);
  },
  SAVING,
);

browserTest(
  'tensors beside the picture are saved',
  async ({ page, openBare }) => {
    const scope = await openBare();
    await openWell(scope, 'openModel', { bytes: readProjectFile('tests/scope/masked.onnx') });
    await openWell(scope, 'openImage', { bytes: readProjectFile('www/samples/panda.jpg') });
    await scope.evaluate(async (/** @type {ConvScope} */ element) => {
      await element.setPreprocessing({ width: 6, height: 5 });
      const mask = { shape: [1, 1, 5, 6], data: new Float32Array(30).fill(0.5) };
      await element.setInput({ 'is masked': { shape: [], data: [1] }, mask });
    });
    const chosen = await activation(scope, 'chosen');

    const opened = await openFile(page, await save(page, 'model.html'));
    await page.getByText('set by you').first().waitFor();
    assert.deepEqual(await activation(opened, 'chosen'), chosen);
  },
  SAVING,
);

browserTest(
  'without a template the page says so, and goes on',
  async ({ page, open }) => {
    const scope = await open();
    await page.route(/single-file/, (route) => route.fulfill({ status: 404 }));
    await page.getByRole('button', { name: 'Export…' }).click();
    await page.getByRole('button', { name: 'Save as a single file' }).click();
    const dialog = page.getByRole('dialog', { name: 'Export' });
    await dialog.getByText(/^Cannot download .*single-file.*404/).waitFor();
    await dialog.getByRole('button', { name: 'Copy BibTeX' }).click();
    await page.keyboard.press('Escape');
    assert.equal((await activation(scope, 'dense_1')).data.length, 1);
  },
  { ...SAVING, expected: [/404/] },
);

/**
 * The feature maps of data-files.onnx, of the tensors that tests/model has for it.
 *
 * @param {Locator} scope
 */
async function convolve(scope) {
  const text = Buffer.from(readProjectFile('tests/model/data-files.json')).toString();
  await scope.evaluate(
    (/** @type {ConvScope} */ element, inputs) => element.setInput(inputs),
    JSON.parse(text).inputs,
  );
  return activation(scope, 'conv');
}

/**
 * At the foot of the page there are the licences of what is inside.
 *
 * @param {Page} page
 */
async function checkNotices(page) {
  const foot = page.getByRole('contentinfo');
  await foot.getByText('Licences', { exact: true }).click();
  await foot.getByText('The engine is compiled of these crates').waitFor();
  assert.equal(await foot.locator('pre').textContent(), notices());
}

/**
 * Saves the page.
 *
 * @param {Page} page
 * @param {string} name that the file should have
 * @returns {Promise<string>} where it is
 */
async function save(page, name) {
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export…' }).click();
  await page.getByRole('button', { name: 'Save as a single file' }).press('Enter');
  const download = await downloading;
  assert.equal(download.suggestedFilename(), name);
  const status = page.getByRole('dialog').getByRole('status');
  await status.getByText(`Saved as ${name}`).waitFor();
  await page.keyboard.press('Escape');
  const saved = path.join(mkdtempSync(path.join(folder, 'saved-')), name);
  copyFileSync(await download.path(), saved);
  return saved;
}

/**
 * Opens a file from a disk, which may load nothing but itself.
 *
 * @param {Page} page
 * @param {string} file
 * @returns {Promise<Locator>} the element, once its first pass is drawn
 */
async function openFile(page, file) {
  const { href } = pathToFileURL(file);
  /** @param {import('playwright-core').Request} request */
  const check = (request) => {
    const url = request.url();
    assert(url === href || /^(blob|data):/.test(url), url.slice(0, 200));
  };
  page.on('request', check);
  await page.goto(href);
  const scope = await ready(page.locator('conv-scope'));
  page.off('request', check);
  return scope;
}
