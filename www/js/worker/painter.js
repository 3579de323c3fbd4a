/** The page's canvases, painted one at a time so that nothing waits long for the worker. */

import { isTrap, plainFailure } from './failure.js';

/**
 * @typedef {import('../../wasm/convscope.js').Engine} Engine
 * @typedef {import('../shared/protocol.js').Event} Event
 * @typedef {{ canvas: OffscreenCanvas, output: string, options: string, dirty: boolean }} Binding
 */

export class Painter {
  /** @type {Map<string, Binding>} */
  #bindings = new Map();
  /** @type {OffscreenCanvas | null} */
  #inputCanvas = null;
  #inputDirty = false;
  /** Outputs of the present pass. @type {Set<string>} */
  #available = new Set();
  #post;

  /** @param {(event: Event) => void} post */
  constructor(post) {
    this.#post = post;
  }

  /** @param {import('../shared/protocol.js').Methods['bindCanvas']['args']} binding */
  bind({ id, canvas = this.#bindings.get(id)?.canvas, output, options }) {
    if (!canvas) throw new Error(`no canvas was sent for ${id}`);
    this.#bindings.set(id, { canvas, output, options: JSON.stringify(options), dirty: true });
  }

  /** @param {string} id */
  release(id) {
    this.#bindings.delete(id);
  }

  /** @param {OffscreenCanvas} canvas */
  bindInput(canvas) {
    this.#inputCanvas = canvas;
    this.#inputDirty = true;
  }

  /**
   * Forgets what was painted: a pass over another input begins.
   *
   * @param {boolean} isPicture
   */
  reset(isPicture) {
    this.#available.clear();
    this.#hasPicture = isPicture;
    this.#inputDirty = true;
    for (const binding of this.#bindings.values()) binding.dirty = true;
  }
  #hasPicture = false;

  /**
   * Outputs that have been computed.
   *
   * @param {string[]} outputs
   */
  add(outputs) {
    for (const output of outputs) this.#available.add(output);
  }

  /** Whether there is a canvas to paint. */
  get isPending() {
    return this.#isInputPending || this.#next() !== undefined;
  }

  /**
   * Paints one canvas that waits for it.
   *
   * @param {Engine} engine
   */
  paintNext(engine) {
    if (this.#isInputPending && this.#inputCanvas) {
      this.#inputDirty = false;
      engine.paintInput(this.#inputCanvas);
      return;
    }
    const next = this.#next();
    if (!next) return;
    const [id, binding] = next;
    const { canvas, output, options } = binding;
    binding.dirty = false;
    try {
      const grid = JSON.parse(engine.paint(output, options, canvas));
      this.#post({ event: 'painted', detail: { id, output, grid } });
    } catch (error) {
      if (isTrap(error)) throw error;
      this.#post({ event: 'paint-failed', detail: { id, output, error: plainFailure(error) } });
    }
  }

  get #isInputPending() {
    return this.#hasPicture && this.#inputDirty && this.#inputCanvas !== null;
  }

  #next() {
    for (const entry of this.#bindings) {
      if (entry[1].dirty && this.#available.has(entry[1].output)) return entry;
    }
    return undefined;
  }
}
