/** What the network makes of the picture. */

import { h } from '../dom.js';
import { strings } from '../strings.js';

/**
 * @typedef {import('../../shared/protocol.js').ModelInfo} ModelInfo
 * @typedef {import('../../shared/protocol.js').Prediction} Prediction
 */

const SHOWN_CLASSES = 5;

export class PredictionView extends HTMLElement {
  #list = h('ol', { class: 'classes' });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(h('h2', { class: 'panel-title' }, strings.prediction), this.#list);
  }

  /**
   * @param {Prediction | null} prediction
   * @param {ModelInfo | null} model
   */
  update(prediction, model) {
    const expected = expectedClasses(model);
    this.hidden = expected === 0 && !prediction;
    const rows = prediction?.classes.slice(0, SHOWN_CLASSES).map(classRow) ?? [];
    // Keeps its height while the network runs.
    while (rows.length < expected) rows.push(h('li', { 'aria-hidden': 'true' }, classBar(0)));
    this.#list.replaceChildren(...rows);
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
 * @param {ModelInfo | null} model
 */
function expectedClasses(model) {
  if (!model?.manifest) return model ? 0 : 2;
  const { prediction, labels } = model.manifest;
  return prediction ? Math.min(labels?.length ?? SHOWN_CLASSES, SHOWN_CLASSES) : 0;
}

customElements.define('convscope-prediction', PredictionView);
