/** The Python package, made and installed. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makePythonPackage } from '../../tools/python.mjs';

/** A Python that has the packages of requirements.txt. */
export const python = process.env.CONVSCOPE_JUPYTER_PYTHON ?? 'python3';

/**
 * Makes the wheel and installs it into a new folder.
 *
 * @returns {Promise<{ folder: string, packages: string }>} the new folder, and where in it the package is installed
 */
export async function installWheel() {
  const folder = mkdtempSync(path.join(tmpdir(), 'convscope-integrations-'));
  const source = path.join(folder, 'source');
  const wheels = path.join(folder, 'wheels');
  const packages = path.join(folder, 'packages');
  await makePythonPackage(source);
  const offline = ['--quiet', '--no-deps', '--no-index', '--disable-pip-version-check'];
  pip('wheel', ...offline, '--no-build-isolation', '--wheel-dir', wheels, source);
  const [wheel = ''] = readdirSync(wheels);
  pip('install', ...offline, '--target', packages, path.join(wheels, wheel));
  return { folder, packages };
}

/** @param {string[]} options */
function pip(...options) {
  execFileSync(python, ['-m', 'pip', ...options], { stdio: 'inherit' });
}
