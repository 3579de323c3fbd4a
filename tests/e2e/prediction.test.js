/** What the page says of the network's answer. */

import assert from 'node:assert/strict';
import { browserTest, useBrowser } from './support/browser.js';
import { nextEvent, openWell } from './support/scope.js';

useBrowser();

browserTest('what changes from picture to picture is told', async ({ page, project, open }) => {
  const scope = await open();
  const view = page.locator('convscope-prediction');
  const note = view.getByText('change since the pass before');
  assert(!(await note.isVisible()));
  const labelled = /^(\w+) ([\d.]+)%$/;
  const before = new Map();
  for (const row of await view.getByRole('listitem').all()) {
    const [, label, percent] = labelled.exec((await row.innerText()).replace(/\s+/g, ' ')) ?? [];
    before.set(label, Number(percent));
  }
  assert.deepEqual([...before.keys()], ['cat', 'dog']);

  const passed = await nextEvent(scope, 'convscope-pass');
  await openWell(scope, 'openImage', { url: `${project}www/samples/german-shepherd.jpg` });
  const [best, second] = (await passed()).prediction.classes;
  assert.equal(best.label, 'dog');
  await note.waitFor();
  for (const [{ label, probability }, direction] of [
    [best, 'more'],
    [second, 'less'],
  ]) {
    const row = view.getByRole('listitem').filter({ hasText: label });
    const change = await row.locator('.class-change .visually-hidden').textContent();
    const told = /^([\d.]+) percentage points (more|less) than before$/.exec(change ?? '');
    const points = Math.abs(probability * 100 - before.get(label));
    // The page rounds each by itself.
    assert(Math.abs(Number(told?.[1]) - points) < 0.11, `${label}: ${change}, not ${points}`);
    assert.equal(told?.[2], direction);
    const marked = await row.locator('.class-before').evaluate((mark) => {
      const bar = mark.parentElement?.getBoundingClientRect() ?? new DOMRect();
      const { left, width } = mark.getBoundingClientRect();
      return ((left + width / 2 - bar.left) / bar.width) * 100;
    });
    assert(Math.abs(marked - before.get(label)) < 2, `${label} is marked at ${marked}`);
  }
  const announced = page.getByRole('status').filter({ hasText: /Prediction: dog.*before: cat/ });
  await announced.waitFor();

  // Another model's answers are not compared.
  await openWell(scope, 'openModel', { url: `${project}www/models/cats-vs-dogs.onnx` });
  await view.getByRole('listitem').filter({ hasText: '%' }).first().waitFor();
  assert(!(await note.isVisible()));
});
