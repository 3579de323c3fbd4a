/**
 * What lies beside the package's module, in the place of www/js/page/assets.js: addresses in the form that bundlers follow,
 * and the style sheets' texts (STYLE_SHEETS, by name), for which they differ too much.
 */

/* global STYLE_SHEETS */

/** The page that it runs in: there is none of the site's own. */
export const SITE = new URL(location.pathname, location.href);
export const WORKER = new URL('./worker.js', import.meta.url);
export const IMAGENET = new URL('./imagenet.json', import.meta.url);

// The worker itself cannot know it: bundlers copy its file as it is, and under another name.
WORKER.searchParams.set('engine', new URL('./wasm/convscope_bg.wasm', import.meta.url).href);

/** @type {Map<string, CSSStyleSheet>} */
const sheets = new Map();

/**
 * @param {ShadowRoot} shadow
 * @param {string[]} names
 */
export async function applyStyles(shadow, names) {
  shadow.adoptedStyleSheets = names.map(sheetOf);
}

/** @param {string} name */
function sheetOf(name) {
  let sheet = sheets.get(name);
  if (!sheet) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE_SHEETS[name]);
    sheets.set(name, sheet);
  }
  return sheet;
}
