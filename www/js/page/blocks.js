/** Blocks of layers that belong together, as their names or their operators tell. */

import { strings } from './strings.js';

/**
 * @typedef {object} Block
 * @property {string} name
 * @property {Entry[]} entries
 * @property {number} size number of layers in it
 *
 * @typedef {{ index: number } | Block} Entry a layer, by its place in the list, or a block of some
 * @typedef {{ index: number, name: string, ends: number[] }} Layer `ends`: where each part of the name ends
 */

/** Shorter lists are overlooked without blocks. */
const FEW = 30;
/** A block of fewer layers hides more than it tells. */
const SMALLEST_BLOCK = 3;
/** A block of more of its list than this is the list. */
const LARGEST_SHARE = 0.6;
/** Names help if the list becomes shorter than this by them. */
const USEFUL_SHARE = 0.5;
/** Most layers in a block that is repeated. */
const LONGEST_PERIOD = 64;
const SEPARATORS = '/.:_';

/**
 * Puts neighbours in a list of layers into blocks, within one another: those whose names begin alike, such as
 * `/layer1/layer1.0/conv1` and `/layer1/layer1.0/conv2`, `block3a_expand` and `block3a_project`; or, where names do not
 * tell, those whose sequence of operators is repeated.
 *
 * @param {string[]} names
 * @param {string[]} operators
 * @returns {Entry[]}
 */
export function groupIntoBlocks(names, operators) {
  const layers = names.map((name, index) => ({ index, name, ends: partEnds(name) }));
  if (layers.length <= FEW) return layers;
  const byName = groupByName(layers, 0);
  if (byName.length < USEFUL_SHARE * layers.length) return byName;
  return groupRepeats(operators);
}

/**
 * @param {Layer[]} layers whose names have their first `depth` parts in common
 * @param {number} depth
 * @returns {Entry[]}
 */
function groupByName(layers, depth) {
  /** @type {{ name: string, layers: Layer[] }[]} */
  const runs = [];
  for (const layer of layers) {
    const name = layer.name.slice(0, layer.ends[depth]);
    const last = runs.at(-1);
    if (last?.name === name) last.layers.push(layer);
    else runs.push({ name, layers: [layer] });
  }
  return runs.flatMap(({ name, layers: members }) => {
    // The last part is a layer's own.
    if (members.some(({ ends }) => depth >= ends.length - 1)) return members;
    const entries = groupByName(members, depth + 1);
    const { length: size } = members;
    const isBlock = size >= SMALLEST_BLOCK && size <= LARGEST_SHARE * layers.length;
    return isBlock && isPlace(members, depth) ? [{ name, entries, size }] : entries;
  });
}

/**
 * Whether a part of names tells a place in the network, as `block3a` does, rather than an operator, as `conv2d` of
 * `conv2d_1` does.
 *
 * @param {Layer[]} layers
 * @param {number} depth
 */
function isPlace([layer], depth) {
  if (!layer) return false;
  const { name, ends } = layer;
  const part = name.slice(ends[depth - 1] ?? 0, ends[depth]);
  return /\d/.test(part) || name.charAt(ends[depth] ?? 0) !== '_';
}

/**
 * Where each part of a name ends, the last one with the name.
 *
 * @param {string} name
 */
function partEnds(name) {
  const ends = [];
  for (let index = 1; index < name.length; index++) {
    const isSeparator = SEPARATORS.includes(name.charAt(index));
    if (isSeparator && !SEPARATORS.includes(name.charAt(index - 1))) ends.push(index);
  }
  return [...ends, name.length];
}

/**
 * @param {string[]} operators
 * @returns {Entry[]}
 */
function groupRepeats(operators) {
  /** @type {Entry[]} */
  const entries = [];
  for (let start = 0; start < operators.length;) {
    const { period, count } = longestRepeat(operators, start);
    if (count === 1) {
      entries.push({ index: start });
      start++;
      continue;
    }
    const blocks = range(count).map((repeat) => ({
      name: strings.repeat(repeat + 1, count),
      entries: range(period).map((layer) => ({ index: start + repeat * period + layer })),
      size: period,
    }));
    entries.push({ name: strings.repeats(count), entries: blocks, size: count * period });
    start += count * period;
  }
  return entries;
}

/**
 * The repeated sequence of operators from `start` on that takes in most of them.
 *
 * @param {string[]} operators
 * @param {number} start
 * @returns {{ period: number, count: number }} count 1 if there is none
 */
function longestRepeat(operators, start) {
  let best = { period: 1, count: 1 };
  for (let period = 2; period <= LONGEST_PERIOD; period++) {
    let end = start + period;
    while (end < operators.length && operators[end] === operators[end - period]) end++;
    const count = Math.floor((end - start) / period);
    const isBlock = count > 1 && period >= SMALLEST_BLOCK;
    if (isBlock && count * period > best.count * best.period) best = { period, count };
  }
  return best;
}

/** @param {number} count */
function range(count) {
  return [...Array(count).keys()];
}
