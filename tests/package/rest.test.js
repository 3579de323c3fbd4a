/** The rest of the published engine, which comes when it is needed, or before. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { serve } from '../../tools/serve.mjs';
import { joinSite } from '../../tools/site.mjs';
import { browserTest, gate, ready, useBrowser } from '../e2e/support/browser.js';
import { readProjectFile } from '../e2e/support/files.js';
import { writeModel } from '../e2e/support/onnx.js';
import { parts } from '../e2e/support/parts.js';
import { activation, input, nextEvent, open, openWell } from '../e2e/support/scope.js';
import { policyFor, servePage, serveToOtherOrigins } from '../e2e/support/site.js';

/** @typedef {import('playwright-core').Page} Page */

const REST = /\/assets\/convscope_rest-\w+\.wasm$/;
/** What the engine is not published with. */
const GIF = { bytes: readProjectFile('tests/preprocessing/decoding/animated.gif') };
const RARE = {
  bytes: writeModel({
    nodes: [{ op: 'Sinh', inputs: ['input'], outputs: ['sinh'] }],
    inputs: [{ name: 'input', shape: [1, 3, 8, 8] }],
    outputs: [{ name: 'sinh', shape: [1, 3, 8, 8] }],
  }),
};

const folder = mkdtempSync(path.join(tmpdir(), 'convscope-rest-'));
/** @type {Awaited<ReturnType<typeof serve>>} */
let server;

useBrowser();
before(async () => {
  await joinSite(folder, parts);
  server = await serve(folder);
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

browserTest('it comes once, and what is seen does not wait for it', async ({ page }) => {
  const { requests, letThrough } = await holdFirst(page);
  await page.goto(server.url);
  const scope = await ready(page.locator('conv-scope'));
  await page.getByRole('img', { name: /^conv2d_4:/ }).waitFor();
  letThrough();
  const times = await page.workers()[0]?.evaluate(async () => {
    // What the engine asks for it with, until it is there.
    while ('loadRestOfConvscope' in self) await new Promise((resolve) => setTimeout(resolve));
    const entries = /** @type {PerformanceResourceTiming[]} */ (
      performance.getEntriesByType('resource')
    );
    const find = (/** @type {RegExp} */ name) => entries.find((entry) => name.test(entry.name));
    return { model: find(/\.onnx$/)?.responseEnd, rest: find(/convscope_rest/)?.startTime };
  });
  assert(times?.model && times.rest && times.model < times.rest, 'it is asked for after the model');
  await openWell(scope, 'openImage', GIF);
  await openWell(scope, 'openModel', RARE);
  assert.equal(requests.length, 1);
});

browserTest('until it is there, what needs it waits for it', async ({ page }) => {
  const { requests, letThrough } = await holdFirst(page);
  await page.goto(server.url);
  const scope = await ready(page.locator('conv-scope'));
  await openWell(scope, 'openModel', RARE);
  assert.equal(requests.length, 2);
  const { data } = await input(scope);
  const { data: computed } = await activation(scope, 'sinh');
  assert(
    data.every(
      (value, index) => Math.abs(Math.sinh(Number(value)) - Number(computed[index])) < 1e-5,
    ),
  );
  letThrough();
  await openWell(scope, 'openImage', GIF);
  assert.equal(requests.length, 2);
});

browserTest(
  'if it cannot be had, what needs it fails and the page goes on',
  async ({ page }) => {
    await page.route(REST, (route) => route.abort('connectionfailed'));
    await page.goto(server.url);
    const scope = await ready(page.locator('conv-scope'));
    const good = await activation(scope, 'dense_1');
    const restored = await nextEvent(scope, 'convscope-pass');
    const failure = await open(scope, 'openImage', GIF);
    assert.equal(failure?.code, 'network');
    assert.match(failure.message, /cannot download .*convscope_rest/);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.equal(await alert.getAttribute('data-code'), 'network');
    await restored();
    assert.deepEqual(await activation(scope, 'dense_1'), good);
    await page.unroute(REST);
    await openWell(scope, 'openImage', GIF);
  },
  { expected: [/convscope_rest/] },
);

browserTest('pages of other origins get it, too', async ({ page }) => {
  const { url, close } = await serveToOtherOrigins(server.url);
  const { origin } = new URL(url);
  const lesson = await servePage(
    `<!doctype html>
    <html lang="en">
      <title>A lesson</title>
      <link rel="icon" href="data:,">
      <script type="module" src="${url}convscope.js"></script>
      <conv-scope model="${url}models/digits.onnx" image="${url}samples/koala.jpg"></conv-scope>
    </html>`,
    { 'content-security-policy': policyFor(origin) },
  );
  const { requests, letThrough } = await holdFirst(page);
  try {
    await page.goto(lesson.url);
    const scope = await ready(page.locator('conv-scope'));
    await openWell(scope, 'openImage', GIF);
    assert.equal(requests.length, 2);
    letThrough();
  } finally {
    await lesson.close();
    await close();
  }
});

/**
 * Holds the first request for the rest until it is let through.
 *
 * @param {Page} page
 */
async function holdFirst(page) {
  const requests = requestsOf(page);
  const { passed, open: letThrough } = gate();
  await page.route(REST, async (route) => {
    if (requests.length === 1) await passed;
    await route.continue();
  });
  return { requests, letThrough };
}

/**
 * The requests for the rest, from here on.
 *
 * @param {Page} page
 */
function requestsOf(page) {
  /** @type {string[]} */
  const requests = [];
  page.on('request', (request) => {
    if (REST.test(request.url())) requests.push(request.url());
  });
  return requests;
}
