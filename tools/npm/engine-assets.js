/** What lies beside the package's engine.js, in the place of www/js/worker/assets.js. */

export const ENGINE = new URL('./wasm/convscope_bg.wasm', import.meta.url);
export const REST = null;
