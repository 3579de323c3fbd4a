/** Addresses that show again what is shown. */

import { SITE } from './assets.js';
import { cropText } from './cropping.js';
import { focusAttributes } from './focus.js';

/**
 * @typedef {import('./controller.js').State} State
 */

/** A picture can be its own address, which may be longer than what browsers and messages take. */
const LONGEST_ADDRESS = 8000;

/**
 * The address of the page with the present model, picture and look. What was opened from the person's own device, or set
 * there, cannot be part of it.
 *
 * @param {State} state
 * @param {string | null} layer the output in view
 * @returns {{ url: string, isComplete: boolean }}
 */
export function shareLink({ openedModel, picture, view, colormap, range, focus }, layer) {
  const url = new URL(SITE);
  const parts = {
    model: openedModel?.source,
    manifest: openedModel?.manifest,
    image: picture?.source,
  };
  let isComplete = !openedModel?.preprocessing && !openedModel?.labels;
  for (const [name, source] of Object.entries(parts)) {
    const address = namedSource(source);
    if (address) url.searchParams.set(name, relative(address));
    else if (source) isComplete = false;
  }
  if (picture?.crop) url.searchParams.set('crop', cropText(picture.crop));
  const focused = focus ? focusAttributes(focus) : { layer };
  for (const [name, value] of Object.entries(focused)) {
    if (value) url.searchParams.set(name, value);
  }
  if (view !== 'book') url.searchParams.set('view', view);
  if (view === 'fixed' && range) url.searchParams.set('range', range.join());
  if (colormap) url.searchParams.set('colormap', colormap);
  return { url: url.href, isComplete };
}

/**
 * The address by which something can be opened again, elsewhere too. Null if it has none.
 *
 * @param {unknown} source an absolute URL or what was opened in its place
 * @returns {string | null}
 */
export function namedSource(source) {
  const isAddress = typeof source === 'string' && !source.startsWith('blob:');
  return isAddress && source.length <= LONGEST_ADDRESS ? source : null;
}

/**
 * An address in the site relative to it, another as it is.
 *
 * @param {string} url absolute
 */
export function relative(url) {
  return url.startsWith(SITE.href) ? url.slice(SITE.href.length) : url;
}
