/** What the page is for: a visitor finds what a network sees in a part of a picture, and shows it to a friend. */

import assert from 'node:assert/strict';
import { FOR_AXE, violations } from './support/accessibility.js';
import { browserTest, useBrowser } from './support/browser.js';
import { activation, receptiveField } from './support/scope.js';
import { copyLink, goToLayer, LAYER, markEar, openStrongest } from './support/walk.js';

/** @typedef {import('playwright-core').Page} Page */

/** Pixels of the network's input, on a side, and those that a cell of the layer sees, and from one to the next. */
const INPUT = { side: 150, seen: 8, stride: 2 };

useBrowser();

browserTest(
  'which channel fires most on the cat’s ear, what its cell sees, and how it is computed',
  async ({ page, open }) => {
    const scope = await open();
    await page.getByText('Drag over the picture').waitFor();
    await goToLayer(page);
    const { mark, size } = await markEar(page);
    const found = await strongestWithin(scope, mark, size);
    const { channel, row, column, value } = found;
    const first = page
      .locator('convscope-peaks')
      .getByRole('button', { name: /^Channel/ })
      .first();
    assert.equal(
      await first.getAttribute('aria-label'),
      `Channel ${channel}: ${value.toPrecision(3)} at row ${row}, column ${column}`,
    );

    await openStrongest(page);
    await page.getByRole('heading', { name: `${LAYER}, channel ${channel}` }).waitFor();
    const shown = await shownCell(page);
    assert.match(shown.value, new RegExp(`^Row ${row}, column ${column}: `));
    checkNumber(shown.value.split(': ')[1], value);

    // It sees a part of the picture that lies on the ear.
    const field = await receptiveField(scope, LAYER, row, column, channel);
    const { left = NaN, top = NaN, right = NaN, bottom = NaN } = field?.picture ?? {};
    assert.equal(shown.crop, `${left} ${top} ${right - left} ${bottom - top}`);
    const picture = await page
      .getByRole('img', { name: 'Playing kitten' })
      .first()
      .evaluate((/** @type {HTMLImageElement} */ { naturalWidth, naturalHeight }) => {
        return { width: naturalWidth, height: naturalHeight };
      });
    const across = ((left + right) / 2 / picture.width) * size.width;
    const down = ((top + bottom) / 2 / picture.height) * size.height;
    assert(across >= mark.left && across <= mark.right, `${across} is beside the ear`);
    assert(down >= mark.top && down <= mark.bottom, `${down} is above or below the ear`);

    // The convolution's sum is the value, which the activation function lets through.
    const numbers = shown.terms.map((text) => Number(text.replace('−', '-')));
    const total = numbers.pop() ?? NaN;
    checkNumber(String(total), value);
    const sum = numbers.reduce((sum, number) => sum + number, 0);
    assert(Math.abs(sum - value) < 1e-4, `${numbers.join(' + ')} is shown as ${value}`);

    const link = await copyLink(page);
    await page.goto(link);
    await page.getByText('How this value is computed').waitFor();
    await page.getByRole('img', { name: 'What the cell sees' }).waitFor();
    assert.deepEqual(await shownCell(page), shown);
  },
);

browserTest(
  'a part is marked by keyboard, and a layer’s channels ordered by it',
  async ({ page, open }) => {
    const scope = await open('?layer=conv2d_5&channel=all&view=layer');
    const frame = page.getByRole('group', { name: /^Picture\./ });
    const { naturalWidth: width, naturalHeight: height } = await frame
      .getByRole('img')
      .first()
      .evaluate((/** @type {HTMLImageElement} */ { naturalWidth, naturalHeight }) => {
        return { naturalWidth, naturalHeight };
      });
    await frame.focus();
    for (const key of ['ArrowUp', 'ArrowUp', 'ArrowLeft', 'Shift+ArrowRight']) {
      await page.keyboard.press(key);
    }
    // An eighth of the shorter side, around the middle; moved, and made wider, by a thirty-second.
    const unit = Math.min(width, height) / 32;
    const part = {
      top: height / 2 - 3 * unit,
      left: width / 2 - 3 * unit,
      bottom: height / 2 + unit,
      right: width / 2 + 2 * unit,
    };
    const marked = frame.locator('.mark-line');
    for (const [name, value] of /** @type {const} */ ([
      ['x', part.left],
      ['y', part.top],
      ['width', part.right - part.left],
      ['height', part.bottom - part.top],
    ])) {
      assert.equal(Number(await marked.getAttribute(name)).toFixed(3), value.toFixed(3), name);
    }
    const peaks = await scope.evaluate(
      (/** @type {import('./support/contract.js').ConvScope} */ element, part) =>
        element.peaks('conv2d_5', part),
      part,
    );
    assert(peaks);
    const strongest = page.locator('convscope-peaks .peak');
    await strongest
      .and(page.getByRole('button', { name: new RegExp(`^Channel ${peaks[0]?.channel}:`) }))
      .waitFor();
    assert.deepEqual(
      await strongest.locator('b').allInnerTexts(),
      peaks.slice(0, 5).map(({ channel }) => `${channel}:`),
    );
    await page.getByRole('combobox', { name: 'Order' }).selectOption('Marked part');
    const order = await page
      .locator('.tile')
      .evaluateAll((tiles) => tiles.map((tile) => Number(tile.getAttribute('value'))));
    assert.deepEqual(
      order,
      peaks.map(({ channel }) => channel),
    );
    assert.deepEqual(await violations(page), []);

    // A dense layer has no place on the picture.
    await page.evaluate(() => document.querySelector('conv-scope')?.setAttribute('layer', 'dense'));
    await page.getByText('The cells of dense have no place on the picture').waitFor();
    await frame.focus();
    await page.keyboard.press('Escape');
    await page.getByText('Drag over the picture').waitFor();
    assert.equal(await page.locator('conv-scope').getAttribute('layer'), 'dense');
  },
  // Only there its policy can be bypassed.
  { ...FOR_AXE, only: 'chromium' },
);

/**
 * The strongest cell of the layer within a part of the picture.
 *
 * @param {import('playwright-core').Locator} scope
 * @param {{ left: number, top: number, right: number, bottom: number }} part
 * @param {{ width: number, height: number }} size in the same unit
 */
async function strongestWithin(scope, part, size) {
  const { shape, data } = await activation(scope, LAYER);
  const [, channels = 0, height = 0, width = 0] = shape;
  const middle = (/** @type {number} */ cell, /** @type {number} */ side) =>
    ((cell * INPUT.stride + INPUT.seen / 2) / INPUT.side) * side;
  const strongest = { channel: NaN, row: NaN, column: NaN, value: -Infinity };
  for (let index = 0; index < channels * height * width; index++) {
    const channel = Math.floor(index / (height * width));
    const row = Math.floor(index / width) % height;
    const column = index % width;
    const [x, y] = [middle(column, size.width), middle(row, size.height)];
    const isWithin = x >= part.left && x <= part.right && y >= part.top && y <= part.bottom;
    const value = Number(data[index]);
    if (isWithin && value > strongest.value) {
      Object.assign(strongest, { channel, row, column, value });
    }
  }
  return strongest;
}

/**
 * What the page says of the chosen cell.
 *
 * @param {Page} page
 */
async function shownCell(page) {
  const view = page.locator('convscope-channel');
  return {
    heading: await view.getByRole('heading').first().innerText(),
    value: await view.locator('.cell-value').innerText(),
    steps: await view.locator('.step').allInnerTexts(),
    terms: await view.locator('.step').nth(1).locator('.step-number').allInnerTexts(),
    crop: await page.getByRole('img', { name: 'What the cell sees' }).getAttribute('viewBox'),
    place: await page.locator('convscope-seen .caption').innerText(),
  };
}

/**
 * @param {string | undefined} shown
 * @param {number} actual
 */
function checkNumber(shown, actual) {
  const number = Number((shown ?? '').replace('−', '-'));
  assert(Math.abs(number - actual) <= 1e-6 * Math.abs(actual), `${shown} is shown, not ${actual}`);
}
