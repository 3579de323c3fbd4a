/** What people take away: files, and texts to copy. */

import { readTemplate, SITE } from './assets.js';
import { bibtexCitation, plainCitation } from './citation.js';
import { gatherContent } from './content.js';
import { ConvscopeError } from './errors.js';
import { listOutputs } from './graph.js';
import { isVector, planesOf, renderOptions } from './layout.js';
import { shareLink } from './links.js';
import { fileName, nameOf, stemOf } from './names.js';
import { pythonScript } from './python.js';
import { fillTemplate } from './single-file.js';
import { strings } from './strings.js';

/**
 * @typedef {import('./citation.js').Cited} Cited
 * @typedef {import('./controller.js').Controller} Controller
 * @typedef {import('./controller.js').State} State
 * @typedef {import('./graph.js').OutputInfo} OutputInfo
 * @typedef {import('../shared/protocol.js').RenderOptions} RenderOptions
 *
 * @typedef {'png' | 'figure' | 'npy' | 'python' | 'stack' | 'npz' | 'page' | 'citation' | 'bibtex'} ExportKind
 *
 * @typedef {object} Selection
 * @property {string} output
 * @property {number | null} channel null for all of them
 *
 * @typedef {{ name: string, file: Blob } | { text: string }} Export a file and its name, or a text to copy
 */

/** @type {Record<ExportKind, (controller: Controller, selection: Selection, inView: string | null) => Promise<Export>>} */
const EXPORTS = {
  png: exportDrawing,
  figure: exportFigureOfOne,
  npy: exportArray,
  python: exportScript,
  stack: exportFigureOfAll,
  npz: exportArchive,
  page: (controller, _, inView) => exportPage(controller, inView),
  citation: (controller) => exportCitation(controller, plainCitation),
  bibtex: (controller) => exportCitation(controller, bibtexCitation),
};

/**
 * Makes what the person asks for, once whatever is being opened has run.
 *
 * @param {Controller} controller
 * @param {ExportKind} kind
 * @param {Selection} selection
 * @param {string | null} inView the output that the person sees among all
 * @returns {Promise<Export>}
 * @throws {ConvscopeError}
 */
export function makeExport(controller, kind, selection, inView) {
  return EXPORTS[kind](controller, selection, inView);
}

/**
 * A figure for print of several outputs, each under its name.
 *
 * @param {Controller} controller
 * @param {string[] | undefined} outputs if not given, the model's layers that have feature maps
 * @param {RenderOptions} options
 * @returns {Promise<Blob>} a PNG file
 * @throws {ConvscopeError}
 */
export async function makeFigure(controller, outputs, options) {
  const names = outputs ?? layersWithMaps(await listInfos(controller));
  if (names.length === 0) throw new ConvscopeError('bad-input', strings.emptyFigure);
  const panels = names.map((output) => {
    return { title: strings.drawingTitle(output, options.channels), output, options };
  });
  return controller.request('exportFigure', { panels });
}

/**
 * Python that computes an output and draws it.
 *
 * @param {Controller} controller
 * @param {string} output
 * @param {RenderOptions} options
 * @returns {Promise<string>}
 * @throws {ConvscopeError} `bad-input` if there is no such output, `unsupported-option` for comparisons and reductions
 */
export async function makeScript(controller, output, options) {
  const { of = 'present', reduction = 1 } = options;
  if (of !== 'present' || reduction !== 1) {
    throw new ConvscopeError('unsupported-option', strings.notInPython);
  }
  const info = (await listInfos(controller)).find((candidate) => candidate.output === output);
  const inputs = await controller.request('inputs', {});
  const version = await controller.request('version', {});
  const { state } = controller;
  const { model, reading, openedModel, picture, hasRawInput } = state;
  if (!info || !model || !openedModel) {
    throw new ConvscopeError('bad-input', strings.missingLayer(output));
  }
  const preprocessing = reading?.preprocessing?.value;
  const fed = inputs.find(({ name }) => !hasRawInput && name === preprocessing?.name);
  return pythonScript({
    version,
    url: shareLink(state, output)?.url ?? null,
    model: named(openedModel.source, 'model.onnx'),
    picture:
      fed && preprocessing && picture
        ? {
            ...named(picture.source, 'picture.png'),
            crop: picture.crop,
            preprocessing,
            dtype: fed.dtype,
          }
        : null,
    archive: archiveName(state),
    tensors: inputs.filter((info) => info !== fed).map(({ name }) => name),
    output,
    isGraphOutput: model.outputs.includes(output),
    rank: info.shape.length,
    isChannelsLast: model.channelsLast.includes(output),
    title: strings.drawingTitle(output, options.channels),
    options,
    drawing: drawingName(state, output, options),
  });
}

/**
 * @param {Controller} controller
 * @param {Selection} selection
 */
async function exportDrawing(controller, selection) {
  const { output } = selection;
  const options = await shownOptions(controller, selection);
  const file = await controller.request('exportPng', { output, options });
  return { name: drawingName(controller.state, output, options), file };
}

/**
 * @param {Controller} controller
 * @param {Selection} selection
 */
async function exportFigureOfOne(controller, selection) {
  const { output } = selection;
  const options = await shownOptions(controller, selection);
  const file = await makeFigure(controller, [output], options);
  return { name: drawingName(controller.state, output, options, 'figure'), file };
}

/** @param {Controller} controller */
async function exportFigureOfAll(controller) {
  const options = renderOptions(null, controller.state);
  const file = await makeFigure(controller, undefined, options);
  return {
    name: fileName([modelStem(controller.state), controller.state.view, 'figure'], '.png'),
    file,
  };
}

/**
 * @param {Controller} controller
 * @param {Selection} selection
 */
async function exportArray(controller, { output }) {
  const file = await controller.request('exportNpy', { output });
  return { name: fileName([modelStem(controller.state), output], '.npy'), file };
}

/** @param {Controller} controller */
async function exportArchive(controller) {
  const file = await controller.request('exportNpz', {});
  return { name: archiveName(controller.state), file };
}

/**
 * The page itself, with what is open in it.
 *
 * @param {Controller} controller
 * @param {string | null} inView
 */
async function exportPage(controller, inView) {
  if (!readTemplate) throw new ConvscopeError('unsupported-option', strings.noTemplate);
  const read = (/** @type {string} */ source) => controller.request('read', { source });
  const content = await gatherContent(controller, inView);
  const file = await fillTemplate(await readTemplate(read), content);
  return { name: fileName([stemOf(content.model.name)], '.html'), file };
}

/**
 * @param {Controller} controller
 * @param {Selection} selection
 */
async function exportScript(controller, selection) {
  const options = await shownOptions(controller, selection);
  return { text: await makeScript(controller, selection.output, options) };
}

/**
 * @param {Controller} controller
 * @param {(cited: Cited) => string} write
 */
async function exportCitation(controller, write) {
  const version = await controller.request('version', {});
  const { model, picture, samples, hasRawInput } = controller.state;
  const sample = hasRawInput ? undefined : samples.find(({ url }) => url === picture?.source);
  const { manifest = null, title = '' } = model ?? {};
  const cited = {
    version,
    url: SITE?.href ?? null,
    date: new Date(),
    model: title,
    manifest,
    picture: sample ? strings.credit(sample) : (!hasRawInput && picture?.credit) || null,
  };
  return { text: write(cited) };
}

/**
 * Every output as it is since the last pass.
 *
 * @param {Controller} controller
 */
async function listInfos(controller) {
  const nodes = await controller.request('nodes', {});
  const { model } = controller.state;
  return model ? listOutputs({ ...model, nodes }) : [];
}

/**
 * The layers that are more than a row of values, or all if none is.
 *
 * @param {OutputInfo[]} infos
 */
function layersWithMaps(infos) {
  const layers = infos.filter(({ isLayer }) => isLayer);
  const withMaps = layers.filter(({ shape }) => !isVector(planesOf(shape)));
  return (withMaps.length > 0 ? withMaps : layers).map(({ output }) => output);
}

/**
 * How a selection is drawn on the page, but never reduced.
 *
 * @param {Controller} controller
 * @param {Selection} selection
 * @returns {Promise<RenderOptions>}
 */
async function shownOptions(controller, { output, channel }) {
  const infos = await listInfos(controller);
  const shape = infos.find((info) => info.output === output)?.shape;
  const shown = renderOptions(shape ? planesOf(shape) : null, controller.state);
  const options = { ...shown, reduction: 1 };
  return channel === null ? options : { ...options, channels: [channel] };
}

/** @param {State} state */
function modelStem({ openedModel }) {
  return openedModel ? stemOf(nameOf(openedModel.source, 'model')) : '';
}

/** @param {State} state */
function archiveName(state) {
  return fileName([modelStem(state)], '.npz');
}

/**
 * @param {State} state
 * @param {string} output
 * @param {RenderOptions} options
 * @param {string} [what]
 */
function drawingName(state, output, { view = 'book', channels }, what = '') {
  const channel = channels ? `channel-${channels.join('-')}` : '';
  return fileName([modelStem(state), output, channel, view, what], '.png');
}

/**
 * @param {string | Blob | ImageData} source
 * @param {string} unnamed
 */
function named(source, unnamed) {
  const file = source instanceof ImageData ? unnamed : nameOf(source, unnamed);
  const isAddress = typeof source === 'string' && !source.startsWith('data:');
  return { file, url: isAddress ? source : null };
}
