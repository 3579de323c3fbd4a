/** The steps of a visitor who asks which channel of `conv2d_5` fires most on the kitten's ear. */

import assert from 'node:assert/strict';

/** @typedef {import('playwright-core').Page} Page */

export const LAYER = 'conv2d_5';
/** Where the ear is that the kitten raises, in parts of the picture's width and height. */
const EAR = { left: 0.28, top: 0.12, right: 0.385, bottom: 0.29 };

/** @param {Page} page */
export async function goToLayer(page) {
  const outline = page.getByRole('navigation', { name: 'Network' });
  await outline.getByRole('button', { name: new RegExp(`^${LAYER}\\b`) }).press('Enter');
  const heading = page.getByRole('heading', { name: LAYER, exact: true });
  await heading.and(page.locator(':focus')).waitFor();
}

/**
 * Drags over the ear in the picture.
 *
 * @param {Page} page
 * @returns what was marked, in CSS pixels from the picture's corner, and the picture's size in them
 */
export async function markEar(page) {
  const box = await page.getByRole('img', { name: 'Playing kitten' }).first().boundingBox();
  assert(box);
  const { x, y, width, height } = box;
  const mark = {
    left: Math.round(EAR.left * width),
    top: Math.round(EAR.top * height),
    right: Math.round(EAR.right * width),
    bottom: Math.round(EAR.bottom * height),
  };
  await page.mouse.move(x + mark.left, y + mark.top);
  await page.mouse.down();
  await page.mouse.move(x + mark.right, y + mark.bottom, { steps: 4 });
  await page.mouse.up();
  await page.getByText(`Channels of ${LAYER} that fire most there`).waitFor();
  return { mark, size: { width, height } };
}

/** @param {Page} page */
export async function openStrongest(page) {
  const strongest = page.locator('convscope-peaks').getByRole('button', { name: /^Channel/ });
  await strongest.first().press('Enter');
  await page.getByText('How this value is computed').waitFor();
  await page.getByRole('img', { name: 'What the cell sees' }).waitFor();
}

/**
 * Copies the link and pastes it into the one field that takes any text.
 *
 * @param {Page} page
 */
export async function copyLink(page) {
  await page.getByRole('button', { name: 'Copy link' }).press('Enter');
  await page.getByText('Link copied', { exact: true }).waitFor();
  const field = page.getByRole('searchbox', { name: 'Find by name or operator' });
  await field.focus();
  await page.keyboard.press('ControlOrMeta+V');
  const link = await field.inputValue();
  await field.fill('');
  return link;
}
