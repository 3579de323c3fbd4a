/** The site as it is published: few files with hashes in their names behind entries at the addresses that others use. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { LICENCES } from '../../tools/notices.mjs';
import { serve } from '../../tools/serve.mjs';
import { compress, joinSite, makeInstallable } from '../../tools/site.mjs';
import { browserTest, ready, useBrowser } from '../e2e/support/browser.js';
import { decodePng } from '../e2e/support/files.js';
import { parts } from '../e2e/support/parts.js';
import { activation } from '../e2e/support/scope.js';
import { policyFor, root, servePage, serveToOtherOrigins } from '../e2e/support/site.js';

const ENGINES = ['convscope_relaxed_bg.wasm', 'convscope_bg.wasm'];

const folder = mkdtempSync(path.join(tmpdir(), 'convscope-site-'));
const site = path.join(folder, 'sub', 'path');
/** @type {Awaited<ReturnType<typeof serve>>} */
let server;
/** Where the site is, ending in a slash. */
let address = '';

useBrowser();
before(async () => {
  await joinSite(site, parts);
  makeInstallable(site);
  server = await serve(folder);
  address = `${server.url}sub/path/`;
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

test('what assets are named after is in them, and what names them finds them', () => {
  const assets = readdirSync(path.join(site, 'assets'));
  assert(assets.length > 5);
  for (const name of assets) {
    assert.match(name, /^\w+(-\w+)*-\w{8,}\.(css|js|txt|wasm)$/);
    // esbuild has a hash of its own.
    if (name.startsWith('chunk-')) continue;
    const digest = createHash('sha256').update(readFileSync(path.join(site, 'assets', name)));
    assert(name.includes(`-${digest.digest('hex').slice(0, 10)}.`), name);
  }
  const pages = ['index.html', 'embed.html', 'convscope.js', 'engine.js'];
  for (const name of [...pages, ...assets.filter((name) => name.endsWith('.js')).map(inAssets)]) {
    const text = readFileSync(path.join(site, name), 'utf8');
    const named = [...text.matchAll(/["'](\.{0,2}\/?(?:assets\/)?[\w-]+-\w{8,}\.\w+)["']/g)];
    for (const [, found = ''] of named) {
      assert(existsSync(path.join(site, path.dirname(name), found)), `${name}: ${found}`);
    }
    if (pages.includes(name)) assert(named.length > 0, name);
  }
});

test('a change has other names for what it changes, and for nothing else', async () => {
  const names = (/** @type {string} */ site) => readdirSync(path.join(site, 'assets'));
  const again = path.join(folder, 'again');
  await joinSite(again, parts);
  assert.deepEqual(names(again), names(site));

  const engine = path.join(folder, 'engine');
  mkdirSync(engine);
  for (const name of [...ENGINES, 'convscope_rest.wasm', 'single-file.txt']) {
    writeFileSync(path.join(engine, name), 'another');
  }
  const other = path.join(folder, 'other');
  await joinSite(other, engine);
  const same = names(other).filter((name) => names(site).includes(name));
  assert.deepEqual(
    same.map((name) => name.replace(/-\w+\./, '.')),
    ['chunk.js', 'embed.css', 'style.css'],
  );
});

browserTest('the page shows the same, of few files, under the same policy', async (visit) => {
  const { page, open } = visit;
  const scores = await activation(await open(), 'dense_1');
  /** @type {string[]} */
  const scripts = [];
  page.on('request', (request) => {
    assert(request.url().startsWith(address) || request.url().startsWith('blob:'), request.url());
    if (request.url().endsWith('.js')) scripts.push(request.url().slice(address.length));
  });
  await page.goto(address);
  const scope = await ready(page.locator('conv-scope'));
  assert.deepEqual(await activation(scope, 'dense_1'), scores);
  const loaded = scripts.filter((name) => name !== 'service-worker.js');
  assert(loaded.length < 8, loaded.join());
  assert(loaded.every((name) => name.startsWith('assets/')));

  const policy = (/** @type {string} */ html) => /content="(default-src[^"]*)"/.exec(html)?.[1];
  for (const name of ['index.html', 'embed.html']) {
    const published = readFileSync(path.join(site, name), 'utf8');
    assert(policy(published));
    assert.equal(policy(published), policy(readFileSync(path.join(root, 'www', name), 'utf8')));
    assert(!/<script(?![^>]* src=)|\son\w+=|<style/.test(published), 'something is inline');
  }
});

browserTest(
  'its foot leads to the licences of what it is made of',
  async ({ page }) => {
    // Browsers look for a text's icon at the root.
    await page.goto(address);
    await ready(page.locator('conv-scope'));
    await page.getByRole('link', { name: 'Licences' }).click();
    await page.getByText('The engine is compiled of these crates').waitFor();
    for (const name of LICENCES) {
      const text = readFileSync(path.join(root, name), 'utf8');
      assert.equal(readFileSync(path.join(site, name), 'utf8'), text);
      assert((await page.innerText('body')).includes(text.trim()), name);
    }
  },
  { expected: [/favicon\.ico/] },
);

browserTest(
  'browsers find that it can be installed, with icons of the sizes that it says',
  async ({ page }) => {
    await page.goto(address);
    const session = await page.context().newCDPSession(page);
    const { errors, data = '' } = await session.send('Page.getAppManifest');
    assert.deepEqual(errors, []);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    // Profiles of tests are private ones.
    const found = installabilityErrors.map(({ errorId }) => errorId);
    assert.deepEqual(found, ['in-incognito']);
    /** @type {{ icons: { src: string, type: string, sizes: string, purpose?: string }[] }} */
    const { icons } = JSON.parse(data);
    for (const { src, sizes } of icons.filter(({ type }) => type === 'image/png')) {
      const { width, height } = decodePng(readFileSync(path.join(site, src)));
      assert.equal(`${width}x${height}`, sizes);
    }
    assert(icons.some(({ purpose }) => purpose === 'maskable'));
  },
  { only: 'chromium' },
);

browserTest('pages of other origins use its entries', async ({ page }) => {
  const open = await serveToOtherOrigins(address);
  const origin = new URL(open.url).origin;
  const lesson = await servePage(
    `<!doctype html>
    <html lang="en">
      <title>A lesson</title>
      <link rel="icon" href="data:,">
      <script type="module" src="${open.url}convscope.js"></script>
      <conv-scope model="${open.url}models/digits.onnx" image="${open.url}samples/koala.jpg"></conv-scope>
      <iframe src="${open.url}embed.html?model=models/digits.onnx&image=samples/koala.jpg&origin=ORIGIN"></iframe>
    </html>`,
    { 'content-security-policy': policyFor(origin) },
  );
  try {
    await page.goto(lesson.url);
    const { shape, data } = await activation(await ready(page.locator('conv-scope')), 'conv1');
    assert.deepEqual(shape, [1, 16, 28, 28]);
    const framed = await page.evaluate(async (host) => {
      const { EmbeddedScope } = /** @type {typeof import('../../www/host.js')} */ (
        await import(host)
      );
      const frame = /** @type {HTMLIFrameElement} */ (document.querySelector('iframe'));
      frame.src = frame.src.replace('ORIGIN', location.origin);
      await new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }));
      const embedded = new EmbeddedScope(frame);
      await embedded.call('ready');
      return (await embedded.call('activation', 'conv1')).data;
    }, `${open.url}host.js`);
    assert.deepEqual(framed, data);
    const alone = await page.evaluate(async (base) => {
      const { Engine } = /** @type {typeof import('../../www/engine.js')} */ (
        await import(`${base}engine.js`)
      );
      const read = async (/** @type {string} */ name) => (await fetch(base + name)).arrayBuffer();
      const engine = await Engine.load();
      const manifest = JSON.parse(new TextDecoder().decode(await read('models/digits.json')));
      engine.openModel(await read('models/digits.onnx'), { manifest });
      engine.openImage(await read('samples/koala.jpg'));
      engine.run();
      return engine.activation('conv1').data;
    }, open.url);
    assert.deepEqual(alone, data);
  } finally {
    await lesson.close();
    await open.close();
  }
});

browserTest('its examples work', async ({ page }) => {
  await page.goto(`${address}examples/post.html`);
  await ready(page.locator('conv-scope').first());
});

browserTest(
  'the page saves itself, which works without a site',
  async ({ page }) => {
    await page.goto(address);
    const scores = await activation(await ready(page.locator('conv-scope')), 'dense_1');
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export…' }).click();
    await page.getByRole('button', { name: 'Save as a single file' }).click();
    const saved = path.join(folder, 'saved.html');
    await (await downloading).saveAs(saved);
    await page.goto(`file://${saved}`);
    assert.deepEqual(await activation(await ready(page.locator('conv-scope')), 'dense_1'), scores);
  },
  { only: 'chromium' },
);

test('files are compressed beside themselves where that makes them smaller', async () => {
  const some = path.join(folder, 'some');
  mkdirSync(some);
  const text = 'the same, and again '.repeat(100);
  for (const [name, contents] of Object.entries({ 'a.js': text, 'b.js': '1', 'c.jpg': text })) {
    writeFileSync(path.join(some, name), contents);
  }
  await compress(some);
  assert.deepEqual(readdirSync(some), ['a.js', 'a.js.br', 'a.js.gz', 'b.js', 'c.jpg']);
  const read = (/** @type {string} */ name) => readFileSync(path.join(some, name));
  assert.equal(brotliDecompressSync(read('a.js.br')).toString(), text);
  assert.equal(gunzipSync(read('a.js.gz')).toString(), text);
});

/** @param {string} name */
function inAssets(name) {
  return `assets/${name}`;
}
