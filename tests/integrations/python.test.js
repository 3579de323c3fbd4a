/** The Python package: its own tests, and the pages that it makes. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { notices } from '../../tools/notices.mjs';
import { firstContent, makeTemplate } from '../../tools/single-file.mjs';
import { fillTemplate } from '../../www/js/page/single-file.js';
import { strings } from '../../www/js/page/strings.js';
import { browserTest, ready, useBrowser } from '../e2e/support/browser.js';
import { activation, render } from '../e2e/support/scope.js';
import { root } from '../e2e/support/site.js';
import { installWheel, python } from './wheel.js';

const KITTEN = `"models/cats-vs-dogs.onnx", "www/samples/kitten.jpg"`;

/** @type {{ folder: string, packages: string }} */
let installed;

useBrowser();
before(async () => {
  installed = await installWheel();
});
after(() => rmSync(installed.folder, { recursive: true }));

test('its own tests pass', () => {
  run('-m', 'unittest', 'discover', '--start-directory', 'integrations/python/tests');
});

test('it is formatted, and ruff finds nothing', () => {
  run('-m', 'ruff', 'format', '--no-cache', '--check', 'integrations/python');
  run('-m', 'ruff', 'check', '--no-cache', 'integrations/python');
});

test('it knows the element’s views and colour maps', () => {
  const look = JSON.parse(
    run(
      '-c',
      'import json, convscope.look as look; print(json.dumps([look.VIEWS, look.COLORMAPS]))',
    ),
  );
  const { sequential, diverging } = strings.colormaps;
  assert.deepEqual(look, [
    Object.keys(strings.views),
    Object.keys({ ...sequential, ...diverging }),
  ]);
});

test('its page is the single file, byte for byte', async () => {
  const made = makePage(`convscope.to_html(${KITTEN})`);
  const { picture, ...content } = firstContent();
  assert(picture);
  // Of a file, no more is known.
  const named = { ...content, picture: { ...picture, credit: picture.name } };
  const filled = await fillTemplate(await makeTemplate(), named);
  const html = readFileSync(made, 'utf8');
  assert.equal(html, await filled.text());
  const [, zipped = ''] = /id="notices">([^<]*)</.exec(html) ?? [];
  assert.equal(gunzipSync(Buffer.from(zipped, 'base64')).toString(), notices());
});

browserTest(
  'its frame shows in a page on a disk what the site’s page shows',
  async ({ page, open }) => {
    const scope = await open();
    const look = /** @type {const} */ ({ view: 'layer', colormap: 'magma' });
    const scores = await activation(scope, 'dense_1');
    const drawing = await render(scope, 'conv2d_5', look);

    const expression = `convscope.to_html(${KITTEN}, layout="compact")`;
    const { href } = pathToFileURL(makePage(`convscope.Frame(${expression})._repr_html_()`));
    page.on('request', (request) => {
      const url = request.url();
      assert(url === href || /^(about|blob|data):/.test(url), url.slice(0, 200));
    });
    await page.goto(href);
    const framed = await ready(page.frameLocator('iframe').locator('conv-scope'));
    assert.deepEqual(await activation(framed, 'dense_1'), scores);
    assert.deepEqual(await render(framed, 'conv2d_5', look), drawing);
  },
);

/**
 * Has the package make a page.
 *
 * @param {string} expression of Python
 * @returns {string} where it lies
 */
function makePage(expression) {
  const file = path.join(installed.folder, 'page.html');
  const html = run('-c', `import convscope; print(${expression}, end="")`);
  writeFileSync(file, html);
  return file;
}

/** @param {string[]} options */
function run(...options) {
  const env = { ...process.env, PYTHONPATH: installed.packages, PYTHONDONTWRITEBYTECODE: '1' };
  return execFileSync(python, options, {
    cwd: root,
    env: { ...env, PYTHONIOENCODING: 'utf-8' },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
}
