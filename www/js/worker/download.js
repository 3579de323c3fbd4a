/** Getting bytes from addresses and files. */

import { Failure } from './failure.js';

/** @typedef {import('../shared/protocol.js').Progress} Progress */
/** @typedef {(done: number, total: number) => void} OnProgress */

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
    const response = counted(await get(source, signal), onProgress);
    return new Uint8Array(await response.arrayBuffer());
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
 * @param {string} url
 * @param {AbortSignal} [signal]
 */
async function get(url, signal = new AbortController().signal) {
  const response = await fetch(url, { credentials: 'omit', signal });
  if (!response.ok) {
    const status = `${response.status} ${response.statusText}`.trim();
    throw new Failure('network', `cannot download ${url}: the server answered “${status}”`);
  }
  return response;
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
function networkFailure(url, error, signal) {
  if (signal?.aborted) return new Failure('cancelled', 'a newer request took its place');
  if (error instanceof Failure) return error;
  const foreign = URL.canParse(url) && new URL(url).origin !== self.location.origin;
  const causes = foreign
    ? 'the address may be wrong, the network down, or its server does not let other sites read it (CORS)'
    : 'the address may be wrong or the network down';
  return new Failure('network', `cannot download ${url}: ${causes}`);
}
