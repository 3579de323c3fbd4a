/** The front end's colour scheme, which need not be the visitor's. */

/** What front ends note at the page's body. */
const NOTED = ['data-jp-theme-light', 'data-vscode-theme-kind'];

/**
 * Gives an element the colour scheme of the front end, for as long as nothing aborts it.
 *
 * @param {HTMLElement} element
 * @param {AbortSignal} signal
 */
export function followTheme(element, signal) {
  const { body } = document;
  const follow = () => (element.style.colorScheme = colorScheme(body.dataset));
  const observer = new MutationObserver(follow);
  observer.observe(body, { attributeFilter: NOTED });
  signal.addEventListener('abort', () => observer.disconnect());
  follow();
}

/**
 * @param {DOMStringMap} noted
 * @returns {string} empty for what the page says
 */
function colorScheme({ jpThemeLight, vscodeThemeKind = '' }) {
  if (jpThemeLight) return jpThemeLight === 'true' ? 'light' : 'dark';
  if (vscodeThemeKind.endsWith('light')) return 'light';
  return vscodeThemeKind && 'dark';
}
