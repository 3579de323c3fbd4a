/** The choice of a model: those that come with the page, a file, an address. */

import { emit, h } from '../dom.js';
import { strings } from '../strings.js';
import { newDialog } from './dialog.js';

/** @typedef {import('../controller.js').ListedModel} ListedModel */

/** Some systems know no type for .onnx but that of any bytes. */
const MODEL_FILES = '.onnx,.json,.txt,application/octet-stream';

/** Emits `choose-model` (File[]) and `choose-model-url` (a URL). */
export class ModelMenu extends HTMLElement {
  #list = h('ul', { class: 'menu-models', 'aria-label': strings.listedModels });
  #files = h('input', { type: 'file', accept: MODEL_FILES, multiple: true, hidden: true });
  #url = h('input', {
    type: 'text',
    inputmode: 'url',
    id: 'model-url',
    class: 'text-field',
    autocomplete: 'off',
    spellcheck: 'false',
    required: true,
    placeholder: 'https://…/model.onnx',
    'aria-describedby': 'model-url-help',
  });
  /** @type {HTMLDialogElement | null} */
  #dialog = null;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const file = h('button', { type: 'button', class: 'button' }, strings.chooseFile);
    file.addEventListener('click', () => this.#files.click());
    this.#files.addEventListener('change', () => {
      const files = [...(this.#files.files ?? [])];
      this.#files.value = '';
      this.#choose('choose-model', files);
    });
    const form = h(
      'form',
      { class: 'menu-url' },
      h('label', { for: 'model-url' }, strings.modelAddress),
      this.#url,
      h('button', { type: 'submit', class: 'button' }, strings.open),
      h('p', { class: 'help', id: 'model-url-help' }, strings.modelAddressHelp),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#choose('choose-model-url', this.#url.value.trim());
    });
    this.#dialog = newDialog(
      'menu-title',
      strings.openModelTitle,
      this.#list,
      h('div', { class: 'menu-file' }, file, h('p', { class: 'help' }, strings.chooseFileHelp)),
      this.#files,
      form,
    );
    this.append(this.#dialog);
  }

  /**
   * @param {ListedModel[]} models
   * @param {string | null} current address of the one that is open
   */
  show(models, current) {
    this.#list.hidden = models.length === 0;
    this.#list.replaceChildren(
      ...models.map(({ url, title, description, bytes }) => {
        const isCurrent = url === current;
        const button = h(
          'button',
          { type: 'button', 'aria-current': isCurrent ? 'true' : null },
          h('span', { class: 'menu-model-title' }, title),
          h('span', { class: 'menu-model-size' }, strings.modelSize(bytes, isCurrent)),
          h('span', { class: 'help' }, description),
        );
        button.addEventListener('click', () => this.#choose('choose-model-url', url));
        return h('li', {}, button);
      }),
    );
    this.#dialog?.showModal();
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #choose(type, detail) {
    this.#dialog?.close();
    emit(this, type, detail);
  }
}

customElements.define('convscope-menu', ModelMenu);
