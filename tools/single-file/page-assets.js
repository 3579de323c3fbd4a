/** What lies inside the single file, in the place of www/js/page/assets.js. */

import { inline } from '../../www/js/page/single-file.js';
import { hasRelaxedSimd } from '../../www/js/shared/simd.js';
import { inlined } from './inlined.js';
import { patched } from './patch.js';
import { unzip } from './unzip.js';

/** The elements that the template has beside its page. */
const PARTS = ['page', 'engine', 'relaxed', 'worker', 'imagenet', 'notices'];

/** A file has no address that others could open. */
export const SITE = null;
export const WORKER = await startingWorker();
export const IMAGENET = await dataUrl(await inlined('imagenet'));

/** The parts that tools/single-file.mjs made are all in the file. */
export const readTemplate = async () => {
  const page = (await (await inlined('page')).text())
    .replace('STYLE', () => document.querySelector('style')?.textContent ?? '')
    .replace('SCRIPT', () => document.querySelector('script[type="module"]')?.textContent ?? '');
  return joinTemplate(page);
};

/**
 * The template, of its page and the parts that come after it.
 *
 * @param {BlobPart} page
 * @returns {Promise<Blob>}
 */
export async function joinTemplate(page) {
  const parts = PARTS.map(async (id) => inline(id, await inlined(id)));
  return new Blob([page, ...(await Promise.all(parts)).flat()]);
}

async function startingWorker() {
  const plain = await unzip(await inlined('engine'));
  const module = hasRelaxedSimd()
    ? patched(await bytesOf(plain), await bytesOf(await inlined('relaxed')))
    : plain;
  const engine = await dataUrl(module);
  const prelude = `const ENGINE_ADDRESS = ${JSON.stringify(engine.href)};\n`;
  const script = new Blob([prelude, await inlined('worker')], { type: 'text/javascript' });
  return new URL(URL.createObjectURL(script));
}

/** @param {Blob} file */
async function bytesOf(file) {
  return new Uint8Array(await file.arrayBuffer());
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
