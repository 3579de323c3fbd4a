/** Loads what all Scopes of a page share. */

const FILES = Symbol.for('convscope.files');
const LOADING = Symbol.for('convscope.loading');

/** Where the page keeps it. @type {Record<symbol, any>} */
const shared = globalThis;

/**
 * Defines `<conv-scope>`, if the page has it not.
 *
 * @param {Record<string, DataView<ArrayBuffer>>} files `script`, which is page.js joined, and those that it reads
 * @returns {Promise<void>}
 */
export async function loadElement(files) {
  if (customElements.get('conv-scope')) return;
  shared[LOADING] ??= load(files).finally(() => delete shared[LOADING]);
  await shared[LOADING];
}

/** @param {Record<string, DataView<ArrayBuffer>>} files */
async function load({ script, ...files }) {
  shared[FILES] = files;
  const blob = new Blob([/** @type {DataView<ArrayBuffer>} */ (script)], {
    type: 'text/javascript',
  });
  const url = URL.createObjectURL(blob);
  try {
    await import(url);
  } finally {
    URL.revokeObjectURL(url);
    delete shared[FILES];
  }
}
