/** The interface as a whole: hands the controller's state to the elements, and what people do to the controller. */

import { breakable, h } from './dom.js';
import { ConvscopeError, toConvscopeError } from './errors.js';
import { DrawingPad } from './elements/drawing-pad.js';
import { ComparisonView } from './elements/comparison.js';
import { ExportDialog } from './elements/export-dialog.js';
import { FoldedOutputs } from './elements/folded-outputs.js';
import { SampleGallery } from './elements/gallery.js';
import { InputPanel } from './elements/input-panel.js';
import { LayerList } from './elements/layer-list.js';
import { MessageBox } from './elements/message-box.js';
import { ModelMenu } from './elements/model-menu.js';
import { NetworkOutline } from './elements/outline.js';
import { KeyHelp } from './elements/key-help.js';
import { PredictionView } from './elements/prediction.js';
import { OtherInputs } from './elements/other-inputs.js';
import { PreprocessingPanel } from './elements/preprocessing-panel.js';
import { ReferencePanel } from './elements/reference-panel.js';
import { SeenView } from './elements/seen-view.js';
import { StatusLine } from './elements/status-line.js';
import { TopBar } from './elements/top-bar.js';
import { makeExport } from './exports.js';
import { widerFocus } from './focus.js';
import { listOutputs } from './graph.js';
import { watchDrops, watchPastes } from './incoming.js';
import { Inspector } from './inspector.js';
import { landmarkName, returnNumber, takeNumber } from './landmarks.js';
import { latestWins } from './latest.js';
import { isDead } from './ordering.js';
import { FULL } from './presentation.js';
import { shareLink } from './links.js';
import { Marking } from './marking.js';
import { strings } from './strings.js';
import { applyStyles } from './styles.js';

/**
 * @typedef {import('./controller.js').Controller} Controller
 * @typedef {import('./controller.js').OpenedPicture} OpenedPicture
 * @typedef {import('./controller.js').State} State
 * @typedef {import('./exports.js').ExportKind} ExportKind
 * @typedef {import('./focus.js').Focus} Focus
 * @typedef {import('../shared/protocol.js').ReceptiveField} ReceptiveField
 * @typedef {import('./exports.js').Selection} Selection
 * @typedef {import('./graph.js').OutputInfo} OutputInfo
 * @typedef {import('../shared/protocol.js').Event} EngineEvent
 */

/** What of the state makes the look of drawings. */
const LOOK = /** @type {const} */ (['view', 'colormap', 'range', 'generation']);

const STYLES = [
  'base',
  'frame',
  'layers',
  'inspector',
  'input',
  'preprocessing',
  'export',
  'menu',
  'compare',
  'layouts',
];
/** Below this width, in CSS pixels, the outline has no column of its own; css/frame.css has the same number. */
const WIDE = 1120;
const SKELETON_LAYERS = 4;
const COPIED_MILLIS = 4000;

export class Shell {
  #host;
  #controller;
  #lifetime = new AbortController();
  /** @type {OutputInfo[]} */
  #outputs = [];
  /** Outputs computed in the present pass. @type {Set<string>} */
  #computed = new Set();
  /** How long the last pass spent in a node. @type {Map<string, number>} */
  #milliseconds = new Map();
  /** @type {string | null} */
  #current = null;
  /** What is shown by itself. @type {Focus | null} */
  #focus = null;
  /** The frame in which what was computed will be shown. @type {number | null} */
  #frame = null;

  #bar = new TopBar();
  #menu = new ModelMenu();
  #status = new StatusLine();
  #outline = new NetworkOutline();
  #folded = new FoldedOutputs();
  #modelMessage = new MessageBox();
  #viewHelp = h('p', { class: 'help view-help' });
  #layers = new LayerList();
  #empty = h('div', { class: 'empty' });
  #skeleton = h('div', { class: 'skeleton', 'aria-hidden': 'true' });
  #pad = new DrawingPad();
  #input = new InputPanel();
  #preprocessing = new PreprocessingPanel();
  #otherInputs = new OtherInputs();
  #prediction = new PredictionView();
  #gallery = new SampleGallery();
  #reference = new ReferencePanel();
  #comparison = new ComparisonView();
  #export = new ExportDialog();
  #seen = new SeenView();
  #keys = new KeyHelp();
  #inspector;
  #marking;
  #number = takeNumber();
  #middle = h('section', { class: 'middle', part: 'layers' });
  /** What was open before the pad's drawing. @type {OpenedPicture['source'] | null} */
  #photo = null;
  /** The drawing that was opened last. @type {string | null} */
  #drawing = null;
  #toast = h('p', { class: 'toast', role: 'status' });
  #announcement = h('p', { class: 'visually-hidden', role: 'status' });
  #strip = h('button', { type: 'button', class: 'strip' });
  #stripImage = h('img', { alt: '', crossorigin: 'anonymous' });
  #stripText = h('span', {});
  #drop = h('div', { class: 'drop', hidden: true });
  #aside = h('aside', { class: 'input', part: 'input' });
  #root = h('div', { class: 'shell', hidden: true, 'data-number': this.#number });

  /**
   * @param {HTMLElement} host
   * @param {ShadowRoot} shadow where the interface is built
   * @param {Controller} controller
   */
  constructor(host, shadow, controller) {
    this.#host = host;
    this.#controller = controller;
    this.#bar.part.add('bar');
    this.#status.part.add('status');
    this.#outline.part.add('outline');
    this.#prediction.part.add('prediction');
    this.#inspector = new Inspector(controller, (field) => this.#showSeen(field));
    this.#marking = new Marking(controller, this.#input.peaks, (output, peaks) => {
      this.#inspector.showPeaks(output, peaks);
    });
    this.#seen.hidden = true;
    this.#build(shadow);
    this.#listen();
    this.#update(new Set(/** @type {(keyof State)[]} */ (Object.keys(controller.state))));
  }

  dispose() {
    this.#lifetime.abort();
    this.#root.remove();
    returnNumber(this.#number);
  }

  /** @param {ShadowRoot} shadow */
  #build(shadow) {
    this.#middle.ariaLabel = landmarkName(this.#root, strings.layersRegion);
    this.#aside.ariaLabel = landmarkName(this.#root, strings.input);
    this.#empty.append(
      h('p', { class: 'empty-title' }, strings.emptyTitle),
      h('p', { class: 'help' }, strings.emptyAdvice),
    );
    for (let layer = 0; layer < SKELETON_LAYERS; layer++) {
      const mat = h('div', { class: 'mat' }, h('div', { class: 'skeleton-map' }));
      this.#skeleton.append(h('div', {}, h('div', { class: 'skeleton-header' }), mat));
    }
    this.#drop.append(
      h(
        'div',
        { class: 'drop-area' },
        h('p', { class: 'drop-title' }, strings.dropHere),
        h('p', {}, strings.dropDetail),
      ),
    );
    this.#strip.append(
      this.#stripImage,
      this.#stripText,
      h('span', { class: 'strip-action' }, strings.backToPicture),
    );
    // Until a model is open that looks at drawings.
    this.#pad.hidden = true;
    this.#aside.append(
      this.#pad,
      this.#input,
      this.#seen,
      this.#prediction,
      this.#otherInputs,
      this.#preprocessing,
      this.#gallery,
      this.#reference,
    );
    this.#middle.append(
      h('h2', { class: 'visually-hidden' }, strings.layersRegion),
      this.#modelMessage,
      this.#viewHelp,
      this.#empty,
      this.#skeleton,
      this.#comparison,
      this.#layers,
      this.#folded,
      this.#inspector.layer,
      this.#inspector.channel,
    );
    this.#root.append(
      h('div', { class: 'top' }, this.#bar, this.#status),
      h('div', { class: 'strip-place' }, this.#strip),
      h('div', { class: 'columns' }, this.#outline, this.#aside, this.#middle),
      this.#export,
      this.#keys,
      this.#menu,
      this.#drop,
      this.#toast,
      this.#announcement,
    );
    shadow.replaceChildren(this.#root);
    // Nothing is shown before it has its place; without its style sheets it is still of use.
    applyStyles(shadow, STYLES).then(() => (this.#root.hidden = false));
  }

  #listen() {
    const { signal } = this.#lifetime;
    const controller = this.#controller;
    /**
     * @param {EventTarget} target
     * @param {string} type
     * @param {(detail: any, event: CustomEvent) => void} handle
     */
    const on = (target, type, handle) => {
      const listener = (/** @type {Event} */ event) => {
        const custom = /** @type {CustomEvent} */ (event);
        handle(custom.detail, custom);
      };
      target.addEventListener(type, listener, { signal });
    };
    on(controller, 'change', (changed) => this.#update(changed));
    on(controller, 'progress', (progress) => {
      if (progress.stage === 'pass' && progress.total === 0) this.#onPassBegun();
    });
    on(controller, 'layer', (detail) => this.#onComputed(detail));
    on(controller, 'painted', ({ id, grid }) => {
      this.#layers.painted(id, grid);
      this.#outline.painted(id, grid);
      this.#folded.list.painted(id, grid);
      this.#comparison.painted(id, grid);
      this.#inspector.painted(id, grid);
      this.#input.peaks.painted(id, grid);
    });
    on(controller, 'paint-failed', ({ id, error }) => {
      const failure = new ConvscopeError(error.code, error.message);
      this.#layers.failed(id, failure);
      this.#folded.list.failed(id, failure);
      this.#comparison.failed(id, failure);
      this.#inspector.failed(id, error);
    });
    on(controller, 'pass', ({ prediction }) => {
      this.#comparison.refresh();
      this.#inspector.refresh();
      this.#marking.refresh();
      this.#outline.refresh();
      const [best] = prediction?.classes ?? [];
      const [before] = controller.state.formerPrediction?.classes ?? [];
      // Of live pictures it would be read out without end.
      if (best && !controller.state.camera)
        this.#announcement.textContent = strings.announcePrediction(best, before);
    });

    on(this.#root, 'bind-canvas', (args) => {
      controller.tell('bindCanvas', args, args.canvas ? [args.canvas] : []);
    });
    on(this.#root, 'release-canvas', (id) => controller.tell('releaseCanvas', { id }));
    on(this.#root, 'bind-input-canvas', (canvas) => {
      controller.tell('bindInputCanvas', { canvas }, [canvas]);
    });
    on(this.#root, 'open-menu', () => {
      const { models, openedModel } = controller.state;
      const source = openedModel?.source;
      this.#menu.show(models, typeof source === 'string' ? source : null);
    });
    on(this.#root, 'choose-model-url', (url) => controller.openModel(url).catch(() => {}));
    on(this.#root, 'read-values', ({ output, show }) => this.#readValues(output, show));
    on(this.#root, 'scrolled-to', (output) => {
      this.#current = output;
      this.#outline.current = output;
      this.#showMark();
    });
    on(this.#root, 'choose-model', (files) => controller.openFiles(files, 'model'));
    on(this.#root, 'choose-picture', (files) => controller.openFiles(files, 'picture'));
    on(this.#root, 'choose-picture-url', (url) => controller.openImage(url).catch(() => {}));
    on(this.#root, 'start-camera', () => controller.startCamera().catch(() => {}));
    on(this.#root, 'stop-camera', () => controller.stopCamera());
    on(this.#root, 'mark', (mark) => controller.setMark(mark));
    on(this.#root, 'crop', (crop) => controller.setCrop(crop));
    on(this.#root, 'choose-sample', (url) => controller.openImage(url).catch(() => {}));
    on(
      this.#root,
      'draw',
      latestWins((url) => this.#openDrawing(url)),
    );
    on(this.#root, 'set-labels', (labels) => controller.setLabels(labels).catch(() => {}));
    on(this.#root, 'set-preprocessing', (fields) => {
      controller.setPreprocessing(fields).catch(() => {});
    });
    on(this.#root, 'copy-manifest', () => this.#copyManifest());
    on(this.#root, 'choose-view', (view) => this.#host.setAttribute('view', view));
    on(this.#root, 'choose-colormap', (colormap) => {
      if (colormap) this.#host.setAttribute('colormap', colormap);
      else this.#host.removeAttribute('colormap');
    });
    on(this.#root, 'go-to', (output) => {
      if (controller.state.focus) this.#navigate({ output, channel: null, cell: null });
      else controller.setTarget(output);
    });
    on(this.#root, 'show-figures', (isShown) => this.#root.classList.toggle('outlined', isShown));
    on(this.#root, 'count-dead', ({ output, show }) => this.#countDead(output, show));
    on(this.#root, 'navigate', (focus) => this.#navigate(focus));
    on(this.#root, 'choose-range', (range) => this.#host.setAttribute('range', range.join()));
    on(this.#root, 'keydown', (_, event) => {
      this.#onKey(/** @type {KeyboardEvent} */ (/** @type {Event} */ (event)));
    });
    on(this.#root, 'share', () => this.#share());
    on(this.#root, 'keep-reference', () => controller.keepReference().catch(() => {}));
    on(this.#root, 'drop-reference', () => controller.dropReference().catch(() => {}));
    on(this.#root, 'rank-differences', ({ output, show, fail }) => {
      controller
        .request('rankDifferences', { output })
        .then(show, (error) => fail(toConvscopeError(error)));
    });
    on(this.#root, 'compare-cell', ({ show, ...args }) => {
      controller.request('compareCell', args).then(show, () => show(null));
    });
    on(this.#root, 'open-export', () => this.#openExport());
    on(this.#export, 'export', (wish) => this.#makeExport(wish));
    on(controller, 'reading', (progress) => this.#export.tell(progress));
    on(this.#modelMessage, 'dismiss', () => controller.dismissProblem('model'));
    on(this.#input, 'dismiss', () => controller.dismissProblem('picture'));
    on(this.#root, 'fill-inputs', (fillings) => controller.fillInputs(fillings).catch(() => {}));
    on(this.#root, 'show-folded', () => this.#showFolded());
    on(this.#otherInputs, 'dismiss', () => controller.dismissProblem('inputs'));
    on(this.#preprocessing, 'dismiss', () => controller.dismissProblem('preprocessing'));
    on(this.#prediction, 'dismiss', () => controller.dismissProblem('labels'));
    on(this.#strip, 'click', () => this.#aside.scrollIntoView({ block: 'start' }));

    watchDrops(
      this.#host,
      {
        onHover: (isOver) => (this.#drop.hidden = !isOver || !this.#takes('picture')),
        onFiles: (files) => this.#openFiles(files),
        onUrl: (url) => {
          if (this.#takes('picture')) controller.openImage(url).catch(() => {});
        },
      },
      signal,
    );
    watchPastes(this.#host, (files) => this.#openFiles(files), signal);
    this.#watch(
      new ResizeObserver(([entry]) => {
        this.#outline.isNarrow = (entry?.contentRect.width ?? 0) < WIDE;
        const height = this.#isScroller() ? `${this.#host.clientHeight}px` : '100vh';
        this.#root.style.setProperty('--view-height', height);
      }),
      this.#host,
    );
    this.#watch(
      new IntersectionObserver(([entry]) => {
        const isAbove = !entry?.isIntersecting && (entry?.boundingClientRect.bottom ?? 0) < 100;
        this.#strip.classList.toggle('shown', isAbove);
        this.#strip.inert = !isAbove;
      }),
      this.#aside,
    );
  }

  /**
   * @param {ResizeObserver | IntersectionObserver} observer
   * @param {Element} element
   */
  #watch(observer, element) {
    observer.observe(element);
    this.#lifetime.signal.addEventListener('abort', () => observer.disconnect());
  }

  /** @param {Set<keyof State>} changed */
  #update(changed) {
    const { state } = this.#controller;
    const { model, reading, problems, view, colormap, range, picture, samples, prediction } = state;
    const has = (/** @type {(keyof State)[]} */ ...names) =>
      names.some((name) => changed.has(name));
    const sample = state.hasRawInput
      ? undefined
      : samples.find(({ url }) => url === picture?.source);

    if (has('presentation')) this.#present();
    if (has('model', 'presentation')) this.#showModel();
    if (has('model', 'samples')) this.#suitPicture();
    if (has('view')) this.#bar.view = view;
    if (has('model', 'view', 'hasRawInput')) {
      const waits = model !== null && model.pictureInput === null && !state.hasRawInput;
      this.#viewHelp.textContent = waits ? strings.waitsForTensors : strings.views[view].help;
    }
    if (has('colormap')) this.#bar.colormap = colormap;
    if (has('view', 'colormap', 'range'))
      this.#bar.range = view === 'fixed' ? (range ?? [0, 1]) : null;
    const look = lookOf(state);
    if (has(...LOOK, 'presentation')) {
      const { channels } = state.presentation;
      this.#layers.look = { ...look, channels };
      this.#outline.look = look;
      this.#folded.list.look = look;
      this.#inspector.look = look;
    }
    if (has('model', 'isOpeningModel', 'progress', 'passMilliseconds')) {
      const { isOpeningModel, progress, passMilliseconds } = state;
      this.#status.update({ progress, model, isOpeningModel, passMilliseconds });
      this.#empty.hidden = model !== null || isOpeningModel;
      this.#layers.ariaBusy = String(Object.keys(progress).length > 0);
      this.#skeleton.hidden = model !== null || !isOpeningModel;
      this.#viewHelp.hidden = !this.#empty.hidden;
    }
    if (has('samples')) this.#gallery.samples = samples;
    if (has('picture', 'hasRawInput', 'samples')) {
      this.#gallery.current = sample?.url;
      if (picture) this.#stripImage.src = picture.displayUrl;
      if (picture && picture.source !== this.#pad.picture) this.#photo = picture.source;
    }
    if (has('model', ...LOOK, 'reference')) {
      const { reference } = state;
      const current = this.#current;
      this.#comparison.update({ outputs: this.#outputs, current, reference, look });
    }
    if (has('reference', 'samples', 'passMilliseconds')) {
      const { reference, passMilliseconds } = state;
      const kept = samples.find(({ url }) => url === reference?.picture?.source);
      const title =
        kept?.title ?? (reference?.picture ? strings.ownReference : strings.rawReference);
      this.#reference.update({ reference, title, canKeep: passMilliseconds !== null });
    }
    if (has('picture', 'hasRawInput', 'samples', 'camera', 'generation', 'reading')) {
      const { hasRawInput, camera, generation } = state;
      const preprocessing = reading?.preprocessing?.value ?? null;
      this.#input.update({ picture, hasRawInput, sample, camera, preprocessing, generation });
    }
    if (has('model')) {
      this.#otherInputs.update(model?.otherInputs ?? [], (model?.pictureInput ?? null) !== null);
    }
    if (has('reading', 'model')) this.#preprocessing.update(reading, model?.pictureShape ?? null);
    if (has('prediction', 'formerPrediction', 'reading', 'isOpeningModel')) {
      const { formerPrediction: former, isOpeningModel } = state;
      this.#prediction.update({ prediction, former, reading, isOpeningModel });
      const [best] = prediction?.classes ?? [];
      this.#stripText.textContent = best
        ? `${best.label} ${strings.probability(best.probability)}`
        : '';
    }
    if (has('problems')) {
      const { layout } = state.presentation;
      // There is one place for all where there is but a layer.
      const [any] = Object.values(problems);
      this.#modelMessage.error = layout === 'layer' ? any : problems.model;
      this.#input.error = problems.picture;
      this.#preprocessing.error = problems.preprocessing;
      this.#otherInputs.error = problems.inputs;
      this.#prediction.error = problems.labels;
    }
    if (has('model', 'focus')) this.#showFocus();
    if (has('mark', 'picture', 'hasRawInput', 'model', 'focus', ...LOOK)) {
      this.#showMark();
    }
    if (has('model', 'target')) this.#goToTarget();
  }

  /** Lists the outputs that weights alone determine. */
  async #showFolded() {
    const { model } = this.#controller.state;
    try {
      const nodes = await this.#controller.request('nodes', { folded: true });
      if (!model || model !== this.#controller.state.model) return;
      this.#folded.list.outputs = listOutputs({ ...model, nodes, layers: [] });
    } catch (error) {
      this.#controller.showProblem('model', toConvscopeError(error));
    }
  }

  #showModel() {
    const { model } = this.#controller.state;
    this.#outputs = model ? listOutputs(model) : [];
    this.#computed.clear();
    this.#milliseconds.clear();
    if (this.#controller.state.presentation.layout !== 'layer')
      this.#layers.outputs = this.#outputs;
    else if (!this.#showOnly(this.#host.getAttribute('layer'))) {
      const first = this.#outputs.find(({ isLayer }) => isLayer);
      this.#showOnly(first?.output ?? null);
    }
    this.#folded.count = model?.folded.length ?? 0;
    this.#outline.show(model?.nodes ?? [], this.#outputs);
    this.#bar.modelTitle = model?.title ?? '';
    this.#bar.canExport = model !== null;
  }

  /**
   * Shows the pad for models of drawings. Those get a drawing in the place of a sample photo, the others the photo back:
   * what a person opened stays for both.
   */
  #suitPicture() {
    const { model, reading, picture, samples } = this.#controller.state;
    if (!model) return;
    const isForDrawings = model.manifest?.picture === 'drawing';
    const isDrawing = picture !== null && picture.source === this.#pad.picture;
    const isSample = samples.some(({ url }) => url === picture?.source);
    this.#pad.hidden = !isForDrawings;
    this.#aside.classList.toggle('for-drawings', isForDrawings);
    if (!isForDrawings) {
      const photo = isDrawing && this.#photo;
      if (photo) this.#controller.openImage(photo, { isUnlike: true }).catch(() => {});
      return;
    }
    const { width = 0, height = 0 } = reading?.preprocessing?.value ?? {};
    this.#pad.side = Math.max(width, height);
    if (!isSample) return;
    if (this.#pad.isEmpty) this.#pad.drawSample();
    else this.#pad.retell();
  }

  /** @param {string} url */
  #openDrawing(url) {
    const isUnlike = this.#controller.state.picture?.source !== this.#drawing;
    this.#drawing = url;
    return this.#controller.openImage(url, { isUnlike });
  }

  #onPassBegun() {
    this.#computed.clear();
    this.#outline.computed = this.#computed;
    // Live pictures would flicker.
    if (this.#controller.state.camera) return;
    this.#layers.markStale();
    this.#comparison.markStale();
  }

  /** @param {Extract<EngineEvent, { event: 'layer' }>['detail']} detail */
  #onComputed({ node, outputs, milliseconds }) {
    for (const { name } of outputs) this.#computed.add(name);
    this.#milliseconds.set(node, milliseconds);
    if (this.#frame !== null) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = null;
      this.#outline.computed = this.#computed;
      this.#layers.milliseconds = this.#milliseconds;
      this.#outline.milliseconds = this.#milliseconds;
    });
  }

  /**
   * @param {string} output
   * @param {(values: number[]) => void} show
   */
  async #readValues(output, show) {
    try {
      const { data } = await this.#controller.request('activation', { output });
      show(Array.from(data, Number));
    } catch {
      // Another model or input has taken its place.
    }
  }

  /**
   * @param {string} output
   * @param {(count: number) => void} show
   */
  async #countDead(output, show) {
    try {
      const statistics = await this.#controller.request('channelStatistics', { output });
      show(statistics.filter(isDead).length);
    } catch {
      // Another model or input has taken its place.
    }
  }

  /** Makes room for what is gone to. */
  #leaveFigures() {
    this.#outline.hideFigures();
    this.#root.classList.remove('outlined');
  }

  /** @param {Focus | null} focus */
  #navigate(focus) {
    // Among all layers, the one is gone to that was looked at.
    if (!focus) this.#controller.setTarget(this.#controller.state.focus?.output ?? null);
    this.#controller.setFocus(focus);
  }

  #showFocus() {
    const { model, focus } = this.#controller.state;
    const isNew = focus?.output !== this.#focus?.output;
    try {
      this.#inspector.show(model && focus, this.#outputs);
    } catch (error) {
      this.#navigate(null);
      this.#controller.showProblem('model', toConvscopeError(error));
      return;
    }
    const isFocused = model !== null && focus !== null;
    if (focus !== this.#focus) this.#leaveFigures();
    this.#layers.hidden = isFocused;
    this.#root.classList.toggle('focused', isFocused);
    if (isFocused) {
      this.#outline.current = focus.output;
      if (isNew) this.#scrollToTop();
    }
    this.#focus = isFocused ? focus : null;
  }

  #showMark() {
    const { state } = this.#controller;
    const { mark, picture, hasRawInput, focus } = state;
    const isShown = mark?.of === picture?.displayUrl && !hasRawInput;
    const part = isShown && mark ? mark.part : null;
    const output = focus?.output ?? this.#current;
    const info =
      this.#outputs.find((candidate) => candidate.output === output) ??
      this.#outputs.find(({ isLayer }) => isLayer);
    this.#input.mark = part;
    this.#marking.show(part && info ? { part, info, look: lookOf(state) } : null);
  }

  /** @param {ReceptiveField | null} field */
  #showSeen(field) {
    const { width = 0, height = 0 } = this.#controller.state.reading?.preprocessing?.value ?? {};
    this.#input.seen = field && { field, size: { width, height } };
    this.#seen.show(field, this.#controller.state.hasRawInput ? null : this.#input.picture);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { focus } = this.#controller.state;
    const target = /** @type {Element} */ (event.target);
    const isTyping = target.matches('input:not([type=checkbox], [type=radio]), select, textarea');
    if (isTyping || event.defaultPrevented || this.#root.querySelector('dialog[open]')) return;
    if (event.key === 'Escape' && focus) this.#navigate(widerFocus(focus));
    else if (event.key === '?') this.#keys.open();
    else return;
    event.preventDefault();
  }

  /** Shows as much of the interface as it should. */
  #present() {
    const { layout, controls } = this.#controller.state.presentation;
    this.#root.dataset.layout = layout;
    const missing = FULL.controls.filter((control) => !controls.includes(control));
    this.#root.dataset.without = missing.join(' ');
    // The page around it stays where its reader is.
    this.#layers.scroller = layout === 'full' ? null : this.#host;
  }

  /**
   * Shows one output, as a layer.
   *
   * @param {string | null} output
   * @returns {boolean} whether there is such an output
   */
  #showOnly(output) {
    const info = this.#outputs.find((one) => one.output === output);
    this.#layers.outputs = info ? [{ ...info, isLayer: true, layer: info.output }] : [];
    return info !== undefined;
  }

  #scrollToTop() {
    const isFull = this.#controller.state.presentation.layout === 'full';
    const isAbove = this.#middle.getBoundingClientRect().top < 0;
    if (isFull || isAbove) this.#middle.scrollIntoView({ block: 'start' });
  }

  /** Whether the element scrolls its content itself. */
  #isScroller() {
    return ['auto', 'scroll'].includes(getComputedStyle(this.#host).overflowY);
  }

  /** @param {'model' | 'picture'} what */
  #takes(what) {
    return this.#controller.state.presentation.controls.includes(what);
  }

  /** @param {File[]} files that came from outside */
  #openFiles(files) {
    if (this.#takes('model')) this.#controller.openFiles(files);
    else if (this.#takes('picture')) this.#controller.openFiles(files, 'picture');
  }

  #goToTarget() {
    const { model, target } = this.#controller.state;
    if (!model || target === null) return;
    this.#controller.setTarget(null);
    this.#leaveFigures();
    const isAlone = this.#controller.state.presentation.layout === 'layer';
    if (isAlone && this.#showOnly(target)) return;
    const heading = isAlone ? null : this.#layers.goTo(target);
    if (heading) {
      // A page that the element is part of keeps its own focus.
      if (this.#root.matches(':focus-within')) heading.focus({ preventScroll: true });
      return;
    }
    const error = new ConvscopeError('bad-input', strings.missingLayer(target));
    this.#controller.showProblem('model', error);
  }

  #openExport() {
    const { focus } = this.#controller.state;
    const first = this.#outputs.find(({ isLayer }) => isLayer) ?? this.#outputs[0];
    const output = focus?.output ?? this.#current ?? first?.output ?? '';
    this.#export.open(this.#outputs, { output, channel: focus?.channel ?? null });
  }

  /** @param {{ kind: ExportKind, selection: Selection }} wish */
  async #makeExport({ kind, selection }) {
    try {
      this.#export.done(await makeExport(this.#controller, kind, selection, this.#current));
    } catch (error) {
      this.#export.failed(toConvscopeError(error));
    }
  }

  async #share() {
    const shared = shareLink(this.#controller.state, this.#current);
    if (!shared) {
      this.#say(strings.noLink);
      return;
    }
    const { url, isComplete } = shared;
    const link = h('a', { href: url }, ...breakable(url));
    const message = isComplete ? strings.linkCopied : strings.linkCopiedWithoutOwn;
    await this.#copy(url, message, `${strings.copyThisLink} `, link);
  }

  async #copyManifest() {
    const blob = await this.#controller.request('exportManifest', {});
    const href = URL.createObjectURL(blob);
    const link = h('a', { href, download: strings.manifestFile }, strings.saveManifest);
    await this.#copy(await blob.text(), strings.manifestCopied, link);
  }

  /**
   * @param {string} text
   * @param {string} message for when it is copied
   * @param {(string | Node)[]} instead of that where it cannot be
   */
  async #copy(text, message, ...instead) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // The clipboard is closed to pages that are not secure, and to frames.
      this.#toast.replaceChildren(...instead);
      return;
    }
    this.#say(message);
  }

  /** @param {string} message to be seen for a while */
  #say(message) {
    this.#toast.textContent = message;
    setTimeout(() => {
      if (this.#toast.textContent === message) this.#toast.replaceChildren();
    }, COPIED_MILLIS);
  }
}

/** @param {Readonly<State>} state */
function lookOf({ view, colormap, range, generation }) {
  return { view, colormap, range, generation };
}
