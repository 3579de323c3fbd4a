/**
 * The page's end of the protocol: an engine as a set of promises. The engines of all elements of a page are in one worker,
 * which ends with the last of them.
 */

import { WORKER } from './assets.js';
import { ConvscopeError } from './errors.js';
import { importingScript, trustedScript } from './trusted.js';

/**
 * @typedef {import('../shared/protocol.js').Methods} Methods
 * @typedef {import('../shared/protocol.js').Method} Method
 * @typedef {import('../shared/protocol.js').Reply} Reply
 * @typedef {import('../shared/protocol.js').Event} EngineEvent
 *
 * @typedef {object} Pending
 * @property {object} message
 * @property {boolean} isRepeatable whether nothing was handed over with it
 * @property {(result: any) => void} resolve
 * @property {(error: ConvscopeError) => void} reject
 *
 * @typedef {object} Handlers
 * @property {(event: EngineEvent) => void} onEvent
 * @property {(error: ConvscopeError, hasStarted: boolean) => void} onCrash called once, after which this client is of no
 *   further use; whether the worker ever said anything
 * @property {() => void} onReplaced another element's engine crashed, and took the worker along: what was open is to be
 *   opened again, before `repeat`
 */

/** The worker, and those who use it. */
class Host {
  /** The one that there is, if any. @type {Host | null} */
  static #present = null;
  #worker;
  /** By their sessions. @type {Map<number, EngineClient>} */
  #clients = new Map();
  #hasStarted = false;
  #ended = new AbortController();

  constructor() {
    this.#worker = startWorker();
    this.#worker.onmessage = ({ data: { session, ...message } }) => {
      this.#hasStarted = true;
      const client = this.#clients.get(session);
      if (message.event === 'alive') this.#watch(message.detail.lock);
      else if (message.event === 'crashed') this.#crash(toError(message.detail), client);
      else client?.receive(message);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const reason = event.message || 'its script cannot be loaded';
      this.#crash(new ConvscopeError('engine-crashed', `the engine stopped: ${reason}`));
    };
  }

  /**
   * @param {number} session
   * @param {EngineClient} client
   */
  static join(session, client) {
    const host = Host.start();
    host.#clients.set(session, client);
    return host;
  }

  static start() {
    Host.#present ??= new Host();
    return Host.#present;
  }

  static get isStarted() {
    return Host.#present !== null;
  }

  /**
   * @param {object} message
   * @param {Transferable[]} [transfer]
   */
  post(message, transfer = []) {
    this.#worker.postMessage(message, transfer);
  }

  /** @param {number} session */
  leave(session) {
    if (!this.#clients.delete(session)) return;
    if (this.#clients.size === 0) this.#end();
    else this.post({ session, id: 0, method: 'dispose', args: {} });
  }

  /**
   * @param {ConvscopeError} error
   * @param {EngineClient} [culprit] whose engine crashed; all of theirs if not given
   */
  #crash(error, culprit) {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    this.#end();
    for (const client of clients) {
      if (!culprit || client === culprit) client.crash(error, this.#hasStarted);
      else client.replaceHost();
    }
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

  #end() {
    this.#worker.onmessage = null;
    this.#worker.onerror = null;
    this.#worker.terminate();
    this.#ended.abort();
    Host.#present = null;
  }
}

/**
 * Starts the worker and its downloads for an element that is yet to come, unless it is there already.
 *
 * @param {string} model the address of the model that it will open
 */
export function prepareEngine(model) {
  if (!Host.isStarted) Host.start().post({ prepare: model });
}

export class EngineClient {
  static #sessions = 0;
  #session = EngineClient.#sessions++;
  #host = Host.join(this.#session, this);
  #nextId = 1;
  /** @type {Map<number, Pending>} */
  #pending = new Map();
  #handlers;

  /** @param {Handlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
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
    const message = { session: this.#session, id, method, args };
    this.#pending.set(id, { message, isRepeatable: transfer.length === 0, resolve, reject });
    try {
      this.#host.post(message, transfer);
    } catch (error) {
      this.#pending.delete(id);
      reject(new ConvscopeError('bad-input', `this cannot be sent to the engine: ${error}`));
    }
    return promise;
  }

  /** Ends the engine. What is still pending is rejected with `cancelled`. */
  dispose() {
    this.#host.leave(this.#session);
    this.#rejectAll(new ConvscopeError('cancelled', 'the element was removed'));
  }

  /** Sends again what had not been answered by the worker that is no more. */
  repeat() {
    for (const { message } of this.#unanswered) this.#host.post(message);
    this.#unanswered = [];
  }
  /** @type {Pending[]} */
  #unanswered = [];

  /** @param {Reply | EngineEvent} message */
  receive(message) {
    if ('event' in message) {
      this.#handlers.onEvent(message);
      return;
    }
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.ok) pending?.resolve(message.result);
    else pending?.reject(toError(message.error));
  }

  /**
   * @param {ConvscopeError} error
   * @param {boolean} hasStarted
   */
  crash(error, hasStarted) {
    this.#rejectAll(error);
    this.#handlers.onCrash(error, hasStarted);
  }

  /** Goes on with another worker. */
  replaceHost() {
    this.#host = Host.join(this.#session, this);
    this.#unanswered = [...this.#pending.values()].filter(({ isRepeatable }) => isRepeatable);
    this.#handlers.onReplaced();
  }

  /** @param {ConvscopeError} reason */
  #rejectAll(reason) {
    for (const { reject } of this.#pending.values()) reject(reason);
    this.#pending.clear();
  }
}

/** @param {import('../shared/protocol.js').Failure} failure */
function toError({ code, message }) {
  return new ConvscopeError(code, message);
}

/** A worker may only be started from a script of the page's own origin: for another's, from one that imports it. */
function startWorker() {
  // A page from a disk may not start modules.
  if (WORKER.protocol === 'blob:') return new Worker(trustedScript(WORKER.href));
  if (WORKER.origin === location.origin) {
    return new Worker(trustedScript(WORKER.href), { type: 'module' });
  }
  const { script, revoke } = importingScript();
  const worker = new Worker(script, { type: 'module' });
  // The first message, or the failure, comes after the script has been read.
  worker.addEventListener('message', revoke, { once: true });
  worker.addEventListener('error', revoke, { once: true });
  return worker;
}
