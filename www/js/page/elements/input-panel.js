/** The picture that the network sees. */

import { breakable, emit, h } from '../dom.js';
import { strings } from '../strings.js';
import { CropTools } from './crop-tools.js';
import { MessageBox } from './message-box.js';
import { PeaksView } from './peaks-view.js';
import { PictureFrame } from './picture-frame.js';

/**
 * @typedef {import('../camera.js').Camera} Camera
 * @typedef {import('../controller.js').OpenedPicture} OpenedPicture
 * @typedef {import('../controller.js').Sample} Sample
 * @typedef {import('../errors.js').ConvscopeError} ConvscopeError
 * @typedef {import('../../shared/protocol.js').Preprocessing} Preprocessing
 * @typedef {import('../../shared/protocol.js').Rectangle} Rectangle
 * @typedef {import('./picture-frame.js').Seen} Seen
 */

/** Emits `choose-picture` (File[]), `choose-picture-url` (a URL), `start-camera`, `stop-camera`, `dismiss`, and what `PictureFrame` and `PeaksView` emit. */
export class InputPanel extends HTMLElement {
  /** The channels that fire most on the marked part. */
  peaks = new PeaksView();
  #frame = new PictureFrame();
  #cameraButton = h('button', { type: 'button', class: 'button' }, strings.startCamera);
  #isLive = false;
  #cropTools = new CropTools();
  #isNetworkView = false;
  /** @type {Rectangle | null} */
  #crop = null;
  #hasPicture = false;
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
    const form = this.#addressForm();
    form.hidden = true;
    const byAddress = h('button', { type: 'button', class: 'button', 'aria-expanded': 'false' });
    byAddress.textContent = strings.byAddress;
    byAddress.addEventListener('click', () => {
      form.hidden = !form.hidden;
      byAddress.ariaExpanded = String(!form.hidden);
      if (!form.hidden) form.querySelector('input')?.focus();
    });
    this.#cameraButton.addEventListener('click', () => {
      emit(this, this.#isLive ? 'stop-camera' : 'start-camera');
    });
    this.append(
      h('h2', { class: 'panel-title' }, strings.input),
      this.#frame,
      this.peaks,
      this.#cropTools,
      this.#modeSwitch(),
      this.#caption,
      h(
        'div',
        { class: 'open-picture' },
        h('div', { class: 'buttons' }, open, this.#files, this.#cameraButton, byAddress),
        form,
        h('p', { class: 'help' }, strings.dropHint),
      ),
      this.#message,
    );
    this.#message.error = undefined;
    this.#cropTools.addEventListener('zoom-picture', (event) => {
      this.#frame.zoomBy(/** @type {CustomEvent} */ (event).detail);
    });
    this.peaks.addEventListener('crop-to-mark', () => this.#frame.cropToMark());
    this.#showTools();
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
   * @param {Camera | null} input.camera
   * @param {Preprocessing | null} input.preprocessing
   * @param {number} input.generation
   */
  update({ picture, hasRawInput, sample, camera, preprocessing, generation }) {
    const shown = hasRawInput ? null : picture;
    this.#isLive = camera !== null;
    this.#cameraButton.textContent = camera ? strings.stopCamera : strings.startCamera;
    this.#frame.update({
      url: shown?.displayUrl ?? null,
      alt: sample?.title ?? strings.input,
      instead: hasRawInput ? strings.rawTensors : strings.noPicture,
      video: camera?.video ?? null,
      crop: shown?.crop ?? null,
      preprocessing,
      generation,
    });
    this.#hasPicture = shown !== null;
    this.#crop = shown?.crop ?? null;
    this.#cropTools.crop = this.#crop;
    this.#showTools();
    this.#caption.replaceChildren(...breakable(shown ? credit(shown, sample, camera) : ''));
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

  #showTools() {
    this.peaks.hidden = this.#isNetworkView || !this.#hasPicture;
    this.#cropTools.hidden = !this.#hasPicture || !(this.#isNetworkView || this.#crop);
  }

  #addressForm() {
    const address = h('input', {
      type: 'text',
      inputmode: 'url',
      class: 'text-field',
      autocomplete: 'off',
      spellcheck: 'false',
      required: true,
      placeholder: 'https://…/cat.jpg',
      'aria-label': strings.pictureAddress,
    });
    const submit = h('button', { type: 'submit', class: 'button' }, strings.open);
    const form = h('form', { class: 'picture-address' }, address, submit);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      emit(this, 'choose-picture-url', address.value.trim());
    });
    return form;
  }

  #modeSwitch() {
    const group = h('fieldset', { class: 'segments' }, h('legend', {}, strings.inputView));
    for (const [isNetworkView, name] of /** @type {const} */ ([
      [false, strings.original],
      [true, strings.networkView],
    ])) {
      const input = h('input', { type: 'radio', name: 'input-view', checked: !isNetworkView });
      input.addEventListener('change', () => {
        this.#isNetworkView = isNetworkView;
        this.#frame.isNetworkView = isNetworkView;
        this.#showTools();
      });
      group.append(h('label', {}, input, h('span', {}, name)));
    }
    return h('div', { class: 'input-modes' }, group);
  }
}

/**
 * @param {OpenedPicture} picture
 * @param {Sample | undefined} sample
 * @param {Camera | null} camera
 */
function credit(picture, sample, camera) {
  if (camera) return camera.isMirrored ? strings.live : strings.liveStraight;
  if (sample) return strings.credit(sample);
  if (picture.credit) return picture.credit;
  const isAddress = typeof picture.source === 'string' && !picture.source.startsWith('data:');
  return isAddress ? picture.displayUrl : strings.ownPicture;
}

customElements.define('convscope-input', InputPanel);
