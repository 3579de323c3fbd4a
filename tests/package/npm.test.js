/** The npm package, packed and installed: in Node.js, for TypeScript, and in applications by each bundler. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { makePackage } from '../../tools/npm.mjs';
import { serve } from '../../tools/serve.mjs';
import { browserTest, ready, useBrowser } from '../e2e/support/browser.js';
import { activation } from '../e2e/support/scope.js';
import { root } from '../e2e/support/site.js';
import { bundlers, developWithVite } from './bundlers/bundle.js';

/** @typedef {import('playwright-core').Page} Page */

/** What the application opens. */
const FILES = {
  'net.onnx': 'models/digits.onnx',
  'net.json': 'models/digits.json',
  'picture.jpg': 'www/samples/koala.jpg',
};

const folder = mkdtempSync(path.join(tmpdir(), 'convscope-package-'));
const app = path.join(folder, 'app');
const installed = path.join(app, 'node_modules/convscope');
after(() => rmSync(folder, { recursive: true }));

useBrowser();

before(async () => {
  const made = path.join(folder, 'made');
  await makePackage(made);
  const options = ['pack', '--silent', '--pack-destination', folder];
  const tarball = execFileSync('npm', options, { cwd: made }).toString().trim();
  cpSync(path.join(root, 'tests/package/bundlers/app'), app, { recursive: true });
  for (const [name, file] of Object.entries(FILES)) {
    cpSync(path.join(root, file), path.join(app, name));
  }
  mkdirSync(installed, { recursive: true });
  const archive = path.join(folder, tarball);
  execFileSync('tar', ['-xzf', archive, '-C', installed, '--strip-components', '1']);
});

test('the engine runs in Node.js', () => {
  const script = `
    import { readFileSync } from 'node:fs';
    import { Engine } from 'convscope/engine';
    const engine = await Engine.load();
    engine.openModel(readFileSync('net.onnx'));
    engine.openImage(readFileSync('picture.jpg'));
    engine.run();
    console.log(JSON.stringify(engine.activation('conv1').shape));`;
  const output = execFileSync('node', ['--input-type=module', '--eval', script], { cwd: app });
  assert.equal(output.toString(), '[1,16,28,28]\n');
});

test('TypeScript knows the element, its methods and events, and the engine', () => {
  const script = `
    import { ConvscopeError, type Tensor } from 'convscope';
    import { Engine } from 'convscope/engine';
    const scope = document.createElement('conv-scope');
    const tensor: Promise<Tensor> = scope.activation('conv1');
    scope.addEventListener('convscope-pass', ({ detail }) => detail.prediction?.classes[0]?.label);
    const engine: Promise<Engine> = Engine.load();
    const { code }: ConvscopeError = new ConvscopeError('bad-model', 'no model');
    // @ts-expect-error There is no such view.
    void scope.render('conv1', { view: 'xray' });
    // @ts-expect-error Nor such a method.
    scope.explode();
    export { code, engine, tensor };`;
  writeFileSync(path.join(app, 'typed.ts'), script);
  const compiler = path.join(root, 'node_modules/.bin/tsc');
  const options = [
    '--noEmit',
    '--strict',
    '--target',
    'es2024',
    '--lib',
    'es2024,dom,dom.iterable',
  ];
  const modules = ['--module', 'esnext', '--moduleResolution', 'bundler', '--types', ''];
  execFileSync(compiler, [...options, ...modules, 'typed.ts'], { cwd: app, stdio: 'inherit' });
});

for (const [name, bundle] of Object.entries(bundlers)) {
  browserTest(`an application works, bundled by ${name}`, async ({ page }) => {
    const to = path.join(folder, name);
    mkdirSync(to);
    await bundle(app, to);
    for (const file of Object.keys(FILES)) cpSync(path.join(app, file), path.join(to, file));
    const server = await serve(to);
    try {
      await checkApplication(page, server.url);
    } finally {
      await server.close();
    }
  });
}

browserTest('an application works in Vite’s development server', async ({ page }) => {
  const server = await developWithVite(app);
  try {
    await checkApplication(page, server.url);
  } finally {
    await server.close();
  }
});

/**
 * @param {Page} page
 * @param {string} url the application's
 */
async function checkApplication(page, url) {
  await page.goto(url);
  const scope = page.locator('conv-scope');
  await ready(scope);
  await page.getByRole('img', { name: /^conv1:/ }).waitFor();
  const tensor = await activation(scope, 'conv1');
  assert.deepEqual(tensor.shape, [1, 16, 28, 28]);
  const display = await scope.evaluate((element) => getComputedStyle(element).display);
  assert.equal(display, 'block');
  const data = await page.evaluate(async () => {
    const { Engine } = /** @type {{ Engine: typeof import('../../www/engine.js').Engine }} */ (
      /** @type {unknown} */ (window)
    );
    const read = async (/** @type {string} */ url) => (await fetch(url)).arrayBuffer();
    const engine = await Engine.load();
    const manifest = JSON.parse(new TextDecoder().decode(await read('net.json')));
    engine.openModel(await read('net.onnx'), { manifest });
    engine.openImage(await read('picture.jpg'));
    engine.run();
    return [...engine.activation('conv1').data];
  });
  assert.deepEqual(data, Array.from(tensor.data, Number));
}
