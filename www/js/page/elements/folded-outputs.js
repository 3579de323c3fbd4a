/** The outputs that weights alone determine: they are apart, and computed when somebody wants to see them. */

import { emit, h } from '../dom.js';
import { strings } from '../strings.js';
import { LayerList } from './layer-list.js';

/** Emits `show-folded` when they are wanted, and what a LayerList emits. */
export class FoldedOutputs extends HTMLElement {
  /** Their drawings. */
  list = new LayerList();
  #summary = h('summary', { class: 'panel-title' });
  #details = h('details', { class: 'folded' });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#details.append(this.#summary, h('p', { class: 'help' }, strings.foldedHelp), this.list);
    this.#details.addEventListener('toggle', () => {
      if (this.#details.open) emit(this, 'show-folded');
    });
    this.append(this.#details);
    this.count = 0;
  }

  /** How many there are; they are to be asked for again. */
  set count(/** @type {number} */ count) {
    this.hidden = count === 0;
    this.#details.open = false;
    this.list.outputs = [];
    this.#summary.textContent = strings.folded(count);
  }
}

customElements.define('convscope-folded', FoldedOutputs);
