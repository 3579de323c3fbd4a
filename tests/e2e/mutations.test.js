/** Bundled models with mutations: each is opened or refused, or the engine replaced, and the next good model is opened. */

import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { browserTest, useBrowser } from './support/browser.js';
import { readProjectFile } from './support/files.js';
import { leaves } from './support/onnx.js';
import { root } from './support/site.js';

/** @typedef {import('./pages/mutation-worker.js').Report} Report */

/** CONVSCOPE_MUTATIONS asks for more of each model. */
const MUTATIONS = Number(process.env.CONVSCOPE_MUTATIONS ?? 30);
/** How many share a test, and its time limit. */
const BATCH = 10;
const REFUSALS = ['bad-model', 'unsupported-model', 'too-large', 'bad-input'];
/** The one that is opened after each mutation: the smallest. */
const GOOD = 'digits';

useBrowser();

const models = readdirSync(path.join(root, 'models')).filter((name) => name.endsWith('.onnx'));
assert(models.length >= 3);
for (const model of models) {
  for (let first = 0; first < MUTATIONS; first += BATCH) {
    const end = Math.min(first + BATCH, MUTATIONS);
    browserTest(`mutations ${first} to ${end} of ${model}`, async ({ page, project, openBare }) => {
      await openBare();
      const url = (/** @type {string} */ name) => `${project}www/${name}`;
      const file = readProjectFile(`models/${model}`);
      const job = {
        model: url(`models/${model}`),
        leaves: leaves(file),
        good: {
          model: url(`models/${GOOD}.onnx`),
          manifest: url(`models/${GOOD}.json`),
          picture: url('samples/kitten.jpg'),
        },
      };
      /** @type {Record<string, number>} */
      const outcomes = {};
      /** @type {string | undefined} */
      let answer;
      for (let next = first; next < end;) {
        const script = `${project}tests/e2e/pages/mutation-worker.js`;
        const reports = await page.evaluate(runWorker, {
          script,
          job: { ...job, first: next, end },
        });
        for (const report of reports) {
          assert(!('failure' in report), JSON.stringify(report));
          if ('answer' in report) {
            answer ??= report.answer;
            assert.equal(report.answer, answer, 'another engine has another answer');
          } else {
            assert.equal(report.number, next++);
            outcomes[report.outcome] = (outcomes[report.outcome] ?? 0) + 1;
          }
        }
      }
      console.log(`${model}, ${first} to ${end}: ${JSON.stringify(outcomes)}`);
      const { opened = 0, trapped = 0, ...refused } = outcomes;
      assert.deepEqual(
        Object.keys(refused).filter((code) => !REFUSALS.includes(code)),
        [],
      );
      assert(opened + trapped < end - first, 'no mutation has been refused');
    });
  }
}

/**
 * Runs mutations in a worker until they are done, or one has trapped. Runs in the page.
 *
 * @param {{ script: string, job: import('./pages/mutation-worker.js').Job }} args
 * @returns {Promise<Report[]>}
 */
function runWorker({ script, job }) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { type: 'module' });
    /** @type {Report[]} */
    const reports = [];
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = ({ data }) => {
      reports.push(data);
      const isLast = data.number === job.end - 1 || data.outcome === 'trapped' || data.failure;
      if (!isLast) return;
      worker.terminate();
      resolve(reports);
    };
    worker.postMessage(job);
  });
}
