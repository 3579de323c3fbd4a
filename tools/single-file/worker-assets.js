/** What the single file's worker needs, in the place of www/js/worker/assets.js: page-assets.js writes it into the script. */

/* global ENGINE_ADDRESS */

export const ENGINE = new URL(ENGINE_ADDRESS);
export const REST = null;
export const MODELS = null;
