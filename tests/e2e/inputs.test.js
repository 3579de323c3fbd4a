/** Where pictures come from beside files: addresses, the camera; and which part of them the network gets. */

import assert from 'node:assert/strict';
import { PNG } from 'pngjs';
import { serve } from '../../tools/serve.mjs';
import { FOR_AXE, violations } from './support/accessibility.js';
import { browserTest, PHONE, ready, useBrowser } from './support/browser.js';
import { decodePng } from './support/files.js';
import { activation, call, input, nextEvent, openWell, receptiveField } from './support/scope.js';
import { root } from './support/site.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('playwright-core').Page} Page
 */

useBrowser();

browserTest(
  'a picture is moved and zoomed in the network’s frame, and a link shows the same part',
  async ({ page, open }) => {
    const scope = await open('?crop=100,40,340,220');
    const whole = await pictureOf(page);
    const field = await receptiveField(scope, 'conv2d_4', 0, 0);
    assert.deepEqual([field?.picture?.left, field?.picture?.top], [100, 40]);

    await page.getByRole('radio', { name: 'Original' }).press('ArrowRight');
    const frame = page.getByRole('group', { name: /^What the network gets\./ });
    const before = await cropOf(scope);
    await frame.focus();
    await changes(scope, () => page.keyboard.press('ArrowLeft'));
    const { left, top, right, bottom } = await cropOf(scope);
    assert(left > before.left, 'the frame has not moved over the picture');
    assert.deepEqual([top, right - left, bottom - top], [before.top, 240, 180]);

    // Far to the right: it ends at the picture's border.
    const box = await frame.boundingBox();
    assert(box);
    await changes(scope, async () => {
      await page.mouse.move(box.x + 10, box.y + 100);
      await page.mouse.down();
      await page.mouse.move(box.x + 300, box.y + 100, { steps: 3 });
      await page.mouse.up();
    });
    await page.waitForFunction(
      () => document.querySelector('conv-scope')?.getAttribute('crop')?.startsWith('0,'),
      null,
    );
    assert.deepEqual(await cropOf(scope), { left: 0, top: 40, right: 240, bottom: 220 });

    await changes(scope, () => page.keyboard.press('+'));
    assert.deepEqual(await cropOf(scope), { left: 24, top: 58, right: 216, bottom: 202 });
    await checkCrop(page, scope, whole);
    const [seen, answer] = [await input(scope), await activation(scope, 'dense_1')];

    const python = await scope.evaluate((element) =>
      /** @type {any} */ (element).exportPython('conv2d_4'),
    );
    assert.match(python, /picture\.crop\(\(24, 58, 216, 202\)\)/);
    await open(new URL(page.url()).search.replace(/crop=[^&]*/, 'crop=24,58,216,202'));
    assert.deepEqual((await input(scope)).data, seen.data);
    assert.deepEqual((await activation(scope, 'dense_1')).data, answer.data);

    // Another picture is shown whole.
    await changes(scope, () => page.getByRole('button', { name: 'Koala' }).press('Enter'));
    assert.equal(await scope.getAttribute('crop'), null);
    await scope.evaluate((element) => element.setAttribute('crop', '0,0,1,99999'));
    await page.getByRole('alert').filter({ hasText: 'no part of a picture' }).waitFor();
  },
);

browserTest(
  'what is marked can be all that the network gets',
  async ({ page, open }) => {
    const scope = await open();
    const whole = await pictureOf(page);
    await page.getByRole('group', { name: /^Picture\./ }).focus();
    await page.keyboard.press('ArrowUp');
    await changes(scope, () => page.getByRole('button', { name: 'Crop' }).press('Enter'));
    const crop = await cropOf(scope);
    const side = Math.min(whole.width, whole.height) / 8;
    assert(Math.abs(crop.right - crop.left - side) <= 2, JSON.stringify(crop));
    assert.deepEqual(await violations(page), []);
    await changes(scope, () => page.getByRole('button', { name: 'All of it' }).press('Enter'));
    assert.equal(await scope.getAttribute('crop'), null);
  },
  // Only there its policy can be bypassed.
  { ...FOR_AXE, only: 'chromium' },
);

browserTest(
  'a picture is opened by its address, if its server lets it',
  async ({ page, project, open }) => {
    const scope = await open();
    await page.getByRole('button', { name: 'Address…' }).press('Enter');
    const address = page.getByRole('textbox', { name: 'Address of a picture' });
    await address.and(page.locator(':focus')).waitFor();
    await address.fill(`${project}www/samples/panda.jpg`);
    await changes(scope, () => address.press('Enter'));
    assert.equal(await scope.getAttribute('image'), `${project}www/samples/panda.jpg`);
    const { data } = await input(scope);

    const elsewhere = await serve(root);
    try {
      await address.fill(`${elsewhere.url}www/samples/koala.jpg`);
      await address.press('Enter');
      const alert = page.getByRole('alert');
      await alert.waitFor();
      assert.match(
        await alert.innerText(),
        /koala\.jpg.*does not let other sites read it \(CORS\)/,
      );
      assert.deepEqual((await input(scope)).data, data);
    } finally {
      await elsewhere.close();
    }
  },
  { expected: [/CORS|Cross-Origin|ERR_FAILED|NS_ERROR_DOM_BAD_URI|blocked/i] },
);

browserTest('what the camera sees is live until it is stopped', async ({ page, open }) => {
  const scope = await open();
  await page.evaluate(() => {
    const { mediaDevices } = navigator;
    const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (constraints) => {
      const stream = await getUserMedia(constraints);
      Object.assign(window, { stream });
      return stream;
    };
  });
  // Frames that have been taken while the network was still at the one before.
  await scope.evaluate((element) => {
    const counts = { taken: 0, run: 0, early: 0 };
    Object.assign(window, { counts });
    const prototype = CanvasRenderingContext2D.prototype;
    const { getImageData } = prototype;
    prototype.getImageData = function (...args) {
      if (counts.taken++ > counts.run) counts.early++;
      return getImageData.apply(this, args);
    };
    element.addEventListener('convscope-pass', () => counts.run++);
  });
  const isOn = () =>
    page.evaluate(() => {
      const { stream } = /** @type {{ stream: MediaStream }} */ (/** @type {unknown} */ (window));
      return stream.getTracks().some(({ readyState }) => readyState === 'live');
    });
  const start = page.getByRole('button', { name: 'Camera', exact: true });
  const stop = page.getByRole('button', { name: 'Stop camera' });
  await changes(scope, () => start.press('Enter'));
  await page.getByText('Live from your camera').waitFor();
  const first = (await input(scope)).data;
  await changes(scope, async () => {});
  await changes(scope, async () => {});
  assert.notDeepEqual((await input(scope)).data, first);
  assert(await isOn());
  const { taken, early } = await page.evaluate(() => /** @type {any} */ (window).counts);
  assert(taken >= 3, `${taken} frames were taken`);
  assert.equal(early, 0);
  assert.equal(await scope.getAttribute('image'), null);
  await stop.press('Enter');
  await start.waitFor();
  assert(!(await isOn()));
  const last = await input(scope);
  // The picture that is left is the one that the network got.
  await openWell(scope, 'openImage', { bytes: await shownPicture(page) });
  const shown = await input(scope);
  const differences = shown.data.map((value, index) => Math.abs(value - (last.data[index] ?? NaN)));
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  assert(mean < 0.02, `it is shown otherwise, by ${mean}`);

  // Another picture ends it, as does leaving the page.
  await changes(scope, () => start.press('Enter'));
  await changes(scope, () => page.getByRole('button', { name: 'Koala' }).press('Enter'));
  await start.waitFor();
  assert(!(await isOn()));
  await page.getByText('Koala by').first().waitFor();
  await changes(scope, () => start.press('Enter'));
  await page.evaluate(() => {
    Object.defineProperty(document, 'hidden', { value: true });
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await start.waitFor();
  assert(!(await isOn()));
});

for (const [name, message] of /** @type {const} */ ([
  ['NotAllowedError', 'not allowed'],
  ['NotFoundError', 'none was found'],
])) {
  browserTest(
    `a camera that gives ${name} is told of, and the picture stays`,
    async ({ page, open }) => {
      const scope = await open();
      const { data } = await input(scope);
      await page.evaluate((name) => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name));
      }, name);
      await page.getByRole('button', { name: 'Camera', exact: true }).press('Enter');
      const alert = page.getByRole('alert');
      await alert.getByText(message).waitFor();
      assert.equal(await alert.getAttribute('data-code'), 'no-camera');
      assert.deepEqual((await input(scope)).data, data);
      assert.equal(await call(scope, 'openImage', ['samples/koala.jpg']), null);
      assert.equal(await alert.count(), 0);
    },
    PHONE,
  );
}

/**
 * Does something that makes the network run, and waits until it has and the attributes say so.
 *
 * @param {Locator} scope
 * @param {() => Promise<unknown>} act
 */
async function changes(scope, act) {
  const passed = await nextEvent(scope, 'convscope-pass');
  await act();
  await passed();
  await activation(scope, 'dense_1');
  await ready(scope);
}

/**
 * The pixels of the picture in the page.
 *
 * @param {Page} page
 */
async function pictureOf(page) {
  const url = new URL('samples/kitten.jpg', page.url()).href;
  const bytes = await page.evaluate(async (url) => {
    const bitmap = await createImageBitmap(await (await fetch(url)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    const blob = await canvas.convertToBlob();
    return new Uint8Array(await blob.arrayBuffer());
  }, url);
  return decodePng(bytes);
}

/** @param {Locator} scope */
async function cropOf(scope) {
  const text = (await scope.getAttribute('crop')) ?? '';
  const [left = NaN, top = NaN, right = NaN, bottom = NaN] = text.split(',').map(Number);
  return { left, top, right, bottom };
}

/**
 * The network gets what another element makes of the part alone, up to how JPEG is decoded.
 *
 * @param {Page} page
 * @param {Locator} scope
 * @param {{ width: number, height: number, data: Uint8Array }} whole
 */
async function checkCrop(page, scope, whole) {
  const { left, top, right, bottom } = await cropOf(scope);
  const [width, height] = [right - left, bottom - top];
  const part = new PNG({ width, height });
  for (let row = 0; row < height; row++) {
    const from = ((top + row) * whole.width + left) * 4;
    part.data.set(whole.data.subarray(from, from + width * 4), row * width * 4);
  }
  const png = new Uint8Array(PNG.sync.write(part));
  const other = await page.evaluateHandle(async (png) => {
    const element = /** @type {import('./support/contract.js').ConvScope} */ (
      document.createElement('conv-scope')
    );
    document.body.append(element);
    await element.openModel('models/cats-vs-dogs.onnx');
    await element.openImage(new Blob([png]));
    const { data } = await element.input();
    element.remove();
    return data;
  }, png);
  const expected = /** @type {Float32Array} */ (await other.jsonValue());
  const { data } = await input(scope);
  assert.equal(data.length, Object.keys(expected).length);
  const largest = data.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - Number(expected[index]))),
    0,
  );
  assert(largest < 0.03, `the network got something else, by ${largest}`);
}

/**
 * The file that is shown as the picture.
 *
 * @param {Page} page
 */
async function shownPicture(page) {
  const image = page.locator('convscope-frame img');
  return image.evaluate(async (/** @type {HTMLImageElement} */ { src }) => {
    const response = await fetch(src);
    return new Uint8Array(await response.arrayBuffer());
  });
}
