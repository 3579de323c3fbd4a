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
  #list = h('ol', { class: 'classes' });
  #labels = new LabelsPanel();

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(h('h2', { class: 'panel-title' }, strings.prediction), this.#list, this.#labels);
  }

  /** Why labels cannot be used. @param {ConvscopeError | undefined} error */
  set error(error) {
    this.#labels.error = error;
  }

  /**
   * @param {Prediction | null} prediction
   * @param {Reading | null} reading
   * @param {boolean} isOpeningModel
   */
  update(prediction, reading, isOpeningModel) {
    const expected = reading ? expectedClasses(reading) : isOpeningModel ? UNKNOWN_CLASSES : 0;
    this.hidden = expected === 0 && !prediction;
    const rows = prediction?.classes.slice(0, SHOWN_CLASSES).map(classRow) ?? [];
    // Keeps its height while the network runs.
    while (rows.length < expected) rows.push(h('li', { 'aria-hidden': 'true' }, classBar(0)));
    this.#list.replaceChildren(...rows);
    this.#labels.update(reading);
  }
}

/** @param {Prediction['classes'][number]} prediction */
function classRow({ label, probability }) {
  return h(
    'li',
    {},
    h('span', { class: 'class-label' }, label),
    h('span', { class: 'class-probability' }, strings.probability(probability)),
    classBar(probability),
  );
}

/** @param {number} probability */
function classBar(probability) {
  const bar = h('span', { class: 'class-bar', 'aria-hidden': 'true' });
  bar.style.setProperty('--probability', String(probability));
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
