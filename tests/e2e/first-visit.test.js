/** What a visitor sees with no click, and the choices at hand. */

import assert from 'node:assert/strict';
import { browserTest, gate, ready, useBrowser } from './support/browser.js';
import { activation, canvasPixels, nextEvent, render } from './support/scope.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('playwright-core').Page} Page
 */

const LAYERS = [
  { name: 'conv2d_4', operator: 'Conv', shape: [32, 148, 148] },
  { name: 'max_pooling2d_4', operator: 'MaxPool', shape: [32, 74, 74] },
  { name: 'conv2d_5', operator: 'Conv', shape: [64, 72, 72] },
  { name: 'max_pooling2d_5', operator: 'MaxPool', shape: [64, 36, 36] },
  { name: 'conv2d_6', operator: 'Conv', shape: [128, 34, 34] },
  { name: 'max_pooling2d_6', operator: 'MaxPool', shape: [128, 17, 17] },
  { name: 'conv2d_7', operator: 'Conv', shape: [128, 15, 15] },
  { name: 'max_pooling2d_7', operator: 'MaxPool', shape: [128, 7, 7] },
];

useBrowser();

browserTest(
  'eight layers are there with names, shapes, legends and drawings',
  async ({ page, open }) => {
    const scope = await open();
    const names = await page.getByRole('heading', { level: 3 }).allTextContents();
    assert.deepEqual(
      names.filter((text) => LAYERS.some(({ name }) => name === text)),
      LAYERS.map(({ name }) => name),
    );
    for (const { name, operator, shape } of LAYERS) {
      const section = sectionOf(page, name);
      const text = await section.innerText();
      assert.match(text, new RegExp(`\\b${operator}\\b`), name);
      assert(text.includes(shape.join(' × ')), `${name}: ${text}`);

      const [channels, height, width] = shape;
      const label = new RegExp(`^${name}: ${channels} channels of ${height} by ${width}`);
      const canvas = section.getByRole('img', { name: label });
      const drawn = await render(scope, name, { view: 'book' });
      await canvas.scrollIntoViewIfNeeded();
      assert.deepEqual(await canvasPixels(canvas), drawn, `${name} is not drawn as it should be`);

      await checkLegend(section, await activation(scope, name));
    }
  },
);

browserTest('the sample photo and its prediction are there', async ({ page, open }) => {
  const scope = await open();
  const photo = page.getByRole('img', { name: 'Playing kitten' }).first();
  assert(await photo.isVisible());
  assert(await photo.evaluate((/** @type {HTMLImageElement} */ image) => image.naturalWidth > 0));
  await checkPrediction(page, await activation(scope, 'dense_1'));
});

browserTest(
  'engine and model are downloaded before the page’s script is there, and once',
  async ({ page, open }) => {
    const started = gate();
    /** @type {Map<string, number>} */
    const counts = new Map();
    page.on('request', (request) => {
      const [kind = ''] = /[^.]*$/.exec(new URL(request.url()).pathname) ?? [];
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      if (counts.has('wasm') && counts.has('onnx')) started.open();
    });
    await page.route('**/index.js', async (route) => {
      await started.passed;
      await route.continue();
    });
    await open('?model=models/digits.onnx');
    assert.deepEqual([counts.get('wasm'), counts.get('onnx')], [1, 1]);
  },
);

browserTest(
  'nothing moves that is there before the model, nor is there anything that is not for it',
  async ({ page, project }) => {
    const passed = gate();
    await page.route('**/*.onnx', async (route) => {
      await passed.passed;
      await route.continue();
    });
    await page.goto(`${project}www/`);
    const photo = page.getByRole('img', { name: 'Playing kitten' }).first();
    await photo.waitFor();
    assert(await page.getByRole('application', { name: 'Drawing pad' }).isHidden());
    assert(await page.getByRole('button', { name: 'Export…' }).isDisabled());
    const place = await photo.boundingBox();
    passed.open();
    await ready(page.locator('conv-scope'));
    assert.deepEqual(await photo.boundingBox(), place);
    assert(await page.getByRole('button', { name: 'Export…' }).isEnabled());
  },
);

browserTest('what is asked for before that is not downloaded again', async ({ page, open }) => {
  const asked = gate();
  const started = gate();
  let count = 0;
  page.on('request', (request) => {
    if (!request.url().endsWith('.onnx')) return;
    count++;
    asked.open();
  });
  await page.route('**/start.js', async (route) => {
    await asked.passed;
    await route.continue();
  });
  await page.route('**/*.onnx', async (route) => {
    await started.passed;
    await route.continue();
  });
  page.on('requestfinished', (request) => request.url().endsWith('start.js') && started.open());
  const scope = await open();
  assert.equal((await activation(scope, 'dense_1')).data.length, 1);
  assert.equal(count, 1);
});

browserTest('another sample is a click away, with its credit', async ({ page, open }) => {
  const scope = await open();
  const samples = page
    .getByRole('list')
    .filter({ has: page.getByRole('button', { name: 'Koala' }) });
  assert((await samples.getByRole('button').count()) >= 4);
  const before = await activation(scope, 'dense_1');
  const section = sectionOf(page, 'conv2d_4');
  const canvas = section.getByRole('img', { name: /^conv2d_4/ });
  const drawnBefore = await canvasPixels(canvas);

  const passed = await nextEvent(scope, 'convscope-pass');
  await samples.getByRole('button', { name: 'German shepherd' }).click();
  await passed();
  const after = await activation(scope, 'dense_1');
  assert.notDeepEqual(after.data, before.data);
  await checkPrediction(page, after);
  await page.getByText('Hans Kemperman').first().waitFor();
  const pressed = samples.getByRole('button', { pressed: true });
  assert.equal(await pressed.count(), 1);
  assert.equal(await pressed.getAttribute('title'), 'German shepherd');
  assert.notDeepEqual(await canvasPixels(canvas), drawnBefore);
});

browserTest('the outputs of all other nodes can be opened', async ({ page, open }) => {
  const scope = await open();
  const nodes = await scope.evaluate(
    (/** @type {import('./support/contract.js').ConvScope} */ element) => element.nodes(),
  );
  for (const { outputs } of nodes) {
    for (const { name, shape } of outputs) {
      const label = page.getByRole('img', {
        name: new RegExp(`^${name}: ${shape[1]} (channels|values)`),
      });
      if (!(await label.isVisible())) {
        await page.locator('convscope-outputs').getByText(name, { exact: true }).click();
      }
      await label.scrollIntoViewIfNeeded();
      await page.locator(`convscope-layer[data-output="${name}"] .painted`).waitFor();
      const { data } = await canvasPixels(label);
      const colors = new Set(new Uint32Array(data.buffer, data.byteOffset, data.length / 4));
      assert(colors.size > 1 || shape[1] === 1, `${name} is all of one colour`);
      assert(!colors.has(0), `${name} is not painted everywhere`);
    }
  }
});

browserTest(
  'progress is shown by bytes and nodes, and told to the page',
  async ({ page, project }) => {
    await page.addInitScript(() => {
      const progress = /** @type {unknown[]} */ ([]);
      const texts = /** @type {Set<string>} */ (new Set());
      Object.assign(window, { progress, texts });
      document.addEventListener('convscope-progress', (event) => {
        progress.push(/** @type {CustomEvent} */ (event).detail);
        queueMicrotask(() => {
          const { shadowRoot } = /** @type {Element} */ (event.target);
          texts.add(shadowRoot?.querySelector('convscope-status')?.textContent ?? '');
        });
      });
    });
    // On this machine all would be there before the element.
    const begun = gate();
    page.on('request', (request) => request.url().endsWith('samples.json') && begun.open());
    await page.route(/\.(wasm|onnx)$/, async (route) => {
      await begun.passed;
      await route.continue();
    });
    await page.goto(`${project}www/`);
    await page
      .locator('conv-scope')
      .evaluate(
        (/** @type {import('./support/contract.js').ConvScope} */ element) => element.ready,
      );
    const { progress, texts } = await page.evaluate(() => {
      const { progress, texts } = /** @type {Record<string, any>} */ (window);
      return { progress, texts: /** @type {string[]} */ ([...texts]) };
    });
    for (const stage of ['engine', 'model', 'image', 'pass']) {
      const steps = progress.filter(
        (/** @type {{ stage: string }} */ step) => step.stage === stage,
      );
      const last = steps.at(-1);
      assert(steps.length >= 2, `no progress of ${stage}`);
      assert(
        last.total > 0 && last.done === last.total,
        `${stage} ends at ${JSON.stringify(last)}`,
      );
    }
    for (const text of [/engine: .* of .* MB/, /model: .* of 7\.0 MB/, /\d+ of \d+ nodes/]) {
      assert(
        texts.some((shown) => text.test(shown)),
        `${text} was never shown`,
      );
    }
  },
);

/**
 * @param {Page} page
 * @param {string} name an output's
 */
function sectionOf(page, name) {
  const heading = page.getByRole('heading', { name, exact: true });
  return page.locator('convscope-layer').filter({ has: heading });
}

/**
 * The legend states the activation's own smallest and largest values.
 *
 * @param {Locator} section
 * @param {import('./support/contract.js').Tensor} activation
 */
async function checkLegend(section, { data }) {
  const text = (await section.locator('convscope-legend').innerText()).replaceAll('−', '-');
  const [, low, high] = /values (\S+) … ([^\s,]+)/.exec(text) ?? [];
  const values = /** @type {Float32Array} */ (data);
  const extremes = [
    values.reduce((a, b) => Math.min(a, b)),
    values.reduce((a, b) => Math.max(a, b)),
  ];
  for (const [index, shown] of [low, high].entries()) {
    const actual = extremes[index] ?? NaN;
    // Three digits are shown.
    const isRight = Math.abs(Number(shown) - actual) <= Math.abs(actual) * 0.005;
    assert(isRight, `the legend says “${text}”, values go from ${extremes.join(' to ')}`);
  }
}

/**
 * @param {Page} page
 * @param {import('./support/contract.js').Tensor} activation the probability of a dog
 */
async function checkPrediction(page, { data }) {
  const dog = Number(data[0]);
  const percent = (/** @type {number} */ value) => `${(value * 100).toFixed(1)}%`;
  const expected = [`dog ${percent(dog)}`, `cat ${percent(1 - dog)}`];
  if (dog < 0.5) expected.reverse();
  const view = page.locator('convscope-prediction');
  const labels = await view.locator('.class-label').allInnerTexts();
  const probabilities = await view.locator('.class-probability').allInnerTexts();
  assert.deepEqual(
    labels.map((label, index) => `${label} ${probabilities[index]}`),
    expected,
  );
}
