/** The public contract of `<conv-scope>` as README states it, independent of how it is kept. */

export interface Tensor {
  shape: number[];
  dtype: string;
  data: ArrayLike<number> | ArrayLike<bigint>;
}

export interface ValueInfo {
  name: string;
  dtype: string;
  shape: (number | null)[];
}

export interface NodeInfo {
  name: string;
  op: string;
  outputs: ValueInfo[];
  parameters: number;
  milliseconds: number | null;
  receptiveField: {
    top: number;
    left: number;
    height: number;
    width: number;
    strideY: number;
    strideX: number;
  } | null;
}

export interface Rectangle {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

export interface ReceptiveField extends Rectangle {
  input: string;
  picture: Rectangle | null;
}

export interface Peak {
  channel: number;
  row: number;
  column: number;
  value: number;
}

export interface Cell {
  op: string;
  value: number;
  rule: string | null;
  computed: number | null;
  parameters: Record<string, number>;
  windows: {
    name: string;
    channels: (number | null)[];
    rows: (number | null)[];
    columns: (number | null)[];
    values: Float32Array;
    weights: Float32Array | null;
  }[];
}

export interface RenderOptions {
  of?: string;
  view?: string;
  colormap?: string;
  columns?: number;
  gap?: number;
  channels?: number[];
}

export interface ConvScope extends HTMLElement {
  ready: Promise<unknown>;
  openModel(source: unknown, manifest?: unknown, data?: unknown): Promise<unknown>;
  openImage(source: unknown): Promise<unknown>;
  inputs(): Promise<ValueInfo[]>;
  setInput(tensors: Record<string, { data: unknown; shape: number[] }>): Promise<unknown>;
  setPreprocessing(fields: Record<string, unknown> | null): Promise<unknown>;
  setLabels(labels: unknown): Promise<unknown>;
  exportManifest(): Promise<Blob>;
  nodes(options?: { folded?: boolean }): Promise<NodeInfo[]>;
  input(): Promise<Tensor & { name: string; data: Float32Array<ArrayBuffer> }>;
  activation(outputName: string): Promise<Tensor>;
  cell(outputName: string, channel: number, row: number, column: number): Promise<Cell>;
  kernel(outputName: string, channel: number): Promise<Tensor>;
  receptiveField(
    outputName: string,
    row: number,
    column: number,
    channel?: number,
  ): Promise<ReceptiveField | null>;
  keepReference(): Promise<unknown>;
  dropReference(): Promise<unknown>;
  difference(outputName: string): Promise<Tensor>;
  rankDifferences(outputName: string): Promise<{ channel: number; difference: number | null }[]>;
  mapArea(outputName: string): Promise<Rectangle | null>;
  peaks(outputName: string, part: Rectangle): Promise<Peak[] | null>;
  render(outputName: string, options?: RenderOptions): Promise<ImageData>;
  exportPng(outputName: string, options?: RenderOptions): Promise<Blob>;
  exportNpy(outputName: string): Promise<Blob>;
  exportNpz(): Promise<Blob>;
  exportFigure(outputNames?: string[], options?: RenderOptions): Promise<Blob>;
  exportPython(outputName: string, options?: RenderOptions): Promise<string>;
}
