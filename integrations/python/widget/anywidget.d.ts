/** What of anywidget's interface is used. */

/** A reference to another widget, as the kernel serialises it. */
type Reference = string;

export interface Model {
  get(name: string): any;
  set(name: string, value: unknown): void;
  save_changes(): void;
  on(event: string, listener: (content: any) => void): void;
  send(content: unknown, callbacks?: undefined, buffers?: ArrayBuffer[]): void;
}

export interface Host {
  getModel(reference: Reference): Promise<Model>;
}

export interface Context {
  model: Model;
  el: HTMLElement;
  host: Host;
  /** Aborted when the view is gone. */
  signal: AbortSignal;
}
