/** The page: `<conv-scope>` with what the address's query asks for, and an address that says what is shown. */

import './convscope.js';
import { DEFAULTS } from './js/page/defaults.js';
import { relative } from './js/page/links.js';
import { serviceWorkerScript } from './js/page/trusted.js';

/**
 * What a query or an entry of the history says; without a model or a picture, those were a person's own.
 *
 * @typedef {Record<string, string>} Shown
 */

const SOURCES = ['model', 'manifest', 'image'];
const PLACE = ['layer', 'channel', 'cell'];
const PARAMETERS = [...SOURCES, 'crop', ...PLACE, 'view', 'range', 'colormap'];
/** The address follows a drag or a held key when it pauses: browsers refuse frequent changes. */
const PAUSE_MILLIS = 250;

const scope = /** @type {import('./convscope.js').ConvScope} */ (
  document.createElement('conv-scope')
);
scope.setAttribute('loading', 'eager');
scope.setAttribute('samples', 'samples/samples.json');
scope.setAttribute('models', 'models/index.json');
for (const [name, value] of Object.entries(readQuery())) scope.setAttribute(name, value);
document.querySelector('main')?.append(scope);

let shown = readAttributes();
/** The change of the present entry that a pause is waited for. @type {number | null} */
let pause = null;
const observer = new MutationObserver(() => record(readAttributes()));
observer.observe(scope, { attributeFilter: PARAMETERS });
history.scrollRestoration = 'manual';
addEventListener('popstate', ({ state }) => show(state ?? readQuery()));
// A site that is published has a manifest, and a service worker. What that downloads is to come after what is seen.
if (document.querySelector('link[rel="manifest"]')) {
  await scope.ready.catch(() => {});
  // Where the browser keeps nothing, the page is none the worse.
  await navigator.serviceWorker?.register(serviceWorkerScript()).catch(() => {});
}

/** @returns {Shown} */
function readQuery() {
  const query = new URLSearchParams(location.search);
  const asked = PARAMETERS.flatMap((name) => {
    const value = query.get(name);
    return value === null ? [] : [[name, value]];
  });
  return { ...DEFAULTS, ...Object.fromEntries(asked) };
}

/** @returns {Shown} */
function readAttributes() {
  const values = PARAMETERS.flatMap((name) => {
    const value = scope.getAttribute(name);
    if (value === null) return [];
    const isAddress = SOURCES.includes(name) && URL.canParse(value, document.baseURI);
    return [[name, isAddress ? relative(new URL(value, document.baseURI).href) : value]];
  });
  return Object.fromEntries(values);
}

/**
 * Another model, picture, layer or channel is another entry of the history; how things are looked at, and a cell beside
 * the one before, change the present one.
 *
 * @param {Shown} now
 */
function record(now) {
  const former = shown;
  shown = now;
  if (isStep(former, now)) {
    // Back from a layer that was opened among all, that one is gone to.
    const { layer } = now;
    const isOpened = layer && now['channel'] && !former['channel'];
    if (pause !== null || isOpened) {
      write('replaceState', isOpened ? { ...former, layer } : former);
    }
    write('pushState', now);
  } else pause ??= setTimeout(() => write('replaceState', shown), PAUSE_MILLIS);
}

/**
 * @param {Shown} former
 * @param {Shown} now
 */
function isStep(former, now) {
  const changed = [...SOURCES, ...PLACE].filter((name) => former[name] !== now[name]);
  const [only] = changed.length === 1 ? changed : [];
  const isMove = only === 'cell' && former['cell'] && now['cell'];
  const isDrawn = only === 'image' && now['image']?.startsWith('data:');
  return changed.length > 0 && !isMove && !isDrawn;
}

/**
 * @param {'pushState' | 'replaceState'} method
 * @param {Shown} entry
 */
function write(method, entry) {
  if (pause !== null) clearTimeout(pause);
  pause = null;
  history[method](entry, '', `?${new URLSearchParams(entry)}`);
}

/**
 * Goes where an entry of the history was. A person's own model or picture cannot be opened again: the present one stays.
 *
 * @param {Shown} entry
 */
function show(entry) {
  if (pause !== null) clearTimeout(pause);
  pause = null;
  for (const name of PARAMETERS) {
    const value = entry[name];
    if (value === shown[name]) continue;
    if (value !== undefined) scope.setAttribute(name, value);
    else if (!['model', 'image'].includes(name)) scope.removeAttribute(name);
  }
  if (!entry['layer']) scrollTo(0, 0);
  shown = readAttributes();
  observer.takeRecords();
}
