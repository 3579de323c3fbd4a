/** What a page must not do with what is opened in it: pictures and models of the visitor's, names that strangers chose. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';
import { drop, namedFile } from './support/bringing.js';
import { makePng, readProjectFile } from './support/files.js';
import { writeModel } from './support/onnx.js';
import { activation, nextEvent } from './support/scope.js';
import { serveWith } from '../../tools/serve.mjs';

/** Markup that would tell of itself if it ever became elements. */
const MARKUP = '<img src="/stolen" onerror="alert(1)"><script>alert(2)</script>';

useBrowser();

browserTest('nothing of what a visitor opens leaves the page', async ({ page, project, open }) => {
  const scope = await open();
  /** @type {import('playwright-core').Request[]} */
  const requests = [];
  page.on('request', (request) => requests.push(request));
  page.on('websocket', (socket) => assert.fail(`a socket to ${socket.url()}`));
  const model = await readProjectFile('models/cats-vs-dogs.onnx');
  const passed = await nextEvent(scope, 'convscope-pass');
  await drop(page, [
    namedFile('secret.onnx', '', model),
    namedFile('secret.png', 'image/png', makePng(3)),
  ]);
  await passed();
  await page
    .getByText(/^secret/)
    .first()
    .waitFor();
  await activation(scope, 'dense_1');
  for (const request of requests) {
    const url = request.url();
    assert(url.startsWith('blob:') || url.startsWith(`${project}www/`), url);
    assert.equal(request.method(), 'GET');
    assert.equal(request.postData(), null);
    assert(!url.includes('secret'), url);
  }
});

browserTest(
  'what the query names is fetched without credentials',
  async ({ page, project, open }) => {
    /** @type {string[]} */
    const cookies = [];
    const served = new Map([
      ['/net.onnx', await readProjectFile('models/cats-vs-dogs.onnx')],
      ['/cat.jpg', await readProjectFile('www/samples/kitten.jpg')],
    ]);
    const other = await serveWith(({ url = '', headers }, response) => {
      cookies.push(headers.cookie ?? '');
      const body = served.get(url);
      response.writeHead(body ? 200 : 404, { 'access-control-allow-origin': '*' }).end(body);
    });
    try {
      // Cookies are those of a host, whatever the port.
      await page.context().addCookies([{ name: 'session', value: 'secret', url: project }]);
      await open(`?model=${other.url}net.onnx&image=${other.url}cat.jpg`);
      await page.getByAltText('Input').waitFor();
      assert(cookies.length >= 3);
      assert.deepEqual(
        cookies.filter((cookie) => cookie !== ''),
        [],
      );
    } finally {
      await other.close();
    }
  },
  { expected: [/404.*net\.json/] },
);

browserTest('names in models and manifests stay text', async ({ page, open }) => {
  page.on('dialog', (dialog) => assert.fail(`a script ran: ${dialog.message()}`));
  page.on('request', (request) => assert(!request.url().includes('stolen'), request.url()));
  const scope = await open();
  const output = `relu ${MARKUP}`;
  const bytes = writeModel({
    nodes: [
      { name: `node ${MARKUP}`, op: 'Relu', inputs: ['x'], outputs: [output] },
      { op: 'GlobalAveragePool', inputs: [output], outputs: ['mean'] },
      { op: 'Flatten', inputs: ['mean'], outputs: ['scores'] },
    ],
    inputs: [{ name: 'x', shape: [1, 3, 8, 8] }],
    outputs: [{ name: 'scores', shape: [1, 3] }],
  });
  const labels = ['a', 'b', 'c'].map((label) => `${label} ${MARKUP}`);
  const passed = await nextEvent(scope, 'convscope-pass');
  await scope.evaluate(
    (/** @type {import('./support/contract.js').ConvScope} */ element, { bytes, labels }) =>
      element.openModel(new Blob([bytes]), {
        version: 1,
        title: `title ${labels[0]}`,
        input: {
          name: 'x',
          layout: 'NCHW',
          width: 8,
          height: 8,
          fit: 'squash',
          resampling: 'bilinear',
          channels: 'rgb',
          scale: 1 / 255,
          mean: [0, 0, 0],
          std: [1, 1, 1],
        },
        prediction: { output: 'scores', kind: 'logits' },
        labels,
      }),
    { bytes, labels },
  );
  await passed();
  await page.getByText(`title ${labels[0]}`).first().waitFor();
  await page.getByRole('heading', { name: output }).first().waitFor();
  const made = await scope.evaluate(
    ({ shadowRoot }) => shadowRoot?.querySelectorAll('script, [onerror], [src*=stolen]').length,
  );
  assert.equal(made, 0);
});

browserTest(
  'the page forbids all scripts but its own',
  async ({ page, project, open }) => {
    await open();
    const policy = await page
      .locator('meta[http-equiv="Content-Security-Policy"]')
      .getAttribute('content');
    const directives = new Map(
      (policy ?? '').split(';').map((directive) => {
        const [name = '', ...values] = directive.trim().split(/\s+/);
        return [name, values.sort().join(' ')];
      }),
    );
    assert.equal(directives.get('default-src'), "'none'");
    assert.equal(directives.get('script-src'), "'self' 'wasm-unsafe-eval'");
    assert.equal(directives.get('style-src'), "'self'");
    assert.equal(directives.get('require-trusted-types-for'), "'script'");
    // It is in force.
    const refused = await page.evaluate(() => {
      try {
        new DOMParser().parseFromString('<b>bold</b>', 'text/html');
        return false;
      } catch (error) {
        return error instanceof TypeError;
      }
    });
    assert(refused);
    const html = await (await fetch(`${project}www/index.html`)).text();
    assert(
      !/<script(?![^>]* src=)|\son\w+=|<style/.test(html),
      'there is a script or style inline',
    );
  },
  { only: 'chromium', expected: [/TrustedHTML/] },
);
