/** `<conv-scope>` in a page of another origin than the site's. */

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { FOR_AXE, violations } from './support/accessibility.js';
import { browserTest, ready, useBrowser } from './support/browser.js';
import { makePng } from './support/files.js';
import { activation, canvasPixels, input, nextEvent, openWell, render } from './support/scope.js';
import { policyFor, servePage, serveToOtherOrigins } from './support/site.js';

/** @typedef {Awaited<ReturnType<typeof servePage>>} Server */

/** @type {Server[]} */
const servers = [];

useBrowser();
after(() => Promise.all(servers.map((server) => server.close())));

/**
 * What a page has to allow that embeds the element from another origin: README has the same.
 *
 * @param {string} origin
 */
const lessonPolicy = (origin) =>
  `default-src 'none'; style-src ${origin} 'nonce-lesson'; ${policyFor(origin)}`;

browserTest('a page of another origin embeds the element', async ({ page, project }) => {
  const site = await serveToOtherOrigins(project);
  servers.push(site);
  const lesson = await servePage(
    `<!doctype html>
    <html lang="en">
      <title>A lesson</title>
      <link rel="icon" href="data:,">
      <style nonce="lesson">body { margin: 2rem; color: rgb(1, 2, 3) } h3, p, canvas { display: none }</style>
      <script type="module" src="${site.url}www/convscope.js"></script>
      <h1>What a convnet sees</h1>
      <conv-scope
        model="${site.url}www/models/cats-vs-dogs.onnx"
        image="${site.url}www/samples/german-shepherd.jpg"
        view="channels"
        layer="max_pooling2d_5"
      ></conv-scope>
    </html>`,
    { 'content-security-policy': lessonPolicy(new URL(site.url).origin) },
  );
  servers.push(lesson);
  assert.notEqual(new URL(site.url).origin, new URL(lesson.url).origin);
  await page.goto(lesson.url);
  const scope = await ready(page.locator('conv-scope'));

  // The page's styles are not the element's.
  const heading = page.getByRole('heading', { name: 'max_pooling2d_5' });
  await heading.waitFor();
  const color = await heading.evaluate((element) => getComputedStyle(element).color);
  assert.notEqual(color, 'rgb(1, 2, 3)');

  const canvas = page.getByRole('img', { name: /^max_pooling2d_5:/ });
  const drawn = await render(scope, 'max_pooling2d_5', { view: 'channels' });
  assert.deepEqual(await canvasPixels(canvas), drawn);
  const { data } = await activation(scope, 'dense_1');
  const percent = `${(Number(data[0]) * 100).toFixed(1)}%`;
  await page.locator('convscope-prediction').getByText(percent).waitFor();

  const given = await input(scope);
  await openWell(scope, 'openImage', { bytes: makePng(1) });
  assert.notDeepEqual(await input(scope), given);
});

browserTest(
  'the elements of a page share an engine and a download, start when seen, and leave nothing',
  async ({ page, project }) => {
    const model = `model="${project}www/models/cats-vs-dogs.onnx"`;
    const image = `image="${project}www/samples/kitten.jpg"`;
    const notes = `<!doctype html>
      <html lang="en">
        <title>Notes</title>
        <link rel="icon" href="data:,">
        <style>
          :root { color-scheme: dark }
          conv-scope { width: 40rem; --convscope-accent: rgb(1, 2, 3) }
          conv-scope::part(layer-name) { color: rgb(4, 5, 6) }
          #all { height: 30rem; overflow: auto }
          #far { margin-top: 3000px }
        </style>
        <script type="module" src="${project}www/convscope.js"></script>
        <conv-scope id="all" layout="compact" layer="conv2d_7" ${model} ${image}></conv-scope>
        <conv-scope id="one" layout="layer" layer="conv2d_4" view="layer" channels="7,0-2"
          ${model} ${image}></conv-scope>
        <conv-scope id="far" poster="${project}www/icon.svg" ${model} ${image}></conv-scope>
      </html>`;
    const address = `${project}notes.html`;
    await page.route(address, (route) => route.fulfill({ contentType: 'text/html', body: notes }));
    /** @type {Map<string, number>} */
    const downloads = new Map();
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      const kind = /[^.]*$/.exec(pathname)?.[0] ?? '';
      downloads.set(kind, (downloads.get(kind) ?? 0) + 1);
    });
    await page.goto(address);
    const all = await ready(page.locator('#all'));
    const one = await ready(page.locator('#one'));
    const far = page.locator('#far');

    // The page has not moved; the element that scrolls has.
    await all.getByRole('heading', { name: 'conv2d_7' }).waitFor();
    assert.equal(await page.evaluate(() => scrollY), 0);
    assert((await all.evaluate(({ scrollTop }) => scrollTop)) > 0);
    const style = await one.getByRole('heading', { name: 'conv2d_4' }).evaluate((heading) => {
      const { color, colorScheme } = getComputedStyle(heading);
      return [color, colorScheme];
    });
    assert.deepEqual(style, ['rgb(4, 5, 6)', 'dark']);
    const button = all.getByRole('button', { name: 'Open picture…' });
    const background = await button.evaluate((shown) => getComputedStyle(shown).backgroundColor);
    assert.equal(background, 'rgb(1, 2, 3)');

    // A layer by itself, and the channels that were asked for.
    assert.equal(await one.getByRole('heading', { level: 3 }).count(), 1);
    assert.equal(await one.getByRole('button', { name: 'Copy link' }).isVisible(), false);
    const canvas = one.getByRole('img', { name: /^conv2d_4: 4 channels/ });
    const options = { view: 'layer', channels: [7, 0, 1, 2] };
    assert.deepEqual(await canvasPixels(canvas), await render(one, 'conv2d_4', options));
    await canvas.click({ position: { x: 5, y: 5 } });
    await one.getByRole('heading', { name: 'Channel 7' }).waitFor();
    assert.equal(await one.getAttribute('channel'), '7');

    await far.locator('.poster').waitFor();
    assert.equal(await far.locator('convscope-bar').count(), 0);
    const passed = await nextEvent(far, 'convscope-pass');
    await far.scrollIntoViewIfNeeded();
    await passed();
    assert.equal(await far.locator('.poster').count(), 0);
    const [worker, ...others] = page.workers();
    assert(worker && others.length === 0, 'there is one worker');
    assert.equal(downloads.get('wasm'), 1);

    await all.evaluate((element) => element.remove());
    assert.equal((await activation(one, 'dense_1')).data.length, 1);
    const ended = new Promise((resolve) => worker.once('close', resolve));
    await page.evaluate(() => document.querySelectorAll('conv-scope').forEach((e) => e.remove()));
    await ended;
  },
);

browserTest('a page drives the element in a frame of another origin', async ({ page, project }) => {
  const site = await serveToOtherOrigins(project);
  const lesson = await servePage(`<!doctype html>
    <html lang="en">
      <title>A lesson</title>
      <link rel="icon" href="data:,">
      <style>iframe { width: 40rem; height: 10px; border: 0 }</style>
    </html>`);
  servers.push(site, lesson);
  await page.goto(lesson.url);
  const query =
    'layout=layer&layer=conv2d_4&view=layer&image=samples/kitten.jpg&crop=20,10,220,210';
  const address = `${site.url}www/embed.html?model=models/cats-vs-dogs.onnx&${query}`;
  const frameOf = async (/** @type {string} */ src) => {
    await page.evaluate(async (src) => {
      document.querySelector('iframe')?.remove();
      const frame = document.createElement('iframe');
      frame.src = src;
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
      document.body.append(frame);
      await loaded;
    }, src);
    return page.frameLocator('iframe').locator('conv-scope');
  };

  const inside = await frameOf(`${address}&origin=${new URL(lesson.url).origin}`);
  const told = await page.evaluate(
    async ({ module, picture }) => {
      const { EmbeddedScope } = await import(module);
      const frame = document.querySelector('iframe');
      const embedded = new EmbeddedScope(frame);
      await embedded.call('ready');
      const isTall = Number.parseFloat(frame?.style.height ?? '') > 10;
      const before = await embedded.call('activation', 'dense_1');
      const { data: part } = await embedded.call('input');
      await embedded.call('set', 'crop', '0,0,100,100');
      const { data: other } = await embedded.call('input');
      const passed = new Promise((resolve) => {
        embedded.addEventListener('pass', resolve, { once: true });
      });
      await embedded.call('openImage', picture.buffer);
      const { detail } = /** @type {CustomEvent} */ (await passed);
      const after = await embedded.call('activation', 'dense_1');
      const refused = await embedded.call('remove').catch((/** @type {Error} */ error) => error);
      const failure = await embedded
        .call('activation', 'x')
        .catch((/** @type {any} */ e) => e.code);
      await embedded.call('set', 'view', 'channels');
      const { probability } = detail.prediction.classes[0];
      const values = [before, after].map(({ data }) => data[0]);
      const isOther = part.some(
        (/** @type {number} */ value, /** @type {number} */ at) => value !== other[at],
      );
      return { values, probability, refused: String(refused), failure, isOther, isTall };
    },
    { module: `${site.url}www/host.js`, picture: makePng(1) },
  );
  assert(told.isOther);
  assert(told.isTall);
  assert.notEqual(told.values[0], told.values[1]);
  const dog = Number(told.values[1]);
  assert(Math.abs(Math.max(dog, 1 - dog) - told.probability) < 1e-6);
  assert.match(told.refused, /nothing to call “remove”/);
  assert.equal(told.failure, 'bad-input');
  assert.equal(await inside.getAttribute('view'), 'channels');
  const height = await inside.evaluate((scope) => Math.ceil(scope.getBoundingClientRect().height));
  await page.locator(`iframe[style*="height: ${height}px"]`).waitFor();

  // What is asked before the frame is there is answered when it is, even where it is hidden.
  const inputs = await page.evaluate(
    async ({ module, address }) => {
      const { EmbeddedScope } = await import(module);
      const frame = document.createElement('iframe');
      frame.src = address;
      frame.hidden = true;
      document.body.append(frame);
      const found = await new EmbeddedScope(frame).call('inputs');
      frame.remove();
      return found;
    },
    {
      module: `${site.url}www/host.js`,
      address: `${address}&origin=${new URL(lesson.url).origin}`,
    },
  );
  assert.deepEqual(inputs[0].shape.slice(1), [3, 150, 150]);

  // A page that the address does not name learns nothing but the height.
  const other = await ready(await frameOf(address));
  await page.evaluate(() => {
    const heard = new Promise((resolve) => {
      const messages = /** @type {unknown[]} */ ([]);
      addEventListener('message', ({ data }) => {
        if (data === 'end') resolve(messages);
        else messages.push(data);
      });
    });
    Object.assign(window, { heard });
  });
  // By the time that the frame has taken the second call, it would have answered the first.
  await other.evaluate(() => {
    let count = 0;
    addEventListener('message', () => {
      count += 1;
      if (count === 2) parent.postMessage('end', '*');
    });
  });
  await page.evaluate(() => {
    const frame = document.querySelector('iframe')?.contentWindow;
    for (const id of [1, 2])
      frame?.postMessage({ convscope: 1, id, method: 'nope', args: [] }, '*');
  });
  const messages = await page.evaluate(
    () =>
      /** @type {{ heard: Promise<{ event?: string }[]> }} */ (/** @type {unknown} */ (window))
        .heard,
  );
  assert.deepEqual(
    messages.filter(({ event }) => event !== 'height'),
    [],
  );
});

browserTest('in a window of its own, it tells nobody', async ({ page, project }) => {
  await page.addInitScript(() => {
    const messages = /** @type {unknown[]} */ ([]);
    Object.assign(window, { messages });
    addEventListener('message', ({ data }) => messages.push(data));
  });
  await page.goto(`${project}www/embed.html?model=models/digits.onnx&image=samples/koala.jpg`);
  await ready(page.locator('conv-scope'));
  assert.deepEqual(await page.evaluate('messages'), []);
});

browserTest(
  'a narrow frame has room for the prediction, and tells first why nothing is there',
  async ({ page, project }) => {
    await page.setViewportSize({ width: 320, height: 700 });
    const query = 'image=samples/koala.jpg&model=models/';
    await page.goto(`${project}www/embed.html?${query}cats-vs-dogs.onnx`);
    await ready(page.locator('conv-scope'));
    for (const label of ['cat', 'dog']) {
      const isWhole = await page
        .locator('convscope-prediction')
        .getByText(label, { exact: true })
        .evaluate(({ clientWidth, scrollWidth }) => scrollWidth <= clientWidth);
      assert(isWhole, label);
    }
    await page.goto(`${project}www/embed.html?${query}none.onnx`);
    const message = await page.getByRole('alert').boundingBox();
    const button = await page.getByRole('button', { name: 'Open picture…' }).boundingBox();
    assert(message && button && message.y < button.y);
  },
  { expected: [/404/] },
);

browserTest(
  'elements of a page have landmarks of their own names',
  async ({ page, project }) => {
    const model = `model="${project}www/models/digits.onnx"`;
    const opened = `${model} image="${project}www/samples/koala.jpg" loading="eager"`;
    const body = `<!doctype html>
      <html lang="en">
        <title>Two of them</title>
        <link rel="icon" href="data:,">
        <script type="module" src="${project}www/convscope.js"></script>
        <main>
          <h1>Two of them</h1>
          <conv-scope ${opened} layer="conv1" channel="0"></conv-scope>
          <conv-scope ${opened} layer="conv2" channel="1"></conv-scope>
        </main>
      </html>`;
    const address = `${project}two.html`;
    await page.route(address, (route) => route.fulfill({ contentType: 'text/html', body }));
    await page.goto(address);
    await ready(page.locator('conv-scope').first());
    await ready(page.locator('conv-scope').last());
    const found = await violations(page);
    assert.deepEqual(
      found.filter(({ id }) => id === 'landmark-unique'),
      [],
    );
    await page.getByRole('region', { name: 'Feature maps, 2' }).waitFor();
    // The number of one that is gone is another's.
    await page.evaluate(async () => {
      document.querySelector('conv-scope')?.remove();
      await Promise.resolve();
      const another = document.createElement('conv-scope');
      another.setAttribute('loading', 'eager');
      document.querySelector('main')?.append(another);
    });
    const last = page.locator('conv-scope').last();
    await last.getByRole('region', { name: 'Feature maps', exact: true }).waitFor();
  },
  FOR_AXE,
);

browserTest(
  'the module gives the element’s class and its error',
  async ({ page, project, openBare }) => {
    await openBare();
    const facts = await page.evaluate(async (url) => {
      const module = await import(url);
      const element = document.querySelector('conv-scope');
      const error = await /** @type {any} */ (element)
        .activation('nothing')
        .catch((/** @type {unknown} */ e) => e);
      return {
        exported: Object.keys(module).sort(),
        isElement: element instanceof module.ConvScope,
        isError: error instanceof module.ConvscopeError && error instanceof Error,
      };
    }, `${project}www/convscope.js`);
    assert.deepEqual(facts, {
      exported: ['ConvScope', 'ConvscopeError'],
      isElement: true,
      isError: true,
    });
  },
);
