/** Getting bytes from addresses and files. What several elements want at a time is downloaded once. */

import { Failure } from './failure.js';

/** @typedef {import('../shared/protocol.js').Progress} Progress */
/** @typedef {(done: number, total: number) => void} OnProgress */
/** @typedef {{ bytes: Promise<Uint8Array>, audience: Audience, controller: AbortController }} Download */

/** What is being downloaded, by address. @type {Map<string, Download>} */
const underWay = new Map();

/** Those who want to know how far something is; who comes later learns how far it has got. */
export class Audience {
  /** @type {Set<OnProgress>} */
  #listeners = new Set();
  /** @type {[done: number, total: number] | null} */
  #last = null;

  /** @type {OnProgress} */
  tell = (done, total) => {
    this.#last = [done, total];
    for (const listener of this.#listeners) listener(done, total);
  };

  /** @param {OnProgress} listener */
  add(listener) {
    this.#listeners.add(listener);
    if (this.#last) listener(...this.#last);
  }

  /** @param {OnProgress} listener @returns {boolean} whether there is nobody left */
  remove(listener) {
    this.#listeners.delete(listener);
    return this.#listeners.size === 0;
  }
}

/**
 * The bytes of a file, or of what is at an address.
 *
 * @param {string | Blob} source
 * @param {OnProgress} onProgress
 * @param {AbortSignal} signal
 * @returns {Promise<Uint8Array>}
 * @throws {Failure} `network`; `cancelled` once `signal` is aborted
 */
export async function readBytes(source, onProgress, signal) {
  if (typeof source !== 'string') return readFile(source);
  try {
    return await join(source, onProgress, signal);
  } catch (error) {
    throw networkFailure(source, error, signal);
  }
}

/**
 * The text of a file, or of what is at an address.
 *
 * @param {string | Blob} source
 * @param {AbortSignal} signal
 * @returns {Promise<string>}
 * @throws {Failure} as `readBytes` does
 */
export async function readText(source, signal) {
  return new TextDecoder().decode(await readBytes(source, () => {}, signal));
}

/**
 * A download whose body reports how much of it has arrived.
 *
 * @param {string} url
 * @param {OnProgress} onProgress
 * @returns {Promise<Response>}
 * @throws {Failure} `network`
 */
export async function download(url, onProgress) {
  try {
    return counted(await get(url), onProgress);
  } catch (error) {
    throw networkFailure(url, error);
  }
}

/**
 * Begins a download for who will ask for it.
 *
 * @param {string} url
 */
export function prefetch(url) {
  // They are told what goes wrong.
  begin(url).bytes.catch(() => {});
}

/**
 * Takes part in a download, which goes on until all who do have given it up.
 *
 * @param {string} url
 * @param {OnProgress} onProgress
 * @param {AbortSignal} signal
 */
function join(url, onProgress, signal) {
  signal.throwIfAborted();
  const download = underWay.get(url) ?? begin(url);
  const { bytes, audience, controller } = download;
  audience.add(onProgress);
  const end = () => {
    if (underWay.get(url) === download) underWay.delete(url);
  };
  bytes.then(end, end);
  const left = new Promise((_, reject) => {
    signal.addEventListener('abort', () => {
      reject(signal.reason);
      if (!audience.remove(onProgress)) return;
      controller.abort();
      end();
    });
  });
  return Promise.race([bytes, left]);
}

/** @param {string} url */
function begin(url) {
  const controller = new AbortController();
  const audience = new Audience();
  const read = async () => {
    const response = counted(await get(url, controller.signal), audience.tell);
    return new Uint8Array(await response.arrayBuffer());
  };
  const download = { bytes: read(), audience, controller };
  underWay.set(url, download);
  return download;
}

/**
 * @param {string} url
 * @param {AbortSignal} [signal]
 */
async function get(url, signal = new AbortController().signal) {
  const response = await fetch(url, { credentials: 'omit', signal });
  if (!response.ok) throw statusFailure(url, response);
  return response;
}

/**
 * @param {string} url
 * @param {{ status: number, statusText: string }} answer
 */
export function statusFailure(url, { status, statusText }) {
  const told = `${status} ${statusText}`.trim();
  return new Failure('network', `cannot download ${url}: the server answered “${told}”`);
}

/**
 * @param {Response} response
 * @param {OnProgress} onProgress
 */
function counted(response, onProgress) {
  if (!response.body) return response;
  // Of a compressed body the length is that of other bytes than those that are counted.
  const encoded = response.headers.has('content-encoding');
  const length = encoded ? 0 : Number(response.headers.get('content-length'));
  let done = 0;
  onProgress(0, length);
  /** @type {TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>} */
  const counter = new TransformStream({
    transform(chunk, controller) {
      done += chunk.byteLength;
      onProgress(done, done <= length ? length : 0);
      controller.enqueue(chunk);
    },
    flush() {
      onProgress(done, done);
    },
  });
  return new Response(response.body.pipeThrough(counter), { headers: response.headers });
}

/** @param {Blob} file */
async function readFile(file) {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    throw new Failure('network', `cannot read the file: ${error}`);
  }
}

/**
 * @param {string} url
 * @param {unknown} error
 * @param {AbortSignal} [signal]
 */
export function networkFailure(url, error, signal) {
  if (signal?.aborted) return new Failure('cancelled', 'a newer request took its place');
  if (error instanceof Failure) return error;
  const foreign = URL.canParse(url) && new URL(url).origin !== self.location.origin;
  const causes = foreign
    ? 'the address may be wrong, the network down, or its server does not let other sites read it (CORS)'
    : 'the address may be wrong or the network down';
  return new Failure('network', `cannot download ${url}: ${causes}`);
}
