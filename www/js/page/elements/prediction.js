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
  #note = h('p', { class: 'help' });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.append(h('h3', { class: 'panel-title' }, strings.prediction), this.#list, this.#note);
  }

  /**
   * @param {Prediction | null} prediction
   * @param {ModelInfo | null} model
   */
  update(prediction, model) {
    const expected = expectedClasses(model);
    this.hidden = model !== null && expected === 0 && !prediction;
    this.#note.textContent = prediction || model ? '' : strings.predictionPending;
    const shown = prediction?.classes.slice(0, SHOWN_CLASSES) ?? [];
    // Keeps its height while the network runs.
    this.#list.style.setProperty('--classes', String(Math.max(shown.length, expected)));
    this.#list.replaceChildren(
      ...shown.map(({ label, probability }) => {
        const bar = h('span', { class: 'class-bar', 'aria-hidden': 'true' });
        bar.style.setProperty('--probability', String(probability));
        return h(
          'li',
          {},
          h('span', { class: 'class-label' }, label),
          h('span', { class: 'class-probability' }, strings.probability(probability)),
          bar,
        );
      }),
    );
  }
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
