/** What the worker has open, and the pass that is under way. */

import { MODELS } from './assets.js';
import { readBytes, readText } from './download.js';
import { crash, dataLocations, loadEngine } from './engine.js';
import { Failure, isTrap, plainFailure } from './failure.js';
import { Painter } from './painter.js';
import { prepareRest } from './rest.js';
import { yieldToMessages } from './yielding.js';

/**
 * @typedef {import('../../wasm/convscope.js').Engine} Engine
 * @typedef {import('./download.js').OnProgress} OnProgress
 * @typedef {import('../shared/protocol.js').Event} Event
 * @typedef {import('../shared/protocol.js').Methods} Methods
 * @typedef {import('../shared/protocol.js').PassInfo} PassInfo
 * @typedef {import('../shared/protocol.js').Progress} Progress
 */

/** How long the engine works before messages are taken: it delays a newer picture by that much. */
const STEP_MILLIS = 12;
const PROGRESS_INTERVAL_MILLIS = 50;

/**
 * A run of the network over one input. A newer input rejects its promise with `cancelled`.
 *
 * @typedef {object} Pass
 * @property {boolean} isPicture whether its input is the picture, and not raw tensors
 * @property {boolean} isComputed whether all that is left is painting
 * @property {number} milliseconds spent computing
 * @property {PromiseWithResolvers<PassInfo>} settled
 */

/** A request to open something, from its download to its taking effect. */
class Opening {
  #controller = new AbortController();
  #finished = Promise.withResolvers();
  isUnderWay = true;

  get signal() {
    return this.#controller.signal;
  }

  /** Resolves when it has taken effect or failed. */
  get finished() {
    return this.#finished.promise;
  }

  finish() {
    this.isUnderWay = false;
    this.#finished.resolve(null);
  }

  cancel() {
    this.#controller.abort();
  }

  throwIfCancelled() {
    if (this.signal.aborted) throw new Failure('cancelled', 'a newer request took its place');
  }
}

export class Session {
  #post;
  #painter;
  /** @type {Promise<Engine> | null} */
  #engineLoading = null;
  /** @type {Engine | null} */
  #engine = null;
  #isDisposed = false;
  #hasModel = false;
  #hasPicture = false;
  /** @type {Opening | null} */
  #modelOpening = null;
  /** @type {Opening | null} */
  #inputOpening = null;
  /** @type {Opening | null} */
  #labelsOpening = null;
  /** @type {Pass | null} */
  #pass = null;
  /** @type {PassInfo | null} */
  #lastPass = null;
  /** Why the last pass failed, if it did. @type {{ error: unknown } | null} */
  #passFailure = null;
  /** @type {Promise<void> | null} */
  #working = null;
  #lifetime = new AbortController();

  /** @param {(event: Event) => void} post */
  constructor(post) {
    this.#post = post;
    this.#painter = new Painter(post);
  }

  /**
   * @param {Methods['openModel']['args']} args
   * @returns {Promise<Methods['openModel']['result']>}
   */
  openModel({ source, manifest, data = {}, name }) {
    this.#modelOpening?.cancel();
    const opening = new Opening();
    this.#modelOpening = opening;
    return finishing(opening, async () => {
      const [engine, bytes, manifestText] = await Promise.all([
        isBundled(source) ? this.#load() : this.#loadForAny(),
        readBytes(source, this.#progress('model'), opening.signal),
        readManifest(source, manifest, opening.signal),
      ]);
      opening.throwIfCancelled();
      const files = await readDataFiles(dataLocations(bytes), source, data, (url) =>
        readBytes(url, this.#progress('model'), opening.signal),
      );
      opening.throwIfCancelled();
      /** @type {import('../shared/protocol.js').ModelInfo} */
      const model = JSON.parse(engine.openModel(bytes, name, manifestText, files));
      this.#labelsOpening?.cancel();
      this.#hasModel = true;
      this.#lastPass = null;
      this.#passFailure = null;
      this.#painter.reset(false);
      this.#painter.folded = model.folded;
      if (this.#pass && !this.#pass.isPicture) this.#cancel(this.#pass);
      const isFed = model.otherInputs.every(({ isGiven, isRequired }) => isGiven || !isRequired);
      if (model.pictureInput === null || !isFed) {
        if (this.#pass) this.#cancel(this.#pass);
      } else if (this.#hasPicture) this.#run(engine, this.#pass ?? newPass(true));
      return model;
    });
  }

  /**
   * @param {Methods['openImage']['args']} args
   * @returns {Promise<Methods['openImage']['result']>}
   */
  async openImage({ source, crop }) {
    const opening = this.#newInput();
    /** @type {Pass | null} */
    let pass = null;
    await finishing(opening, async () => {
      const [engine, open] = await Promise.all([
        this.#load(),
        this.#picture(source, crop, opening),
      ]);
      opening.throwIfCancelled();
      open(engine);
      this.#hasPicture = true;
      if (this.#hasModel) pass = this.#run(engine, newPass(true));
    });
    if (!pass) {
      // A model that is being opened takes the picture.
      await this.#modelOpening?.finished;
      opening.throwIfCancelled();
      pass = this.#pass;
    }
    try {
      return { pass: pass && (await pass.settled.promise), failure: null };
    } catch (error) {
      return { pass: null, failure: plainFailure(error) };
    }
  }

  /**
   * @param {Methods['setCrop']['args']} args
   * @returns {Promise<Methods['setCrop']['result']>}
   */
  async setCrop({ crop }) {
    const engine = await this.#load();
    await this.#inputOpening?.finished;
    engine.setCrop(crop ? JSON.stringify(crop) : null);
    if (this.#hasModel) this.#run(engine, this.#pass?.isPicture ? this.#pass : newPass(true));
    return null;
  }

  /**
   * @param {Methods['setInput']['args']} args
   * @returns {Promise<Methods['setInput']['result']>}
   */
  async setInput({ tensors }) {
    const opening = this.#newInput();
    const pass = await finishing(opening, async () => {
      await this.#modelOpening?.finished;
      opening.throwIfCancelled();
      const engine = this.#opened();
      const changed = engine.setInput(tensors);
      /** @type {import('../shared/protocol.js').ModelInfo | null} */
      const model = changed ? JSON.parse(changed) : null;
      if (model) this.#post({ event: 'model', detail: model });
      const { pictureInput = null } = model ?? {};
      return this.#begin(newPass(pictureInput !== null && !(pictureInput in tensors)));
    });
    return { pass: await pass.settled.promise, isPicture: pass.isPicture };
  }

  /**
   * @param {Methods['setPreprocessing']['args']} args
   * @returns {Promise<Methods['setPreprocessing']['result']>}
   */
  async setPreprocessing({ fields }) {
    await this.#modelOpening?.finished;
    const engine = this.#opened();
    const model = JSON.parse(engine.setPreprocessing(JSON.stringify(fields)));
    if (this.#hasPicture) this.#run(engine, this.#pass?.isPicture ? this.#pass : newPass(true));
    return model;
  }

  /**
   * @param {Methods['setLabels']['args']} args
   * @returns {Promise<Methods['setLabels']['result']>}
   */
  setLabels({ labels }) {
    this.#labelsOpening?.cancel();
    const opening = new Opening();
    this.#labelsOpening = opening;
    return finishing(opening, async () => {
      await this.#modelOpening?.finished;
      const text = await readLabels(labels, opening.signal);
      opening.throwIfCancelled();
      const engine = this.#opened();
      const model = JSON.parse(engine.setLabels(text));
      if (this.#lastPass && !this.#pass) {
        this.#lastPass = { ...this.#lastPass, prediction: readPrediction(engine) };
      }
      return { model, prediction: this.#lastPass?.prediction ?? null };
    });
  }

  /**
   * @returns {Promise<PassInfo | null>}
   * @throws why the last pass failed
   */
  async settled() {
    await this.#idle();
    if (this.#passFailure) throw this.#passFailure.error;
    return this.#lastPass;
  }

  /**
   * The engine when it has nothing else to do.
   *
   * @returns {Promise<Engine>}
   * @throws {Failure} `bad-input` if no model is open
   */
  async reader() {
    await this.#idle();
    return this.#opened();
  }

  /**
   * @param {Methods['nodes']['args']} args
   * @returns {Promise<Methods['nodes']['result']>}
   */
  async nodes({ folded = false }) {
    const engine = await this.reader();
    return JSON.parse(folded ? engine.foldedNodes() : engine.nodes());
  }

  /**
   * @param {Methods['read']['args']} args
   * @returns {Promise<Methods['read']['result']>}
   */
  async read({ source }) {
    return toBlob(await this.#read(source));
  }

  /**
   * @param {Methods['readModel']['args']} args
   * @returns {Promise<Methods['readModel']['result']>}
   */
  async readModel({ source, data }) {
    await this.reader();
    const bytes = await this.#read(source);
    const files = await readDataFiles(dataLocations(bytes), source, data, (file) => {
      return this.#read(file);
    });
    const named = Object.entries(files).map(([name, file]) => [name, toBlob(file)]);
    return { file: toBlob(bytes), data: Object.fromEntries(named) };
  }

  /** @param {Methods['bindCanvas']['args']} args */
  bindCanvas(args) {
    this.#painter.bind(args);
    this.#work();
    return null;
  }

  /** @param {Methods['releaseCanvas']['args']} args */
  releaseCanvas({ id }) {
    this.#painter.release(id);
    return null;
  }

  /** @param {Methods['bindInputCanvas']['args']} args */
  bindInputCanvas({ canvas }) {
    this.#painter.bindInput(canvas);
    this.#work();
    return null;
  }

  /** Gives up what is open. Nothing may be asked of the session after it. */
  dispose() {
    this.#isDisposed = true;
    this.#lifetime.abort();
    for (const opening of [this.#modelOpening, this.#inputOpening, this.#labelsOpening]) {
      opening?.cancel();
    }
    if (this.#pass) this.#cancel(this.#pass);
    this.#engine?.free();
    this.#engine = null;
    return null;
  }

  /** @returns {Promise<Engine>} */
  #load() {
    this.#engineLoading ??= loadEngine(this.#progress('engine')).then(
      (engine) => {
        if (this.#isDisposed) {
          engine.free();
          throw new Failure('cancelled', 'the element was removed');
        }
        this.#engine = engine;
        return engine;
      },
      (error) => {
        this.#engineLoading = null;
        throw error;
      },
    );
    return this.#engineLoading;
  }

  /** Loads it for a model that may need its rest. */
  async #loadForAny() {
    const engine = await this.#load();
    prepareRest();
    return engine;
  }

  async #idle() {
    for (;;) {
      if (this.#modelOpening?.isUnderWay) await this.#modelOpening.finished;
      else if (this.#inputOpening?.isUnderWay) await this.#inputOpening.finished;
      else if (this.#working) await this.#working;
      else return;
    }
  }

  #opened() {
    if (!this.#engine || !this.#hasModel) throw new Failure('bad-input', 'no model is open');
    return this.#engine;
  }

  #newInput() {
    this.#inputOpening?.cancel();
    const opening = new Opening();
    this.#inputOpening = opening;
    return opening;
  }

  /**
   * @param {string | Blob | ImageData} source
   * @param {Methods['openImage']['args']['crop']} crop
   * @param {Opening} opening
   * @returns {Promise<(engine: Engine) => void>}
   */
  async #picture(source, crop, opening) {
    const part = crop ? JSON.stringify(crop) : null;
    if (source instanceof ImageData) {
      const { data, width, height } = source;
      return (engine) => engine.openPixels(new Uint8Array(data.buffer), width, height, part);
    }
    const bytes = await readBytes(source, this.#progress('image'), opening.signal);
    return (engine) => engine.openImage(bytes, part);
  }

  /**
   * Runs a pass over the picture: a new one, or the one under way from its beginning.
   *
   * @param {Engine} engine
   * @param {Pass} pass
   * @returns {Pass}
   */
  #run(engine, pass) {
    try {
      engine.startPass();
      this.#begin(pass);
    } catch (error) {
      if (isTrap(error)) throw error;
      this.#fail(pass, error);
    }
    return pass;
  }

  /**
   * Sees the pass through that the engine has just started.
   *
   * @param {Pass} pass
   */
  #begin(pass) {
    if (this.#pass && this.#pass !== pass) this.#cancel(this.#pass);
    pass.isComputed = false;
    pass.milliseconds = 0;
    this.#pass = pass;
    this.#passFailure = null;
    this.#painter.reset(pass.isPicture);
    this.#post({ event: 'progress', detail: { stage: 'pass', done: 0, total: 0 } });
    this.#work();
    return pass;
  }

  /**
   * @param {Pass} pass
   * @param {unknown} error
   */
  #fail(pass, error) {
    if (this.#pass && this.#pass !== pass) this.#cancel(this.#pass);
    this.#pass = null;
    this.#passFailure = { error };
    pass.settled.reject(error);
  }

  /** @param {Pass} pass */
  #cancel(pass) {
    if (this.#pass === pass) this.#pass = null;
    pass.settled.reject(new Failure('cancelled', 'a newer input took its place'));
  }

  /** Computes and paints until nothing is left to do. */
  #work() {
    this.#working ??= this.#workLoop()
      .catch((error) => this.#post({ event: 'crashed', detail: crash(error) }))
      .finally(() => {
        this.#working = null;
      });
  }

  async #workLoop() {
    for (;;) {
      await yieldToMessages();
      const engine = this.#engine;
      if (!engine) return;
      if (this.#painter.isPending) this.#painter.paintNext(engine);
      else if (!this.#pass) return;
      else if (this.#pass.isComputed) this.#complete(engine, this.#pass);
      else this.#step(engine, this.#pass);
    }
  }

  /**
   * @param {Engine} engine
   * @param {Pass} pass
   */
  #step(engine, pass) {
    const start = performance.now();
    /** @type {{ done: boolean, computed: Extract<Event, { event: 'layer' }>['detail'][], nodesDone: number, nodesTotal: number }} */
    let report;
    try {
      report = JSON.parse(engine.step(STEP_MILLIS));
    } catch (error) {
      if (isTrap(error)) throw error;
      this.#fail(pass, error);
      return;
    }
    pass.milliseconds += performance.now() - start;
    pass.isComputed = report.done;
    for (const detail of report.computed) {
      this.#painter.add(detail.outputs.map(({ name }) => name));
      this.#post({ event: 'layer', detail });
    }
    const { nodesDone, nodesTotal } = report;
    const progress = /** @type {const} */ ({ stage: 'pass', done: nodesDone, total: nodesTotal });
    this.#post({ event: 'progress', detail: progress });
  }

  /**
   * @param {Engine} engine
   * @param {Pass} pass
   */
  #complete(engine, pass) {
    const info = { milliseconds: pass.milliseconds, prediction: readPrediction(engine) };
    this.#pass = null;
    this.#lastPass = info;
    this.#post({ event: 'pass', detail: info });
    pass.settled.resolve(info);
    prepareRest();
  }

  /** @param {string | Blob} source */
  #read(source) {
    const tell = throttled((done, total) => {
      this.#post({ event: 'reading', detail: { done, total } });
    });
    return readBytes(source, tell, this.#lifetime.signal);
  }

  /** @param {Progress['stage']} stage */
  #progress(stage) {
    return throttled((done, total) => {
      this.#post({ event: 'progress', detail: { stage, done, total } });
    });
  }
}

/**
 * @param {OnProgress} tell
 * @returns {OnProgress}
 */
function throttled(tell) {
  let last = -Infinity;
  return (done, total) => {
    const now = performance.now();
    if (now - last < PROGRESS_INTERVAL_MILLIS && done !== total) return;
    last = now;
    tell(done, total);
  };
}

/** @param {string | Blob} model */
function isBundled(model) {
  return typeof model === 'string' && MODELS !== null && model.startsWith(MODELS.href);
}

/** @param {Uint8Array} bytes */
function toBlob(bytes) {
  return new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)]);
}

/**
 * What the network says. JSON has no NaN, and has null in its place.
 *
 * @param {Engine} engine
 * @returns {PassInfo['prediction']}
 */
function readPrediction(engine) {
  return JSON.parse(engine.prediction(), (key, value) =>
    key === 'probability' ? (value ?? NaN) : value,
  );
}

/**
 * @param {boolean} isPicture
 * @returns {Pass}
 */
function newPass(isPicture) {
  const settled = /** @type {PromiseWithResolvers<PassInfo>} */ (Promise.withResolvers());
  // Nobody need wait for it.
  settled.promise.catch(() => {});
  return { isPicture, isComputed: false, milliseconds: 0, settled };
}

/**
 * @template T
 * @param {Opening} opening
 * @param {() => Promise<T>} open
 * @returns {Promise<T>}
 */
async function finishing(opening, open) {
  try {
    return await open();
  } finally {
    opening.finish();
  }
}

/**
 * @param {string | Blob} model
 * @param {Methods['openModel']['args']['manifest']} manifest
 * @param {AbortSignal} signal
 * @returns {Promise<string | undefined>} JSON
 */
async function readManifest(model, manifest, signal) {
  if (manifest === null) return undefined;
  if (typeof manifest === 'string' || manifest instanceof Blob) return readText(manifest, signal);
  if (manifest) return JSON.stringify(manifest);
  const beside = typeof model === 'string' ? manifestBeside(model) : null;
  if (!beside) return undefined;
  try {
    const text = await readText(beside, signal);
    // Hosts of single-page sites answer any address with a page.
    return text.trimStart().startsWith('<') ? undefined : text;
  } catch (error) {
    if (error instanceof Failure && error.code === 'network') return undefined;
    throw error;
  }
}

/**
 * The data files that a model keeps weights in: those that were given, others from beside the model. What is neither
 * given nor has an address is left out.
 *
 * @param {string[]} locations as the model names them
 * @param {string | Blob} model
 * @param {Record<string, Blob>} given by name, or by the location's last part
 * @param {(source: string | Blob) => Promise<Uint8Array>} read
 * @returns {Promise<Record<string, Uint8Array>>} by location
 */
async function readDataFiles(locations, model, given, read) {
  /** @type {Record<string, Uint8Array>} */
  const files = {};
  for (const location of locations) {
    const baseName = location.split(/[/\\]/).at(-1) ?? location;
    const source = given[location] ?? given[baseName] ?? dataBeside(model, location);
    if (source) files[location] = await read(source);
  }
  return files;
}

/**
 * Where a model's data file is if it is not given: in the model's folder or below.
 *
 * @param {string | Blob} model
 * @param {string} location
 */
function dataBeside(model, location) {
  if (model instanceof Blob) return null;
  const folder = new URL('.', model).href;
  const path = location.split('/').map(encodeURIComponent).join('/');
  const { href } = new URL(`./${path}`, folder);
  if (!href.startsWith(folder)) {
    throw new Failure('bad-model', `the model’s data file “${location}” is not in its folder`);
  }
  return href;
}

/**
 * @param {Methods['setLabels']['args']['labels']} labels
 * @param {AbortSignal} signal
 * @returns {Promise<string | undefined>} text that the engine reads
 */
async function readLabels(labels, signal) {
  if (labels === null) return undefined;
  return Array.isArray(labels) ? JSON.stringify(labels) : readText(labels, signal);
}

/**
 * Where a model's manifest is if nothing else is said.
 *
 * @param {string} model a URL
 */
function manifestBeside(model) {
  const url = new URL(model);
  if (!url.pathname.endsWith('.onnx')) return null;
  url.pathname = url.pathname.replace(/\.onnx$/, '.json');
  return url.href;
}
