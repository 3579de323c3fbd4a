/** The choice of models, and the pad for those that look at drawings. */

import assert from 'node:assert/strict';
import { browserTest, gate, useBrowser } from './support/browser.js';
import { readProjectFile } from './support/files.js';
import { activation, input, nextEvent } from './support/scope.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('playwright-core').Page} Page
 * @typedef {[x: number, y: number][]} Stroke on a pad of 400 x 300
 */

/** @type {{ title: string, description: string, file: string }[]} */
const MODELS = JSON.parse(new TextDecoder().decode(readProjectFile('models/index.json')));

/** @type {Record<string, Stroke[]>} */
const DIGITS = {
  1: [
    [
      [200, 50],
      [200, 250],
    ],
  ],
  4: [
    [
      [170, 50],
      [140, 170],
      [260, 170],
    ],
    [
      [230, 100],
      [230, 250],
    ],
  ],
  7: [
    [
      [140, 60],
      [260, 60],
      [190, 250],
    ],
  ],
};

/** Movements of the mouse along each line of a stroke. */
const STEPS = 8;

useBrowser();

browserTest('models are listed, and loaded only when they are chosen', async ({ page, open }) => {
  /** @type {string[]} */
  const requests = [];
  page.on('request', (request) => requests.push(request.url()));
  const isRequested = (/** @type {string} */ file) =>
    requests.some((url) => url.endsWith(`/models/${file}`));
  const scope = await open();
  const photo = page.getByRole('img', { name: 'Playing kitten' }).first();

  const menu = await openMenu(page);
  const items = menu.getByRole('list', { name: /Models/ }).getByRole('button');
  const texts = await items.allInnerTexts();
  assert.equal(texts.length, MODELS.length);
  for (const [index, { title, description }] of MODELS.entries()) {
    assert(texts[index]?.includes(title) && texts[index].includes(description), texts[index]);
    assert.match(texts[index] ?? '', /\d (MB|kB)/);
  }
  assert.equal(await items.first().getAttribute('aria-current'), 'true');
  assert(!isRequested('efficientnet-lite0.onnx') && !isRequested('digits.onnx'));

  const passed = await nextEvent(scope, 'convscope-pass');
  await items.filter({ hasText: 'EfficientNet' }).click();
  const { prediction } = await passed();
  assert(await menu.isHidden());
  assert(isRequested('efficientnet-lite0.onnx') && !isRequested('digits.onnx'));
  assert(await photo.isVisible(), 'the picture stays');
  assert.match(prediction.classes[0].label, /cat/);
  const { data } = await activation(scope, 'probabilities');
  assert.equal(prediction.classes[0].probability, Math.max(.../** @type {Float32Array} */ (data)));
});

browserTest('the menu is used with the keyboard', async ({ page, open }) => {
  await open();
  const button = page.getByRole('button', { name: /Open model/ });
  await button.press('Enter');
  const menu = page.getByRole('dialog', { name: 'Open a model' });
  await menu.waitFor();
  await page.keyboard.press('Escape');
  await menu.waitFor({ state: 'hidden' });
  assert(await button.evaluate((element) => element.matches(':focus')), 'the focus comes back');

  await button.press('Enter');
  await menu.getByRole('button', { name: /Handwritten digits/ }).press('Enter');
  await page.getByRole('heading', { name: 'conv1', exact: true }).waitFor();
  assert(await menu.isHidden());
});

browserTest('a model is opened by its address', async ({ page, project, open }) => {
  const scope = await open();
  const menu = await openMenu(page);
  await menu.getByRole('textbox').fill(`${project}www/models/digits.onnx`);
  await menu.getByRole('textbox').press('Enter');
  await page.getByRole('heading', { name: 'conv1', exact: true }).waitFor();
  assert.equal((await activation(scope, 'probabilities')).data.length, 10);
});

browserTest(
  'an address that another site does not let read is explained, and can be corrected',
  async ({ page, open }) => {
    const scope = await open();
    // A server that answers, but gives leave to another site only.
    const headers = { 'access-control-allow-origin': 'https://elsewhere.example' };
    await page.route('https://models.example/**', (route) => route.fulfill({ headers }));
    const menu = await openMenu(page);
    await menu.getByRole('textbox').fill('https://models.example/net.onnx');
    await menu.getByRole('button', { name: 'Open', exact: true }).click();
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(
      await alert.innerText(),
      /models\.example\/net\.onnx.*CORS.*file from this device/s,
    );
    assert.equal((await activation(scope, 'dense_1')).data.length, 1);
    await openMenu(page);
    assert.equal(await menu.getByRole('textbox').inputValue(), 'https://models.example/net.onnx');
  },
  { expected: [/models\.example/] },
);

browserTest(
  'a model for drawings shows a pad with a digit; the photo comes back with the next model',
  async ({ page, open }) => {
    const scope = await open();
    const pad = page.getByRole('application', { name: 'Drawing pad' });
    assert(await pad.isHidden());
    await (await openMenu(page)).getByRole('button', { name: /Handwritten/ }).click();
    await pad.waitFor();
    await predicted(page, '2');
    const change = page.getByText('change since the pass before');
    assert(await change.isHidden(), 'a drawing is compared with a photo');
    const { shape, data } = await input(scope);
    assert.deepEqual(shape, [1, 1, 28, 28]);
    checkPrepared(/** @type {Float32Array} */ (data));

    await page.getByRole('button', { name: 'Draw a 7' }).click();
    await predicted(page, '7');
    await change.waitFor();
    await (await openMenu(page)).getByRole('button', { name: /Cats vs dogs/ }).click();
    await predicted(page, 'cat');
    await page.getByRole('img', { name: 'Playing kitten' }).first().waitFor();
    assert(await change.isHidden(), 'a photo is compared with a drawing');
    assert(await pad.isHidden());
    assert(await page.getByRole('img', { name: 'Playing kitten' }).first().isVisible());
  },
);

browserTest(
  'opened first, it compares its digit with no photo, however late that is known as a sample',
  async ({ page, project }) => {
    const photographed = gate();
    await page.route('**/samples.json', async (route) => {
      await photographed.passed;
      await route.continue();
    });
    await page.goto(`${project}www/?model=models/digits.onnx`);
    const scope = page.locator('conv-scope');
    const probability = page.locator('convscope-prediction .class-probability').first();
    await probability.waitFor();
    const drawn = await nextEvent(scope, 'convscope-pass');
    photographed.open();
    await drawn();
    await predicted(page, '2');
    const prediction = page.locator('convscope-prediction');
    await prediction.getByText('change since the pass before').waitFor({ state: 'hidden' });
    assert.doesNotMatch(await prediction.innerText(), /new|[+−±]/);
  },
);

for (const [digit, strokes] of Object.entries(DIGITS)) {
  browserTest(`a ${digit} drawn with the mouse is read`, async ({ page, open }) => {
    const scope = await openPad(page, open);
    for (const stroke of strokes) await drawStroke(page, stroke);
    await predicted(page, digit);
    checkPrepared(/** @type {Float32Array} */ ((await input(scope)).data));
  });
}

browserTest(
  'what is drawn can be undone, cleared and shared',
  async ({ page, open }) => {
    const scope = await openPad(page, open);
    await drawStroke(page, DIGITS[1]?.[0] ?? []);
    await predicted(page, '1');
    const one = await input(scope);
    await drawStroke(page, [
      [100, 150],
      [300, 150],
    ]);
    const undone = await nextEvent(scope, 'convscope-pass');
    await page.getByRole('button', { name: 'Undo' }).click();
    await undone();
    assert.deepEqual((await input(scope)).data, one.data);

    await page.getByRole('button', { name: 'Copy link' }).click();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const cleared = await nextEvent(scope, 'convscope-pass');
    await page.getByRole('button', { name: 'Clear' }).click();
    await cleared();
    assert(/** @type {Float32Array} */ ((await input(scope)).data).every((value) => value === 0));
    assert(await page.getByRole('button', { name: 'Undo' }).isDisabled());

    const shared = await open(new URL(link).search);
    assert.deepEqual((await input(shared)).data, one.data);
  },
  { permissions: ['clipboard-read', 'clipboard-write'] },
);

browserTest('the pad is drawn on with the keyboard', async ({ page, open }) => {
  const scope = await openPad(page, open);
  const pad = page.getByRole('application', { name: 'Drawing pad' });
  await pad.focus();
  const press = async (/** @type {string} */ key, /** @type {number} */ times) => {
    for (let time = 0; time < times; time++) await page.keyboard.press(key);
  };
  /** What each press draws has run before the next one. */
  const draw = async (/** @type {string} */ key, /** @type {number} */ times) => {
    for (let time = 0; time < times; time++) {
      const drawn = await nextEvent(scope, 'convscope-pass');
      await page.keyboard.press(key);
      await drawn();
    }
  };
  // From the middle to the upper end of a 1, and down.
  await press('ArrowUp', 5);
  assert.match(await page.getByRole('status').filter({ hasText: 'Pen' }).innerText(), /up/);
  await draw('Space', 1);
  await draw('ArrowDown', 10);
  assert.match(await page.getByRole('status').filter({ hasText: 'Pen' }).innerText(), /down/);
  await press('Space', 1);
  await predicted(page, '1');
  // With the pen up nothing is added.
  const before = await input(scope);
  await press('ArrowLeft', 4);
  assert.deepEqual((await input(scope)).data, before.data);
  await draw('Delete', 1);
  assert(/** @type {Float32Array} */ ((await input(scope)).data).every((value) => value === 0));
});

/** @param {Page} page */
async function openMenu(page) {
  await page.getByRole('button', { name: /Open model/ }).click();
  const menu = page.getByRole('dialog', { name: 'Open a model' });
  await menu.waitFor();
  return menu;
}

/**
 * The pad with nothing on it.
 *
 * @param {Page} page
 * @param {(query: string) => Promise<Locator>} open
 */
async function openPad(page, open) {
  const scope = await open('?model=models/digits.onnx');
  await predicted(page, '2');
  const emptied = await nextEvent(scope, 'convscope-pass');
  await page.getByRole('button', { name: 'Clear' }).click();
  await emptied();
  return scope;
}

/**
 * @param {Page} page
 * @param {Stroke} stroke
 */
async function drawStroke(page, stroke) {
  const pad = page.getByRole('application', { name: 'Drawing pad' });
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  assert(box);
  const at = (/** @type {[number, number]} */ [x, y]) =>
    /** @type {const} */ ([box.x + (x / 400) * box.width, box.y + (y / 300) * box.height]);
  const [first, ...others] = stroke;
  assert(first);
  const scope = page.locator('conv-scope');
  /** What is drawn has run before more of it is. */
  const draw = async (/** @type {() => Promise<void>} */ act) => {
    const drawn = await nextEvent(scope, 'convscope-pass');
    await act();
    await drawn();
  };
  await page.mouse.move(...at(first));
  await draw(() => page.mouse.down());
  let [x, y] = first;
  for (const [toX, toY] of others) {
    for (let step = 1; step <= STEPS; step++) {
      const share = step / STEPS;
      await draw(() => page.mouse.move(...at([x + (toX - x) * share, y + (toY - y) * share])));
    }
    [x, y] = [toX, toY];
  }
  await page.mouse.up();
}

/**
 * Waits until the best class is this.
 *
 * @param {Page} page
 * @param {string} label
 */
async function predicted(page, label) {
  const best = page.locator('convscope-prediction').getByRole('listitem').first();
  await best.locator('.class-label').getByText(label, { exact: true }).waitFor();
}

/**
 * A drawing is prepared as MNIST's are: in a box of 20 pixels, its centre of mass in the middle.
 *
 * @param {Float32Array} picture 28 x 28
 */
function checkPrepared(picture) {
  const inked = [...picture.keys()].filter((index) => (picture[index] ?? 0) > 0.5);
  const rows = inked.map((index) => Math.floor(index / 28));
  const columns = inked.map((index) => index % 28);
  const sides = [rows, columns].map((values) => Math.max(...values) - Math.min(...values) + 1);
  assert(Math.max(...sides) >= 19 && Math.max(...sides) <= 21, `${sides.join(' x ')}`);
  let [mass, x, y] = [0, 0, 0];
  for (const [index, value] of picture.entries()) {
    mass += value;
    x += value * ((index % 28) + 0.5);
    y += value * (Math.floor(index / 28) + 0.5);
  }
  assert(Math.hypot(x / mass - 14, y / mass - 14) < 0.75, `centred on ${x / mass}, ${y / mass}`);
}
