/** What moves and crops the picture inside the network's frame, by buttons. */

import { emit, h } from '../dom.js';
import { strings } from '../strings.js';

/** @typedef {import('../../shared/protocol.js').Rectangle} Rectangle */

const ZOOM_STEP = 1.25;

/** Emits `zoom-picture` (a factor) and `crop` (null). */
export class CropTools extends HTMLElement {
  #text = h('p', { class: 'help' });
  #whole = h('button', { type: 'button', class: 'button small' }, strings.wholePicture);

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const zoom = (
      /** @type {string} */ name,
      /** @type {string} */ sign,
      /** @type {number} */ factor,
    ) => {
      const button = h(
        'button',
        { type: 'button', class: 'button small', title: name, 'aria-label': name },
        sign,
      );
      button.addEventListener('click', () => emit(this, 'zoom-picture', factor));
      return button;
    };
    this.#whole.addEventListener('click', () => emit(this, 'crop', null));
    this.append(
      this.#text,
      zoom(strings.zoomOut, '−', 1 / ZOOM_STEP),
      zoom(strings.zoomIn, '+', ZOOM_STEP),
      this.#whole,
    );
  }

  /** @param {Rectangle | null} crop */
  set crop(crop) {
    this.#text.textContent = crop ? strings.cropped(crop) : strings.cropHint;
    this.#whole.disabled = crop === null;
  }
}

customElements.define('convscope-crop', CropTools);
