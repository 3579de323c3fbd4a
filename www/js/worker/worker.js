/**
 * The worker's end of the protocol: requests in, replies and events out. Every element of the page has a session of its
 * own, which all messages name.
 */

import { version } from '../../wasm/convscope.js';
import { prefetch } from './download.js';
import { draw } from './drawing.js';
import { crash, prepareEngine } from './engine.js';
import { isTrap, plainFailure } from './failure.js';
import { drawFigure } from './figure.js';
import { holdLifeline } from './lifeline.js';
import { Session } from './session.js';

/**
 * @typedef {import('../shared/protocol.js').Request} Request
 * @typedef {import('../shared/protocol.js').Reply} Reply
 * @typedef {import('../shared/protocol.js').Event} EngineEvent
 */

/** By the names that the page gives them. @type {Map<number, Session>} */
const sessions = new Map();

holdLifeline((event) => self.postMessage(event));

self.onmessage = (
  /** @type {MessageEvent<(Request & { session: number }) | { prepare: string }>} */ { data },
) => {
  if ('prepare' in data) {
    prepareEngine();
    prefetch(data.prepare);
  } else take(data);
};

/** @param {Request & { session: number }} message */
async function take({ session: key, ...request }) {
  const { id } = request;
  /** @type {(message: Reply | EngineEvent, transfer?: Transferable[]) => void} */
  const post = (message, transfer = []) => {
    self.postMessage({ session: key, ...message }, { transfer });
  };
  const session = sessions.get(key) ?? new Session(post);
  sessions.set(key, session);
  try {
    const { result, transfer } = await answer(session, request);
    post(/** @type {Reply} */ ({ id, ok: true, result }), transfer);
  } catch (error) {
    if (isTrap(error)) post({ event: 'crashed', detail: crash(error) });
    else post({ id, ok: false, error: plainFailure(error) });
  }
  if (request.method === 'dispose') sessions.delete(key);
}

/**
 * @param {Session} session
 * @param {Request} request
 * @returns {Promise<{ result: unknown, transfer?: Transferable[] }>}
 */
async function answer(session, { method, args }) {
  switch (method) {
    case 'dispose':
      return { result: session.dispose() };
    case 'openModel':
      return { result: await session.openModel(args) };
    case 'openImage':
      return { result: await session.openImage(args) };
    case 'setCrop':
      return { result: await session.setCrop(args) };
    case 'setInput':
      return { result: await session.setInput(args) };
    case 'setPreprocessing':
      return { result: await session.setPreprocessing(args) };
    case 'setLabels':
      return { result: await session.setLabels(args) };
    case 'settled':
      return { result: await session.settled() };
    case 'bindCanvas':
      return { result: session.bindCanvas(args) };
    case 'releaseCanvas':
      return { result: session.releaseCanvas(args) };
    case 'bindInputCanvas':
      return { result: session.bindInputCanvas(args) };
    case 'inputs':
      return { result: JSON.parse((await session.reader()).inputs()) };
    case 'nodes':
      return { result: await session.nodes(args) };
    case 'input':
      return withData((await session.reader()).input());
    case 'activation':
      return withData((await session.reader()).activation(args.output));
    case 'cell': {
      const engine = await session.reader();
      const { output, channel, row, column } = args;
      /** @type {import('../shared/protocol.js').Cell} */
      const result = engine.cell(output, channel, row, column);
      const arrays = result.windows.flatMap(({ values, weights }) => [values, weights ?? []]);
      return {
        result,
        transfer: arrays.flatMap((array) => ('buffer' in array ? [array.buffer] : [])),
      };
    }
    case 'kernel':
      return withData((await session.reader()).kernel(args.output, args.channel));
    case 'receptiveField': {
      const engine = await session.reader();
      const { output, row, column, channel } = args;
      return { result: JSON.parse(engine.receptiveField(output, row, column, channel)) };
    }
    case 'keepReference':
      (await session.reader()).keepReference();
      return { result: null };
    case 'dropReference':
      (await session.reader()).dropReference();
      return { result: null };
    case 'difference':
      return withData((await session.reader()).difference(args.output));
    case 'rankDifferences':
      return { result: JSON.parse((await session.reader()).rankDifferences(args.output)) };
    case 'compareCell': {
      const engine = await session.reader();
      const { output, channel, row, column } = args;
      return { result: JSON.parse(engine.compareCell(output, channel, row, column)) };
    }
    case 'channelStatistics':
      return { result: JSON.parse((await session.reader()).channelStatistics(args.output)) };
    case 'similarities': {
      const engine = await session.reader();
      return { result: JSON.parse(engine.similarities(args.output, args.channel)) };
    }
    case 'histogram': {
      const engine = await session.reader();
      return { result: JSON.parse(engine.histogram(args.output, args.channel, args.bins)) };
    }
    case 'mapArea':
      return { result: JSON.parse((await session.reader()).mapArea(args.output)) };
    case 'peaks': {
      const engine = await session.reader();
      const { top, left, bottom, right } = args.part;
      return { result: JSON.parse(engine.peaks(args.output, top, left, bottom, right)) };
    }
    case 'render':
      return { result: draw(await session.reader(), args.output, args.options) };
    case 'exportPng': {
      const engine = await session.reader();
      const png = engine.exportPng(args.output, JSON.stringify(args.options));
      return { result: file(png, 'image/png') };
    }
    case 'exportNpy':
      return { result: file((await session.reader()).exportNpy(args.output)) };
    case 'exportNpz':
      return { result: file((await session.reader()).exportNpz()) };
    case 'exportManifest': {
      const manifest = JSON.parse((await session.reader()).manifest());
      const text = `${JSON.stringify(manifest, null, 2)}\n`;
      return { result: new Blob([text], { type: 'application/json' }) };
    }
    case 'exportFigure':
      return { result: await drawFigure(await session.reader(), args.panels) };
    case 'read':
      return { result: await session.read(args) };
    case 'readModel':
      return { result: await session.readModel(args) };
    case 'version':
      await session.reader();
      return { result: version() };
  }
}

/** @param {object} tensor as the engine gives it */
function withData(tensor) {
  const result = /** @type {import('../shared/protocol.js').Tensor} */ (tensor);
  return { result, transfer: [result.data.buffer] };
}

/**
 * @param {Uint8Array} bytes
 * @param {string} [type]
 */
function file(bytes, type = 'application/octet-stream') {
  return new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], { type });
}
