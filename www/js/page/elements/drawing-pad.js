/** A pad to draw on, for models that look at drawings. */

import { emit, h, svg } from '../dom.js';
import { PAD_HEIGHT, PAD_WIDTH, toPicture } from '../drawing.js';
import { SAMPLE_DIGITS } from '../sample-digits.js';
import { strings } from '../strings.js';

/**
 * @typedef {import('../drawing.js').Point} Point
 * @typedef {import('../drawing.js').Stroke} Stroke
 */

/** Units that an arrow key moves the pen. */
const STEP = 20;
/** Units between the points of a sample's strokes. */
const SPACING = 6;

/** @type {Record<string, Point>} */
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * Drawn on with mouse, pen, finger or keys. Emits `draw` (the picture's URL), at most once a frame.
 */
export class DrawingPad extends HTMLElement {
  /** @type {Stroke[]} */
  #strokes = [];
  /** The stroke that a pointer or the pressed pen of the keyboard continues. @type {Stroke | null} */
  #stroke = null;
  /** @type {Point} */
  #pen = [PAD_WIDTH / 2, PAD_HEIGHT / 2];
  /** @type {number | null} */
  #pointer = null;
  /** The frame in which the picture will be told. @type {number | null} */
  #frame = null;
  #lines = svg('g', { class: 'pad-lines' });
  #cursor = svg('circle', { class: 'pad-cursor', r: 9 });
  #hint = h('p', { class: 'pad-hint', 'aria-hidden': 'true' }, strings.drawHere);
  #surface = h('div', {
    class: 'pad',
    role: 'application',
    tabindex: 0,
    'aria-label': strings.drawingPad,
    'aria-describedby': 'pad-keys',
  });
  #keys = h('p', { class: 'caption pad-keys', id: 'pad-keys' }, strings.padKeys);
  #undo = h('button', { type: 'button', class: 'button' }, strings.undo);
  #clear = h('button', { type: 'button', class: 'button' }, strings.clear);
  #state = h('p', { class: 'visually-hidden', role: 'status' });

  /** Pixels of the picture's side. */
  side = 28;
  /** The picture that was told last. @type {string | null} */
  picture = null;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const viewBox = `0 0 ${PAD_WIDTH} ${PAD_HEIGHT}`;
    this.#surface.append(
      svg('svg', { viewBox, 'aria-hidden': 'true' }, this.#lines, this.#cursor),
      this.#hint,
    );
    this.#listen();
    this.append(
      h('h2', { class: 'panel-title' }, strings.draw),
      this.#surface,
      h('div', { class: 'pad-actions' }, this.#samples(), this.#undo, this.#clear),
      this.#keys,
      this.#state,
    );
    this.#show();
  }

  get isEmpty() {
    return this.#strokes.length === 0;
  }

  /** Draws the first of the samples. */
  drawSample() {
    const [first] = SAMPLE_DIGITS;
    if (first) this.#draw(first.paths);
  }

  /** Tells of the drawing once more. */
  retell() {
    this.#changed();
  }

  #samples() {
    const items = SAMPLE_DIGITS.map(({ digit, paths }) => {
      const label = strings.drawSample(digit);
      const icon = svg('svg', { viewBox: '100 25 200 250', 'aria-hidden': 'true' });
      icon.append(...paths.map((d) => svg('path', { d })));
      const button = h('button', { type: 'button', 'aria-label': label, title: label }, icon);
      button.addEventListener('click', () => this.#draw(paths));
      return h('li', {}, button);
    });
    return h('ul', { class: 'pad-samples', 'aria-label': strings.sampleDrawings }, ...items);
  }

  #listen() {
    const surface = this.#surface;
    surface.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || this.#pointer !== null) return;
      this.#pointer = event.pointerId;
      surface.setPointerCapture(event.pointerId);
      this.#begin(this.#pointAt(event));
    });
    surface.addEventListener('pointermove', (event) => {
      if (event.pointerId !== this.#pointer) return;
      // Not every browser tells what was between two frames.
      const between = event.getCoalescedEvents?.() ?? [];
      for (const move of between.length ? between : [event]) this.#continue(this.#pointAt(move));
    });
    for (const type of ['pointerup', 'pointercancel']) {
      surface.addEventListener(type, (event) => {
        if (/** @type {PointerEvent} */ (event).pointerId !== this.#pointer) return;
        this.#pointer = null;
        this.#lift();
      });
    }
    surface.addEventListener('keydown', (event) => {
      if (this.#onKey(event)) event.preventDefault();
    });
    surface.addEventListener('blur', () => this.#lift());
    this.#undo.addEventListener('click', () => this.#removeLast());
    this.#clear.addEventListener('click', () => this.#removeAll());
  }

  /**
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key was meant for the pad
   */
  #onKey({ key, ctrlKey, metaKey, altKey }) {
    if (ctrlKey || metaKey) {
      if (key.toLowerCase() !== 'z') return false;
      this.#removeLast();
      return true;
    }
    if (altKey) return false;
    const arrow = ARROWS[key];
    if (arrow) {
      this.#pen = inside([this.#pen[0] + arrow[0] * STEP, this.#pen[1] + arrow[1] * STEP]);
      if (this.#stroke) this.#continue(this.#pen);
    } else if (key === ' ' || key === 'Enter') {
      if (this.#stroke) this.#lift();
      else this.#begin(this.#pen);
    } else if (key === 'Escape' && this.#stroke) this.#lift();
    else if (key === 'Backspace') this.#removeLast();
    else if (key === 'Delete') this.#removeAll();
    else return false;
    const [x, y] = this.#pen;
    this.#state.textContent = strings.penState(this.#stroke !== null, x / STEP, y / STEP);
    this.#show();
    return true;
  }

  /** @param {string[]} paths */
  #draw(paths) {
    this.#lift();
    this.#strokes = paths.map((d) => {
      const path = svg('path', { d });
      const length = path.getTotalLength();
      const count = Math.ceil(length / SPACING);
      return Array.from({ length: count + 1 }, (_, index) => {
        const { x, y } = path.getPointAtLength((index / count) * length);
        return /** @type {Point} */ ([x, y]);
      });
    });
    this.#changed();
  }

  /** @param {Point} point */
  #begin(point) {
    this.#stroke = [point];
    this.#strokes.push(this.#stroke);
    this.#changed();
  }

  /** @param {Point} point */
  #continue(point) {
    this.#stroke?.push(point);
    this.#changed();
  }

  #lift() {
    this.#stroke = null;
    this.#show();
  }

  #removeLast() {
    this.#stroke = null;
    if (this.#strokes.pop()) this.#changed();
  }

  #removeAll() {
    this.#stroke = null;
    if (this.#strokes.splice(0).length) this.#changed();
  }

  #changed() {
    this.#show();
    if (this.#frame !== null) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = null;
      this.picture = toPicture(this.#strokes, this.side);
      emit(this, 'draw', this.picture);
    });
  }

  #show() {
    const lines = this.#strokes.map((stroke) =>
      // A line needs two ends, be they in one place.
      svg('polyline', { points: [stroke[0], ...stroke].join(' ') }),
    );
    this.#lines.replaceChildren(...lines);
    const [x, y] = this.#pen;
    this.#cursor.setAttribute('cx', String(x));
    this.#cursor.setAttribute('cy', String(y));
    this.#cursor.classList.toggle('down', this.#stroke !== null);
    this.#hint.hidden = !this.isEmpty;
    this.#undo.disabled = this.isEmpty;
    this.#clear.disabled = this.isEmpty;
  }

  /**
   * @param {PointerEvent} event
   * @returns {Point}
   */
  #pointAt({ clientX, clientY }) {
    const { left, top, width, height } = this.#surface.getBoundingClientRect();
    return inside([
      ((clientX - left) / width) * PAD_WIDTH,
      ((clientY - top) / height) * PAD_HEIGHT,
    ]);
  }
}

/**
 * The nearest point of the pad.
 *
 * @param {Point} point
 * @returns {Point}
 */
function inside([x, y]) {
  return [Math.min(Math.max(x, 0), PAD_WIDTH), Math.min(Math.max(y, 0), PAD_HEIGHT)];
}

customElements.define('convscope-pad', DrawingPad);
