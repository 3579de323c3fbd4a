/** One channel of a layer beside the reference's, and their difference. */

import { emit, h } from '../dom.js';
import { isVector, planesOf } from '../layout.js';
import { strings } from '../strings.js';
import { ColorLegend } from './legend.js';
import { MapCanvas } from './map-canvas.js';
import { MessageBox } from './message-box.js';

/**
 * @typedef {import('../../shared/protocol.js').ChannelDifference} ChannelDifference
 * @typedef {import('../../shared/protocol.js').ComparedCell} ComparedCell
 * @typedef {import('../../shared/protocol.js').Grid} Grid
 * @typedef {import('../../shared/protocol.js').RenderOptions} RenderOptions
 * @typedef {import('../controller.js').Reference} Reference
 * @typedef {import('../errors.js').ConvscopeError} ConvscopeError
 * @typedef {import('../graph.js').OutputInfo} OutputInfo
 * @typedef {import('../layout.js').Planes} Planes
 * @typedef {import('./layer-list.js').Look} Look
 * @typedef {{ row: number, column: number }} Place
 * @typedef {{ map: MapCanvas, marker: HTMLElement, frame: HTMLElement }} Tile
 */

/** Cells by which an arrow key moves the cursor. @type {Record<string, [row: number, column: number]>} */
const MOVES = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/**
 * Emits what its maps emit, and `rank-differences` (`{output, show, fail}`) and `compare-cell` (`{output, channel, row,
 * column, show}`), where `show` takes the answer and `fail` an error.
 */
export class ComparisonView extends HTMLElement {
  #output = h('select', { id: 'compared-output', class: 'select' });
  #channel = h('select', { id: 'compared-channel', class: 'select' });
  #tiles = {
    reference: newTile(strings.reference),
    present: newTile(strings.present),
    difference: newTile(strings.difference),
  };
  #legends = { pair: new ColorLegend(), difference: new ColorLegend() };
  #readout = h('p', { class: 'comparison-readout' });
  #message = new MessageBox();
  #group = h('div', {
    class: 'comparison-tiles',
    role: 'group',
    tabindex: 0,
    'aria-label': strings.comparisonTiles,
  });
  /** @type {Map<string, OutputInfo>} */
  #infos = new Map();
  /** @type {Look | null} */
  #look = null;
  /** @type {Reference | null} */
  #reference = null;
  /** @type {Place | null} */
  #cursor = null;
  #isReading = false;
  /** Whether what is painted is of another reference. */
  #isOutdated = false;
  /** Whether the channel is one that a person has chosen, not the one that differs most. */
  #isChosen = false;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#output.addEventListener('change', () => this.#chooseOutput());
    this.#channel.addEventListener('change', () => {
      this.#isChosen = true;
      this.#draw();
    });
    this.#message.addEventListener('dismiss', () => (this.#message.error = undefined));
    this.#group.append(...Object.values(this.#tiles).map(({ frame }) => frame));
    this.#group.addEventListener('keydown', (event) => this.#onKey(event));
    for (const { map } of Object.values(this.#tiles)) {
      map.addEventListener('pointermove', (event) => this.#onPointer(event, map));
      map.addEventListener('pointerdown', (event) => this.#onPointer(event, map));
    }
    const field = (/** @type {string} */ name, /** @type {HTMLElement} */ control) =>
      h('label', { class: 'field' }, h('span', {}, name), control);
    this.append(
      h('h2', { class: 'comparison-title' }, strings.comparison),
      h('p', { class: 'help' }, strings.comparisonHelp),
      h(
        'div',
        { class: 'comparison-choice' },
        field(strings.exportOutput, this.#output),
        field(strings.comparedChannel, this.#channel),
      ),
      this.#message,
      this.#group,
      h(
        'div',
        { class: 'comparison-legends' },
        h('div', {}, h('span', {}, strings.bothScale), this.#legends.pair),
        h('div', {}, h('span', {}, strings.difference), this.#legends.difference),
      ),
      this.#readout,
    );
    this.#message.error = undefined;
  }

  /**
   * @param {object} shown
   * @param {OutputInfo[]} shown.outputs
   * @param {string | null} shown.current the output in view
   * @param {Reference | null} shown.reference
   * @param {Look} shown.look
   */
  update({ outputs, current, reference, look }) {
    const isNew = reference !== this.#reference;
    this.hidden = reference === null;
    this.#look = look;
    this.#reference = reference;
    if (!reference) return;
    const chosen = this.#output.value;
    this.#infos = new Map(outputs.filter(isDrawable).map((info) => [info.output, info]));
    const names = [...this.#infos.keys()];
    this.#output.replaceChildren(...names.map((name) => h('option', {}, name)));
    const firstLayer = names.find((name) => this.#infos.get(name)?.isLayer) ?? null;
    const known = [isNew ? current : chosen, chosen, current, firstLayer].find((name) =>
      names.includes(name ?? ''),
    );
    this.#output.value = known ?? names[0] ?? '';
    this.#isOutdated ||= isNew;
    if (isNew || this.#output.value !== chosen) this.#chooseOutput();
    else this.#draw();
  }

  /** Another pass is done. */
  refresh() {
    if (this.#reference) this.#rank();
  }

  /** What is drawn is of an input that is no longer the present one. */
  markStale() {
    for (const { map } of Object.values(this.#tiles)) map.markStale();
  }

  /**
   * @param {string} key
   * @param {Grid} grid
   */
  painted(key, grid) {
    const { reference, present, difference } = this.#tiles;
    for (const { map } of [reference, present, difference]) {
      if (map.key === key) map.painted(grid);
    }
    if (reference.map.key === key) this.#legends.pair.legend = grid.legend;
    if (difference.map.key === key) this.#legends.difference.legend = grid.legend;
  }

  /**
   * @param {string} key
   * @param {ConvscopeError} error
   */
  failed(key, error) {
    if (!Object.values(this.#tiles).some(({ map }) => map.key === key)) return;
    this.#message.error = error;
  }

  #chooseOutput() {
    this.#isChosen = false;
    this.#cursor = null;
    this.#readout.textContent = '';
    this.#channel.replaceChildren();
    for (const { marker } of Object.values(this.#tiles)) marker.hidden = true;
    this.#rank();
  }

  #rank() {
    const output = this.#output.value;
    emit(this, 'rank-differences', {
      output,
      show: (/** @type {ChannelDifference[]} */ ranked) => {
        if (output !== this.#output.value) return;
        this.#message.error = undefined;
        this.#listChannels(ranked);
        this.#draw();
        this.#read();
      },
      fail: (/** @type {ConvscopeError} */ error) => {
        if (output === this.#output.value) this.#message.error = error;
      },
    });
  }

  /** @param {ChannelDifference[]} ranked */
  #listChannels(ranked) {
    const chosen = this.#isChosen ? this.#channel.value : String(ranked[0]?.channel);
    const options = ranked.map(({ channel, difference }) =>
      h('option', { value: channel }, strings.rankedChannel(channel, difference)),
    );
    this.#channel.replaceChildren(...options);
    this.#channel.value = chosen;
  }

  #draw() {
    const output = this.#output.value;
    const planes = planesOf(this.#infos.get(output)?.shape ?? []);
    const look = this.#look;
    if (!look || !planes || this.#channel.value === '') return;
    const channel = Number(this.#channel.value);
    const { view, colormap, range } = look;
    const pair = {
      of: /** @type {const} */ ('pair'),
      view,
      ...(colormap && { colormap }),
      ...(view === 'fixed' && range && { range }),
    };
    /** @type {['reference' | 'present' | 'difference', RenderOptions][]} */
    const drawings = [
      ['reference', { ...pair, channels: [channel] }],
      ['present', { ...pair, channels: [planes.channels + channel] }],
      ['difference', { of: 'difference', view: 'symmetric', channels: [channel] }],
    ];
    for (const [name, options] of drawings) {
      const label = strings.comparedMap(strings[name], output, channel);
      const size = { width: planes.width, height: planes.height, columns: 1, rows: 1 };
      const { generation } = look;
      const { map } = this.#tiles[name];
      map.drawing = { output, options, size, label, generation };
      if (this.#isOutdated) map.bind();
    }
    this.#isOutdated = false;
    this.#mark(planes);
  }

  /** @param {Planes} planes */
  #mark({ height, width }) {
    for (const { marker } of Object.values(this.#tiles)) {
      marker.hidden = this.#cursor === null;
      if (!this.#cursor) continue;
      const { row, column } = this.#cursor;
      marker.style.top = `${(row / height) * 100}%`;
      marker.style.left = `${(column / width) * 100}%`;
      marker.style.height = `${100 / height}%`;
      marker.style.width = `${100 / width}%`;
    }
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    const [down, right] = move;
    const { row, column } = this.#cursor ?? { row: -down, column: -right };
    this.#readout.ariaLive = 'polite';
    this.#moveTo({ row: row + down, column: column + right });
  }

  /**
   * @param {PointerEvent} event
   * @param {MapCanvas} map
   */
  #onPointer(event, map) {
    const planes = this.#planes();
    if (!planes) return;
    const { left, top, width, height } = map.getBoundingClientRect();
    // It is not read out while it follows the pointer.
    this.#readout.ariaLive = 'off';
    this.#moveTo({
      row: Math.floor(((event.clientY - top) / height) * planes.height),
      column: Math.floor(((event.clientX - left) / width) * planes.width),
    });
  }

  /** @param {Place} place which may be outside */
  #moveTo({ row, column }) {
    const planes = this.#planes();
    if (!planes) return;
    this.#cursor = {
      row: Math.min(Math.max(row, 0), planes.height - 1),
      column: Math.min(Math.max(column, 0), planes.width - 1),
    };
    this.#mark(planes);
    this.#read();
  }

  #planes() {
    return planesOf(this.#infos.get(this.#output.value)?.shape ?? []);
  }

  /** Asks for the values under the cursor, one question at a time. */
  #read() {
    const cursor = this.#cursor;
    if (!cursor || this.#isReading || this.#channel.value === '') return;
    const [output, channel] = [this.#output.value, Number(this.#channel.value)];
    this.#isReading = true;
    emit(this, 'compare-cell', {
      ...{ output, channel, ...cursor },
      show: (/** @type {ComparedCell | null} */ cell) => {
        this.#isReading = false;
        if (cell) this.#readout.textContent = strings.comparedCell(cursor, cell);
        const isSame = this.#cursor === cursor && this.#output.value === output;
        if (!isSame || this.#channel.value !== String(channel)) this.#read();
      },
    });
  }
}

/**
 * @param {string} title
 * @returns {Tile}
 */
function newTile(title) {
  const map = new MapCanvas();
  const marker = h('div', { class: 'cell-marker', hidden: true });
  const place = h('div', { class: 'comparison-map' }, map, marker);
  return { map, marker, frame: h('figure', {}, place, h('figcaption', {}, title)) };
}

/** @param {OutputInfo} info */
function isDrawable({ shape }) {
  const planes = planesOf(shape);
  return planes !== null && !isVector(planes);
}

customElements.define('convscope-comparison', ComparisonView);
