/** Outputs that are no layers: a line each, drawn when opened. */

import { breakable, emit, h } from '../dom.js';
import { strings } from '../strings.js';
import { LayerSection } from './layer-section.js';

/**
 * @typedef {import('../graph.js').OutputInfo} OutputInfo
 * @typedef {{ info: OutputInfo, details: HTMLDetailsElement, section: LayerSection | null }} Row
 */

/** Emits `sections` whenever a section was added or removed. */
export class OutputList extends HTMLElement {
  /** @type {Map<string, Row>} */
  #rows = new Map();

  /** @param {OutputInfo[]} outputs */
  set outputs(outputs) {
    this.#rows = new Map(outputs.map((info) => [info.output, newRow(info)]));
    for (const row of this.#rows.values()) {
      row.details.addEventListener('toggle', () => this.#draw(row));
    }
    this.style.setProperty('--rows', String(outputs.length));
    this.replaceChildren(...[...this.#rows.values()].map(({ details }) => details));
  }

  /** The sections of the outputs that are open. */
  get sections() {
    return [...this.#rows.values()].flatMap(({ section }) => section ?? []);
  }

  /**
   * Opens an output.
   *
   * @param {string} output
   * @returns {HTMLElement | null} its heading; null if it is not in the list
   */
  open(output) {
    const row = this.#rows.get(output);
    if (!row) return null;
    row.details.open = true;
    this.#draw(row);
    return row.details.querySelector('summary');
  }

  /**
   * Adds the section of a row that has been opened, removes that of one that has been closed.
   *
   * @param {Row} row
   */
  #draw(row) {
    if (row.details.open === (row.section !== null)) return;
    row.section?.remove();
    row.section = null;
    if (row.details.open) {
      row.section = new LayerSection();
      row.section.show(row.info, false);
      row.details.append(row.section);
    }
    emit(this, 'sections');
  }
}

/**
 * @param {OutputInfo} info
 * @returns {Row}
 */
function newRow(info) {
  const { output, operators, shape } = info;
  const summary = h(
    'summary',
    {},
    h('span', { class: 'output-name' }, ...breakable(output)),
    h('span', { class: 'output-about' }, `${operators.join(' · ')}, ${strings.shape(shape)}`),
  );
  return { info, details: h('details', { class: 'output' }, summary), section: null };
}

customElements.define('convscope-outputs', OutputList);
