/** What the colours of a drawing stand for. */

import { h } from '../dom.js';
import { strings } from '../strings.js';

/** @typedef {import('../../shared/protocol.js').Legend} Legend */

const COLORS = 256;

export class ColorLegend extends HTMLElement {
  #low = h('span', { class: 'legend-end' }, '…');
  #high = h('span', { class: 'legend-end' }, '…');
  #about = h('span', { class: 'legend-about' });
  #ramp = h('canvas', { class: 'ramp', width: COLORS, height: 1, role: 'img' });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#ramp.ariaHidden = 'true';
    this.append(this.#low, this.#ramp, this.#high, this.#about);
  }

  /** @param {Legend} legend */
  set legend(legend) {
    this.#low.textContent = strings.legendLow(legend);
    this.#high.textContent = strings.legendHigh(legend);
    const about = [strings.legendUnit(legend), strings.legendRange(legend)];
    this.#about.textContent = about.filter(Boolean).join('; ');
    this.#ramp.ariaLabel = strings.legendLabel(legend);
    this.#ramp.ariaHidden = null;
    this.#paint(legend.colors);
  }

  /** @param {number[]} colors */
  #paint(colors) {
    const pixels = new ImageData(COLORS, 1);
    for (let index = 0; index < COLORS; index++) {
      const color = colors.slice(index * 3, index * 3 + 3);
      pixels.data.set([...color, 255], index * 4);
    }
    this.#ramp.getContext('2d')?.putImageData(pixels, 0, 0);
  }
}

customElements.define('convscope-legend', ColorLegend);
