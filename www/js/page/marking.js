/** The marked part of the picture: reads from the engine which channels fire most on it. */

import { latestWins } from './latest.js';

/**
 * @typedef {import('../shared/protocol.js').Peak} Peak
 * @typedef {import('../shared/protocol.js').Rectangle} Rectangle
 * @typedef {import('./controller.js').Controller} Controller
 * @typedef {import('./elements/layer-list.js').Look} Look
 * @typedef {import('./elements/peaks-view.js').PeaksView} PeaksView
 * @typedef {import('./graph.js').OutputInfo} OutputInfo
 *
 * @typedef {object} Marked
 * @property {Rectangle} part in pixels of the picture
 * @property {OutputInfo} info the output in view
 * @property {Look} look
 */

export class Marking {
  #controller;
  #view;
  #onPeaks;
  /** @type {Marked | null} */
  #marked = null;

  /**
   * @param {Controller} controller
   * @param {PeaksView} view
   * @param {(output: string, peaks: Peak[] | null) => void} onPeaks takes an output's, or null without a mark
   */
  constructor(controller, view, onPeaks) {
    this.#controller = controller;
    this.#view = view;
    this.#onPeaks = onPeaks;
  }

  /** @param {Marked | null} marked */
  show(marked) {
    this.#marked = marked;
    if (!marked) {
      this.#view.clear();
      this.#onPeaks('', null);
    }
    this.refresh();
  }

  /** Reads anew: there is another mark, output or pass. */
  refresh() {
    if (this.#marked) this.#read(this.#marked);
  }

  #read = latestWins(async (/** @type {Marked} */ marked) => {
    const { part, info, look } = marked;
    const { output } = info;
    const peaks = await this.#controller.request('peaks', { output, part });
    if (marked !== this.#marked) return;
    this.#view.show(info, look, peaks);
    this.#onPeaks(output, peaks);
  });
}
