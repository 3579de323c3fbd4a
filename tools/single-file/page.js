/** The single file's page: `<conv-scope>` with what www/js/page/single-file.js put into the file. */

import '../../www/convscope.js';
import { inlined } from './inlined.js';

const { model, manifest, data, picture, attributes } = JSON.parse(
  await (await inlined('content')).text(),
);
const scope = document.createElement('conv-scope');
scope.setAttribute('loading', 'eager');
for (const [name, value] of Object.entries(attributes)) scope.setAttribute(name, value);
document.querySelector('main').append(scope);
const weights = await Promise.all(
  data.map(async (name, position) => new File([await inlined(`data-${position}`)], name)),
);
const opening = [scope.openModel(new File([await inlined('model')], model), manifest, weights)];
if (picture) {
  const { name, type, crop } = picture;
  opening.push(scope.openImage(new File([await inlined('picture')], name, { type }), { crop }));
}
// The element shows what goes wrong.
await Promise.allSettled(opening);
