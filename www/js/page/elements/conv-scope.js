/** The element `<conv-scope>`: the public face of everything here. */

import { Controller } from '../controller.js';
import { cropText, readCrop } from '../cropping.js';
import { h } from '../dom.js';
import { ConvscopeError } from '../errors.js';
import { focusAttributes, readFocus } from '../focus.js';
import { makeFigure, makeScript } from '../exports.js';
import { namedSource } from '../links.js';
import { readModels, readSamples } from '../lists.js';
import { readPresentation } from '../presentation.js';
import { Shell } from '../shell.js';
import { strings } from '../strings.js';
import { applyStyles } from '../styles.js';

/**
 * @typedef {import('../controller.js').Goal} Goal
 * @typedef {import('../controller.js').State} State
 * @typedef {import('../../shared/manifest.js').Manifest} Manifest
 * @typedef {import('../../shared/protocol.js').Cell} Cell
 * @typedef {import('../../shared/protocol.js').ChannelDifference} ChannelDifference
 * @typedef {import('../../shared/protocol.js').DType} DType
 * @typedef {import('../../shared/protocol.js').NodeInfo} NodeInfo
 * @typedef {import('../../shared/protocol.js').Peak} Peak
 * @typedef {import('../../shared/protocol.js').PreprocessingFields} PreprocessingFields
 * @typedef {import('../../shared/protocol.js').RawTensor} RawTensor
 * @typedef {import('../../shared/protocol.js').ReceptiveField} ReceptiveField
 * @typedef {import('../../shared/protocol.js').Rectangle} Rectangle
 * @typedef {import('../../shared/protocol.js').RenderOptions} RenderOptions
 * @typedef {import('../../shared/protocol.js').Tensor} Tensor
 * @typedef {import('../../shared/protocol.js').ValueInfo} ValueInfo
 * @typedef {import('../../shared/protocol.js').View} View
 * @typedef {string | URL | Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>} Source
 */

/** The engine's events that the element passes on. */
const EVENTS = ['progress', 'layer', 'pass'];
/** How far from the visible part of the page an element starts. */
const LOOKAHEAD = '300px';

/** Elements that start when they come into view. @type {Map<Element, () => void>} */
const waiting = new Map();
const arrivals = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (isIntersecting) waiting.get(target)?.();
    }
  },
  { rootMargin: LOOKAHEAD },
);

/**
 * Shows what a convolutional network sees in a picture.
 *
 * Attributes, each with a property of the same name but for `cell`, which is a method; a change takes effect at once.
 * `model`, `manifest`, `image`, `layer`, `channel`, `cell`, `view`, `range` and `colormap` follow what is opened and
 * chosen; the first three are taken away when what is open has no address.
 *
 * - `model`: URL of an ONNX file.
 * - `image`: URL of a picture (JPEG, PNG, WebP, GIF, BMP).
 * - `crop`: the part of the picture that the network gets, in its pixels: left, top, right and bottom, such as
 *   `40,20,240,220`. It goes with the `image`: another one is shown whole, unless this is set together with it.
 * - `manifest`: URL of the model's manifest. Without it the model's URL with `.json` for `.onnx` is tried.
 * - `layer`: name of the output to open and scroll to.
 * - `channel`: with `layer`, `all` to see it by itself, or the number of a channel, from 0.
 * - `cell`: with `channel`, a row and a column of it, such as `3,14`.
 * - `view`: `book` (the default), `channels`, `layer`, `fixed` or `symmetric`.
 * - `range`: the lowest and the highest value of the view `fixed`, such as `0,5`.
 * - `colormap`: `viridis`, `magma`, `inferno`, `cividis`, `turbo`, `grey` or `rdbu`; without it the view's own.
 * - `layout`: `full` (the default), `compact` (picture, prediction, layers) or `layer` (that one).
 * - `controls`: what a person can choose, some of `model`, `picture`, `view`, `share`, or `all` or `none`; without it the
 *   layout's own.
 * - `channels`: with the layout `layer` the channels that are shown, such as `0,3,8-15`.
 * - `loading`: `lazy` (the default) starts the element when it is scrolled to, or asked for something; `eager` at once.
 * - `poster`: URL of a picture to show until then, if the element has no content to show.
 * - `samples`: URL of a list of pictures to choose from, see `readSamples`.
 * - `models`: URL of a list of models to choose from, see `readModels`.
 *
 * Events, which bubble and leave shadow trees:
 *
 * - `convscope-progress`, detail `{stage, done, total}`: bytes in the stages `engine`, `model` and `image`, nodes in
 *   `pass`; `total` is 0 if it is not known.
 * - `convscope-layer`, detail `{node, outputs, milliseconds}`: a node has been computed.
 * - `convscope-pass`, detail `{milliseconds, prediction}`: the network has run, and what is in view is drawn.
 * - `convscope-error`, detail: a ConvscopeError. Not sent for what a newer request cancelled, nor for the reading
 *   methods, which only reject.
 *
 * Every method rejects with a ConvscopeError. After any of them the element still opens the next model or picture, and
 * what was open before stays. The reading methods wait until whatever is being opened has run.
 */
export class ConvScope extends HTMLElement {
  static observedAttributes = [
    'model',
    'image',
    'crop',
    'manifest',
    'layer',
    'view',
    'channel',
    'cell',
    'colormap',
    'range',
    'layout',
    'controls',
    'channels',
    'loading',
    'poster',
    'samples',
    'models',
  ];

  #shadow = this.attachShadow({ mode: 'open' });
  #internals = this.attachInternals();
  /** @type {{ controller: Controller, shell: Shell } | null} */
  #running = null;
  #ready = newReady();
  #isReadySettled = false;
  /** Attributes that have changed. @type {Set<string>} */
  #changed = new Set();
  /** Whether attributes are being set to what is shown already. */
  #isMirroring = false;

  connectedCallback() {
    // A page that says nothing of its colour scheme is taken to follow the visitor's.
    const { colorScheme } = getComputedStyle(this);
    if (colorScheme === 'normal') this.#internals.states.add('follows-visitor');
    if (this.#running) return;
    if (this.getAttribute('loading') === 'eager') this.#start();
    else {
      waiting.set(this, () => this.#start());
      this.#showPoster();
    }
  }

  disconnectedCallback() {
    // An element that is moved is connected again at once.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#stopWaiting();
      this.#running?.shell.dispose();
      this.#running?.controller.dispose();
      this.#running = null;
    });
  }

  /**
   * @param {string} name
   * @param {string | null} previous
   * @param {string | null} value
   */
  attributeChangedCallback(name, previous, value) {
    if (previous === value || !this.isConnected || this.#isMirroring) return;
    if (this.#running) this.#schedule(name);
    else if (name === 'loading' && value === 'eager') this.#start();
    else if (name === 'poster') this.#showPoster();
  }

  /**
   * Resolves when the first pass is drawn, rejects with a ConvscopeError if what the attributes name cannot be opened.
   * A change of `model`, `manifest` or `image` starts anew. Who asks for it starts an element that waits to be seen.
   *
   * @returns {Promise<void>}
   */
  get ready() {
    if (this.isConnected) this.#start();
    return this.#ready.promise;
  }

  /**
   * Opens a model and runs it on the picture, if there is one.
   *
   * @param {Source} source
   * @param {Source | Manifest | null} [manifest] null for none, even if there is one beside the model
   * @param {File[] | Record<string, Source>} [data] files that the model keeps weights in, by name; without them those
   *   beside the model's URL are fetched
   * @returns {Promise<void>} resolves when the pass is drawn
   */
  async openModel(source, manifest, data = {}) {
    const opened = toSource(source, 'a model');
    const described = isManifest(manifest) ? manifest : toSource(manifest, 'a manifest');
    await this.#start().openModel(opened, described, toFiles(data));
  }

  /**
   * Opens a picture and runs the model on it, if there is one.
   *
   * @param {Source | ImageData} source
   * @param {{ crop?: Rectangle | null, credit?: string }} [options] `crop`: the part of it that the network gets, in its
   *   whole pixels; `credit`: what stands below it, such as its title, its author and its licence
   * @returns {Promise<void>} resolves when the pass is drawn
   */
  async openImage(source, { crop = null, credit = '' } = {}) {
    const opened = source instanceof ImageData ? source : toSource(source, 'a picture');
    await this.#start().openImage(opened, { crop, credit: String(credit) });
  }

  /**
   * The model's inputs. A dimension that the model leaves open is null.
   *
   * @returns {Promise<ValueInfo[]>}
   */
  async inputs() {
    return this.#start().request('inputs', {});
  }

  /**
   * Runs the model on raw tensors, past the preprocessing. Those that leave out the input that takes a picture are used
   * beside the picture from here on; as long as there are none, inputs beside the picture's are zero.
   *
   * @param {Record<string, RawTensor>} tensors by input
   * @returns {Promise<void>} resolves when the pass is drawn
   */
  async setInput(tensors) {
    await this.#start().setInput(tensors);
  }

  /**
   * Changes how pictures become the model's input, and runs it on the picture, if there is one.
   *
   * @param {PreprocessingFields | null} fields those of a manifest's `input` that change, and perhaps a `preset`, which is
   *   applied first; null for what it was when the model was opened
   * @returns {Promise<void>} resolves when the pass is drawn
   */
  async setPreprocessing(fields) {
    await this.#start().setPreprocessing(fields);
  }

  /**
   * Names the classes of the model's answer.
   *
   * @param {Source | string[] | null} labels the labels, or text or JSON that has them; null for those that the model came
   *   with
   * @returns {Promise<void>}
   */
  async setLabels(labels) {
    const isPlain = labels === null || Array.isArray(labels);
    await this.#start().setLabels(isPlain ? labels : toSource(labels, 'a file of labels'));
  }

  /**
   * The model's nodes in the order of the graph, under ONNX's own names, with the times of the last pass.
   *
   * @param {{ folded?: boolean }} [options] `folded`: those that weights alone determine, which are not among the others
   * @returns {Promise<NodeInfo[]>}
   */
  async nodes({ folded = false } = {}) {
    return this.#start().request('nodes', { folded });
  }

  /**
   * The tensor that the network got.
   *
   * @returns {Promise<Tensor & { name: string }>}
   */
  async input() {
    return this.#start().request('input', {});
  }

  /**
   * What a node computed.
   *
   * @param {string} output its output's name
   * @returns {Promise<Tensor>}
   */
  async activation(output) {
    return this.#start().request('activation', { output });
  }

  /**
   * How a cell of an output got its value: the windows of values that its node read, the weights, and the rule by which they
   * make it. Of one node: a convolution and the activation function after it are two.
   *
   * @param {string} output
   * @param {number} channel
   * @param {number} row
   * @param {number} column
   * @returns {Promise<Cell>}
   */
  async cell(output, channel, row, column) {
    checkPlace({ channel, row, column });
    return this.#start().request('cell', { output, channel, row, column });
  }

  /**
   * The weights with which a convolution or a dense layer makes one channel of its output, such as channels x height x
   * width.
   *
   * @param {string} output
   * @param {number} channel
   * @returns {Promise<Tensor>}
   */
  async kernel(output, channel) {
    checkPlace({ channel });
    return this.#start().request('kernel', { output, channel });
  }

  /**
   * What a cell of an output sees of the network's input: the smallest rectangle that holds all that it depends on, `bottom`
   * and `right` excluded, in rows and columns of the input and, as `picture`, in pixels of the picture that is open. Null
   * if it depends on nothing of the input, such as padding only.
   *
   * @param {string} output
   * @param {number} row
   * @param {number} column
   * @param {number} [channel] all channels together if not given; after a concatenation they may see different parts
   * @returns {Promise<ReceptiveField | null>}
   */
  async receptiveField(output, row, column, channel) {
    checkPlace({ row, column, channel: channel ?? 0 });
    return this.#start().request('receptiveField', { output, row, column, channel });
  }

  /**
   * Keeps what the network computed as the reference that is compared with what it computes next: over another picture, or
   * by another model. It takes as much memory as a pass does, until `dropReference`.
   *
   * @returns {Promise<void>}
   */
  async keepReference() {
    await this.#start().keepReference();
  }

  /** @returns {Promise<void>} */
  async dropReference() {
    await this.#start().dropReference();
  }

  /**
   * An output's feature maps less the reference's.
   *
   * @param {string} output
   * @returns {Promise<Tensor>} float32, 1 x channels x height x width
   */
  async difference(output) {
    return this.#start().request('difference', { output });
  }

  /**
   * An output's channels by how much they differ from the reference's, the mean of |present - reference| over the cells
   * where both are finite, largest first.
   *
   * @param {string} output
   * @returns {Promise<ChannelDifference[]>}
   */
  async rankDifferences(output) {
    return this.#start().request('rankDifferences', { output });
  }

  /**
   * Where an output's feature maps lie on the picture that is open, in its pixels: each cell around the middle of what it
   * sees, as large as the stride. It may stick out of the picture. Null where the cells of an output do not see the same but
   * for their places.
   *
   * @param {string} output
   * @returns {Promise<Rectangle | null>}
   */
  async mapArea(output) {
    return this.#start().request('mapArea', { output });
  }

  /**
   * Where each channel of an output fires most over a part of the picture that is open: of the cells whose middle, as
   * `mapArea` has them, lies in that part, or else of the one nearest to it. The strongest channel comes first.
   *
   * @param {string} output
   * @param {Rectangle} part in the picture's pixels
   * @returns {Promise<Peak[] | null>} null where `mapArea` is
   */
  async peaks(output, part) {
    return this.#start().request('peaks', { output, part });
  }

  /**
   * Draws an output. The view `book` is the notebook's grid, pixel for pixel.
   *
   * @param {string} output
   * @param {RenderOptions} [options]
   * @returns {Promise<ImageData>}
   */
  async render(output, options = {}) {
    return (await this.#start().request('render', { output, options })).image;
  }

  /**
   * The same as a PNG file.
   *
   * @param {string} output
   * @param {RenderOptions} [options]
   * @returns {Promise<Blob>}
   */
  async exportPng(output, options = {}) {
    return this.#start().request('exportPng', { output, options });
  }

  /**
   * An output as a file of numpy's.
   *
   * @param {string} output
   * @returns {Promise<Blob>}
   */
  async exportNpy(output) {
    return this.#start().request('exportNpy', { output });
  }

  /**
   * All outputs as a file of numpy's.
   *
   * @returns {Promise<Blob>}
   */
  async exportNpz() {
    return this.#start().request('exportNpz', {});
  }

  /**
   * What is set of the model, as a manifest: a file to lie beside it.
   *
   * @returns {Promise<Blob>}
   */
  async exportManifest() {
    return this.#start().request('exportManifest', {});
  }

  /**
   * A figure for print: drawings one below the other, each under its output's name, with axes and, where colours stand
   * for values, a scale.
   *
   * @param {string[]} [outputs] if not given, the layers that have feature maps
   * @param {RenderOptions} [options]
   * @returns {Promise<Blob>} a PNG file
   */
  async exportFigure(outputs, options = {}) {
    return makeFigure(this.#start(), outputs, options);
  }

  /**
   * Python that computes an output with onnxruntime and draws it with matplotlib.
   *
   * @param {string} output
   * @param {RenderOptions} [options]
   * @returns {Promise<string>}
   */
  async exportPython(output, options = {}) {
    return makeScript(this.#start(), output, options);
  }

  /** What the element shows before it starts: its content, or else a picture. */
  #showPoster() {
    const poster = this.getAttribute('poster');
    const image = poster && h('img', { class: 'poster', part: 'poster', alt: '', src: poster });
    const slot = h('slot', { class: 'poster-place' }, image);
    this.#shadow.replaceChildren(slot);
    // Without its style it has not its place.
    applyStyles(this.#shadow, ['base']).then(() => {
      if (waiting.has(this)) arrivals.observe(this);
    });
  }

  #stopWaiting() {
    waiting.delete(this);
    arrivals.unobserve(this);
  }

  #start() {
    if (this.#running) return this.#running.controller;
    this.#stopWaiting();
    for (const name of ConvScope.observedAttributes) {
      if (this.isConnected && this.hasAttribute(name)) this.#schedule(name);
    }
    const controller = new Controller();
    for (const type of EVENTS) {
      controller.addEventListener(type, (event) => {
        this.#tell(type, /** @type {CustomEvent} */ (event).detail);
      });
    }
    controller.addEventListener('error', (event) => {
      this.#tell('error', /** @type {CustomEvent} */ (event).detail);
    });
    controller.addEventListener('drawn', () => {
      this.#isReadySettled = true;
      this.#ready.resolve();
    });
    controller.addEventListener('change', (event) => {
      this.#mirror(controller.state, /** @type {CustomEvent} */ (event).detail);
    });
    const shell = new Shell(this, this.#shadow, controller);
    this.#running = { controller, shell };
    return controller;
  }

  /**
   * @param {string} type
   * @param {unknown} detail
   */
  #tell(type, detail) {
    const options = { detail, bubbles: true, composed: true };
    this.dispatchEvent(new CustomEvent(`convscope-${type}`, options));
  }

  /** @param {string} name */
  #schedule(name) {
    if (this.#changed.size === 0) queueMicrotask(() => this.#applyAttributes());
    this.#changed.add(name);
  }

  #applyAttributes() {
    const changed = this.#changed;
    this.#changed = new Set();
    if (!this.isConnected) return;
    const controller = this.#start();
    if (['layout', 'controls', 'channels'].some((name) => changed.has(name))) {
      this.#applyPresentation(controller);
    }
    if (changed.has('samples')) this.#readSamples(controller);
    if (changed.has('models')) this.#readModels(controller);
    // What is opened takes the place of earlier problems, not of those with the attributes beside it.
    this.#open(controller, changed);
    if (changed.has('view')) this.#applyView(controller);
    if (changed.has('colormap')) this.#applyColormap(controller);
    if (changed.has('range')) this.#applyRange(controller);
  }

  /**
   * @param {Controller} controller
   * @param {Set<string>} changed
   */
  #open(controller, changed) {
    const model = this.getAttribute('model');
    const image = this.getAttribute('image');
    const isNewModel = model !== null && (changed.has('model') || changed.has('manifest'));
    const hasGoal = ['layer', 'channel', 'cell'].some((name) => changed.has(name));
    const { goal, problem } = hasGoal ? this.#readGoal() : {};
    if (goal && !isNewModel) controller.show(goal);
    const manifest = this.getAttribute('manifest') ?? undefined;
    const opened = [
      isNewModel && controller.openModel(model, manifest, {}, goal),
      image !== null && changed.has('image') && this.#openImage(controller, image, changed),
    ];
    if (changed.has('crop') && !changed.has('image')) this.#applyCrop(controller);
    if (problem) controller.showProblem('model', problem);
    if (!opened.some(Boolean)) return;
    if (this.#isReadySettled) this.#ready = newReady();
    this.#isReadySettled = false;
    const ready = this.#ready;
    Promise.all(opened).catch((error) => {
      // What is cancelled gives way to something that will be drawn.
      if (error.code === 'cancelled') return;
      if (this.#ready === ready) this.#isReadySettled = true;
      ready.reject(error);
    });
  }

  /**
   * @param {Controller} controller
   * @param {string} image
   * @param {Set<string>} changed
   */
  async #openImage(controller, image, changed) {
    // A part is one of the picture that it was set for.
    const text = changed.has('crop') ? this.getAttribute('crop') : null;
    try {
      await controller.openImage(image, { crop: readCrop(text) });
    } catch (error) {
      controller.showProblem('picture', /** @type {ConvscopeError} */ (error));
      throw error;
    }
  }

  /** @param {Controller} controller */
  #applyCrop(controller) {
    try {
      controller.setCrop(readCrop(this.getAttribute('crop')));
    } catch (error) {
      controller.showProblem('picture', /** @type {ConvscopeError} */ (error));
    }
  }

  /** @param {Controller} controller */
  async #readSamples(controller) {
    const address = this.getAttribute('samples');
    try {
      controller.setSamples(address === null ? [] : await readSamples(address));
    } catch (error) {
      controller.showProblem('picture', /** @type {ConvscopeError} */ (error));
    }
  }

  /** @param {Controller} controller */
  async #readModels(controller) {
    const address = this.getAttribute('models');
    try {
      controller.setModels(address === null ? [] : await readModels(address));
    } catch (error) {
      controller.showProblem('model', /** @type {ConvscopeError} */ (error));
    }
  }

  /** @param {Controller} controller */
  #applyPresentation(controller) {
    const names = /** @type {const} */ (['layout', 'controls', 'channels']);
    const [layout, controls, channels] = names.map((name) => this.getAttribute(name));
    try {
      const presentation = readPresentation(layout ?? null, controls ?? null, channels ?? null);
      controller.setPresentation(presentation);
    } catch (error) {
      controller.showProblem('model', /** @type {ConvscopeError} */ (error));
    }
  }

  /** @param {Controller} controller */
  #applyView(controller) {
    const view = this.getAttribute('view') ?? 'book';
    if (view in strings.views) controller.setView(/** @type {View} */ (view));
    else controller.showProblem('model', unsupported(strings.missingView(view)));
  }

  /** @returns {{ goal?: Goal, problem?: ConvscopeError }} what the attributes say is to be shown, or why they cannot */
  #readGoal() {
    const layer = this.getAttribute('layer');
    try {
      const focus = readFocus(layer, this.getAttribute('channel'), this.getAttribute('cell'));
      return { goal: { focus, target: focus ? null : layer } };
    } catch (error) {
      return { problem: /** @type {ConvscopeError} */ (error) };
    }
  }

  /**
   * Lets the attributes say what is shown.
   *
   * @param {State} state
   * @param {Set<keyof State>} changed
   */
  #mirror({ openedModel, openedPicture, focus, target }, changed) {
    const isOther =
      changed.has('openedModel') && openedModel && this.#mirrorSource('model', openedModel.source);
    if (isOther) this.#mirrorAttribute('layer', null);
    if (changed.has('openedModel') && openedModel) {
      this.#mirrorSource('manifest', openedModel.manifest);
    }
    if (changed.has('openedPicture') && openedPicture) {
      this.#mirrorSource('image', openedPicture.source);
      this.#mirrorAttribute('crop', openedPicture.crop && cropText(openedPicture.crop));
    }
    if (changed.has('target') && target !== null) this.#mirrorAttribute('layer', target);
    if (!changed.has('focus')) return;
    const attributes = focus ? focusAttributes(focus) : { channel: null, cell: null };
    for (const [name, value] of Object.entries(attributes)) this.#mirrorAttribute(name, value);
  }

  /**
   * @param {string} name
   * @param {unknown} source
   * @returns {boolean} whether the attribute said otherwise
   */
  #mirrorSource(name, source) {
    const value = namedSource(source);
    const stated = this.getAttribute(name);
    const isAddress = stated !== null && URL.canParse(stated, document.baseURI);
    if (isAddress && new URL(stated, document.baseURI).href === value) return false;
    return this.#mirrorAttribute(name, value);
  }

  /**
   * @param {string} name
   * @param {string | null} value
   * @returns {boolean} whether the attribute said otherwise
   */
  #mirrorAttribute(name, value) {
    // What has been set in the meantime is yet to be taken.
    if (this.#changed.has(name) || this.getAttribute(name) === value) return false;
    this.#isMirroring = true;
    if (value === null) this.removeAttribute(name);
    else this.setAttribute(name, value);
    this.#isMirroring = false;
    return true;
  }

  /** @param {Controller} controller */
  #applyRange(controller) {
    const text = this.getAttribute('range');
    const [low = NaN, high = NaN] = (text ?? '').split(',').map(Number);
    if (text === null) controller.setRange(null);
    else if (low < high) controller.setRange([low, high]);
    else controller.showProblem('model', unsupported(strings.badRange(text)));
  }

  /** @param {Controller} controller */
  #applyColormap(controller) {
    const colormap = this.getAttribute('colormap');
    const { sequential, diverging } = strings.colormaps;
    if (colormap === null || colormap in sequential || colormap in diverging) {
      controller.setColormap(colormap);
    } else {
      controller.showProblem('model', unsupported(strings.missingColormap(colormap)));
    }
  }
}

for (const name of ConvScope.observedAttributes) {
  // `cell` is a method.
  if (name in ConvScope.prototype) continue;
  Object.defineProperty(ConvScope.prototype, name, {
    configurable: true,
    enumerable: true,
    get() {
      return this.getAttribute(name);
    },
    set(value) {
      if (value === null || value === undefined) this.removeAttribute(name);
      else this.setAttribute(name, value);
    },
  });
}

function newReady() {
  const ready = /** @type {PromiseWithResolvers<void>} */ (Promise.withResolvers());
  // Nobody need wait for it: errors are shown and sent as events.
  ready.promise.catch(() => {});
  return ready;
}

/** @param {string} message */
function unsupported(message) {
  return new ConvscopeError('unsupported-option', message);
}

/** @param {Record<string, unknown>} place */
function checkPlace(place) {
  for (const [name, value] of Object.entries(place)) {
    if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > 0xffffffff) {
      throw new ConvscopeError('bad-input', `the ${name} is a whole number from 0, not ${value}`);
    }
  }
}

/**
 * @param {unknown} value
 * @returns {value is Manifest | null | undefined}
 */
function isManifest(value) {
  if (value === null || value === undefined) return true;
  return typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}

/**
 * @param {unknown} data
 * @returns {Record<string, Blob>} by name
 */
function toFiles(data) {
  const message = 'data files are File objects in an array, or Blobs and ArrayBuffers by name';
  if (typeof data !== 'object' || data === null) throw new ConvscopeError('bad-input', message);
  const entries = Array.isArray(data)
    ? data.map((file) => /** @type {const} */ ([file?.name, file]))
    : Object.entries(data);
  return Object.fromEntries(
    entries.map(([name, source]) => {
      const blob = typeof source === 'string' ? null : toSource(source, 'a data file');
      if (!(blob instanceof Blob) || !name) throw new ConvscopeError('bad-input', message);
      return [name, blob];
    }),
  );
}

/**
 * @param {unknown} source
 * @param {string} what
 * @returns {string | Blob}
 */
function toSource(source, what) {
  if (typeof source === 'string' || source instanceof Blob) return source;
  if (source instanceof URL) return source.href;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    return new Blob([/** @type {ArrayBuffer | ArrayBufferView<ArrayBuffer>} */ (source)]);
  }
  throw new ConvscopeError('bad-input', `${what} is a URL, a Blob or an ArrayBuffer`);
}
