/** The weights that make a channel: in colour over an RGB input, else a tile for each channel that they read. */

import { h } from '../dom.js';
import { strings } from '../strings.js';

/**
 * @typedef {import('../../shared/protocol.js').Tensor} Tensor
 * @typedef {[red: number, green: number, blue: number]} Color
 */

/** Tiles beyond these are told by their number only. */
const MOST_TILES = 512;
const TILES_PER_ROW = 8;
/** The ends and the middle of ColorBrewer's RdBu: weights below zero, zero, above. */
const LOW = /** @type {Color} */ ([33, 102, 172]);
const MIDDLE = /** @type {Color} */ ([247, 247, 247]);
const HIGH = /** @type {Color} */ ([178, 24, 43]);

export class KernelView extends HTMLElement {
  /**
   * @param {Tensor | null} kernel channels x height x width; null if there is none to show
   * @param {boolean} isColor whether its three channels are those of an RGB picture
   */
  show(kernel, isColor) {
    const [channels = 0, height = 0, width = 0] = kernel?.shape ?? [];
    this.hidden = !kernel || kernel.shape.length !== 3 || height * width < 2;
    if (!kernel || this.hidden) return;
    const values = Array.from(kernel.data, Number);
    const largest = Math.max(...values.map(Math.abs), Number.MIN_VALUE);
    const tiles = isColor ? 1 : Math.min(channels, MOST_TILES);
    const columns = Math.min(tiles, TILES_PER_ROW);
    const [across, down] = [
      columns * (width + 1) - 1,
      Math.ceil(tiles / columns) * (height + 1) - 1,
    ];
    const pixels = new ImageData(across, down);
    const area = height * width;
    for (let tile = 0; tile < tiles; tile++) {
      for (let place = 0; place < area; place++) {
        const at = (/** @type {number} */ channel) =>
          (values[channel * area + place] ?? 0) / largest;
        const color = isColor
          ? /** @type {Color} */ ([0, 1, 2].map((channel) => grey(at(channel))))
          : diverging(at(tile));
        const row = Math.floor(tile / columns) * (height + 1) + Math.floor(place / width);
        const column = (tile % columns) * (width + 1) + (place % width);
        pixels.data.set([...color, 255], 4 * (row * across + column));
      }
    }
    const label = strings.kernelLabel(channels, height, width);
    const canvas = h('canvas', {
      class: 'kernel',
      width: across,
      height: down,
      role: 'img',
      'aria-label': label,
    });
    canvas.getContext('2d')?.putImageData(pixels, 0, 0);
    canvas.style.width = `${isColor ? width * 24 : across * 4}px`;
    this.replaceChildren(
      h('h4', { class: 'panel-title' }, strings.kernel),
      h('div', { class: 'mat' }, canvas),
      h('p', { class: 'help' }, strings.kernelHelp(isColor, largest, channels - tiles)),
    );
  }
}

/** @param {number} share -1 to 1 */
function grey(share) {
  return Math.round(127.5 + 127.5 * share);
}

/**
 * @param {number} share -1 to 1
 * @returns {Color}
 */
function diverging(share) {
  const end = share < 0 ? LOW : HIGH;
  const mix = (/** @type {0 | 1 | 2} */ part) =>
    Math.round(MIDDLE[part] + (end[part] - MIDDLE[part]) * Math.abs(share));
  return [mix(0), mix(1), mix(2)];
}

customElements.define('convscope-kernel', KernelView);
