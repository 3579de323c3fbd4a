/** Trusted Types: which scripts may be started, in pages that enforce it. */

import { WORKER } from './assets.js';

/** Addresses of the worker's script and of others that may be started. @type {Set<string>} */
const scripts = new Set([WORKER.href]);

/** @type {{ createScriptURL: (url: string) => string } | undefined} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('convscope', {
  createScriptURL: (/** @type {string} */ url) => {
    if (scripts.has(url)) return url;
    throw new TypeError(`${url} is no script of Convscope’s`);
  },
});

/**
 * The address of the worker's script, as those who start workers want it.
 *
 * @param {string} url
 */
export function trustedScript(url) {
  return policy?.createScriptURL(url) ?? url;
}

/**
 * A script of the page's own origin that imports the worker's.
 *
 * @returns {{ script: string, revoke: () => void }}
 */
export function importingScript() {
  const text = `import ${JSON.stringify(WORKER.href)};`;
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  scripts.add(url);
  const revoke = () => {
    scripts.delete(url);
    URL.revokeObjectURL(url);
  };
  return { script: trustedScript(url), revoke };
}

/** The script of the service worker, which lies beside the site's page. */
export function serviceWorkerScript() {
  const { href } = new URL('service-worker.js', document.baseURI);
  scripts.add(href);
  return trustedScript(href);
}
