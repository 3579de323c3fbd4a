/** What is open, gathered to be put into a single file. */

import { ConvscopeError } from './errors.js';
import { lookAttributes } from './links.js';
import { nameOf } from './names.js';
import { strings } from './strings.js';

/**
 * @typedef {import('./controller.js').Controller} Controller
 * @typedef {import('./controller.js').OpenedPicture} OpenedPicture
 * @typedef {import('./single-file.js').Content} Content
 */

/** Bytes: browsers' strings hold no more as base64. */
const LARGEST_FILE = 384 * 2 ** 20;

/**
 * Gathers what is open, once whatever is being opened has run, and how it is looked at.
 *
 * @param {Controller} controller
 * @param {string | null} layer the output in view
 * @returns {Promise<Content>}
 * @throws {ConvscopeError} `bad-input` if no model is open, `network` if an address has it no longer, `too-large`
 */
export async function gatherContent(controller, layer) {
  await controller.request('version', {});
  const { state } = controller;
  const { model, openedModel, openedPicture, hasRawInput, rawInput } = state;
  if (!model || !openedModel) throw new ConvscopeError('bad-input', strings.emptyTitle);
  const { source, data = {}, preprocessing, labels = null, tensors = {} } = openedModel;
  const opened = await controller.request('readModel', { source, data });
  const name = nameOf(source, 'model.onnx');
  const content = {
    model: { name, file: opened.file },
    // Left as it is, what was guessed stays a guess.
    manifest: preprocessing ? await exportedManifest(controller) : model.manifest,
    labels,
    data: opened.data,
    picture: openedPicture && !hasRawInput ? await gatherPicture(controller, openedPicture) : null,
    tensors: hasRawInput ? { ...tensors, ...rawInput } : tensors,
    attributes: lookAttributes(state, layer),
  };
  checkSizes({ [name]: opened.file, ...opened.data });
  return content;
}

/** @param {Controller} controller */
async function exportedManifest(controller) {
  return JSON.parse(await (await controller.request('exportManifest', {})).text());
}

/**
 * @param {Controller} controller
 * @param {OpenedPicture} picture
 * @returns {Promise<Content['picture']>}
 */
async function gatherPicture(controller, { source, crop, credit = '' }) {
  if (source instanceof ImageData) {
    const { width, height, data } = source;
    return { name: '', file: new Blob([data]), size: { width, height }, crop, credit };
  }
  const file = typeof source === 'string' ? await controller.request('read', { source }) : source;
  const name = nameOf(source, 'picture.png');
  const sample = controller.state.samples.find(({ url }) => url === source);
  // Whoever opens the file need not be who saves it: to them, it is not “your picture”.
  const about = sample ? strings.credit(sample) : credit || name;
  return { name, file, size: null, crop, credit: about };
}

/** @param {Record<string, Blob>} files by name */
function checkSizes(files) {
  for (const [name, { size }] of Object.entries(files)) {
    if (size <= LARGEST_FILE) continue;
    throw new ConvscopeError('too-large', strings.tooLargeForFile(name, size, LARGEST_FILE));
  }
}
