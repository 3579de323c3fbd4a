/** What lies beside the page of a notebook, in the place of www/js/page/assets.js. */

import { joinTemplate } from '../../../tools/single-file/page-assets.js';
import { inlined } from './inlined.js';

export { IMAGENET, SITE, WORKER } from '../../../tools/single-file/page-assets.js';

export const readTemplate = async () => joinTemplate(await inlined('html'));
