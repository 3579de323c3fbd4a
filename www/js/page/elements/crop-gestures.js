/** Moving and zooming of the picture in the network's frame with pointers and keys. */

import { distance, wheelFactor } from '../pointing.js';

/**
 * @typedef {import('../../shared/protocol.js').Rectangle} Rectangle
 *
 * @typedef {object} Handlers
 * @property {() => void} begin a pointer is put down
 * @property {(right: number, down: number) => void} move how far since it was put down, in CSS pixels
 * @property {(factor: number) => void} zoom
 * @property {() => void} reset
 */

const STEP = 8;
const ZOOM_STEP = 1.25;

/** @type {Record<string, [right: number, down: number]>} */
const ARROWS = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

export class CropGestures {
  #handlers;
  /** Where pointers are. @type {Map<number, PointerEvent>} */
  #pointers = new Map();
  /** Where the only pointer was put down. @type {PointerEvent | null} */
  #start = null;

  /** @param {Handlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.button !== 0) return;
    this.#pointers.set(event.pointerId, event);
    this.#restart(event);
  }

  /** @param {PointerEvent} event */
  move(event) {
    const last = this.#pointers.get(event.pointerId);
    if (!last) return;
    this.#pointers.set(event.pointerId, event);
    const other = [...this.#pointers.values()].find(
      (pointer) => pointer.pointerId !== event.pointerId,
    );
    if (other) this.#handlers.zoom(distance(event, other) / distance(last, other));
    else if (this.#start) {
      const { clientX, clientY } = this.#start;
      this.#handlers.move(event.clientX - clientX, event.clientY - clientY);
    }
  }

  /** @param {PointerEvent} event */
  up(event) {
    this.#pointers.delete(event.pointerId);
    const [left] = this.#pointers.values();
    this.#restart(left ?? null);
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    const factor = wheelFactor(event);
    if (factor !== null) this.#handlers.zoom(factor);
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it was for this
   */
  key({ key }) {
    const arrow = ARROWS[key];
    if (arrow) {
      this.#handlers.begin();
      this.#handlers.move(...arrow);
    } else if (key === '+' || key === '=') this.#handlers.zoom(ZOOM_STEP);
    else if (key === '-') this.#handlers.zoom(1 / ZOOM_STEP);
    else if (key === '1') this.#handlers.reset();
    else return false;
    return true;
  }

  /** @param {PointerEvent | null} from */
  #restart(from) {
    this.#start = from;
    if (from) this.#handlers.begin();
  }
}
