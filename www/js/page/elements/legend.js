/** What the colours of a drawing stand for. */

import { h } from '../dom.js';
import { strings } from '../strings.js';

/** @typedef {import('../../shared/protocol.js').Legend} Legend */

const COLORS = 256;

export class ColorLegend extends HTMLElement {
  #ends = h('span', {}, '…');
  #values = h('span', { class: 'legend-values' });
  #ramp = h('canvas', { class: 'ramp', width: COLORS, height: 1, role: 'img' });
  /** Point to values beyond the scale, in the colours that these have. */
  #below = h('span', { class: 'cap below', hidden: true });
  #above = h('span', { class: 'cap above', hidden: true });
  /** The colour map that is painted. */
  #painted = '';

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#ramp.ariaHidden = 'true';
    const bar = h('span', { class: 'ramp-bar' }, this.#below, this.#ramp, this.#above);
    this.append(bar, this.#ends, this.#values);
  }

  /** @param {Legend} legend */
  set legend(legend) {
    const { ends, values } = strings.legend(legend);
    this.#ends.textContent = ends;
    this.#values.textContent = values;
    this.#ramp.ariaLabel = strings.legendLabel(ends);
    this.#ramp.ariaHidden = null;
    const { colormap, colors, clipped } = legend;
    this.#below.hidden = clipped.below === 0;
    this.#above.hidden = clipped.above === 0;
    if (colormap !== this.#painted) this.#paint(colors);
    this.#painted = colormap;
  }

  /** @param {number[]} colors */
  #paint(colors) {
    this.#below.style.background = `rgb(${colors.slice(0, 3)})`;
    this.#above.style.background = `rgb(${colors.slice(-3)})`;
    const pixels = new ImageData(COLORS, 1);
    for (let index = 0; index < COLORS; index++) {
      const color = colors.slice(index * 3, index * 3 + 3);
      pixels.data.set([...color, 255], index * 4);
    }
    this.#ramp.getContext('2d')?.putImageData(pixels, 0, 0);
  }
}

customElements.define('convscope-legend', ColorLegend);
