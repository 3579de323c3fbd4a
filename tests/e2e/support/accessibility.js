/** Accessibility, as far as rules can tell. */

import path from 'node:path';
import { root } from './site.js';

/** @typedef {import('playwright-core').Page} Page */

/** The profile in which it can be told: axe-core's styles are against the page's own policy. */
export const FOR_AXE = { bypassCSP: true };

/**
 * What axe-core has against a page.
 *
 * @param {Page} page
 */
export async function violations(page) {
  await page.addScriptTag({ path: path.join(root, 'node_modules/axe-core/axe.min.js') });
  return page.evaluate(async () => {
    const { axe } = /** @type {{ axe: typeof import('axe-core') }} */ (
      /** @type {unknown} */ (window)
    );
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ target, failureSummary }) => [target.join(' '), failureSummary]),
    }));
  });
}
