/** Addresses that show again what is shown. */

import { focusAttributes } from './focus.js';

/**
 * @typedef {import('./controller.js').State} State
 */

/** Where the site is. */
export const SITE = new URL('../../', import.meta.url);

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
    if (typeof source === 'string') url.searchParams.set(name, relative(source));
    else if (source) isComplete = false;
  }
  const focused = focus ? focusAttributes(focus) : { layer };
  for (const [name, value] of Object.entries(focused)) {
    if (value) url.searchParams.set(name, value);
  }
  if (view !== 'book') url.searchParams.set('view', view);
  if (view === 'fixed' && range) url.searchParams.set('range', range.join());
  if (colormap) url.searchParams.set('colormap', colormap);
  return { url: url.href, isComplete };
}

/** @param {string} url */
function relative(url) {
  return url.startsWith(SITE.href) ? url.slice(SITE.href.length) : url;
}
