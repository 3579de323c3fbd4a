/** The network as a list to go by, with its branches beside it. */

import { groupIntoBlocks } from '../blocks.js';
import { emit, h, svg } from '../dom.js';
import { groupByLayer, readRows } from '../graph.js';
import { layLanes } from '../lanes.js';
import { strings } from '../strings.js';

/**
 * @typedef {import('../blocks.js').Entry} Entry
 * @typedef {import('../graph.js').OutputGroup} OutputGroup
 * @typedef {import('../graph.js').OutputInfo} OutputInfo
 * @typedef {import('../lanes.js').LaneRow} LaneRow
 * @typedef {import('../../shared/protocol.js').NodeInfo} NodeInfo
 *
 * @typedef {object} Row
 * @property {string} key an output's name, or a block's path
 * @property {string} name
 * @property {string} about
 * @property {number} depth in how many blocks it is
 * @property {OutputInfo[]} members what it stands for: nothing where that is listed below it
 * @property {boolean} [isOpen] whether what is in it is listed; not for an output
 */

const LANE_WIDTH = 10;
const ROW_HEIGHT = 44;
/** Further lanes share the last one's place. */
const MOST_LANES = 6;

/** Emits `go-to` (an output's name). */
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
  #details = h('details', { class: 'outline', open: true });
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
  /** @type {{ row: Row, button: HTMLButtonElement }[]} */
  #rows = [];
  /** @type {ReadonlySet<string>} */
  #computed = new Set();
  /** @type {string | null} */
  #current = null;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#scope.addEventListener('change', () => this.#render());
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
        this.#found,
      ),
      h('nav', { 'aria-label': strings.outline }, this.#list),
    );
    this.append(this.#details);
  }

  /** @param {boolean} isNarrow whether there is room for one column only */
  set isNarrow(isNarrow) {
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

  /** @param {string | null} current the output in view */
  set current(current) {
    this.#current = current;
    this.#markRows();
  }

  #render() {
    const query = this.#search.value.trim().toLowerCase();
    const rows = query ? this.#findRows(query) : this.#listRows();
    const lanes = query ? [] : this.#layLanes(rows);
    const laneCount = Math.max(0, ...lanes.flatMap(({ lane, past }) => [lane + 1, past.length]));
    this.style.setProperty('--lanes', `${Math.min(laneCount, MOST_LANES) * LANE_WIDTH}px`);
    this.#rows = rows.map((row) => ({ row, button: newButton(row) }));
    this.#list.replaceChildren(
      ...this.#rows.map(({ row, button }, index) => {
        const lane = lanes[index];
        const item = h('li', { class: 'outline-row' }, lane ? drawLanes(lane) : null, button);
        item.style.setProperty('--depth', String(row.depth));
        return item;
      }),
    );
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
    for (const { row, button } of this.#rows) {
      const { members } = row;
      const isComputed = members.every(({ output }) => this.#computed.has(output));
      button.classList.toggle('computed', isComputed);
      const isCurrent = members.some(({ output }) => output === this.#current);
      button.ariaCurrent = isCurrent ? 'true' : null;
    }
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

/**
 * @param {string} name
 * @param {string} prefix
 */
function without(name, prefix) {
  return prefix && name.startsWith(prefix)
    ? name.slice(prefix.length).replace(/^[/.:_]+/, '')
    : name;
}

/** @param {Row} row */
function newButton({ key, name, about, members, isOpen }) {
  const isBlock = isOpen !== undefined;
  const button = h(
    'button',
    {
      type: 'button',
      value: key,
      title: isBlock ? name : key,
      'aria-expanded': isBlock ? String(isOpen) : null,
    },
    h('span', { class: 'outline-name' }, name),
    h('span', { class: 'outline-about' }, about),
  );
  button.classList.toggle('block', isBlock);
  button.classList.toggle('is-between', !isBlock && !members[0]?.isLayer);
  return button;
}

/** @param {LaneRow} row */
function drawLanes({ lane, into, past, isRead }) {
  const middle = ROW_HEIGHT / 2;
  const x = (/** @type {number} */ index) => (Math.min(index, MOST_LANES - 1) + 0.5) * LANE_WIDTH;
  const own = x(lane);
  const paths = [
    ...past.map((index) => `M${x(index)} 0V${ROW_HEIGHT}`),
    ...into.map((index) => `M${x(index)} 0C${x(index)} ${middle} ${own} 0 ${own} ${middle}`),
    isRead ? `M${own} ${middle}V${ROW_HEIGHT}` : '',
  ];
  return svg(
    'svg',
    {
      class: 'lanes',
      viewBox: `0 0 ${MOST_LANES * LANE_WIDTH} ${ROW_HEIGHT}`,
      'aria-hidden': 'true',
    },
    svg('path', { d: paths.join('') }),
    svg('circle', { cx: own, cy: middle, r: into.length > 1 ? 4 : 3 }),
  );
}

customElements.define('convscope-outline', NetworkOutline);
