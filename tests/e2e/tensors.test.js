/** What a model takes beside the picture, and what its weights alone determine. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';
import { makePng } from './support/files.js';
import { writeModel } from './support/onnx.js';
import { activation, input, openWell } from './support/scope.js';

const SIDE = 2;
const PICTURE = { name: 'picture', shape: [1, 3, SIDE, SIDE] };

/** `sum` is the picture plus what `offset` holds, times `gain`. */
const model = writeModel({
  nodes: [
    { op: 'Mul', inputs: ['picture', 'gain'], outputs: ['scaled'] },
    { op: 'Add', inputs: ['scaled', 'offset'], outputs: ['sum'] },
    { op: 'Flatten', inputs: ['sum'], outputs: ['flat'] },
  ],
  inputs: [PICTURE, { name: 'gain', shape: [1] }, { name: 'offset', shape: [3, 1, 1] }],
  outputs: [{ name: 'flat', shape: [1, 12] }],
});

useBrowser();

browserTest(
  'inputs beside the picture are filled with numbers and files',
  async ({ page, open: openPage }) => {
    const scope = await openPage();
    await openWell(scope, 'openModel', { bytes: model });
    const isSum = async (/** @type {number} */ gain, /** @type {number[]} */ offsets) => {
      const { data } = /** @type {{ data: Float32Array }} */ (await input(scope));
      const expected = Array.from(data, (value, index) => {
        const offset = offsets[Math.floor(index / SIDE ** 2)] ?? NaN;
        return Math.fround(Math.fround(value * gain) + offset);
      });
      const sum = /** @type {Float32Array} */ ((await activation(scope, 'sum')).data);
      assert.deepEqual(Array.from(sum), expected);
    };
    await isSum(0, [0, 0, 0]);

    const panel = page.locator('convscope-other-inputs');
    assert.match(await panel.locator('summary').innerText(), /guess/);
    await panel.locator('summary').click();
    const gain = panel.getByRole('textbox', { name: /gain/ });
    const offset = panel.getByRole('textbox', { name: /offset/ });
    const run = panel.getByRole('button', { name: 'Run with these' });

    await gain.fill('two');
    await run.click();
    const alert = panel.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), /'gain'.*“two” is no number/);
    await gain.fill('2');
    await offset.fill('1 2');
    await run.click();
    await alert.filter({ hasText: '2 numbers were given, not 1 or 3' }).waitFor();

    await offset.fill('0.5, -1, 2');
    await offset.press('Enter');
    await alert.waitFor({ state: 'hidden' });
    await panel.locator('summary').filter({ hasText: 'set by you' }).waitFor();
    await isSum(2, [0.5, -1, 2]);

    const file = panel.getByLabel('.npy file for offset');
    await file.setInputFiles({ name: 'a.npy', mimeType: '', buffer: Buffer.from('no numbers') });
    await run.click();
    await alert.filter({ hasText: 'no .npy file' }).waitFor();
    await file.setInputFiles({ name: 'a.npy', mimeType: '', buffer: npy([3, 1, 1], [4, 5, 6]) });
    await run.click();
    await alert.waitFor({ state: 'hidden' });
    await isSum(2, [4, 5, 6]);

    // What was filled in feeds the next picture, too.
    const { data: former } = await input(scope);
    await openWell(scope, 'openImage', { bytes: makePng(1) });
    assert.notDeepEqual((await input(scope)).data, former);
    await isSum(2, [4, 5, 6]);
  },
);

browserTest('what weights alone determine is drawn when it is opened', async ({ page, open }) => {
  await open('?model=models/efficientnet-lite0.onnx');
  const folded = page.locator('convscope-folded');
  const summary = folded.locator('summary').first();
  assert.match(await summary.innerText(), /computed from weights alone: \d+ outputs/i);
  assert.equal(await folded.locator('convscope-layer').count(), 0);
  await summary.focus();
  await page.keyboard.press('Enter');
  const kernel = folded.locator('summary').filter({ hasText: 'stem/kernel' });
  await kernel.focus();
  await page.keyboard.press('Enter');
  await folded.locator('convscope-layer .painted').waitFor();
});

/**
 * A .npy file of float32.
 *
 * @param {number[]} shape
 * @param {number[]} values
 */
function npy(shape, values) {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const padded = `${header.padEnd(117)}\n`;
  const start = Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(padded.length, 0)}`, 'latin1');
  return Buffer.concat([start, Buffer.from(padded), Buffer.from(new Float32Array(values).buffer)]);
}
