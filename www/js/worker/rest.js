/**
 * The rest of the engine. As the site is published, the engine has what ordinary visits run; the rest is in a module of its
 * own (tools/wasm), which is loaded beforehand, or else when the engine comes upon what it lacks. Elsewhere the engine is
 * whole.
 */

import { networkFailure, readBytes, statusFailure } from './download.js';

/**
 * @typedef {object} Lacking an engine that lacks its rest
 * @property {WebAssembly.Exports} exports
 * @property {string} address the rest's
 * @property {Uint8Array<ArrayBuffer> | null} bytes the rest, once it has been downloaded
 */

/** What the engine calls, as src/web/rest.rs says. */
const LOADER = 'loadRestOfConvscope';

/** @type {Lacking | null} */
let lacking = null;
/** @type {Promise<void> | null} */
let loading = null;
let isPrepared = false;

/**
 * Takes note of an engine that has been started.
 *
 * @param {object} exports
 * @param {URL | null} address of its rest, if it may have one
 */
export function takeEngine(exports, address) {
  /** @type {Record<string, WebAssembly.Global | undefined>} */
  const { 'rest loaded': isLoaded } = { ...exports };
  if (!address || isLoaded?.value !== 0) return;
  const { href } = address;
  lacking = { exports: /** @type {WebAssembly.Exports} */ (exports), address: href, bytes: null };
  Object.assign(globalThis, { [LOADER]: loadAtOnce });
}

/**
 * Loads the rest of the engine that has been started, if it lacks it.
 *
 * @returns {Promise<void>}
 * @throws {import('./failure.js').Failure} `network`
 */
export function loadRest() {
  loading ??= load().finally(() => {
    loading = null;
  });
  return loading;
}

/** Does so for when it is needed: if it fails, it is tried again then. */
export function prepareRest() {
  if (isPrepared) return;
  isPrepared = true;
  loadRest().catch(() => {});
}

async function load() {
  const engine = lacking;
  if (!engine) return;
  const bytes = await readBytes(engine.address, () => {}, new AbortController().signal);
  engine.bytes = /** @type {Uint8Array<ArrayBuffer>} */ (bytes);
  // Should it be loaded in the middle of a call meanwhile, its functions take each other's place.
  await WebAssembly.instantiate(engine.bytes, importsOf(engine));
  noteLoaded();
}

/**
 * Loads it in the middle of a call of the engine's.
 *
 * @throws {WebAssembly.RuntimeError} with a code: the call cannot go on, and the engine is of no further use
 */
function loadAtOnce() {
  if (!lacking) return;
  const { address, bytes } = lacking;
  try {
    const rest = new WebAssembly.Module(bytes ?? readAtOnce(address));
    new WebAssembly.Instance(rest, importsOf(lacking));
    noteLoaded();
  } catch (error) {
    const { code, message } = networkFailure(address, error);
    throw Object.assign(new WebAssembly.RuntimeError(message), { code });
  }
}

/**
 * What the rest puts its functions into: they are where the engine calls them as soon as there is an instance.
 *
 * @param {Lacking} engine
 * @returns {WebAssembly.Imports}
 */
function importsOf({ exports }) {
  return { engine: exports };
}

function noteLoaded() {
  lacking = null;
  Reflect.deleteProperty(globalThis, LOADER);
}

/**
 * @param {string} url
 * @returns {ArrayBuffer}
 */
function readAtOnce(url) {
  const request = new XMLHttpRequest();
  request.open('GET', url, false);
  request.responseType = 'arraybuffer';
  request.send();
  if (request.status !== 200) throw statusFailure(url, request);
  return request.response;
}
