/**
 * Makes the Python package of what lies in integrations/python and www, into a folder that pip takes:
 *
 *     node tools/python.mjs FOLDER ENGINE
 *
 * ENGINE is the folder of the wasm module and its glue.
 */
import { copyFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { common, crate, inlineStyles, replaceModule, root, styleSheets } from './joining.mjs';
import { LICENCES, notices } from './notices.mjs';
import { makeParts } from './single-file.mjs';

const source = path.join(root, 'integrations/python');

/**
 * @param {string} folder replaced if it exists
 * @param {string} [engine]
 */
export async function makePythonPackage(folder, engine) {
  rmSync(folder, { recursive: true, force: true });
  for (const name of ['pyproject.toml', 'README.md', 'src']) {
    cpSync(path.join(source, name), path.join(folder, name), {
      recursive: true,
      filter: (file) => path.basename(file) !== '__pycache__',
    });
  }
  for (const name of LICENCES) {
    copyFileSync(path.join(root, name), path.join(folder, name));
  }
  writeFileSync(path.join(folder, 'THIRD-PARTY-NOTICES.txt'), notices());
  const version = `"""The version, that of the crate."""\n\n__version__ = "${crate().version}"\n`;
  writeFileSync(path.join(folder, 'src/convscope/_version.py'), version);
  await writeStatic(path.join(folder, 'src/convscope/static'), engine);
}

/**
 * @param {string} folder
 * @param {string} [engine]
 */
async function writeStatic(folder, engine) {
  mkdirSync(folder);
  const {
    html,
    page,
    engine: module,
    relaxed,
    worker,
    imagenet,
    notices,
  } = await makeParts(engine);
  const files = {
    'page.html': html,
    'shell.html': page,
    'convscope_bg.wasm.gz': module,
    'relaxed.patch': relaxed,
    'worker.js': worker,
    'imagenet.json': imagenet,
    'notices.txt.gz': notices,
  };
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), content);
  }
  const widget = 'integrations/python/widget';
  await build({
    ...common,
    outdir: folder,
    entryPoints: [path.join(root, widget, 'widget.js')],
  });
  await build({
    ...common,
    outdir: folder,
    entryPoints: [path.join(root, widget, 'page.js')],
    define: styleSheets(),
    plugins: [
      inlineStyles(),
      replaceModule('www/js/page/assets.js', path.join(root, widget, 'page-assets.js')),
      replaceModule('tools/single-file/inlined.js', path.join(root, widget, 'inlined.js')),
    ],
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, engine] = process.argv.slice(2);
  if (!folder) throw new Error('usage: node tools/python.mjs FOLDER [ENGINE]');
  await makePythonPackage(folder, engine);
}
