/** What can be taken away, to choose from. */

import { readTemplate } from '../assets.js';
import { breakable, emit, h } from '../dom.js';
import { isVector, planesOf } from '../layout.js';
import { strings } from '../strings.js';
import { newDialog } from './dialog.js';
import { MessageBox } from './message-box.js';

/**
 * @typedef {import('../errors.js').ConvscopeError} ConvscopeError
 * @typedef {import('../exports.js').Export} Export
 * @typedef {import('../exports.js').ExportKind} ExportKind
 * @typedef {import('../exports.js').Selection} Selection
 * @typedef {import('../graph.js').OutputInfo} OutputInfo
 */

/** @type {ExportKind[]} */
const OF_ONE = ['png', 'figure', 'npy', 'python'];
/** @type {ExportKind[]} */
const OF_ALL = [
  'stack',
  'npz',
  ...(readTemplate ? [/** @type {const} */ ('page')] : []),
  'citation',
  'bibtex',
];
/** Browsers read a file that is saved after the click that saves it. */
const KEPT_MILLIS = 60_000;

/** Emits `export` (`{kind, selection}`), whose outcome `done` or `failed` is then told. */
export class ExportDialog extends HTMLElement {
  /** @type {HTMLDialogElement | null} */
  #dialog = null;
  #output = h('select', { id: 'export-output', class: 'select' });
  #channel = h('input', {
    id: 'export-channel',
    class: 'select',
    type: 'number',
    min: 0,
    step: 1,
    placeholder: strings.allChannels,
  });
  #bar = h('progress', { max: 1, 'aria-label': strings.preparing });
  #bytes = h('span', {});
  #progress = h('p', { class: 'export-progress', hidden: true }, this.#bar, this.#bytes);
  #status = h('p', { role: 'status' });
  #text = h('textarea', { class: 'export-text', rows: 8, readonly: true, hidden: true });
  #message = new MessageBox();
  /** @type {Map<string, OutputInfo>} */
  #infos = new Map();
  #isBusy = false;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#output.addEventListener('change', () => {
      this.#channel.value = '';
      this.#limitChannel();
    });
    this.#message.addEventListener('dismiss', () => (this.#message.error = undefined));
    this.#text.ariaLabel = strings.copiedText;
    this.#dialog = newDialog(
      'export-title',
      strings.exportTitle,
      h(
        'div',
        { class: 'export-selection' },
        h('label', { class: 'field' }, h('span', {}, strings.exportOutput), this.#output),
        h('label', { class: 'field' }, h('span', {}, strings.exportChannel), this.#channel),
      ),
      this.#choices(strings.exportOfOne, OF_ONE),
      this.#choices(strings.exportOfAll, OF_ALL),
      this.#message,
      this.#text,
      h('div', { class: 'export-status' }, this.#progress, this.#status),
    );
    this.append(this.#dialog);
  }

  /**
   * @param {OutputInfo[]} infos
   * @param {Selection} selection what is chosen to begin with
   */
  open(infos, { output, channel }) {
    this.#infos = new Map(infos.map((info) => [info.output, info]));
    this.#output.replaceChildren(...infos.map((info) => h('option', {}, info.output)));
    this.#output.value = output;
    this.#limitChannel();
    this.#channel.value = channel === null ? '' : String(channel);
    this.#clear();
    this.#dialog?.showModal();
    this.#output.focus();
  }

  /** @param {{ done: number, total: number }} progress bytes that what is asked for needs; total 0 if unknown */
  tell({ done, total }) {
    if (!this.#isBusy) return;
    this.#progress.hidden = false;
    if (total) this.#bar.value = done / total;
    else this.#bar.removeAttribute('value');
    this.#bytes.textContent = strings.bytesRead(done, total);
  }

  /** @param {Export} made */
  done(made) {
    this.#clear();
    if ('file' in made) {
      save(made.file, made.name);
      this.#status.replaceChildren(...breakable(strings.saved(made.name)));
    } else this.#copy(made.text);
  }

  /** @param {ConvscopeError} error */
  failed(error) {
    this.#clear();
    this.#message.error = error;
    this.#message.scrollIntoView({ block: 'nearest' });
  }

  /**
   * @param {string} title
   * @param {ExportKind[]} kinds
   */
  #choices(title, kinds) {
    const rows = kinds.map((kind) => {
      const { name, about } = strings.exports[kind];
      const button = h(
        'button',
        { type: 'button', class: 'button', 'aria-describedby': `export-${kind}` },
        name,
      );
      button.addEventListener('click', () => this.#ask(kind));
      return h('li', {}, button, h('span', { class: 'help', id: `export-${kind}` }, about));
    });
    const list = h('ul', { class: 'export-choices' }, ...rows);
    return h('section', {}, h('h3', { class: 'panel-title' }, title), list);
  }

  /** @param {ExportKind} kind */
  #ask(kind) {
    if (this.#isBusy || (OF_ONE.includes(kind) && !this.#channel.reportValidity())) return;
    this.#clear();
    this.#isBusy = true;
    this.#status.textContent = strings.preparing;
    const channel = this.#channel.value === '' ? null : this.#channel.valueAsNumber;
    emit(this, 'export', { kind, selection: { output: this.#output.value, channel } });
  }

  #limitChannel() {
    const shape = this.#infos.get(this.#output.value)?.shape ?? [];
    const planes = planesOf(shape);
    this.#channel.max = planes ? String(planes.channels - 1) : '';
    this.#channel.disabled = isVector(planes) || planes?.channels === 1;
  }

  #clear() {
    this.#isBusy = false;
    this.#progress.hidden = true;
    this.#status.textContent = '';
    this.#text.hidden = true;
    this.#message.error = undefined;
  }

  /** @param {string} text */
  async #copy(text) {
    this.#text.value = text;
    this.#text.hidden = false;
    try {
      await navigator.clipboard.writeText(text);
      this.#status.textContent = strings.copied;
    } catch {
      // The clipboard is closed to pages that are not secure, and to frames.
      this.#status.textContent = strings.copyThisText;
      this.#text.select();
    }
  }
}

/**
 * @param {Blob} file
 * @param {string} name
 */
function save(file, name) {
  const href = URL.createObjectURL(file);
  h('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), KEPT_MILLIS);
}

customElements.define('convscope-export', ExportDialog);
