/** The files that page.js needs, from loading.js, in the place of tools/single-file/inlined.js. */

const files = globalThis[Symbol.for('convscope.files')];

/**
 * @param {string} name
 * @returns {Promise<Blob>}
 */
export async function inlined(name) {
  return new Blob([files[name]]);
}
