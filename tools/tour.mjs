/** Takes README's screenshots anew, in Chromium, of the built site: `node tools/tour.mjs`. */

import path from 'node:path';
import { launch } from '../tests/e2e/support/launch.js';
import { root, serveProject } from '../tests/e2e/support/site.js';
import { goToLayer, markEar, openStrongest } from '../tests/e2e/support/walk.js';

const WINDOW = { width: 1280, height: 800 };
/** The columns of feature maps and of the input, in the window. */
const MAPS = { x: 290, width: 620 };
const INPUT = { x: 915, width: 355 };
const BOTH = { x: MAPS.x, width: WINDOW.width - MAPS.x };

const server = await serveProject();
const browser = await launch();
const context = await browser.newContext({ viewport: WINDOW, reducedMotion: 'reduce' });
const page = await context.newPage();
const take = (
  /** @type {string} */ name,
  /** @type {{ x: number, y: number, width: number, height: number }} */ clip,
) => page.screenshot({ path: path.join(root, 'www', name), clip });

await page.goto(`${server.url}www/index.html`);
await page
  .locator('conv-scope')
  .evaluate(
    (scope) => /** @type {{ ready: Promise<void> }} */ (/** @type {unknown} */ (scope)).ready,
  );
await take('screenshot.png', { x: 0, y: 0, ...WINDOW });
await page.setViewportSize({ ...WINDOW, height: 960 });
await goToLayer(page);
await markEar(page);
await page.locator('convscope-peaks .painted:not(.stale)').nth(4).waitFor();
await take('tour/mark.png', { ...INPUT, y: 100, height: 425 });
await openStrongest(page);
await page.locator('convscope-channel .painted').waitFor();
await take('tour/cell.png', { ...BOTH, y: 92, height: 863 });
await page.getByText('How this value is computed').evaluate((title) => title.scrollIntoView());
await page.evaluate(() => scrollBy(0, -100));
await take('tour/arithmetic.png', { ...MAPS, y: 90, height: 530 });

await browser.close();
await server.close();
