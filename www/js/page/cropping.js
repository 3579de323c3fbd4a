/** The part of the picture that the network gets in place of all of it. */

import { ConvscopeError } from './errors.js';
import { strings } from './strings.js';

/**
 * @typedef {import('../shared/protocol.js').Rectangle} Rectangle
 * @typedef {{ width: number, height: number }} Size of the picture, in pixels
 */

/** Pixels that are left of a side. */
const SMALLEST = 8;

/**
 * Reads a part as Pillow's `crop` takes it: left, top, right, bottom.
 *
 * @param {string | null} text null for all of the picture
 * @returns {Rectangle | null}
 * @throws {ConvscopeError} `bad-input`
 */
export function readCrop(text) {
  if (text === null) return null;
  const match = /^(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})$/.exec(text);
  if (!match) throw new ConvscopeError('bad-input', strings.badCrop(text));
  const [left = 0, top = 0, right = 0, bottom = 0] = match.slice(1).map(Number);
  return { top, left, bottom, right };
}

/**
 * The text that `readCrop` reads.
 *
 * @param {Rectangle} crop
 */
export function cropText({ left, top, right, bottom }) {
  return [left, top, right, bottom].join();
}

/**
 * The part moved, but not out of the picture.
 *
 * @param {Rectangle} crop
 * @param {Size} size
 * @param {number} right in pixels of the picture
 * @param {number} down
 * @returns {Rectangle}
 */
export function movedCrop(crop, size, right, down) {
  const [width, height] = [crop.right - crop.left, crop.bottom - crop.top];
  const left = Math.min(Math.max(Math.round(crop.left + right), 0), size.width - width);
  const top = Math.min(Math.max(Math.round(crop.top + down), 0), size.height - height);
  return { top, left, bottom: top + height, right: left + width };
}

/**
 * The part made smaller by a factor, or larger, around its middle.
 *
 * @param {Rectangle} crop
 * @param {Size} size
 * @param {number} factor above 1 for a smaller part
 * @returns {Rectangle | null} null for all of the picture
 */
export function zoomedCrop(crop, size, factor) {
  const [width, height] = [crop.right - crop.left, crop.bottom - crop.top];
  const side = (/** @type {number} */ length, /** @type {number} */ whole) =>
    Math.min(Math.max(Math.round(length / factor), Math.min(SMALLEST, whole)), whole);
  const [newWidth, newHeight] = [side(width, size.width), side(height, size.height)];
  if (newWidth === size.width && newHeight === size.height) return null;
  const zoomed = { top: 0, left: 0, bottom: newHeight, right: newWidth };
  const left = crop.left + (width - newWidth) / 2;
  return movedCrop(zoomed, size, left, crop.top + (height - newHeight) / 2);
}

/**
 * A part in whole pixels, at least as large as the smallest.
 *
 * @param {Rectangle} part
 * @param {Size} size
 * @returns {Rectangle | null} null for all of the picture
 */
export function wholeCrop({ top, left, bottom, right }, size) {
  const rounded = {
    top: Math.floor(top),
    left: Math.floor(left),
    bottom: Math.ceil(bottom),
    right: Math.ceil(right),
  };
  return zoomedCrop(rounded, size, 1);
}
