/** The single file's page: `<conv-scope>` with what www/js/page/single-file.js put into the file. */

import '../../www/convscope.js';
import { inlined } from './inlined.js';
import { unzip } from './unzip.js';

const licences = document.querySelector('footer details');
licences.addEventListener('toggle', async () => {
  licences.querySelector('pre').textContent = await (await unzip(await inlined('notices'))).text();
});

const { model, manifest, labels, data, picture, tensors, attributes } = JSON.parse(
  await (await inlined('content')).text(),
);
const scope = document.createElement('conv-scope');
scope.setAttribute('loading', 'eager');
for (const [name, value] of Object.entries(attributes)) scope.setAttribute(name, value);
document.querySelector('main').append(scope);
const weights = await Promise.all(
  data.map(async (name, position) => [name, await inlined(`data-${position}`)]),
);
const file = new File([await inlined('model')], model);
const opening = [scope.openModel(file, manifest, Object.fromEntries(weights))];
if (picture) {
  const { crop, credit = picture.name } = picture;
  opening.push(scope.openImage(await readPicture(picture), { crop, credit }));
}
// The element shows what goes wrong.
await Promise.allSettled(opening);
if (labels) await scope.setLabels(labels).catch(() => {});
if (tensors.length > 0) await scope.setInput(await readTensors(tensors)).catch(() => {});

/** @param {{ name: string, type: string, size: { width: number, height: number } | null }} picture */
async function readPicture({ name, type, size }) {
  const file = await inlined('picture');
  if (!size) return new File([file], name, { type });
  const pixels = new Uint8ClampedArray(await file.arrayBuffer());
  return new ImageData(pixels, size.width, size.height);
}

/** @param {{ name: string, shape: number[], array: string }[]} tensors */
async function readTensors(tensors) {
  const entries = tensors.map(async ({ name, shape, array }, position) => {
    const bytes = await (await inlined(`tensor-${position}`)).arrayBuffer();
    const data = array === 'Array' ? Array.from(new Float64Array(bytes)) : new self[array](bytes);
    return [name, { shape, data }];
  });
  return Object.fromEntries(await Promise.all(entries));
}
