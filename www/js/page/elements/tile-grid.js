/** Channels as tiles to choose from, drawn a part at a time. */

import { emit, h } from '../dom.js';
import { gridSize, isVector } from '../layout.js';
import { MapCanvas } from './map-canvas.js';

/**
 * @typedef {import('../../shared/protocol.js').RenderOptions} RenderOptions
 * @typedef {import('../layout.js').Planes} Planes
 *
 * @typedef {object} Tiles
 * @property {string} output
 * @property {Planes} planes
 * @property {RenderOptions} options
 * @property {number[]} channels in the order in which they are shown
 * @property {(channel: number) => string} describe what a tile shows, in words
 * @property {number} generation
 */

/** Tiles in one canvas. */
const PART = 256;

/**
 * Emits `choose-channel` (a number), and what `MapCanvas` emits. Arrows move from tile to tile.
 */
export class TileGrid extends HTMLElement {
  /** @type {HTMLButtonElement[]} */
  #buttons = [];
  #columns = 1;
  /** Of what is drawn. */
  #signature = '';

  constructor() {
    super();
    this.addEventListener('keydown', (event) => this.#onKey(event));
    this.addEventListener('click', ({ target }) => {
      if (target instanceof HTMLButtonElement) emit(this, 'choose-channel', Number(target.value));
    });
    this.addEventListener('focusin', ({ target }) => {
      for (const button of this.#buttons) button.tabIndex = button === target ? 0 : -1;
    });
  }

  /** @param {Tiles} tiles */
  set tiles({ describe, ...tiles }) {
    const signature = JSON.stringify(tiles);
    if (signature !== this.#signature) this.#build(tiles);
    this.#signature = signature;
    for (const button of this.#buttons) {
      const text = describe(Number(button.value));
      button.title = text;
      button.ariaLabel = text;
    }
  }

  /** @param {Omit<Tiles, 'describe'>} tiles */
  #build({ output, planes, options, channels, generation }) {
    const hadFocus = this.querySelector(':focus') !== null;
    const part = isVector(planes) ? channels.length : PART;
    this.#buttons = [];
    const parts = [];
    const whole = gridSize({ ...planes, channels: channels.length }, { ...options, channels });
    this.#columns = whole.columns;
    for (let start = 0; start < channels.length; start += part) {
      const shown = channels.slice(start, start + part);
      const drawn = { ...options, channels: shown };
      const size = gridSize({ ...planes, channels: shown.length }, drawn);
      const map = new MapCanvas();
      map.drawing = { output, options: drawn, size, label: '', generation };
      // Columns are as wide in the last part, however few tiles there are in it.
      map.style.setProperty('width', `${(100 * size.width) / whole.width}%`);
      const buttons = shown.map((channel) =>
        h('button', {
          type: 'button',
          class: 'tile',
          value: channel,
          tabindex: -1,
        }),
      );
      const cover = h('div', { class: 'tiles' }, ...buttons);
      cover.style.setProperty('--columns', String(size.columns));
      map.append(cover);
      this.#buttons.push(...buttons);
      parts.push(map);
    }
    const [first] = this.#buttons;
    if (first) first.tabIndex = 0;
    this.replaceChildren(...parts);
    if (hadFocus) this.#buttons[0]?.focus();
  }

  /** The keys of its drawings. */
  get keys() {
    return this.maps.map((map) => map.key);
  }

  get maps() {
    return [...this.querySelectorAll('convscope-map')].filter((map) => map instanceof MapCanvas);
  }

  /**
   * Gives the focus to a channel's tile.
   *
   * @param {number | null} channel
   */
  focusTile(channel) {
    const button = this.#buttons.find(({ value }) => Number(value) === channel);
    (button ?? this.#buttons[0])?.focus();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const at = this.#buttons.findIndex((button) => button === event.target);
    if (at < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, number>} */
    const steps = {
      ArrowLeft: -1,
      ArrowRight: 1,
      ArrowUp: -this.#columns,
      ArrowDown: this.#columns,
      Home: -at,
      End: this.#buttons.length - 1 - at,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.#buttons[at + step]?.focus();
  }
}

customElements.define('convscope-tiles', TileGrid);
