/** What people take away: the dialog for it, figures, citations, and the text of scripts. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { FOR_AXE, violations } from './support/accessibility.js';
import { browserTest, SCREENS, useBrowser } from './support/browser.js';
import { decodePng, readNpy, readNpz, readProjectFile } from './support/files.js';
import { identityModel } from './support/onnx.js';
import { activation, call, exported, openWell, render } from './support/scope.js';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('./support/contract.js').ConvScope} ConvScope
 * @typedef {{ width: number, height: number, data: Uint8Array }} Picture
 */

/** Narrower drawings are enlarged in figures. */
const LEAST_WIDTH = 1024;
const CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] };

useBrowser();

browserTest(
  'files are saved under names that say what they are',
  async ({ page, open }) => {
    const scope = await open('?view=layer&colormap=magma&layer=max_pooling2d_6');
    await openDialog(page);
    const look = { view: 'layer', colormap: 'magma' };
    assert.equal(
      await page.getByRole('combobox', { name: 'Output' }).inputValue(),
      'max_pooling2d_6',
    );

    const drawing = await save(page, 'Save drawing', 'cats-vs-dogs-max_pooling2d_6-layer.png');
    assert.deepEqual(decodePng(drawing), await render(scope, 'max_pooling2d_6', look));
    const figure = await save(page, 'Save figure', 'cats-vs-dogs-max_pooling2d_6-layer-figure.png');
    const expected = (await exported(scope, 'exportFigure', ['max_pooling2d_6'], look)).bytes;
    assert.deepEqual(decodePng(figure), decodePng(expected));
    const values = await save(page, 'Save values', 'cats-vs-dogs-max_pooling2d_6.npy');
    const { shape, dtype, data } = await activation(scope, 'max_pooling2d_6');
    assert.deepEqual(readNpy(values), { shape, dtype, data });

    await page.getByRole('combobox', { name: 'Output' }).selectOption('conv2d_7');
    await page.getByRole('spinbutton', { name: 'Channel' }).fill('5');
    const channel = await save(page, 'Save drawing', 'cats-vs-dogs-conv2d_7-channel-5-layer.png');
    const ofChannel = await render(scope, 'conv2d_7', { ...look, channels: [5] });
    assert.deepEqual(decodePng(channel), ofChannel);
    assert.equal(ofChannel.width, 15);

    const stack = await save(page, 'Save figure of all layers', 'cats-vs-dogs-layer-figure.png');
    const whole = (await exported(scope, 'exportFigure', undefined, look)).bytes;
    assert.deepEqual(decodePng(stack), decodePng(whole));
    const all = readNpz(await save(page, 'Save all values', 'cats-vs-dogs.npz'));
    assert.deepEqual(all.get('max_pooling2d_6'), { shape, dtype, data });
  },
  // Playwright does not tell of Firefox's downloads.
  { only: 'chromium' },
);

browserTest('the dialog works without a mouse', async ({ page, open }) => {
  await open();
  const button = page.getByRole('button', { name: 'Export…' });
  await button.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Export' });
  await dialog.waitFor();
  assert(
    await page
      .getByRole('combobox', { name: 'Output' })
      .evaluate((element) => element.matches(':focus')),
  );
  await page.getByRole('spinbutton', { name: 'Channel' }).fill('99');
  await dialog.getByRole('button', { name: 'Save drawing' }).press('Enter');
  // Told by the browser, at the field.
  assert(
    await page
      .getByRole('spinbutton', { name: 'Channel' })
      .evaluate((element) => element.matches(':focus:invalid')),
  );
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert(await button.evaluate((element) => element.matches(':focus')));
});

for (const [colorScheme, profile] of SCREENS) {
  browserTest(
    `the ${colorScheme} dialog is accessible`,
    async ({ page, open }) => {
      await open();
      await openDialog(page);
      await page.getByRole('button', { name: 'Copy BibTeX' }).press('Enter');
      await page.getByRole('textbox', { name: 'Text to copy' }).waitFor();
      assert.deepEqual(await violations(page), []);
    },
    { colorScheme, ...profile, ...FOR_AXE },
  );
}

browserTest(
  'texts are copied',
  async ({ page, project, open }) => {
    const scope = await open();
    await openDialog(page);
    const version = /^version = "(.*)"$/m.exec(text('Cargo.toml'))?.[1];
    assert(version);

    const citation = await copy(page, 'Copy citation');
    const site = `${project}www/`;
    for (const part of [`Convscope, version ${version}.`, site, 'Cats vs dogs', 'Playing kitten']) {
      assert(citation.includes(part), `${part} is not in: ${citation}`);
    }
    const bibtex = await copy(page, 'Copy BibTeX');
    assert.match(bibtex, /^@software\{convscope,\n( {2}\w+ = \{.*\},\n)+\}\n$/);
    assert(bibtex.includes(`version = {${version}}`));
    assert(bibtex.includes(`url = {${site}}`));

    await page.getByRole('combobox', { name: 'Output' }).selectOption('conv2d_6');
    await page.getByRole('spinbutton', { name: 'Channel' }).fill('3');
    const script = await copy(page, 'Copy Python');
    const expected = await python(scope, 'conv2d_6', { view: 'book', channels: [3] });
    assert.equal(script, expected);
    const dense = await python(scope, 'dense_1', { view: 'layer' });
    assert(!dense.includes('graph.output.append'), 'an output of the graph is one already');
  },
  CLIPBOARD,
);

browserTest('a closed clipboard leaves the text to be copied by hand', async ({ page, open }) => {
  await page.addInitScript(() => {
    // Firefox's blank page, which comes first, has none.
    const clipboard = navigator.clipboard ?? {};
    clipboard.writeText = () => Promise.reject(new Error('closed'));
  });
  await open();
  await openDialog(page);
  await page.getByRole('button', { name: 'Copy BibTeX' }).click();
  await page.getByText('The clipboard is closed to this page').waitFor();
  const field = page.getByRole('textbox', { name: 'Text to copy' });
  const selected = await field.evaluate((element) => {
    const { value, selectionStart, selectionEnd } = /** @type {HTMLTextAreaElement} */ (element);
    return value.slice(selectionStart, selectionEnd);
  });
  assert.match(selected, /^@software/);
});

browserTest('a script holds the model’s preprocessing, guessed or not', async ({ openBare }) => {
  const scope = await openBare();
  const shape = [1, 3, 20, 30];
  const bytes = identityModel(shape);
  const picture = readProjectFile('www/samples/panda.jpg');
  await openWell(scope, 'openModel', { bytes }, null);
  await openWell(scope, 'openImage', { bytes: picture });
  const guessed = await python(scope, 'identity', {});
  assert.match(guessed, /picture\.resize\(\(30, 20\), Image\.Resampling\.\w+\)/);
  const input = {
    name: 'input',
    layout: 'NCHW',
    width: 30,
    height: 20,
    fit: 'pad',
    resampling: 'lanczos',
    channels: 'bgr',
    scale: 1e-7,
    mean: [1, 2.5, 3],
    std: [4, 5, 6],
  };
  await openWell(scope, 'openModel', { bytes }, { version: 1, input });
  const described = await python(scope, 'identity', {});
  assert(described.includes('ImageOps.pad(picture, (30, 20), Image.Resampling.LANCZOS, "black")'));
  assert(described.includes('(picture[..., ::-1] * 1e-7 - [1, 2.5, 3]) / [4, 5, 6]'));

  await scope.evaluate(async (/** @type {ConvScope} */ element, shape) => {
    await element.setInput({ input: { shape, data: new Float32Array(1800) } });
  }, shape);
  const raw = await python(scope, 'identity', {});
  assert(raw.includes('np.load("model.npz")'));
  assert(!raw.includes('Image.open'));

  const failure = await call(scope, 'exportPython', ['nothing']);
  assert.equal(failure?.code, 'bad-input');
  for (const options of [{ of: 'difference' }, { reduction: 2 }]) {
    const refused = await call(scope, 'exportPython', ['identity', options]);
    assert.equal(refused?.code, 'unsupported-option');
  }
});

browserTest('a figure holds the drawings’ own pixels, enlarged', async ({ open }) => {
  const scope = await open();
  for (const view of ['book', 'layer']) {
    const outputs = ['max_pooling2d_6', 'conv2d_7'];
    const { type, bytes } = await exported(scope, 'exportFigure', outputs, { view });
    assert.equal(type, 'image/png');
    const figure = decodePng(bytes);
    let bottom = 0;
    for (const output of outputs) {
      const drawing = await render(scope, output, { view });
      const factor = Math.floor(LEAST_WIDTH / drawing.width);
      const { left, top } = locate(figure, drawing, factor, bottom);
      const [width, height] = [drawing.width * factor, drawing.height * factor];
      assert(hasInk(figure, { left, top: top - 30, width, height: 25 }), `${output} has no title`);
      const [right, below] = [left + width, top + height];
      assert(hasInk(figure, { left, top: below + 8, width, height: 12 }), 'no numbers below');
      assert(hasInk(figure, { left: left - 30, top, width: 25, height }), 'no numbers beside');
      const scale = { left: right + 2, top, width: figure.width - right - 2, height };
      assert.equal(hasInk(figure, scale), view !== 'book', `scale of ${view}`);
      bottom = below;
    }
  }
});

browserTest('figures that no picture can hold are refused', async ({ openBare }) => {
  const scope = await openBare();
  const shape = [1, 1, 33_000, 1];
  await openWell(scope, 'openModel', { bytes: identityModel(shape) });
  await scope.evaluate(async (/** @type {ConvScope} */ element, shape) => {
    await element.setInput({ input: { shape, data: new Float32Array(33_000) } });
  }, shape);
  const failure = await call(scope, 'exportFigure', [['identity']]);
  assert.equal(failure?.code, 'too-large');
  assert.match(failure?.message ?? '', /33\d\d\d/);
  assert.equal((await call(scope, 'exportFigure', [[]]))?.code, 'bad-input');
  assert.equal((await call(scope, 'exportFigure', [['nothing']]))?.code, 'bad-input');
  assert.equal((await activation(scope, 'identity')).data.length, 33_000);
});

/** @param {Page} page */
async function openDialog(page) {
  await page.getByRole('button', { name: 'Export…' }).click();
  await page.getByRole('dialog', { name: 'Export' }).waitFor();
}

/**
 * Presses a button of the dialog that saves a file.
 *
 * @param {Page} page
 * @param {string} name of the button
 * @param {string} file the name that the file should have
 */
async function save(page, name, file) {
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name, exact: true }).press('Enter');
  const download = await downloading;
  assert.equal(download.suggestedFilename(), file);
  await page.getByRole('status').getByText(`Saved as ${file}`, { exact: true }).waitFor();
  return new Uint8Array(readFileSync(await download.path()));
}

/**
 * Presses a button of the dialog that copies a text.
 *
 * @param {Page} page
 * @param {string} name
 */
async function copy(page, name) {
  await page.getByRole('button', { name }).press('Enter');
  await page.getByRole('status').getByText('Copied', { exact: true }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(await page.getByRole('textbox', { name: 'Text to copy' }).inputValue(), copied);
  return copied;
}

/**
 * @param {Locator} scope
 * @param {string} output
 * @param {import('./support/contract.js').RenderOptions} options
 */
function python(scope, output, options) {
  return scope.evaluate(
    (/** @type {ConvScope} */ element, { output, options }) => {
      return element.exportPython(output, options);
    },
    { output, options },
  );
}

/**
 * Where a drawing is in a figure, each of its pixels being a square of `factor` by `factor`.
 *
 * @param {Picture} figure
 * @param {Picture} drawing
 * @param {number} factor
 * @param {number} start the row from which on it is looked for
 */
function locate(figure, drawing, factor, start) {
  const colors = (/** @type {Picture} */ { data }) => new DataView(data.buffer, data.byteOffset);
  const [within, wanted] = [colors(figure), colors(drawing)];
  const [width, height] = [drawing.width * factor, drawing.height * factor];
  const isAt = (/** @type {number} */ left, /** @type {number} */ top) => {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const source = Math.floor(y / factor) * drawing.width + Math.floor(x / factor);
        // A figure is on white paper.
        const color = drawing.data[source * 4 + 3] ? wanted.getUint32(source * 4) : 0xffffffff;
        if (within.getUint32(((top + y) * figure.width + left + x) * 4) !== color) return false;
      }
    }
    return true;
  };
  for (let top = start; top + height <= figure.height; top++) {
    for (let left = 0; left + width <= figure.width; left++) {
      if (isAt(left, top)) return { left, top };
    }
  }
  throw new assert.AssertionError({ message: 'the drawing is not in the figure' });
}

/**
 * Whether a part of a figure is not all white.
 *
 * @param {Picture} figure
 * @param {{ left: number, top: number, width: number, height: number }} part
 */
function hasInk({ width: rowLength, data }, { left, top, width, height }) {
  for (let y = top; y < top + height; y++) {
    const row = data.subarray((y * rowLength + left) * 4, (y * rowLength + left + width) * 4);
    if (row.some((value) => value !== 255)) return true;
  }
  return false;
}

/** @param {string} name of a file of the project */
function text(name) {
  return Buffer.from(readProjectFile(name)).toString();
}
