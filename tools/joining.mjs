/** How the site's many modules become few files: for the site as it is published, the packages and the single file. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'esbuild';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const www = path.join(root, 'www');

/** What esbuild is told in any case. */
export const common = /** @type {const} */ ({
  bundle: true,
  format: 'esm',
  target: 'es2022',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
});

/** What Cargo.toml says of the crate, whose version and licence are those of all packages. */
export function crate() {
  const options = ['--no-deps', '--locked', '--format-version', '1'];
  const output = execFileSync('cargo', ['metadata', ...options], { cwd: root });
  return JSON.parse(output.toString()).packages[0];
}

/** What modules that use `sheets.js` want defined. */
export function styleSheets() {
  const styles = path.join(www, 'css');
  const sheets = readdirSync(styles).map((name) => [
    path.basename(name, '.css'),
    smallerStyle(readFileSync(path.join(styles, name), 'utf8')),
  ]);
  return { STYLE_SHEETS: JSON.stringify(Object.fromEntries(sheets)) };
}

/** @param {string} text of a style sheet */
export function smallerStyle(text) {
  return transformSync(text, { loader: 'css', minify: true, legalComments: 'none' }).code;
}

/** Puts the texts of style sheets, which `styleSheets` defines, in the place of their files. */
export function inlineStyles() {
  return replaceModule('www/js/page/styles.js', path.join(root, 'tools/sheets.js'));
}

/**
 * Puts a module in the place of another.
 *
 * @param {string} file the other, relative to the project
 * @param {string} replacement
 * @returns {import('esbuild').Plugin}
 */
export function replaceModule(file, replacement) {
  return {
    name: 'replace-module',
    setup({ onLoad }) {
      onLoad({ filter: /\.js$/ }, ({ path: loaded }) =>
        loaded === path.join(root, file)
          ? { contents: readFileSync(replacement, 'utf8'), resolveDir: path.dirname(replacement) }
          : undefined,
      );
    },
  };
}
