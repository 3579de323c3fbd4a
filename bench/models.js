/** The models that are measured: the site's own, and the ONNX backend suite's networks. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readProjectFile } from '../tests/e2e/support/files.js';
import { ARCHITECTURES, fetchSuite } from '../tests/conformance/suite.js';
import { setWeightsApart } from './weights.js';

/**
 * @typedef {object} BenchModel
 * @property {string} name
 * @property {Uint8Array<ArrayBuffer>} bytes an ONNX file
 * @property {string} [manifest] JSON
 */

/** The names of all models. */
export function modelNames() {
  return [...bundledNames(), ...ARCHITECTURES];
}

/**
 * @param {string} name
 * @returns {BenchModel}
 */
export function readModel(name) {
  if (bundledNames().includes(name)) {
    const manifest = Buffer.from(readProjectFile(`models/${name}.json`)).toString();
    return { name, bytes: readProjectFile(`models/${name}.onnx`), manifest };
  }
  const file = path.join(fetchSuite(), 'light', `light_${name}.onnx`);
  const bytes = new Uint8Array(readFileSync(file));
  setWeightsApart(bytes);
  return { name, bytes };
}

/** @returns {string[]} */
function bundledNames() {
  /** @type {{ file: string }[]} */
  const index = JSON.parse(Buffer.from(readProjectFile('models/index.json')).toString());
  return index.map(({ file }) => path.basename(file, '.onnx'));
}
