/** All of the page's state, and what may be done to it. */

import { Camera } from './camera.js';
import { EngineClient } from './engine-client.js';
import { ConvscopeError, toConvscopeError } from './errors.js';
import { sortFiles } from './files.js';
import { toFile } from './images.js';
import { latestWins } from './latest.js';
import { nameOf } from './names.js';
import { FULL } from './presentation.js';
import { strings } from './strings.js';
import { tensorFromFile, tensorFromText } from './tensors.js';

/**
 * @typedef {import('../shared/manifest.js').Manifest} Manifest
 * @typedef {import('./focus.js').Focus} Focus
 * @typedef {import('./presentation.js').Presentation} Presentation
 * @typedef {import('../shared/protocol.js').Event} EngineEvent
 * @typedef {import('../shared/protocol.js').Grid} Grid
 * @typedef {import('../shared/protocol.js').Methods} Methods
 * @typedef {import('../shared/protocol.js').Method} Method
 * @typedef {import('../shared/protocol.js').ModelInfo} ModelInfo
 * @typedef {import('../shared/protocol.js').Prediction} Prediction
 * @typedef {import('../shared/protocol.js').PreprocessingFields} PreprocessingFields
 * @typedef {import('../shared/protocol.js').Progress} Progress
 * @typedef {import('../shared/protocol.js').Reading} Reading
 * @typedef {import('../shared/protocol.js').Rectangle} Rectangle
 * @typedef {import('../shared/protocol.js').View} View
 *
 * @typedef {object} OpenedModel
 * @property {string | Blob} source an absolute URL or a file
 * @property {string | Blob | Manifest | null} [manifest]
 * @property {Record<string, Blob>} [data] files that it keeps weights in, by name
 * @property {Manifest['input']} [preprocessing] set by a person
 * @property {string[]} [labels] set by a person
 * @property {Methods['setInput']['args']['tensors']} [tensors] beside the picture, set by a person or by code
 *
 * @typedef {object} OpenedPicture
 * @property {string | Blob | ImageData} source an absolute URL, a file or pixels
 * @property {string} displayUrl where the page's own display finds it
 * @property {Rectangle | null} crop the part of it that the network gets, in its whole pixels; null for all of it
 * @property {string} [credit] what it is and whose
 * @property {boolean} [isUnlike] whether its prediction is not one to compare with that before, as a drawing's with a photo's
 *
 * @typedef {object} Sample a picture to choose, with absolute URLs
 * @property {string} url
 * @property {string} thumbnail
 * @property {string} title
 * @property {string} author
 * @property {string} licence
 * @property {string} source
 *
 * @typedef {object} ListedModel a model to choose
 * @property {string} url absolute
 * @property {string} title
 * @property {string} description
 * @property {number} bytes
 *
 * @typedef {object} Reference what is compared with
 * @property {string} model its title
 * @property {OpenedPicture | null} picture null for raw tensors
 * @property {Prediction | null} prediction
 *
 * @typedef {'model' | 'picture' | 'inputs' | 'preprocessing' | 'labels'} Place where the person acted
 *
 * @typedef {object} Goal what of a model is to be shown
 * @property {Focus | null} focus
 * @property {string | null} target
 *
 * @typedef {object} State
 * @property {ModelInfo | null} model
 * @property {Reading | null} reading how a picture becomes its input, and what its answer means
 * @property {boolean} isOpeningModel
 * @property {OpenedModel | null} openedModel where `model` came from
 * @property {OpenedPicture | null} picture the one that is open or being opened
 * @property {OpenedPicture | null} openedPicture the last one that the engine took
 * @property {{ part: Rectangle, of: string } | null} mark what a person has marked: a part of the picture with that
 *   `displayUrl`, in its pixels
 * @property {Camera | null} camera what live pictures are from
 * @property {boolean} hasRawInput whether tensors have taken the picture's place
 * @property {Methods['setInput']['args']['tensors']} rawInput those that last did
 * @property {View} view
 * @property {string | null} colormap null for the view's own
 * @property {[number, number] | null} range that of the view `fixed`; null for 0 to 1
 * @property {Focus | null} focus what is looked at by itself; null for all layers
 * @property {Presentation} presentation
 * @property {Sample[]} samples
 * @property {ListedModel[]} models
 * @property {Partial<Record<Progress['stage'], Progress>>} progress what is under way
 * @property {Prediction | null} prediction
 * @property {Prediction | null} formerPrediction the same model's, of the pass before, if that was over something
 *   alike
 * @property {number | null} passMilliseconds how long the last pass took
 * @property {Partial<Record<Place, ConvscopeError>>} problems
 * @property {number} generation counts engines: a canvas belongs to one
 * @property {string | null} target the output to be opened
 * @property {Reference | null} reference
 */

/** How long a part of the picture is waited for before the next one is taken. */
const LONGEST_CROP_MILLIS = 250;

/**
 * Tells of `change` (detail: the names of what changed), `drawn` (a pass has been drawn), `error` (detail: a
 * ConvscopeError), and by their names of the engine's events.
 */
export class Controller extends EventTarget {
  /** @type {Readonly<State>} */
  state = {
    model: null,
    reading: null,
    isOpeningModel: false,
    openedModel: null,
    picture: null,
    openedPicture: null,
    mark: null,
    camera: null,
    hasRawInput: false,
    rawInput: {},
    view: 'book',
    colormap: null,
    range: null,
    focus: null,
    presentation: FULL,
    samples: [],
    models: [],
    progress: {},
    prediction: null,
    formerPrediction: null,
    passMilliseconds: null,
    problems: {},
    generation: 0,
    target: null,
    reference: null,
  };

  /** @type {Set<keyof State>} */
  #changed = new Set();
  #client = this.#newClient();
  /** Whether the engine could not be started: it is tried again when somebody asks it for something. */
  #isDown = false;
  /** What was open when a pass was last drawn. @type {{ model: OpenedModel, picture: OpenedPicture | null } | null} */
  #lastGood = null;
  #isRecovering = false;
  #modelsOpening = 0;
  /** @type {Place} */
  #lastPlace = 'model';

  /**
   * Opens a model and, if there is a picture, runs it.
   *
   * @param {string | Blob} source a URL or a file
   * @param {OpenedModel['manifest']} [manifest] null for none; without it the one beside the model
   * @param {OpenedModel['data']} [data] without a file that the model wants the one beside it is fetched
   * @param {Goal} [goal]
   * @returns {Promise<void>} resolves when the pass is drawn
   */
  async openModel(source, manifest, data = {}, goal) {
    this.#begin('model');
    try {
      /** @type {OpenedModel} */
      const opened = { source: typeof source === 'string' ? absolute(source) : source, data };
      if (manifest !== undefined) {
        opened.manifest = typeof manifest === 'string' ? absolute(manifest) : manifest;
      }
      await this.#sendModel(opened, goal);
      await this.#drawn();
    } catch (error) {
      throw this.#report('model', error);
    }
  }

  /**
   * Opens a picture and, if there is a model, runs it.
   *
   * @param {string | Blob | ImageData} source
   * @param {Partial<Pick<OpenedPicture, 'crop' | 'credit' | 'isUnlike'>>} [options]
   * @returns {Promise<void>} resolves when the pass is drawn
   */
  async openImage(source, { crop = null, ...about } = {}) {
    this.#begin('picture');
    this.stopCamera();
    /** @type {OpenedPicture | undefined} */
    let picture;
    try {
      picture = { ...(await newPicture(source, crop)), ...about };
      this.#set({ picture });
      await this.#sendPicture(picture);
    } catch (error) {
      if (picture) this.#forget(picture);
      throw this.#report('picture', error);
    }
  }

  /**
   * Opens what the camera sees, again and again: the next frame once the network has run on the last one and all is drawn.
   *
   * @returns {Promise<void>} resolves when it is turned off; the last frame stays
   */
  async startCamera() {
    if (this.state.camera) return;
    this.#begin('picture');
    /** @type {Camera | undefined} */
    let camera;
    try {
      camera = await Camera.open();
      this.stopCamera();
      this.#set({ camera });
      await this.#follow(camera);
    } catch (error) {
      throw this.#report('picture', error);
    } finally {
      // It may have turned itself off; another one may have taken its place.
      if (camera && camera === this.state.camera) this.stopCamera();
    }
  }

  stopCamera() {
    const { camera } = this.state;
    camera?.stop();
    if (camera) this.#set({ camera: null });
  }

  /**
   * Gives the network a part of the picture that is open, or all of it. Of those that wait for an earlier one the last one
   * counts.
   *
   * @param {Rectangle | null} crop
   */
  setCrop(crop) {
    const { picture } = this.state;
    if (!picture) return;
    this.#begin('picture');
    this.#set({ picture: { ...picture, crop } });
    this.#crop(crop);
  }

  /**
   * Runs the model on raw tensors, beside the picture if they leave out its input.
   *
   * @param {Methods['setInput']['args']['tensors']} tensors
   * @param {Place} [place] where they were given
   * @returns {Promise<void>} resolves when the pass is drawn
   */
  async setInput(tensors, place = 'picture') {
    this.#begin(place);
    try {
      await this.#sendTensors(tensors);
      await this.#drawn();
    } catch (error) {
      throw this.#report(place, error);
    }
  }

  /**
   * Runs the model on what a person has filled in.
   *
   * @param {import('./elements/other-inputs.js').Filling[]} fillings
   */
  async fillInputs(fillings) {
    this.#begin('inputs');
    try {
      const tensors = await Promise.all(
        fillings.map(async ({ input, value }) => {
          const tensor =
            typeof value === 'string'
              ? tensorFromText(value, input)
              : await tensorFromFile(value, input);
          return /** @type {const} */ ([input.name, tensor]);
        }),
      );
      await this.setInput(Object.fromEntries(tensors), 'inputs');
    } catch (error) {
      throw this.#report('inputs', error);
    }
  }

  /**
   * Changes how pictures become the model's input, and runs it on the picture, if there is one.
   *
   * @param {PreprocessingFields | null} fields those that change; null for what it was when the model was opened
   * @returns {Promise<void>} resolves when the pass is drawn
   */
  async setPreprocessing(fields) {
    this.#begin('preprocessing');
    try {
      await this.#sendPreprocessing(fields);
      await this.#drawn();
    } catch (error) {
      throw this.#report('preprocessing', error);
    }
  }

  /**
   * Names the classes of the model's answer.
   *
   * @param {string | Blob | string[] | null} labels a URL or a file of labels, or the labels; null for those that the
   *   model came with
   * @returns {Promise<void>} resolves when they are shown
   */
  async setLabels(labels) {
    this.#begin('labels');
    try {
      await this.#sendLabels(typeof labels === 'string' ? absolute(labels) : labels);
      await this.#drawn();
    } catch (error) {
      throw this.#report('labels', error);
    }
  }

  /** Keeps the last pass, to compare later ones with. */
  async keepReference() {
    this.#begin('picture');
    try {
      await this.request('keepReference', {});
      const { model, picture, hasRawInput, prediction } = this.state;
      this.#setReference({
        model: model?.title ?? '',
        picture: hasRawInput ? null : picture,
        prediction,
      });
    } catch (error) {
      throw this.#report('picture', error);
    }
  }

  async dropReference() {
    this.#setReference(null);
    await this.request('dropReference', {});
  }

  /**
   * Opens what was dropped, pasted or chosen.
   *
   * @param {File[]} files a model, with its manifest and files of weights or without, or a picture, told apart by their
   *   names and types
   * @param {Place} [place] where they were chosen, if not dropped or pasted: any file is then what is opened there
   */
  async openFiles(files, place) {
    const { manifest, labels, others } =
      place === 'picture' ? { others: files } : await sortFiles(files);
    const onnx = others.find(({ name }) => place !== 'picture' && /\.onnx$/i.test(name));
    const model = onnx ?? (place === 'model' ? others[0] : undefined);
    const rest = others.filter((file) => file !== model);
    const picture = model ? rest.find(({ type }) => type.startsWith('image/')) : rest[0];
    const data = Object.fromEntries(
      rest.filter((file) => file !== picture).map((file) => [file.name, file]),
    );
    if (manifest && !model) {
      this.#begin('model');
      this.#report('model', new ConvscopeError('bad-manifest', strings.manifestAlone));
    }
    const opened = model && this.openModel(model, manifest, data);
    const opening = [opened, picture && place !== 'model' && this.openImage(picture)];
    // They are for the model that comes with them.
    if (labels) opening.push(Promise.resolve(opened).then(() => this.setLabels(labels)));
    await Promise.allSettled(opening);
  }

  /** @param {View} view */
  setView(view) {
    this.#set({ view });
  }

  /** @param {string | null} colormap */
  setColormap(colormap) {
    this.#set({ colormap });
  }

  /** @param {[number, number] | null} range */
  setRange(range) {
    this.#set({ range });
  }

  /** @param {Focus | null} focus */
  setFocus(focus) {
    this.#set({ focus });
  }

  /** @param {Goal} goal */
  show(goal) {
    this.#set(goal);
  }

  /** @param {Rectangle | null} part of the picture, in its pixels */
  setMark(part) {
    const { picture } = this.state;
    this.#set({ mark: part && picture && { part, of: picture.displayUrl } });
  }

  /** @param {Presentation} presentation */
  setPresentation(presentation) {
    this.#set({ presentation });
  }

  /** @param {Sample[]} samples */
  setSamples(samples) {
    this.#set({ samples });
  }

  /** @param {ListedModel[]} models */
  setModels(models) {
    this.#set({ models });
  }

  /** @param {string | null} target an output's name */
  setTarget(target) {
    this.#set({ target });
  }

  /**
   * @param {Place} place
   * @param {ConvscopeError} error
   */
  showProblem(place, error) {
    this.#report(place, error);
  }

  /** @param {Place} place */
  dismissProblem(place) {
    this.#set({ problems: without(this.state.problems, place) });
  }

  /**
   * Asks the engine.
   *
   * @template {Method} M
   * @param {M} method
   * @param {Methods[M]['args']} args
   * @param {Transferable[]} [transfer]
   * @returns {Promise<Methods[M]['result']>}
   */
  request(method, args, transfer) {
    if (this.#isDown) this.#restart();
    return this.#client.request(method, args, transfer);
  }

  /**
   * Tells the engine something whose answer does not matter: canvases are bound again after a crash. It is not started
   * for that.
   *
   * @template {Method} M
   * @param {M} method
   * @param {Methods[M]['args']} args
   * @param {Transferable[]} [transfer]
   */
  tell(method, args, transfer) {
    if (this.#isDown) return;
    this.#client.request(method, args, transfer).catch(() => {});
  }

  /** Ends the engine. */
  dispose() {
    this.#client.dispose();
    this.stopCamera();
    const { picture, openedPicture, reference } = this.state;
    for (const shown of [picture, openedPicture, reference?.picture]) release(shown);
  }

  /**
   * @param {OpenedModel} opened
   * @param {Goal} [goal] without one, what was looked at of another model is looked at no more
   */
  async #sendModel(opened, goal) {
    const { source, manifest, data = {} } = opened;
    const request = {
      source,
      data,
      ...(manifest !== undefined && { manifest }),
      name: nameOf(source, 'model.onnx'),
    };
    this.#modelsOpening++;
    this.#set({ isOpeningModel: true });
    try {
      const model = await this.request('openModel', request);
      const { reading } = model;
      const { openedModel } = this.state;
      const isOther = openedModel !== null && openedModel.source !== source;
      this.#set({ model, reading, openedModel: opened, passMilliseconds: null });
      this.#set(goal ?? (isOther ? { focus: null } : {}));
      this.#set({ prediction: null, formerPrediction: null });
    } finally {
      this.#modelsOpening--;
      this.#set({ isOpeningModel: this.#modelsOpening > 0 });
    }
  }

  /** @param {Methods['setInput']['args']['tensors']} tensors */
  async #sendTensors(tensors) {
    // Whoever gave them may go on to write to them.
    const rawInput = structuredClone(tensors);
    const { isPicture } = await this.request('setInput', { tensors });
    this.#set({ hasRawInput: !isPicture, rawInput: isPicture ? {} : rawInput });
    const { openedModel } = this.state;
    if (isPicture && openedModel) {
      const all = { ...openedModel.tensors, ...tensors };
      this.#set({ openedModel: { ...openedModel, tensors: all } });
    }
  }

  /** @param {PreprocessingFields | null} fields */
  async #sendPreprocessing(fields) {
    this.#take(await this.request('setPreprocessing', { fields }));
    if (this.state.openedPicture) this.#set({ hasRawInput: false });
    this.dismissProblem('preprocessing');
  }

  /** @param {string | Blob | string[] | null} labels */
  async #sendLabels(labels) {
    const { model, prediction } = await this.request('setLabels', { labels });
    this.#take(model);
    this.#set({ prediction });
    this.dismissProblem('labels');
  }

  /**
   * Takes over what has been set. The model is the same if its input has the same size.
   *
   * @param {ModelInfo} model
   */
  #take(model) {
    const { reading } = model;
    const byHand = (/** @type {{ source: string, value: any } | null} */ told) =>
      told?.source === 'person' ? told.value : undefined;
    const { openedModel } = this.state;
    const set = {
      preprocessing: byHand(reading.preprocessing),
      labels: byHand(reading.labels),
    };
    const isSame = JSON.stringify(model.inputs) === JSON.stringify(this.state.model?.inputs);
    this.#set({ reading, openedModel: openedModel && { ...openedModel, ...set } });
    if (!isSame) this.#set({ model });
  }

  /**
   * @param {OpenedPicture} picture
   * @param {{ isLive?: boolean }} [options] `isLive`: whether it takes the place of one like it, and so has its canvases
   */
  async #sendPicture(picture, { isLive = false } = {}) {
    const { source, crop } = picture;
    const { pass, failure } = await this.request('openImage', { source, crop });
    const { openedPicture: former, picture: shown } = this.state;
    // A part of it may have been chosen in the meantime.
    const opened = shown?.displayUrl === picture.displayUrl ? shown : picture;
    this.#set({ openedPicture: opened });
    this.#releaseUnused(former);
    if (failure) throw new ConvscopeError(failure.code, failure.message);
    this.#set({ picture: opened, hasRawInput: false });
    if (!pass) return;
    if (isLive) this.#tellDrawn();
    else await this.#drawn();
  }

  /** @param {Camera} camera */
  async #follow(camera) {
    let next = camera.nextFrame();
    for (;;) {
      await next;
      if (camera.isOver) return;
      const frame = camera.frame();
      // It may come while this one is drawn.
      next = camera.nextFrame();
      const picture = await newPicture(frame, null, 'image/jpeg');
      if (camera.isOver) return release(picture);
      const { picture: former, mark } = this.state;
      const source = former?.source;
      // What has been marked or cut out lies on the next frame as on this one.
      const isNext =
        source instanceof ImageData &&
        source.width === frame.width &&
        source.height === frame.height;
      if (isNext) picture.crop = former?.crop ?? null;
      this.#set({ picture, mark: isNext && mark ? { ...mark, of: picture.displayUrl } : null });
      try {
        await this.#sendPicture(picture, { isLive: isNext });
      } catch (error) {
        this.#forget(picture);
        throw error;
      }
    }
  }

  #crop = latestWins(async (/** @type {Rectangle | null} */ crop) => {
    try {
      await this.request('setCrop', { crop });
      const { openedPicture } = this.state;
      this.#set({ hasRawInput: false });
      if (openedPicture && openedPicture.displayUrl === this.state.picture?.displayUrl) {
        this.#set({ openedPicture: { ...openedPicture, crop } });
      }
      // However long a pass takes, the picture follows the hand.
      await Promise.race([this.#drawn(), pause(LONGEST_CROP_MILLIS)]);
    } catch (error) {
      this.#set({ picture: this.state.openedPicture });
      this.#report('picture', error);
    }
  });

  /** @param {Reference | null} reference */
  #setReference(reference) {
    const former = this.state.reference;
    this.#set({ reference });
    this.#releaseUnused(former?.picture);
  }

  /** @param {OpenedPicture | null | undefined} picture one that may still be the reference's, or open */
  #releaseUnused(picture) {
    const { picture: shown, openedPicture, reference } = this.state;
    const used = [shown, openedPicture, reference?.picture];
    // Another part of it is the same picture.
    if (!used.some((other) => other?.displayUrl === picture?.displayUrl)) release(picture);
  }

  /** Waits until all is drawn, canvases included that the page is about to bind. */
  async #drawn() {
    await nextFrames();
    const pass = await this.request('settled', {});
    if (pass) this.#tellDrawn();
  }

  #tellDrawn() {
    const { openedModel, openedPicture } = this.state;
    if (!openedModel) return;
    this.#isRecovering = false;
    this.#lastGood = { model: openedModel, picture: openedPicture };
    this.dispatchEvent(new Event('drawn'));
  }

  /**
   * After a picture that could not be opened: the last good one is shown again.
   *
   * @param {OpenedPicture} picture
   */
  #forget(picture) {
    const { openedPicture } = this.state;
    if (this.state.picture === picture) this.#set({ picture: openedPicture });
    if (openedPicture !== picture) release(picture);
  }

  /** @param {Place} place */
  #begin(place) {
    this.#lastPlace = place;
    this.dismissProblem(place);
  }

  /**
   * @param {Place} place
   * @param {unknown} cause
   */
  #report(place, cause) {
    const error = toConvscopeError(cause);
    const isKnown = Object.values(this.state.problems).includes(error);
    if (error.code === 'cancelled' || isKnown) return error;
    this.#set({ progress: {}, problems: { ...this.state.problems, [place]: error } });
    this.dispatchEvent(new CustomEvent('error', { detail: error }));
    return error;
  }

  #newClient() {
    return new EngineClient({
      onEvent: (event) => this.#onEngineEvent(event),
      onCrash: (error, hasStarted) => this.#onCrash(error, hasStarted),
      onReplaced: () => this.#onReplaced(),
    });
  }

  #restart() {
    this.#isDown = false;
    this.#client = this.#newClient();
    this.#set({ generation: this.state.generation + 1 });
  }

  /** @param {EngineEvent} message */
  #onEngineEvent({ event, detail }) {
    if (event === 'progress') {
      const progress = { ...this.state.progress, [detail.stage]: detail };
      const { pass, ...downloads } = progress;
      const isDownloading = Object.values(downloads).some(
        ({ done, total }) => total === 0 || done < total,
      );
      // A download that is done counts until all are, lest the bar go back.
      this.#set({ progress: isDownloading ? progress : pass ? { pass } : {} });
    } else if (event === 'model') {
      this.#set({ model: detail, reading: detail.reading });
    } else if (event === 'pass') {
      const { prediction, milliseconds } = detail;
      const { prediction: former, picture, openedPicture } = this.state;
      // Until it is open, a pass may be of the one before.
      const isNew = picture?.displayUrl !== openedPicture?.displayUrl;
      const formerPrediction = isNew && picture?.isUnlike ? null : former;
      this.#set({ progress: {}, prediction, formerPrediction, passMilliseconds: milliseconds });
    }
    this.dispatchEvent(new CustomEvent(event, { detail }));
  }

  /**
   * @param {ConvscopeError} error
   * @param {boolean} hasStarted
   */
  #onCrash(error, hasStarted) {
    if (hasStarted) this.#restart();
    else this.#isDown = true;
    this.#set({ progress: {} });
    this.#report(this.#lastPlace, error);
    const lastGood = this.#isRecovering ? null : this.#lastGood;
    this.#lastGood = null;
    this.#set({ openedPicture: lastGood?.picture ?? null });
    this.#setReference(null);
    if (lastGood) this.#recover(lastGood);
    else {
      const model = null;
      this.#set({ model, reading: null, openedModel: null, prediction: null, picture: null });
      this.#set({ focus: null });
    }
  }

  /** Another element's engine crashed, and this one with it. */
  #onReplaced() {
    this.#set({ progress: {}, generation: this.state.generation + 1 });
    this.#setReference(null);
    if (this.#lastGood) this.#recover(this.#lastGood);
    this.#client.repeat();
  }

  /** @param {{ model: OpenedModel, picture: OpenedPicture | null }} lastGood */
  async #recover({ model, picture }) {
    this.#isRecovering = true;
    try {
      const { preprocessing, labels, tensors } = model;
      await this.#sendModel(model);
      if (preprocessing) await this.#sendPreprocessing(preprocessing);
      if (labels) await this.#sendLabels(labels);
      if (picture) await this.#sendPicture(picture);
      if (tensors) await this.#sendTensors(tensors);
      await this.#drawn();
    } catch (error) {
      if (toConvscopeError(error).code !== 'engine-crashed') this.#report('model', error);
    }
  }

  /** @param {Partial<State>} changes */
  #set(changes) {
    this.state = { ...this.state, ...changes };
    if (this.#changed.size === 0) {
      queueMicrotask(() => {
        const changed = this.#changed;
        this.#changed = new Set();
        this.dispatchEvent(new CustomEvent('change', { detail: changed }));
      });
    }
    for (const name of Object.keys(changes)) this.#changed.add(/** @type {keyof State} */ (name));
  }
}

/**
 * @template {object} T
 * @param {T} record
 * @param {keyof T} key
 * @returns {T}
 */
function without(record, key) {
  const others = { ...record };
  delete others[key];
  return others;
}

/** @param {string} address */
function absolute(address) {
  if (!URL.canParse(address, document.baseURI)) {
    throw new ConvscopeError('network', `“${address}” is no address`);
  }
  return new URL(address, document.baseURI).href;
}

/**
 * @param {string | Blob | ImageData} source
 * @param {Rectangle | null} crop
 * @param {string} [type] of the file that pixels are shown as
 * @returns {Promise<OpenedPicture>}
 */
async function newPicture(source, crop, type = 'image/png') {
  if (typeof source === 'string') {
    const url = absolute(source);
    return { source: url, displayUrl: url, crop };
  }
  const file = source instanceof ImageData ? await toFile(source, type) : source;
  return { source, displayUrl: URL.createObjectURL(file), crop };
}

/** @param {OpenedPicture | null | undefined} picture */
function release(picture) {
  if (picture && typeof picture.source !== 'string') URL.revokeObjectURL(picture.displayUrl);
}

/** Two frames, in which elements lay themselves out and bind their canvases; a page in the background draws none. */
function nextFrames() {
  return Promise.race([
    new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    pause(200),
  ]);
}

/** @param {number} milliseconds */
function pause(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
