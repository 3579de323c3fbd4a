/** The network as a list to go by. */

import { emit, h } from '../dom.js';
import { strings } from '../strings.js';

/** @typedef {import('../graph.js').OutputInfo} OutputInfo */

/** Emits `go-to` (an output's name). */
export class NetworkOutline extends HTMLElement {
  #list = h('ol', { class: 'outline-list' });
  #scope = h('input', { type: 'checkbox', role: 'switch', id: 'all-outputs' });
  #details = h('details', { class: 'outline', open: true });
  /** @type {Map<string, HTMLButtonElement>} */
  #buttons = new Map();

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#scope.addEventListener('change', () => this.#applyScope());
    this.#list.addEventListener('click', (event) => {
      const button = /** @type {Element} */ (event.target).closest('button');
      if (button) emit(this, 'go-to', button.value);
    });
    this.#details.append(
      h('summary', { class: 'panel-title' }, strings.outline),
      h('label', { class: 'switch' }, this.#scope, h('span', {}, strings.allOutputs)),
      h('nav', { 'aria-label': strings.outline }, this.#list),
    );
    this.append(this.#details);
    this.#applyScope();
  }

  /** @param {boolean} isNarrow whether there is room for one column only */
  set isNarrow(isNarrow) {
    this.#details.open = !isNarrow;
  }

  /** @param {OutputInfo[]} outputs */
  set outputs(outputs) {
    this.#buttons.clear();
    this.#list.replaceChildren(
      ...outputs.map(({ output, operators, shape, isLayer }) => {
        const button = h(
          'button',
          { type: 'button', value: output, title: output },
          h('span', { class: 'outline-name' }, output),
          h(
            'span',
            { class: 'outline-about' },
            `${operators.join(' · ')}, ${strings.shape(shape)}`,
          ),
        );
        this.#buttons.set(output, button);
        return h('li', { class: isLayer ? 'is-layer' : 'is-between' }, button);
      }),
    );
    this.classList.toggle('empty-outline', outputs.length === 0);
  }

  /** @param {Iterable<string>} outputs those computed in the present pass */
  set computed(outputs) {
    const computed = new Set(outputs);
    for (const [output, button] of this.#buttons) {
      button.classList.toggle('computed', computed.has(output));
    }
  }

  /** @param {string | null} current the output in view */
  set current(current) {
    for (const [output, button] of this.#buttons) {
      button.ariaCurrent = output === current ? 'true' : null;
    }
  }

  #applyScope() {
    this.#list.classList.toggle('all', this.#scope.checked);
  }
}

customElements.define('convscope-outline', NetworkOutline);
