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
 * @returns {{ url: string, isComplete: boolean } | null} null where the page has no address
 */
export function shareLink(state, layer) {
  if (!SITE) return null;
  const { openedModel, picture } = state;
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
  for (const [name, value] of Object.entries(lookAttributes(state, layer))) {
    url.searchParams.set(name, value);
  }
  return { url: url.href, isComplete };
}

/**
 * The element's attributes that say how what is open is looked at.
 *
 * @param {State} state
 * @param {string | null} layer the output in view
 * @returns {Record<string, string>}
 */
export function lookAttributes({ view, colormap, range, focus }, layer) {
  const attributes = {
    ...(focus ? focusAttributes(focus) : { layer }),
    view: view === 'book' ? null : view,
    range: view === 'fixed' && range ? range.join() : null,
    colormap,
  };
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
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
  return SITE && url.startsWith(SITE.href) ? url.slice(SITE.href.length) : url;
}
