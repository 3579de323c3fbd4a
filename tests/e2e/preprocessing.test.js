/** How pictures become the input and what classes are called: told, guessed, set. */

import assert from 'node:assert/strict';
import { choose, drop, fill, namedFile } from './support/bringing.js';
import { browserTest, useBrowser } from './support/browser.js';
import { decodePng, makePng, readProjectFile } from './support/files.js';
import { call, canvasPixels, input, nextEvent, openWell } from './support/scope.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('./support/contract.js').ConvScope} ConvScope
 * @typedef {{ order: number[], scale: number, mean: number[], std: number[] }} Values
 */

const ANY_SIZE = '?model=../tests/scope/any-size.onnx';
const NOTED = '?model=../tests/scope/noted.onnx';
const THOUSAND = '?model=../tests/scope/thousand.onnx';
const NO_MANIFEST = { expected: [/404.*\.json/] };
const SIZE = { width: 40, height: 30 };
const PICTURE = makePng(5, SIZE);
const LABELS = ['north', 'east', 'south', 'west'];

const RGB = [0, 1, 2];
const BGR = [2, 1, 0];
const [ZEROS, ONES] = [
  [0, 0, 0],
  [1, 1, 1],
];
/** By the names of the choices. @type {Record<string, Values>} */
const PRESETS = {
  '0 … 1': { order: RGB, scale: 1 / 255, mean: ZEROS, std: ONES },
  '0 … 255': { order: RGB, scale: 1, mean: ZEROS, std: ONES },
  '−1 … 1': { order: RGB, scale: 1 / 127.5, mean: ONES, std: ONES },
  torchvision: {
    order: RGB,
    scale: 1 / 255,
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  },
  Caffe: { order: BGR, scale: 1, mean: [103.939, 116.779, 123.68], std: ONES },
};

useBrowser();

browserTest('what the manifest says is no guess', async ({ page, open }) => {
  await open();
  const summary = panel(page).locator('summary');
  assert.match(await summary.innerText(), /manifest.*150 × 150 squashed, bilinear, RGB, 0 … 1/s);
  assert.equal(await panel(page).getByLabel('Width').isVisible(), false);
  await summary.press('Enter');
  for (const name of ['Width', 'Height']) {
    assert(await panel(page).getByLabel(name).isDisabled(), `${name} is the graph’s`);
  }
  assert.equal(await page.getByRole('button', { name: 'Choose labels' }).isVisible(), false);
});

browserTest(
  'a guess is shown as one',
  async ({ page, open }) => {
    await open(ANY_SIZE);
    await openPanel(page);
    const text = await panel(page).innerText();
    assert.match(text, /guess.*224 × 224 squashed.*0 … 1.*nothing in the file tells the rest/s);
    const prediction = await page.locator('convscope-prediction').innerText();
    assert.match(prediction, /class \d.*guess.*'scores'.*logits.*numbers only/s);
  },
  NO_MANIFEST,
);

browserTest(
  'what metadata say is followed: values, order of channels, size, labels',
  async ({ page, open }) => {
    const scope = await open(NOTED);
    assert.match(await panel(page).innerText(), /metadata.*32 × 24.*BGR, −1 … 1/s);
    assert.match(await page.locator('convscope-prediction').innerText(), /metadata/);
    assert(LABELS.includes((await classes(page))[0] ?? ''));
    await openWell(scope, 'openImage', { bytes: makePng(5, { width: 32, height: 24 }) });
    const { shape, data } = await input(scope);
    assert.deepEqual(shape, [1, 3, 24, 32]);
    const values = { order: BGR, scale: 1 / 127.5, mean: ONES, std: ONES };
    const pixels = decodePng(makePng(5, { width: 32, height: 24 })).data;
    assert.deepEqual(data, tensor(pixels, values));
  },
  NO_MANIFEST,
);

browserTest(
  'each preset gives the network its values',
  async ({ page, open }) => {
    const scope = await openInFull(page, open);
    const { data: pixels } = decodePng(PICTURE);
    for (const [name, values] of Object.entries(PRESETS)) {
      await set(scope, () => panel(page).getByLabel('Values').selectOption(name));
      assert.deepEqual((await input(scope)).data, tensor(pixels, values), name);
      await fields(page, {
        Scale: shown(values.scale),
        Mean: values.mean,
        'Std. dev.': values.std,
      });
      assert.match(
        await panel(page).locator('summary').innerText(),
        new RegExp(`set by you.*${name}`, 's'),
      );
    }
  },
  NO_MANIFEST,
);

browserTest(
  'every field can be set, the network runs anew, and all can be put back',
  async ({ page, open }) => {
    const scope = await openInFull(page, open);
    const { data: pixels } = decodePng(PICTURE);
    const settings = panel(page);
    await set(scope, () => fill(settings.getByLabel('Scale'), '1/51'));
    await set(scope, () => fill(settings.getByLabel('Mean, green'), '2.5'));
    await set(scope, () => fill(settings.getByLabel('Std. dev., blue'), '4'));
    const values = { order: RGB, scale: 1 / 51, mean: [0, 2.5, 0], std: [1, 1, 4] };
    assert.deepEqual((await input(scope)).data, tensor(pixels, values));
    assert.match(await settings.innerText(), /other values/);
    // Mean and deviation are the tensor's channels', whatever these are.
    await set(scope, () => settings.getByLabel('Channels').selectOption('BGR'));
    assert.deepEqual((await input(scope)).data, tensor(pixels, { ...values, order: BGR }));
    await settings.getByLabel('Mean, blue').waitFor();

    await page.getByText('What the network gets').click();
    const seen = page.getByRole('img', { name: 'What the network gets' });
    assert.deepEqual((await canvasPixels(seen)).data, new Uint8Array(pixels));
    await set(scope, () => fill(settings.getByLabel('Height'), '60'));
    assert.deepEqual((await input(scope)).shape, [1, 3, 60, 40]);
    await set(scope, () => settings.getByLabel('Fit').selectOption('Pad with black'));
    const { width, height, data } = await canvasPixels(seen);
    assert.deepEqual([width, height], [40, 60]);
    const band = 15 * 40 * 4;
    assert.deepEqual(data.subarray(band, -band), new Uint8Array(pixels));
    assert(data.subarray(0, band).every((value, index) => value === (index % 4 === 3 ? 255 : 0)));
    await page.getByRole('img', { name: /^conv: 4 channels of 60 by 40/ }).waitFor();

    await set(scope, () => settings.getByRole('button', { name: 'Reset' }).click());
    assert.deepEqual((await input(scope)).shape, [1, 3, 224, 224]);
    assert.match(await settings.innerText(), /guess.*224 × 224 squashed/s);
    assert(await settings.getByRole('button', { name: 'Reset' }).isDisabled());
  },
  NO_MANIFEST,
);

browserTest(
  'what is no number or does not fit is said beside its field, and changes nothing',
  async ({ page, open }) => {
    const scope = await openInFull(page, open);
    const before = await input(scope);
    const settings = panel(page);
    for (const [label, value, message] of /** @type {const} */ ([
      ['Width', 'wide', /“wide” is no number/],
      ['Width', '0', /Width is 0/],
      ['Height', '2.5', /Height: invalid/],
      ['Height', '5000', /at most 4096/],
      ['Scale', '', /number is missing/],
      ['Scale', '-1', /Scale is -1, it must be positive/],
      ['Mean, red', '1/0', /“1\/0” is no number/],
      ['Std. dev., green', '0', /Std has 0, it must be positive/],
    ])) {
      const field = settings.getByLabel(label);
      await fill(field, value);
      const id = await field.getAttribute('aria-describedby');
      const beside = settings.locator(`[id="${id}"]`);
      await beside.filter({ hasText: message }).waitFor();
      assert.equal(await field.getAttribute('aria-invalid'), 'true');
      assert.deepEqual(await input(scope), before, `${label} ${value}`);
    }
    await set(scope, () => settings.getByLabel('Values').selectOption('0 … 255'));
    assert.equal(await settings.locator('[aria-invalid="true"]').count(), 0);
    await fields(page, { 'Std. dev.': ONES });
  },
  NO_MANIFEST,
);

browserTest(
  'the newest of many settings counts',
  async ({ page, open }) => {
    const scope = await openInFull(page, open);
    const last = await scope.evaluate(async (/** @type {ConvScope} */ element) => {
      const means = Array.from({ length: 20 }, (_, index) => [index, 0, 0]);
      await Promise.allSettled(means.map((mean) => element.setPreprocessing({ mean, scale: 1 })));
      const { data } = await element.input();
      return data;
    });
    const { data: pixels } = decodePng(PICTURE);
    const values = { order: RGB, scale: 1, mean: [19, 0, 0], std: ONES };
    assert.deepEqual(last, tensor(pixels, values));
    await fields(page, { Mean: [19, 0, 0] });
  },
  NO_MANIFEST,
);

browserTest(
  'what is set can be copied as a manifest, which says the same',
  async ({ page, open }) => {
    const scope = await openInFull(page, open);
    await set(scope, () => panel(page).getByLabel('Values').selectOption('Caffe'));
    assert.equal(await call(scope, 'setLabels', [LABELS]), null);
    const set_ = await input(scope);
    await panel(page).getByRole('button', { name: 'Copy as manifest' }).click();
    await page.getByText('Manifest copied').waitFor();
    const manifest = JSON.parse(await page.evaluate(() => navigator.clipboard.readText()));
    assert.deepEqual(manifest.input.mean, PRESETS.Caffe?.mean);
    assert.deepEqual([manifest.input.channels, manifest.labels], ['bgr', LABELS]);
    const model = readProjectFile('tests/scope/any-size.onnx');
    await openWell(scope, 'openModel', { bytes: model }, manifest);
    assert.deepEqual(await input(scope), set_);
    assert.match(await panel(page).locator('summary').innerText(), /manifest/);
  },
  { ...NO_MANIFEST, permissions: ['clipboard-read', 'clipboard-write'] },
);

browserTest('settings that do not fit reject by name, and stay out', async ({ page, open }) => {
  const scope = await open();
  const before = await input(scope);
  for (const [fields, code, message] of /** @type {const} */ ([
    [{ fitt: 'crop' }, 'bad-input', /fitt/],
    [{ fit: 'zoom' }, 'bad-input', /input\.fit.*zoom/],
    [{ std: [1, 1] }, 'bad-input', /input\.std has 2 values for 3/],
    [{ scale: NaN }, 'bad-input', /input\.scale/],
    [{ preset: 'keras' }, 'bad-input', /input\.preset/],
    [{ width: 151 }, 'bad-input', /\[1, 3, 150, 150\], not \[1, 3, 150, 151\]/],
    [{ width: 1e4 }, 'too-large', /input\.width/],
    [7, 'bad-input', /no object/],
  ])) {
    const failure = await call(scope, 'setPreprocessing', [fields]);
    assert.equal(failure?.code, code, JSON.stringify(fields));
    assert.match(failure?.message ?? '', message);
  }
  assert.deepEqual(await input(scope), before);
  assert.equal(await call(scope, 'setPreprocessing', [{ fit: 'crop' }]), null);
  assert.equal(await page.getByRole('alert').count(), 0);
});

/** @type {[name: string, type: string, text: string][]} */
const GOOD_LABELS = [
  ['labels.txt', 'text/plain', LABELS.join('\r\n')],
  ['labels.json', 'application/json', JSON.stringify(LABELS)],
  [
    'imagenet_class_index.json',
    'application/json',
    JSON.stringify(Object.fromEntries(LABELS.map((label, index) => [index, [`n${index}`, label]]))),
  ],
];

for (const [name, type, text] of GOOD_LABELS) {
  browserTest(
    `labels come from a ${name}, be it chosen or dropped`,
    async ({ page, open }) => {
      await open(ANY_SIZE);
      const [numbered = ''] = await classes(page);
      const best = LABELS[Number(numbered.replace('class ', ''))];
      const file = namedFile(name, type, Buffer.from(text));
      await choose(page, /Choose labels/, [file]);
      await page.getByText('The labels are yours').waitFor();
      assert.equal((await classes(page))[0], best);
      await page.getByRole('button', { name: 'Undo labels' }).click();
      await page.getByText('Classes have numbers only').waitFor();
      assert.equal((await classes(page))[0], numbered);

      await drop(page, [file]);
      await page.getByText('The labels are yours').waitFor();
      const model = Buffer.from(readProjectFile('tests/scope/any-size.onnx'));
      await drop(page, [file, namedFile('again.onnx', 'application/octet-stream', model)]);
      await page.getByText('again.onnx').waitFor();
      await page.getByText('The labels are yours').waitFor();
      assert.equal((await classes(page))[0], best);
      assert.equal(await page.getByRole('alert').count(), 0);
    },
    NO_MANIFEST,
  );
}

for (const [name, text, message] of /** @type {const} */ ([
  ['labels.txt', 'cat\ndog\ncow', /3 labels.*4 classes/],
  ['labels.txt', 'cat\n\ndog\ncow\nhen', /line 2/i],
  ['labels.json', '["cat", "dog"', /neither JSON.*line 1/],
  ['labels.json', '{"0": "cat", "7": "dog"}', /class 7/],
])) {
  browserTest(
    `labels are refused with a reason: ${text.replaceAll('\n', ' ')}`,
    async ({ page, open }) => {
      await open(ANY_SIZE);
      const before = await classes(page);
      await drop(page, [namedFile(name, 'text/plain', Buffer.from(text))]);
      const alert = page.locator('convscope-labels').getByRole('alert');
      await alert.waitFor();
      assert.match(await alert.innerText(), message);
      assert.deepEqual(await classes(page), before);
      await alert.getByRole('button', { name: 'Dismiss' }).click();
      await alert.waitFor({ state: 'hidden' });
    },
    NO_MANIFEST,
  );
}

browserTest(
  'a thousand classes are offered ImageNet’s labels',
  async ({ page, open }) => {
    await open(THOUSAND);
    const numbered = await classes(page);
    const offer = page.getByRole('button', { name: 'Use ImageNet’s labels' });
    await offer.click();
    await offer.waitFor({ state: 'hidden' });
    const manifest = Buffer.from(readProjectFile('models/efficientnet-lite0.json')).toString();
    const { labels } = JSON.parse(manifest);
    const expected = numbered.map((label) => labels[Number(label.replace('class ', ''))]);
    assert.deepEqual(await classes(page), expected);
    assert(expected.length === 5 && expected.every((label) => /^[A-Z a-z,'-]+$/.test(label)));
  },
  NO_MANIFEST,
);

/** @param {Page} page */
function panel(page) {
  return page.locator('convscope-preprocessing');
}

/** @param {Page} page */
async function openPanel(page) {
  await panel(page).locator('summary').click();
}

/**
 * Opens the model of any size with a picture that it takes pixel for pixel, and the panel.
 *
 * @param {Page} page
 * @param {(query: string) => Promise<Locator>} open
 */
async function openInFull(page, open) {
  const scope = await open(ANY_SIZE);
  await openWell(scope, 'openImage', { bytes: PICTURE });
  assert.equal(await call(scope, 'setPreprocessing', [SIZE]), null);
  await openPanel(page);
  return scope;
}

/**
 * Does what makes the network run anew, and waits for it.
 *
 * @param {Locator} scope
 * @param {() => Promise<unknown>} act
 */
async function set(scope, act) {
  const passed = await nextEvent(scope, 'convscope-pass');
  await act();
  await passed();
}

/**
 * Waits until fields show what is expected.
 *
 * @param {Page} page
 * @param {Record<string, string | number[]>} expected
 */
async function fields(page, expected) {
  for (const [name, values] of Object.entries(expected)) {
    const controls = panel(page).getByRole('textbox', { name: new RegExp(`^${name}`) });
    const texts = Array.isArray(values) ? values.map(String) : [values];
    assert.deepEqual(
      await controls.evaluateAll((inputs) =>
        inputs.map((element) => /** @type {HTMLInputElement} */ (element).value),
      ),
      texts,
    );
  }
}

/** @param {number} scale */
function shown(scale) {
  return { [1 / 255]: '1/255', [1 / 127.5]: '1/127.5' }[scale] ?? String(scale);
}

/** @param {Page} page */
function classes(page) {
  return page.locator('convscope-prediction .class-label').allInnerTexts();
}

/**
 * What the network is due to get for a picture of its size, in the order NCHW.
 *
 * @param {Uint8Array} rgba
 * @param {Values} values
 */
function tensor(rgba, { order, scale, mean, std }) {
  const pixels = rgba.length / 4;
  const data = new Float32Array(order.length * pixels);
  order.forEach((source, channel) => {
    for (let pixel = 0; pixel < pixels; pixel++) {
      const value = (rgba[pixel * 4 + source] ?? NaN) * scale - (mean[channel] ?? NaN);
      data[channel * pixels + pixel] = value / (std[channel] ?? NaN);
    }
  });
  return data;
}
