/**
 * The engine alone, without a page: for Node.js, workers, and pages with an interface of their own. It computes where it
 * is called, so that in a page it belongs into a worker.
 *
 *     const engine = await Engine.load();
 *     engine.openModel(await readFile('net.onnx'));
 *     engine.openImage(await readFile('cat.jpg'));
 *     const { prediction } = engine.run();
 *     const { shape, data } = engine.activation('relu_3');
 */

import init, { Engine as Wasm, dataLocations, lastPanic } from './wasm/convscope.js';
import { ConvscopeError } from './js/page/errors.js';
import { ENGINE, REST } from './js/worker/assets.js';
import { crashFailure, isTrap, plainFailure } from './js/worker/failure.js';
import { loadRest, takeEngine } from './js/worker/rest.js';

/**
 * @typedef {import('./js/shared/manifest.js').Manifest} Manifest
 * @typedef {import('./js/shared/protocol.js').Cell} Cell
 * @typedef {import('./js/shared/protocol.js').ChannelDifference} ChannelDifference
 * @typedef {import('./js/shared/protocol.js').Grid} Grid
 * @typedef {import('./js/shared/protocol.js').ModelInfo} ModelInfo
 * @typedef {import('./js/shared/protocol.js').NodeInfo} NodeInfo
 * @typedef {import('./js/shared/protocol.js').PassInfo} PassInfo
 * @typedef {import('./js/shared/protocol.js').Peak} Peak
 * @typedef {import('./js/shared/protocol.js').PreprocessingFields} PreprocessingFields
 * @typedef {import('./js/shared/protocol.js').RawTensor} RawTensor
 * @typedef {import('./js/shared/protocol.js').ReceptiveField} ReceptiveField
 * @typedef {import('./js/shared/protocol.js').Rectangle} Rectangle
 * @typedef {import('./js/shared/protocol.js').RenderOptions} RenderOptions
 * @typedef {import('./js/shared/protocol.js').Statistics} Statistics
 * @typedef {import('./js/shared/protocol.js').Tensor} Tensor
 * @typedef {import('./js/shared/protocol.js').ValueInfo} ValueInfo
 * @typedef {Uint8Array | ArrayBuffer} Bytes
 *
 * @typedef {object} Pixels a picture: red, green, blue and opacity, in rows; an ImageData is one
 * @property {number} width
 * @property {number} height
 * @property {Uint8ClampedArray<ArrayBuffer>} data
 *
 * @typedef {object} StepReport
 * @property {boolean} done whether every node has been computed
 * @property {{ node: string, outputs: ValueInfo[], milliseconds: number }[]} computed by this step
 * @property {number} nodesDone
 * @property {number} nodesTotal
 */

export { ConvscopeError };

/**
 * A model, a picture, and the pass of the one over the other. All that fails throws a ConvscopeError and leaves the engine
 * as it was; only after the code `engine-crashed` it is of no further use, nor is any other of the same thread.
 */
export class Engine {
  #wasm = new Wasm();

  /**
   * Starts an engine. Use this, not `new`.
   *
   * @param {URL | string | Response | Bytes | WebAssembly.Module} [module] the engine's WebAssembly; by default what lies
   *   beside this file
   * @returns {Promise<Engine>}
   */
  static async load(module = ENGINE) {
    try {
      const source = /** @type {any} */ (readLocal(module) ?? module);
      takeEngine(await init({ module_or_path: source }), REST);
      // Not only where it is needed: pages cannot wait for it then.
      await loadRest();
    } catch (error) {
      throw new ConvscopeError('network', `the engine cannot be loaded: ${error}`);
    }
    return new Engine();
  }

  /** The names of the files beside it that an ONNX model keeps weights in. @param {Bytes} model */
  static dataFiles(model) {
    return attempt(() => dataLocations(toBytes(model)));
  }

  /**
   * Opens a model. The picture stays.
   *
   * @param {Bytes} model an ONNX file
   * @param {object} [options]
   * @param {string} [options.name] what to call a model whose manifest has no title
   * @param {Manifest | null} [options.manifest]
   * @param {Record<string, Bytes>} [options.data] files that it keeps weights in, by name
   * @returns {ModelInfo}
   */
  openModel(model, { name = '', manifest = null, data = {} } = {}) {
    const files = Object.entries(data).map(([file, bytes]) => [file, toBytes(bytes)]);
    const json = manifest === null ? undefined : JSON.stringify(manifest);
    return this.#parse((wasm) =>
      wasm.openModel(toBytes(model), name, json, Object.fromEntries(files)),
    );
  }

  /**
   * Opens a picture: the bytes of a JPEG, PNG, WebP, GIF or BMP file, or pixels.
   *
   * @param {Bytes | Pixels} picture
   * @param {object} [options]
   * @param {Rectangle | null} [options.crop] the part of it that the network gets, in its whole pixels
   */
  openImage(picture, { crop = null } = {}) {
    const part = crop && JSON.stringify(crop);
    this.#call((wasm) => {
      if (!isPixels(picture)) return wasm.openImage(toBytes(picture), part);
      const { data, width, height } = picture;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
      wasm.openPixels(bytes, width, height, part);
    });
  }

  /**
   * Changes how pictures become the input; null makes it what it was. It takes effect with the next pass.
   *
   * @param {PreprocessingFields | null} fields
   * @returns {ModelInfo}
   */
  setPreprocessing(fields) {
    return this.#parse((wasm) => wasm.setPreprocessing(JSON.stringify(fields)));
  }

  /**
   * Names the classes of the answer.
   *
   * @param {string[] | null} labels null for those that the model came with
   * @returns {ModelInfo}
   */
  setLabels(labels) {
    return this.#parse((wasm) => wasm.setLabels(labels ? JSON.stringify(labels) : undefined));
  }

  /**
   * Computes every node.
   *
   * @param {Record<string, RawTensor>} [tensors] by input, past the preprocessing; without them, of the picture
   * @returns {PassInfo}
   */
  run(tensors) {
    let milliseconds = 0;
    for (const { computed } of this.steps(Infinity, tensors)) {
      for (const node of computed) milliseconds += node.milliseconds;
    }
    return { milliseconds, prediction: this.#parse((wasm) => wasm.prediction()) };
  }

  /**
   * The same in steps, between which something else can be done.
   *
   * @param {number} millis about how long a step takes; at least one node is computed in each
   * @param {Record<string, RawTensor>} [tensors]
   * @returns {Generator<StepReport, void, void>}
   */
  *steps(millis, tensors) {
    this.#call((wasm) => (tensors ? void wasm.setInput(tensors) : wasm.startPass()));
    for (let isDone = false; !isDone;) {
      /** @type {StepReport} */
      const report = this.#parse((wasm) => wasm.step(millis));
      isDone = report.done;
      yield report;
    }
  }

  /** The model's inputs. A dimension that it leaves open is null. @returns {ValueInfo[]} */
  inputs() {
    return this.#parse((wasm) => wasm.inputs());
  }

  /**
   * The model's nodes in graph order, with the times of the last pass.
   *
   * @param {{ folded?: boolean }} [options] `folded`: those that weights alone determine
   * @returns {NodeInfo[]}
   */
  nodes({ folded = false } = {}) {
    return this.#parse((wasm) => (folded ? wasm.foldedNodes() : wasm.nodes()));
  }

  /** The tensor that the network got. @returns {Tensor & { name: string }} */
  input() {
    return this.#call((wasm) => /** @type {Tensor & { name: string }} */ (wasm.input()));
  }

  /** What a node computed. @param {string} output @returns {Tensor} */
  activation(output) {
    return this.#call((wasm) => /** @type {Tensor} */ (wasm.activation(output)));
  }

  /**
   * How a cell got its value.
   *
   * @param {string} output
   * @param {number} channel
   * @param {number} row
   * @param {number} column
   * @returns {Cell}
   */
  cell(output, channel, row, column) {
    return this.#call((wasm) => wasm.cell(output, channel, row, column));
  }

  /**
   * The weights that make one channel of a convolution or dense layer.
   *
   * @param {string} output
   * @param {number} channel
   * @returns {Tensor}
   */
  kernel(output, channel) {
    return this.#call((wasm) => /** @type {Tensor} */ (wasm.kernel(output, channel)));
  }

  /**
   * What a cell sees of the input, and of the picture.
   *
   * @param {string} output
   * @param {number} row
   * @param {number} column
   * @param {number} [channel] all together if not given
   * @returns {ReceptiveField | null}
   */
  receptiveField(output, row, column, channel) {
    return this.#parse((wasm) => wasm.receptiveField(output, row, column, channel));
  }

  /** Where an output's feature maps lie on the picture. @param {string} output @returns {Rectangle | null} */
  mapArea(output) {
    return this.#parse((wasm) => wasm.mapArea(output));
  }

  /**
   * Where each channel of an output fires most over a part of the picture, the strongest channel first.
   *
   * @param {string} output
   * @param {Rectangle} part in the picture's pixels
   * @returns {Peak[] | null} null where `mapArea` is
   */
  peaks(output, { top, left, bottom, right }) {
    return this.#parse((wasm) => wasm.peaks(output, top, left, bottom, right));
  }

  /** The statistics of each of an output's channels. @param {string} output @returns {Statistics[]} */
  statistics(output) {
    return this.#parse((wasm) => wasm.channelStatistics(output));
  }

  /** Keeps the pass to compare later ones with. */
  keepReference() {
    this.#call((wasm) => wasm.keepReference());
  }

  dropReference() {
    this.#call((wasm) => wasm.dropReference());
  }

  /** An output's feature maps less the reference's. @param {string} output @returns {Tensor} */
  difference(output) {
    return this.#call((wasm) => /** @type {Tensor} */ (wasm.difference(output)));
  }

  /** An output's channels, the one that differs most first. @param {string} output @returns {ChannelDifference[]} */
  rankDifferences(output) {
    return this.#parse((wasm) => wasm.rankDifferences(output));
  }

  /**
   * Draws an output, one pixel a value. The view `book` is the notebook's grid, pixel for pixel.
   *
   * @param {string} output
   * @param {RenderOptions} [options]
   * @returns {Pixels & { grid: Grid }}
   */
  render(output, options = {}) {
    const drawing = this.#call((wasm) => wasm.render(output, JSON.stringify(options)));
    const { pixels, grid } =
      /** @type {{ pixels: Uint8ClampedArray<ArrayBuffer>, grid: string }} */ (drawing);
    /** @type {Grid} */
    const parsed = JSON.parse(grid);
    return { width: parsed.width, height: parsed.height, data: pixels, grid: parsed };
  }

  /** The same as a PNG file. @param {string} output @param {RenderOptions} [options] */
  exportPng(output, options = {}) {
    return this.#call((wasm) => wasm.exportPng(output, JSON.stringify(options)));
  }

  /** An output as a file of numpy's. @param {string} output */
  exportNpy(output) {
    return this.#call((wasm) => wasm.exportNpy(output));
  }

  /** All outputs as a file of numpy's. */
  exportNpz() {
    return this.#call((wasm) => wasm.exportNpz());
  }

  /** What is set of the model, as a manifest. @returns {Manifest} */
  exportManifest() {
    return this.#parse((wasm) => wasm.manifest());
  }

  /** Frees its memory. It is of no further use. */
  dispose() {
    this.#wasm.free();
  }

  /**
   * @template T
   * @param {(wasm: Wasm) => T} run
   */
  #call(run) {
    return attempt(() => run(this.#wasm));
  }

  /** @param {(wasm: Wasm) => string} run */
  #parse(run) {
    return JSON.parse(this.#call(run));
  }
}

/**
 * @template T
 * @param {() => T} run
 * @throws {ConvscopeError} whatever the engine throws
 */
function attempt(run) {
  try {
    return run();
  } catch (error) {
    const { code, message } = isTrap(error)
      ? crashFailure(error, lastPanic())
      : plainFailure(error);
    throw new ConvscopeError(code, message);
  }
}

/**
 * @param {Bytes | Pixels} picture
 * @returns {picture is Pixels}
 */
function isPixels(picture) {
  return 'data' in Object(picture);
}

/** @param {Bytes} bytes */
function toBytes(bytes) {
  if (bytes instanceof Uint8Array) return bytes;
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  throw new ConvscopeError('bad-input', 'the contents of files are Uint8Arrays or ArrayBuffers');
}

/**
 * A file's contents, in Node.js, which does not fetch files; else undefined.
 *
 * @param {unknown} module
 */
function readLocal(module) {
  if (!(module instanceof URL) || module.protocol !== 'file:') return undefined;
  // Not an import: bundlers for browsers would look for it.
  return /** @type {any} */ (globalThis).process?.getBuiltinModule('node:fs').readFileSync(module);
}
