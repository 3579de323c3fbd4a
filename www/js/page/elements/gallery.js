/** Sample pictures to choose from, with their credits. */

import { emit, h } from '../dom.js';
import { strings } from '../strings.js';

/** @typedef {import('../controller.js').Sample} Sample */

/** Emits `choose-sample` (a URL). */
export class SampleGallery extends HTMLElement {
  /** @type {Map<string, HTMLButtonElement>} */
  #buttons = new Map();

  /** @param {Sample[]} samples */
  set samples(samples) {
    this.hidden = samples.length === 0;
    this.#buttons = new Map(samples.map((sample) => [sample.url, this.#button(sample)]));
    const items = [...this.#buttons.values()].map((button) => h('li', {}, button));
    this.replaceChildren(
      h('h2', { class: 'panel-title' }, strings.samples),
      h('ul', { class: 'thumbnails' }, ...items),
      h(
        'details',
        { class: 'credits' },
        h('summary', {}, strings.credits),
        h(
          'ul',
          {},
          ...samples.map((sample) => h('li', {}, `${strings.credit(sample)}. ${sample.source}.`)),
        ),
      ),
    );
  }

  /** @param {string | undefined} url */
  set current(url) {
    for (const [key, button] of this.#buttons) button.ariaPressed = String(key === url);
  }

  /** @param {Sample} sample */
  #button({ url, thumbnail, title }) {
    const image = h('img', {
      crossorigin: 'anonymous',
      src: thumbnail,
      alt: title,
      width: 72,
      height: 72,
      loading: 'lazy',
    });
    const button = h('button', { type: 'button', title, 'aria-pressed': 'false' }, image);
    button.addEventListener('click', () => emit(this, 'choose-sample', url));
    return button;
  }
}

customElements.define('convscope-gallery', SampleGallery);
