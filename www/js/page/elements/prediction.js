/** What the network makes of the picture. */

import { h } from '../dom.js';
import { strings } from '../strings.js';
import { LabelsPanel } from './labels-panel.js';

/**
 * @typedef {import('../errors.js').ConvscopeError} ConvscopeError
 * @typedef {import('../../shared/protocol.js').Prediction} Prediction
 * @typedef {import('../../shared/protocol.js').Reading} Reading
 */

const SHOWN_CLASSES = 5;
/** How many of them keep their place before the model is known. */
const UNKNOWN_CLASSES = 2;

export class PredictionView extends HTMLElement {
  #since = h('p', { class: 'help' }, strings.changeSinceBefore);
  #list = h('ol', { class: 'classes' });
  #labels = new LabelsPanel();

  connectedCallback() {
    if (this.childElementCount > 0) return;
    const title = h('h2', { class: 'panel-title' }, strings.prediction);
    const header = h('div', { class: 'prediction-header' }, title, this.#since);
    this.append(header, this.#list, this.#labels);
  }

  /** Why labels cannot be used. @param {ConvscopeError | undefined} error */
  set error(error) {
    this.#labels.error = error;
  }

  /**
   * @param {object} shown
   * @param {Prediction | null} shown.prediction
   * @param {Prediction | null} shown.former what it is compared with
   * @param {Reading | null} shown.reading
   * @param {boolean} shown.isOpeningModel
   */
  update({ prediction, former, reading, isOpeningModel }) {
    const expected = reading ? expectedClasses(reading) : isOpeningModel ? UNKNOWN_CLASSES : 0;
    this.#since.hidden = !prediction || !former;
    this.hidden = expected === 0 && !prediction;
    const classes = prediction?.classes ?? [];
    const rows = classes.slice(0, SHOWN_CLASSES).map((one) => classRow(one, former));
    // Keeps its height while the network runs.
    while (rows.length < expected) rows.push(h('li', { 'aria-hidden': 'true' }, classBar(0)));
    this.#list.replaceChildren(...rows);
    this.#labels.update(reading);
  }
}

/**
 * @param {Prediction['classes'][number]} prediction
 * @param {Prediction | null} former
 */
function classRow({ index, label, probability }, former) {
  const before = former?.classes.find((one) => one.index === index)?.probability;
  const change =
    former && !Number.isNaN(probability) ? strings.probabilityChange(probability, before) : null;
  return h(
    'li',
    {},
    h('span', { class: 'class-label' }, label),
    h(
      'span',
      { class: 'class-change' },
      change && h('span', { 'aria-hidden': 'true' }, change.short),
      change && h('span', { class: 'visually-hidden' }, change.text),
    ),
    h('span', { class: 'class-probability' }, strings.probability(probability)),
    classBar(probability, before),
  );
}

/**
 * @param {number} probability
 * @param {number} [before] marked on the bar
 */
function classBar(probability, before) {
  const bar = h('span', { class: 'class-bar', 'aria-hidden': 'true' });
  bar.style.setProperty('--probability', String(probability || 0));
  if (before !== undefined) {
    bar.style.setProperty('--before', String(before));
    bar.append(h('span', { class: 'class-before' }));
  }
  return bar;
}

/**
 * How many classes will be shown.
 *
 * @param {Reading} reading
 */
function expectedClasses({ prediction, classes }) {
  return prediction ? Math.min(classes ?? SHOWN_CLASSES, SHOWN_CLASSES) : 0;
}

customElements.define('convscope-prediction', PredictionView);
