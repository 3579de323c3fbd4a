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
 * @property {string} label empty if others say what it shows
 * @property {number} generation a canvas is of use to the painter of one generation only
 */

/** A drawing is asked for before it is scrolled to, and given back when it is far away. */
const LOOKAHEAD = '4000px 0px';

/** Maps by what is observed in their stead: nothing is laid out in a section that is far away. */
const observed = /** @type {WeakMap<Element, MapCanvas>} */ (new WeakMap());

const nearby = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target, boundingClientRect } of entries.toSorted(
      (a, b) => distance(a) - distance(b),
    )) {
      const map = observed.get(target);
      if (!map) continue;
      waiting.delete(map);
      if (isIntersecting) waiting.add(map);
      // What is not displayed has no size; it will be shown again as it was.
      else if (boundingClientRect.width > 0) map.release();
    }
    bindWaiting();
  },
  { rootMargin: LOOKAHEAD },
);

/** How long canvases are made at a time: the page is frozen for as long. */
const BINDING_MILLIS = 8;

/** Maps that are near, without a canvas yet, what is in view first. */
const waiting = /** @type {Set<MapCanvas>} */ (new Set());

let isBinding = false;

function bindWaiting() {
  if (isBinding) return;
  const end = performance.now() + BINDING_MILLIS;
  for (const map of waiting) {
    if (performance.now() > end) {
      isBinding = true;
      setTimeout(() => {
        isBinding = false;
        bindWaiting();
      });
      return;
    }
    waiting.delete(map);
    map.bind();
  }
}

/** How far what is observed is from the visible part of the page. @param {IntersectionObserverEntry} entry */
function distance({ boundingClientRect: { top, bottom } }) {
  return Math.max(top - innerHeight, -bottom, 0);
}

const resized = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries) {
    if (target instanceof MapCanvas) target.shownWidth = contentRect.width;
  }
});

let count = 0;

/**
 * Emits `bind-canvas` (with the arguments of the request `bindCanvas`) when it comes near the visible part of the page
 * and when its drawing changes, `release-canvas` (its key) when it has gone far away, and `choose-tile` (its number) on a click. Once it is disconnected it has no
 * use for the canvas any more.
 */
export class MapCanvas extends HTMLElement {
  /** Tells its drawing from others. */
  key = `map-${count++}`;
  /** @type {Drawing | null} */
  #drawing = null;
  /** @type {HTMLCanvasElement | null} */
  #canvas = null;
  /** @type {Element} */
  #place = this;
  #shownWidth = 0;
  /** What is painted. @type {Grid | null} */
  #grid = null;
  #paintedWidth = 0;

  constructor() {
    super();
    this.addEventListener('click', (event) => this.#onClick(event));
  }

  connectedCallback() {
    this.#place = this.closest('convscope-layer, .outline-row') ?? this;
    observed.set(this.#place, this);
    nearby.observe(this.#place);
    resized.observe(this);
  }

  disconnectedCallback() {
    nearby.unobserve(this.#place);
    waiting.delete(this);
    resized.unobserve(this);
    this.#forgetCanvas();
  }

  /** @param {Drawing} drawing */
  set drawing(drawing) {
    const previous = this.#drawing;
    this.#drawing = drawing;
    if (drawing.size) this.#reserve(drawing.size);
    if (this.#canvas && drawing.label) this.#canvas.ariaLabel = drawing.label;
    const isSame =
      previous?.generation === drawing.generation &&
      previous.output === drawing.output &&
      JSON.stringify(previous.options) === JSON.stringify(drawing.options);
    if (isSame || !this.#canvas) return;
    if (previous?.generation !== drawing.generation) this.#forgetCanvas();
    this.bind();
  }

  /** Asks for the drawing. */
  bind() {
    if (!this.#drawing) return;
    const { output, options, label } = this.#drawing;
    const request = { id: this.key, output, options };
    this.classList.add('stale');
    if (this.#canvas) return emit(this, 'bind-canvas', request);
    const labels = label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' };
    this.#canvas = h('canvas', labels);
    this.append(this.#canvas);
    emit(this, 'bind-canvas', { ...request, canvas: this.#canvas.transferControlToOffscreen() });
  }

  /** Gives the canvas back. */
  release() {
    if (!this.#canvas) return;
    this.#forgetCanvas();
    emit(this, 'release-canvas', this.key);
  }

  #forgetCanvas() {
    this.#canvas?.remove();
    this.#canvas = null;
    this.classList.remove('painted');
  }

  /** What is painted is of an input that is no longer the present one. */
  markStale() {
    this.classList.add('stale');
  }

  /** @param {Grid} grid what has been painted */
  painted(grid) {
    if (!this.#canvas) return;
    this.#reserve({ ...grid, rows: Math.ceil(grid.channels / grid.columns) });
    this.classList.add('painted');
    this.classList.remove('stale', 'failed');
    this.#paintedWidth = grid.width;
    this.#grid = grid;
    this.#chooseScaling();
  }

  /** @param {number} width in CSS pixels */
  set shownWidth(width) {
    this.#shownWidth = width;
    this.#chooseScaling();
  }

  /** @param {MouseEvent} event */
  #onClick({ clientX, clientY, target }) {
    if (!this.#grid || target !== this.#canvas) return;
    const { width, height, columns, channels, tileWidth, tileHeight, gap } = this.#grid;
    const area = this.getBoundingClientRect();
    const x = ((clientX - area.left) / area.width) * width;
    const y = ((clientY - area.top) / area.height) * height;
    const column = Math.min(Math.floor(x / (tileWidth + gap)), columns - 1);
    const tile = Math.floor(y / (tileHeight + gap)) * columns + column;
    if (tile >= 0 && tile < channels) emit(this, 'choose-tile', tile);
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
