/** The canvas of one output's drawing, which somebody else paints. */

import { emit, h } from '../dom.js';

/**
 * @typedef {import('../../shared/protocol.js').Grid} Grid
 * @typedef {import('../../shared/protocol.js').RenderOptions} RenderOptions
 *
 * @typedef {object} Drawing
 * @property {string} output
 * @property {RenderOptions} options
 * @property {{ width: number, height: number, columns: number, rows: number } | null} size null if not known yet
 * @property {string} label
 * @property {number} generation a canvas is of use to the painter of one generation only
 */

/** A drawing is asked for before it is scrolled to. */
const LOOKAHEAD = '4000px 0px';

const nearby = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting || !(target instanceof MapCanvas)) continue;
      nearby.unobserve(target);
      target.bind();
    }
  },
  { rootMargin: LOOKAHEAD },
);

const resized = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    if (target instanceof MapCanvas) target.shownWidth = contentRect.width;
  }
});

let count = 0;

/**
 * Emits `bind-canvas` (with the arguments of the request `bindCanvas`) when it comes near the visible part of the page
 * and when its drawing changes. Once it is disconnected it has no use for the canvas any more.
 */
export class MapCanvas extends HTMLElement {
  /** Tells its drawing from others. */
  key = `map-${count++}`;
  /** @type {Drawing | null} */
  #drawing = null;
  /** @type {HTMLCanvasElement | null} */
  #canvas = null;
  #isBound = false;
  #shownWidth = 0;
  #paintedWidth = 0;

  connectedCallback() {
    nearby.observe(this);
    resized.observe(this);
  }

  disconnectedCallback() {
    nearby.unobserve(this);
    resized.unobserve(this);
    this.#isBound = false;
    this.#canvas?.remove();
    this.#canvas = null;
  }

  /** @param {Drawing} drawing */
  set drawing(drawing) {
    const previous = this.#drawing;
    this.#drawing = drawing;
    if (drawing.size) this.#reserve(drawing.size);
    if (previous && previous.generation !== drawing.generation) {
      this.#canvas?.remove();
      this.#canvas = null;
      this.classList.remove('painted');
    }
    if (this.#canvas) this.#canvas.ariaLabel = drawing.label;
    const isSame =
      previous?.generation === drawing.generation &&
      previous.output === drawing.output &&
      JSON.stringify(previous.options) === JSON.stringify(drawing.options);
    if (this.#isBound && !isSame) this.bind();
  }

  /** Asks for the drawing. */
  bind() {
    if (!this.#drawing) return;
    const { output, options, label } = this.#drawing;
    const request = { id: this.key, output, options };
    this.#isBound = true;
    this.classList.add('stale');
    if (this.#canvas) return emit(this, 'bind-canvas', request);
    this.#canvas = h('canvas', { role: 'img', 'aria-label': label });
    this.append(this.#canvas);
    emit(this, 'bind-canvas', { ...request, canvas: this.#canvas.transferControlToOffscreen() });
  }

  /** What is painted is of an input that is no longer the present one. */
  markStale() {
    this.classList.add('stale');
  }

  /** @param {Grid} grid what has been painted */
  painted(grid) {
    this.#reserve({ ...grid, rows: Math.ceil(grid.channels / grid.columns) });
    this.classList.add('painted');
    this.classList.remove('stale', 'failed');
    this.#paintedWidth = grid.width;
    this.#chooseScaling();
  }

  /** @param {number} width in CSS pixels */
  set shownWidth(width) {
    this.#shownWidth = width;
    this.#chooseScaling();
  }

  /** Nearest neighbour keeps pixels square when enlarged, but drops some of them when reduced. */
  #chooseScaling() {
    const isReduced = this.#paintedWidth > this.#shownWidth * devicePixelRatio;
    this.classList.toggle('reduced', isReduced);
  }

  /** @param {{ width: number, height: number, columns: number, rows: number }} size */
  #reserve({ width, height, columns, rows }) {
    this.style.aspectRatio = `${width} / ${height}`;
    this.style.setProperty('--columns', String(columns));
    this.style.setProperty('--rows', String(rows));
  }
}

customElements.define('convscope-map', MapCanvas);
