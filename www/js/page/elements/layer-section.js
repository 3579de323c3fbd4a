/** One output: what it is, its legend and its drawing. */

import { h } from '../dom.js';
import { gridSize, isVector, planesOf, renderOptions } from '../layout.js';
import { strings } from '../strings.js';
import { ColorLegend } from './legend.js';
import { MapCanvas } from './map-canvas.js';
import { MessageBox } from './message-box.js';

/**
 * @typedef {import('../../shared/protocol.js').Grid} Grid
 * @typedef {import('../../shared/protocol.js').View} View
 * @typedef {import('../errors.js').ConvscopeError} ConvscopeError
 * @typedef {import('../graph.js').OutputInfo} OutputInfo
 */

/** Squares of a vector's block are at most this wide, in CSS pixels. */
const LARGEST_SQUARE = 24;

export class LayerSection extends HTMLElement {
  /** @type {OutputInfo | null} */
  #info = null;
  #duration = h('span', { class: 'layer-duration' });
  #legend = new ColorLegend();
  #mat = h('div', { class: 'mat' });
  #map = new MapCanvas();
  #note = h('p', { class: 'note' });
  #message = new MessageBox();

  /** Tells the section's drawing from others. */
  get key() {
    return this.#map.key;
  }

  get output() {
    return this.#info?.output ?? '';
  }

  /** Null if the section does not say itself what it is. */
  get heading() {
    return this.querySelector('h3');
  }

  /**
   * @param {OutputInfo} info
   * @param {boolean} hasHeader whether it says what it is, or somebody else does
   */
  show(info, hasHeader) {
    this.#info = info;
    this.dataset.output = info.output;
    const { output, operators, shape, parameters } = info;
    const about = h(
      'p',
      { class: 'layer-about' },
      h('span', {}, operators.join(' · ')),
      h('span', { class: 'layer-shape' }, strings.shape(shape)),
      parameters > 0 && h('span', {}, strings.parameters(parameters)),
      this.#duration,
    );
    this.#message.addEventListener('dismiss', () => (this.#message.error = undefined));
    this.#mat.append(this.#map);
    const heading = hasHeader && h('h3', { class: 'layer-name', tabindex: -1 }, output);
    this.replaceChildren(
      h('header', { class: 'layer-header' }, heading || null, about, this.#legend),
      this.#mat,
      this.#note,
      this.#message,
    );
    this.#message.error = undefined;
  }

  /**
   * How it is drawn.
   *
   * @param {object} look
   * @param {View} look.view
   * @param {string | null} look.colormap
   * @param {number} look.generation
   */
  update({ view, colormap, generation }) {
    if (!this.#info) return;
    const { output, shape } = this.#info;
    const planes = planesOf(shape);
    const options = renderOptions(planes, view, colormap);
    const size = planes && gridSize(planes, options);
    const label = strings.mapLabel(output, shape, options.view ?? view);
    this.#map.drawing = { output, options, size, label, generation };
    if (size && isVector(planes)) {
      this.#mat.style.maxWidth = `calc(${size.columns * LARGEST_SQUARE}px + 2 * var(--mat-padding))`;
    }
    const empty = planes && size ? size.columns * size.rows - planes.channels : 0;
    this.#note.textContent = view === 'book' && empty > 0 ? strings.emptyCells(empty) : '';
  }

  /** @param {Map<string, number>} milliseconds how long the last pass spent in each node */
  showDuration(milliseconds) {
    const spent = this.#info?.nodes.map((node) => milliseconds.get(node)) ?? [];
    const known = spent.filter((duration) => duration !== undefined);
    const isKnown = known.length > 0 && known.length === spent.length;
    this.#duration.textContent = isKnown
      ? strings.duration(known.reduce((sum, duration) => sum + duration, 0))
      : '';
  }

  /** What is drawn is of an input that is no longer the present one. */
  markStale() {
    this.#map.markStale();
  }

  /** @param {Grid} grid */
  painted(grid) {
    this.#message.error = undefined;
    this.#map.painted(grid);
    this.#legend.legend = grid.legend;
  }

  /** @param {ConvscopeError} error */
  failed(error) {
    this.#message.error = error;
    this.#map.classList.add('failed');
  }
}

customElements.define('convscope-layer', LayerSection);
