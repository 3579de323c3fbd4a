/** All layers, one after the other, each with the other outputs that belong to it. */

import { emit } from '../dom.js';
import { groupByLayer } from '../graph.js';
import { LayerSection } from './layer-section.js';
import { OutputList } from './output-list.js';

/**
 * @typedef {import('../../shared/protocol.js').Grid} Grid
 * @typedef {import('../errors.js').ConvscopeError} ConvscopeError
 * @typedef {import('../graph.js').OutputInfo} OutputInfo
 *
 * @typedef {import('../layout.js').Colouring & { generation: number, channels?: number[] | null }} Look how drawings look,
 *   for which painter, and of which channels, if not of all
 */

const SETTLING_FRAMES = 8;

/**
 * Emits `bind-canvas`, with the arguments of that request, `release-canvas` (a drawing's key), and `scrolled-to` (the
 * name of the layer in view).
 */
export class LayerList extends HTMLElement {
  /** @type {OutputList[]} */
  #lists = [];
  /** @type {LayerSection[]} */
  #layers = [];
  /** Sections by the keys of their drawings. @type {Map<string, LayerSection>} */
  #sections = new Map();
  /** Keys of the drawings that somebody paints. @type {Set<string>} */
  #bound = new Set();
  /** @type {Look | null} */
  #look = null;
  /** @type {ReadonlyMap<string, number>} */
  #milliseconds = new Map();
  /** What scrolls to an output, if not all around it. @type {HTMLElement | null} */
  scroller = null;
  /** What was scrolled to last. @type {HTMLElement | null} */
  #goal = null;
  /** Layers about where one looks. @type {Set<Element>} */
  #inView = new Set();
  #spy = new IntersectionObserver((entries) => this.#onScroll(entries), {
    rootMargin: '-20% 0px -70% 0px',
  });

  constructor() {
    super();
    this.addEventListener('sections', () => this.#refresh());
    this.addEventListener('bind-canvas', (event) => {
      this.#bound.add(/** @type {CustomEvent} */ (event).detail.id);
    });
    this.addEventListener('release-canvas', (event) => {
      this.#bound.delete(/** @type {CustomEvent} */ (event).detail);
    });
  }

  disconnectedCallback() {
    this.#spy.disconnect();
  }

  /** @param {OutputInfo[]} outputs of another model */
  set outputs(outputs) {
    this.#spy.disconnect();
    this.#inView.clear();
    this.#layers = [];
    this.#lists = [];
    const children = groupByLayer(outputs).flatMap(({ layer, others }) => [
      ...(layer ? [this.#newLayer(layer)] : []),
      ...(others.length > 0 ? [this.#newList(others)] : []),
    ]);
    this.replaceChildren(...children);
    this.#refresh();
  }

  /** @param {Look} look */
  set look(look) {
    this.#look = look;
    this.#refresh();
  }

  /** @param {ReadonlyMap<string, number>} milliseconds how long the pass spent in each node */
  set milliseconds(milliseconds) {
    this.#milliseconds = milliseconds;
    for (const section of this.#sections.values()) section.showDuration(milliseconds);
  }

  /** What is drawn is of an input that is no longer the present one. */
  markStale() {
    for (const section of this.#sections.values()) section.markStale();
  }

  /**
   * @param {string} key
   * @param {Grid} grid
   */
  painted(key, grid) {
    this.#sections.get(key)?.painted(grid);
  }

  /**
   * @param {string} key
   * @param {ConvscopeError} error
   */
  failed(key, error) {
    this.#sections.get(key)?.failed(error);
  }

  /**
   * Scrolls to an output, and opens it if need be.
   *
   * @param {string} output
   * @returns {HTMLElement | null} its heading; null if there is none
   */
  goTo(output) {
    const layer = this.#layers.find((section) => section.output === output);
    const heading = layer?.heading ?? this.#open(output);
    if (!heading) return null;
    this.#goal = heading;
    this.#scroll(heading, SETTLING_FRAMES);
    return heading;
  }

  /**
   * Scrolls again for some frames: what comes into view is laid out, and may have another size than was thought.
   *
   * @param {HTMLElement} goal
   * @param {number} frames
   */
  #scroll(goal, frames) {
    if (this.#goal !== goal) return;
    if (!this.scroller) goal.scrollIntoView({ block: 'start' });
    else {
      const { top } = this.scroller.getBoundingClientRect();
      this.scroller.scrollTop += goal.getBoundingClientRect().top - top;
    }
    if (frames > 0) requestAnimationFrame(() => this.#scroll(goal, frames - 1));
  }

  /** @param {string} output */
  #open(output) {
    for (const list of this.#lists) {
      const heading = list.open(output);
      if (heading) return heading;
    }
    return null;
  }

  /** @param {OutputInfo} info */
  #newLayer(info) {
    const section = new LayerSection();
    section.show(info, true);
    this.#spy.observe(section);
    this.#layers.push(section);
    return section;
  }

  /** @param {OutputInfo[]} outputs */
  #newList(outputs) {
    const list = new OutputList();
    list.outputs = outputs;
    this.#lists.push(list);
    return list;
  }

  /** Brings the look of all sections up to date, and forgets drawings that are gone. */
  #refresh() {
    const sections = [...this.#layers, ...this.#lists.flatMap((list) => list.sections)];
    this.#sections = new Map(sections.map((section) => [section.key, section]));
    for (const section of sections) {
      if (this.#look) section.update(this.#look);
      section.showDuration(this.#milliseconds);
    }
    for (const key of [...this.#bound].filter((key) => !this.#sections.has(key))) {
      emit(this, 'release-canvas', key);
    }
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #onScroll(entries) {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) this.#inView.add(target);
      else this.#inView.delete(target);
    }
    const first = this.#layers.find((section) => this.#inView.has(section));
    if (first) emit(this, 'scrolled-to', first.output);
  }
}

customElements.define('convscope-layers', LayerList);
