/**
 * The page to be put in a frame: `<conv-scope>` with the attributes that the address's query names. The page around it
 * learns its height; one of the origin that the query names, or else of the site's own, may call its methods and learns
 * its events. `js/shared/embed.d.ts` has the messages, `host.js` is their other end.
 */

import { ConvScope } from './convscope.js';

/**
 * @typedef {import('./js/shared/embed.js').Answer} Answer
 * @typedef {import('./js/shared/embed.js').Call} Call
 * @typedef {import('./js/shared/embed.js').Notice} Notice
 */

/** What may be called, and set; nothing else is. */
const METHODS = [
  'openModel',
  'openImage',
  'setInput',
  'setPreprocessing',
  'setLabels',
  'inputs',
  'nodes',
  'input',
  'activation',
  'render',
  'exportPng',
  'exportNpy',
  'exportNpz',
];
const ATTRIBUTES = ConvScope.observedAttributes;

const query = new URLSearchParams(location.search);
/** Of the page that may talk to this one; null for none. */
const friend = originOf(query.get('origin') ?? '') ?? ownOrigin();
const scope = /** @type {import('./convscope.js').ConvScope} */ (
  document.createElement('conv-scope')
);
scope.setAttribute('layout', 'compact');
for (const name of ATTRIBUTES) {
  const value = query.get(name);
  if (value !== null) scope.setAttribute(name, value);
}
document.body.append(scope);

// In a window of its own there is no page around.
if (parent !== window) talk();

function talk() {
  // Observers say nothing of what is hidden.
  tellHeight();
  new ResizeObserver(tellHeight).observe(scope);
  for (const event of /** @type {const} */ (['progress', 'layer', 'pass', 'error'])) {
    scope.addEventListener(`convscope-${event}`, (told) => {
      const { detail } = /** @type {CustomEvent} */ (told);
      const plain = event === 'error' ? toFailure(detail) : detail;
      if (friend) parent.postMessage({ convscope: 1, event, detail: plain }, friend);
    });
  }
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || data?.convscope !== 1) return;
    if (data.event === 'hello') tellHeight();
    else if (friend && origin === friend) answer(data, friend);
  });
}

function tellHeight() {
  const height = Math.ceil(scope.getBoundingClientRect().height);
  /** @type {Notice} */
  const notice = { convscope: 1, event: 'height', detail: { height } };
  parent.postMessage(notice, '*');
}

/**
 * @param {Call} call
 * @param {string} asker the origin of the page around
 */
async function answer(call, asker) {
  const { id } = call;
  /** @type {Answer} */
  let answer;
  try {
    answer = { convscope: 1, id, ok: true, result: await take(call) };
  } catch (error) {
    answer = { convscope: 1, id, ok: false, error: toFailure(error) };
  }
  parent.postMessage(answer, asker);
}

/** @param {Call} call */
async function take({ method, args }) {
  if (method === 'ready') return scope.ready;
  if (method === 'set' && ATTRIBUTES.includes(args[0])) {
    const [name, value] = args;
    if (value === null) scope.removeAttribute(name);
    else scope.setAttribute(name, value);
    return null;
  }
  if (!METHODS.includes(method)) throw new TypeError(`there is nothing to call “${method}”`);
  return /** @type {Record<string, any>} */ (/** @type {unknown} */ (scope))[method](...args);
}

/**
 * @param {string} address
 * @returns {string | null} null for those of which nobody can be sure
 */
function originOf(address) {
  const origin = URL.canParse(address) ? new URL(address).origin : 'null';
  return origin === 'null' ? null : origin;
}

/** The site's origin, if the page around is of it, too. */
function ownOrigin() {
  try {
    return parent.location.origin === location.origin ? location.origin : null;
  } catch {
    return null;
  }
}

/** @param {any} error */
function toFailure(error) {
  return { code: error.code ?? 'bad-input', message: String(error.message) };
}
