/**
 * Makes single files of what lies in www/: HTML pages that need no server.
 *
 *     node tools/single-file.mjs ENGINE TEMPLATE [FILE]
 *
 * ENGINE is the folder of the wasm module and its glue. TEMPLATE is what pages of the site save themselves with: the engine
 * and the page without a model. FILE, if given, has a bundled model and a sample picture inside.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { fillTemplate, inline } from '../www/js/page/single-file.js';
import { strings } from '../www/js/page/strings.js';
import { common, inlineStyles, replaceModule, root, styleSheets, www } from './joining.mjs';
import { notices } from './notices.mjs';
import { difference } from './single-file/patch.js';

const sources = path.join(root, 'tools/single-file');

/**
 * @param {string} [engine]
 * @returns {Promise<Blob>} an HTML file without models and pictures. Its end tags are left out, as HTML allows: what is
 *   opened comes after it.
 */
export async function makeTemplate(engine) {
  const { html, ...files } = await makeParts(engine);
  /** @type {BlobPart[]} */
  const parts = [html];
  for (const [name, file] of Object.entries(files)) {
    parts.push(...(await inline(name, new Blob([file]))));
  }
  return new Blob(parts);
}

/**
 * What the template is made of: its page, and the files that are inlined after that, by their elements' names.
 *
 * @param {string} [engine]
 */
export async function makeParts(engine = path.join(www, 'wasm')) {
  const page = await join('tools/single-file/page.js', {
    define: styleSheets(),
    plugins: [
      inlineStyles(),
      replaceModule('www/js/page/assets.js', path.join(sources, 'page-assets.js')),
    ],
  });
  const worker = await join('www/js/worker/worker.js', {
    // No module: browsers start none from a disk. The address that it has in place of its own is not asked for.
    format: 'iife',
    logOverride: { 'empty-import-meta': 'silent' },
    plugins: [replaceModule('www/js/worker/assets.js', path.join(sources, 'worker-assets.js'))],
  });
  const style = readFileSync(path.join(www, 'style.css'), 'utf8');
  const icon = readFileSync(path.join(www, 'icon.svg')).toString('base64');
  const shell = readFileSync(path.join(sources, 'template.html'), 'utf8')
    .replace('SCRIPT_HASH', hash(page))
    .replace('STYLE_HASH', hash(style))
    .replace('ICON', () => icon);
  const plain = readFileSync(path.join(engine, 'convscope_bg.wasm'));
  const relaxed = readFileSync(path.join(engine, 'convscope_relaxed_bg.wasm'));
  return {
    html: shell.replace('STYLE', () => style).replace('SCRIPT', () => page),
    // What the file makes the template of once more.
    page: shell,
    engine: gzipSync(plain, { level: 9 }),
    relaxed: difference(plain, relaxed),
    worker,
    imagenet: readFileSync(path.join(root, 'models/efficientnet-lite0.json')),
    notices: gzipSync(notices(), { level: 9 }),
  };
}

/**
 * What the page of the site shows first.
 *
 * @returns {import('../www/js/page/single-file.js').Content}
 */
export function firstContent() {
  const model = path.join(root, 'models/cats-vs-dogs');
  const picture = readFileSync(path.join(www, 'samples/kitten.jpg'));
  const samples = JSON.parse(readFileSync(path.join(www, 'samples/samples.json'), 'utf8'));
  return {
    model: { name: 'cats-vs-dogs.onnx', file: new Blob([readFileSync(`${model}.onnx`)]) },
    manifest: JSON.parse(readFileSync(`${model}.json`, 'utf8')),
    data: {},
    picture: {
      name: 'kitten.jpg',
      file: new Blob([picture], { type: 'image/jpeg' }),
      crop: null,
      credit: strings.credit(
        samples.find((/** @type {{ file: string }} */ { file }) => file === 'kitten.jpg'),
      ),
    },
    attributes: {},
  };
}

/**
 * @param {string} entry a file of the project
 * @param {import('esbuild').BuildOptions} options
 */
async function join(entry, options) {
  const { outputFiles = [] } = await build({
    ...common,
    ...options,
    entryPoints: [path.join(root, entry)],
    write: false,
  });
  const text = outputFiles[0]?.text ?? '';
  // esbuild escapes it; else it would end the element.
  if (/<\/script|<!--/i.test(text)) throw new Error(`${entry} cannot be a script inline`);
  return text;
}

/** @param {string} text of an inline script or style */
function hash(text) {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [engine, template, file] = process.argv.slice(2);
  if (!template) throw new Error('usage: node tools/single-file.mjs ENGINE TEMPLATE [FILE]');
  const made = await makeTemplate(engine);
  const write = async (/** @type {string} */ name, /** @type {Blob} */ blob) =>
    writeFileSync(name, Buffer.from(await blob.arrayBuffer()));
  await write(template, made);
  if (file) await write(file, await fillTemplate(made, firstContent()));
}
