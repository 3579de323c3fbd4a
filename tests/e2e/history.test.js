/** The address: it follows what is shown, and the browser's back and forward bring that back. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';
import { choose, namedFile } from './support/bringing.js';
import { makePng } from './support/files.js';
import { input } from './support/scope.js';

/** @typedef {import('playwright-core').Page} Page */

useBrowser();

browserTest('back and forward go where one was, other models included', async ({ page, open }) => {
  const scope = await open();
  const first = await input(scope);
  await page.getByRole('button', { name: 'Open conv2d_5' }).press('Enter');
  await untilShown(page, { layer: 'conv2d_5', channel: 'all' });
  await page.getByRole('button', { name: /^Channel 3:/ }).press('Enter');
  await untilShown(page, { channel: '3', cell: null });
  const pane = page.locator('convscope-pane');
  for (const key of ['Enter', 'ArrowDown', 'ArrowRight']) await pane.press(key);
  // Beside one another, cells are one step.
  await untilShown(page, { cell: '37,37' });
  await page.getByRole('radio', { name: 'Layer' }).press('Space');
  await untilShown(page, { view: 'layer' });
  await page.getByText('Row 37, column 37').first().waitFor();

  await page.getByRole('button', { name: 'Open model' }).press('Enter');
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /digits/i })
    .press('Enter');
  await untilShown(page, { model: 'models/digits.onnx', layer: null, channel: null, cell: null });
  // A drawing has taken the place of the photo: it is its own address.
  await page.waitForFunction(() => /image=data/.test(location.search));

  await page.goBack();
  await untilShown(page, { layer: 'conv2d_5', channel: '3', cell: '37,37' });
  await page.getByRole('heading', { name: 'conv2d_5, channel 3' }).waitFor();
  await page.getByText('Row 37, column 37').first().waitFor();
  assert.deepEqual((await input(scope)).data, first.data);
  await page.goBack();
  await untilShown(page, { channel: '3', cell: null });
  await page.goBack();
  await page.getByRole('heading', { name: 'conv2d_5', exact: true }).waitFor();
  await page.goBack();
  // Among all layers, the one that was opened.
  await untilShown(page, { layer: 'conv2d_5', channel: null });
  const heading = page.locator('convscope-layer[data-output=conv2d_5] h3');
  await heading.waitFor();
  await page.waitForFunction(
    (element) => {
      const { top, bottom } = /** @type {Element} */ (element).getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    },
    await heading.elementHandle(),
  );
  await page.goForward();
  await page.goForward();
  await page.goForward();
  await untilShown(page, { channel: '3', cell: '37,37', view: 'layer' });

  const other = await open(new URL(page.url()).search);
  await page.getByText('Row 37, column 37').first().waitFor();
  assert.deepEqual((await input(other)).data, first.data);
  assert.equal(await page.getByRole('radio', { name: 'Layer' }).isChecked(), true);
});

browserTest('a picture of one’s own has no address, and stays', async ({ page, open }) => {
  const scope = await open('?layer=conv2d_5&channel=3');
  await choose(page, /Open picture/, [namedFile('own.png', 'image/png', makePng(2))]);
  await untilShown(page, { image: null, channel: '3' });
  const own = await input(scope);
  await page.getByRole('button', { name: 'Next', exact: true }).press('Enter');
  await untilShown(page, { channel: '4' });
  await page.goBack();
  await page.getByRole('heading', { name: 'conv2d_5, channel 3' }).waitFor();
  assert.deepEqual((await input(scope)).data, own.data);
  assert.equal(await scope.getAttribute('image'), null);
});

/**
 * Waits until the address says something; null is for what it does not say.
 *
 * @param {Page} page
 * @param {Record<string, string | null>} shown
 */
async function untilShown(page, shown) {
  await page.waitForFunction((expected) => {
    const query = new URLSearchParams(location.search);
    return Object.entries(expected).every(([name, value]) => query.get(name) === value);
  }, shown);
}
