/** One output: what it is, its legend and its drawing. */

import { breakable, emit, h } from '../dom.js';
import { gridSize, isVector, largestWidth, planesOf, renderOptions } from '../layout.js';
import { strings } from '../strings.js';
import { ColorLegend } from './legend.js';
import { MapCanvas } from './map-canvas.js';
import { MessageBox } from './message-box.js';
import { ValueBars } from './value-bars.js';

/**
 * @typedef {import('../../shared/protocol.js').Grid} Grid
 * @typedef {import('../errors.js').ConvscopeError} ConvscopeError
 * @typedef {import('../graph.js').OutputInfo} OutputInfo
 */

/** Up to this many values are told as numbers, too. */
const FEW_VALUES = 32;

/** Emits `read-values` (`{output, show}`, where `show` takes the values) for an output of few values that was drawn. */
export class LayerSection extends HTMLElement {
  /** @type {OutputInfo | null} */
  #info = null;
  /** Those that are shown; null for all. @type {number[] | null} */
  #channels = null;
  #duration = h('span', { class: 'layer-duration' });
  #legend = new ColorLegend();
  #mat = h('div', { class: 'mat', part: 'maps' });
  #map = new MapCanvas();
  #values = new ValueBars();
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
    this.part.add('layer');
    this.#legend.part.add('legend');
    const { output, operators, shape, parameters } = info;
    const open = h('button', {
      type: 'button',
      class: 'open-layer',
      'aria-label': strings.openLayer(output),
    });
    open.append(strings.open);
    open.addEventListener('click', () =>
      emit(this, 'navigate', { output, channel: null, cell: null }),
    );
    const about = h(
      'p',
      { class: 'layer-about' },
      h('span', {}, operators.join(' · ')),
      h('span', { class: 'layer-shape' }, strings.shape(shape)),
      parameters > 0 && h('span', {}, strings.parameters(parameters)),
      this.#duration,
      open,
    );
    this.#message.addEventListener('dismiss', () => (this.#message.error = undefined));
    this.#mat.append(this.#map);
    this.#map.addEventListener('choose-tile', (event) => {
      const tile = /** @type {CustomEvent<number>} */ (event).detail;
      const channel = this.#channels?.[tile] ?? tile;
      emit(this, 'navigate', { output, channel, cell: null });
    });
    const heading =
      hasHeader &&
      h('h3', { class: 'layer-name', part: 'layer-name', tabindex: -1 }, ...breakable(output));
    this.replaceChildren(
      h('header', { class: 'layer-header' }, heading || null, about, this.#legend),
      this.#mat,
      this.#values,
      this.#note,
      this.#message,
    );
    this.#message.error = undefined;
    const planes = planesOf(shape);
    if (planes && hasFewValues(planes)) this.#values.reserve(planes.channels);
  }

  /**
   * How it is drawn.
   *
   * @param {import('./layer-list.js').Look} look
   */
  update({ generation, channels = null, ...colouring }) {
    if (!this.#info) return;
    this.#channels = channels;
    const { output } = this.#info;
    const shape = channels ? this.#info.shape.with(1, channels.length) : this.#info.shape;
    const planes = planesOf(shape);
    const options = { ...renderOptions(planes, colouring), ...(channels && { channels }) };
    const size = planes && gridSize(planes, options);
    const label = strings.mapLabel(output, shape, options.view ?? colouring.view);
    this.#map.drawing = { output, options, size, label, generation };
    if (!planes || !size) return;
    this.style.setProperty('--largest-width', `${largestWidth(planes, size)}px`);
    this.style.setProperty('--ratio', String(size.height / size.width));
    const empty = size.columns * size.rows - planes.channels;
    const notes = [
      options.view === 'book' && empty > 0 && strings.emptyCells(empty),
      options.reduction && strings.reduced(options.reduction),
    ];
    this.#note.textContent = notes.filter(Boolean).join(' ');
  }

  /** @param {ReadonlyMap<string, number>} milliseconds how long the last pass spent in each node */
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
    this.#legend.legend = { ...grid.legend, ...grid.legend.drawn };
    const { channels, tileHeight: height, tileWidth: width } = grid;
    if (!hasFewValues({ channels, height, width })) return;
    emit(this, 'read-values', {
      output: this.output,
      show: (/** @type {number[]} */ values) => (this.#values.values = values.slice(0, channels)),
    });
  }

  /** @param {ConvscopeError} error */
  failed(error) {
    this.#message.error = error;
    this.#map.classList.add('failed');
  }
}

/** @param {import('../layout.js').Planes} planes */
function hasFewValues(planes) {
  return isVector(planes) && planes.channels <= FEW_VALUES;
}

customElements.define('convscope-layer', LayerSection);
