/** Building of page content. Text only ever becomes text. */

/**
 * @typedef {Record<string, string | number | boolean | null | undefined>} Attributes
 * @typedef {(Node | string | null | false)[]} Children
 */

/**
 * An element with attributes (`true` for one without value; null, undefined and false leave it out) and children.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {Children} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  fill(element, attributes, children);
  return element;
}

/**
 * The same for SVG.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Attributes} [attributes]
 * @param {Children} children
 * @returns {SVGElementTagNameMap[Tag]}
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  fill(element, attributes, children);
  return element;
}

/**
 * @param {Element} element
 * @param {Attributes} attributes
 * @param {Children} children
 */
function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== false));
}

/**
 * A text with names in it, which lines may end after the separators of: where one is too long for its line, it is cut there
 * rather than in the middle of a word. Numbers stay whole.
 *
 * @param {string} text
 * @returns {(string | HTMLElement)[]}
 */
export function breakable(text) {
  const parts = text.split(/(?<=[/._:-])(?<!\d\.(?=\d))(?=[\p{L}\p{N}])/u);
  return parts.flatMap((part, index) => (index > 0 ? [h('wbr'), part] : part));
}

/**
 * Tells the elements above of something.
 *
 * @param {EventTarget} target
 * @param {string} type
 * @param {unknown} [detail]
 */
export function emit(target, type, detail) {
  target.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
}
