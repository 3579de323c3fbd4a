/** Runs before the page's script is there: what takes longest, the engine and the model, is downloaded from the beginning. */

import { DEFAULTS } from './js/page/defaults.js';
import { prepareEngine } from './js/page/engine-client.js';

const model = new URLSearchParams(location.search).get('model') ?? DEFAULTS.model;
if (URL.canParse(model, document.baseURI)) prepareEngine(new URL(model, document.baseURI).href);
