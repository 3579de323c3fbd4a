/**
 * Runs the real architectures that the ONNX backend suite has without their weights in the site's `<conv-scope>`, and
 * holds every node's output against onnxruntime's, and the last one against the suite's. Ends with status 1 if one is
 * further off than README.md says.
 *
 *     node tests/conformance/architectures.js [NAME...]
 */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openBare } from '../e2e/support/browser.js';
import { launch } from '../e2e/support/launch.js';
import { runReference } from '../e2e/support/reference.js';
import { activation, nodes, openWell } from '../e2e/support/scope.js';
import { serveProject } from '../e2e/support/site.js';
import { difference, distance } from './compare.js';
import { readInterface, readTensor } from './protobuf.js';
import { ARCHITECTURES, fetchSuite } from './suite.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {{ outputs: number, worst: number, at: string, problems: string[] }} Result `worst` of the distances, and the
 *   output that has it
 */

/** Of an output's largest absolute value. */
const TOLERANCE = 1e-4;
/** What all of them take. */
const SHAPE = [1, 3, 224, 224];

const names = process.argv.length > 2 ? process.argv.slice(2) : ARCHITECTURES;
const suite = fetchSuite();
const server = await serveProject();
const browser = await launch();
try {
  for (const name of names) {
    const page = await browser.newPage();
    const { outputs, worst, at, problems } = await run(await openBare(page, server.url), name);
    await page.close();
    console.log(`${name}: ${outputs} outputs, at most ${worst.toExponential(1)} off, at '${at}'`);
    for (const problem of problems) console.error(`${name}: ${problem}`);
    if (problems.length > 0) process.exitCode = 1;
  }
} finally {
  await browser.close();
  await server.close();
}

/**
 * @param {Locator} scope
 * @param {string} name
 * @returns {Promise<Result>}
 */
async function run(scope, name) {
  const file = path.join(suite, 'light', `light_${name}`);
  const model = new Uint8Array(readFileSync(`${file}.onnx`));
  const { inputs, outputs: answers } = readInterface(model);
  const [[input, ...otherInputs], [answer, ...otherAnswers]] = [inputs, answers];
  if (!input || !answer || otherInputs.length + otherAnswers.length > 0) {
    throw new Error(`${name} has not one input and one output`);
  }
  await openWell(scope, 'openModel', { bytes: model }, null);
  const tensors = { [input.name]: { shape: SHAPE, data: ramp() } };
  await scope.evaluate(
    (/** @type {import('../e2e/support/contract.js').ConvScope} */ element, tensors) =>
      element.setInput(tensors),
    tensors,
  );
  const outputs = (await nodes(scope)).flatMap((node) => node.outputs.map(({ name }) => name));
  const reference = await runReference(model, tensors, outputs);
  /** @type {Result} */
  const result = { outputs: 0, worst: 0, at: '', problems: [] };
  for (const output of outputs) {
    const expected = reference.get(output);
    if (!expected) throw new Error(`onnxruntime has no ${output}`);
    const actual = await activation(scope, output);
    const distanceHere = distance(actual, expected);
    result.outputs++;
    if (!(distanceHere <= TOLERANCE)) result.problems.push(`'${output}' is ${distanceHere} off`);
    if (!(distanceHere <= result.worst)) [result.worst, result.at] = [distanceHere, output];
  }
  const expected = readTensor(readFileSync(`${file}_output_0.pb`));
  const what = difference(await activation(scope, answer.name), expected);
  if (what) result.problems.push(`'${answer.name}' is not the suite's: ${what}`);
  return result;
}

/** The suite's input for models without data: from 0 to 1, in the order of the elements. */
function ramp() {
  const length = SHAPE.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length }, (_, index) => index / length);
}
