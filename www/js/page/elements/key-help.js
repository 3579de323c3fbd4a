/** The keys that the page knows. */

import { h } from '../dom.js';
import { strings } from '../strings.js';
import { newDialog } from './dialog.js';

export class KeyHelp extends HTMLElement {
  #dialog = newDialog(
    'keys-title',
    strings.keys,
    h(
      'dl',
      { class: 'keys' },
      ...strings.keyList.flatMap(([keys, meaning]) => [
        h('dt', {}, ...keys.map((key) => h('kbd', {}, key))),
        h('dd', {}, meaning),
      ]),
    ),
  );

  connectedCallback() {
    this.append(this.#dialog);
  }

  open() {
    this.#dialog.showModal();
  }
}

customElements.define('convscope-keys', KeyHelp);
