/** The page around the element: its address, its looks, its use without a mouse, its responsiveness. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { serve } from '../../tools/serve.mjs';
import { FOR_AXE, violations } from './support/accessibility.js';
import { browserTest, longestTask, PHONE, ready, useBrowser } from './support/browser.js';
import { writeModel } from './support/onnx.js';
import { activation, canvasPixels, input, openWell, render } from './support/scope.js';
import { root } from './support/site.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('playwright-core').Page} Page
 */

/** How long the page may be frozen, in times of what a plain page needs for some thousand lines. */
const LONGEST_TASK = 0.6;

useBrowser();

browserTest('the query opens a picture, a layer and a view', async ({ page, project, open }) => {
  const scope = await open('?image=samples/panda.jpg&layer=conv2d_6&view=layer&colormap=magma');
  const heading = page.getByRole('heading', { name: 'conv2d_6' });
  assert(await isInViewport(heading));
  assert(await page.getByRole('radio', { name: 'Layer' }).isChecked());
  const canvas = page.getByRole('img', { name: /^conv2d_6:/ });
  const expected = await render(scope, 'conv2d_6', { view: 'layer', colormap: 'magma' });
  assert.deepEqual(await canvasPixels(canvas), expected);
  const { data } = await input(scope);
  await openWell(scope, 'openImage', { url: `${project}www/samples/panda.jpg` });
  assert.deepEqual((await input(scope)).data, data);
});

browserTest('the query opens a model and its manifest', async ({ page, open }) => {
  const models = '../tests/e2e/models';
  const manifest = `${models}/channels-last.manifest.json`;
  const scope = await open(`?model=${models}/channels-last.onnx&manifest=${manifest}`);
  const { name, shape, data } = await input(scope);
  assert.deepEqual([name, ...shape], ['images:0', 1, 12, 10, 3]);
  assert(data.every((value) => value >= -1 && value < 1));
  assert(data.some((value) => value < 0));
  await page.getByText('Channels last').first().waitFor();
  await page.getByRole('heading', { name: 'StatefulPartitionedCall/model/relu:0' }).waitFor();
  const classes = page.locator('convscope-prediction').getByRole('listitem');
  assert.equal(await classes.count(), 4);
  const answer = await activation(scope, 'Identity:0');
  const best = Math.max(...Array.from(answer.data, Number));
  assert.match(await classes.first().innerText(), new RegExp(`${(best * 100).toFixed(1)}%`));
});

browserTest(
  'the query opens a model that has no manifest',
  async ({ open }) => {
    const scope = await open('?model=../tests/e2e/models/channels-last.onnx');
    assert.deepEqual((await input(scope)).shape, [1, 12, 10, 3]);
  },
  // There is no manifest beside it.
  { expected: [/404.*channels-last\.json/] },
);

for (const [query, message] of /** @type {const} */ ([
  ['?layer=conv3d_1', /conv3d_1/],
  ['?view=hologram', /hologram/],
  ['?colormap=jet', /jet/],
])) {
  browserTest(`the query ${query} is told to name nothing`, async ({ page, open }) => {
    const scope = await open(query);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), message);
    assert.equal((await activation(scope, 'dense_1')).data.length, 1);
  });
}

browserTest('the site asks for nothing outside of its folder', async ({ page, project, open }) => {
  /** @type {string[]} */
  const addresses = [];
  page.on('request', (request) => addresses.push(request.url()));
  await open();
  assert(addresses.some((address) => address.endsWith('.wasm')));
  const outside = addresses.filter((address) => !address.startsWith(`${project}www/`));
  assert.deepEqual(outside, []);
  assert.equal(await page.evaluate(() => crossOriginIsolated), false);
});

browserTest('the site can be at the root of a server', async ({ page }) => {
  const server = await serve(path.join(root, 'www'));
  try {
    await page.goto(server.url);
    const scope = await ready(page.locator('conv-scope'));
    assert.equal((await activation(scope, 'dense_1')).data.length, 1);
  } finally {
    await server.close();
  }
});

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  for (const [screen, profile] of /** @type {const} */ ([
    ['wide', { viewport: { width: 1440, height: 900 } }],
    ['phone', PHONE],
  ])) {
    browserTest(
      `the ${colorScheme} page is accessible on a ${screen} screen`,
      async ({ page, open }) => {
        await open();
        const [ground, text] = await page.evaluate(() => {
          const { backgroundColor } = getComputedStyle(document.body);
          const host = document.querySelector('conv-scope');
          return [backgroundColor, getComputedStyle(host ?? document.body).color];
        });
        const isDark = luminance(ground ?? '') < luminance(text ?? '');
        assert.equal(isDark, colorScheme === 'dark', `${text} on ${ground}`);
        assert.deepEqual(await violations(page), []);
        await page.getByRole('button', { name: /Open model/ }).click();
        const menu = page.getByRole('dialog', { name: 'Open a model' });
        await menu.waitFor();
        assert.deepEqual(await violations(page), [], 'the menu of models');
        await menu.getByRole('button', { name: /Handwritten/ }).click();
        await page.getByRole('application', { name: 'Drawing pad' }).waitFor();
        assert.deepEqual(await violations(page), [], 'the drawing pad');
        await open('?model=../tests/scope/thousand.onnx');
        await page.getByText('How the picture becomes the input').click();
        await page.getByLabel('Std. dev., green').fill('none');
        await page.keyboard.press('Enter');
        await page.getByText('“none” is no number').waitFor();
        assert.deepEqual(await violations(page), []);
      },
      { colorScheme, ...profile, ...FOR_AXE, expected: [/404.*thousand\.json/] },
    );
  }
}

browserTest(
  'long names end their lines after a separator, but where a word is longer than a line',
  async ({ page, open }) => {
    const scope = await open();
    const shape = [1, 3, 32, 32];
    const name =
      '/features.12/inverted_residual_block-2/depthwise.conv/BatchNormalization_output_0.25';
    const word = 'x'.repeat(80);
    const bytes = writeModel({
      nodes: [
        { op: 'MaxPool', inputs: ['input'], outputs: [name], attributes: { kernel_shape: [1, 1] } },
        { op: 'MaxPool', inputs: [name], outputs: [word], attributes: { kernel_shape: [1, 1] } },
      ],
      inputs: [{ name: 'input', shape }],
      outputs: [{ name: word, shape }],
    });
    await openWell(scope, 'openModel', { bytes });
    const heading = page.getByRole('heading', { name, exact: true });
    const lines = await linesOf(heading);
    assert(lines.length > 1, 'the name has more than one line');
    assert(
      lines.slice(0, -1).every((line) => /[/._-]$/.test(line)),
      lines.join('\n'),
    );
    assert.equal(lines.join(''), name);
    await heading.locator('..').getByRole('button', { name: /^Open/ }).click();
    const title = page.getByRole('heading', { name, exact: true });
    assert.deepEqual((await linesOf(title)).join(''), name);
    assert((await linesOf(title)).slice(0, -1).every((line) => /[/._-]$/.test(line)));
    const excess = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      return scrollWidth - clientWidth;
    });
    assert.equal(excess, 0, 'the long word is wider than the page');
  },
  PHONE,
);

browserTest('nothing sticks out of a window, be it narrow or wide', async ({ page, open }) => {
  await open();
  for (const width of [320, 768, 1100, 1920]) {
    await page.setViewportSize({ width, height: 700 });
    const { scrollWidth, clientWidth } = await page.evaluate(() =>
      new Promise((resolve) => {
        // What observes sizes acts within a frame.
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(document.documentElement)));
      }).then(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth })),
    );
    assert.equal(clientWidth, width);
    assert(scrollWidth <= clientWidth, `${scrollWidth} pixels in ${clientWidth}`);
  }
});

browserTest('all can be reached with the tab key', async ({ page, open }) => {
  await open();
  const reached = await tabThrough(page);
  for (const control of [
    /Open model/,
    /^radio Book/,
    /^select/,
    /Copy link/,
    /Export…/,
    /Open picture/,
    /^summary How the picture becomes the input/,
    /^button Koala/,
    /^button conv2d_7/,
    /^summary conv2d_4_preactivation/,
  ]) {
    assert(
      reached.some(({ name }) => control.test(name)),
      `${control} is not reached: ${reached.map(({ name }) => name).join(', ')}`,
    );
  }
  const unmarked = reached.filter(({ isMarked }) => !isMarked).map(({ name }) => name);
  assert.deepEqual(unmarked, [], 'the focus cannot be seen');
});

browserTest('all can be done without a mouse', async ({ page, open }) => {
  const scope = await open();
  const before = await input(scope);
  await page.getByRole('button', { name: 'Koala' }).press('Enter');
  await page.getByRole('button', { name: 'Koala', pressed: true }).waitFor();
  assert.notDeepEqual((await input(scope)).data, before.data);

  await page.getByRole('radio', { name: 'Book' }).press('ArrowRight');
  await page.getByRole('img', { name: /^conv2d_4: .*“Channels”/ }).waitFor();

  await page.getByRole('button', { name: /^conv2d_7/ }).press('Enter');
  const heading = page.getByRole('heading', { name: 'conv2d_7' });
  assert(await isInViewport(heading));
  assert(await heading.evaluate((element) => element.matches(':focus')));

  const summary = page.locator('summary').filter({ hasText: 'conv2d_4_preactivation' });
  await summary.press('Enter');
  await page.getByRole('img', { name: /^conv2d_4_preactivation:/ }).waitFor();
});

browserTest(
  'the page never freezes, be it while loading or while computing',
  async ({ page, open, project }) => {
    const longest = await longestTask(page, async () => {
      const scope = await open();
      await openWell(scope, 'openImage', { url: `${project}www/samples/koala.jpg` });
    });
    assert(longest > 0 && longest <= LONGEST_TASK, `${longest} times a plain page’s`);
  },
  // Whose traces tell the time that the thread had a processor.
  { only: 'chromium' },
);

/** @param {import('playwright-core').Locator} locator */
function isInViewport(locator) {
  return locator.evaluate((element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
}

/**
 * Goes through the page with the tab key.
 *
 * @param {Page} page
 * @returns {Promise<{ name: string, isMarked: boolean }[]>} what gets the focus, and whether one sees it
 */
async function tabThrough(page) {
  const reached = [];
  for (;;) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      let element = document.activeElement;
      while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
      if (!element || element === document.body) return null;
      const control = /** @type {HTMLElement & { labels?: NodeListOf<HTMLElement> }} */ (element);
      const kind = control.getAttribute('type') === 'radio' ? 'radio' : control.localName;
      const name =
        control.ariaLabel || control.title || control.labels?.[0]?.innerText || control.innerText;
      // Hidden radio buttons show their focus on their labels.
      const marked = [control, ...(control.labels ?? []), ...(control.labels?.[0]?.children ?? [])];
      const isMarked = marked.some((candidate) => {
        const { outlineStyle, boxShadow } = getComputedStyle(candidate);
        return outlineStyle !== 'none' || boxShadow !== 'none';
      });
      return { name: `${kind} ${name}`, isMarked };
    });
    if (!focused) return reached;
    reached.push(focused);
    assert(reached.length < 200, 'the focus goes round and round');
  }
}

/**
 * The relative luminance of a computed colour, near enough to tell light from dark.
 *
 * @param {string} color
 */
function luminance(color) {
  const [red = NaN, green = NaN, blue = NaN] = (color.match(/[\d.]+/g) ?? []).map(Number);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * A text as lines break it.
 *
 * @param {Locator} element
 * @returns {Promise<string[]>}
 */
function linesOf(element) {
  return element.evaluate((element) => {
    /** @type {Map<number, string>} */
    const lines = new Map();
    const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node = texts.nextNode(); node; node = texts.nextNode()) {
      for (const [offset, character] of [...(node.nodeValue ?? '')].entries()) {
        range.setStart(node, offset);
        range.setEnd(node, offset + 1);
        const top = Math.round(range.getBoundingClientRect().top);
        lines.set(top, (lines.get(top) ?? '') + character);
      }
    }
    return [...lines.values()];
  });
}
