/** A host as those of published sites are: it compresses, and says what may be kept. */

import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { serveWith } from '../tools/serve.mjs';
import { brotliOptions } from '../tools/site.mjs';

/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.mjs': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
};
/** Pictures are compressed already. */
const AS_IT_IS = ['.jpg', '.png'];

/** @typedef {{ type: string, encoding: string | null, raw: number, body: Buffer }} Served */

/**
 * Serves folders.
 *
 * @param {[prefix: string, place: string][]} places files and folders by what paths begin with; the first that fits counts
 */
export async function host(places) {
  /** @type {Map<string, Served>} */
  const files = new Map();
  /** @param {string} name a path */
  const serve = (name) => {
    const known = files.get(name);
    if (known) return known;
    const [prefix = '', place = ''] = places.find(([prefix]) => name.startsWith(prefix)) ?? [];
    const file = path.join(place, name.slice(prefix.length));
    const served = read(statSync(file).isDirectory() ? path.join(file, 'index.html') : file);
    files.set(name, served);
    return served;
  };
  const server = await serveWith((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://host');
    try {
      const { type, encoding, body } = serve(decodeURIComponent(pathname));
      response.writeHead(200, {
        'content-type': type,
        'content-length': body.length,
        'cache-control': pathname.includes('/assets/')
          ? 'public, max-age=31536000, immutable'
          : 'no-cache',
        ...(encoding && { 'content-encoding': encoding }),
      });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return { ...server, serve };
}

/**
 * @param {string} file
 * @returns {Served}
 */
function read(file) {
  const bytes = readFileSync(file);
  const extension = path.extname(file);
  const isPacked = AS_IT_IS.includes(extension);
  return {
    type: TYPES[extension] ?? 'application/octet-stream',
    encoding: isPacked ? null : 'br',
    raw: bytes.length,
    body: isPacked ? bytes : brotliCompressSync(bytes, brotliOptions(bytes)),
  };
}
