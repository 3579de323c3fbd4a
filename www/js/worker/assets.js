/** What lies beside the worker's modules. The npm package has tools/npm/worker-assets.js in this one's place. */

import { engineOf } from '../shared/simd.js';

export const ENGINE = engineOf(
  new URL('../../wasm/convscope_relaxed_bg.wasm', import.meta.url),
  new URL('../../wasm/convscope_bg.wasm', import.meta.url),
);
/** The rest of an engine that is not whole, as the published site has it. @type {URL | null} */
export const REST = new URL('../../wasm/convscope_rest.wasm', import.meta.url);
/** The folder of the bundled models, which run without it. @type {URL | null} */
export const MODELS = new URL('../../models/', import.meta.url);
