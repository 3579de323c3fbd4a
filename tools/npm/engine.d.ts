export { ConvscopeError, Engine } from './types/engine.js';
export type { Bytes, Pixels, StepReport } from './types/engine.js';
export type * from './types/js/shared/manifest.js';
export type * from './types/js/shared/protocol.js';
