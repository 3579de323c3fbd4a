/** What lies beside the package's engine.js, in the place of www/js/worker/assets.js. */

import { engineOf } from '../../www/js/shared/simd.js';

export const ENGINE = engineOf(
  new URL('./wasm/convscope_relaxed_bg.wasm', import.meta.url),
  new URL('./wasm/convscope_bg.wasm', import.meta.url),
);
export const REST = null;
