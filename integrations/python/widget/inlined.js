/** The files that page.js needs, from loading.js, in the place of tools/single-file/inlined.js. */

/** @type {Record<string, DataView<ArrayBuffer>>} */
const files = /** @type {any} */ (globalThis)[Symbol.for('convscope.files')];

/**
 * @param {string} name
 * @returns {Promise<Blob>}
 */
export async function inlined(name) {
  return new Blob([/** @type {DataView<ArrayBuffer>} */ (files[name])]);
}
