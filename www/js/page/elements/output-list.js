/** The outputs that are no layers: a line each, drawn when opened. */

import { h } from '../dom.js';
import { strings } from '../strings.js';
import { LayerSection } from './layer-section.js';

/** @typedef {import('../graph.js').OutputInfo} OutputInfo */

/** Emits `sections` whenever a section was added or removed. */
export class OutputList extends HTMLElement {
  /** @type {Map<string, HTMLDetailsElement>} */
  #rows = new Map();

  /** @param {OutputInfo[]} outputs */
  set outputs(outputs) {
    this.#rows = new Map(outputs.map((info) => [info.output, this.#row(info)]));
    this.hidden = outputs.length === 0;
    this.replaceChildren(
      h('h3', { class: 'panel-title' }, strings.otherOutputs),
      h('p', { class: 'help' }, strings.otherOutputsHelp),
      ...this.#rows.values(),
    );
  }

  /**
   * Opens an output and scrolls to it.
   *
   * @param {string} output
   */
  reveal(output) {
    const row = this.#rows.get(output);
    if (!row) return;
    row.open = true;
    row.scrollIntoView({ block: 'start' });
    row.querySelector('summary')?.focus({ preventScroll: true });
  }

  /** @param {OutputInfo} info */
  #row(info) {
    const { output, operators, shape } = info;
    const row = h(
      'details',
      { class: 'output' },
      h(
        'summary',
        {},
        h('span', { class: 'output-name' }, output),
        h('span', { class: 'output-about' }, `${operators.join(' · ')}, ${strings.shape(shape)}`),
      ),
    );
    row.addEventListener('toggle', () => {
      row.querySelector('convscope-layer')?.remove();
      if (row.open) {
        const section = new LayerSection();
        section.show(info, false);
        row.append(section);
      }
      this.dispatchEvent(new CustomEvent('sections', { bubbles: true }));
    });
    return row;
  }
}

customElements.define('convscope-outputs', OutputList);
