/** What the present picture is compared with, and the way to it. */

import { emit, h } from '../dom.js';
import { strings } from '../strings.js';

/** @typedef {import('../controller.js').Reference} Reference */

/** Emits `keep-reference` and `drop-reference`. */
export class ReferencePanel extends HTMLElement {
  #keep = h('button', { type: 'button', class: 'button' }, strings.keepReference);
  #drop = h('button', { type: 'button', class: 'button' }, strings.dropReference);
  #help = h('p', { class: 'help' }, strings.keepReferenceHelp);
  #image = h('img', { alt: '', crossorigin: 'anonymous' });
  #title = h('p', { class: 'reference-title' });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#keep.addEventListener('click', () => emit(this, 'keep-reference'));
    this.#drop.addEventListener('click', () => emit(this, 'drop-reference'));
    this.append(
      h('h2', { class: 'panel-title' }, strings.comparison),
      h('div', { class: 'reference' }, this.#image, this.#title),
      h('div', { class: 'reference-action' }, this.#keep, this.#drop, this.#help),
    );
  }

  /**
   * @param {object} shown
   * @param {Reference | null} shown.reference
   * @param {string} shown.title what to call it
   * @param {boolean} shown.canKeep whether there is something to compare with
   */
  update({ reference, title, canKeep }) {
    this.hidden = !reference && !canKeep;
    const isFocused = [this.#keep, this.#drop].some((button) => button.matches(':focus'));
    this.#keep.hidden = reference !== null;
    this.#help.hidden = reference !== null;
    this.#drop.hidden = reference === null;
    if (isFocused) (reference ? this.#drop : this.#keep).focus();
    this.#title.textContent = reference ? strings.comparedWith(title) : '';
    this.#image.hidden = !reference?.picture;
    if (reference?.picture) this.#image.src = reference.picture.displayUrl;
  }
}

customElements.define('convscope-reference', ReferencePanel);
