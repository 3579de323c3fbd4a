/**
 * Draws the icons of the site as it is installed, www/icons/*.png, from www/icon.svg:
 *
 *     node tools/icons.mjs
 */
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { launch } from '../tests/e2e/support/launch.js';
import { www } from './joining.mjs';

/** Of the sides: `margin` is left around the drawing; a `ground` is for systems that cut a shape of their own out of icons. */
const ICONS = [
  { name: 'icon-192', side: 192, margin: 0, ground: null },
  { name: 'icon-512', side: 512, margin: 0, ground: null },
  // All within the circle of 40% of the side is kept.
  { name: 'maskable-512', side: 512, margin: 0.24, ground: '#fafaf8' },
  { name: 'apple-touch-icon', side: 180, margin: 0.16, ground: '#fafaf8' },
];

const folder = path.join(www, 'icons');
mkdirSync(folder, { recursive: true });
const drawing = readFileSync(path.join(www, 'icon.svg')).toString('base64');
const browser = await launch();
const page = await browser.newPage();
for (const { name, side, margin, ground } of ICONS) {
  await page.setViewportSize({ width: side, height: side });
  await page.setContent(
    `<style>
      body { margin: 0; background: ${ground ?? 'transparent'} }
      img { position: absolute; inset: ${margin * side}px; width: ${(1 - 2 * margin) * side}px }
    </style>
    <img src="data:image/svg+xml;base64,${drawing}">`,
  );
  await page.locator('img').evaluate((image) => /** @type {HTMLImageElement} */ (image).decode());
  await page.screenshot({ path: path.join(folder, `${name}.png`), omitBackground: !ground });
}
await browser.close();
