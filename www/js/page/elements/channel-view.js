/** One channel by itself: its map enlarged, what its values are, and how one of them was made. */

import { breakable, emit, h } from '../dom.js';
import { channelDrawing, planesOf } from '../layout.js';
import { strings } from '../strings.js';
import { CellArithmetic } from './arithmetic.js';
import { Breadcrumb } from './breadcrumb.js';
import { HistogramView } from './histogram.js';
import { KernelView } from './kernel-view.js';
import { ColorLegend } from './legend.js';
import { MapCanvas } from './map-canvas.js';
import { MessageBox } from './message-box.js';
import { OverlayControls } from './overlay-controls.js';
import { ZoomPane } from './zoom-pane.js';

/**
 * @typedef {import('../../shared/protocol.js').Grid} Grid
 * @typedef {import('../../shared/protocol.js').Histogram} Histogram
 * @typedef {import('../../shared/protocol.js').Rectangle} Rectangle
 * @typedef {import('../../shared/protocol.js').Statistics} Statistics
 * @typedef {import('../../shared/protocol.js').Tensor} Tensor
 * @typedef {import('../errors.js').ConvscopeError} ConvscopeError
 * @typedef {import('../focus.js').Focus} Focus
 * @typedef {import('../graph.js').OutputInfo} OutputInfo
 * @typedef {import('./arithmetic.js').Step} Step
 * @typedef {import('./layer-list.js').Look} Look
 */

const ZOOM_STEP = 1.5;

/** Emits `navigate` (a Focus or null), and what `MapCanvas` emits. */
export class ChannelView extends HTMLElement {
  #breadcrumb = new Breadcrumb();
  #heading = h('h3', { class: 'layer-name', tabindex: -1 });
  #previous = h('button', { type: 'button', class: 'button' }, strings.previousChannel);
  #next = h('button', { type: 'button', class: 'button' }, strings.nextChannel);
  #legend = new ColorLegend();
  #pane = new ZoomPane();
  #map = new MapCanvas();
  #message = new MessageBox();
  #overlay = new OverlayControls();
  #value = h('p', { class: 'cell-value', role: 'status' });
  #figures = h('dl', { class: 'figures' });
  #histogram = new HistogramView();
  #kernel = new KernelView();
  #arithmetic = new CellArithmetic();
  #arithmeticTitle = h('h4', { class: 'panel-title' }, strings.arithmetic);
  /** @type {Focus | null} */
  #focus = null;
  /** @type {OutputInfo | null} */
  #info = null;
  /** @type {Look | null} */
  #look = null;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#previous.addEventListener('click', () => this.#step(-1));
    this.#next.addEventListener('click', () => this.#step(1));
    this.#pane.addEventListener('choose-cell', (event) => {
      const cell = /** @type {CustomEvent} */ (event).detail;
      if (this.#focus) emit(this, 'navigate', { ...this.#focus, cell });
    });
    this.#overlay.addEventListener('choose-overlay', (event) => {
      this.#pane.overlay = /** @type {CustomEvent} */ (event).detail;
    });
    this.#message.addEventListener('dismiss', () => (this.#message.error = undefined));
    this.#pane.map = this.#map;
    const zoom = (
      /** @type {string} */ name,
      /** @type {string} */ text,
      /** @type {() => void} */ act,
    ) => {
      const button = h(
        'button',
        { type: 'button', class: 'button', 'aria-label': name, title: name },
        text,
      );
      button.addEventListener('click', act);
      return button;
    };
    this.append(
      this.#breadcrumb,
      h(
        'header',
        { class: 'layer-header' },
        this.#heading,
        h('div', { class: 'buttons' }, this.#previous, this.#next),
        this.#legend,
      ),
      h(
        'div',
        { class: 'channel-columns' },
        h(
          'div',
          { class: 'channel-map' },
          h('div', { class: 'mat' }, this.#pane),
          h(
            'div',
            { class: 'buttons' },
            zoom(strings.zoomIn, '+', () => this.#pane.zoomBy(ZOOM_STEP)),
            zoom(strings.zoomOut, '−', () => this.#pane.zoomBy(1 / ZOOM_STEP)),
            zoom(strings.zoomFit, strings.zoomFit, () => this.#pane.reset()),
            this.#value,
          ),
          this.#overlay,
          this.#message,
        ),
        h('div', { class: 'channel-about' }, this.#figures, this.#histogram, this.#kernel),
      ),
      this.#arithmeticTitle,
      this.#arithmetic,
    );
    this.#message.error = undefined;
  }

  /**
   * @param {OutputInfo} info
   * @param {Focus} focus with a channel
   */
  show(info, focus) {
    const { channel } = focus;
    const isOther = this.#focus?.output !== focus.output || this.#focus.channel !== channel;
    this.#focus = focus;
    this.#info = info;
    const planes = planesOf(info.shape);
    this.#breadcrumb.focusPath = focus;
    const title = `${info.output}, ${strings.channel(channel ?? 0).toLowerCase()}`;
    this.#heading.replaceChildren(...breakable(title));
    this.#previous.disabled = channel === 0;
    this.#next.disabled = channel === (planes?.channels ?? 1) - 1;
    if (planes) this.#pane.size = planes;
    this.#pane.cell = focus.cell;
    this.#pane.ariaLabel = strings.paneLabel(channel ?? 0, planes?.height ?? 0, planes?.width ?? 0);
    if (isOther) this.#pane.reset();
    if (isOther || !focus.cell) {
      this.#value.textContent = focus.cell ? '' : strings.chooseCell;
      this.steps = [];
    }
    this.#draw();
  }

  takeFocus() {
    this.#pane.focus({ preventScroll: true });
  }

  /** @param {Look} look */
  set look(look) {
    this.#look = look;
    this.#draw();
  }

  get key() {
    return this.#map.key;
  }

  /** @param {Statistics} statistics */
  set statistics(statistics) {
    const planes = planesOf(this.#info?.shape ?? [null]);
    const count = planes ? planes.height * planes.width : 0;
    const rows = strings.figures(statistics, count);
    this.#figures.replaceChildren(
      ...rows.flatMap(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]),
    );
  }

  /** @param {{ url: string, area: Rectangle } | null} picture what the map lies over, and where; null for nothing */
  set picture(picture) {
    this.#overlay.picture = picture;
  }

  /** @param {Histogram} histogram */
  set histogram(histogram) {
    this.#histogram.histogram = histogram;
  }

  /**
   * @param {Tensor | null} kernel
   * @param {boolean} isColor
   */
  showKernel(kernel, isColor) {
    this.#kernel.show(kernel, isColor);
  }

  /** @param {Step[]} steps how the cell got its value, the last node first */
  set steps(steps) {
    this.#arithmetic.steps = steps;
    this.#arithmeticTitle.hidden = steps.length === 0;
    const { cell } = this.#focus ?? {};
    const [last] = steps;
    if (cell && last) this.#value.textContent = strings.cellValue(cell, last.cell.value);
  }

  /** @param {Grid} grid */
  painted(grid) {
    this.#message.error = undefined;
    this.#map.painted(grid);
    this.#legend.legend = { ...grid.legend, ...grid.legend.drawn };
  }

  /** @param {ConvscopeError} error */
  failed(error) {
    this.#message.error = error;
  }

  /** @param {number} step */
  #step(step) {
    if (!this.#focus || this.#focus.channel === null) return;
    emit(this, 'navigate', { ...this.#focus, channel: this.#focus.channel + step });
  }

  #draw() {
    const planes = planesOf(this.#info?.shape ?? [null]);
    if (!this.#focus || this.#focus.channel === null || !this.#look || !planes) return;
    const { output, channel } = this.#focus;
    const drawn = channelDrawing(planes, channel, this.#look);
    const label = strings.channelLabel(output, channel);
    this.#map.drawing = { output, ...drawn, label, generation: this.#look.generation };
  }
}

customElements.define('convscope-channel', ChannelView);
