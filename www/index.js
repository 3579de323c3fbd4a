/** The page: `<conv-scope>` with what the address's query asks for. */

import './convscope.js';

/** What is shown if the query names no model. */
const DEFAULTS = { model: 'models/cats-vs-dogs.onnx', image: 'samples/kitten.jpg' };
const PARAMETERS = [
  'model',
  'image',
  'manifest',
  'layer',
  'channel',
  'cell',
  'view',
  'range',
  'colormap',
];

const scope = document.createElement('conv-scope');
const query = new URLSearchParams(location.search);
scope.setAttribute('samples', 'samples/samples.json');
scope.setAttribute('models', 'models/index.json');
for (const [name, value] of Object.entries(DEFAULTS)) scope.setAttribute(name, value);
for (const name of PARAMETERS) {
  const value = query.get(name);
  if (value !== null) scope.setAttribute(name, value);
}
document.querySelector('main')?.append(scope);
