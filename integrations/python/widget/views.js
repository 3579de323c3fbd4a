/** The elements that show one Scope. */

/** @typedef {import('../../../www/js/page/elements/conv-scope.js').ConvScope} ConvScope */

export class Views {
  /** Settled when what they were told to open is theirs. @type {Map<ConvScope, Promise<unknown>>} */
  #begun = new Map();
  /** @type {(() => void)[]} */
  #waiting = [];

  /**
   * Has an element open something, after what it was told before.
   *
   * @param {ConvScope} scope
   * @param {() => Promise<unknown>} open resolves when the element has been told
   */
  begin(scope, open) {
    const before = this.#begun.get(scope) ?? Promise.resolve();
    // What cannot be read any more gives way to something newer.
    this.#begun.set(
      scope,
      before.then(open).catch(() => {}),
    );
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** @param {ConvScope} scope */
  delete(scope) {
    this.#begun.delete(scope);
  }

  /** @returns {Promise<ConvScope>} one of them, once there is one, and what it was told to open is its own */
  async any() {
    while (this.#begun.size === 0) {
      await new Promise((/** @type {(value: void) => void} */ resolve) =>
        this.#waiting.push(resolve),
      );
    }
    const [[scope, begun]] = /** @type {[[ConvScope, Promise<unknown>]]} */ ([...this.#begun]);
    await begun;
    return scope;
  }
}
