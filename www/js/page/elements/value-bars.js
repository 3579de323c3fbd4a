/** A few values as numbers, each with a bar from zero. */

import { h } from '../dom.js';
import { strings } from '../strings.js';

export class ValueBars extends HTMLElement {
  /** @param {number} count how many values there will be */
  reserve(count) {
    this.#show(Array(count).fill(null));
  }

  /** @param {number[]} values */
  set values(values) {
    this.#show(values);
  }

  /** @param {(number | null)[]} values null for one that is not known yet */
  #show(values) {
    const finite = values.filter(Number.isFinite).map(Number);
    const low = Math.min(0, ...finite);
    const high = Math.max(0, ...finite);
    const span = high - low || 1;
    const items = values.map((value, index) => {
      const bar = h('span', { class: 'value-bar', 'aria-hidden': 'true' });
      const end = Number.isFinite(value) ? Number(value) : 0;
      bar.style.setProperty('--start', String((Math.min(end, 0) - low) / span));
      bar.style.setProperty('--length', String(Math.abs(end) / span));
      return h(
        'li',
        {},
        h('span', { class: 'value-index' }, String(index)),
        bar,
        h('span', { class: 'value-number' }, value === null ? '…' : strings.value(value)),
      );
    });
    this.replaceChildren(h('ol', { class: 'value-bars' }, ...items));
  }
}

customElements.define('convscope-values', ValueBars);
