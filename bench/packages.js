/** Packages that are measured beside, and are too large for development's. */

import { execFileSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { cacheFolder } from '../tests/conformance/suite.js';

const TENSORFLOW = '4.22.0';

/**
 * The folder of TensorFlow.js's packages, downloaded if it is not there yet.
 *
 * @returns {string}
 */
export function fetchTensorflow() {
  const packages = ['tfjs-core', 'tfjs-backend-wasm'].map(
    (name) => `@tensorflow/${name}@${TENSORFLOW}`,
  );
  const folder = path.join(cacheFolder(), `tensorflow-${TENSORFLOW}`);
  if (!existsSync(folder)) {
    console.log(`downloading ${packages.join(' and ')}`);
    const download = `${folder}-download`;
    rmSync(download, { recursive: true, force: true });
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent', '--prefix'];
    execFileSync('npm', ['install', ...options, download, ...packages], { stdio: 'inherit' });
    renameSync(download, folder);
  }
  return path.join(folder, 'node_modules/@tensorflow');
}
