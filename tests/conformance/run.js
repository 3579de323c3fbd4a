/**
 * Runs single-operator tests of the ONNX backend suite in the site's `<conv-scope>`, and holds their outcomes against
 * the known failures in README.md. Ends with status 1 if something is not as listed there.
 *
 *     node tests/conformance/run.js
 */

import path from 'node:path';
import { openBare } from '../e2e/support/browser.js';
import { readProjectFile } from '../e2e/support/files.js';
import { launch } from '../e2e/support/launch.js';
import { readNodes } from '../e2e/support/onnx.js';
import { serveProject } from '../e2e/support/site.js';
import { difference } from './compare.js';
import { fetchSuite, readTestCase } from './suite.js';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('../e2e/support/contract.js').ConvScope} ConvScope
 * @typedef {import('../e2e/support/contract.js').Tensor} Tensor
 * @typedef {import('./suite.js').TestCase} TestCase
 *
 * @typedef {(typeof OUTCOMES)[number]} Outcome
 * @typedef {{ outcome: Outcome, message: string, isClear?: boolean }} Result `isClear` of a refusal: whether it is for
 *   what the engine does not have, and names node and operator
 *
 * @typedef {{ name: string, code: string, message: string }} Failure
 */

const FOLDER = 'tests/conformance';
const OUTCOMES = /** @type {const} */ (['pass', 'refused', 'wrong', 'crashed', 'hung']);
const TIMEOUT_MILLIS = 30_000;
/** A line of README's table of known failures. */
const KNOWN_FAILURE = /^\| `([^`]+)` \|/gm;

const names = readText('core-tests.txt').trim().split('\n');
const known = new Set(
  Array.from(readText('README.md').matchAll(KNOWN_FAILURE), ([, name = '']) => name),
);
const results = await runAll(names);

for (const outcome of OUTCOMES) {
  const those = names.filter((name) => results.get(name)?.outcome === outcome);
  console.log(`${String(those.length).padStart(4)} ${outcome}`);
  if (outcome === 'pass') continue;
  for (const name of those) console.log(`       ${name}: ${results.get(name)?.message}`);
}
const problems = [...unlisted(), ...intolerable()];
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Where outcomes and the table of known failures differ. */
function unlisted() {
  const failed = names.filter((name) => results.get(name)?.outcome !== 'pass');
  return [
    ...failed.filter((name) => !known.has(name)).map((name) => `${name} fails, and is not listed`),
    ...[...known]
      .filter((name) => !failed.includes(name))
      .map((name) => `${name} is listed as a failure, and is none`),
  ];
}

/** Failures that even a listed test may not have. */
function intolerable() {
  return [...results].flatMap(([name, { outcome, message, isClear }]) => {
    if (outcome === 'pass' || isClear) return [];
    const what = outcome === 'refused' ? 'is refused without saying clearly why' : `is ${outcome}`;
    return [`${name} ${what}: ${message}`];
  });
}

/**
 * @param {string[]} names
 * @returns {Promise<Map<string, Result>>}
 */
async function runAll(names) {
  const suite = fetchSuite();
  const server = await serveProject();
  const browser = await launch();
  /** @type {Map<string, Result>} */
  const results = new Map();
  const openPage = async () => {
    const page = await browser.newPage();
    await openBare(page, server.url);
    return page;
  };
  try {
    let page = await openPage();
    for (const name of names) {
      const result = await run(page, readTestCase(suite, name));
      results.set(name, result);
      // The tests that follow are not to suffer for it.
      if (result.outcome === 'crashed' || result.outcome === 'hung') {
        await page.close();
        page = await openPage();
      }
    }
  } finally {
    await browser.close();
    await server.close();
  }
  return results;
}

/**
 * @param {Page} page
 * @param {TestCase} test
 * @returns {Promise<Result>}
 */
async function run(page, { model, dataSets }) {
  const computing = page
    .locator('conv-scope')
    .evaluate(compute, {
      model,
      dataSets: dataSets.map(({ inputs, outputs }) => ({
        tensors: Object.fromEntries(inputs.map(({ name, shape, data }) => [name, { shape, data }])),
        outputs: outputs.map(({ name }) => name),
      })),
    })
    .catch((error) => ({ failure: /** @type {Failure} */ (error), activations: [] }));
  const answer = await Promise.race([computing, timeout()]);
  if (!answer) return { outcome: 'hung', message: `no answer in ${TIMEOUT_MILLIS / 1000} seconds` };
  const { failure, activations } = answer;
  if (failure) return judge(failure, model);
  if (dataSets.length === 0)
    return { outcome: 'wrong', message: 'is opened, but takes no tensors' };
  const differences = dataSets.flatMap(({ outputs }, set) =>
    outputs.map((expected, index) => {
      const actual = activations[set]?.[index];
      const what = actual ? difference(actual, expected) : 'missing';
      return what && `output '${expected.name}': ${what}`;
    }),
  );
  const message = differences.find((what) => what);
  return message ? { outcome: 'wrong', message } : { outcome: 'pass', message: '' };
}

/**
 * Runs in the page: opens the model and gives its outputs for each data set.
 *
 * @param {Element} element
 * @param {object} test
 * @param {Uint8Array<ArrayBuffer>} test.model
 * @param {{ tensors: Record<string, { shape: number[], data: unknown }>, outputs: string[] }[]} test.dataSets
 * @returns {Promise<{ failure: Failure | null, activations: Tensor[][] }>}
 */
async function compute(element, { model, dataSets }) {
  const scope = /** @type {ConvScope} */ (element);
  const activations = [];
  try {
    await scope.openModel(model.buffer, null);
    for (const { tensors, outputs } of dataSets) {
      await scope.setInput(tensors);
      activations.push(await Promise.all(outputs.map((name) => scope.activation(name))));
    }
    return { failure: null, activations };
  } catch (error) {
    const { name, code, message } = /** @type {Failure} */ (error);
    return { failure: { name, code, message }, activations };
  }
}

/**
 * @param {Failure} failure
 * @param {Uint8Array} model
 * @returns {Result}
 */
function judge({ name, code, message }, model) {
  if (name !== 'ConvscopeError') return { outcome: 'crashed', message: `${name}: ${message}` };
  const coded = `${code}: ${message}`;
  if (code === 'engine-crashed') return { outcome: 'crashed', message: coded };
  const namesNode = readNodes(model).some(
    ({ name, op, outputs }) =>
      message.includes(op) &&
      [name, ...outputs].some((label) => label && message.includes(`node '${label}'`)),
  );
  return { outcome: 'refused', message: coded, isClear: code === 'unsupported-model' && namesNode };
}

/** @returns {Promise<null>} */
function timeout() {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), TIMEOUT_MILLIS).unref();
  });
}

/** @param {string} name of a file in this folder */
function readText(name) {
  return Buffer.from(readProjectFile(path.posix.join(FOLDER, name))).toString();
}
