/** Networks of any size and outputs of any rank: the outline, and how they are drawn. */

import assert from 'node:assert/strict';
import { FOR_AXE, violations } from './support/accessibility.js';
import { browserTest, longestTask, PHONE, useBrowser } from './support/browser.js';
import { readProjectFile } from './support/files.js';
import { writeModel } from './support/onnx.js';
import { activation, call, canvasPixels, nodes, openWell, render } from './support/scope.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('playwright-core').Page} Page
 */

const BLOCKS_PER_STAGE = 50;
const STAGES = 4;
/** How long the page may be frozen, in times of what a plain page needs for some thousand lines. */
const LONGEST_TASK = 2;

useBrowser();

browserTest(
  'a thousand nodes are in blocks, to be opened and closed',
  async ({ page, openBare }) => {
    const scope = await openBare();
    await openWell(scope, 'openModel', { bytes: deepModel() });
    const nodes = await scope.evaluate(
      (/** @type {import('./support/contract.js').ConvScope} */ element) => element.nodes(),
    );
    assert.equal(nodes.length, 1000);
    const outline = page.getByRole('navigation', { name: 'Network' });
    const rows = outline.getByRole('button');
    assert.deepEqual(await names(rows), ['stage1', 'stage2', 'stage3', 'stage4']);

    await rows.nth(1).press('ArrowRight');
    assert.equal(await rows.count(), STAGES + BLOCKS_PER_STAGE);
    const block = outline.getByRole('button', { name: /^block7/ });
    assert.match(await block.innerText(), /3 layers/);
    await block.click();
    assert.equal(await block.getAttribute('aria-expanded'), 'true');
    const opened = (await names(rows)).slice(8, 12);
    assert.deepEqual(opened, ['block7', 'relu', 'sigmoid', 'add']);

    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const heading = page.getByRole('heading', { name: 'stage2/block7/relu' });
    assert(await heading.evaluate((element) => element.matches(':focus')));
    assert(await isInViewport(heading));
    await outline.locator('[aria-current=true]').filter({ hasText: 'relu' }).waitFor();

    // From a layer to its block, and out of it.
    await outline.getByRole('button', { name: /^sigmoid/ }).press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    assert.equal(await rows.count(), STAGES + BLOCKS_PER_STAGE);
  },
);

browserTest('layers are found by name and by operator', async ({ page, openBare }) => {
  const scope = await openBare();
  await openWell(scope, 'openModel', { bytes: deepModel() });
  const rows = page.getByRole('navigation', { name: 'Network' }).getByRole('button');
  const search = page.getByRole('searchbox', { name: 'Find by name or operator' });
  await search.fill('stage3/block12/');
  assert.deepEqual(
    await names(rows),
    ['abs', 'relu', 'neg', 'sigmoid', 'add'].map((name) => `stage3/block12/${name}`),
  );
  await page.getByText('5 of 1,000').waitFor();
  await search.fill('neg');
  // The nodes, and the layers that they are in.
  assert.equal(await rows.count(), 2 * STAGES * BLOCKS_PER_STAGE);
  await search.press('ArrowDown');
  assert(await rows.first().evaluate((element) => element.matches(':focus')));
  await page.keyboard.press('ArrowUp');
  await search.fill('stage4/block50/abs');
  await search.press('Enter');
  // It is opened under the layer that it belongs to.
  const summary = page.locator('summary').filter({ hasText: 'stage4/block50/abs' });
  assert(await summary.evaluate((element) => element.matches(':focus')));
  await search.fill('nothing of the kind');
  assert.equal(await rows.count(), 0);
  await page.getByText('0 of 1,000').waitFor();
});

browserTest(
  'a thousand nodes leave the page responsive',
  async ({ page, openBare }) => {
    const scope = await openBare();
    const bytes = deepModel();
    const input = tensor([1, 8, 8, 8]);
    const longest = await longestTask(page, async () => {
      await openWell(scope, 'openModel', { bytes });
      assert.equal(await call(scope, 'setInput', [input]), null);
      await page.getByRole('switch', { name: 'All outputs' }).check();
      await page.getByRole('switch', { name: 'All outputs' }).uncheck();
    });
    assert(longest > 0 && longest <= LONGEST_TASK, `${longest} times a plain page’s`);
  },
  { only: 'chromium' },
);

browserTest('canvases are there near what is in view only', async ({ page, openBare }) => {
  const scope = await openBare();
  await openWell(scope, 'openModel', { bytes: deepModel() });
  assert.equal(await call(scope, 'setInput', [tensor([1, 8, 8, 8])]), null);
  const painted = page.locator('convscope-map.painted');
  const canvases = page.locator('convscope-map canvas');
  await painted.first().waitFor();
  assert((await canvases.count()) < 100);
  const first = page.locator('convscope-layer').first();
  const last = page.locator('convscope-layer').last();
  await last.scrollIntoViewIfNeeded();
  await last.locator('.painted canvas').waitFor();
  await first.locator('convscope-map canvas').waitFor({ state: 'detached' });
  assert((await canvases.count()) < 100);
  await first.scrollIntoViewIfNeeded();
  const canvas = first.locator('.painted canvas');
  await canvas.waitFor();
  const output = (await first.getAttribute('data-output')) ?? '';
  assert.deepEqual(await canvasPixels(canvas), await render(scope, output, { view: 'book' }));

  await page.getByRole('switch', { name: 'All outputs' }).press('Space');
  await page.getByRole('searchbox').fill('block');
  await page.getByRole('switch', { name: 'Figures' }).press('Space');
  const rows = page.getByRole('navigation', { name: 'Network' }).getByRole('listitem');
  await rows.first().locator('.painted canvas').waitFor();
  await rows.last().scrollIntoViewIfNeeded();
  await rows.last().locator('.painted canvas').waitFor();
  await rows.first().locator('canvas').waitFor({ state: 'detached' });
  assert((await rows.locator('canvas').count()) < 100);
});

browserTest(
  'the outline has figures, and makes room for them',
  async ({ page, open }) => {
    const scope = await open();
    const outline = page.getByRole('navigation', { name: 'Network' });
    await page.getByRole('switch', { name: 'Figures' }).press('Space');
    const row = outline.getByRole('button', { name: /conv2d_7 / });
    const { shape, data } = await activation(scope, 'conv2d_7');
    const values = Array.from(data, Number);
    const [, channels = 0, height = 0, width = 0] = shape;
    const isZero = (/** @type {number} */ channel) =>
      values
        .slice(channel * height * width, (channel + 1) * height * width)
        .every((value) => !value);
    const dead = Array.from({ length: channels }, (_, channel) => channel).filter(isZero).length;
    await row.getByText(`${dead} of ${channels}`).waitFor();
    const { parameters = 0 } = (await nodes(scope)).find(({ outputs }) =>
      outputs.some(({ name }) => name === 'conv2d_7_preactivation'),
    ) ?? { parameters: 0 };
    const text = (await row.textContent()) ?? '';
    assert(text.includes(`${parameters.toLocaleString('en')} parameters`), text);
    assert(text.includes(`${Math.ceil((values.length * 4) / 1000)} kB memory`), text);
    assert.match(text, /\d ms time/);
    const canvas = row.locator('.painted canvas');
    await canvas.waitFor();
    const expected = await render(scope, 'conv2d_7', { of: 'mean', view: 'layer' });
    assert.deepEqual(await canvasPixels(canvas), expected);
    assert.deepEqual(await violations(page), []);

    await page.getByRole('switch', { name: 'All outputs' }).press('Space');
    await row.press('Enter');
    assert(await isInViewport(page.getByRole('heading', { name: 'conv2d_7', exact: true })));
    assert.equal(await page.getByRole('switch', { name: 'Figures' }).isChecked(), false);
    assert.equal(await outline.locator('canvas').count(), 0);
  },
  FOR_AXE,
);

browserTest(
  'the outline opens on a phone, with figures',
  async ({ page, open }) => {
    await open();
    await page.locator('convscope-outline summary').press('Enter');
    await page.getByRole('switch', { name: 'Figures' }).press('Space');
    const row = page.getByRole('navigation', { name: 'Network' }).getByRole('button').first();
    await row.locator('.painted canvas').waitFor();
    await row.getByText(/896 parameters/).waitFor();
    assert.deepEqual(await violations(page), []);
  },
  { ...PHONE, ...FOR_AXE, colorScheme: 'dark' },
);

browserTest('branches are drawn beside the outline', async ({ page, openBare }) => {
  const scope = await openBare();
  await openWell(scope, 'openModel', { bytes: readProjectFile('tests/e2e/models/branches.onnx') });
  const outline = page.getByRole('navigation', { name: 'Network' });
  const lanes = await outline.locator('li:has(button)').evaluateAll((rows) =>
    rows.map((row) => ({
      name: row.querySelector('.outline-name')?.textContent ?? '',
      lane: row.querySelector('circle')?.getAttribute('cx'),
      lines: (row.querySelector('path')?.getAttribute('d')?.match(/C/g) ?? []).length,
    })),
  );
  const row = (/** @type {string} */ name) => lanes.find((lane) => lane.name === name);
  assert.notEqual(row('left/prelu')?.lane, row('right/swish')?.lane);
  assert.equal(row('residual')?.lines, 2, 'both branches end in the sum');
  assert.equal(row('left/max')?.lines, 1);
});

const WITHOUT_MANIFEST = { expected: [/404.*ranks\.json/] };

browserTest(
  'outputs of any rank and size are drawn',
  async ({ page, open }) => {
    const scope = await open('?model=../tests/e2e/models/ranks.onnx&view=layer');
    for (const [name, label, size] of /** @type {const} */ ([
      ['2048 channels', '2048 channels of 8 by 8', [16 * 9 - 1, 128 * 9 - 1]],
      ['4096 by 4096', '1 channel of 4096 by 4096', [4096, 4096]],
      ['slices', '12 channels of 16 by 64', [12 * 65 - 1, 16]],
      ['row', '1 channel of 1 by 12288', [6144, 1]],
      ['tokens', '1 channel of 64 by 192', [192, 64]],
      ['attention', '1 channel of 64 by 64', [64, 64]],
      ['is bright', '3 channels of 64 by 64', [3 * 65 - 1, 64]],
      ['vector', '64 values', [64, 1]],
      ['strongest', '64 values', [64, 1]],
      ['scalar', '1 values', [1, 1]],
    ])) {
      await page.getByRole('searchbox').fill(name);
      await page.getByRole('searchbox').press('Enter');
      const section = page.locator(`convscope-layer[data-output="${name}"]`);
      await section.locator('.painted').waitFor();
      const canvas = section.getByRole('img', { name: `${name}: ${label}` });
      const { width, height } = await canvasPixels(canvas);
      assert.deepEqual([width, height], size, name);
      const box = await canvas.boundingBox();
      assert(box && box.height >= 12 && box.width <= 1280, `${name} is shown as ${box}`);
    }
    const scalar = page.locator('convscope-layer[data-output="scalar"]');
    const value = Number((await activation(scope, 'scalar')).data[0]);
    const shown = await scalar.getByRole('listitem').innerText();
    assert(Math.abs(Number(shown.split(/\s+/).at(-1)) - value) < 0.001, shown);
    await see(page.locator('convscope-layer[data-output="row"] .note'), /1\/2/);
  },
  WITHOUT_MANIFEST,
);

browserTest(
  'what is empty or too large to draw says so',
  async ({ page, open }) => {
    await open('?model=../tests/e2e/models/ranks.onnx');
    await page.locator('summary').filter({ hasText: 'nothing' }).click();
    const empty = page.locator('convscope-layer[data-output="nothing"]').getByRole('alert');
    await see(empty, /empty/);
    const large = page.locator('convscope-layer[data-output="5 by 4096 by 4096"]');
    await see(large.getByRole('alert'), /too large.*at most 67108864/is);
  },
  WITHOUT_MANIFEST,
);

/**
 * Scrolls to a text that is there: Firefox does not lay out sections that are far from view.
 *
 * @param {import('playwright-core').Locator} place
 * @param {RegExp} text
 */
async function see(place, text) {
  const found = place.filter({ hasText: text });
  await found.scrollIntoViewIfNeeded();
  await found.waitFor();
}

/** A network of a thousand nodes, in two branches a block that are added. */
function deepModel() {
  const shape = [1, 8, 8, 8];
  const nodes = [];
  let input = 'input';
  for (let block = 0; block < STAGES * BLOCKS_PER_STAGE; block++) {
    const stage = Math.floor(block / BLOCKS_PER_STAGE) + 1;
    const prefix = `stage${stage}/block${(block % BLOCKS_PER_STAGE) + 1}`;
    const name = (/** @type {string} */ part) => `${prefix}/${part}`;
    nodes.push(
      { op: 'Abs', inputs: [input], outputs: [name('abs')] },
      { op: 'Relu', inputs: [name('abs')], outputs: [name('relu')] },
      { op: 'Neg', inputs: [input], outputs: [name('neg')] },
      { op: 'Sigmoid', inputs: [name('neg')], outputs: [name('sigmoid')] },
      { op: 'Add', inputs: [name('relu'), name('sigmoid')], outputs: [name('add')] },
    );
    input = name('add');
  }
  return writeModel({
    nodes,
    inputs: [{ name: 'input', shape }],
    outputs: [{ name: input, shape }],
  });
}

/** @param {number[]} shape */
function tensor(shape) {
  const length = shape.reduce((product, size) => product * size, 1);
  return { input: { shape, data: Array.from({ length }, (_, index) => Math.sin(index)) } };
}

/** @param {Locator} rows the outline's */
function names(rows) {
  return rows.locator('.outline-name').allTextContents();
}

/** @param {Locator} locator */
function isInViewport(locator) {
  return locator.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
}
