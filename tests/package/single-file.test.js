/** The single file, opened from where it lies, with no server. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { firstContent, makeTemplate } from '../../tools/single-file.mjs';
import { fillTemplate } from '../../www/js/page/single-file.js';
import { browserTest, ready, useBrowser } from '../e2e/support/browser.js';
import { activation, render } from '../e2e/support/scope.js';

/** @typedef {import('playwright-core').Page} Page */

const folder = mkdtempSync(path.join(tmpdir(), 'convscope-single-file-'));
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

  const file = await openFile(page, await fillTemplate(template, firstContent()));
  assert.deepEqual(await activation(file, 'dense_1'), scores);
  assert.deepEqual(await render(file, 'conv2d_5', look), drawing);
  await page.getByRole('img', { name: /^conv2d_5:/ }).waitFor();
});

/**
 * Opens a file from a disk, which may load nothing but itself.
 *
 * @param {Page} page
 * @param {Blob} file
 */
async function openFile(page, file) {
  const saved = path.join(folder, 'convscope.html');
  writeFileSync(saved, Buffer.from(await file.arrayBuffer()));
  const { href } = pathToFileURL(saved);
  page.on('request', (request) => {
    const url = request.url();
    assert(url === href || /^(blob|data):/.test(url), url.slice(0, 200));
  });
  await page.goto(href);
  return ready(page.locator('conv-scope'));
}
