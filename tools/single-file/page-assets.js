/** What lies inside the single file, in the place of www/js/page/assets.js. */

import { inlined } from './inlined.js';

export { applyStyles } from '../sheets.js';

/** The file itself, or the page that it is in a frame of. */
export const SITE = new URL(new URL(document.baseURI).pathname, document.baseURI);
export const WORKER = await startingWorker();
export const IMAGENET = await dataUrl(await inlined('imagenet'));

async function startingWorker() {
  const zipped = await inlined('engine');
  const unzipped = zipped.stream().pipeThrough(new DecompressionStream('gzip'));
  const engine = await dataUrl(await new Response(unzipped).blob());
  const prelude = `const ENGINE_ADDRESS = ${JSON.stringify(engine.href)};\n`;
  const script = new Blob([prelude, await inlined('worker')], { type: 'text/javascript' });
  return new URL(URL.createObjectURL(script));
}

/**
 * An address that the worker can read: of a page from a disk it can read no blobs.
 *
 * @param {Blob} file
 * @returns {Promise<URL>}
 */
function dataUrl(file) {
  const { promise, resolve, reject } = Promise.withResolvers();
  const reader = new FileReader();
  reader.onload = () => resolve(new URL(String(reader.result)));
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(file);
  return promise;
}
