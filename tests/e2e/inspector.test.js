/** A layer, a channel and a cell by themselves. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';
import { FOR_AXE, violations } from './support/accessibility.js';
import { fill } from './support/bringing.js';
import { activation, canvasPixels, render } from './support/scope.js';

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('playwright-core').Page} Page
 */

const PHONE = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };

useBrowser();

browserTest('a layer’s channels are ordered, and dead ones hidden', async ({ page, open }) => {
  const scope = await open('?view=layer');
  await page.getByRole('button', { name: 'Open conv2d_7' }).click();
  const view = page.locator('convscope-layer-view');
  const heading = view.getByRole('heading', { name: 'conv2d_7' });
  assert(await heading.evaluate((element) => element.matches(':focus')));
  const maps = await channelsOf(scope, 'conv2d_7');
  const dead = maps.filter((map) => map.every((value) => value === 0)).length;
  await view.getByText(`Hide dead channels (${dead})`).waitFor();
  assert.deepEqual(await order(view), [...maps.keys()]);
  const first = maps[0] ?? [];
  const label = await view.getByRole('button', { name: /^Channel 0:/ }).getAttribute('aria-label');
  checkNumber(/maximum (\S+)/.exec(label ?? '')?.[1], Math.max(...first));

  const most = (/** @type {(map: number[]) => number} */ key) =>
    [...maps.keys()].sort((a, b) => key(maps[b] ?? []) - key(maps[a] ?? []) || a - b);
  const mean = (/** @type {number[]} */ map) =>
    map.reduce((sum, value) => sum + value, 0) / map.length;
  /** @type {[string, (map: number[]) => number][]} */
  const orders = [
    ['Maximum', (map) => Math.max(...map)],
    ['Mean', mean],
    ['Zeros', (map) => map.filter((value) => value === 0).length],
    ['Variance', (map) => map.reduce((sum, value) => sum + (value - mean(map)) ** 2, 0)],
  ];
  for (const [name, key] of orders) {
    await view.getByRole('combobox', { name: 'Order' }).selectOption(name);
    assert.deepEqual((await order(view)).slice(0, 20), most(key).slice(0, 20), name);
  }
  await view.getByRole('combobox', { name: 'Order' }).selectOption('Like channel…');
  await fill(view.getByRole('spinbutton', { name: 'Channel' }), '5');
  await view.locator('.tile').first().and(view.locator('[value="5"]')).waitFor();

  await view.getByRole('combobox', { name: 'Order' }).selectOption('Number');
  await view.getByRole('checkbox').check();
  assert.equal((await order(view)).length, maps.length - dead);
});

browserTest('a layer is drawn in the columns and at the zoom chosen', async ({ page, open }) => {
  const scope = await open('?layer=conv2d_7&channel=all&view=layer&colormap=magma');
  const view = page.locator('convscope-layer-view');
  const grid = view.locator('convscope-tiles');
  await grid.locator('.painted').first().waitFor();
  await view.getByRole('combobox', { name: 'Columns' }).selectOption('8');
  await view.getByRole('combobox', { name: 'Zoom' }).selectOption('2×');
  const canvas = grid.locator('canvas').first();
  const expected = await render(scope, 'conv2d_7', {
    view: 'layer',
    colormap: 'magma',
    columns: 8,
  });
  await untilWide(canvas, expected.width);
  assert.deepEqual(await canvasPixels(canvas), expected);
  const box = await canvas.boundingBox();
  assert.equal(Math.round(box?.width ?? 0), 2 * expected.width);
});

browserTest('a layer’s channels are summed up in three tiles', async ({ page, open }) => {
  const scope = await open('?layer=conv2d_5&channel=all&view=layer');
  const maps = await channelsOf(scope, 'conv2d_5');
  const summaries = page.locator('.summary');
  await page.locator('.summary .painted').nth(2).waitFor();
  const cells = [...(maps[0] ?? []).keys()].map((cell) => maps.map((map) => map[cell] ?? NaN));
  const largest = cells.map((values) => Math.max(...values));
  const means = cells.map(
    (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  );
  for (const [index, values] of [means, largest].entries()) {
    const text = (await summaries.nth(index).innerText()).replaceAll('−', '-');
    const [, low, high] = /(\S+) … (\S+)/.exec(text) ?? [];
    checkNumber(low, Math.min(...values));
    checkNumber(high, Math.max(...values));
  }
  assert.match(await summaries.nth(2).innerText(), /explain \d+\.\d%, \d+\.\d%, \d+\.\d%/);
  const canvas = page.getByRole('img', { name: /Principal components .* conv2d_5/ });
  await untilWide(canvas, 72);
  const { data } = await canvasPixels(canvas);
  const isColored = data.some((value, index) => index % 4 === 0 && value !== data[index + 1]);
  assert(isColored, 'the components are grey');
});

browserTest('a tile of the overview opens its channel', async ({ page, open }) => {
  const scope = await open('?view=channels');
  const canvas = page.getByRole('img', { name: /^conv2d_5:/ });
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  assert(box);
  // The fourth in the second of four rows of sixteen.
  await canvas.click({ position: { x: (box.width * 3.5) / 16, y: (box.height * 1.5) / 4 } });
  const view = page.locator('convscope-channel');
  await view.getByRole('heading', { name: 'conv2d_5, channel 19' }).waitFor();
  const map = view.getByRole('img', { name: 'conv2d_5, channel 19' });
  await view.locator('.painted').waitFor();
  await untilWide(map, 72);
  const options = { view: 'channels', channels: [19] };
  assert.deepEqual(await canvasPixels(map), await render(scope, 'conv2d_5', options));

  const values = (await channelsOf(scope, 'conv2d_5'))[19] ?? [];
  const text = await view.locator('.figures').innerText();
  const figure = (/** @type {string} */ name) =>
    new RegExp(`${name}\\s+(\\S+)`).exec(text.replaceAll('−', '-'))?.[1];
  checkNumber(figure('Minimum'), Math.min(...values));
  checkNumber(figure('Maximum'), Math.max(...values));
  checkNumber(figure('Mean'), values.reduce((sum, value) => sum + value, 0) / values.length);
  const zeros = values.filter((value) => value === 0).length / values.length;
  assert.equal(figure('Zeros'), `${(100 * zeros).toFixed(1)}%`);
  await view.getByRole('img', { name: /^Histogram/ }).waitFor();
  await view.getByRole('img', { name: 'Weights of 32 channels, 3 by 3 each' }).waitFor();
});

browserTest('all of it goes by keyboard', async ({ page, open }) => {
  await open('?layer=conv2d_7&channel=all');
  const view = page.locator('convscope-layer-view');
  await view.getByRole('button', { name: /^Channel 0\b/ }).focus();
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown', 'ArrowLeft']) {
    await page.keyboard.press(key);
  }
  await page.keyboard.press('Enter');
  const channel = page.locator('convscope-channel');
  await channel.getByRole('heading', { name: 'conv2d_7, channel 32' }).waitFor();
  const value = channel.locator('.cell-value');
  await page.keyboard.press('ArrowRight');
  await value.filter({ hasText: 'Row 7, column 7:' }).waitFor();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowRight');
  await value.filter({ hasText: 'Row 6, column 8:' }).waitFor();
  const pane = channel.getByRole('group', { name: /^Channel 32/ });
  const before = (await channel.locator('canvas').nth(1).boundingBox())?.width ?? NaN;
  await page.keyboard.press('+');
  const after = (await channel.locator('canvas').nth(1).boundingBox())?.width ?? NaN;
  assert(Math.abs(after / before - 1.5) < 0.01, `${before} became ${after}`);
  assert(await pane.evaluate((element) => element.matches(':focus')));

  await page.keyboard.press('?');
  const keys = page.getByRole('dialog', { name: 'Keys' });
  await keys.waitFor();
  await page.keyboard.press('Escape');
  await keys.waitFor({ state: 'hidden' });

  await page.keyboard.press('Escape');
  assert.equal(await page.locator('conv-scope').getAttribute('cell'), null);
  await page.keyboard.press('Escape');
  const tile = view.getByRole('button', { name: /^Channel 32\b/ });
  await tile.waitFor();
  assert(await tile.evaluate((element) => element.matches(':focus')));
  await page.keyboard.press('Escape');
  const heading = page.getByRole('heading', { name: 'conv2d_7', exact: true });
  await heading.waitFor();
  const { top, bottom } = await heading.evaluate((element) => element.getBoundingClientRect());
  assert(top >= 0 && bottom <= 720, 'the layer that was left is not in view');
});

browserTest('a cell’s value, what it sees, and its arithmetic', async ({ page, open }) => {
  const scope = await open('?layer=conv2d_5');
  const { shape, data } = await activation(scope, 'conv2d_5');
  const [, , height = 0, width = 0] = shape;
  const values = Array.from(data, Number);
  // The strongest cell, which the activation function lets through.
  const place = values.indexOf(values.reduce((a, b) => Math.max(a, b)));
  const channel = Math.floor(place / (height * width));
  const row = Math.floor(place / width) % height;
  const column = place % width;
  await scope.evaluate(
    (element, attributes) => {
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    },
    { layer: 'conv2d_5', channel: String(channel), cell: `${row},${column}` },
  );
  const view = page.locator('convscope-channel');
  const shown = view.locator('.cell-value').filter({ hasText: `Row ${row}, column ${column}:` });
  await shown.waitFor();
  const value = values[place] ?? NaN;
  checkNumber(/: (\S+)/.exec(await shown.innerText())?.[1], value, 1e-6);

  const steps = view.locator('.step');
  assert.equal(await steps.count(), 2);
  assert.match(await steps.nth(0).innerText(), /Relu[\s\S]*max\(0, /);
  const lines = await steps.nth(1).locator('.step-number').allInnerTexts();
  const numbers = lines.map((line) => Number(line.replace('−', '-')));
  const total = numbers.pop() ?? NaN;
  checkNumber(String(total), value, 1e-6);
  checkNumber(String(numbers.reduce((sum, number) => sum + number, 0)), value, 1e-5);
  const cells = await steps.nth(1).locator('details[open] tbody td').allInnerTexts();
  assert.equal(cells.length, 9);
  const products = cells.map((cell) => {
    const [read = NaN, weight = NaN] = cell.replaceAll('−', '-').split('×').map(Number);
    return read * weight;
  });
  const sum = products.reduce((whole, product) => whole + product, 0);
  // Three digits of each factor are shown.
  assert(Math.abs(sum - (numbers[0] ?? NaN)) < 0.02 * Math.max(...products.map(Math.abs)) * 9);

  const field = await scope.evaluate(
    (element, args) =>
      /** @type {any} */ (element).receptiveField(args.output, args.row, args.column, args.channel),
    { output: 'conv2d_5', row, column, channel },
  );
  const { left, top, right, bottom } = field.picture;
  const seen = page.locator('convscope-input .seen-line');
  const [x, y, across, down] = await Promise.all(
    ['x', 'y', 'width', 'height'].map(async (name) => Number(await seen.getAttribute(name))),
  );
  assert.deepEqual([x, y, across, down], [left, top, right - left, bottom - top]);
  const crop = page.getByRole('img', { name: 'What the cell sees' });
  assert.equal(
    await crop.getAttribute('viewBox'),
    `${left} ${top} ${right - left} ${bottom - top}`,
  );

  // Another picture: the same cell, computed anew.
  await page.getByRole('button', { name: 'Koala' }).click();
  const after = await (async () => {
    await page.getByRole('button', { name: 'Koala', pressed: true }).waitFor();
    return Number((await activation(scope, 'conv2d_5')).data[place]);
  })();
  const text = after === 0 ? ': 0' : `: ${String(after).slice(0, 4)}`;
  await view.locator('.cell-value').filter({ hasText: text }).waitFor();
});

browserTest('a first layer’s weights are in colour', async ({ page, open }) => {
  const scope = await open('?layer=conv2d_4&channel=3');
  const canvas = page.getByRole('img', { name: 'Weights of 3 channels, 3 by 3 each' });
  await canvas.waitFor();
  const kernel = await scope.evaluate((element) =>
    /** @type {any} */ (element).kernel('conv2d_4_preactivation', 3),
  );
  const weights = Array.from(/** @type {ArrayLike<number>} */ (kernel.data));
  const largest = Math.max(...weights.map(Math.abs));
  const { data } = await canvasPixels(canvas);
  const shown = [0, 1, 2].map((part) => data[part]);
  const expected = [0, 9, 18].map((index) =>
    Math.round(127.5 + (127.5 * (weights[index] ?? NaN)) / largest),
  );
  assert.deepEqual(shown, expected);
});

for (const [query, message] of /** @type {const} */ ([
  ['?layer=conv2d_5&channel=64', /no channel 64: there are 64/],
  ['?layer=conv2d_5&channel=3&cell=72,0', /no row 72/],
  ['?layer=conv2d_5&channel=best', /“best”/],
  ['?layer=conv3d_1&channel=all', /conv3d_1/],
  ['?view=fixed&range=3,1', /“3,1”/],
])) {
  browserTest(`the query ${query} is told to name nothing`, async ({ page, open }) => {
    await open(query);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match(await alert.innerText(), message);
    await page.getByRole('heading', { name: 'conv2d_4', exact: true }).waitFor();
  });
}

browserTest(
  'a fixed scale is the same everywhere, and counts what is beyond',
  async ({ page, open }) => {
    const scope = await open('?view=fixed&range=0,2');
    const section = page.locator('convscope-layer[data-output="conv2d_5"]');
    const legend = section.locator('convscope-legend');
    const { data } = await activation(scope, 'conv2d_5');
    const count = (/** @type {number} */ high) =>
      Array.from(data, Number)
        .filter((value) => value > high)
        .length.toLocaleString('en');
    await legend.getByText('0 … 2', { exact: true }).waitFor();
    await legend.getByText(`${count(2)} above the scale`).waitFor();
    const high = page.getByRole('spinbutton', { name: 'Highest value of the scale' });
    await fill(high, '5');
    await legend.getByText(`${count(5)} above the scale`).waitFor();
  },
);

browserTest(
  'a map lies over the picture where its cells look',
  async ({ page, open }) => {
    const scope = await open('?layer=conv2d_7&channel=3&view=layer');
    const pane = page.locator('convscope-pane');
    await pane.locator('.painted canvas').waitFor();
    const alone = await pane.locator('canvas').boundingBox();
    assert(alone && Math.abs(alone.width / alone.height - 1) < 0.01);
    await page.getByRole('switch', { name: 'Over the picture' }).press('Space');
    const picture = pane.locator('img');
    await picture.waitFor();
    const area = await scope.evaluate(
      (/** @type {import('./support/contract.js').ConvScope} */ element) =>
        element.mapArea('conv2d_7'),
    );
    const shown = await picture.evaluate((/** @type {HTMLImageElement} */ image) => {
      const map = /** @type {Element} */ (image.parentElement?.querySelector('canvas'));
      const [own, its] = [image.getBoundingClientRect(), map.getBoundingClientRect()];
      const [x, y] = [image.naturalWidth / own.width, image.naturalHeight / own.height];
      return {
        top: (its.top - own.top) * y,
        left: (its.left - own.left) * x,
        bottom: (its.bottom - own.top) * y,
        right: (its.right - own.left) * x,
        stretch: x / y,
      };
    });
    for (const side of /** @type {const} */ (['top', 'left', 'bottom', 'right'])) {
      assert(Math.abs(shown[side] - (area?.[side] ?? NaN)) < 2, `${side}: ${shown[side]}`);
    }
    assert(Math.abs(shown.stretch - 1) < 0.02, 'the picture keeps its proportions');

    const map = pane.locator('convscope-map');
    const style = (/** @type {Locator} */ locator, /** @type {string} */ name) =>
      locator.evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), name);
    const slider = page.getByRole('slider', { name: 'Opacity of the map over the picture' });
    await slider.press('Home');
    assert.equal(await style(map, 'opacity'), '0');
    await slider.press('End');
    assert.equal(await style(map, 'opacity'), '1');
    assert.equal(await style(map.locator('canvas'), 'image-rendering'), 'pixelated');
    await page.getByRole('checkbox', { name: 'Smooth' }).press('Space');
    assert.equal(await style(map.locator('canvas'), 'image-rendering'), 'auto');
    await pane.press('Enter');
    await page
      .getByText(/^Row 7, column 7/)
      .first()
      .waitFor();
    assert.deepEqual(await violations(page), []);
    // It stays over the picture in the next channel.
    await page.getByRole('button', { name: 'Next', exact: true }).press('Enter');
    await page.getByRole('heading', { name: 'conv2d_7, channel 4' }).waitFor();
    assert.equal(await picture.isVisible(), true);
    await page.getByRole('switch', { name: 'Over the picture' }).press('Space');
    await picture.waitFor({ state: 'hidden' });
  },
  FOR_AXE,
);

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  for (const [screen, profile] of /** @type {const} */ ([
    ['wide', { viewport: { width: 1440, height: 900 } }],
    ['phone', PHONE],
  ])) {
    browserTest(
      `the ${colorScheme} views of a layer and a cell are accessible on a ${screen} screen`,
      async ({ page, open }) => {
        await open('?layer=conv2d_7&channel=all');
        await page.locator('.summary .painted').nth(2).waitFor();
        assert.deepEqual(await violations(page), []);
        await open('?layer=conv2d_7&channel=3&cell=5,6');
        await page.locator('.step').first().waitFor();
        assert.deepEqual(await violations(page), []);
      },
      { colorScheme, ...profile, ...FOR_AXE },
    );
  }
}

browserTest(
  'on an enlarged page all is in reach, and what has the focus in sight',
  async ({ page, open }) => {
    for (const [query, view] of /** @type {const} */ ([
      ['?layer=conv2d_7&channel=all&view=fixed', 'convscope-layer-view'],
      ['?layer=conv2d_7&channel=3&cell=5,6', 'convscope-channel'],
    ])) {
      await open(query);
      await page.locator(view).locator('.painted canvas').first().waitFor();
      const [content, room] = await page.evaluate(() => [
        document.documentElement.scrollWidth,
        document.documentElement.clientWidth,
      ]);
      assert(content && room && content <= room, `${query} is ${content} of ${room} wide`);
      const controls = page
        .locator(view)
        .locator('button:not(.tile), select, input, [tabindex="0"]');
      const all = await controls.all();
      assert(all.length > 3);
      for (const control of all) {
        const isCovered = await control.evaluate((element) => {
          // Below the strip that stays on top.
          scrollBy(0, element.getBoundingClientRect().top);
          /** @type {HTMLElement} */ (element).focus();
          const { left, top, width, height } = element.getBoundingClientRect();
          const root = /** @type {ShadowRoot} */ (element.getRootNode());
          const isSeen = [0.1, 0.5, 0.9].some((share) => {
            const seen = root.elementFromPoint(left + width / 2, top + height * share);
            return element.contains(seen) || seen?.contains(element);
          });
          return element.matches(':focus') && !isSeen;
        });
        assert(!isCovered, `${await control.ariaSnapshot()} is covered`);
      }
    }
  },
  // 1280 by 800, at 200%.
  { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 },
);

/**
 * An output's values by channel.
 *
 * @param {Locator} scope
 * @param {string} output
 */
async function channelsOf(scope, output) {
  const { shape, data } = await activation(scope, output);
  const [, channels = 0, height = 0, width = 0] = shape;
  const values = Array.from(data, Number);
  const area = height * width;
  return Array.from({ length: channels }, (_, index) =>
    values.slice(index * area, (index + 1) * area),
  );
}

/**
 * The channels in the order of their tiles.
 *
 * @param {Locator} view
 */
async function order(view) {
  const tiles = view.locator('.tile');
  return tiles.evaluateAll((buttons) =>
    buttons.map((button) => Number(/** @type {HTMLButtonElement} */ (button).value)),
  );
}

/**
 * @param {string | undefined} shown
 * @param {number} actual
 * @param {number} [tolerance] of which three digits shown are, without it
 */
function checkNumber(shown, actual, tolerance = 0.005) {
  const number = Number((shown ?? '').replace('−', '-').replace(/,$/, ''));
  const isRight = Math.abs(number - actual) <= Math.abs(actual) * tolerance;
  assert(isRight, `${shown} is shown, it is ${actual}`);
}

/**
 * Waits until a canvas that a worker paints has a width.
 *
 * @param {Locator} canvas
 * @param {number} width
 */
async function untilWide(canvas, width) {
  await canvas.evaluate(
    (element, width) =>
      new Promise((resolve) => {
        const check = () => {
          if (/** @type {HTMLCanvasElement} */ (element).width === width) resolve(null);
          else requestAnimationFrame(check);
        };
        check();
      }),
    width,
  );
}
