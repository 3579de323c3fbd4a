/**
 * Keeps one version of the site, whole, and answers its pages from it alone: with or without a network they never get
 * files of two versions. Another version is downloaded beside it, and takes its place when no page is open.
 *
 * tools/site.mjs puts `SITE` before this: the version, and each file's hash.
 */

/* global SITE */

const scope = new URL('./', self.location.href).href;
// Other sites may have caches of the same origin.
const prefix = `convscope ${scope} `;
const cacheName = prefix + SITE.version;
// As in www/js/shared/simd.js.
const { relaxedModule, relaxed, plain } = SITE.engines;
const engine = WebAssembly.validate(new Uint8Array(relaxedModule)) ? relaxed : plain;
const shell = { ...SITE.shell, ...engine };
/** @type {Map<string, string>} */
const hashes = new Map(Object.entries({ ...shell, ...SITE.large }));

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));

worker.addEventListener('install', (event) => {
  const names = Object.keys(shell);
  event.waitUntil(Promise.all(names.map(async (name) => keep(name, await download(name)))));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(dropOtherVersions());
});

worker.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  const name = nameOf(url);
  if (method === 'GET' && hashes.has(name)) event.respondWith(answer(name));
});

/**
 * @param {string} url
 * @returns {string} relative to the site, without a query
 */
function nameOf(url) {
  const { origin, pathname } = new URL(url);
  const place = origin + pathname;
  if (!place.startsWith(scope)) return '';
  return place === scope ? 'index.html' : place.slice(scope.length);
}

/** @param {string} name */
async function answer(name) {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(scope + name);
  if (kept) return kept;
  const response = await download(name);
  // Without room for it, it can be had as long as there is a network.
  await keep(name, response.clone()).catch(() => {});
  return response;
}

/**
 * @param {string} name
 * @returns {Promise<Response>}
 * @throws {TypeError} if it cannot be had, or is another version's
 */
async function download(name) {
  const integrity = hashes.get(name) ?? '';
  // What has its hash in its name may come from the browser's own cache.
  const cacheMode = name.startsWith('assets/') ? 'default' : 'no-cache';
  const found = await fetch(scope + name, { integrity, cache: cacheMode });
  if (!found.ok) throw new TypeError(`${name}: ${found.status}`);
  // Hosts may redirect from index.html to the folder; a page cannot be opened with an answer that was redirected to.
  return new Response(found.body, { headers: found.headers });
}

/**
 * @param {string} name
 * @param {Response} response
 */
async function keep(name, response) {
  const cache = await caches.open(cacheName);
  await cache.put(scope + name, response);
}

async function dropOtherVersions() {
  const names = await caches.keys();
  const others = names.filter((name) => name.startsWith(prefix) && name !== cacheName);
  await Promise.all(others.map((name) => caches.delete(name)));
}
