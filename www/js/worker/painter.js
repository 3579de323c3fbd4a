/** The page's canvases, painted one at a time so that nothing waits long for the worker. */

import { isTrap, plainFailure } from './failure.js';

/**
 * @typedef {import('../../wasm/convscope.js').Engine} Engine
 * @typedef {import('../shared/protocol.js').Event} Event
 * @typedef {OffscreenCanvasRenderingContext2D} Context
 * @typedef {{ context: Context, output: string, options: string, dirty: boolean }} Binding
 */

export class Painter {
  /** @type {Map<string, Binding>} */
  #bindings = new Map();
  /** @type {Context | null} */
  #inputContext = null;
  #inputDirty = false;
  /** Outputs of the present pass. @type {Set<string>} */
  #available = new Set();
  /** Outputs of folded nodes, which need no pass. @type {Set<string>} */
  #folded = new Set();
  #post;

  /** @param {(event: Event) => void} post */
  constructor(post) {
    this.#post = post;
  }

  /** @param {import('../shared/protocol.js').Methods['bindCanvas']['args']} binding */
  bind({ id, canvas, output, options }) {
    const context = canvas ? contextOf(canvas) : this.#bindings.get(id)?.context;
    if (!context) throw new Error(`no canvas was sent for ${id}`);
    this.#bindings.set(id, { context, output, options: JSON.stringify(options), dirty: true });
  }

  /** @param {string} id */
  release(id) {
    this.#bindings.delete(id);
  }

  /** @param {OffscreenCanvas} canvas */
  bindInput(canvas) {
    this.#inputContext = contextOf(canvas);
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
   * Outputs of the model's folded nodes.
   *
   * @param {string[]} outputs
   */
  set folded(outputs) {
    this.#folded = new Set(outputs);
  }

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
    if (this.#isInputPending && this.#inputContext) {
      this.#inputDirty = false;
      engine.paintInput(this.#inputContext);
      return;
    }
    const next = this.#next();
    if (!next) return;
    const [id, binding] = next;
    const { context, output, options } = binding;
    binding.dirty = false;
    try {
      const grid = JSON.parse(engine.paint(output, options, context));
      this.#post({ event: 'painted', detail: { id, output, grid } });
    } catch (error) {
      if (isTrap(error)) throw error;
      this.#post({ event: 'paint-failed', detail: { id, output, error: plainFailure(error) } });
    }
  }

  get #isInputPending() {
    return this.#hasPicture && this.#inputDirty && this.#inputContext !== null;
  }

  #next() {
    for (const entry of this.#bindings) {
      const { dirty, output } = entry[1];
      if (dirty && (this.#available.has(output) || this.#folded.has(output))) return entry;
    }
    return undefined;
  }
}

/**
 * A canvas's context, which is to be kept: Firefox gives that of a page's canvas to a worker once.
 *
 * @param {OffscreenCanvas} canvas
 */
function contextOf(canvas) {
  const context = canvas.getContext('2d');
  if (!context) throw new Error('the canvas has no 2D context');
  return context;
}
