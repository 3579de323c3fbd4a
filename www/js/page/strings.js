/** Everything that the page says, in one place. */

import {
  formatBytes,
  formatCount,
  formatDeviations,
  formatDuration,
  formatPoints,
  formatProbability,
  formatShape,
  formatExact,
  formatValue,
} from './format.js';
import { isVector, planesOf } from './layout.js';

/**
 * @typedef {import('../shared/protocol.js').ErrorCode} ErrorCode
 * @typedef {import('../shared/protocol.js').Legend} Legend
 * @typedef {import('../shared/protocol.js').Prediction} Prediction
 * @typedef {import('../shared/protocol.js').Rectangle} Rectangle
 * @typedef {import('../shared/protocol.js').Statistics} Statistics
 * @typedef {import('../shared/protocol.js').Preset} Preset
 * @typedef {import('../shared/protocol.js').View} View
 * @typedef {import('../shared/manifest.js').Manifest} Manifest
 */

/** @type {Record<View, { name: string, help: string }>} */
const views = {
  book: {
    name: 'Book',
    help:
      'The book’s view: each channel is centred on its mean and scaled by its standard deviation, ' +
      'sixteen to a row. It shows where a channel responds, not how strongly.',
  },
  channels: {
    name: 'Channels',
    help:
      'Each channel spans the whole colour map, from its own smallest value to its own largest. ' +
      'A channel that is the same everywhere has the lowest colour.',
  },
  layer: {
    name: 'Layer',
    help:
      'One scale for the whole layer, from its smallest value to its largest: ' +
      'the strength of channels can be compared.',
  },
  fixed: {
    name: 'Fixed',
    help:
      'One scale that you choose, the same for all layers and pictures. ' +
      'Values beyond it have the colour of its end; the legend counts them.',
  },
  symmetric: {
    name: 'Symmetric',
    help:
      'One scale for the whole layer with zero in the middle: ' +
      'what a channel is for and what it is against have colours of their own.',
  },
};

const colormaps = {
  sequential: {
    viridis: 'Viridis',
    magma: 'Magma',
    inferno: 'Inferno',
    cividis: 'Cividis',
    turbo: 'Turbo',
    grey: 'Grey',
  },
  diverging: { rdbu: 'Red–blue' },
};

/** @type {Record<string, string>} */
const colormapCategories = { sequential: 'From low to high', diverging: 'Around zero' };

/** @type {Record<import('./exports.js').ExportKind, { name: string, about: string }>} */
const exports = {
  png: { name: 'Save drawing', about: 'PNG, one pixel a value' },
  figure: { name: 'Save figure', about: 'PNG for print, with title, axes and scale' },
  npy: { name: 'Save values', about: 'all channels as .npy, for numpy' },
  python: {
    name: 'Copy Python',
    about: 'draws the same with onnxruntime and matplotlib',
  },
  stack: { name: 'Save figure of all layers', about: 'PNG for print, one layer below the other' },
  npz: { name: 'Save all values', about: 'inputs and outputs as .npz, for numpy' },
  page: {
    name: 'Save as a single file',
    about: 'a page with the model, the picture and this view inside, which opens from a disk',
  },
  citation: { name: 'Copy citation', about: 'Convscope, the model and the picture' },
  bibtex: { name: 'Copy BibTeX', about: 'Convscope' },
};

/** @type {Record<ErrorCode, { title: string, advice: string }>} */
const errors = {
  'bad-model': {
    title: 'The model cannot be opened',
    advice: 'Choose a file in the ONNX format, which usually ends in .onnx.',
  },
  'unsupported-model': {
    title: 'The model needs something that the engine cannot do yet',
    advice: 'Try an export without custom operators, or another model.',
  },
  'bad-manifest': {
    title: 'The manifest does not fit',
    advice: 'Correct it, or open the model without one.',
  },
  'bad-image': {
    title: 'The picture cannot be opened',
    advice: 'Choose another one. What was open stays.',
  },
  'bad-input': {
    title: 'This does not fit the model',
    advice: 'Check names, shapes and types against the model’s.',
  },
  'unsupported-option': {
    title: 'There is no such option',
    advice: 'Choose one of those offered.',
  },
  'too-large': {
    title: 'This is too large',
    advice: 'Try a smaller picture or model.',
  },
  'unsupported-browser': {
    title: 'This browser cannot run the engine',
    advice: 'A current version of Chrome, Edge, Firefox or Safari can.',
  },
  network: {
    title: 'The download failed',
    advice: 'Check the address and the connection, or open a file from this device.',
  },
  'no-camera': {
    title: 'The camera cannot be used',
    advice:
      'Choose a picture instead, or allow the camera in the browser’s settings and try again.',
  },
  cancelled: { title: 'Cancelled', advice: '' },
  'engine-crashed': {
    title: 'The engine stopped and was started again',
    advice: 'If it happens again with the same file, try another one.',
  },
  internal: {
    title: 'Something went wrong on our side',
    advice: 'Try again; if it happens again, reload the page.',
  },
};

const preprocessing = {
  title: 'How the picture becomes the input',
  own: 'Other values',
  formula: 'Each value is (pixel × scale − mean) ÷ standard deviation, with pixels of 0 to 255.',
  /** @type {Record<Preset, string>} */
  presets: {
    unit: '0 … 1',
    bytes: '0 … 255',
    signed: '−1 … 1',
    torchvision: 'torchvision',
    caffe: 'Caffe',
  },
  fits: { squash: 'Squash', crop: 'Crop the centre', pad: 'Pad with black' },
  resamplings: {
    nearest: 'Nearest',
    bilinear: 'Bilinear',
    bicubic: 'Bicubic',
    lanczos: 'Lanczos',
  },
  layouts: { NCHW: 'NCHW, as PyTorch', NHWC: 'NHWC, as TensorFlow' },
  orders: { rgb: 'RGB', bgr: 'BGR', grey: 'Grey' },
  channelNames: {
    rgb: ['red', 'green', 'blue'],
    bgr: ['blue', 'green', 'red'],
    grey: ['grey'],
  },
  /** @type {Record<string, string>} */
  fields: {
    preset: 'Values',
    size: 'Size',
    width: 'Width',
    height: 'Height',
    fit: 'Fit',
    resampling: 'Resampling',
    layout: 'Layout',
    channels: 'Channels',
    scale: 'Scale',
    mean: 'Mean',
    std: 'Std. dev.',
  },
  /** @param {string} text */
  noNumber: (text) => (text.trim() ? `“${text.trim()}” is no number.` : 'A number is missing.'),

  /**
   * @param {Manifest['input']} input
   * @param {Preset | null} preset
   */
  state: ({ width, height, fit, resampling, channels }, preset) => {
    const fits = { squash: 'squashed', crop: 'cropped', pad: 'padded' };
    const values = preset ? preprocessing.presets[preset] : 'other values';
    return `${width} × ${height} ${fits[fit]}, ${resampling}, ${preprocessing.orders[channels]}, ${values}`;
  },
};

const labels = {
  choose: 'Choose labels…',
  imagenet: 'Use ImageNet’s labels',
  reset: 'Undo labels',
  none: 'Classes have numbers only.',
  from: {
    person: 'The labels are yours.',
    manifest: 'The labels are the manifest’s.',
    metadata: 'The labels are from the model’s metadata.',
    convention: '',
    guess: '',
  },
  kinds: {
    sigmoid: 'Read as one probability.',
    softmax: 'Read as probabilities.',
    logits: 'Read as logits, softmax applied.',
  },
};

export const strings = {
  appName: 'Convscope',
  views,
  colormaps,
  colormapCategories,
  errors,
  exports,

  view: 'View',
  colormap: 'Colours',
  defaultColormap: 'Automatic',
  openModel: 'Open model…',
  openPicture: 'Open picture…',
  openModelTitle: 'Open a model',
  listedModels: 'Models to choose from',
  chooseFile: 'Choose a file…',
  chooseFileHelp:
    'An .onnx file, together with its manifest (.json) if it has one. It stays on this device.',
  modelAddress: 'Or give its address',
  modelAddressHelp:
    'The server must let other sites read the file (CORS), as hosts of plain files mostly do.',
  open: 'Open',
  copyLink: 'Copy link',
  linkCopied: 'Link copied',
  linkCopiedWithoutOwn:
    'Link copied, without what you opened from or set on this device: that stays here',
  copyThisLink: 'Copy this link:',
  noLink: 'This page is a file and has no link: send the file itself',
  dismiss: 'Dismiss',
  close: 'Close',
  controls: 'Controls',

  outline: 'Network',
  allOutputs: 'All outputs',
  figuresSwitch: 'Figures',
  outlineFigures: {
    parameters: 'parameters',
    duration: 'time',
    memory: 'memory',
    dead: 'dead channels',
  },
  /**
   * @param {number} dead
   * @param {number} channels
   */
  deadOf: (dead, channels) => `${formatCount(dead)} of ${formatCount(channels)}`,
  count: formatCount,
  /** @param {number} bytes NaN if it is not known */
  memory: (bytes) => (Number.isNaN(bytes) ? '?' : formatBytes(bytes)),
  findLayer: 'Find by name or operator',
  /**
   * @param {number} found
   * @param {number} all
   */
  foundLayers: (found, all) => `${formatCount(found)} of ${formatCount(all)}`,
  /** @param {number} size */
  blockSize: (size) => `${formatCount(size)} layers`,
  /** @param {number} count */
  repeats: (count) => `${formatCount(count)} repeats`,
  /**
   * @param {number} repeat
   * @param {number} count
   */
  repeat: (repeat, count) => `${formatCount(repeat)} of ${formatCount(count)}`,
  /** @param {string[]} names */
  readsFrom: (names) => `reads ${names.join(', ')}`,
  layersRegion: 'Feature maps',
  numbered: (/** @type {string} */ name, /** @type {string} */ number) => `${name}, ${number}`,

  draw: 'Draw',
  drawHere: 'Draw a digit here',
  drawingPad: 'Drawing pad',
  sampleDrawings: 'Digits to begin with',
  drawSample: (/** @type {string} */ name) => `Draw a ${name}`,
  padKeys: 'With the keyboard: arrow keys move the pen, the space bar puts it down and lifts it.',
  undo: 'Undo',
  clear: 'Clear',

  /**
   * @param {boolean} isDown
   * @param {number} column
   * @param {number} row
   */
  penState: (isDown, column, row) => `Pen ${isDown ? 'down' : 'up'}, column ${column}, row ${row}`,

  pictureFrame:
    'Picture. The arrow keys mark a part of it and move that, with Shift they change its size; Escape removes it.',
  networkFrame:
    'What the network gets. The arrow keys move the picture, plus and minus zoom it, 1 shows all of it.',
  cropHint: 'Drag to move the picture; pinch, or Ctrl and the wheel, to zoom.',
  /** @param {Rectangle} crop */
  cropped: ({ top, left, bottom, right }) =>
    `${right - left} × ${bottom - top} pixels, from row ${top}, column ${left}`,
  wholePicture: 'All of it',
  cropToMark: 'Crop',
  /** @param {string} text */
  badCrop: (text) =>
    `“${text}” is no part of a picture: there must be left, top, right and bottom, in whole pixels`,
  startCamera: 'Camera',
  stopCamera: 'Stop camera',
  live: 'Live from your camera, as in a mirror. No picture leaves this device.',
  liveStraight: 'Live from your camera. No picture leaves this device.',
  cameraRefused: 'the page was not allowed to use it',
  noCamera: 'none was found',
  cameraBusy: 'it does not answer, or another program uses it',
  insecureCamera: 'browsers give it to secure pages only, whose address begins with https',
  byAddress: 'Address…',
  pictureAddress: 'Address of a picture',
  markHint: 'Drag over the picture, or click it, to find the channels that fire most there.',
  clearMark: 'Unmark',
  /** @param {string} output */
  strongest: (output) => `Channels of ${output} that fire most there`,
  /** @param {string} output */
  nowhere: (output) => `The cells of ${output} have no place on the picture: choose another layer.`,
  /** @param {import('../shared/protocol.js').Peak} peak */
  peak: ({ channel, row, column, value }) =>
    `Channel ${channel}: ${formatValue(value)} at row ${row}, column ${column}`,

  input: 'Input',
  inputView: 'How the input is shown',
  original: 'Original',
  networkView: 'What the network gets',
  noPicture: 'No picture yet',
  waitsForTensors:
    'A picture alone does not feed this model. Give it tensors under “Other inputs”, or in code with setInput() of <conv-scope>.',
  otherInputs: {
    title: 'Other inputs',
    guessed: 'zeros, as a guess',
    given: 'set by you',
    needed: 'needed',
    help:
      'The network takes more than the picture. A number fills an input, several are its values in row-major order; ' +
      'or choose a .npy file. What is left empty stays as it is.',
    helpWithoutPicture:
      'No input of the network looks like a picture. A number fills an input, several are its values in row-major ' +
      'order; or choose a .npy file. What is left empty is zero.',
    apply: 'Run with these',
    file: (/** @type {string} */ name) => `.npy file for ${name}`,
  },
  folded: (/** @type {number} */ count) =>
    `Computed from weights alone: ${count === 1 ? '1 output' : `${formatCount(count)} outputs`}`,
  foldedHelp:
    'Casts and dequantised weights, shape arithmetic: the same whatever the picture, so they are computed once, ' +
    'when you open them.',
  rawTensors: 'The network was given raw tensors; there is no picture to show.',
  dropHint: 'Or drop or paste one. It stays on this device.',
  dropHere: 'Drop it here',
  dropDetail:
    'A picture, a model (.onnx) with or without its manifest (.json), or labels (.txt, .json)',
  pastedPicture: 'Pasted picture',
  ownPicture: 'Your picture; it has not left this device.',
  backToPicture: 'Back to the picture',
  samples: 'Sample pictures',
  credits: 'Picture credits',
  prediction: 'Prediction',
  preprocessing,
  resetPreprocessing: 'Reset',
  copyManifest: 'Copy as manifest',
  manifestCopied: 'Manifest copied: save it beside the model, with .json for .onnx',
  manifestFile: 'manifest.json',
  saveManifest: 'Save the manifest',
  labels,
  /** Where knowledge of a model is from. */
  sources: {
    person: 'set by you',
    manifest: 'manifest',
    metadata: 'metadata',
    convention: 'convention',
    guess: 'guess',
  },

  openExport: 'Export…',
  exportTitle: 'Export',
  exportOutput: 'Output',
  exportChannel: 'Channel',
  allChannels: 'all',
  exportOfOne: 'This output',
  exportOfAll: 'The whole network',
  copied: 'Copied',
  copiedText: 'Text to copy',
  copyThisText: 'The clipboard is closed to this page. Copy this:',
  notInPython: 'Python draws neither comparisons nor reductions: leave out `of` and `reduction`',
  noTemplate: 'this page cannot be saved as a single file: it comes without the template for it',
  tooLargeForFile: (
    /** @type {string} */ name,
    /** @type {number} */ bytes,
    /** @type {number} */ most,
  ) =>
    `“${name}”, of ${formatBytes(bytes)}, is too large for a single file, which holds files of up to ${formatBytes(most)}`,
  bytesRead: (/** @type {number} */ done, /** @type {number} */ total) =>
    total ? `${formatBytes(done)} of ${formatBytes(total)}` : formatBytes(done),
  emptyFigure: 'a figure needs at least one output',
  saved: (/** @type {string} */ name) => `Saved as ${name}`,

  emptyTitle: 'No model is open',
  emptyAdvice: 'Open an ONNX file, or drop one here.',
  preparing: 'Preparing…',
  computing: 'Computing',
  manifestAlone: 'a manifest was dropped without its model',
  missingLayer: (/** @type {string} */ name) => `the model has no output named “${name}”`,
  missingLayout: (/** @type {string} */ name) =>
    `there is no layout “${name}”; there are full, compact, layer`,
  missingControl: (/** @type {string} */ name) =>
    `there is no control “${name}”; there are model, picture, view, share`,
  badChannels: (/** @type {string} */ text) =>
    `“${text}” is no list of channels, such as “0,3,8-15”`,
  missingView: (/** @type {string} */ name) =>
    `there is no view “${name}”; there are ${Object.keys(views).join(', ')}`,
  missingColormap: (/** @type {string} */ name) => {
    const ids = Object.values(colormaps).flatMap((names) => Object.keys(names));
    return `there is no colour map “${name}”; there are ${ids.join(', ')}`;
  },

  /** @param {'engine' | 'model' | 'image'} stage */
  downloading: (stage) => ({ engine: 'engine', model: 'model', image: 'picture' })[stage],

  /**
   * @param {string} what
   * @param {number} done bytes
   * @param {number} total bytes; 0 if unknown
   */
  downloadProgress: (what, done, total) =>
    total
      ? `Downloading ${what}: ${formatBytes(done)} of ${formatBytes(total)}`
      : `Downloading ${what}: ${formatBytes(done)}`,

  /**
   * @param {number} done nodes
   * @param {number} total nodes
   */
  passProgress: (done, total) => `Computing: ${done} of ${total} nodes`,

  /**
   * @param {number} layers
   * @param {number} parameters
   * @param {number} bytes
   */
  modelSummary: (layers, parameters, bytes) =>
    [counted(layers, 'layer'), counted(parameters, 'parameter'), formatBytes(bytes)].join(', '),

  /**
   * @param {number} bytes
   * @param {boolean} isOpen
   */
  modelSize: (bytes, isOpen) => `${formatBytes(bytes)}${isOpen ? ', open' : ''}`,

  /** @param {number} milliseconds */
  passSummary: (milliseconds) => `computed in ${formatDuration(milliseconds)} on this device`,

  comparison: 'Comparison',
  keepReference: 'Compare with another…',
  dropReference: 'Stop comparing',
  keepReferenceHelp: 'Keeps this picture’s maps beside those of the next picture or model.',
  comparedWith: (/** @type {string} */ title) => `Reference: ${title}`,
  ownReference: 'your picture',
  rawReference: 'raw tensors',
  comparisonHelp:
    'Open another picture, or a model with the same outputs: what is open now is compared with the reference.',
  comparisonTiles: 'Reference, present and difference; arrow keys move the cursor',
  comparedChannel: 'Channel and mean difference',
  reference: 'Reference',
  present: 'Present',
  difference: 'Present − reference',
  bothScale: 'Reference and present',

  /**
   * @param {number} channel
   * @param {number | null} difference
   */
  rankedChannel: (channel, difference) =>
    `${channel}: ${difference === null ? 'none is finite' : formatValue(difference)}`,

  /**
   * @param {string} what
   * @param {string} output
   * @param {number} channel
   */
  comparedMap: (what, output, channel) => `${what}: ${output}, channel ${channel}`,

  /**
   * @param {{ row: number, column: number }} place
   * @param {import('../shared/protocol.js').ComparedCell} cell
   */
  comparedCell: ({ row, column }, { reference, present }) => {
    const value = (/** @type {number | null} */ known) =>
      known === null ? 'not finite' : formatValue(known);
    const difference = reference === null || present === null ? null : present - reference;
    return (
      `Row ${row}, column ${column}: reference ${value(reference)}, present ${value(present)}, ` +
      `difference ${value(difference)}`
    );
  },

  changeSinceBefore: 'and change since the pass before',

  /**
   * @param {Prediction['classes'][number]} best
   * @param {Prediction['classes'][number]} [before] the best of the pass before
   */
  announcePrediction: (best, before) => {
    const said = [best, before].map((one) =>
      one ? `${one.label}, ${formatProbability(one.probability)}` : '',
    );
    return before ? `Prediction: ${said[0]}; before: ${said[1]}` : `Prediction: ${said[0]}`;
  },

  /**
   * @param {number} probability
   * @param {number} [before] not known of a class that was not among the first
   * @returns {{ short: string, text: string }} for the eye, and for the ear
   */
  probabilityChange: (probability, before) => {
    if (before === undefined) return { short: 'new', text: 'not among the first before' };
    const points = formatPoints(probability - before);
    if (points === '0.0') return { short: '±0.0', text: 'as before' };
    const text = `${points.slice(1)} percentage points`;
    return { short: points, text: `${text} ${probability > before ? 'more' : 'less'} than before` };
  },

  /** @param {number} count */
  parameters: (count) => counted(count, 'parameter'),

  /**
   * Channels × height × width, or the number of values.
   *
   * @param {(number | null)[]} shape
   */
  shape: (shape) => {
    const planes = planesOf(shape);
    if (!isVector(planes)) return formatShape(shape);
    return planes?.channels === 1 ? '1 value' : `${formatCount(planes?.channels ?? 0)} values`;
  },

  /** @param {number} count */
  emptyCells: (count) =>
    count === 1
      ? 'The last cell has no channel and is empty.'
      : `The last ${count} cells have no channel and are empty.`,

  /** @param {string} output */
  openLayer: (output) => `Open ${output}`,
  breadcrumb: 'Where you are',
  allLayers: 'All layers',
  /** @param {number} channel */
  channel: (channel) => `Channel ${channel}`,
  /** @param {{ row: number, column: number }} cell */
  cell: ({ row, column }) => `Row ${row}, column ${column}`,
  rangeLow: 'Lowest value of the scale',
  rangeHigh: 'Highest value of the scale',
  channelTools: 'Channels shown',
  order: 'Order',
  orders: {
    index: 'Number',
    mean: 'Mean',
    maximum: 'Maximum',
    variance: 'Variance',
    sparsity: 'Zeros',
    similarity: 'Like channel…',
    mark: 'Marked part',
  },
  likeChannel: 'Channel',
  columns: 'Columns',
  zoom: 'Zoom',
  automatic: 'Automatic',
  fits: 'Fit',
  /** @param {number} count */
  hideDead: (count) => `Hide dead channels (${formatCount(count)})`,

  /**
   * @param {number} channel
   * @param {Statistics | null} statistics null if they are not known yet
   */
  tile: (channel, statistics) => {
    if (!statistics) return `Channel ${channel}`;
    const { mean, range } = statistics;
    if (!range || mean === null) return `Channel ${channel}: no finite value`;
    if (range.low === 0 && range.high === 0) return `Channel ${channel}: dead, all zero`;
    return `Channel ${channel}: mean ${formatValue(mean)}, maximum ${formatValue(range.high)}`;
  },

  summaries: { mean: 'Mean', maximum: 'Maximum', components: 'Principal components' },
  /**
   * @param {string} output
   * @param {string} summary
   */
  summaryLabel: (output, summary) =>
    ({
      mean: `Mean over the channels of ${output}`,
      maximum: `Maximum over the channels of ${output}`,
      components: `Principal components of the channels of ${output}, as colours`,
    })[summary] ?? output,
  /** @param {Legend} legend */
  summaryNote: ({ low, high, explained }) => {
    if (!explained) return `${formatValue(low)} … ${formatValue(high)}`;
    const shares = explained.map(formatProbability);
    return `Red, green, blue explain ${shares.join(', ')} of the variance`;
  },

  previousChannel: 'Previous',
  nextChannel: 'Next',
  zoomIn: 'Zoom in',
  zoomOut: 'Zoom out',
  zoomFit: 'Show all',
  overPicture: 'Over the picture',
  opacity: 'Opacity',
  mapOpacity: 'Opacity of the map over the picture',
  smooth: 'Smooth',
  chooseCell: 'Click a cell, or move with the arrow keys.',
  /**
   * @param {number} channel
   * @param {number} height
   * @param {number} width
   */
  paneLabel: (channel, height, width) =>
    `Channel ${channel}, ${height} by ${width} cells. The arrow keys choose one.`,
  /**
   * @param {string} output
   * @param {number} channel
   */
  channelLabel: (output, channel) => `${output}, channel ${channel}`,
  /**
   * @param {{ row: number, column: number }} cell
   * @param {number} value
   */
  cellValue: ({ row, column }, value) => `Row ${row}, column ${column}: ${formatExact(value)}`,
  /**
   * @param {Statistics} statistics
   * @param {number} count of values
   * @returns {[string, string][]}
   */
  figures: ({ range, mean, std, zeros, nonFinite }, count) => {
    const value = (/** @type {number | null | undefined} */ number) =>
      number === null || number === undefined ? '–' : formatValue(number);
    return [
      ['Minimum', value(range?.low)],
      ['Maximum', value(range?.high)],
      ['Mean', value(mean)],
      ['Standard deviation', value(std)],
      ['Zeros', formatProbability(count ? zeros / count : 0)],
      ['NaN or infinite', formatProbability(count ? nonFinite / count : 0)],
    ];
  },
  /**
   * @param {number} bins
   * @param {{ low: number, high: number }} range
   */
  histogramLabel: (bins, { low, high }) =>
    `Histogram of its values in ${bins} ranges from ${formatValue(low)} to ${formatValue(high)}`,
  kernel: 'Weights',
  /**
   * @param {number} channels
   * @param {number} height
   * @param {number} width
   */
  kernelLabel: (channels, height, width) =>
    `Weights of ${channels} channels, ${height} by ${width} each`,
  /**
   * @param {boolean} isColor
   * @param {number} largest
   * @param {number} hidden tiles that are not shown
   */
  kernelHelp: (isColor, largest, hidden) => {
    const ends = `−${formatValue(largest)} … ${formatValue(largest)}`;
    if (isColor) return `As a colour: grey is 0, each of red, green and blue goes over ${ends}.`;
    const more = hidden > 0 ? ` ${formatCount(hidden)} more are not shown.` : '';
    return `A tile for each channel that it reads; blue to red is ${ends}.${more}`;
  },

  arithmetic: 'How this value is computed',
  window: 'What was read',
  padding: 'padding',
  bias: '+ bias',
  factor: '× factor',
  result: '= value',
  exact: formatExact,
  /**
   * @param {string} name
   * @param {number} channel
   */
  fromChannel: (name, channel) => `${name}, channel ${channel}`,
  /** @param {number} count */
  otherChannels: (count) => `${formatCount(count)} other channels`,
  /** @param {number} count */
  more: (count) => (count > 0 ? `${formatCount(count)} more` : '0'),
  /**
   * @param {number} value
   * @param {number | null} weight
   */
  term: (value, weight) =>
    weight === null ? formatValue(value) : `${formatValue(value)} × ${formatValue(weight)}`,
  /**
   * @param {number} products
   * @param {number} total
   * @param {number} factor
   * @param {number} bias
   * @param {number} value
   */
  weightedSum: (products, total, factor, bias, value) => {
    const scaled = factor === 1 ? '' : ` × ${formatExact(factor)}`;
    const sum = `the sum of ${formatCount(products)} values × weights`;
    const isExact = formatExact(value) === formatExact(total * factor + bias);
    const [equals, rounding] = isExact ? ['=', ''] : ['≈', '; the network rounds on its way'];
    return `${formatExact(value)} ${equals} ${formatExact(total)}${scaled} + ${formatExact(bias)}: ${sum}, and the bias${rounding}`;
  },
  /**
   * @param {'maximum' | 'mean' | 'sum'} rule
   * @param {number} values
   * @param {number | null} count
   * @param {number} value
   */
  aggregate: (rule, values, count, value) => {
    const names = { maximum: 'largest', mean: 'sum', sum: 'sum' };
    const divided = rule === 'mean' && count ? `, divided by ${formatCount(count)}` : '';
    return `${formatExact(value)} = the ${names[rule]} of ${formatCount(values)} values${divided}`;
  },
  /**
   * @param {number} x
   * @param {Record<string, number>} parameters
   * @param {number} value
   */
  normalization: (x, { mean = 0, variance = 0, epsilon = 0, scale = 1, shift = 0 }, value) =>
    `${formatExact(value)} = (${formatExact(x)} − ${formatExact(mean)}) ÷ √(${formatExact(variance)} + ` +
    `${formatExact(epsilon)}) × ${formatExact(scale)} + ${formatExact(shift)}`,
  /**
   * @param {'softmax' | 'log-softmax'} rule
   * @param {Record<string, number>} parameters
   * @param {number} value
   * @param {number} count
   */
  softmax: (rule, { input = 0, maximum = 0, sum = 1 }, value, count) => {
    const [x, most, all] = [input, maximum, sum].map(formatExact);
    const over = `the sum being that of exp(value − ${most}) over ${formatCount(count)} values`;
    return rule === 'softmax'
      ? `${formatExact(value)} = exp(${x} − ${most}) ÷ ${all}, ${over}`
      : `${formatExact(value)} = ${x} − ${most} − ln ${all}, ${over}`;
  },
  /**
   * @param {string} op
   * @param {number[]} values
   * @param {Record<string, number>} parameters
   * @param {number} value
   */
  functionOf: (op, values, parameters, value) => {
    const given = Object.entries(parameters).map(
      ([name, number]) => `${name} ${formatExact(number)}`,
    );
    const shown =
      op === 'Relu'
        ? `max(0, ${values.map(formatExact)})`
        : `${op}(${values.map(formatExact).join(', ')})`;
    return [`${formatExact(value)} = ${shown}`, ...given].join(', ');
  },
  /**
   * @param {string} name
   * @param {number} value
   */
  copiedFrom: (name, value) => `${formatExact(value)}, from ${name}`,
  /** @param {string} op */
  noArithmetic: (op) => `The arithmetic of ${op} is not told here.`,

  seen: 'What the cell sees',
  /** @param {Rectangle} rectangle of the network's input */
  seenPlace: ({ top, left, bottom, right }) =>
    `Rows ${top} to ${bottom - 1} and columns ${left} to ${right - 1} of the network’s input`,

  keys: 'Keys',
  /** @type {[keys: string[], meaning: string][]} */
  keyList: [
    [['←', '→', '↑', '↓'], 'Move between rows of the outline, tiles, or cells'],
    [['Enter'], 'Open the layer or the channel'],
    [['Esc'], 'Go back: from a cell to its channel, its layer, all layers'],
    [['+', '−', '1'], 'Zoom a channel’s map in, out, and to all of it'],
    [['?'], 'Show these keys'],
  ],

  /**
   * @param {string | null} channel
   * @param {string | null} cell
   */
  badFocus: (channel, cell) =>
    `channel “${channel}” and cell “${cell ?? ''}” name no place: a channel is “all” or a number, a cell “row,column”`,
  /** @param {string} range */
  badRange: (range) => `“${range}” is no range: there must be a lower and a higher number`,
  /**
   * @param {string} output
   * @param {number} channel
   * @param {number} count
   */
  missingChannel: (output, channel, count) =>
    `${output} has no channel ${channel}: there are ${count}, from 0`,
  /**
   * @param {string} output
   * @param {{ row: number, column: number }} cell
   * @param {{ height: number, width: number }} size
   */
  missingCell: (output, { row, column }, { height, width }) =>
    `${output} has no row ${row}, column ${column}: there are ${height} by ${width}, from 0`,

  /** @param {number} reduction */
  reduced: (reduction) =>
    `Drawn at 1/${reduction} of its size: a pixel has the mean colour of ${reduction} by ${reduction} values.`,

  value: formatValue,

  /**
   * What the ends of the colour map stand for, and, where that does not say it, what values there are.
   *
   * @param {Legend} legend
   * @returns {{ ends: string, values: string }}
   */
  legend: ({ unit, low, high, range, clipped, nonFinite }) => {
    const ends = {
      value: `${formatValue(low)} … ${formatValue(high)}`,
      deviations: `${formatDeviations(low)} … ${formatDeviations(high)} from each channel’s mean`,
      channel: 'each channel’s minimum … its maximum',
    };
    const parts = [];
    const isSame = unit === 'value' && range?.low === low && range.high === high;
    if (range && range.low === range.high) parts.push(`value ${formatValue(range.low)}`);
    else if (range && !isSame) {
      parts.push(`values ${formatValue(range.low)} … ${formatValue(range.high)}`);
    }
    const { below, above } = clipped;
    if (below) parts.push(`${formatCount(below)} below the scale`);
    if (above) parts.push(`${formatCount(above)} above the scale`);
    if (nonFinite) parts.push(`${formatCount(nonFinite)} NaN or infinite, in magenta`);
    return { ends: range ? ends[unit] : 'no finite values', values: parts.join(', ') };
  },

  /**
   * What a drawing shows, for those who do not see it.
   *
   * @param {string} output
   * @param {(number | null)[]} shape
   * @param {View} view
   */
  mapLabel: (output, shape, view) => {
    const planes = planesOf(shape);
    const name = views[view].name;
    if (!planes) return `${output}, view “${name}”`;
    const { channels, height, width } = planes;
    if (isVector(planes)) return `${output}: ${channels} values`;
    const channelCount = channels === 1 ? '1 channel' : `${channels} channels`;
    return `${output}: ${channelCount} of ${height} by ${width}, view “${name}”`;
  },

  /**
   * @param {string} output
   * @param {number[]} [channels] all if not given
   */
  drawingTitle: (output, channels) => {
    if (!channels) return output;
    return `${output}, ${channels.length === 1 ? 'channel' : 'channels'} ${channels.join(', ')}`;
  },

  /** @param {string} ends */
  legendLabel: (ends) => `Colours: ${ends}`,

  /** @param {{ title: string, author: string, licence: string }} sample */
  credit: ({ title, author, licence }) => `${title} by ${author}, ${licence}`,

  probability: formatProbability,
  duration: formatDuration,
};

/**
 * @param {number} count
 * @param {string} what one of them
 */
function counted(count, what) {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}
