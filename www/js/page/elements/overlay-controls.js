/** Lays a map over the picture that it was computed of. */

import { emit, h } from '../dom.js';
import { strings } from '../strings.js';

/**
 * @typedef {import('../../shared/protocol.js').Rectangle} Rectangle
 *
 * @typedef {object} Overlay
 * @property {string} url the picture's
 * @property {Rectangle} area where the map lies, in the picture's pixels
 * @property {number} opacity the map's, 0 to 1
 * @property {boolean} isSmooth whether cells pass into each other, rather than being seen as squares
 */

const OPACITY = 60;

/** The controls for that. Emits `choose-overlay` (an Overlay, or null for the map alone). */
export class OverlayControls extends HTMLElement {
  #isShown = h('input', { type: 'checkbox', role: 'switch', id: 'overlay' });
  #opacity = h('input', {
    type: 'range',
    id: 'overlay-opacity',
    min: 0,
    max: 100,
    value: OPACITY,
    'aria-label': strings.mapOpacity,
  });
  #isSmooth = h('input', { type: 'checkbox', id: 'overlay-smooth' });
  #details = h('div', { class: 'overlay-details', hidden: true });
  /** @type {{ url: string, area: Rectangle } | null} */
  #picture = null;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.hidden = true;
    for (const control of [this.#isShown, this.#isSmooth]) {
      control.addEventListener('change', () => this.#tell());
    }
    this.#opacity.addEventListener('input', () => this.#tell());
    this.#details.append(
      h('label', { class: 'field' }, strings.opacity, this.#opacity),
      h('label', { class: 'switch' }, this.#isSmooth, h('span', {}, strings.smooth)),
    );
    this.append(
      h('label', { class: 'switch' }, this.#isShown, h('span', {}, strings.overPicture)),
      this.#details,
    );
  }

  /** @param {{ url: string, area: Rectangle } | null} picture where the map lies on it; null if that is not to be told */
  set picture(picture) {
    this.#picture = picture;
    this.hidden = picture === null;
    this.#tell();
  }

  #tell() {
    const isShown = this.#isShown.checked && this.#picture !== null;
    this.#details.hidden = !isShown;
    const opacity = this.#opacity.valueAsNumber / 100;
    const isSmooth = this.#isSmooth.checked;
    /** @type {Overlay | null} */
    const overlay = isShown && this.#picture ? { ...this.#picture, opacity, isSmooth } : null;
    emit(this, 'choose-overlay', overlay);
  }
}

customElements.define('convscope-overlay', OverlayControls);
