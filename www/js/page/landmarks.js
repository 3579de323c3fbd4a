/** Names of landmarks: those of several elements on a page are told apart by a number. */

import { strings } from './strings.js';

/** @type {Set<number>} */
const taken = new Set();

/** The smallest number that no element of the page has. */
export function takeNumber() {
  let number = 1;
  while (taken.has(number)) number++;
  taken.add(number);
  return number;
}

/** @param {number} number */
export function returnNumber(number) {
  taken.delete(number);
}

/**
 * @param {Element} place of the landmark, in what has the number as `data-number`
 * @param {string} name
 */
export function landmarkName(place, name) {
  const number = place.closest('[data-number]')?.getAttribute('data-number') ?? '1';
  return number === '1' ? name : strings.numbered(name, number);
}
