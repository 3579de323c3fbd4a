/** The channels that fire most on a marked part of the picture. */

import { breakable, emit, h } from '../dom.js';
import { channelDrawing, planesOf } from '../layout.js';
import { strings } from '../strings.js';
import { MapCanvas } from './map-canvas.js';

/**
 * @typedef {import('../../shared/protocol.js').Grid} Grid
 * @typedef {import('../../shared/protocol.js').Peak} Peak
 * @typedef {import('../graph.js').OutputInfo} OutputInfo
 * @typedef {import('./layer-list.js').Look} Look
 */

const SHOWN = 5;

/** Emits `navigate` (a Focus), `mark` (null), `crop-to-mark`, and what `MapCanvas` emits. */
export class PeaksView extends HTMLElement {
  #hint = h('p', { class: 'help' }, strings.markHint);
  #title = h('p', { class: 'peaks-title', role: 'status' });
  #crop = h('button', { type: 'button', class: 'button small' }, strings.cropToMark);
  #clear = h('button', { type: 'button', class: 'button small' }, strings.clearMark);
  #header = h('div', { class: 'peaks-header', hidden: true }, this.#title, this.#crop, this.#clear);
  #list = h('ol', { class: 'peaks' });
  /** @type {{ map: MapCanvas, text: HTMLElement, button: HTMLButtonElement, item: HTMLElement }[]} */
  #places = [];

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.#clear.addEventListener('click', () => emit(this, 'mark', null));
    this.#crop.addEventListener('click', () => emit(this, 'crop-to-mark'));
    this.append(this.#hint, this.#header, this.#list);
  }

  /** Shows how to mark a part. */
  clear() {
    this.#hint.hidden = false;
    this.#header.hidden = true;
    this.#list.replaceChildren();
  }

  /**
   * @param {OutputInfo} info
   * @param {Look} look
   * @param {Peak[] | null} peaks the strongest channel first; null if the output's cells do not lie over the picture
   */
  show({ output, shape }, look, peaks) {
    this.#hint.hidden = true;
    this.#header.hidden = false;
    const title = peaks ? strings.strongest(output) : strings.nowhere(output);
    this.#title.replaceChildren(...breakable(title));
    const planes = planesOf(shape);
    const shown = planes ? (peaks ?? []).slice(0, SHOWN) : [];
    while (this.#places.length < shown.length) this.#places.push(newPlace());
    const places = this.#places.slice(0, shown.length);
    // Only what changes is moved: a button keeps the focus.
    if (this.#list.childElementCount !== shown.length) {
      this.#list.replaceChildren(...places.map(({ item }) => item));
    }
    for (const [index, { map, text, button }] of places.entries()) {
      const peak = shown[index];
      if (!peak || !planes) continue;
      const { channel, row, column } = peak;
      const drawn = channelDrawing(planes, channel, look);
      map.drawing = { output, ...drawn, label: '', generation: look.generation };
      text.replaceChildren(h('b', {}, `${channel}:`), ` ${strings.value(peak.value)}`);
      button.ariaLabel = strings.peak(peak);
      button.title = strings.peak(peak);
      button.onclick = () => emit(this, 'navigate', { output, channel, cell: { row, column } });
    }
  }

  /**
   * @param {string} key
   * @param {Grid} grid
   */
  painted(key, grid) {
    this.#places.find(({ map }) => map.key === key)?.map.painted(grid);
  }
}

function newPlace() {
  const map = new MapCanvas();
  const text = h('span', { class: 'peak-text' });
  const button = h('button', { type: 'button', class: 'peak' }, map, text);
  return { map, text, button, item: h('li', {}, button) };
}

customElements.define('convscope-peaks', PeaksView);
