/** What `embed.html`, in a frame, and the page around it say to each other, by `postMessage`. */

import type { Failure, Progress, PassInfo, ValueInfo } from './protocol.js';

/** The methods of `<conv-scope>` that a page may call. */
export type EmbedMethod =
  | 'openModel'
  | 'openImage'
  | 'setInput'
  | 'setPreprocessing'
  | 'setLabels'
  | 'inputs'
  | 'nodes'
  | 'input'
  | 'activation'
  | 'render'
  | 'exportPng'
  | 'exportNpy'
  | 'exportNpz';

/** From the page: a call, which is answered once. `ready` waits for the first drawing; `set` sets an attribute. */
export type Call = { convscope: 1; id: number } & (
  | { method: EmbedMethod; args: unknown[] }
  | { method: 'ready'; args: [] }
  | { method: 'set'; args: [name: string, value: string | null] }
);

/** From whatever page is around: asks for the height, to learn whether the frame is there yet. */
export type Hello = { convscope: 1; event: 'hello' };

export type Answer =
  | { convscope: 1; id: number; ok: true; result: unknown }
  | { convscope: 1; id: number; ok: false; error: Failure };

/** From the frame: its height in CSS pixels, told to whatever page is around it, first when it is there; and the element's events. */
export type Notice = { convscope: 1 } & (
  | { event: 'height'; detail: { height: number } }
  | { event: 'progress'; detail: Progress }
  | { event: 'layer'; detail: { node: string; outputs: ValueInfo[]; milliseconds: number } }
  | { event: 'pass'; detail: PassInfo }
  | { event: 'error'; detail: Failure }
);
