/**
 * What lies beside the page's modules. The npm package has tools/npm/page-assets.js in this one's place.
 */

import { h } from './dom.js';

/** Where the site is; null where it has no address. @type {URL | null} */
export const SITE = new URL('../../', import.meta.url);
export const WORKER = new URL('../worker/worker.js', import.meta.url);
/** A manifest that has ImageNet's labels. */
export const IMAGENET = new URL('../../models/efficientnet-lite0.json', import.meta.url);

/**
 * Gets the single file without anything open in it, see `fillTemplate`. Null where there is none.
 *
 * @type {((read: (url: string) => Promise<Blob>) => Promise<Blob>) | null}
 */
export const readTemplate = (read) =>
  read(new URL('../../wasm/single-file.txt', import.meta.url).href);

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
