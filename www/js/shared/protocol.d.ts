/**
 * What page and worker say to each other.
 *
 * The page sends requests, the worker answers each once and tells of progress by events. Bulk data
 * crosses as transferred typed arrays; everything else here is plain data.
 */

import type { Manifest } from './manifest.js';

/** Element types, as numpy spells them. */
export type DType =
  | 'bool'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float16'
  | 'float32'
  | 'float64';

/** A bool tensor's data are 0 and 1 in a Uint8Array, a float16 tensor's are widened to a Float32Array. */
export type TensorArray =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array;

export interface Tensor {
  shape: number[];
  dtype: DType;
  data: TensorArray;
}

/** A tensor as a caller may give it; the model knows the element type. */
export interface RawTensor {
  shape: number[];
  data: TensorArray | number[];
}

/** A graph input or a node's outlet. A dimension that only a pass determines is null. */
export interface ValueInfo {
  name: string;
  dtype: DType;
  shape: (number | null)[];
}

export interface NodeInfo {
  /** ONNX's own name; that of its first output where the node has none. */
  name: string;
  /** ONNX's operator, for example `Conv`. */
  op: string;
  /** Names of the values it reads, weights excepted. */
  inputs: string[];
  outputs: ValueInfo[];
  /** Number of weights that it alone reads or shares. */
  parameters: number;
  /** Time that the last pass spent in it; null before it has run. */
  milliseconds: number | null;
  /** What the cells of its first output see; null where that is not alike but for their places, or all of the input. */
  receptiveField: ReceptiveFields | null;
}

/**
 * What the cells of an output see of the input's rows and columns, before it is cut at the borders: that of row r and column
 * c begins at row top + r * strideY and column left + c * strideX.
 */
export interface ReceptiveFields {
  top: number;
  left: number;
  height: number;
  width: number;
  strideY: number;
  strideX: number;
}

/** A rectangle of rows and columns from `top` and `left` to before `bottom` and `right`. */
export interface Rectangle {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** What a cell sees of the network's input: the smallest rectangle that holds all that it depends on. */
export interface ReceptiveField extends Rectangle {
  /** The input's name. */
  input: string;
  /** The same in pixels of the picture that is open, upright; null if it lies outside, or none is open. */
  picture: Rectangle | null;
}

/** What a person sees as one: an output that heads the list, and the node that makes it. */
export interface LayerInfo {
  output: string;
  node: string;
  /** Its nodes in graph order, as indices into the model's. */
  nodes: number[];
  op: string;
  shape: (number | null)[];
}

/** A piece of knowledge, where it is from, and why, in a sentence. */
export interface Sourced<T> {
  value: T;
  source: 'person' | 'manifest' | 'metadata' | 'convention' | 'guess';
  why: string;
}

export type Preset = 'unit' | 'bytes' | 'signed' | 'torchvision' | 'caffe';

/** How a picture is made the model's input, and what its answer means. */
export interface Reading {
  /** Null for a model that runs on raw tensors only. */
  preprocessing: Sourced<Preprocessing> | null;
  /** The preset that it follows. */
  preset: Preset | null;
  /** Null if the answer cannot be read. */
  prediction: Sourced<NonNullable<Manifest['prediction']>> | null;
  /** How many classes the answer tells apart; null if that is not known before a pass. */
  classes: number | null;
  /** Null if classes have numbers only. */
  labels: Sourced<string[]> | null;
}

export type Preprocessing = Manifest['input'];

/** Those fields that change; a preset is applied before the others. */
export type PreprocessingFields = Partial<Preprocessing> & { preset?: Preset };

/**
 * Values at a product of channels, rows and columns of the feature maps of `name`: an output, an input of the model, or a
 * weight. Null is padding, of which the values are 0.
 */
export interface CellWindow {
  name: string;
  channels: (number | null)[];
  rows: (number | null)[];
  columns: (number | null)[];
  /** Channel after channel, each in rows. */
  values: Float32Array;
  /** As many; null unless the rule is `weighted-sum`. */
  weights: Float32Array | null;
}

/**
 * How values make a value, by the `parameters`:
 *
 * - `weighted-sum`: `factor` times the sum of values times weights, plus `bias`
 * - `sum`: the sum of the values
 * - `maximum`: the largest value that is no padding
 * - `mean`: the sum of the values by `count`
 * - `normalization`: `(value - mean) / sqrt(variance + epsilon) * scale + shift`
 * - `softmax`: `exp(input - maximum) / sum`, in which `sum` is that of `exp(value - maximum)` over all values
 * - `log-softmax`: `input - maximum - ln(sum)`, with the same sum
 * - `function`: the operator as a function of the one value of each window in order, and parameters under ONNX's names
 * - `copy`: the one value; `padding` if there is none
 */
export type CellRule =
  | 'weighted-sum'
  | 'sum'
  | 'maximum'
  | 'mean'
  | 'normalization'
  | 'softmax'
  | 'log-softmax'
  | 'function'
  | 'copy';

/** How a cell got its value. */
export interface Cell {
  /** ONNX's operator. */
  op: string;
  /** The value that the pass has computed, in single precision. */
  value: number;
  /** Null, with no windows, for an operator whose arithmetic is not told. */
  rule: CellRule | null;
  /** What the rule makes of the windows in double precision: `value` but for rounding. */
  computed: number | null;
  parameters: Record<string, number>;
  windows: CellWindow[];
}

export interface ModelInfo {
  title: string;
  /** Size of the model file in bytes. */
  bytes: number;
  manifest: Manifest | null;
  inputs: ValueInfo[];
  /** The input that a picture feeds; null for a model that runs on raw tensors only. */
  pictureInput: string | null;
  /** Its dimensions as the file gives them; null for one that can be chosen. */
  pictureShape: (number | null)[] | null;
  reading: Reading;
  /** Names of the graph's outputs. */
  outputs: string[];
  nodes: NodeInfo[];
  /** The manifest's layers, or those the graph suggests. */
  layers: LayerInfo[];
  /** Names of the nodes' outputs whose channels are last. */
  channelsLast: string[];
  /** Inputs beside the one that a picture feeds. */
  otherInputs: OtherInput[];
  /** Names of the outputs of nodes that are folded away, because weights alone determine them. */
  folded: string[];
}

/** An input beside the picture's, and what feeds it: a tensor that has been given, or else zeros. */
export interface OtherInput extends ValueInfo {
  isGiven: boolean;
  /** Whether there is no pass without a tensor. */
  isRequired: boolean;
}

export interface Prediction {
  /** Best first. */
  classes: { index: number; label: string; probability: number }[];
}

export interface PassInfo {
  milliseconds: number;
  prediction: Prediction | null;
}

export type View = 'book' | 'channels' | 'layer' | 'symmetric' | 'fixed';

export interface RenderOptions {
  /**
   * What is drawn: the output (`present`, the default), it less the reference's, or as a `pair` the channels of the
   * reference and after them its own, on one scale; the `mean` or the `maximum` over its channels; or the first three
   * principal `components` of its channels as red, green and blue, each from its lowest to its highest value.
   */
  of?: 'present' | 'difference' | 'pair' | 'mean' | 'maximum' | 'components';
  view?: View;
  /** The ends of the scale of the view `fixed`; 0 and 1 if not given. */
  range?: [number, number];
  /** A colour map's id; each view has its default. */
  colormap?: string;
  /** Tiles a row. The book's view always has 16. */
  columns?: number;
  /** Pixels between tiles. The book's view has none. */
  gap?: number;
  /** The channels to draw, in this order; all if not given. */
  channels?: number[];
  /** A pixel stands for this many values in each direction, in their mean colour level; 1 if not given. */
  reduction?: number;
}

/** Values as a scale shows them. */
export interface Extent {
  /** Smallest and largest finite value; null if there is none. */
  range: { low: number; high: number } | null;
  /** Numbers of finite values beyond the scale, which have the colours of its ends. */
  clipped: { below: number; above: number };
  /** Number of NaN and infinite values. */
  nonFinite: number;
}

export interface Legend extends Extent {
  colormap: string;
  /** RGB triples of the colour map from low to high, 256 * 3 bytes. */
  colors: number[];
  /** What the first and last colours stand for, in the units of `unit`. */
  low: number;
  high: number;
  /** `value`: the activation's own. `deviations`: standard deviations from the channel's mean. `channel`: each channel's own range. */
  unit: 'value' | 'deviations' | 'channel';
  /** Of the channels that are drawn; what the legend itself has is of all channels. */
  drawn: Extent;
  /** Of principal components only: the share of the variance that each explains, 0 to 1. */
  explained?: number[];
}

export interface Grid {
  width: number;
  height: number;
  /** Channels, and pixels of one tile. */
  channels: number;
  tileWidth: number;
  tileHeight: number;
  columns: number;
  gap: number;
  legend: Legend;
}

/** A cell's values in both passes; null for one that is not finite. */
export interface ComparedCell {
  reference: number | null;
  present: number | null;
}

/** Where a channel has its largest value. */
export interface Peak {
  channel: number;
  row: number;
  column: number;
  value: number;
}

/** Of a channel's values. Those that are not finite are counted and left out of the rest. */
export interface Statistics {
  /** Null if no value is finite. */
  range: { low: number; high: number } | null;
  /** Null if no value is finite. */
  mean: number | null;
  /** The population's standard deviation; null if no value is finite. */
  std: number | null;
  /** Numbers of values that are zero, and that are NaN or infinite. */
  zeros: number;
  nonFinite: number;
}

/** How many finite values are in each of several ranges of the same width. */
export interface Histogram {
  /** Null if no value is finite. */
  range: { low: number; high: number } | null;
  counts: number[];
}

/** How far a channel is from the reference's. */
export interface ChannelDifference {
  channel: number;
  /** The mean of |present - reference| over the cells where both are finite; null if there is no such cell. */
  difference: number | null;
}

/** One of the drawings of a figure. */
export interface Panel {
  title: string;
  output: string;
  options: RenderOptions;
}

/**
 * Requests by method: arguments and result.
 *
 * `openModel`, `openImage` and `setInput` download side by side and take effect as they arrive. A newer one of the same
 * kind cancels an older one that has not; a newer picture or input cancels the pass over the older one; a newer model
 * takes the pass over a picture along. One that fails changes nothing.
 */
export interface Methods {
  /** Ends the session: what it has open is given up. */
  dispose: { args: Record<string, never>; result: null };
  /** Opens a model. If there is a picture, a pass over it follows; await it with `settled`. */
  openModel: {
    args: {
      source: string | Blob;
      /** A URL, a file or the manifest; null for none; without it the model's URL with `.json`, which may be absent. */
      manifest?: string | Blob | Manifest | null;
      /**
       * Files that the model keeps weights in, by the names that it has for them or those names' last parts. Others are
       * fetched from beside the model, if that has an address.
       */
      data?: Record<string, Blob>;
      /** What to call a model without a title. */
      name: string;
    };
    result: ModelInfo;
  };
  /**
   * Opens a picture. Rejects if it cannot be opened; else resolves when the pass over it is drawn, or has failed. Both
   * are null if no model is open or being opened.
   */
  openImage: {
    args: { source: string | Blob | ImageData; crop: Rectangle | null };
    result: { pass: PassInfo | null; failure: Failure | null };
  };
  /**
   * Gives the network a part of the picture, in its whole pixels, or all of it. Resolves when it has taken effect. A pass
   * over it follows; await it with `settled`.
   */
  setCrop: { args: { crop: Rectangle | null }; result: null };
  /**
   * Runs a pass over raw tensors; those that leave out the picture's input are kept and used beside the picture. Resolves
   * when it is drawn, to what is on the picture's input.
   */
  setInput: {
    args: { tensors: Record<string, RawTensor> };
    result: { pass: PassInfo; isPicture: boolean };
  };
  /**
   * Changes how pictures become the input; null makes it what it was. Resolves when it has taken effect. If there is a
   * picture, a pass over it follows; await it with `settled`.
   */
  setPreprocessing: { args: { fields: PreprocessingFields | null }; result: ModelInfo };
  /**
   * Names the classes: a URL or a file of labels, or the labels; null for those that the model came with. A newer one
   * cancels an older one that has not taken effect. The last pass's prediction is read anew.
   */
  setLabels: {
    args: { labels: string | Blob | string[] | null };
    result: { model: ModelInfo; prediction: Prediction | null };
  };
  /** Waits for whatever is being opened, computed and drawn, as do all reading methods below. The last pass. */
  settled: { args: Record<string, never>; result: PassInfo | null };
  inputs: { args: Record<string, never>; result: ValueInfo[] };
  /** Those that are run, or, with `folded`, those that weights alone determine. */
  nodes: { args: { folded?: boolean }; result: NodeInfo[] };
  /** The tensor that the network got. */
  input: { args: Record<string, never>; result: Tensor & { name: string } };
  activation: { args: { output: string }; result: Tensor };
  /** How a cell got its value. */
  cell: {
    args: { output: string; channel: number; row: number; column: number };
    result: Cell;
  };
  /** The weights of a convolution or dense layer that make one channel, such as channels x height x width. */
  kernel: { args: { output: string; channel: number }; result: Tensor };
  /** What a cell sees, of one channel or of all; null if it depends on nothing of the input. */
  receptiveField: {
    args: { output: string; row: number; column: number; channel?: number | undefined };
    result: ReceptiveField | null;
  };
  /** Keeps the last pass to compare later ones with. */
  keepReference: { args: Record<string, never>; result: null };
  dropReference: { args: Record<string, never>; result: null };
  /** An output's feature maps less the reference's, 1 x channels x height x width. */
  difference: { args: { output: string }; result: Tensor };
  /** A cell of an output and the reference's. */
  compareCell: {
    args: { output: string; channel: number; row: number; column: number };
    result: ComparedCell;
  };
  channelStatistics: { args: { output: string }; result: Statistics[] };
  /**
   * How alike a channel and each of the channels are: Pearson's correlation over cells, -1 to 1; null where one of both is
   * constant.
   */
  similarities: { args: { output: string; channel: number }; result: (number | null)[] };
  histogram: { args: { output: string; channel: number; bins: number }; result: Histogram };
  rankDifferences: { args: { output: string }; result: ChannelDifference[] };
  /**
   * Where an output's feature maps lie on the picture, in its pixels: each cell around the middle of what it sees, as large
   * as the stride. It may stick out of the picture. Null where cells do not see the same but for their places.
   */
  mapArea: { args: { output: string }; result: Rectangle | null };
  /**
   * Where each channel of an output fires most over a part of the picture, given in its pixels; the strongest channel first,
   * channels without a finite value there left out. Null where `mapArea` is.
   */
  peaks: { args: { output: string; part: Rectangle }; result: Peak[] | null };
  render: {
    args: { output: string; options: RenderOptions };
    result: { image: ImageData; grid: Grid };
  };
  exportPng: { args: { output: string; options: RenderOptions }; result: Blob };
  exportNpy: { args: { output: string }; result: Blob };
  exportNpz: { args: Record<string, never>; result: Blob };
  /** A manifest that says of the model what is set. */
  exportManifest: { args: Record<string, never>; result: Blob };
  /** A figure for print of several drawings, as a PNG file. */
  exportFigure: { args: { panels: Panel[] }; result: Blob };
  /** The bytes of what is at an address. Events tell how far it is. */
  read: { args: { source: string }; result: Blob };
  /** A model's file and, by the model's names for them, those that it keeps weights in. Events tell how far it is. */
  readModel: {
    args: { source: string | Blob; data: Record<string, Blob> };
    result: { file: Blob; data: Record<string, Blob> };
  };
  /** The engine's version. */
  version: { args: Record<string, never>; result: string };
  /**
   * Binds a canvas to an output: it is painted now if the output is there, and again after each pass.
   * Binding an id anew changes output or options; the canvas is sent once.
   */
  bindCanvas: {
    args: { id: string; canvas?: OffscreenCanvas; output: string; options: RenderOptions };
    result: null;
  };
  releaseCanvas: { args: { id: string }; result: null };
  /** Binds a canvas to the picture as the network gets it (fitted, before scaling). */
  bindInputCanvas: { args: { canvas: OffscreenCanvas }; result: null };
}

export type Method = keyof Methods;

export type ErrorCode =
  | 'bad-model'
  | 'unsupported-model'
  | 'bad-manifest'
  | 'bad-image'
  | 'bad-input'
  | 'unsupported-option'
  | 'too-large'
  | 'unsupported-browser'
  | 'network'
  | 'no-camera'
  | 'cancelled'
  | 'engine-crashed'
  | 'internal';

export interface Failure {
  code: ErrorCode;
  message: string;
}

export type Request = {
  [M in Method]: { id: number; method: M; args: Methods[M]['args'] };
}[Method];

export type Reply =
  | { id: number; ok: true; result: Methods[Method]['result'] }
  | { id: number; ok: false; error: Failure };

/** Bytes for downloads, nodes for a pass; total 0 if unknown. */
export interface Progress {
  stage: 'engine' | 'model' | 'image' | 'pass';
  done: number;
  total: number;
}

export type Event =
  /** The worker holds a lock of this name until it ends. */
  | { event: 'alive'; detail: { lock: string } }
  | { event: 'progress'; detail: Progress }
  /** Of what `read` and `readModel` read, in bytes; total 0 if unknown. */
  | { event: 'reading'; detail: { done: number; total: number } }
  /** A node's outputs have been computed. */
  | { event: 'layer'; detail: { node: string; outputs: ValueInfo[]; milliseconds: number } }
  /** A bound canvas has been painted. */
  | { event: 'painted'; detail: { id: string; output: string; grid: Grid } }
  /** A bound canvas could not be painted. */
  | { event: 'paint-failed'; detail: { id: string; output: string; error: Failure } }
  | { event: 'pass'; detail: PassInfo }
  /** The model has been compiled for other tensors than it was. */
  | { event: 'model'; detail: ModelInfo }
  /** The engine trapped in this session; the worker is of no further use. */
  | { event: 'crashed'; detail: Failure };
