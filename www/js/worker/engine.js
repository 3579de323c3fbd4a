/** Loading of the engine. */

import init, { Engine, dataLocations, lastPanic } from '../../wasm/convscope.js';
import { hasSimd } from '../shared/simd.js';
import { ENGINE, REST } from './assets.js';
import { Audience, download } from './download.js';
import { crashFailure, Failure } from './failure.js';
import { takeEngine } from './rest.js';

/** @typedef {import('./download.js').OnProgress} OnProgress */

export { dataLocations };

/** The module's start, once somebody has asked for it. @type {Promise<void> | null} */
let started = null;
const audience = new Audience();

/**
 * An engine of the module, which is downloaded and started for the first.
 *
 * @param {OnProgress} onProgress
 * @returns {Promise<Engine>}
 * @throws {Failure} `network`, or `unsupported-browser` where WebAssembly is missing or lacks what the engine needs
 */
export async function loadEngine(onProgress) {
  audience.add(onProgress);
  try {
    await begin();
  } finally {
    audience.remove(onProgress);
  }
  return new Engine();
}

/** Starts the module for those who will ask for it, and who are told what goes wrong. */
export function prepareEngine() {
  begin().catch(() => {});
}

function begin() {
  started ??= start(audience.tell).catch((error) => {
    started = null;
    throw error;
  });
  return started;
}

/** @param {OnProgress} onProgress */
async function start(onProgress) {
  if (!hasSimd()) {
    throw new Failure('unsupported-browser', 'this browser’s WebAssembly has no SIMD instructions');
  }
  const { body } = await download(ENGINE.href, onProgress);
  // Not every static host knows the type that streaming compilation asks for.
  const headers = { 'content-type': 'application/wasm' };
  takeEngine(await init({ module_or_path: new Response(body, { headers }) }), REST);
}

/**
 * What the page is told of an engine that stopped in the middle of a call.
 *
 * @param {unknown} error
 * @returns {import('../shared/protocol.js').Failure}
 */
export function crash(error) {
  return crashFailure(error, lastPanic());
}
