/** The picture that the network sees. */

import { emit, h, svg } from '../dom.js';
import { strings } from '../strings.js';
import { MessageBox } from './message-box.js';

/**
 * @typedef {import('../controller.js').OpenedPicture} OpenedPicture
 * @typedef {import('../controller.js').Sample} Sample
 * @typedef {import('../errors.js').ConvscopeError} ConvscopeError
 * @typedef {import('../../shared/protocol.js').ReceptiveField} ReceptiveField
 *
 * @typedef {{ field: ReceptiveField, size: { width: number, height: number } }} Seen `size`: the input's
 */

/** Emits `choose-picture` (File[]), `bind-input-canvas` (OffscreenCanvas) and `dismiss`. */
export class InputPanel extends HTMLElement {
  #image = h('img', { alt: '', decoding: 'async', crossorigin: 'anonymous', hidden: true });
  #frame = h('div', { class: 'frame' });
  #empty = h('p', { class: 'frame-empty' }, strings.noPicture);
  #caption = h('p', { class: 'caption' });
  #files = h('input', { type: 'file', accept: 'image/*', hidden: true });
  #message = new MessageBox();
  /** @type {HTMLCanvasElement | null} */
  #canvas = null;
  #generation = -1;
  #mode = 'original';
  /** @type {Seen | null} */
  #seen = null;
  #overlay = svg('svg', { class: 'seen', 'aria-hidden': 'true', hidden: true });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const open = h('button', { type: 'button', class: 'button primary' }, strings.openPicture);
    open.addEventListener('click', () => this.#files.click());
    this.#files.addEventListener('change', () => {
      emit(this, 'choose-picture', [...(this.#files.files ?? [])]);
      this.#files.value = '';
    });
    this.#image.addEventListener('load', () => this.#drawSeen());
    this.#frame.append(this.#empty, this.#image, this.#overlay);
    this.append(
      h('h2', { class: 'panel-title' }, strings.input),
      this.#frame,
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
    const isShown = picture !== null && !hasRawInput;
    this.#image.hidden = !isShown;
    this.#empty.hidden = isShown;
    this.#empty.textContent = hasRawInput ? strings.rawTensors : strings.noPicture;
    if (picture && this.#image.src !== picture.displayUrl) this.#image.src = picture.displayUrl;
    this.#image.alt = sample?.title ?? strings.input;
    this.classList.toggle('raw', hasRawInput);
    this.#caption.textContent = isShown ? credit(picture, sample) : '';
    if (generation !== this.#generation) this.#newCanvas(generation);
    this.#drawSeen();
  }

  /** @param {Seen | null} seen what to mark as seen by a cell */
  set seen(seen) {
    this.#seen = seen;
    this.#drawSeen();
  }

  /** What the page has of the picture, once it is loaded. */
  get picture() {
    const { src, naturalWidth, naturalHeight } = this.#image;
    return naturalWidth > 0 ? { url: src, width: naturalWidth, height: naturalHeight } : null;
  }

  #drawSeen() {
    const { naturalWidth, naturalHeight } = this.#image;
    const isOriginal = this.#mode === 'original';
    const size = isOriginal ? { width: naturalWidth, height: naturalHeight } : this.#seen?.size;
    const area = isOriginal ? this.#seen?.field.picture : this.#seen?.field;
    const isShown = !this.#image.hidden && size && size.width > 0 && area;
    this.#overlay.toggleAttribute('hidden', !isShown);
    if (!isShown) return;
    const { left, top, right, bottom } = area;
    const box = { x: left, y: top, width: right - left, height: bottom - top };
    this.#overlay.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`);
    this.#overlay.replaceChildren(
      svg('rect', { ...box, class: 'seen-edge' }),
      svg('rect', { ...box, class: 'seen-line' }),
    );
  }

  /** @param {number} generation */
  #newCanvas(generation) {
    this.#generation = generation;
    this.#canvas?.remove();
    this.#canvas = h('canvas', { role: 'img', 'aria-label': strings.networkView });
    this.#frame.append(this.#canvas);
    emit(this, 'bind-input-canvas', this.#canvas.transferControlToOffscreen());
    this.#applyMode();
  }

  #modeSwitch() {
    const group = h('fieldset', { class: 'segments' }, h('legend', {}, strings.inputView));
    for (const [mode, name] of [
      ['original', strings.original],
      ['network', strings.networkView],
    ]) {
      const input = h('input', { type: 'radio', name: 'input-view', value: mode });
      input.checked = mode === this.#mode;
      input.addEventListener('change', () => {
        this.#mode = input.value;
        this.#applyMode();
      });
      group.append(h('label', {}, input, h('span', {}, name ?? '')));
    }
    return h('div', { class: 'input-modes' }, group);
  }

  #applyMode() {
    this.classList.toggle('network-view', this.#mode === 'network');
    this.#drawSeen();
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
