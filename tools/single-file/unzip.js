/** Unzips what tools/single-file.mjs zipped. */

/**
 * @param {Blob} file
 * @returns {Promise<Blob>}
 */
export function unzip(file) {
  const stream = file.stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).blob();
}
