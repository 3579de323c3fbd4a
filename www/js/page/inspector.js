/** What is looked at by itself: reads from the engine what the views of a layer, a channel and a cell show. */

import { ChannelView } from './elements/channel-view.js';
import { LayerView } from './elements/layer-view.js';
import { ConvscopeError } from './errors.js';
import { planesOf } from './layout.js';
import { strings } from './strings.js';

/**
 * @typedef {import('../shared/protocol.js').Failure} Failure
 * @typedef {import('../shared/protocol.js').Grid} Grid
 * @typedef {import('../shared/protocol.js').Peak} Peak
 * @typedef {import('../shared/protocol.js').ReceptiveField} ReceptiveField
 * @typedef {import('./controller.js').Controller} Controller
 * @typedef {import('./elements/layer-list.js').Look} Look
 * @typedef {import('./focus.js').Focus} Focus
 * @typedef {import('./graph.js').OutputInfo} OutputInfo
 */

const BINS = 48;
/** Operators that weights make a channel of. */
const WEIGHTED = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

export class Inspector {
  layer = new LayerView();
  channel = new ChannelView();
  #controller;
  #onSeen;
  /** @type {OutputInfo[]} */
  #outputs = [];
  /** @type {Focus | null} */
  #focus = null;
  /** Of the newest reading; what an older one finds is of no use. */
  #reading = 0;

  /**
   * @param {Controller} controller
   * @param {(field: ReceptiveField | null) => void} onSeen takes what the chosen cell sees
   */
  constructor(controller, onSeen) {
    this.#controller = controller;
    this.#onSeen = onSeen;
    this.layer.hidden = true;
    this.channel.hidden = true;
    this.layer.addEventListener('read-similarities', (event) => {
      this.#readSimilarities(/** @type {CustomEvent} */ (event).detail);
    });
  }

  /**
   * @param {Focus | null} focus
   * @param {OutputInfo[]} outputs
   * @throws {ConvscopeError} `bad-input` if there is no such output, channel or cell
   */
  show(focus, outputs) {
    const info = focus && infoOf(focus, outputs);
    const isEntered =
      this.#focus?.output !== focus?.output || this.#focus?.channel !== focus?.channel;
    this.#focus = focus;
    this.#outputs = outputs;
    this.layer.hidden = !focus || focus.channel !== null;
    this.channel.hidden = !focus || focus.channel === null;
    if (info && focus.channel === null) this.layer.show(info);
    else if (info) this.channel.show(info, focus);
    this.refresh();
    if (!focus || !isEntered) return;
    if (focus.channel === null) this.layer.takeFocus();
    else this.channel.takeFocus();
  }

  /** @param {Look} look */
  set look(look) {
    this.layer.look = look;
    this.channel.look = look;
  }

  /**
   * @param {string} key
   * @param {Grid} grid
   */
  painted(key, grid) {
    if (key === this.channel.key) this.channel.painted(grid);
    else this.layer.painted(key, grid);
  }

  /**
   * @param {string} key
   * @param {Failure} failure
   */
  failed(key, { code, message }) {
    const error = new ConvscopeError(code, message);
    if (key === this.channel.key) this.channel.failed(error);
    else this.layer.failed(key, error);
  }

  /**
   * @param {string} output
   * @param {Peak[] | null} peaks where its channels fire most on the marked part
   */
  showPeaks(output, peaks) {
    this.layer.peaks = output === this.#focus?.output ? peaks : null;
  }

  /** Reads anew: there is another focus, or another pass. */
  async refresh() {
    const reading = ++this.#reading;
    const focus = this.#focus;
    if (!focus?.cell) this.#onSeen(null);
    if (!focus) return;
    try {
      if (focus.channel === null) await this.#readLayer(focus, reading);
      else await this.#readChannel(focus, focus.channel, reading);
    } catch {
      // Nothing has been computed, or it cannot be drawn, which the drawing says.
    }
  }

  /**
   * @param {Focus} focus
   * @param {number} reading
   */
  async #readLayer({ output }, reading) {
    const statistics = await this.#controller.request('channelStatistics', { output });
    if (reading === this.#reading) this.layer.statistics = statistics;
  }

  /**
   * @param {Focus} focus
   * @param {number} channel
   * @param {number} reading
   */
  async #readChannel(focus, channel, reading) {
    const { output } = focus;
    const [statistics, area, histogram, kernel] = await Promise.all([
      this.#controller.request('channelStatistics', { output }),
      this.#controller.request('mapArea', { output }),
      this.#controller.request('histogram', { output, channel, bins: BINS }),
      this.#readKernel(output, channel),
      focus.cell && this.#readCell(focus.output, channel, focus.cell, reading),
    ]);
    const own = statistics[channel];
    if (reading !== this.#reading || !own) return;
    const { picture, hasRawInput } = this.#controller.state;
    const url = hasRawInput ? undefined : picture?.displayUrl;
    this.channel.statistics = own;
    this.channel.picture = url !== undefined && area ? { url, area } : null;
    this.channel.histogram = histogram;
    this.channel.showKernel(kernel?.weights ?? null, kernel?.isColor ?? false);
  }

  /**
   * @param {string} output
   * @param {number} channel
   */
  async #readKernel(output, channel) {
    const weighted = this.#members(output).find(({ operators }) =>
      WEIGHTED.has(operators.at(-1) ?? ''),
    );
    if (!weighted) return null;
    const { model, reading } = this.#controller.state;
    const node = model?.nodes.find(({ outputs }) =>
      outputs.some(({ name }) => name === weighted.output),
    );
    const isPictures = node?.inputs[0] === model?.pictureInput;
    const isRgb = reading?.preprocessing?.value.channels === 'rgb';
    try {
      const weights = await this.#controller.request('kernel', {
        output: weighted.output,
        channel,
      });
      return { weights, isColor: isPictures && isRgb && weights.shape[0] === 3 };
    } catch {
      // Its weights are not constant, or not those of one channel.
      return null;
    }
  }

  /**
   * @param {string} output
   * @param {number} channel
   * @param {{ row: number, column: number }} place
   * @param {number} reading
   */
  async #readCell(output, channel, { row, column }, reading) {
    const members = this.#members(output).toReversed();
    const [field, ...cells] = await Promise.all([
      this.#controller.request('receptiveField', { output, row, column, channel }),
      ...members.map((member) =>
        this.#controller.request('cell', { output: member.output, channel, row, column }),
      ),
    ]);
    if (reading !== this.#reading) return;
    this.#onSeen(field);
    this.channel.steps = members.flatMap((member, index) => {
      const cell = cells[index];
      return cell ? [{ output: member.output, cell }] : [];
    });
  }

  /** @param {{ output: string, channel: number }} wish */
  async #readSimilarities(wish) {
    const reading = this.#reading;
    const similarities = await this.#controller.request('similarities', wish).catch(() => null);
    if (similarities && reading === this.#reading) this.layer.similarities = similarities;
  }

  /**
   * The outputs of an output's layer, in the order of the graph; of one that is no layer only itself.
   *
   * @param {string} output
   */
  #members(output) {
    const isLayer = this.#outputs.some((info) => info.output === output && info.isLayer);
    return this.#outputs.filter(
      (info) => info.output === output || (isLayer && info.layer === output),
    );
  }
}

/**
 * @param {Focus} focus
 * @param {OutputInfo[]} outputs
 */
function infoOf({ output, channel, cell }, outputs) {
  const info = outputs.find((candidate) => candidate.output === output);
  if (!info) throw new ConvscopeError('bad-input', strings.missingLayer(output));
  const planes = planesOf(info.shape);
  if (planes && channel !== null && channel >= planes.channels) {
    throw new ConvscopeError('bad-input', strings.missingChannel(output, channel, planes.channels));
  }
  if (planes && cell && (cell.row >= planes.height || cell.column >= planes.width)) {
    throw new ConvscopeError('bad-input', strings.missingCell(output, cell, planes));
  }
  return info;
}
