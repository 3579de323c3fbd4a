/** The site as it is published: installable, kept for when there is no network, and of one version always. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { browserTest, ready, useBrowser } from './support/browser.js';
import { serve } from '../../tools/serve.mjs';
import { joinSite, makeInstallable } from '../../tools/site.mjs';
import { readProjectFile } from './support/files.js';
import { parts } from './support/parts.js';
import { openWell } from './support/scope.js';

/** @typedef {import('playwright-core').Page} Page */

useBrowser();

browserTest(
  'the site works offline after the first visit, and changes from version to version as a whole',
  async ({ page }) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'convscope-'));
    const site = path.join(folder, 'sub', 'path');
    await makeVersion(site, 'A');
    await makeVersion(path.join(folder, 'next'), 'B');
    writeFileSync(
      path.join(folder, 'plain.html'),
      '<!doctype html><link rel="icon" href="data:," />',
    );
    let server = await serve(folder);
    const outside = server.url;
    const address = `${outside}sub/path/`;
    try {
      await open(page, address);
      await page.evaluate(() => navigator.serviceWorker.ready);
      // What is kept is enough for all but other models.
      await server.close();
      await open(page, `${address}?image=samples/koala.jpg`);
      assert.deepEqual(await versions(page), { page: 'A', module: 'A', style: 'A' });
      await open(
        page,
        `${address}embed.html?model=models/cats-vs-dogs.onnx&image=samples/koala.jpg`,
      );
      assert.equal(await status(page, 'models/digits.onnx'), 0);
      // What the rest of the engine is needed for.
      const bytes = readProjectFile('tests/preprocessing/decoding/animated.gif');
      await openWell(page.locator('conv-scope'), 'openImage', { bytes });

      server = await serve(folder, Number(new URL(outside).port));
      assert.equal(server.url, outside);
      assert.equal(await status(page, 'models/digits.onnx'), 200);
      renameSync(site, path.join(folder, 'former'));
      renameSync(path.join(folder, 'next'), site);
      await open(page, address);
      await page.evaluate(waitingVersion);
      // The version that is open stays, also for pages that are opened beside, and never gets a file of the other one.
      const beside = await page.context().newPage();
      await open(beside, `${address}index.html?view=layer`);
      assert.deepEqual(await versions(beside), { page: 'A', module: 'A', style: 'A' });
      assert.equal(await status(beside, 'models/digits.onnx'), 200);
      assert.equal(await status(beside, 'models/efficientnet-lite0.onnx'), 0);
      await beside.close();

      // Without pages, the other version takes its place.
      await page.goto(`${outside}plain.html`);
      await page.evaluate(activeVersion, address);
      assert.equal((await page.evaluate(() => caches.keys())).length, 1);
      await server.close();
      await open(page, address);
      assert.deepEqual(await versions(page), { page: 'B', module: 'B', style: 'B' });
    } finally {
      await server.close();
      rmSync(folder, { recursive: true });
    }
  },
  {
    only: 'chromium',
    // Without a network the browser cannot look for another version, and what is not kept cannot be had.
    expected: [/ERR_FAILED.*digits\.onnx/, /digits\.onnx net::ERR_FAILED/],
  },
);

/**
 * A version of the site, whose files say which one it is.
 *
 * @param {string} folder
 * @param {string} version
 */
async function makeVersion(folder, version) {
  await joinSite(folder, parts);
  appendFileSync(path.join(folder, 'index.html'), `<!-- ${version} -->`);
  change(folder, 'index', `\ndocument.body.dataset.version = '${version}';`);
  change(folder, 'style', `\nbody { --version: ${version}; }`);
  for (const name of ['digits', 'efficientnet-lite0']) {
    appendFileSync(path.join(folder, `models/${name}.onnx`), version);
  }
  makeInstallable(folder);
}

/**
 * Changes an asset, and its name with it.
 *
 * @param {string} folder
 * @param {string} stem its name without the hash
 * @param {string} addition
 */
function change(folder, stem, addition) {
  const assets = path.join(folder, 'assets');
  const name = readdirSync(assets).find((name) => name.startsWith(`${stem}-`));
  assert(name);
  const digest = createHash('sha256').update(addition).digest('hex').slice(0, 8);
  const changed = name.replace(/-\w+/, `-${digest}`);
  appendFileSync(path.join(assets, name), addition);
  renameSync(path.join(assets, name), path.join(assets, changed));
  for (const place of [folder, assets]) {
    for (const file of readdirSync(place).filter((file) => /\.(html|js)$/.test(file))) {
      const text = readFileSync(path.join(place, file), 'utf8');
      writeFileSync(path.join(place, file), text.replaceAll(name, changed));
    }
  }
}

/**
 * @param {Page} page
 * @param {string} url
 */
async function open(page, url) {
  await page.goto(url);
  await ready(page.locator('conv-scope'));
}

/**
 * Which versions a page is of.
 *
 * @param {Page} page
 */
function versions(page) {
  return page.evaluate(async () => ({
    page: /<!-- (.) -->/.exec(await (await fetch(location.href)).text())?.[1],
    module: document.body.dataset['version'],
    style: getComputedStyle(document.body).getPropertyValue('--version').trim(),
  }));
}

/**
 * What the answer to a page's request is, 0 if there is none.
 *
 * @param {Page} page
 * @param {string} name
 */
function status(page, name) {
  return page.evaluate(async (name) => {
    try {
      return (await fetch(name)).status;
    } catch {
      return 0;
    }
  }, name);
}

/** Resolves when another version has been downloaded. */
async function waitingVersion() {
  const registration = await navigator.serviceWorker.ready;
  await registration.update();
  if (registration.waiting) return;
  const { installing } = registration;
  if (!installing) throw new Error('there is no other version');
  await new Promise((resolve, reject) => {
    installing.addEventListener('statechange', () => {
      if (installing.state === 'installed') resolve(undefined);
      else if (installing.state === 'redundant') reject(new Error('it cannot be had'));
    });
  });
}

/**
 * Resolves when that has taken the place of the former one.
 *
 * @param {string} scope
 */
async function activeVersion(scope) {
  const registration = await navigator.serviceWorker.getRegistration(scope);
  const worker = registration?.waiting ?? registration?.active;
  if (!worker) throw new Error('there is no version');
  if (worker.state === 'activated') return;
  await new Promise((resolve) => {
    worker.addEventListener('statechange', () => {
      if (worker.state === 'activated') resolve(undefined);
    });
  });
}
