/** The style sheets of shadow trees. Where modules are joined, tools/sheets.js is in this one's place. */

import { h } from './dom.js';

/**
 * Styles a shadow tree. Resolves when the style sheets have been loaded, or cannot be.
 *
 * @param {ShadowRoot} shadow
 * @param {string[]} names of style sheets
 * @returns {Promise<unknown>}
 */
export function applyStyles(shadow, names) {
  const links = names.map((name) => {
    const href = new URL(`../../css/${name}.css`, import.meta.url).href;
    return h('link', { rel: 'stylesheet', href });
  });
  const settled = links.map(
    (link) =>
      new Promise((resolve) => {
        link.addEventListener('load', resolve, { once: true });
        link.addEventListener('error', resolve, { once: true });
      }),
  );
  shadow.prepend(...links);
  return Promise.all(settled);
}
