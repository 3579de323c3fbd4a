/** The two engines: for browsers with relaxed SIMD, and for others. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';

const MODELS = ['cats-vs-dogs', 'efficientnet-lite0', 'digits'];
/** Of an output's largest value; roundings add up from layer to layer. */
const TOLERANCE = 5e-5;

useBrowser();

browserTest('a page downloads the engine for its browser, and no other', async ({ page, open }) => {
  const engines = enginesOf(page);
  await open();
  assert.deepEqual(engines, ['convscope_relaxed_bg.wasm']);
});

browserTest('without relaxed SIMD it is the plain one', async ({ page, open }) => {
  await page.route('**/js/shared/simd.js', async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    // In the place of its instruction, one that there is not.
    const changed = text.replace('253, 133, 2,', '253, 255, 7,');
    assert.notEqual(changed, text);
    await route.fulfill({ response, body: changed });
  });
  const engines = enginesOf(page);
  await open();
  assert.deepEqual(engines, ['convscope_bg.wasm']);
});

browserTest('both compute the same but for rounding', async ({ page, project }) => {
  await page.goto(`${project}tests/e2e/pages/bare.html`);
  const differences = await page.evaluate(
    async ({ www, models }) => {
      const read = async (/** @type {string} */ name) =>
        new Uint8Array(await (await fetch(www + name)).arrayBuffer());
      const start = async (/** @type {string} */ module) => {
        /** @type {typeof import('../../www/wasm/convscope.js')} */
        const glue = await import(`${www}wasm/convscope.js?${module}`);
        await glue.default({ module_or_path: `${www}wasm/${module}` });
        return new glue.Engine();
      };
      const engines = [await start('convscope_relaxed_bg.wasm'), await start('convscope_bg.wasm')];
      const picture = await read('samples/koala.jpg');
      /** @type {[output: string, difference: number][]} */
      const differences = [];
      for (const model of models) {
        const bytes = await read(`models/${model}.onnx`);
        const manifest = new TextDecoder().decode(await read(`models/${model}.json`));
        for (const engine of engines) {
          engine.openModel(bytes, model, manifest, {});
          engine.openImage(picture);
          engine.startPass();
          engine.step(Infinity);
        }
        /** @type {{ outputs: { name: string }[] }[]} */
        const nodes = JSON.parse(engines[0]?.nodes() ?? '[]');
        for (const { name } of nodes.flatMap(({ outputs }) => outputs)) {
          const [relaxed = [], plain = []] = engines.map((engine) =>
            Array.from(/** @type {{ data: Float32Array }} */ (engine.activation(name)).data),
          );
          let [largest, difference] = [0, 0];
          for (const [index, value] of plain.entries()) {
            largest = Math.max(largest, Math.abs(value));
            difference = Math.max(difference, Math.abs(value - (relaxed[index] ?? NaN)));
          }
          differences.push([`${model}: ${name}`, difference / (largest || 1)]);
        }
      }
      return differences;
    },
    { www: `${project}www/`, models: MODELS },
  );
  assert(differences.length > 100);
  for (const [output, difference] of differences) {
    assert(difference <= TOLERANCE, `${output}: ${difference}`);
  }
  // Else nothing would be fused, on a machine that can.
  assert(differences.some(([, difference]) => difference > 0));
});

/**
 * The engines that a page will have asked for.
 *
 * @param {import('playwright-core').Page} page
 */
function enginesOf(page) {
  /** @type {string[]} */
  const names = [];
  page.on('request', (request) => {
    const name = /[^/]*_bg\.wasm$/.exec(new URL(request.url()).pathname);
    if (name) names.push(name[0]);
  });
  return names;
}
