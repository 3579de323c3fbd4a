/** The bar on top: what is open, and how it is shown. */

import { SITE } from '../assets.js';
import { emit, h, svg } from '../dom.js';
import { strings } from '../strings.js';

/** @typedef {import('../../shared/protocol.js').View} View */

/**
 * Emits `open-menu`, `choose-view` (View), `choose-range` (two numbers), `choose-colormap` (string or null), `share` and `open-export`.
 */
export class TopBar extends HTMLElement {
  #title = h('p', { class: 'model-title' });
  #colormap = h('select', { id: 'colormap', class: 'select' });
  #share = h(
    'button',
    {
      type: 'button',
      class: 'button share',
      'aria-disabled': SITE ? null : 'true',
      title: SITE ? null : strings.noLink,
    },
    strings.copyLink,
  );
  #export = h(
    'button',
    { type: 'button', class: 'button share', disabled: true },
    strings.openExport,
  );
  /** @type {Map<View, HTMLInputElement>} */
  #views = new Map();
  #ends = [strings.rangeLow, strings.rangeHigh].map((name, index) =>
    h('input', {
      type: 'number',
      class: 'number',
      id: `range-${index}`,
      step: 'any',
      'aria-label': name,
      title: name,
    }),
  );
  #range = h('span', { class: 'range', hidden: true }, ...this.#ends);

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const openModel = h(
      'button',
      { type: 'button', class: 'button open-model', 'aria-haspopup': 'dialog' },
      strings.openModel,
    );
    openModel.addEventListener('click', () => emit(this, 'open-menu'));
    for (const input of this.#ends) {
      input.addEventListener('change', () => {
        const range = this.#ends.map(({ valueAsNumber }) => valueAsNumber);
        if (range.every(Number.isFinite)) emit(this, 'choose-range', range);
      });
    }
    this.#share.addEventListener('click', () => emit(this, 'share'));
    this.#export.addEventListener('click', () => emit(this, 'open-export'));
    this.append(
      h('div', { class: 'brand' }, wordmark(), h('span', {}, strings.appName)),
      this.#title,
      openModel,
      h(
        'div',
        { class: 'looks', role: 'group', 'aria-label': strings.controls },
        this.#viewSwitch(),
        this.#range,
        h('label', { class: 'field' }, h('span', {}, strings.colormap), this.#colormapSelect()),
      ),
      this.#share,
      this.#export,
    );
  }

  /** @param {string} title */
  set modelTitle(title) {
    this.#title.textContent = title;
    this.#title.title = title;
  }

  /** @param {boolean} canExport whether there is something to take away */
  set canExport(canExport) {
    this.#export.disabled = !canExport;
  }

  /** @param {[number, number] | null} range that of the view `fixed`; null for another view */
  set range(range) {
    this.#range.hidden = range === null;
    for (const [index, input] of this.#ends.entries()) {
      if (range) input.value = String(range[index]);
    }
  }

  /** @param {View} view */
  set view(view) {
    const input = this.#views.get(view);
    if (input) input.checked = true;
  }

  /** @param {string | null} colormap */
  set colormap(colormap) {
    this.#colormap.value = colormap ?? '';
  }

  #viewSwitch() {
    const group = h('fieldset', { class: 'segments' }, h('legend', {}, strings.view));
    for (const [view, { name, help }] of Object.entries(strings.views)) {
      const input = h('input', { type: 'radio', name: 'view', value: view });
      input.addEventListener('change', () => emit(this, 'choose-view', view));
      this.#views.set(/** @type {View} */ (view), input);
      group.append(h('label', { title: help }, input, h('span', {}, name)));
    }
    return group;
  }

  #colormapSelect() {
    const select = this.#colormap;
    select.append(h('option', { value: '' }, strings.defaultColormap));
    for (const [category, names] of Object.entries(strings.colormaps)) {
      const options = Object.entries(names).map(([id, name]) => h('option', { value: id }, name));
      const label = strings.colormapCategories[category];
      select.append(h('optgroup', { label }, ...options));
    }
    select.addEventListener('change', () => emit(this, 'choose-colormap', select.value || null));
    return select;
  }
}

/** A grid of tiles. */
function wordmark() {
  const colors = ['#440154', '#3b528b', '#21918c', '#3b528b', '#21918c', '#5ec962'];
  const tiles = [...colors, '#21918c', '#5ec962', '#fde725'].map((fill, index) =>
    svg('rect', {
      x: (index % 3) * 7,
      y: Math.floor(index / 3) * 7,
      width: 6,
      height: 6,
      rx: 1,
      fill,
    }),
  );
  return svg('svg', { viewBox: '0 0 20 20', class: 'mark', 'aria-hidden': 'true' }, ...tiles);
}

customElements.define('convscope-bar', TopBar);
