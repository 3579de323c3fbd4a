/**
 * What lies beside the package's module, in the place of www/js/page/assets.js: addresses in the form that bundlers follow.
 */

import { engineOf } from '../../www/js/shared/simd.js';

/** The page that it runs in: there is none of the site's own. */
export const SITE = new URL(location.pathname, location.href);
export const WORKER = new URL('./worker.js', import.meta.url);
/** The package is for pages of others’, which are no single files. */
export const readTemplate = null;
export const IMAGENET = new URL('./imagenet.json', import.meta.url);

// The worker itself cannot know it: bundlers copy its file as it is, and under another name.
WORKER.searchParams.set(
  'engine',
  engineOf(
    new URL('./wasm/convscope_relaxed_bg.wasm', import.meta.url),
    new URL('./wasm/convscope_bg.wasm', import.meta.url),
  ).href,
);
