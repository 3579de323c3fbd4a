/** The network as a list to go by, with its branches beside it. */

import { groupIntoBlocks } from '../blocks.js';
import { emit, h } from '../dom.js';
import { groupByLayer, readRows } from '../graph.js';
import { layLanes } from '../lanes.js';
import { landmarkName } from '../landmarks.js';
import { strings } from '../strings.js';
import { OutlineRow, widthOf } from './outline-row.js';

/**
 * @typedef {import('../blocks.js').Entry} Entry
 * @typedef {import('../graph.js').OutputGroup} OutputGroup
 * @typedef {import('../graph.js').OutputInfo} OutputInfo
 * @typedef {import('../../shared/protocol.js').Grid} Grid
 * @typedef {import('../../shared/protocol.js').NodeInfo} NodeInfo
 * @typedef {import('./layer-list.js').Look} Look
 * @typedef {import('./outline-row.js').Row} Row
 */

/**
 * Emits `go-to` (an output's name), `show-figures` (whether the rows have their figures, for which they want more room),
 * `count-dead` (`{output, show}`, where `show` takes the number of its dead channels), and what `MapCanvas` emits.
 */
export class NetworkOutline extends HTMLElement {
  #list = h('ol', { class: 'outline-list' });
  #search = h('input', {
    type: 'search',
    class: 'search',
    id: 'find-layer',
    'aria-label': strings.findLayer,
    placeholder: strings.findLayer,
    autocomplete: 'off',
    spellcheck: 'false',
  });
  #found = h('p', { class: 'found', role: 'status' });
  #scope = h('input', { type: 'checkbox', role: 'switch', id: 'all-outputs' });
  #figures = h('input', { type: 'checkbox', role: 'switch', id: 'outline-figures' });
  #head = h('div', { class: 'figures-head', 'aria-hidden': 'true', hidden: true });
  #details = h('details', { class: 'outline', open: true });
  #isNarrow = false;
  /** @type {NodeInfo[]} */
  #nodes = [];
  /** @type {OutputInfo[]} */
  #outputs = [];
  /** What comes before the first layer. @type {OutputInfo[]} */
  #before = [];
  /** @type {OutputGroup[]} */
  #layers = [];
  /** The layers, and the blocks that they are in. @type {Entry[]} */
  #blocks = [];
  /** Keys of blocks that are open. @type {Set<string>} */
  #open = new Set();
  /** @type {OutlineRow[]} */
  #rows = [];
  /** Rows with figures that are in view, by their elements. @type {Map<Element, OutlineRow>} */
  #inView = new Map();
  /** Of outputs that have been counted in the present pass. @type {Map<string, number>} */
  #dead = new Map();
  /** @type {ReadonlyMap<string, number>} */
  #milliseconds = new Map();
  /** @type {Look | null} */
  #look = null;
  #spy = new IntersectionObserver((entries) => this.#onScroll(entries));
  /** @type {ReadonlySet<string>} */
  #computed = new Set();
  /** @type {string | null} */
  #current = null;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#scope.addEventListener('change', () => this.#render());
    this.#figures.addEventListener('change', () => {
      this.#showFigures();
      emit(this, 'show-figures', this.#figures.checked);
    });
    this.#search.addEventListener('input', () => this.#render());
    this.#search.addEventListener('keydown', (event) => this.#onSearchKey(event));
    this.#list.addEventListener('keydown', (event) => this.#onKey(event));
    this.#list.addEventListener('click', (event) => {
      const button = /** @type {Element} */ (event.target).closest('button');
      const row = this.#rows.find((candidate) => candidate.button === button)?.row;
      if (!row) return;
      if (row.isOpen === undefined) emit(this, 'go-to', row.key);
      else this.#toggle(row);
    });
    this.#details.append(
      h('summary', { class: 'panel-title' }, strings.outline),
      this.#search,
      h(
        'div',
        { class: 'outline-options' },
        h('label', { class: 'switch' }, this.#scope, h('span', {}, strings.allOutputs)),
        h('label', { class: 'switch' }, this.#figures, h('span', {}, strings.figuresSwitch)),
        this.#found,
      ),
      this.#head,
      h('nav', { 'aria-label': landmarkName(this, strings.outline) }, this.#list),
    );
    this.#head.append(
      ...Object.values(strings.outlineFigures).map((name) => h('span', {}, capitalized(name))),
    );
    this.append(this.#details);
  }

  /** @param {boolean} isNarrow whether there is room for one column only */
  set isNarrow(isNarrow) {
    if (isNarrow === this.#isNarrow) return;
    this.#isNarrow = isNarrow;
    this.#details.open = !isNarrow;
  }

  /**
   * @param {NodeInfo[]} nodes
   * @param {OutputInfo[]} outputs theirs
   */
  show(nodes, outputs) {
    this.#nodes = nodes;
    this.#outputs = outputs;
    this.#open.clear();
    this.#search.value = '';
    const groups = groupByLayer(outputs);
    this.#before = groups.flatMap(({ layer, others }) => (layer ? [] : others));
    this.#layers = groups.filter(({ layer }) => layer !== null);
    const layers = outputs.filter(({ isLayer }) => isLayer);
    this.#blocks = groupIntoBlocks(
      layers.map(({ output }) => output),
      layers.map(({ operators }) => operators.join()),
    );
    this.classList.toggle('empty-outline', outputs.length === 0);
    this.#render();
  }

  /** @param {ReadonlySet<string>} outputs those computed in the present pass */
  set computed(outputs) {
    this.#computed = outputs;
    this.#markRows();
  }

  /** @param {ReadonlyMap<string, number>} milliseconds that the pass spent in each node */
  set milliseconds(milliseconds) {
    this.#milliseconds = milliseconds;
    for (const row of this.#rows) row.milliseconds = milliseconds;
  }

  /** @param {Look} look */
  set look(look) {
    this.#look = look;
    if (this.#figures.checked) this.#render();
  }

  /** Takes the figures away. */
  hideFigures() {
    if (!this.#figures.checked) return;
    this.#figures.checked = false;
    this.#showFigures();
  }

  /** There has been another pass. */
  refresh() {
    this.#dead.clear();
    for (const row of this.#inView.values()) this.#countDead(row);
  }

  /**
   * @param {string} key
   * @param {Grid} grid
   */
  painted(key, grid) {
    this.#rows.find(({ thumbnail }) => thumbnail?.key === key)?.thumbnail?.painted(grid);
  }

  /** @param {string | null} current the output in view */
  set current(current) {
    this.#current = current;
    this.#markRows();
  }

  #render() {
    const query = this.#search.value.trim().toLowerCase();
    const rows = query ? this.#findRows(query) : this.#listRows();
    const lanes = query ? [] : this.#layLanes(rows);
    this.style.setProperty('--lanes', `${widthOf(lanes)}px`);
    this.#spy.disconnect();
    this.#inView.clear();
    for (const { thumbnail } of this.#rows) thumbnail?.release();
    this.#rows = rows.map((row, index) => new OutlineRow(row, lanes[index]));
    if (this.#look && this.#figures.checked) {
      for (const row of this.#rows) {
        row.addFigures(this.#look);
        row.milliseconds = this.#milliseconds;
        if (row.mapped) this.#spy.observe(row.element);
      }
    }
    this.#list.replaceChildren(...this.#rows.map(({ element }) => element));
    this.#found.textContent = query ? strings.foundLayers(rows.length, this.#outputs.length) : '';
    this.#markRows();
  }

  /**
   * @param {string} query in lower case
   * @returns {Row[]}
   */
  #findRows(query) {
    const found = this.#outputs.filter(({ output, operators }) =>
      [output, ...operators].some((text) => text.toLowerCase().includes(query)),
    );
    return found.map((info) => outputRow(info, 0, ''));
  }

  /** @returns {Row[]} */
  #listRows() {
    const isAll = this.#scope.checked;
    /**
     * @param {OutputGroup} group
     * @param {number} depth
     * @param {string} prefix
     */
    const groupRows = ({ layer, others }, depth, prefix) => {
      const isInside = (/** @type {OutputInfo} */ info) => info.layer !== null;
      const shown = isAll ? others : [];
      const infos = [...shown.filter(isInside), layer, ...shown.filter((info) => !isInside(info))];
      return infos.flatMap((info) => (info ? outputRow(info, depth, prefix) : []));
    };
    /**
     * @param {Entry} entry
     * @param {string} key
     * @param {number} depth
     * @param {string} prefix the name of the block that it is in
     * @returns {Row[]}
     */
    const entryRows = (entry, key, depth, prefix) => {
      if (!('entries' in entry)) {
        const group = this.#layers[entry.index];
        return group ? groupRows(group, depth, prefix) : [];
      }
      const isOpen = this.#open.has(key);
      const inside = entry.entries.flatMap((inner, index) =>
        entryRows(inner, `${key}/${index}`, depth + 1, entry.name),
      );
      const about = strings.blockSize(entry.size);
      const members = isOpen ? [] : this.#membersOf(entry);
      const name = without(entry.name, prefix);
      const row = { key, name, about, depth, members, isOpen };
      return isOpen ? [row, ...inside] : [row];
    };
    const rows = this.#blocks.flatMap((entry, index) => entryRows(entry, String(index), 0, ''));
    return [...(isAll ? this.#before.map((info) => outputRow(info, 0, '')) : []), ...rows];
  }

  /**
   * @param {Entry} entry
   * @returns {OutputInfo[]}
   */
  #membersOf(entry) {
    if ('entries' in entry) return entry.entries.flatMap((inner) => this.#membersOf(inner));
    const layer = this.#layers[entry.index]?.layer;
    return layer ? [layer] : [];
  }

  /**
   * What there is to draw beside rows.
   *
   * @param {Row[]} rows
   */
  #layLanes(rows) {
    const rowOf = new Map();
    for (const [index, { members }] of rows.entries()) {
      for (const { output } of members) rowOf.set(output, index);
    }
    const sources = readRows(this.#nodes, rowOf);
    return layLanes(rows.map((_, index) => sources[index] ?? []));
  }

  #markRows() {
    for (const row of this.#rows) {
      row.computed = this.#computed;
      row.current = this.#current;
    }
  }

  #showFigures() {
    this.#head.hidden = !this.#figures.checked;
    this.classList.toggle('with-figures', this.#figures.checked);
    this.#render();
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #onScroll(entries) {
    for (const { isIntersecting, target } of entries) {
      const row = this.#rows.find(({ element }) => element === target);
      if (!row || !isIntersecting) this.#inView.delete(target);
      else {
        this.#inView.set(target, row);
        this.#countDead(row);
      }
    }
  }

  /** @param {OutlineRow} row */
  #countDead(row) {
    const output = row.mapped?.info.output;
    if (output === undefined) return;
    row.dead = this.#dead.get(output);
    if (this.#dead.has(output) || !this.#computed.has(output)) return;
    const dead = this.#dead;
    const show = (/** @type {number} */ count) => {
      dead.set(output, count);
      row.dead = count;
    };
    emit(this, 'count-dead', { output, show });
  }

  /** @param {Row} row a block's */
  #toggle({ key, isOpen }) {
    if (isOpen) this.#open.delete(key);
    else this.#open.add(key);
    this.#render();
    this.#rows.find(({ row }) => row.key === key)?.button.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  #onSearchKey(event) {
    const [first] = this.#rows;
    if (event.key === 'ArrowDown') first?.button.focus();
    else if (event.key === 'Enter') first?.button.click();
    else return;
    event.preventDefault();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const at = this.#rows.findIndex(({ button }) => button === event.target);
    const row = this.#rows[at]?.row;
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const go = (/** @type {number} */ index) => this.#rows.at(index)?.button.focus();
    const { key } = event;
    if (key === 'ArrowDown') go(Math.min(at + 1, this.#rows.length - 1));
    else if (key === 'ArrowUp' && at > 0) go(at - 1);
    else if (key === 'ArrowUp') this.#search.focus();
    else if (key === 'Home') go(0);
    else if (key === 'End') go(-1);
    else if (key === 'ArrowRight' && row.isOpen === false) this.#toggle(row);
    else if (key === 'ArrowLeft' && row.isOpen) this.#toggle(row);
    else if (key === 'ArrowLeft' && row.depth > 0) {
      go(this.#rows.findLastIndex((other, index) => index < at && other.row.depth < row.depth));
    } else return;
    event.preventDefault();
  }
}

/**
 * @param {OutputInfo} info
 * @param {number} depth
 * @param {string} prefix the name of the block that it is in
 * @returns {Row}
 */
function outputRow(info, depth, prefix) {
  const { output, operators, shape } = info;
  const about = `${operators.join(' · ')}, ${strings.shape(shape)}`;
  return { key: output, name: without(output, prefix), about, depth, members: [info] };
}

/** @param {string} text */
function capitalized(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * @param {string} name
 * @param {string} prefix
 */
function without(name, prefix) {
  return prefix && name.startsWith(prefix)
    ? name.slice(prefix.length).replace(/^[/.:_]+/, '')
    : name;
}

customElements.define('convscope-outline', NetworkOutline);
