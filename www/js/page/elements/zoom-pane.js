/** One map, enlarged and moved about, with a cell chosen in it. */

import { emit, h } from '../dom.js';
import { distance, LONGEST_TAP, wheelFactor } from '../pointing.js';

/**
 * @typedef {import('./overlay-controls.js').Overlay} Overlay
 * @typedef {{ row: number, column: number }} Place
 */

const LARGEST_ZOOM = 64;
const ZOOM_STEP = 1.5;

/**
 * Emits `choose-cell` (a Place) on a click or tap and for the arrow keys, which move the chosen cell. Plus and minus, a
 * pinch, and the wheel with Ctrl zoom; 1 is what fits.
 */
export class ZoomPane extends HTMLElement {
  #canvasPlace = h('div', { class: 'pane-map' });
  #map = h('div', {});
  /** What the map lies over. */
  #picture = h('img', { class: 'beneath', alt: '', crossorigin: 'anonymous', hidden: true });
  /** @type {Overlay | null} */
  #overlay = null;
  #cross = h('div', { class: 'crosshair', hidden: true, 'aria-hidden': 'true' });
  /** @type {{ height: number, width: number }} */
  #size = { height: 1, width: 1 };
  /** @type {Place | null} */
  #cell = null;
  #zoom = 1;
  /** Where pointers are. @type {Map<number, PointerEvent>} */
  #pointers = new Map();
  #moved = 0;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.tabIndex = 0;
    this.setAttribute('role', 'group');
    this.#picture.addEventListener('load', () => this.#layOver());
    this.#canvasPlace.append(this.#picture, this.#map, this.#cross);
    this.append(this.#canvasPlace);
    this.addEventListener('keydown', (event) => this.#onKey(event));
    this.addEventListener('wheel', (event) => this.#onWheel(event), { passive: false });
    this.addEventListener('pointerdown', (event) => this.#onPointerDown(event));
    this.addEventListener('pointermove', (event) => this.#onPointerMove(event));
    this.addEventListener('pointerup', (event) => this.#onPointerUp(event));
    this.addEventListener('pointercancel', (event) => this.#pointers.delete(event.pointerId));
  }

  /** @param {HTMLElement} map */
  set map(map) {
    this.#map.replaceChildren(map);
  }

  /** @param {{ height: number, width: number }} size in cells */
  set size(size) {
    this.#size = size;
    this.#layOver();
    this.#markCell();
  }

  /** @param {Overlay | null} overlay what the map lies over; null for the map alone */
  set overlay(overlay) {
    this.#overlay = overlay;
    if (overlay && this.#picture.src !== overlay.url) this.#picture.src = overlay.url;
    this.#layOver();
  }

  /** Gives the map the picture's proportions, and the picture its place below the map. */
  #layOver() {
    const { naturalWidth, naturalHeight } = this.#picture;
    const overlay = naturalWidth > 0 ? this.#overlay : null;
    const { top, left, bottom, right } = overlay?.area ?? {
      top: 0,
      left: 0,
      bottom: this.#size.height,
      right: this.#size.width,
    };
    const [width, height] = [right - left, bottom - top];
    this.style.setProperty('--aspect', String(width / height));
    this.classList.toggle('overlaid', overlay !== null);
    this.classList.toggle('smooth', overlay?.isSmooth ?? false);
    this.#picture.hidden = overlay === null;
    if (!overlay) return;
    this.style.setProperty('--opacity', String(overlay.opacity));
    Object.assign(this.#picture.style, {
      top: `${(-100 * top) / height}%`,
      left: `${(-100 * left) / width}%`,
      width: `${(100 * naturalWidth) / width}%`,
      height: `${(100 * naturalHeight) / height}%`,
    });
  }

  /** @param {Place | null} cell */
  set cell(cell) {
    this.#cell = cell;
    this.#markCell();
  }

  /** @param {number} factor */
  zoomBy(factor) {
    const { left, top, width, height } = this.getBoundingClientRect();
    this.#zoomAt(this.#zoom * factor, left + width / 2, top + height / 2);
  }

  /** Shows all of the map. */
  reset() {
    this.#zoomAt(1, 0, 0);
  }

  #markCell() {
    const { height, width } = this.#size;
    this.#cross.hidden = this.#cell === null;
    if (!this.#cell) return;
    const { row, column } = this.#cell;
    this.#cross.style.setProperty('--top', `${(100 * row) / height}%`);
    this.#cross.style.setProperty('--left', `${(100 * column) / width}%`);
    this.#cross.style.setProperty('--height', `${100 / height}%`);
    this.#cross.style.setProperty('--width', `${100 / width}%`);
  }

  /**
   * Zooms and keeps what is at a place of the screen there.
   *
   * @param {number} zoom
   * @param {number} x
   * @param {number} y
   */
  #zoomAt(zoom, x, y) {
    const before = this.#canvasPlace.getBoundingClientRect();
    this.#zoom = Math.min(Math.max(zoom, 1), LARGEST_ZOOM);
    this.style.setProperty('--zoom', String(this.#zoom));
    this.classList.toggle('zoomed', this.#zoom > 1);
    const after = this.#canvasPlace.getBoundingClientRect();
    const share = { x: (x - before.left) / before.width, y: (y - before.top) / before.height };
    this.scrollLeft += after.left + share.x * after.width - x;
    this.scrollTop += after.top + share.y * after.height - y;
  }

  /** @param {WheelEvent} event */
  #onWheel(event) {
    const factor = wheelFactor(event);
    if (factor !== null) this.#zoomAt(this.#zoom * factor, event.clientX, event.clientY);
  }

  /** @param {PointerEvent} event */
  #onPointerDown(event) {
    if (event.button !== 0) return;
    if (this.#pointers.size === 0) this.#moved = 0;
    this.#pointers.set(event.pointerId, event);
    if (this.#zoom > 1) this.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #onPointerMove(event) {
    const last = this.#pointers.get(event.pointerId);
    if (!last) return;
    const [dx, dy] = [event.clientX - last.clientX, event.clientY - last.clientY];
    this.#moved += Math.hypot(dx, dy);
    const other = [...this.#pointers.values()].find(
      ({ pointerId }) => pointerId !== event.pointerId,
    );
    if (other) {
      const [x, y] = [(event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2];
      this.#zoomAt((this.#zoom * distance(event, other)) / distance(last, other), x, y);
    }
    if (this.#moved > LONGEST_TAP) {
      const share = other ? 0.5 : 1;
      this.scrollLeft -= dx * share;
      this.scrollTop -= dy * share;
    }
    this.#pointers.set(event.pointerId, event);
  }

  /** @param {PointerEvent} event */
  #onPointerUp(event) {
    if (!this.#pointers.delete(event.pointerId) || this.#moved > LONGEST_TAP) return;
    const { left, top, width, height } = this.#canvasPlace.getBoundingClientRect();
    const { width: columns, height: rows } = this.#size;
    const column = Math.floor(((event.clientX - left) / width) * columns);
    const row = Math.floor(((event.clientY - top) / height) * rows);
    if (row >= 0 && row < rows && column >= 0 && column < columns) {
      emit(this, 'choose-cell', { row, column });
    }
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.target !== this || event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, [rows: number, columns: number]>} */
    const steps = {
      ArrowUp: [-1, 0],
      ArrowDown: [1, 0],
      ArrowLeft: [0, -1],
      ArrowRight: [0, 1],
    };
    const step = steps[event.key];
    if (step) this.#move(...step);
    else if (event.key === 'Enter') this.#move(0, 0);
    else if (event.key === '+' || event.key === '=') this.zoomBy(ZOOM_STEP);
    else if (event.key === '-') this.zoomBy(1 / ZOOM_STEP);
    else if (event.key === '1') this.reset();
    else return;
    event.preventDefault();
  }

  /**
   * Chooses another cell, or the middle one if none is chosen.
   *
   * @param {number} rows
   * @param {number} columns
   */
  #move(rows, columns) {
    const { height, width } = this.#size;
    const from = this.#cell ?? { row: Math.floor(height / 2), column: Math.floor(width / 2) };
    const [row, column] = this.#cell
      ? [from.row + rows, from.column + columns]
      : [from.row, from.column];
    const inside = (/** @type {number} */ value, /** @type {number} */ end) =>
      Math.min(Math.max(value, 0), end - 1);
    emit(this, 'choose-cell', { row: inside(row, height), column: inside(column, width) });
    this.#cross.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }
}

customElements.define('convscope-pane', ZoomPane);
