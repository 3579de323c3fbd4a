/** The page's end of the protocol: a worker as a set of promises. */

import { ConvscopeError } from './errors.js';

/**
 * @typedef {import('../shared/protocol.js').Methods} Methods
 * @typedef {import('../shared/protocol.js').Method} Method
 * @typedef {import('../shared/protocol.js').Reply} Reply
 * @typedef {import('../shared/protocol.js').Event} EngineEvent
 */

export class EngineClient {
  #worker;
  #nextId = 1;
  /** @type {Map<number, { resolve: (result: any) => void, reject: (error: ConvscopeError) => void }>} */
  #pending = new Map();
  #onEvent;
  #onCrash;
  #hasStarted = false;
  #ended = new AbortController();

  /**
   * @param {object} handlers
   * @param {(event: EngineEvent) => void} handlers.onEvent
   * @param {(error: ConvscopeError, hasStarted: boolean) => void} handlers.onCrash called once, after which this client
   *   is of no further use; whether the worker ever said anything
   */
  constructor({ onEvent, onCrash }) {
    this.#onEvent = onEvent;
    this.#onCrash = onCrash;
    this.#worker = startWorker(new URL('../worker/worker.js', import.meta.url));
    this.#worker.onmessage = ({ data }) => this.#receive(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const reason = event.message || 'its script cannot be loaded';
      this.#crash(new ConvscopeError('engine-crashed', `the engine stopped: ${reason}`));
    };
  }

  /**
   * @template {Method} M
   * @param {M} method
   * @param {Methods[M]['args']} args
   * @param {Transferable[]} [transfer]
   * @returns {Promise<Methods[M]['result']>}
   * @throws {ConvscopeError}
   */
  request(method, args, transfer = []) {
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers();
    this.#pending.set(id, { resolve, reject });
    try {
      this.#worker.postMessage({ id, method, args }, transfer);
    } catch (error) {
      this.#pending.delete(id);
      reject(new ConvscopeError('bad-input', `this cannot be sent to the engine: ${error}`));
    }
    return promise;
  }

  /** Ends the worker. What is still pending is rejected with `cancelled`. */
  dispose() {
    this.#end(new ConvscopeError('cancelled', 'the element was removed'));
  }

  /** @param {Reply | EngineEvent} message */
  #receive(message) {
    this.#hasStarted = true;
    if ('event' in message) {
      if (message.event === 'crashed') this.#crash(toError(message.detail));
      else if (message.event === 'alive') this.#watch(message.detail.lock);
      else this.#onEvent(message);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.ok) pending?.resolve(message.result);
    else pending?.reject(toError(message.error));
  }

  /**
   * Waits for the lock that the worker holds, which is to be had when something has ended the worker.
   *
   * @param {string} lock
   */
  #watch(lock) {
    const { signal } = this.#ended;
    const ended = new ConvscopeError('engine-crashed', 'the engine stopped: the browser ended it');
    navigator.locks.request(lock, { signal }, () => this.#crash(ended)).catch(() => {});
  }

  /** @param {ConvscopeError} error */
  #crash(error) {
    this.#end(error);
    this.#onCrash(error, this.#hasStarted);
  }

  /** @param {ConvscopeError} reason */
  #end(reason) {
    this.#worker.onmessage = null;
    this.#worker.onerror = null;
    this.#worker.terminate();
    this.#ended.abort();
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }
}

/** @param {import('../shared/protocol.js').Failure} failure */
function toError({ code, message }) {
  return new ConvscopeError(code, message);
}

/**
 * A worker may only be started from a script of the page's own origin: for another's, from one that imports it.
 *
 * @param {URL} url
 */
function startWorker(url) {
  if (url.origin === location.origin) return new Worker(url, { type: 'module' });
  const script = new Blob([`import ${JSON.stringify(url.href)};`], { type: 'text/javascript' });
  const scriptUrl = URL.createObjectURL(script);
  const worker = new Worker(scriptUrl, { type: 'module' });
  // The first message, or the failure, comes after the script has been read.
  const revoke = () => URL.revokeObjectURL(scriptUrl);
  worker.addEventListener('message', revoke, { once: true });
  worker.addEventListener('error', revoke, { once: true });
  return worker;
}
