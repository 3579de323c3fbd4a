/** `<conv-scope>` in a page of another origin than the site's. */

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { browserTest, ready, useBrowser } from './support/browser.js';
import { makePng } from './support/files.js';
import { activation, canvasPixels, input, openWell, render } from './support/scope.js';
import { servePage, serveToOtherOrigins } from './support/site.js';

/** @typedef {Awaited<ReturnType<typeof servePage>>} Server */

/** @type {Server[]} */
const servers = [];

useBrowser();
after(() => Promise.all(servers.map((server) => server.close())));

browserTest('a page of another origin embeds the element', async ({ page, project }) => {
  const site = await serveToOtherOrigins(project);
  servers.push(site);
  const lesson = await servePage(`<!doctype html>
    <html lang="en">
      <title>A lesson</title>
      <link rel="icon" href="data:,">
      <style>body { margin: 2rem; color: rgb(1, 2, 3) } h3, p, canvas { display: none }</style>
      <script type="module" src="${site.url}www/convscope.js"></script>
      <h1>What a convnet sees</h1>
      <conv-scope
        model="${site.url}www/models/cats-vs-dogs.onnx"
        image="${site.url}www/samples/german-shepherd.jpg"
        view="channels"
        layer="max_pooling2d_5"
      ></conv-scope>
    </html>`);
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
