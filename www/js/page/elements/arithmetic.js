/** How a cell got its value: what was read, by what it was multiplied, and the sum. */

import { breakable, h } from '../dom.js';
import { strings } from '../strings.js';

/**
 * @typedef {import('../../shared/protocol.js').Cell} Cell
 * @typedef {import('../../shared/protocol.js').CellWindow} CellWindow
 *
 * @typedef {{ output: string, cell: Cell }} Step a node's part in it
 * @typedef {{ channel: number, values: number[], weights: number[] | null, sum: number }} Plane a window's, of one channel
 */

/** Channels that are told one by one; the others in one sum. */
const SHOWN_CHANNELS = 6;
/** Larger windows are not told cell by cell. */
const LARGEST_TABLE = 225;
/** Values of one window that are told. */
const SHOWN_VALUES = 24;

export class CellArithmetic extends HTMLElement {
  /** @param {Step[]} steps the last node first */
  set steps(steps) {
    this.replaceChildren(...steps.map(stepView));
  }
}

/** @param {Step} step */
function stepView({ output, cell }) {
  return h(
    'section',
    { class: 'step' },
    h(
      'h4',
      { class: 'step-title' },
      h('span', {}, cell.op),
      ' ',
      h('span', { class: 'step-output' }, ...breakable(output)),
    ),
    ...ruleView(cell),
  );
}

/**
 * @param {Cell} cell
 * @returns {HTMLElement[]}
 */
function ruleView(cell) {
  const { rule, windows, parameters, value, op } = cell;
  const values = windows.flatMap((window) => Array.from(window.values));
  const p = (/** @type {string} */ text) => h('p', { class: 'formula' }, ...breakable(text));
  switch (rule) {
    case 'weighted-sum':
      return weightedSum(cell);
    case 'maximum':
    case 'mean':
    case 'sum':
      return [
        p(strings.aggregate(rule, values.length, parameters.count ?? null, value)),
        ...tables(windows, rule),
      ];
    case 'normalization':
      return [p(strings.normalization(values[0] ?? NaN, parameters, value))];
    case 'softmax':
    case 'log-softmax':
      return [p(strings.softmax(rule, parameters, value, values.length))];
    case 'function':
      return [p(strings.functionOf(op, values, parameters, value))];
    case 'copy':
      return [p(strings.copiedFrom(windows[0]?.name ?? '', value))];
    case null:
      return [p(strings.noArithmetic(op))];
  }
}

/** @param {Cell} cell */
function weightedSum({ windows, parameters, value }) {
  const planes = windows
    .flatMap(planesOf)
    .sort((a, b) => Math.abs(b.plane.sum) - Math.abs(a.plane.sum));
  const { bias = 0, factor = 1 } = parameters;
  const products = windows.reduce((sum, { values }) => sum + values.length, 0);
  const total = planes.reduce((sum, { plane }) => sum + plane.sum, 0);
  const shown = planes.slice(0, SHOWN_CHANNELS);
  const rest = planes.slice(SHOWN_CHANNELS).reduce((sum, { plane }) => sum + plane.sum, 0);
  const rows = shown.map(({ window, plane }, index) => {
    const summary = h(
      'summary',
      {},
      h('span', {}, ...breakable(strings.fromChannel(window.name, plane.channel))),
      h('span', { class: 'step-number' }, strings.exact(plane.sum)),
    );
    return h(
      'details',
      { class: 'step-channel', open: index === 0 },
      summary,
      planeTable(window, plane),
    );
  });
  const line = (/** @type {string} */ name, /** @type {number} */ number) =>
    h(
      'p',
      { class: 'step-line' },
      h('span', {}, name),
      h('span', { class: 'step-number' }, strings.exact(number)),
    );
  return [
    h('p', { class: 'formula' }, strings.weightedSum(products, total, factor, bias, value)),
    ...rows,
    ...(planes.length > SHOWN_CHANNELS
      ? [line(strings.otherChannels(planes.length - SHOWN_CHANNELS), rest)]
      : []),
    ...(factor === 1 ? [] : [line(strings.factor, factor)]),
    line(strings.bias, bias),
    h(
      'p',
      { class: 'step-line total' },
      h('span', {}, strings.result),
      h('span', { class: 'step-number' }, strings.exact(value)),
    ),
  ];
}

/**
 * @param {CellWindow} window
 * @returns {{ window: CellWindow, plane: Plane }[]}
 */
function planesOf(window) {
  const { channels, rows, columns, values, weights } = window;
  const area = rows.length * columns.length;
  return channels.map((channel, index) => {
    const own = Array.from(values.subarray(index * area, (index + 1) * area));
    const factors = weights && Array.from(weights.subarray(index * area, (index + 1) * area));
    const sum = own.reduce((total, value, place) => total + value * (factors?.[place] ?? 1), 0);
    return { window, plane: { channel: channel ?? -1, values: own, weights: factors, sum } };
  });
}

/**
 * @param {CellWindow[]} windows
 * @param {'maximum' | 'mean' | 'sum'} rule
 */
function tables(windows, rule) {
  return windows.flatMap((window) => {
    if (window.values.length > LARGEST_TABLE) return [];
    return planesOf(window).map(({ plane }) => planeTable(window, plane, rule === 'maximum'));
  });
}

/**
 * @param {CellWindow} window
 * @param {Plane} plane
 * @param {boolean} [marksLargest]
 */
function planeTable({ rows, columns }, { values, weights }, marksLargest = false) {
  if (values.length > LARGEST_TABLE) return listed(values, weights);
  const isPadding = (/** @type {number} */ place) =>
    rows[Math.floor(place / columns.length)] === null || columns[place % columns.length] === null;
  const inside = values.filter((_, place) => !isPadding(place));
  const largest = Math.max(...inside);
  const cell = (/** @type {number} */ place) => {
    const value = values[place] ?? 0;
    const weight = weights?.[place];
    const text = isPadding(place) ? strings.padding : strings.value(value);
    const product =
      weight === undefined ? null : h('span', { class: 'weight' }, `× ${strings.value(weight)}`);
    const data = h('td', {}, text, product);
    data.classList.toggle('padding', isPadding(place));
    data.classList.toggle('largest', marksLargest && !isPadding(place) && value === largest);
    return data;
  };
  const body = rows.map((row, y) =>
    h(
      'tr',
      {},
      h('th', { scope: 'row' }, row === null ? '' : String(row)),
      ...columns.map((_, x) => cell(y * columns.length + x)),
    ),
  );
  const head = columns.map((column) =>
    h('th', { scope: 'col' }, column === null ? '' : String(column)),
  );
  return h(
    'div',
    { class: 'window', tabindex: 0, role: 'group', 'aria-label': strings.window },
    h('table', {}, h('thead', {}, h('tr', {}, h('td', {}), ...head)), h('tbody', {}, ...body)),
  );
}

/**
 * @param {number[]} values
 * @param {number[] | null} weights
 */
function listed(values, weights) {
  const terms = values
    .slice(0, SHOWN_VALUES)
    .map((value, place) => strings.term(value, weights?.[place] ?? null));
  return h(
    'p',
    { class: 'help' },
    [...terms, strings.more(values.length - SHOWN_VALUES)].join(' + '),
  );
}

customElements.define('convscope-arithmetic', CellArithmetic);
