/** Servers for tests: as any static host would, with no special headers. */

import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { serve, serveWith } from '../../../tools/serve.mjs';

/** The project's folder, ending in a slash. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Serves the whole project: the site at the sub-path `www/`, and what tests need beside it.
 *
 * @returns {ReturnType<typeof serve>}
 */
export function serveProject() {
  return serve(root);
}

/**
 * Serves what another server does to pages of any origin, as public hosts of static sites do.
 *
 * @param {string} url the other server's address, ending in a slash
 */
export function serveToOtherOrigins(url) {
  return serveAgain(url, { 'access-control-allow-origin': '*' });
}

/**
 * Serves what another server does in pages that are isolated from other origins, so that they may have threads.
 *
 * @param {string} url the other server's address, ending in a slash
 */
export function serveIsolated(url) {
  return serveAgain(url, {
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
  });
}

/**
 * @param {string} url
 * @param {Record<string, string>} headers
 */
function serveAgain(url, headers) {
  return serveWith((incoming, response) => {
    const outgoing = request(new URL(`.${incoming.url}`, url), (answer) => {
      response.writeHead(answer.statusCode ?? 500, { ...answer.headers, ...headers });
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    outgoing.end();
  });
}

/**
 * Serves one page, at any address.
 *
 * @param {string} html
 * @param {Record<string, string>} [headers]
 */
export function servePage(html, headers) {
  return serveWith((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', ...headers }).end(html);
  });
}

/**
 * What a page has to allow that has the site of another origin in it.
 *
 * @param {string} origin the site's
 */
export function policyFor(origin) {
  return [
    `script-src ${origin} 'wasm-unsafe-eval'`,
    `worker-src ${origin} blob:`,
    `connect-src ${origin}`,
    `img-src ${origin} blob: data:`,
    `require-trusted-types-for 'script'`,
    `trusted-types convscope`,
  ].join('; ');
}
