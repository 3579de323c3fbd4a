/** The style sheets' texts (STYLE_SHEETS, by name) in the place of their files, in modules that joining.mjs joins. */

/* global STYLE_SHEETS */

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
