/** What lies beside the worker's modules. The npm package has tools/npm/worker-assets.js in this one's place. */

export const ENGINE = new URL('../../wasm/convscope_bg.wasm', import.meta.url);
