/** One layer by itself: all of its channels, ordered and chosen, and what they come to together. */

import { breakable, emit, h } from '../dom.js';
import { gridSize, isVector, planesOf, renderOptions } from '../layout.js';
import { isDead, orderChannels } from '../ordering.js';
import { strings } from '../strings.js';
import { Breadcrumb } from './breadcrumb.js';
import { ColorLegend } from './legend.js';
import { MapCanvas } from './map-canvas.js';
import { MessageBox } from './message-box.js';
import { TileGrid } from './tile-grid.js';

/**
 * @typedef {import('../../shared/protocol.js').Grid} Grid
 * @typedef {import('../../shared/protocol.js').Peak} Peak
 * @typedef {import('../../shared/protocol.js').RenderOptions} RenderOptions
 * @typedef {import('../../shared/protocol.js').Statistics} Statistics
 * @typedef {import('../errors.js').ConvscopeError} ConvscopeError
 * @typedef {import('../graph.js').OutputInfo} OutputInfo
 * @typedef {import('../layout.js').Planes} Planes
 * @typedef {import('../ordering.js').Order} Order
 * @typedef {import('./layer-list.js').Look} Look
 */

/** @type {import('../layout.js').Colouring} */
const BOOK = { view: 'book', colormap: null, range: null };
const COLUMNS = [4, 8, 16, 32];
/** Screen pixels for a value, where it is not what fits. */
const ZOOMS = [1, 2, 4, 8];
/** @typedef {'mean' | 'maximum' | 'components'} Summary */
/** @type {Summary[]} */
const SUMMARIES = ['mean', 'maximum', 'components'];

/**
 * Emits `navigate` (a Focus or null), `read-similarities` (`{output, channel}`), and what `MapCanvas` emits.
 */
export class LayerView extends HTMLElement {
  #breadcrumb = new Breadcrumb();
  #heading = h('h3', { class: 'layer-name', tabindex: -1 });
  #about = h('p', { class: 'layer-about' });
  #legend = new ColorLegend();
  #order = h('select', { class: 'select', id: 'channel-order' });
  #like = h('input', { class: 'number', id: 'like-channel', type: 'number', min: 0, value: 0 });
  #likeField = h('label', { class: 'field' }, strings.likeChannel, this.#like);
  #columns = h('select', { class: 'select', id: 'channel-columns' });
  #zoom = h('select', { class: 'select', id: 'channel-zoom' });
  #hidesDead = h('input', { type: 'checkbox', id: 'hide-dead' });
  #deadText = h('span', {});
  #summaries = h('div', { class: 'summaries' });
  #mat = h('div', { class: 'mat' });
  #grid = new TileGrid();
  #message = new MessageBox();
  /** Maps of summaries with their legends, by key. @type {Map<string, { map: MapCanvas, note: HTMLElement }>} */
  #summaryMaps = new Map();
  /** @type {OutputInfo | null} */
  #info = null;
  /** @type {Look | null} */
  #look = null;
  /** @type {Statistics[]} */
  #statistics = [];
  /** @type {(number | null)[]} */
  #similarities = [];
  /** @type {Peak[] | null} */
  #peaks = null;
  /** The tile to return to. @type {number | null} */
  #chosen = null;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    fill(this.#order, Object.entries(strings.orders));
    this.#enableMark();
    fill(this.#columns, [
      ['', strings.automatic],
      ...COLUMNS.map((columns) => /** @type {[string, string]} */ ([`${columns}`, `${columns}`])),
    ]);
    fill(this.#zoom, [
      ['', strings.fits],
      ...ZOOMS.map((zoom) => /** @type {[string, string]} */ ([`${zoom}`, `${zoom}×`])),
    ]);
    for (const control of [this.#order, this.#like]) {
      control.addEventListener('change', () => this.#reorder());
    }
    for (const control of [this.#columns, this.#zoom, this.#hidesDead]) {
      control.addEventListener('change', () => this.#draw());
    }
    this.#grid.addEventListener('choose-channel', (event) => {
      this.#chosen = /** @type {CustomEvent<number>} */ (event).detail;
      const { output = '' } = this.#info ?? {};
      emit(this, 'navigate', { output, channel: this.#chosen, cell: null });
    });
    this.#message.addEventListener('dismiss', () => (this.#message.error = undefined));
    this.#mat.append(this.#grid);
    this.append(
      this.#breadcrumb,
      h('header', { class: 'layer-header' }, this.#heading, this.#about, this.#legend),
      this.#summaries,
      h(
        'div',
        { class: 'layer-tools', role: 'group', 'aria-label': strings.channelTools },
        h('label', { class: 'field' }, strings.order, this.#order),
        this.#likeField,
        h('label', { class: 'field' }, strings.columns, this.#columns),
        h('label', { class: 'field' }, strings.zoom, this.#zoom),
        h('label', { class: 'switch' }, this.#hidesDead, this.#deadText),
      ),
      this.#mat,
      this.#message,
    );
    this.#message.error = undefined;
    this.#likeField.hidden = true;
  }

  /** @param {OutputInfo} info */
  show(info) {
    if (this.#info?.output !== info.output) {
      this.#chosen = null;
      this.#statistics = [];
      this.#order.value = 'index';
      this.#hidesDead.checked = false;
      this.#likeField.hidden = true;
    }
    this.#info = info;
    const { output, operators, shape, parameters } = info;
    this.#breadcrumb.focusPath = { output, channel: null, cell: null };
    this.#heading.replaceChildren(...breakable(output));
    this.#about.replaceChildren(
      h('span', {}, operators.join(' · ')),
      h('span', { class: 'layer-shape' }, strings.shape(shape)),
      ...(parameters > 0 ? [h('span', {}, strings.parameters(parameters))] : []),
    );
    this.#like.max = String((planesOf(shape)?.channels ?? 1) - 1);
    this.#draw();
  }

  /** Gives the focus to the tile that was chosen, or to the heading. */
  takeFocus() {
    if (this.#chosen === null) this.#heading.focus({ preventScroll: true });
    else this.#grid.focusTile(this.#chosen);
  }

  /** @param {Look} look */
  set look(look) {
    this.#look = look;
    this.#draw();
  }

  /** @param {Statistics[]} statistics by channel */
  set statistics(statistics) {
    this.#statistics = statistics;
    this.#reorder();
  }

  /** @param {(number | null)[]} similarities to the channel that was asked for, by channel */
  set similarities(similarities) {
    this.#similarities = similarities;
    this.#draw();
  }

  /** @param {Peak[] | null} peaks where its channels fire most on the marked part of the picture */
  set peaks(peaks) {
    this.#peaks = peaks;
    this.#enableMark();
    if (!peaks && this.#order.value === 'mark') this.#order.value = 'index';
    this.#draw();
  }

  #enableMark() {
    for (const option of this.#order.options) {
      if (option.value === 'mark') option.disabled = this.#peaks === null;
    }
  }

  /**
   * @param {string} key
   * @param {Grid} grid
   */
  painted(key, grid) {
    const summary = this.#summaryMaps.get(key);
    const map = summary?.map ?? this.#grid.maps.find((candidate) => candidate.key === key);
    map?.painted(grid);
    if (summary) summary.note.textContent = strings.summaryNote(grid.legend);
    else if (map) this.#legend.legend = grid.legend;
  }

  /**
   * @param {string} key
   * @param {ConvscopeError} error
   */
  failed(key, error) {
    const summary = this.#summaryMaps.get(key);
    if (summary) summary.note.textContent = error.message;
    else if (this.#grid.keys.includes(key)) this.#message.error = error;
  }

  #reorder() {
    const isLike = this.#order.value === 'similarity';
    this.#likeField.hidden = !isLike;
    if (!isLike) return this.#draw();
    const channel = Math.min(Math.max(Number(this.#like.value), 0), Number(this.#like.max));
    this.#like.value = String(channel);
    emit(this, 'read-similarities', { output: this.#info?.output ?? '', channel });
  }

  #draw() {
    const planes = planesOf(this.#info?.shape ?? [null]);
    if (!this.#info || !this.#look || !planes) return;
    const { output } = this.#info;
    const { generation } = this.#look;
    const options = this.#options(planes);
    const channels = this.#channels(planes);
    const dead = this.#statistics.filter(isDead).length;
    this.#deadText.textContent = strings.hideDead(dead);
    this.#columns.disabled = options.view === 'book' || isVector(planes);
    const describe = (/** @type {number} */ channel) => {
      const statistics = this.#statistics[channel];
      return strings.tile(channel, statistics ?? null);
    };
    this.#grid.tiles = { output, planes, options, channels, describe, generation };
    const whole = gridSize({ ...planes, channels: Math.max(channels.length, 1) }, options);
    const zoom = Number(this.#zoom.value);
    const largest = isVector(planes) ? 24 * whole.columns : Infinity;
    this.#grid.style.setProperty('--tiles', String(isVector(planes) ? 0 : whole.columns));
    this.#grid.style.width = zoom ? `${whole.width * zoom}px` : '';
    this.#grid.style.maxWidth = Number.isFinite(largest) && !zoom ? `${largest}px` : '';
    this.#summarize(planes, generation);
  }

  /** @param {Planes} planes */
  #channels({ channels }) {
    if (this.#statistics.length !== channels) return [...Array(channels).keys()];
    const order = /** @type {Order} */ (this.#order.value);
    const hidesDead = this.#hidesDead.checked;
    return orderChannels(this.#statistics, order, this.#similarities, this.#peaks ?? [], hidesDead);
  }

  /**
   * @param {Planes} planes
   * @returns {RenderOptions}
   */
  #options(planes) {
    const options = renderOptions(planes, this.#look ?? BOOK);
    const columns = Number(this.#columns.value);
    return columns && options.view !== 'book' ? { ...options, columns } : options;
  }

  /**
   * @param {Planes} planes
   * @param {number} generation
   */
  #summarize(planes, generation) {
    const { output = '' } = this.#info ?? {};
    this.#summaries.hidden = isVector(planes) || planes.channels < 2;
    if (this.#summaries.hidden) return;
    if (this.#summaryMaps.size === 0) {
      for (const of of SUMMARIES) {
        const map = new MapCanvas();
        const note = h('figcaption', {});
        map.dataset.of = of;
        this.#summaryMaps.set(map.key, { map, note });
        const title = h('span', { class: 'summary-title' }, strings.summaries[of]);
        const caption = h('div', { class: 'mat' }, map);
        this.#summaries.append(h('figure', { class: 'summary' }, title, caption, note));
      }
    }
    const single = { ...planes, channels: 1 };
    for (const { map } of this.#summaryMaps.values()) {
      const of = /** @type {Summary} */ (map.dataset.of);
      const own = this.#look ?? BOOK;
      const isPlain = own.view === 'book' || own.view === 'channels';
      const look = { ...own, view: isPlain ? /** @type {const} */ ('layer') : own.view };
      const options = { ...renderOptions(single, look), of };
      const size = gridSize(single, options);
      const label = strings.summaryLabel(output, map.dataset.of ?? '');
      map.drawing = { output, options, size, label, generation };
    }
  }
}

/**
 * @param {HTMLSelectElement} select
 * @param {[value: string, name: string][]} options
 */
function fill(select, options) {
  select.append(...options.map(([value, name]) => h('option', { value }, name)));
}

customElements.define('convscope-layer-view', LayerView);
