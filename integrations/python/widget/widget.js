/**
 * anywidget's module of a Scope: `<conv-scope>` in a cell's output, and what it shows told to the kernel. Each Scope
 * imports it anew; what they share, the page keeps.
 */

import { answer } from './answering.js';
import { loadElement } from './loading.js';
import { followTheme } from './theme.js';
import { Views } from './views.js';

/**
 * @typedef {import('./anywidget.js').Context} Context
 * @typedef {import('./anywidget.js').Model} Model
 * @typedef {import('./anywidget.js').Host} Host
 * @typedef {import('../../../www/js/page/elements/conv-scope.js').ConvScope} ConvScope
 */

/** Attributes that a reader changes, which are traits of the same names. */
const FOLLOWED = ['layer', 'channel', 'cell', 'view', 'range', 'colormap'];

/**
 * @param {Context} context
 * @param {Views} views
 */
async function render({ model, el, host, signal }, views) {
  const runtime = await host.getModel(model.get('_runtime'));
  await loadElement(runtime.get('contents'));
  if (signal.aborted) return;

  const scope = /** @type {ConvScope} */ (document.createElement('conv-scope'));
  scope.setAttribute('loading', 'eager');
  const { height, ...fixed } = model.get('_fixed');
  Object.assign(scope.style, { display: 'block', overflow: height && 'auto', height });
  for (const [name, value] of Object.entries(fixed)) scope.setAttribute(name, value);
  for (const name of FOLLOWED) setAttribute(scope, name, model.get(name));
  // What is typed is the element's, not a command of JupyterLab's.
  scope.setAttribute('data-lm-suppress-shortcuts', 'true');
  followTheme(el, signal);
  tell(scope, model);
  el.append(scope);
  const openings = { _model: openModel, _picture: openImage };
  for (const [name, open] of Object.entries(openings)) {
    const begin = () => views.begin(scope, () => open(scope, model, host));
    model.on(`change:${name}`, begin);
    begin();
  }
  for (const name of FOLLOWED) {
    model.on(`change:${name}`, () => setAttribute(scope, name, model.get(name)));
  }
  signal.addEventListener('abort', () => {
    views.delete(scope);
    scope.remove();
  });
}

/**
 * From the element to the kernel.
 *
 * @param {ConvScope} scope
 * @param {Model} model
 */
function tell(scope, model) {
  const observer = new MutationObserver((changes) => {
    for (const { attributeName } of changes) {
      const name = attributeName ?? '';
      if (scope.getAttribute(name) !== model.get(name)) model.set(name, scope.getAttribute(name));
    }
    model.save_changes();
  });
  observer.observe(scope, { attributeFilter: FOLLOWED });
  scope.addEventListener('convscope-pass', (event) => {
    const { prediction } = /** @type {CustomEvent} */ (event).detail;
    model.set('prediction', prediction && prediction.classes);
    model.save_changes();
  });
  scope.addEventListener('convscope-error', (event) => {
    const { code, message } = /** @type {CustomEvent} */ (event).detail;
    model.set('error', { code, message });
    model.save_changes();
  });
}

/**
 * @param {ConvScope} scope
 * @param {Model} model
 * @param {Host} host
 */
async function openModel(scope, model, host) {
  const files = await host.getModel(model.get('_model'));
  const { '': content, ...data } = files.get('contents');
  const { name, manifest } = files.get('about');
  // The element shows what goes wrong, and `tell` says so.
  scope.openModel(new File([content], name), manifest, data).catch(() => {});
}

/**
 * @param {ConvScope} scope
 * @param {Model} model
 * @param {Host} host
 */
async function openImage(scope, model, host) {
  const reference = model.get('_picture');
  if (!reference) return;
  const files = await host.getModel(reference);
  const file = new File([files.get('contents')['']], files.get('about').name);
  scope.openImage(file).catch(() => {});
}

/**
 * @param {ConvScope} scope
 * @param {string} name
 * @param {string | null} value
 */
function setAttribute(scope, name, value) {
  if (value === scope.getAttribute(name)) return;
  if (value === null) scope.removeAttribute(name);
  else scope.setAttribute(name, value);
}

/** Called for each Scope. */
export default () => {
  const views = new Views();
  return {
    /** @param {Context} context */
    initialize: ({ model }) => model.on('msg:custom', (question) => answer(question, views, model)),
    /** @param {Context} context */
    render: (context) => render(context, views),
  };
};
