/**
 * Makes a copy of www/ ready to be published:
 *
 *     node tools/site.mjs FOLDER
 *
 * It gets a web manifest and a service worker, and beside each file that is worth it, the file as .br and .gz.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';

const WORKER_TEMPLATE = fileURLToPath(new URL('site/service-worker.js', import.meta.url));
const MANIFEST = {
  name: 'Convscope',
  description: 'See what a convnet sees: every layer’s feature maps, in your browser',
  start_url: '.',
  display: 'standalone',
  background_color: '#fafaf8',
  theme_color: '#fafaf8',
  icons: [{ src: 'icon.svg', type: 'image/svg+xml', sizes: 'any' }],
};

/** What pages load, by its end; types and notices are for people. */
const LOADED = /\.(css|html|jpg|js|json|onnx|svg|wasm|webmanifest)$/;
/** What is kept only once it has been asked for: the models, but for the one that the page opens with. */
const LARGE = /^models\/(?!cats-vs-dogs\.).*\.onnx$/;

/** Pictures are compressed already. */
const COMPRESSIBLE = /\.(css|html|js|json|md|onnx|svg|ts|txt|wasm|webmanifest)$/;
/** What a compressed file has to save to be kept, of its size. */
const WORTH = 0.05;

/**
 * Makes a site installable, and gives it what it needs offline.
 *
 * @param {string} folder
 */
export function makeInstallable(folder) {
  const page = path.join(folder, 'index.html');
  const link = '<link rel="manifest" href="convscope.webmanifest" />';
  writeFileSync(page, readFileSync(page, 'utf8').replace('</head>', `  ${link}\n  </head>`));
  writeFileSync(path.join(folder, 'convscope.webmanifest'), JSON.stringify(MANIFEST, null, 2));

  const files = listFiles(folder).filter(
    (name) => LOADED.test(name) && name !== 'service-worker.js',
  );
  const hashed = files.map((name) => {
    const digest = createHash('sha256').update(readFileSync(path.join(folder, name)));
    return [name, `sha256-${digest.digest('base64')}`];
  });
  const script = readFileSync(WORKER_TEMPLATE, 'utf8');
  const digest = createHash('sha256').update(script).update(JSON.stringify(hashed));
  const site = {
    version: digest.digest('hex').slice(0, 16),
    shell: Object.fromEntries(hashed.filter(([name = '']) => !LARGE.test(name))),
    large: Object.fromEntries(hashed.filter(([name = '']) => LARGE.test(name))),
  };
  const worker = `const SITE = ${JSON.stringify(site, null, 2)};\n\n${script}`;
  writeFileSync(path.join(folder, 'service-worker.js'), worker);
}

/**
 * Puts files as .br and .gz beside those of a site where that makes them smaller.
 *
 * @param {string} folder
 */
export async function compress(folder) {
  const files = listFiles(folder).filter((name) => COMPRESSIBLE.test(name));
  await Promise.all(
    files.map(async (name) => {
      const file = path.join(folder, name);
      const bytes = await readFile(file);
      const compressed = {
        br: await promisify(brotliCompress)(bytes),
        gz: await promisify(gzip)(bytes, { level: 9 }),
      };
      for (const [end, smaller] of Object.entries(compressed)) {
        if (smaller.length > bytes.length * (1 - WORTH)) continue;
        await writeFile(`${file}.${end}`, smaller);
      }
    }),
  );
}

/**
 * @param {string} folder
 * @returns {string[]} paths relative to the folder, with slashes, in a fixed order
 */
function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .map((name) => name.split(path.sep).join('/'))
    .sort();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder] = process.argv.slice(2);
  if (!folder) throw new Error('usage: node tools/site.mjs FOLDER');
  makeInstallable(folder);
  await compress(folder);
}
