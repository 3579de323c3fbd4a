/** Pictures for the page's own display. */

/**
 * Pixels as a picture file, made off the main thread.
 *
 * @param {ImageData} pixels
 * @param {string} type such as `image/png`
 * @returns {Promise<Blob>}
 */
export async function toFile(pixels, type) {
  const canvas = new OffscreenCanvas(pixels.width, pixels.height);
  const bitmap = await createImageBitmap(pixels);
  canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
  return canvas.convertToBlob({ type });
}
