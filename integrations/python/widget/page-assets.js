/** What lies beside the page of a notebook, in the place of www/js/page/assets.js. */

import { inlined } from './inlined.js';
import { inline } from '../../../www/js/page/single-file.js';

export { IMAGENET, SITE, WORKER } from '../../../tools/single-file/page-assets.js';

/** The elements that the single file's template has after its page. */
const PARTS = ['page', 'engine', 'worker', 'imagenet'];

export const readTemplate = async () => {
  const parts = PARTS.map(async (name) => inline(name, await inlined(name)));
  return new Blob([await inlined('html'), ...(await Promise.all(parts)).flat()]);
};
