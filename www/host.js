/** For pages that have `embed.html` in a frame: gives the frame its height, calls its methods, tells its events. */

/**
 * @typedef {import('./js/shared/embed.js').Answer} Answer
 * @typedef {import('./js/shared/embed.js').Call} Call
 * @typedef {import('./js/shared/embed.js').Hello} Hello
 * @typedef {import('./js/shared/embed.js').Notice} Notice
 */

/** Sends `progress`, `layer`, `pass` and `error`, each with the detail that the element's event has. */
export class EmbeddedScope extends EventTarget {
  #frame;
  #origin;
  #lifetime = new AbortController();
  #nextId = 1;
  /** Resolves once the frame has said something. @type {PromiseWithResolvers<void>} */
  #there = Promise.withResolvers();
  /** @type {Map<number, PromiseWithResolvers<any>>} */
  #pending = new Map();

  /** @param {HTMLIFrameElement} frame whose address is that of `embed.html`, with this page's origin as `origin` */
  constructor(frame) {
    super();
    this.#frame = frame;
    this.#origin = new URL(frame.src).origin;
    const { signal } = this.#lifetime;
    addEventListener('message', (event) => this.#receive(event), { signal });
    // It may have been there before; if not, it speaks first.
    /** @type {Hello} */
    const hello = { convscope: 1, event: 'hello' };
    frame.contentWindow?.postMessage(hello, '*');
  }

  /**
   * Calls a method of the frame's element, once the frame is there; `ready` waits for the first drawing, `set` sets an
   * attribute.
   *
   * @param {Call['method']} method
   * @param {unknown[]} args what can be cloned: addresses, Blobs, ArrayBuffers, plain objects
   * @returns {Promise<any>} what the method gives
   */
  call(method, ...args) {
    const id = this.#nextId++;
    const pending = Promise.withResolvers();
    this.#pending.set(id, pending);
    this.#there.promise
      .then(() =>
        this.#frame.contentWindow?.postMessage({ convscope: 1, id, method, args }, this.#origin),
      )
      .catch(pending.reject);
    return pending.promise;
  }

  /** Leaves the frame as it is. */
  close() {
    this.#lifetime.abort();
  }

  /** @param {MessageEvent<Answer | Notice>} event */
  #receive({ source, origin, data }) {
    const isFrame = source === this.#frame.contentWindow && origin === this.#origin;
    if (!isFrame || data?.convscope !== 1) return;
    this.#there.resolve();
    if ('id' in data) {
      const pending = this.#pending.get(data.id);
      this.#pending.delete(data.id);
      if (data.ok) pending?.resolve(data.result);
      else pending?.reject(Object.assign(new Error(data.error.message), { code: data.error.code }));
    } else if (data.event === 'height') {
      const height = Number(data.detail.height);
      // It has none while it is hidden.
      if (height > 0) this.#frame.style.height = `${height}px`;
    } else this.dispatchEvent(new CustomEvent(data.event, { detail: data.detail }));
  }
}
