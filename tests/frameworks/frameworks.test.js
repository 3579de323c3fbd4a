/**
 * What the Python package makes of models of PyTorch and Keras computes in the page what it computes there.
 *
 * CONVSCOPE_PYTHON names a Python that has the packages of requirements.txt.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before } from 'node:test';
import { makePythonPackage } from '../../tools/python.mjs';
import { browserTest, useBrowser } from '../e2e/support/browser.js';
import { activation, openWell } from '../e2e/support/scope.js';
import { root } from '../e2e/support/site.js';

/** @typedef {import('../e2e/support/contract.js').ConvScope} ConvScope */

const LARGEST_DIFFERENCE = 1e-5;

const python = process.env.CONVSCOPE_PYTHON ?? 'python3';
const folder = mkdtempSync(path.join(tmpdir(), 'convscope-frameworks-'));
const models = path.join(folder, 'models');

useBrowser();
before(async () => {
  await makePythonPackage(path.join(folder, 'package'));
  mkdirSync(models);
  const script = path.join(root, 'tests/frameworks/make_models.py');
  execFileSync(python, [script, models], {
    env: { ...process.env, PYTHONPATH: path.join(folder, 'package/src') },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
});
after(() => rmSync(folder, { recursive: true }));

for (const name of ['torch-tensor', 'torch-shape', 'keras']) {
  browserTest(`a model computes what it did: ${name}`, async ({ openBare }) => {
    const { input, output } = JSON.parse(readFileSync(path.join(models, `${name}.json`), 'utf8'));
    const scope = await openBare();
    const bytes = new Uint8Array(readFileSync(path.join(models, `${name}.onnx`)));
    await openWell(scope, 'openModel', { bytes });
    const last = await scope.evaluate(async (/** @type {ConvScope} */ element, { shape, data }) => {
      const [taken] = await element.inputs();
      await element.setInput({ [taken?.name ?? '']: { shape, data: Float32Array.from(data) } });
      const nodes = await element.nodes();
      return nodes.at(-1)?.outputs[0]?.name ?? '';
    }, input);
    const computed = await activation(scope, last);
    assert.deepEqual(computed.shape, output.shape);
    for (const [index, value] of Array.from(computed.data, Number).entries()) {
      const difference = Math.abs(value - output.data[index]);
      assert(difference < LARGEST_DIFFERENCE, `value ${index} differs by ${difference}`);
    }
  });
}
