/** What is going on: one bar for all downloads and the computing, and a line of text. */

import { h } from '../dom.js';
import { strings } from '../strings.js';

/**
 * @typedef {import('../../shared/protocol.js').ModelInfo} ModelInfo
 * @typedef {import('../../shared/protocol.js').Progress} Progress
 */

/** Downloads fill the bar up to here, computing the rest. */
const DOWNLOAD_SHARE = 0.7;

export class StatusLine extends HTMLElement {
  #bar = h('div', { class: 'progress', role: 'progressbar', 'aria-label': strings.computing });
  #fill = h('div', { class: 'progress-fill' });
  #text = h('p', { class: 'status-text' });

  connectedCallback() {
    this.#bar.append(this.#fill);
    this.replaceChildren(this.#bar, this.#text);
  }

  /**
   * @param {object} status
   * @param {Partial<Record<Progress['stage'], Progress>>} status.progress
   * @param {ModelInfo | null} status.model
   * @param {boolean} status.isOpeningModel
   * @param {number | null} status.passMilliseconds
   */
  update({ progress, model, isOpeningModel, passMilliseconds }) {
    const stages = Object.values(progress);
    const isBusy = stages.length > 0;
    const fraction = overallFraction(progress);
    this.#bar.classList.toggle('busy', isBusy);
    this.#bar.classList.toggle('indeterminate', isBusy && fraction === null);
    this.#fill.style.scale = `${isBusy ? (fraction ?? 1) : 0} 1`;
    this.#bar.ariaValueNow = fraction === null ? null : String(Math.round(fraction * 100));
    this.#bar.ariaHidden = String(!isBusy);
    this.#text.textContent = isBusy
      ? stages.filter(isUnderWay).map(describe).join(' · ')
      : summary(model, passMilliseconds, isOpeningModel);
  }
}

/**
 * @param {Partial<Record<Progress['stage'], Progress>>} progress
 * @returns {number | null} null if it is not known
 */
function overallFraction({ pass, ...downloads }) {
  const running = Object.values(downloads);
  if (running.length > 0) {
    if (running.some(({ total }) => total === 0)) return null;
    const done = running.reduce((sum, { done }) => sum + done, 0);
    const total = running.reduce((sum, { total }) => sum + total, 0);
    return (DOWNLOAD_SHARE * done) / total;
  }
  if (!pass) return 0;
  const share = pass.total ? pass.done / pass.total : 0;
  return DOWNLOAD_SHARE + (1 - DOWNLOAD_SHARE) * share;
}

/** @param {Progress} progress */
function isUnderWay({ stage, done, total }) {
  return stage === 'pass' || total === 0 || done < total;
}

/** @param {Progress} progress */
function describe({ stage, done, total }) {
  if (stage !== 'pass') return strings.downloadProgress(strings.downloading(stage), done, total);
  return total ? strings.passProgress(done, total) : `${strings.computing}…`;
}

/**
 * @param {ModelInfo | null} model
 * @param {number | null} passMilliseconds
 * @param {boolean} isOpeningModel
 */
function summary(model, passMilliseconds, isOpeningModel) {
  if (!model) return isOpeningModel ? strings.preparing : '';
  const parameters = model.nodes.reduce((sum, node) => sum + node.parameters, 0);
  const about = strings.modelSummary(model.layers.length, parameters, model.bytes);
  return passMilliseconds === null ? about : `${about} · ${strings.passSummary(passMilliseconds)}`;
}

customElements.define('convscope-status', StatusLine);
