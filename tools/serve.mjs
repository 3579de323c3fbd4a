/**
 * Serves a folder to this machine over HTTP, as any static host would: content types, and no
 * special headers.
 *
 *     node tools/serve.mjs FOLDER [PORT]
 */
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** @type {Record<string, string>} */
const CONTENT_TYPES = {
  '.bmp': 'image/bmp',
  '.css': 'text/css; charset=utf-8',
  '.gif': 'image/gif',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.ts': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
};

/**
 * Starts serving `folder`, on a free port if `port` is 0 or taken.
 *
 * @param {string} folder
 * @param {number} [port]
 * @returns {Promise<{ url: string, close: () => Promise<void> }>} its address, ending in a slash
 */
export async function serve(folder, port = 0) {
  const root = await realpath(folder);
  return serveWith((request, response) => {
    respond(root, request, response).catch(() => response.destroy());
  }, port);
}

/**
 * Starts serving what `listener` answers, likewise.
 *
 * @param {import('node:http').RequestListener} listener
 * @param {number} [port]
 * @returns {ReturnType<typeof serve>}
 */
export async function serveWith(listener, port = 0) {
  const server = createServer(listener);
  await listen(server, port).catch((error) => {
    if (error.code !== 'EADDRINUSE') throw error;
    return listen(server, 0);
  });
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    url: `http://127.0.0.1:${address.port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * @param {import('node:http').Server} server
 * @param {number} port
 * @returns {Promise<void>}
 */
function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/**
 * @param {string} root
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @returns {Promise<void>}
 */
async function respond(root, request, response) {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end();
    return;
  }
  const file = await resolveFile(root, request.url ?? '/');
  if (!file) {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not found\n');
  } else if (file.isFolder) {
    // Relative URLs in a folder's index need the slash at the end.
    const location = `${encodeURIComponent(path.basename(file.name))}/`;
    response.writeHead(301, { Location: location }).end();
  } else {
    response.writeHead(200, {
      'Content-Type': CONTENT_TYPES[path.extname(file.name)] ?? 'application/octet-stream',
      'Content-Length': file.size,
    });
    if (request.method === 'HEAD') response.end();
    else
      createReadStream(file.name)
        .on('error', () => response.destroy())
        .pipe(response);
  }
}

/**
 * What a request's path names inside `root`: undefined if nothing, or something outside.
 *
 * @param {string} root an absolute path without symbolic links
 * @param {string} requestPath percent-encoded, with or without a query
 * @returns {Promise<{ name: string, size: number, isFolder: boolean } | undefined>}
 */
async function resolveFile(root, requestPath) {
  try {
    const decoded = decodeURIComponent(requestPath.replace(/[?#].*/s, ''));
    const wanted = path.join(root, decoded, decoded.endsWith('/') ? 'index.html' : '');
    const name = await realpath(wanted);
    if (name !== root && !name.startsWith(root + path.sep)) return undefined;
    const found = await stat(name);
    return { name, size: found.size, isFolder: found.isDirectory() };
  } catch {
    return undefined;
  }
}

if (process.argv[1] && (await realpath(process.argv[1])) === fileURLToPath(import.meta.url)) {
  const [folder, port] = process.argv.slice(2);
  if (!folder) throw new Error('usage: node tools/serve.mjs FOLDER [PORT]');
  const { url } = await serve(folder, Number(port ?? 0));
  console.log(`Convscope is at ${url}`);
}
