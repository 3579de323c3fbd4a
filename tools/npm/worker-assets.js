/** What lies beside the package's worker, in the place of www/js/worker/assets.js: the page tells. */

export const ENGINE = new URL(new URL(import.meta.url).searchParams.get('engine') ?? '');
export const REST = null;
export const MODELS = null;
