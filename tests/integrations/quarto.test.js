/**
 * Quarto's shortcode: run by pandoc as Quarto runs it. Quarto itself, which no package registry has, is not part of the
 * tests: quarto.lua takes its place.
 */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { browserTest, ready, useBrowser } from '../e2e/support/browser.js';
import { readProjectFile } from '../e2e/support/files.js';
import { canvasPixels, render } from '../e2e/support/scope.js';
import { root } from '../e2e/support/site.js';

const extension = 'integrations/quarto/_extensions/convscope';
/** A shortcode, and in it a value, perhaps with a key. */
const SHORTCODE = /\{\{< convscope (.*?) >\}\}/g;
const PARAMETER = /(?:([\w-]+)=)?(?:"([^"]*)"|([^\s"]+))/g;

useBrowser();

browserTest('a document shows the layers that it names', async ({ page, project }) => {
  const html = convert(text('www/examples/quarto.qmd'), 'html');
  await page.route('**/examples/quarto.html', (route) =>
    route.fulfill({ contentType: 'text/html; charset=utf-8', body: html }),
  );
  await page.goto(`${project}www/examples/quarto.html`);
  const scopes = page.locator('conv-scope');
  assert.equal(await scopes.count(), 2);
  assert.equal(await page.locator('script[src="../convscope.js"]').count(), 1);

  const first = await ready(scopes.first());
  const drawn = await render(first, 'conv2d_4', { channels: [0, 1, 2, 3, 4, 5, 6, 7] });
  assert.deepEqual(await canvasPixels(first.getByRole('img', { name: /^conv2d_4:/ })), drawn);

  const second = await ready(scopes.nth(1));
  const deeper = await render(second, 'conv2d_7', { view: 'layer' });
  await second.scrollIntoViewIfNeeded();
  assert.deepEqual(await canvasPixels(second.getByRole('img', { name: /^conv2d_7:/ })), deeper);
  assert.equal(await second.evaluate((element) => element.clientHeight), 600);
});

browserTest('what strangers name stays a name', async ({ page, project }) => {
  const hostile = `</conv-scope><script>hostile&quot;'>&amp;`;
  const html = convert(
    `{{< convscope model="${hostile}" layer="${hostile}" site="${hostile}" >}}`,
    'html',
  );
  await page.route('**/*', (route) => {
    const isScript = route.request().resourceType() === 'script';
    const contentType = isScript ? 'text/javascript' : 'text/html; charset=utf-8';
    return route.fulfill({ contentType, body: isScript ? '' : html });
  });
  await page.goto(`${project}www/examples/quarto.html`);
  const attributes = await page.locator('conv-scope').evaluate((element) => ({
    model: element.getAttribute('model'),
    layer: element.getAttribute('layer'),
  }));
  assert.deepEqual(attributes, { model: hostile, layer: hostile });
  const sources = await page
    .locator('script')
    .evaluateAll((scripts) => scripts.map((script) => script.getAttribute('src')));
  assert.deepEqual(sources, [`${hostile}/convscope.js`]);
});

test('in a line it is inline, in slides too, with values that Quarto has parsed', () => {
  for (const options of [{}, { parsed: true }]) {
    const html = convert('See {{< convscope model=a.onnx >}} here.', 'revealjs', options);
    const element = '<conv-scope style="display: block" model="a.onnx"></conv-scope>';
    assert(html.includes(`<p>See ${element} here.</p>`), html);
    assert(html.includes('<script type="module" src="convscope/convscope.js"></script>'));
  }
});

test('where no script runs there is the poster, a link or a name', () => {
  const shortcode = '{{< convscope model="a b.onnx" layer=relu_3 >}}';
  assert.equal(plain(convert(shortcode, 'markdown')), 'relu_3 of a b.onnx');
  const site = 'https://example.org/convscope/';
  assert.equal(
    plain(convert(shortcode, 'markdown', { site })),
    '[relu_3 of a b.onnx](https://example.org/convscope/index.html?model=a%20b.onnx&layer=relu_3)',
  );
  const withPoster = '{{< convscope model=a.onnx poster=layer.png alt="A layer" >}}';
  assert.equal(plain(convert(withPoster, 'markdown')), '![A layer](layer.png)');
  assert.match(
    convert(withPoster, 'latex', { site }),
    /\\href\{https:.*\\includegraphics\{layer.png\}/s,
  );
});

test('errors say what is wrong', () => {
  for (const [shortcode, message] of /** @type {const} */ ([
    ['image=cat.jpg', /the model is missing: model="net.onnx"/],
    ['model=a.onnx zoom=2', /there is no option "zoom": the options are model, manifest, image/],
    ['a.onnx', /"a.onnx" has no name: write name=value/],
    [
      'model=a.onnx height="1px;color:red"',
      /a height is a number of pixels or a length.*color:red/,
    ],
  ])) {
    const { status, stderr } = run(`{{< convscope ${shortcode} >}}`, 'html');
    assert.notEqual(status, 0);
    assert.match(stderr.replaceAll('\\"', '"'), message);
  }
});

/**
 * @typedef {object} Options
 * @property {string} [site]
 * @property {boolean} [parsed] whether values come as inlines, as they did in older versions
 */

/**
 * @param {string} document
 * @param {string} format pandoc's
 * @param {Options} [options]
 */
function convert(document, format, options) {
  const { status, stdout, stderr } = run(document, format, options);
  assert.equal(status, 0, stderr);
  return stdout;
}

/**
 * @param {string} document
 * @param {string} format
 * @param {Options} [options]
 */
function run(document, format, { site, parsed = false } = {}) {
  const marked = document.replace(SHORTCODE, (_, parameters) => toSpan(parameters, parsed));
  const filter = path.join(root, 'tests/integrations/quarto.lua');
  const metadata = site === undefined ? [] : [`---\nconvscope:\n  site: '${site}'\n---\n\n`];
  return spawnSync(
    'pandoc',
    [
      '--from',
      'markdown-smart',
      '--to',
      format,
      '--standalone',
      '--wrap',
      'none',
      '--lua-filter',
      filter,
    ],
    {
      input: metadata.concat(marked).join(''),
      env: { ...process.env, SHORTCODES: path.join(root, extension, 'convscope.lua') },
      encoding: 'utf8',
    },
  );
}

/**
 * What Quarto's reader makes of a shortcode: a span of spans.
 *
 * @param {string} parameters
 * @param {boolean} parsed
 */
function toSpan(parameters, parsed) {
  const spans = [...parameters.matchAll(PARAMETER)].map(([, key, quoted, bare]) => {
    const value = (quoted ?? bare ?? '').replaceAll('&', '&amp;');
    return `[]{${key ? `key="${key}" ` : ''}value="${value}"}`;
  });
  return `[${spans.join('')}]{.shortcode parsed="${parsed}"}`;
}

/** @param {string} file */
function text(file) {
  return new TextDecoder().decode(readProjectFile(file));
}

/** @param {string} document without what pandoc puts around it */
function plain(document) {
  return document.replace(/^---\n(.*?\n)?---\n/s, '').trim();
}
