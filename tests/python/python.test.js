/**
 * The Python that pages export, run: what it draws is what the page draws.
 *
 * CONVSCOPE_PYTHON names a Python that has the packages of requirements.txt.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { browserTest, useBrowser } from '../e2e/support/browser.js';
import {
  channelsFirst,
  decodePng,
  makePng,
  readNpy,
  readProjectFile,
} from '../e2e/support/files.js';
import { identityModel, writeModel } from '../e2e/support/onnx.js';
import { exported, openWell } from '../e2e/support/scope.js';
import { root } from '../e2e/support/site.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('../e2e/support/contract.js').ConvScope} ConvScope
 * @typedef {import('../e2e/support/contract.js').RenderOptions} RenderOptions
 * @typedef {{ width: number, height: number, data: Uint8Array }} Picture
 */

/** Networks sum in another order in onnxruntime, which moves a value in so many across the border of two colours. */
const MOST_DIFFERENT = 1e-3;
/** How far colours next to each other are apart, of 255. */
const NEIGHBOURS = 8;

const python = process.env.CONVSCOPE_PYTHON ?? 'python3';
const folder = mkdtempSync(path.join(tmpdir(), 'convscope-python-'));
after(() => rmSync(folder, { recursive: true }));

useBrowser();

browserTest('Python draws raw tensors in every view as the page does', async ({ openBare }) => {
  const scope = await openBare();
  const cases = new Cases(scope);
  for (const name of foldersOf('tests/render')) {
    const { channelAxis, options } = readJson(`tests/render/${name}/case.json`);
    const array = readNpy(readProjectFile(`tests/render/${name}/input.npy`));
    const { shape, data } = channelAxis === 'last' ? channelsFirst(array) : array;
    const model = identityModel(shape);
    await openWell(scope, 'openModel', { bytes: model });
    await setInput(scope, { input: { shape, data } });
    await cases.add(name, { 'model.onnx': model }, 'identity', options);
  }
  for (const { name, actual, expected } of cases.run()) {
    assert.deepEqual(actual, expected, name);
  }
});

browserTest(
  'Python makes the picture the network’s input as the page does',
  async ({ openBare }) => {
    const scope = await openBare();
    const cases = new Cases(scope);
    const add = async (
      /** @type {string} */ name,
      /** @type {Uint8Array} */ picture,
      /** @type {any} */ manifest,
    ) => {
      const model = identityModel(shapeOf(manifest.input));
      await openWell(scope, 'openModel', { bytes: model }, manifest);
      await openWell(scope, 'openImage', { bytes: picture });
      const files = { 'model.onnx': model, 'picture.png': picture };
      await cases.add(name, files, 'identity', { view: 'layer' });
    };
    const fitting = 'tests/preprocessing/fitting';
    for (const name of foldersOf(fitting)) {
      const picture = readProjectFile(`${fitting}/${name}/source.png`);
      await add(name, picture, readJson(`${fitting}/${name}/manifest.json`));
    }
    const manifest = readJson(`${fitting}/pad-odd/manifest.json`);
    for (const name of ['opacity', 'palette-alpha', 'exif', 'bilevel']) {
      await add(name, readProjectFile(`tests/preprocessing/decoding/${name}.png`), manifest);
    }
    // Inputs of other element types.
    const picture = makePng(3);
    for (const file of ['bytes', 'halves']) {
      const model = readProjectFile(`tests/scope/${file}.onnx`);
      await openWell(scope, 'openModel', { bytes: model });
      await openWell(scope, 'openImage', { bytes: picture });
      const files = { 'model.onnx': model, 'picture.png': picture };
      await cases.add(file, files, 'same', { view: 'layer' });
    }
    for (const { name, actual, expected } of cases.run()) {
      assert.deepEqual(actual, expected, name);
    }
  },
);

for (const [file, manifest, outputs] of /** @type {const} */ ([
  ['models/cats-vs-dogs.onnx', 'models/cats-vs-dogs.json', ['conv2d_5', 'dense']],
  [
    'tests/e2e/models/channels-last.onnx',
    'tests/e2e/models/channels-last.manifest.json',
    ['StatefulPartitionedCall/model/relu:0', 'Identity:0'],
  ],
  ['tests/scope/any-size.onnx', null, ['conv']],
])) {
  browserTest(`Python draws the layers of ${file} as the page does`, async ({ openBare }) => {
    const scope = await openBare();
    const cases = new Cases(scope);
    const picture = readProjectFile('tests/preprocessing/resampling/photo/source.png');
    const model = readProjectFile(file);
    await openWell(scope, 'openModel', { bytes: model }, manifest && readJson(manifest));
    await openWell(scope, 'openImage', { bytes: picture });
    const files = { 'model.onnx': model, 'picture.png': picture };
    for (const output of outputs) {
      for (const options of /** @type {RenderOptions[]} */ ([
        {},
        { view: 'channels', colormap: 'inferno' },
        { view: 'symmetric', channels: [2] },
        { view: 'layer', channels: [1, 0, 2], columns: 2, gap: 3 },
      ])) {
        await cases.add(`${output} ${JSON.stringify(options)}`, files, output, options);
      }
    }
    for (const { name, actual, expected } of cases.run()) {
      assert.deepEqual([actual.width, actual.height], [expected.width, expected.height], name);
      let different = 0;
      for (let index = 0; index < expected.data.length; index++) {
        const distance = Math.abs((actual.data[index] ?? NaN) - (expected.data[index] ?? NaN));
        assert(distance <= NEIGHBOURS, `${name}: byte ${index} differs by ${distance}`);
        if (distance > 0) different++;
      }
      const most = Math.max(4, expected.data.length * MOST_DIFFERENT);
      assert(different <= most, `${name}: ${different} bytes of ${expected.data.length} differ`);
    }
  });
}

browserTest('Python feeds inputs beside the picture’s as the page does', async ({ openBare }) => {
  const scope = await openBare();
  const cases = new Cases(scope);
  const picture = makePng(3, { width: 4, height: 4 });
  await openWell(scope, 'openImage', { bytes: picture });
  for (const [file, output, tensors] of /** @type {const} */ ([
    ['masked', 'chosen', { 'is masked': { shape: [], data: [1] } }],
    ['resized', 'resized', { sizes: { shape: [4], data: [1, 3, 8, 6] } }],
  ])) {
    const model = readProjectFile(`tests/scope/${file}.onnx`);
    await openWell(scope, 'openModel', { bytes: model });
    const files = { 'model.onnx': model, 'picture.png': picture };
    await setInput(scope, tensors);
    await cases.add(file, files, output, { view: 'layer' });
  }
  for (const { name, actual, expected } of cases.run()) {
    assert.deepEqual(actual, expected, name);
  }
});

browserTest('names from strangers stay names in Python', async ({ openBare }) => {
  const scope = await openBare();
  const cases = new Cases(scope);
  const input = 'in"]\n\\';
  const output = '"""\nraise SystemExit(3)\r#\u2028$\\frac{}\\u0000';
  const shape = [1, 2, 3, 4];
  const model = writeModel({
    nodes: [{ op: 'Identity', inputs: [input], outputs: [output] }],
    inputs: [{ name: input, shape }],
    outputs: [{ name: output, shape }],
  });
  await openWell(scope, 'openModel', { bytes: model });
  const data = Float32Array.from({ length: 24 }, (_, index) => index);
  await setInput(scope, { [input]: { shape, data } });
  await cases.add('names', { 'model.onnx': model }, output, { view: 'layer' });
  for (const { actual, expected } of cases.run()) assert.deepEqual(actual, expected);
});

/** Drawings of the page, and the scripts that should draw the same. */
class Cases {
  #scope;
  /** @type {{ name: string, folder: string, expected: Picture }[]} */
  #cases = [];

  /** @param {Locator} scope */
  constructor(scope) {
    this.#scope = scope;
  }

  /**
   * @param {string} name
   * @param {Record<string, Uint8Array>} files that the script needs beside the archive of values
   * @param {string} output
   * @param {RenderOptions} options
   */
  async add(name, files, output, options) {
    const own = mkdtempSync(path.join(folder, 'case-'));
    const script = await this.#scope.evaluate(
      (/** @type {ConvScope} */ element, { output, options }) => {
        return element.exportPython(output, options);
      },
      { output, options },
    );
    const archive = script.includes('np.load')
      ? { 'model.npz': (await exported(this.#scope, 'exportNpz')).bytes }
      : {};
    for (const [file, bytes] of Object.entries({ ...files, ...archive, 'script.py': script })) {
      writeFileSync(path.join(own, file), bytes);
    }
    const { bytes } = await exported(this.#scope, 'exportPng', output, options);
    this.#cases.push({ name, folder: own, expected: decodePng(bytes) });
  }

  /** Runs the scripts. */
  run() {
    assert(this.#cases.length > 0);
    const runner = path.join(root, 'tests/python/run_scripts.py');
    execFileSync(python, ['-W', 'ignore', runner, ...this.#cases.map((one) => one.folder)]);
    return this.#cases.map(({ name, folder, expected }) => {
      const drawn = readdirSync(folder).filter((file) => /^model-.*\.png$/s.test(file));
      assert.equal(drawn.length, 1, name);
      return { name, expected, actual: decodePng(readFileSync(path.join(folder, drawn[0] ?? ''))) };
    });
  }
}

/**
 * @param {Locator} scope
 * @param {Record<string, { shape: readonly number[], data: unknown }>} tensors
 */
function setInput(scope, tensors) {
  return scope.evaluate(async (/** @type {ConvScope} */ element, tensors) => {
    await element.setInput(/** @type {any} */ (tensors));
  }, tensors);
}

/** @param {{ layout: string, width: number, height: number, mean: number[] }} input */
function shapeOf({ layout, width, height, mean }) {
  const { length: channels } = mean;
  return layout === 'NCHW' ? [1, channels, height, width] : [1, height, width, channels];
}

/** @param {string} name relative to the project's folder */
function foldersOf(name) {
  const entries = readdirSync(path.join(root, name), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** @param {string} name relative to the project's folder */
function readJson(name) {
  return JSON.parse(Buffer.from(readProjectFile(name)).toString());
}
