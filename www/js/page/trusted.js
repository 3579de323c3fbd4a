/** Trusted Types: which scripts may be started, in pages that enforce it. */

import { WORKER } from './assets.js';

/** Addresses of scripts that import the worker's. @type {Set<string>} */
const imports = new Set();

/** @type {{ createScriptURL: (url: string) => string } | undefined} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('convscope', {
  createScriptURL: (/** @type {string} */ url) => {
    if (url === WORKER.href || imports.has(url)) return url;
    throw new TypeError(`${url} is not the worker’s script`);
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
  imports.add(url);
  const revoke = () => {
    imports.delete(url);
    URL.revokeObjectURL(url);
  };
  return { script: trustedScript(url), revoke };
}
