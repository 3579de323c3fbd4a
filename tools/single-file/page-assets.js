/** What lies inside the single file, in the place of www/js/page/assets.js. */

import { inlined } from './inlined.js';

export { applyStyles } from '../sheets.js';

/** The file itself. */
export const SITE = new URL(location.pathname, location.href);
export const WORKER = await startingWorker();
export const IMAGENET = address(await inlined('imagenet'));

async function startingWorker() {
  const zipped = await inlined('engine');
  const engine = await new Response(
    zipped.stream().pipeThrough(new DecompressionStream('gzip')),
  ).blob();
  const prelude = `const ENGINE_ADDRESS = ${JSON.stringify(address(engine).href)};\n`;
  return address(new Blob([prelude, await inlined('worker')], { type: 'text/javascript' }));
}

/** @param {Blob} file */
function address(file) {
  return new URL(URL.createObjectURL(file));
}
