/** Reads the elements that www/js/page/single-file.js makes. */

/**
 * @param {string} id
 * @returns {Promise<Blob>}
 */
export async function inlined(id) {
  const text = document.getElementById(id)?.textContent ?? '';
  return (await fetch(`data:application/octet-stream;base64,${text}`)).blob();
}
