/**
 * Makes the site as it is published of what lies in www/:
 *
 *     node tools/site.mjs FOLDER ENGINE
 *
 * ENGINE is the folder of the wasm module, or of its two parts, and of the single file's template. Entries keep their
 * addresses; what they load is joined into few files in assets/, whose names have the hash of what is in them. The site
 * gets a web manifest and a service worker, and beside each file that is worth it, the file as .br and .gz.
 */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'esbuild';
import { RELAXED_SIMD_MODULE } from '../www/js/shared/simd.js';
import { common, inlineStyles, root, smallerStyle, styleSheets, www } from './joining.mjs';
import { LICENCES } from './notices.mjs';

const WORKER_TEMPLATE = fileURLToPath(new URL('site/service-worker.js', import.meta.url));
const MANIFEST = {
  name: 'Convscope',
  description: 'See what a convnet sees: every layer’s feature maps, in your browser',
  start_url: '.',
  display: 'standalone',
  background_color: '#fafaf8',
  theme_color: '#fafaf8',
  icons: [
    { src: 'icons/icon-192.png', type: 'image/png', sizes: '192x192' },
    { src: 'icons/icon-512.png', type: 'image/png', sizes: '512x512' },
    { src: 'icons/maskable-512.png', type: 'image/png', sizes: '512x512', purpose: 'maskable' },
    { src: 'icon.svg', type: 'image/svg+xml', sizes: 'any' },
  ],
};

/** What is published as it is. */
const COPIED = ['examples', 'icon.svg', 'icons', 'models', 'samples', 'THIRD-PARTY-NOTICES.txt'];

/** What pages load and link to; the rest is for people who look into the folder. */
const LOADED =
  /\.(css|html|jpg|js|json|onnx|png|svg|wasm|webmanifest)$|^(assets\/|THIRD-PARTY-NOTICES\.txt$)/;
/** Engines, of which a browser keeps the one for it: with relaxed SIMD, or without. */
const ENGINES = { relaxed: /^assets\/convscope_relaxed_bg-/, plain: /^assets\/convscope_bg-/ };
/** What is kept only once it has been asked for: models but the one that the page opens with, the single file's template. */
const LARGE = /^models\/(?!cats-vs-dogs\.).*\.onnx$|^assets\/single-file-/;

/** Pictures are compressed already. */
const COMPRESSIBLE = /\.(css|html|js|json|md|onnx|svg|ts|txt|wasm|webmanifest)$/;
/** What a compressed file has to save to be kept, of its size. */
const WORTH = 0.05;

/**
 * Makes the files of the site.
 *
 * @param {string} folder
 * @param {string} [engine]
 */
export async function joinSite(folder, engine = path.join(www, 'wasm')) {
  mkdirSync(path.join(folder, 'assets'), { recursive: true });
  for (const name of COPIED) {
    cpSync(path.join(www, name), path.join(folder, name), { recursive: true });
  }
  for (const name of LICENCES) cpSync(path.join(root, name), path.join(folder, name));
  const assets = new Assets(folder);
  for (const name of readdirSync(engine).filter((name) => /\.(wasm|txt)$/.test(name))) {
    assets.add(`wasm/${name}`, readFileSync(path.join(engine, name)));
  }
  for (const name of ['style.css', 'embed.css']) {
    assets.add(name, smallerStyle(readFileSync(path.join(www, name), 'utf8')));
  }
  const options = {
    ...common,
    define: styleSheets(),
    outdir: folder,
    plugins: [inlineStyles(), assets.readdressing()],
  };
  for (const name of ['js/worker/worker.js', 'engine.js']) {
    const entryPoints = [path.join(www, name)];
    const { outputFiles } = await build({ ...options, entryPoints, write: false });
    assets.add(name, outputFiles[0]?.text ?? '');
  }
  const engineEntry = `export * from './${assets.places.get('engine.js')}';\n`;
  writeFileSync(path.join(folder, 'engine.js'), engineEntry);
  await build({ ...options, entryPoints: [path.join(www, 'host.js')] });
  const { metafile } = await build({
    ...options,
    entryPoints: [
      { in: path.join(www, 'convscope.js'), out: 'convscope' },
      { in: path.join(www, 'index.js'), out: 'assets/index' },
      { in: path.join(www, 'embed.js'), out: 'assets/embed' },
      { in: path.join(www, 'start.js'), out: 'assets/start' },
    ],
    splitting: true,
    chunkNames: 'assets/[name]-[hash]',
    metafile: true,
  });
  for (const name of ['index', 'embed', 'start']) {
    assets.take(`${name}.js`, path.join(folder, `assets/${name}.js`));
  }
  for (const name of ['index', 'embed']) {
    const script = path.join(folder, `assets/${name}.js`);
    const { imports = [] } = metafile.outputs[path.relative('', script)] ?? {};
    const shared = imports.map(({ path: file }) => path.relative(folder, file));
    const html = readFileSync(path.join(www, `${name}.html`), 'utf8');
    writeFileSync(path.join(folder, `${name}.html`), publishedPage(html, assets, shared));
  }
}

/** Files of www/ that are in assets/, under names with the hash of what is in them. */
class Assets {
  #folder;
  /** Where they are in the site, by their names in www/. @type {Map<string, string>} */
  places = new Map();

  /** @param {string} folder the site's */
  constructor(folder) {
    this.#folder = folder;
  }

  /**
   * @param {string} name in www/
   * @param {string | Uint8Array} contents
   */
  add(name, contents) {
    const { name: stem, ext } = path.posix.parse(name);
    const hash = createHash('sha256').update(contents).digest('hex').slice(0, 10);
    const place = `assets/${stem}-${hash}${ext}`;
    writeFileSync(path.join(this.#folder, place), contents);
    this.places.set(name, place);
  }

  /**
   * Adds a file that is not to be where it is.
   *
   * @param {string} name in www/
   * @param {string} file
   */
  take(name, file) {
    this.add(name, readFileSync(file));
    rmSync(file);
  }

  /**
   * Leads modules that find a file of www/ by their own address to where it is in the site. They themselves are in assets/.
   *
   * @returns {import('esbuild').Plugin}
   */
  readdressing() {
    /**
     * @param {string} module
     * @param {string} address
     */
    const readdressed = (module, address) => {
      const name = path.relative(www, path.join(path.dirname(module), address));
      const place = this.places.get(name.split(path.sep).join('/')) ?? name;
      const isFolder = address.endsWith('/') ? '/' : '';
      return `new URL('${path.posix.join('..', place)}${isFolder}', import.meta.url)`;
    };
    return {
      name: 'readdressing',
      setup({ onLoad }) {
        onLoad({ filter: /\.js$/ }, ({ path: module }) => {
          const text = readFileSync(module, 'utf8');
          const contents = text.replace(/new URL\('([^']+)', import\.meta\.url\)/g, (_, address) =>
            readdressed(module, address),
          );
          return { contents };
        });
      },
    };
  }
}

/**
 * @param {string} html
 * @param {Assets} assets
 * @param {string[]} shared modules that the page's script imports
 */
function publishedPage(html, { places }, shared) {
  const preloads = shared.map((file) => `<link rel="modulepreload" href="${file}" />\n    `);
  return html
    .replace(/ *<link rel="preload" href="css[^>]*>\n/g, '')
    .replace(/(?<=(?:href|src)=")[^"]+/g, (address) => places.get(address) ?? address)
    .replace('<script', `${preloads.join('')}<script`);
}

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
  const those = (/** @type {(name: string) => boolean} */ isOne) =>
    Object.fromEntries(hashed.filter(([name = '']) => isOne(name)));
  const { relaxed, plain } = ENGINES;
  const site = {
    version: digest.digest('hex').slice(0, 16),
    shell: those((name) => ![LARGE, relaxed, plain].some((kind) => kind.test(name))),
    large: those((name) => LARGE.test(name)),
    engines: {
      relaxedModule: [...RELAXED_SIMD_MODULE],
      relaxed: those((name) => relaxed.test(name)),
      plain: those((name) => plain.test(name)),
    },
  };
  const worker = `const SITE = ${JSON.stringify(site, null, 2)};\n\n${script}`;
  writeFileSync(path.join(folder, 'service-worker.js'), worker);
}

/**
 * Those for the smallest file.
 *
 * @param {Uint8Array} bytes that are compressed
 * @returns {import('node:zlib').BrotliOptions}
 */
export function brotliOptions(bytes) {
  const params = {
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
  };
  return { params };
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
        br: await promisify(brotliCompress)(bytes, brotliOptions(bytes)),
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
  const [folder, engine] = process.argv.slice(2);
  if (!folder) throw new Error('usage: node tools/site.mjs FOLDER [ENGINE]');
  await joinSite(folder, engine);
  makeInstallable(folder);
  await compress(folder);
}
