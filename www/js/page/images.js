/** Pictures for the page's own display. */

/**
 * Pixels as a PNG file, made off the main thread.
 *
 * @param {ImageData} pixels
 * @returns {Promise<Blob>}
 */
export async function toPng(pixels) {
  const canvas = new OffscreenCanvas(pixels.width, pixels.height);
  const bitmap = await createImageBitmap(pixels);
  canvas.getContext('bitmaprenderer')?.transferFromImageBitmap(bitmap);
  return canvas.convertToBlob();
}
