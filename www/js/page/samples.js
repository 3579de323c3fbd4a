/** The list of sample pictures. */

import { ConvscopeError } from './errors.js';

/** @typedef {import('./controller.js').Sample} Sample */

/**
 * Reads a list of samples: a JSON array of `{file, thumbnail?, title, author, licence, source}`, all strings, in which
 * `file` and `thumbnail` are addresses relative to the list's.
 *
 * @param {string} address relative to the page's
 * @returns {Promise<Sample[]>}
 * @throws {ConvscopeError} `network` if it cannot be had, or is no such list
 */
export async function readSamples(address) {
  const url = new URL(address, document.baseURI);
  try {
    const response = await fetch(url, { credentials: 'omit' });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return (await response.json()).map((/** @type {Record<string, unknown>} */ item) => ({
      url: new URL(text(item, 'file'), url).href,
      thumbnail: new URL(text(item, 'thumbnail' in item ? 'thumbnail' : 'file'), url).href,
      title: text(item, 'title'),
      author: text(item, 'author'),
      licence: text(item, 'licence'),
      source: text(item, 'source'),
    }));
  } catch (error) {
    throw new ConvscopeError('network', `no list of samples can be read from ${url}: ${error}`);
  }
}

/**
 * @param {Record<string, unknown>} item
 * @param {string} field
 */
function text(item, field) {
  const value = item[field];
  if (typeof value !== 'string') throw new Error(`a sample has no text “${field}”`);
  return value;
}
