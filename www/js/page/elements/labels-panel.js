/** How the answer is read, and what its classes are called, where no manifest says so. */

import { IMAGENET } from '../assets.js';
import { emit, h } from '../dom.js';
import { strings } from '../strings.js';
import { MessageBox } from './message-box.js';

/** @typedef {import('../../shared/protocol.js').Reading} Reading */

/** How many classes they name; TensorFlow's models have one for the background, too. */
const IMAGENET_CLASSES = [1000, 1001];

/** Emits `set-labels` (a URL or a file; null for those that the model came with) and `dismiss`. */
export class LabelsPanel extends HTMLElement {
  #how = h('p', { class: 'help' });
  #badge = h('span', { class: 'badge' });
  #text = h('span', {});
  #files = h('input', { type: 'file', accept: '.txt,.json,text/plain', hidden: true });
  #imagenet = h('button', { type: 'button', class: 'button' }, strings.labels.imagenet);
  #reset = h('button', { type: 'button', class: 'button' }, strings.labels.reset);
  #message = new MessageBox();

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const choose = h('button', { type: 'button', class: 'button' }, strings.labels.choose);
    choose.addEventListener('click', () => this.#files.click());
    this.#files.addEventListener('change', () => {
      const [file] = this.#files.files ?? [];
      if (file) emit(this, 'set-labels', file);
      this.#files.value = '';
    });
    this.#imagenet.addEventListener('click', () => emit(this, 'set-labels', IMAGENET.href));
    this.#reset.addEventListener('click', () => emit(this, 'set-labels', null));
    this.#how.append(this.#badge, ' ', this.#text);
    this.append(
      this.#how,
      h('div', { class: 'setting-actions' }, this.#imagenet, choose, this.#files, this.#reset),
      this.#message,
    );
    this.#message.error = undefined;
  }

  /** @param {import('../errors.js').ConvscopeError | undefined} error */
  set error(error) {
    this.#message.error = error;
    if (error) this.hidden = false;
  }

  /** @param {Reading | null} reading */
  update(reading) {
    const { prediction, labels, classes } = reading ?? {};
    const isManifests = prediction?.source === 'manifest' && labels?.source === 'manifest';
    this.hidden = !prediction || isManifests;
    if (!prediction) return;
    this.#badge.textContent = strings.sources[prediction.source];
    this.#badge.classList.toggle('unsure', prediction.source === 'guess');
    const { kinds, from, none } = strings.labels;
    const how = prediction.source === 'guess' ? prediction.why : kinds[prediction.value.kind];
    this.#text.textContent = `${how} ${labels ? from[labels.source] : none}`;
    this.#imagenet.hidden = Boolean(labels) || !IMAGENET_CLASSES.includes(classes ?? 0);
    this.#reset.hidden = labels?.source !== 'person';
  }
}

customElements.define('convscope-labels', LabelsPanel);
