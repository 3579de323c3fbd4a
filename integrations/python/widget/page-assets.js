/** What a page with widgets has of the site, in the place of www/js/page/assets.js. */

export { IMAGENET, SITE, WORKER } from '../../../tools/single-file/page-assets.js';

/** `Scope.save_html` saves pages. */
export const readTemplate = null;
