/** The picture that the network sees. */

import { emit, h } from '../dom.js';
import { strings } from '../strings.js';
import { MessageBox } from './message-box.js';
import { PeaksView } from './peaks-view.js';
import { PictureFrame } from './picture-frame.js';

/**
 * @typedef {import('../controller.js').OpenedPicture} OpenedPicture
 * @typedef {import('../controller.js').Sample} Sample
 * @typedef {import('../errors.js').ConvscopeError} ConvscopeError
 * @typedef {import('../../shared/protocol.js').Rectangle} Rectangle
 * @typedef {import('./picture-frame.js').Seen} Seen
 */

/** Emits `choose-picture` (File[]), `dismiss`, and what `PictureFrame` and `PeaksView` emit. */
export class InputPanel extends HTMLElement {
  /** The channels that fire most on the marked part. */
  peaks = new PeaksView();
  #frame = new PictureFrame();
  #caption = h('p', { class: 'caption' });
  #files = h('input', { type: 'file', accept: 'image/*', hidden: true });
  #message = new MessageBox();

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const open = h('button', { type: 'button', class: 'button primary' }, strings.openPicture);
    open.addEventListener('click', () => this.#files.click());
    this.#files.addEventListener('change', () => {
      emit(this, 'choose-picture', [...(this.#files.files ?? [])]);
      this.#files.value = '';
    });
    this.append(
      h('h2', { class: 'panel-title' }, strings.input),
      this.#frame,
      this.peaks,
      this.#modeSwitch(),
      this.#caption,
      h(
        'div',
        { class: 'open-picture' },
        open,
        this.#files,
        h('p', { class: 'help' }, strings.dropHint),
      ),
      this.#message,
    );
    this.#message.error = undefined;
  }

  /** @param {ConvscopeError | undefined} error */
  set error(error) {
    this.#message.error = error;
  }

  /**
   * @param {object} input
   * @param {OpenedPicture | null} input.picture
   * @param {boolean} input.hasRawInput
   * @param {Sample | undefined} input.sample the picture, if it is one of the samples
   * @param {number} input.generation
   */
  update({ picture, hasRawInput, sample, generation }) {
    const shown = hasRawInput ? null : picture;
    this.#frame.update({
      url: shown?.displayUrl ?? null,
      alt: sample?.title ?? strings.input,
      instead: hasRawInput ? strings.rawTensors : strings.noPicture,
      generation,
    });
    this.peaks.hidden = shown === null;
    this.#caption.textContent = shown ? credit(shown, sample) : '';
  }

  /** @param {Seen | null} seen what to mark as seen by a cell */
  set seen(seen) {
    this.#frame.seen = seen;
  }

  /** @param {Rectangle | null} mark */
  set mark(mark) {
    this.#frame.mark = mark;
  }

  /** What the page has of the picture, once it is loaded. */
  get picture() {
    return this.#frame.picture;
  }

  #modeSwitch() {
    const group = h('fieldset', { class: 'segments' }, h('legend', {}, strings.inputView));
    for (const [isNetworkView, name] of /** @type {const} */ ([
      [false, strings.original],
      [true, strings.networkView],
    ])) {
      const input = h('input', { type: 'radio', name: 'input-view', checked: !isNetworkView });
      input.addEventListener('change', () => (this.#frame.isNetworkView = isNetworkView));
      group.append(h('label', {}, input, h('span', {}, name)));
    }
    return h('div', { class: 'input-modes' }, group);
  }
}

/**
 * @param {OpenedPicture} picture
 * @param {Sample | undefined} sample
 */
function credit(picture, sample) {
  if (sample) return strings.credit(sample);
  const isAddress = typeof picture.source === 'string' && !picture.source.startsWith('data:');
  return isAddress ? picture.displayUrl : strings.ownPicture;
}

customElements.define('convscope-input', InputPanel);
