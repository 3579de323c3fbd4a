/** Where one is, from all layers to a cell, and the way back. */

import { breakable, emit, h } from '../dom.js';
import { landmarkName } from '../landmarks.js';
import { strings } from '../strings.js';

/** @typedef {import('../focus.js').Focus} Focus */

/** Emits `navigate` (a Focus, or null for all layers). */
export class Breadcrumb extends HTMLElement {
  /** @param {Focus} focus */
  set focusPath({ output, channel, cell }) {
    /** @type {[string, Focus | null][]} */
    const steps = [[strings.allLayers, null]];
    steps.push([output, { output, channel: null, cell: null }]);
    if (channel !== null) steps.push([strings.channel(channel), { output, channel, cell: null }]);
    if (channel !== null && cell) steps.push([strings.cell(cell), { output, channel, cell }]);
    const items = steps.map(([name, focus], index) => {
      const text = breakable(name);
      if (index === steps.length - 1) return h('li', { 'aria-current': 'page' }, ...text);
      const button = h('button', { type: 'button' }, ...text);
      button.addEventListener('click', () => emit(this, 'navigate', focus));
      return h('li', {}, button);
    });
    this.replaceChildren(
      h(
        'nav',
        { 'aria-label': landmarkName(this, strings.breadcrumb) },
        h('ol', { class: 'breadcrumb' }, ...items),
      ),
    );
  }
}

customElements.define('convscope-breadcrumb', Breadcrumb);
