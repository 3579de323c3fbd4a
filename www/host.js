/** For pages that have `embed.html` in a frame: gives the frame its height, calls its methods, tells its events. */

/**
 * @typedef {import('./js/shared/embed.js').Answer} Answer
 * @typedef {import('./js/shared/embed.js').Call} Call
 * @typedef {import('./js/shared/embed.js').Notice} Notice
 */

/** Sends `progress`, `layer`, `pass` and `error`, each with the detail that the element's event has. */
export class EmbeddedScope extends EventTarget {
  #frame;
  #origin;
  #lifetime = new AbortController();
  #nextId = 1;
  /** @type {Map<number, PromiseWithResolvers<any>>} */
  #pending = new Map();

  /** @param {HTMLIFrameElement} frame whose address is that of `embed.html`, with this page's origin as `origin` */
  constructor(frame) {
    super();
    this.#frame = frame;
    this.#origin = new URL(frame.src).origin;
    const { signal } = this.#lifetime;
    addEventListener('message', (event) => this.#receive(event), { signal });
  }

  /**
   * Calls a method of the frame's element; `ready` waits for the first drawing, `set` sets an attribute. To be called when
   * the frame has been loaded.
   *
   * @param {Call['method']} method
   * @param {unknown[]} args what can be cloned: addresses, Blobs, ArrayBuffers, plain objects
   * @returns {Promise<any>} what the method gives
   */
  call(method, ...args) {
    const id = this.#nextId++;
    const pending = Promise.withResolvers();
    this.#pending.set(id, pending);
    this.#frame.contentWindow?.postMessage({ convscope: 1, id, method, args }, this.#origin);
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
    if ('id' in data) {
      const pending = this.#pending.get(data.id);
      this.#pending.delete(data.id);
      if (data.ok) pending?.resolve(data.result);
      else pending?.reject(Object.assign(new Error(data.error.message), { code: data.error.code }));
    } else if (data.event === 'height') {
      this.#frame.style.height = `${Number(data.detail.height)}px`;
    } else this.dispatchEvent(new CustomEvent(data.event, { detail: data.detail }));
  }
}
