/** A row of the outline: an output, or a block of layers, with its figures if they are wanted. */

import { h, svg } from '../dom.js';
import { activationBytes } from '../graph.js';
import { gridSize, isVector, planesOf } from '../layout.js';
import { strings } from '../strings.js';
import { MapCanvas } from './map-canvas.js';

/**
 * @typedef {import('../graph.js').OutputInfo} OutputInfo
 * @typedef {import('../lanes.js').LaneRow} LaneRow
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
/** No thumbnail has more pixels than this a side. */
const THUMBNAIL_SIDE = 128;

export class OutlineRow {
  row;
  element;
  button;
  /** What the output looks like: the mean over its channels. @type {MapCanvas | null} */
  thumbnail = null;
  #duration = h('span', {});
  #dead = h('span', {});
  #map = h('span', { class: 'thumbnail' });

  /**
   * @param {Row} row
   * @param {LaneRow | undefined} lane
   */
  constructor(row, lane) {
    const { key, name, about, depth, members, isOpen } = row;
    const isBlock = isOpen !== undefined;
    this.row = row;
    this.button = h(
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
    this.button.classList.toggle('block', isBlock);
    this.button.classList.toggle('is-between', !isBlock && !members[0]?.isLayer);
    this.element = h('li', { class: 'outline-row' }, lane ? drawLanes(lane) : null, this.button);
    this.element.style.setProperty('--depth', String(depth));
  }

  /** The output whose channels there are to look at; null for a block, and for values without a place. */
  get mapped() {
    const [info] = this.row.members;
    const planes = info && this.row.isOpen === undefined ? planesOf(info.shape) : null;
    return info && planes && !isVector(planes) ? { info, planes } : null;
  }

  /**
   * Adds its figures.
   *
   * @param {import('./layer-list.js').Look} look
   */
  addFigures({ generation, colormap }) {
    const { members, isOpen } = this.row;
    const isListed = isOpen === true;
    const parameters = members.reduce((sum, info) => sum + info.parameters, 0);
    const bytes = members.reduce((sum, info) => sum + activationBytes(info), 0);
    this.button.prepend(this.#map);
    this.button.append(
      h(
        'span',
        { class: 'figures-row' },
        figure('parameters', isListed ? '' : strings.count(parameters)),
        figure('duration', this.#duration),
        figure('memory', isListed ? '' : strings.memory(bytes)),
        figure('dead', this.#dead),
      ),
    );
    if (!this.mapped) return;
    const { info, planes } = this.mapped;
    const { width, height } = planes;
    const reduction = Math.ceil(Math.max(width, height) / THUMBNAIL_SIDE);
    const options = {
      of: /** @type {const} */ ('mean'),
      view: /** @type {const} */ ('layer'),
      reduction,
      ...(colormap && { colormap }),
    };
    this.thumbnail = new MapCanvas();
    this.thumbnail.style.width = `${100 * Math.min(1, width / height)}%`;
    this.thumbnail.drawing = {
      output: info.output,
      options,
      size: gridSize({ ...planes, channels: 1 }, options),
      label: '',
      generation,
    };
    this.#map.append(this.thumbnail);
  }

  /** @param {ReadonlySet<string>} outputs */
  set computed(outputs) {
    const isComputed = this.row.members.every(({ output }) => outputs.has(output));
    this.button.classList.toggle('computed', isComputed);
  }

  /** @param {string | null} output */
  set current(output) {
    const isCurrent = this.row.members.some((info) => info.output === output);
    this.button.ariaCurrent = isCurrent ? 'true' : null;
  }

  /** @param {ReadonlyMap<string, number>} milliseconds that the last pass spent in each node */
  set milliseconds(milliseconds) {
    const nodes = new Set(this.row.members.flatMap((info) => info.nodes));
    const spent = [...nodes].map((node) => milliseconds.get(node));
    const isKnown = spent.length > 0 && spent.every((duration) => duration !== undefined);
    const sum = spent.reduce((total = 0, duration = 0) => total + duration, 0) ?? 0;
    this.#duration.textContent = isKnown ? strings.duration(sum) : '';
  }

  /** @param {number | undefined} dead how many of its channels are zero everywhere; undefined if that is not known */
  set dead(dead) {
    const channels = this.mapped?.planes.channels ?? 0;
    this.#dead.textContent = dead === undefined ? '' : strings.deadOf(dead, channels);
    this.#dead.classList.toggle('has-dead', Boolean(dead));
  }
}

/**
 * The room that lanes take, in CSS pixels.
 *
 * @param {LaneRow[]} lanes
 */
export function widthOf(lanes) {
  const count = Math.max(0, ...lanes.flatMap(({ lane, past }) => [lane + 1, past.length]));
  return Math.min(count, MOST_LANES) * LANE_WIDTH;
}

/**
 * @param {keyof typeof strings.outlineFigures} kind
 * @param {string | Node} value
 */
function figure(kind, value) {
  const name = h('span', { class: 'figure-name' }, ` ${strings.outlineFigures[kind]}`);
  return h('span', { class: `figure of-${kind}` }, value || null, name);
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
