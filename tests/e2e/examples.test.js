/** The examples of pages that embed Convscope. */

import assert from 'node:assert/strict';
import { marked } from 'marked';
import { browserTest, PHONE, ready, useBrowser } from './support/browser.js';
import { readProjectFile } from './support/files.js';
import { canvasPixels, render } from './support/scope.js';

/** @typedef {import('playwright-core').Locator} Locator */

/** What the post's first elements draw. @type {[string, import('./support/contract.js').RenderOptions][]} */
const LAYERS = [
  ['conv2d_4', { view: 'book', channels: upTo(8) }],
  ['conv2d_7', { view: 'layer', colormap: 'magma', channels: upTo(32) }],
];

/** What a slide of 1280 x 720 is scaled by in the window below, less its margin. */
const SCALE = 1.44;

useBrowser();

browserTest('a post shows single layers, and an element to try', async ({ page, project }) => {
  await page.goto(`${project}www/examples/post.html`);
  const scopes = page.locator('conv-scope');
  assert.equal(await scopes.count(), 3);
  for (const [index, [layer, options]] of LAYERS.entries()) {
    const scope = scopes.nth(index);
    await scope.scrollIntoViewIfNeeded();
    await ready(scope);
    const canvas = scope.getByRole('img', { name: new RegExp(`^${layer}:`) });
    const drawn = await render(scope, layer, options);
    assert.deepEqual(await canvasPixels(canvas), drawn);
  }
  const last = scopes.nth(2);
  await last.scrollIntoViewIfNeeded();
  await ready(last);
  await last.locator('convscope-prediction').getByText('cat', { exact: true }).waitFor();
});

browserTest(
  'slides show a layer each as they are come to, and take clicks where they are',
  async ({ page, project }) => {
    // Reveal scales its slides of 1280 x 720.
    await page.goto(`${project}www/examples/slides.html`);
    const scopes = page.locator('conv-scope');
    const isWaiting = (/** @type {Element} */ element) =>
      Boolean(element.shadowRoot?.querySelector('.poster-place'));
    for (const [index, [layer, options]] of LAYERS.entries()) {
      const scope = scopes.nth(index);
      await ready(scope);
      assert(await scopes.nth(index + 1).evaluate(isWaiting), `slide ${index + 1} has started`);
      const drawn = await render(scope, layer, options);
      const canvas = scope.getByRole('img', { name: new RegExp(`^${layer}:`) });
      assert.deepEqual(await canvasPixels(canvas), drawn);
      await page.keyboard.press('ArrowRight');
    }
    const last = scopes.nth(2);
    await ready(last);
    const canvas = last.getByRole('img', { name: /^conv2d_4:/ });
    await canvas.scrollIntoViewIfNeeded();
    const box = await canvas.boundingBox();
    assert(box);
    const width = await canvas.evaluate(
      (element) => /** @type {HTMLElement} */ (element).offsetWidth,
    );
    assert(Math.abs(box.width / width - SCALE) < 0.01, `scaled by ${box.width / width}`);
    // The channels are sixteen to a row.
    await page.mouse.click(box.x + (box.width * 5.8) / 16, box.y + (box.height * 1.2) / 2);
    await last.locator('xpath=self::*[@layer="conv2d_4"][@channel="21"]').waitFor();
    // The arrows are the element's, for as long as it has the focus.
    await page.keyboard.press('ArrowLeft');
    // The address lags behind.
    const isPresent = await last.evaluate((element) => element.closest('.present') !== null);
    assert(isPresent, 'the slide has changed');
  },
  { viewport: { width: 1920, height: 1080 } },
);

browserTest(
  'slides are legible on a phone, turned either way',
  async ({ page, project }) => {
    await page.goto(`${project}www/examples/slides.html`);
    const scopes = page.locator('conv-scope');
    for (const index of [0, 1, 2]) {
      const scope = scopes.nth(index);
      await scope.scrollIntoViewIfNeeded();
      await ready(scope);
      assert(
        (await scaleOf(scope)) > 0.85,
        `slide ${index + 1} is scaled by ${await scaleOf(scope)}`,
      );
    }
    const { width, height } = PHONE.viewport;
    await page.setViewportSize({ width: height, height: width });
    await page.waitForFunction(
      () => getComputedStyle(document.body).getPropertyValue('--slide-height') === '480px',
    );
    assert((await scaleOf(scopes.first())) > 0.65);
  },
  PHONE,
);

browserTest('a post in Markdown shows a layer', async ({ page, project }) => {
  const post = new TextDecoder().decode(readProjectFile('www/examples/post.md'));
  const [, content = ''] = /^---\n.*?\n---\n(.*)$/s.exec(post) ?? [];
  const html = await marked.parse(content);
  await page.route('**/examples/from-markdown.html', (route) =>
    route.fulfill({ contentType: 'text/html; charset=utf-8', body: `<!doctype html>${html}` }),
  );
  await page.goto(`${project}www/examples/from-markdown.html`);
  const scope = await ready(page.locator('conv-scope'));
  await page.getByRole('heading', { name: 'What fires on an ear' }).waitFor();
  assert.equal(await page.locator('figure > conv-scope > a').count(), 1);
  const canvas = scope.getByRole('img', { name: /^conv2d_5:/ });
  const drawn = await render(scope, 'conv2d_5', { view: 'layer', channels: upTo(16) });
  assert.deepEqual(await canvasPixels(canvas), drawn);
});

/**
 * @param {Locator} element
 * @returns {Promise<number>} how much larger it is on the screen
 */
function scaleOf(element) {
  return element.evaluate(
    (/** @type {HTMLElement} */ element) =>
      element.getBoundingClientRect().width / element.offsetWidth,
  );
}

/** @param {number} count */
function upTo(count) {
  return Array.from({ length: count }, (_, index) => index);
}
