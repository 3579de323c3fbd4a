/** The example notebook, run in JupyterLab. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { browserTest, ready, useBrowser } from '../e2e/support/browser.js';
import { activation, canvasPixels, input, render } from '../e2e/support/scope.js';
import { root } from '../e2e/support/site.js';
import { startJupyterLab } from './jupyter.js';
import { installWheel, python } from './wheel.js';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').Locator} Locator
 */

/** @type {{ folder: string, packages: string }} */
let installed;
/** What JupyterLab serves: the site, as far as the notebook uses it. @type {string} */
let site;
/** @type {Awaited<ReturnType<typeof startJupyterLab>> | undefined} */
let lab;

useBrowser();
before(async () => {
  installed = await installWheel();
  const { folder, packages } = installed;
  site = path.join(folder, 'site');
  mkdirSync(path.join(site, 'examples'), { recursive: true });
  for (const file of [
    'examples/notebook.ipynb',
    'models/cats-vs-dogs.onnx',
    'models/cats-vs-dogs.json',
    'samples/kitten.jpg',
  ]) {
    cpSync(path.join(root, 'www', file), path.join(site, file));
  }
  lab = await startJupyterLab(python, { folder: site, home: path.join(folder, 'home'), packages });
});
after(async () => {
  await lab?.close();
  rmSync(installed.folder, { recursive: true });
});

browserTest('a notebook shows what the site’s page shows, and saves it', async ({ page, open }) => {
  const scope = await open('?layer=conv2d_5');
  const scores = await activation(scope, 'dense_1');
  const drawing = await render(scope, 'conv2d_5', { view: 'book' });

  const [kitten, rings] = await runNotebook(page);
  await ready(kitten);
  await kitten.scrollIntoViewIfNeeded();
  assert.deepEqual(await activation(kitten, 'dense_1'), scores);
  const canvas = kitten.getByRole('img', { name: /^conv2d_5:/ });
  assert.deepEqual(await canvasPixels(canvas), drawing);

  await ready(rings);
  await rings.scrollIntoViewIfNeeded();
  const { data } = await input(rings);
  for (let row = 0; row < 150; row++) {
    const sine = Math.sin(Math.hypot(0.0 - 75, row - 75));
    const level = Math.round(((1 + sine) / 2) * 255) / 255;
    assert(Math.abs(Number(data[row * 150]) - level) < 1e-6, `row ${row}`);
  }
  await rings.getByRole('img', { name: /^conv2d_5:/ }).waitFor();

  await page.goto(pathToFileURL(path.join(site, 'examples/kitten.html')).href);
  const saved = await ready(page.locator('conv-scope'));
  assert.deepEqual(await activation(saved, 'dense_1'), scores);
});

browserTest('page and kernel tell each other what is chosen', async ({ page }) => {
  const [kitten] = await runNotebook(page);
  await ready(kitten);

  // What a reader chooses is told to the kernel.
  await kitten.getByRole('button', { name: 'Open conv2d_6' }).click();
  const told = await run(page, 'print(scope.layer, scope.channel, scope.prediction[0]["label"])');
  await told.getByText('conv2d_6 all cat', { exact: true }).waitFor();

  // What the kernel chooses is shown.
  await run(page, 'scope.channel = None; scope.view = "symmetric"; scope.layer = "conv2d_4"');
  await kitten.locator('xpath=self::*[@layer="conv2d_4"][@view="symmetric"]').waitFor();
  await run(page, 'scope.open_image(b"no picture")');
  await kitten.getByRole('alert').waitFor();
  const failure = await run(page, 'print(scope.error["code"])');
  await failure.getByText('bad-image', { exact: true }).waitFor();

  // JupyterLab takes no keys that are meant for the element: two of these would delete the cell.
  const cells = await page.locator('.jp-Notebook-cell').count();
  await kitten.getByRole('button', { name: 'Open conv2d_4' }).focus();
  await page.keyboard.type('dd');
  await run(page, 'print("still there")');
  assert.equal(await page.locator('.jp-Notebook-cell').count(), cells + 1);
});

browserTest('a cell awaits what the page has computed', async ({ page }) => {
  const [kitten] = await runNotebook(page);
  await ready(kitten);
  const scores = await activation(kitten, 'dense_1');

  // What the network computed is to be had in the cell that asks for it, in parts if it is large.
  const maps = await activation(kitten, 'conv2d_4');
  const digest = createHash('sha256').update(Float32Array.from(maps.data, Number)).digest('hex');
  const code = 'import hashlib; maps = await scope.activation("conv2d_4"); ';
  const read = await run(
    page,
    `${code}print(maps.shape, maps.dtype, hashlib.sha256(maps.tobytes()).hexdigest())`,
  );
  await read.getByText(`(1, 32, 148, 148) float32 ${digest}`).waitFor();
  const missing = await run(page, 'await scope.activation("relu_9")');
  await missing.getByText('ValueError').first().waitFor();

  // So it is of what that very cell has just begun to open.
  const made =
    'scope2 = convscope.Scope("../models/cats-vs-dogs.onnx", layout="full"); display(scope2); ';
  const opened = 'scope2.open_image("../samples/kitten.jpg"); ';
  const asked = `${made}${opened}print((await scope2.activation("dense_1")).item())`;
  const both = await run(page, asked);
  await both.getByText(String(scores.data[0]), { exact: true }).waitFor();

  // It saves itself as the site's page does.
  const full = page.locator('conv-scope').nth(2);
  const downloading = page.waitForEvent('download');
  await full.getByRole('button', { name: 'Export…' }).click();
  await full.getByRole('button', { name: 'Save as a single file' }).click();
  const taken = path.join(installed.folder, 'taken.html');
  await (await downloading).saveAs(taken);
  await page.goto(pathToFileURL(taken).href);
  const saved = await ready(page.locator('conv-scope'));
  assert.deepEqual(await activation(saved, 'dense_1'), scores);
});

/**
 * Opens the notebook and runs all of its cells.
 *
 * @param {Page} page
 * @returns {Promise<[Locator, Locator]>} its widgets
 */
async function runNotebook(page) {
  assert(lab);
  const { url } = lab;
  page.on('request', (request) => {
    assert(
      request.url().startsWith(url) || /^(blob|data|file):/.test(request.url()),
      request.url(),
    );
  });
  await page.goto(`${url}lab/tree/examples/notebook.ipynb`);
  await page.getByText('Python 3 (ipykernel) | Idle').waitFor();
  await page.getByRole('menuitem', { name: 'Run', exact: true }).click();
  await page.locator('[data-command="runmenu:run-all"]').click();
  const widgets = page.locator('conv-scope');
  return [widgets.first(), widgets.nth(1)];
}

/**
 * Runs code in a new cell at the end.
 *
 * @param {Page} page
 * @param {string} code on one line
 * @returns {Promise<Locator>} the cell
 */
async function run(page, code) {
  const cells = page.locator('.jp-Notebook-cell');
  const last = cells.nth((await cells.count()) - 1);
  await last.locator('.cm-content').click();
  for (const key of ['Escape', 'b', 'Enter']) await page.keyboard.press(key);
  const cell = cells.nth((await cells.count()) - 1);
  await page.keyboard.insertText(code);
  await page.keyboard.press('Control+Enter');
  return cell;
}
