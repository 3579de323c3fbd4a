/**
 * Makes the npm package of what lies in www/, into a folder:
 *
 *     node tools/npm.mjs FOLDER ENGINE
 *
 * ENGINE is the folder of the wasm module and its glue. The package holds few files instead of the site's many, for those
 * who load it from afar, and addresses in the form that bundlers follow.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { common, crate, inlineStyles, replaceModule, root, styleSheets, www } from './joining.mjs';
import { LICENCES, notices } from './notices.mjs';

const templates = path.join(root, 'tools/npm');

/**
 * @param {string} folder replaced if it exists
 * @param {string} [engine]
 */
export async function makePackage(folder, engine = path.join(www, 'wasm')) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.join(folder, 'wasm'), { recursive: true });
  await bundle(folder);
  const files = [
    'convscope.js',
    'convscope.d.ts',
    'convscope_bg.wasm',
    'convscope_bg.wasm.d.ts',
    'convscope_relaxed_bg.wasm',
  ];
  for (const name of files) copyFileSync(path.join(engine, name), path.join(folder, 'wasm', name));
  declareTypes(path.join(folder, 'types'));
  for (const name of ['index.d.ts', 'engine.d.ts', 'README.md']) {
    copyFileSync(path.join(templates, name), path.join(folder, name));
  }
  for (const name of ['CHANGELOG.md', ...LICENCES]) {
    copyFileSync(path.join(root, name), path.join(folder, name));
  }
  copyFileSync(
    path.join(root, 'models/efficientnet-lite0.json'),
    path.join(folder, 'imagenet.json'),
  );
  writeFileSync(path.join(folder, 'THIRD-PARTY-NOTICES.txt'), notices());
  writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(description(), null, 2)}\n`);
}

/** @param {string} folder */
async function bundle(folder) {
  await build({
    ...common,
    outdir: folder,
    entryPoints: [path.join(www, 'convscope.js')],
    define: styleSheets(),
    plugins: [
      inlineStyles(),
      replaceModule('www/js/page/assets.js', path.join(templates, 'page-assets.js')),
    ],
  });
  // One file, which bundlers copy as it is.
  await build({
    ...common,
    outdir: folder,
    entryPoints: [path.join(www, 'js/worker/worker.js')],
    plugins: [replaceModule('www/js/worker/assets.js', path.join(templates, 'worker-assets.js'))],
  });
  await build({
    ...common,
    outdir: folder,
    entryPoints: [path.join(www, 'engine.js')],
    external: ['./wasm/convscope.js'],
    plugins: [replaceModule('www/js/worker/assets.js', path.join(templates, 'engine-assets.js'))],
  });
}

/** @param {string} folder */
function declareTypes(folder) {
  const project = path.join(root, 'tsconfig.page.json');
  const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly'];
  const compiler = path.join(root, 'node_modules/.bin/tsc');
  execFileSync(compiler, ['-p', project, ...options, '--outDir', folder, '--rootDir', www]);
  // The site's own pages are not in the package.
  for (const name of ['embed', 'host', 'index', 'start']) rmSync(path.join(folder, `${name}.d.ts`));
  for (const name of ['manifest.d.ts', 'protocol.d.ts']) {
    mkdirSync(path.join(folder, 'js/shared'), { recursive: true });
    copyFileSync(path.join(www, 'js/shared', name), path.join(folder, 'js/shared', name));
  }
}

/** The package's package.json: the crate's facts under npm's names. */
function description() {
  const { name, version, description, keywords, license } = crate();
  return {
    name,
    version,
    description,
    keywords,
    license: `(${license})`,
    type: 'module',
    engines: { node: '>=20.16' },
    sideEffects: ['./convscope.js'],
    exports: {
      '.': { types: './index.d.ts', default: './convscope.js' },
      './engine': { types: './engine.d.ts', default: './engine.js' },
      './wasm/convscope_bg.wasm': './wasm/convscope_bg.wasm',
      './wasm/convscope_relaxed_bg.wasm': './wasm/convscope_relaxed_bg.wasm',
      './package.json': './package.json',
    },
    types: './index.d.ts',
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder, engine] = process.argv.slice(2);
  if (!folder) throw new Error('usage: node tools/npm.mjs FOLDER [ENGINE]');
  await makePackage(folder, engine);
}
