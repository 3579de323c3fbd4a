/** Loading of the engine. */

import init, { Engine, dataLocations, lastPanic } from '../../wasm/convscope.js';
import { download } from './download.js';
import { Failure, plainFailure } from './failure.js';

export { dataLocations };

/**
 * Downloads and starts the engine.
 *
 * @param {import('./download.js').OnProgress} onProgress
 * @returns {Promise<Engine>}
 * @throws {Failure} `network`, or `unsupported-browser` where WebAssembly is missing or lacks what the engine needs
 */
export async function loadEngine(onProgress) {
  const url = new URL('../../wasm/convscope_bg.wasm', import.meta.url);
  if (!WebAssembly.validate(SIMD_MODULE)) {
    throw new Failure('unsupported-browser', 'this browser’s WebAssembly has no SIMD instructions');
  }
  const { body } = await download(url.href, onProgress);
  // Not every static host knows the type that streaming compilation asks for.
  const headers = { 'content-type': 'application/wasm' };
  await init({ module_or_path: new Response(body, { headers }) });
  return new Engine();
}

/**
 * What the page is told of an engine that stopped in the middle of a call.
 *
 * @param {unknown} error
 * @returns {import('../shared/protocol.js').Failure}
 */
export function crash(error) {
  const reason = lastPanic() ?? plainFailure(error).message;
  return { code: 'engine-crashed', message: `the engine stopped: ${reason}` };
}

/** The smallest module with a SIMD instruction: `(func (result v128) i32.const 0 i8x16.splat)`. */
const SIMD_MODULE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 8, 1, 6, 0, 65, 0, 253, 15,
  11,
]);
