/** What is looked at by itself: a layer, one of its channels, a cell of that. */

import { ConvscopeError } from './errors.js';
import { strings } from './strings.js';

/**
 * @typedef {object} Focus
 * @property {string} output
 * @property {number | null} channel null for all of them
 * @property {{ row: number, column: number } | null} cell
 */

/**
 * The focus that attributes tell: `channel` is `all` or a number, `cell` a row and a column.
 *
 * @param {string | null} layer
 * @param {string | null} channel null for no focus
 * @param {string | null} cell
 * @returns {Focus | null}
 * @throws {ConvscopeError} `bad-input`
 */
export function readFocus(layer, channel, cell) {
  if (channel === null || layer === null) return null;
  const place = cell === null ? [] : /^(\d{1,9}),(\d{1,9})$/.exec(cell);
  if (!place || !/^(all|\d{1,9})$/.test(channel)) {
    throw new ConvscopeError('bad-input', strings.badFocus(channel, cell));
  }
  const [, row, column] = place;
  if (channel === 'all') return { output: layer, channel: null, cell: null };
  return {
    output: layer,
    channel: Number(channel),
    cell: row === undefined ? null : { row: Number(row), column: Number(column) },
  };
}

/**
 * The attributes that tell a focus.
 *
 * @param {Focus} focus
 * @returns {{ layer: string, channel: string, cell: string | null }}
 */
export function focusAttributes({ output, channel, cell }) {
  return {
    layer: output,
    channel: channel === null ? 'all' : String(channel),
    cell: cell && `${cell.row},${cell.column}`,
  };
}

/**
 * One step back: from a cell to its channel, to its layer, to all layers.
 *
 * @param {Focus} focus
 * @returns {Focus | null}
 */
export function widerFocus(focus) {
  if (focus.cell) return { ...focus, cell: null };
  return focus.channel === null ? null : { ...focus, channel: null };
}
