/** The ways in which an application with the package is brought to a browser. */

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build as esbuild } from 'esbuild';
import { build as vite, createServer } from 'vite';
import webpack from 'webpack';

/**
 * Each makes of the application in `from`, which has the package installed, what is served in `to`.
 *
 * @type {Record<string, (from: string, to: string) => Promise<unknown>>}
 */
export const bundlers = {
  /** Modules as they are, found by an import map. */
  async nothing(from, to) {
    cpSync(from, to, { recursive: true });
    const page = path.join(to, 'index.html');
    const imports = {
      convscope: './node_modules/convscope/convscope.js',
      'convscope/engine': './node_modules/convscope/engine.js',
    };
    const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
    writeFileSync(page, readFileSync(page, 'utf8').replace('<script', `${map}<script`));
  },

  async vite(from, to) {
    const build = { outDir: to, emptyOutDir: true, minify: false };
    await vite({ root: from, base: './', configFile: false, logLevel: 'warn', build });
  },

  async webpack(from, to) {
    const stats = await new Promise((resolve, reject) => {
      const options = /** @type {import('webpack').Configuration} */ ({
        mode: 'production',
        // Minifying takes most of the time, and is not what is tested.
        optimization: { minimize: false },
        context: from,
        entry: './main.js',
        output: { path: to, filename: 'main.js' },
        performance: { hints: false },
      });
      webpack(options, (error, stats) => (error ? reject(error) : resolve(stats)));
    });
    if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString());
    cpSync(path.join(from, 'index.html'), path.join(to, 'index.html'));
  },

  async esbuild(from, to) {
    const entryPoints = [path.join(from, 'main.js')];
    await esbuild({ entryPoints, outdir: to, bundle: true, format: 'esm', logLevel: 'warning' });
    cpSync(path.join(from, 'index.html'), path.join(to, 'index.html'));
    // As the package's README says.
    for (const name of ['worker.js', 'imagenet.json', 'wasm']) {
      const copied = path.join(from, 'node_modules/convscope', name);
      cpSync(copied, path.join(to, name), { recursive: true });
    }
  },
};

/**
 * Vite's server for development.
 *
 * @param {string} root the application's folder
 */
export async function developWithVite(root) {
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'warn',
    server: { host: '127.0.0.1', port: 0 },
    optimizeDeps: { exclude: ['convscope'] },
  });
  await server.listen();
  return { url: server.resolvedUrls?.local[0] ?? '', close: () => server.close() };
}
