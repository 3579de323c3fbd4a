/** How much of the interface an element shows. */

import { ConvscopeError } from './errors.js';
import { strings } from './strings.js';

/**
 * @typedef {'full' | 'compact' | 'layer'} Layout `compact`: picture, prediction and layers; `layer`: one layer
 * @typedef {'model' | 'picture' | 'view' | 'share'} Control what a person can choose
 *
 * @typedef {object} Presentation
 * @property {Layout} layout
 * @property {Control[]} controls
 * @property {number[] | null} channels those that the layout `layer` shows; null for all
 */

/** What a person can choose in each layout if nothing is said. @type {Record<Layout, Control[]>} */
const CONTROLS = {
  full: ['model', 'picture', 'view', 'share'],
  compact: ['picture', 'view'],
  layer: [],
};
/** No layer has as many channels. */
const MOST_CHANNELS = 1 << 20;

/** That of an element without attributes. @type {Presentation} */
export const FULL = { layout: 'full', controls: CONTROLS.full, channels: null };

/**
 * What attributes tell.
 *
 * @param {string | null} layout
 * @param {string | null} controls names with spaces between them, `all` or `none`
 * @param {string | null} channels numbers and ranges, such as `0,3,8-15`
 * @returns {Presentation}
 * @throws {ConvscopeError} `unsupported-option`
 */
export function readPresentation(layout, controls, channels) {
  if (layout !== null && !isLayout(layout)) {
    throw new ConvscopeError('unsupported-option', strings.missingLayout(layout));
  }
  return {
    layout: layout ?? 'full',
    controls: controls === null ? CONTROLS[layout ?? 'full'] : readControls(controls),
    channels: channels === null ? null : readChannels(channels),
  };
}

/**
 * @param {string} layout
 * @returns {layout is Layout}
 */
function isLayout(layout) {
  return Object.hasOwn(CONTROLS, layout);
}

/** @param {string} text */
function readControls(text) {
  const names = text.split(/\s+/).filter(Boolean);
  if (text.trim() === 'all') return CONTROLS.full;
  if (text.trim() === 'none') return [];
  const unknown = names.find((name) => !CONTROLS.full.some((control) => control === name));
  if (unknown) throw new ConvscopeError('unsupported-option', strings.missingControl(unknown));
  return /** @type {Control[]} */ (names);
}

/** @param {string} text */
function readChannels(text) {
  const channels = text.split(',').flatMap((part) => {
    const [, first = '', last = first] = /^\s*(\d{1,7})(?:-(\d{1,7}))?\s*$/.exec(part) ?? [];
    const length = first === '' ? 0 : Number(last) - Number(first) + 1;
    if (length < 1 || length > MOST_CHANNELS) {
      throw new ConvscopeError('unsupported-option', strings.badChannels(text));
    }
    return Array.from({ length }, (_, index) => Number(first) + index);
  });
  return channels;
}
