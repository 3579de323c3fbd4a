/** The examples of pages that embed Convscope. */

import assert from 'node:assert/strict';
import { browserTest, ready, useBrowser } from './support/browser.js';
import { canvasPixels, render } from './support/scope.js';

/** What the post's first elements draw. @type {[string, import('./support/contract.js').RenderOptions][]} */
const LAYERS = [
  ['conv2d_4', { view: 'book', channels: upTo(8) }],
  ['conv2d_7', { view: 'layer', colormap: 'magma', channels: upTo(32) }],
];

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

/** @param {number} count */
function upTo(count) {
  return Array.from({ length: count }, (_, index) => index);
}
