/** The elements that show one Scope. */

/** @typedef {import('../../../www/js/page/elements/conv-scope.js').ConvScope} ConvScope */

export class Views {
  /** @type {Set<ConvScope>} */
  #shown = new Set();
  /** @type {((scope: ConvScope) => void)[]} */
  #waiting = [];

  /** @param {ConvScope} scope */
  add(scope) {
    this.#shown.add(scope);
    for (const resolve of this.#waiting.splice(0)) resolve(scope);
  }

  /** @param {ConvScope} scope */
  delete(scope) {
    this.#shown.delete(scope);
  }

  /** @returns {Promise<ConvScope>} one of them, once there is one */
  any() {
    const [scope] = this.#shown;
    return scope ? Promise.resolve(scope) : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
