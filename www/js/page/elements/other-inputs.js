/** The inputs beside the picture's, and what feeds them. */

import { breakable, emit, h } from '../dom.js';
import { strings } from '../strings.js';
import { MessageBox } from './message-box.js';

/**
 * @typedef {import('../errors.js').ConvscopeError} ConvscopeError
 * @typedef {import('../../shared/protocol.js').OtherInput} OtherInput
 *
 * @typedef {object} Filling what a person gives an input
 * @property {OtherInput} input
 * @property {string | File} value numbers, or a .npy file
 *
 * @typedef {{ input: OtherInput, text: HTMLInputElement, file: HTMLInputElement }} Row
 */

/** Emits `fill-inputs` (Filling[]) and `dismiss`. */
export class OtherInputs extends HTMLElement {
  #badge = h('span', { class: 'badge' });
  #state = h('span', { class: 'preprocessing-state' });
  #rows = h('div', { class: 'settings' });
  #help = h('p', { class: 'help' });
  #message = new MessageBox();
  #details = h('details', { class: 'preprocessing' });
  /** @type {Row[]} */
  #shown = [];

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const { title, apply } = strings.otherInputs;
    const form = h(
      'form',
      { class: 'settings', novalidate: true },
      this.#help,
      this.#rows,
      h(
        'div',
        { class: 'setting-actions' },
        h('button', { type: 'submit', class: 'button' }, apply),
      ),
      this.#message,
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#details.append(
      h(
        'summary',
        {},
        h('span', { class: 'preprocessing-title' }, title),
        this.#badge,
        this.#state,
      ),
      form,
    );
    this.append(this.#details);
    this.error = undefined;
  }

  set error(/** @type {ConvscopeError | undefined} */ error) {
    this.#message.error = error;
    if (error) this.#details.open = true;
  }

  /**
   * @param {OtherInput[]} inputs
   * @param {boolean} hasPicture whether another input takes a picture
   */
  update(inputs, hasPicture) {
    const { needed, given, guessed, help, helpWithoutPicture } = strings.otherInputs;
    this.hidden = inputs.length === 0;
    const isWanting = inputs.some(({ isGiven, isRequired }) => isRequired && !isGiven);
    const isGuess = inputs.some(({ isGiven }) => !isGiven);
    this.#badge.textContent = isWanting ? needed : isGuess ? strings.sources.guess : given;
    this.#badge.classList.toggle('unsure', isGuess);
    this.#state.textContent = isGuess && !isWanting ? guessed : '';
    this.#help.textContent = hasPicture ? help : helpWithoutPicture;
    if (isWanting) this.#details.open = true;
    const names = (/** @type {OtherInput[]} */ list) => list.map(({ name }) => name).join('\n');
    const isSame = names(inputs) === names(this.#shown.map(({ input }) => input));
    this.#shown = inputs.map((input, index) => {
      const row = isSame ? this.#shown[index] : undefined;
      return row ? { ...row, input } : newRow(input, index);
    });
    if (!isSame) {
      this.#rows.replaceChildren(...this.#shown.map((row) => layOut(row)));
      this.error = undefined;
    }
  }

  #submit() {
    /** @type {Filling[]} */
    const fillings = this.#shown.flatMap(({ input, text, file }) => {
      const value = file.files?.[0] ?? text.value.trim();
      if (value !== '') return [{ input, value }];
      return input.isRequired && !input.isGiven ? [{ input, value: '0' }] : [];
    });
    if (fillings.length > 0) emit(this, 'fill-inputs', fillings);
  }
}

/**
 * @param {OtherInput} input
 * @param {number} index
 * @returns {Row}
 */
function newRow(input, index) {
  const text = h('input', {
    type: 'text',
    class: 'number',
    id: `other-input-${index}`,
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: '0',
  });
  const file = h('input', {
    type: 'file',
    accept: '.npy',
    class: 'npy',
    'aria-label': strings.otherInputs.file(input.name),
  });
  return { input, text, file };
}

/** @param {Row} row */
function layOut({ input: { name, dtype, shape }, text, file }) {
  const size = shape.map((dim) => dim ?? '?').join(' × ');
  return h(
    'div',
    { class: 'other-input' },
    h(
      'label',
      { for: text.id },
      h('span', { class: 'output-name' }, ...breakable(name)),
      ` ${dtype}${size ? ` ${size}` : ''}`,
    ),
    text,
    file,
  );
}

customElements.define('convscope-other-inputs', OtherInputs);
