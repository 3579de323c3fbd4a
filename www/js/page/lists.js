/** Lists of what there is to choose: sample pictures, models. */

import { ConvscopeError } from './errors.js';

/**
 * @typedef {import('./controller.js').ListedModel} ListedModel
 * @typedef {import('./controller.js').Sample} Sample
 * @typedef {Record<string, unknown>} Item
 */

/**
 * Reads a list of samples: a JSON array of `{file, thumbnail?, title, author, licence, source}`, all strings, in which
 * `file` and `thumbnail` are addresses relative to the list's.
 *
 * @param {string} address relative to the page's
 * @returns {Promise<Sample[]>}
 * @throws {ConvscopeError} `network` if it cannot be had, or is no such list
 */
export function readSamples(address) {
  return readList(address, 'samples', (item, url) => ({
    url: new URL(text(item, 'file'), url).href,
    thumbnail: new URL(text(item, 'thumbnail' in item ? 'thumbnail' : 'file'), url).href,
    title: text(item, 'title'),
    author: text(item, 'author'),
    licence: text(item, 'licence'),
    source: text(item, 'source'),
  }));
}

/**
 * Reads a list of models: a JSON array of `{file, title, description, bytes}`, in which `file` is an address relative to
 * the list's and `bytes` the size of that file.
 *
 * @param {string} address relative to the page's
 * @returns {Promise<ListedModel[]>}
 * @throws {ConvscopeError} `network` if it cannot be had, or is no such list
 */
export function readModels(address) {
  return readList(address, 'models', (item, url) => ({
    url: new URL(text(item, 'file'), url).href,
    title: text(item, 'title'),
    description: text(item, 'description'),
    bytes: Number(item.bytes),
  }));
}

/**
 * @template T
 * @param {string} address
 * @param {string} what
 * @param {(item: Item, url: URL) => T} read
 * @returns {Promise<T[]>}
 */
async function readList(address, what, read) {
  const url = new URL(address, document.baseURI);
  try {
    const response = await fetch(url, { credentials: 'omit' });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return (await response.json()).map((/** @type {Item} */ item) => read(item, url));
  } catch (error) {
    throw new ConvscopeError('network', `no list of ${what} can be read from ${url}: ${error}`);
  }
}

/**
 * @param {Item} item
 * @param {string} field
 */
function text(item, field) {
  const value = item[field];
  if (typeof value !== 'string') throw new Error(`an item has no text “${field}”`);
  return value;
}
