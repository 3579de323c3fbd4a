/**
 * What lies beside the page's modules. The npm package has tools/npm/page-assets.js in this one's place.
 */

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
