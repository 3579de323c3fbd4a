/** What tests do with a `<conv-scope>`. */

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('./contract.js').ConvScope} ConvScope
 * @typedef {import('./contract.js').RenderOptions} RenderOptions
 *
 * @typedef {{ url: string } | { bytes: Uint8Array, as?: 'Blob' | 'ArrayBuffer' }} Source
 * @typedef {{ name: string, code: string, message: string }} Failure
 */

/**
 * Opens a model or a picture.
 *
 * @param {Locator} scope
 * @param {'openModel' | 'openImage'} method
 * @param {Source} source
 * @param {unknown} [manifest]
 * @returns {Promise<Failure | null>} what it was rejected with; null if it was not
 */
export function open(scope, method, source, manifest) {
  return scope.evaluate(
    async (/** @type {ConvScope} */ element, { method, source, manifest }) => {
      try {
        const { url, bytes, as } = /** @type {Record<string, any>} */ (source);
        const opened = url ?? (as === 'ArrayBuffer' ? bytes.buffer : new Blob([bytes]));
        await (method === 'openModel'
          ? element.openModel(opened, manifest)
          : element.openImage(opened));
        return null;
      } catch (error) {
        const { name, code, message } = /** @type {Failure} */ (error);
        return { name, code, message };
      }
    },
    { method, source, manifest },
  );
}

/**
 * Opens a model or a picture that can be opened.
 *
 * @param {Locator} scope
 * @param {'openModel' | 'openImage'} method
 * @param {Source} source
 * @param {unknown} [manifest]
 */
export async function openWell(scope, method, source, manifest) {
  const failure = await open(scope, method, source, manifest);
  if (failure) throw new Error(`${method} was rejected: ${failure.code}: ${failure.message}`);
}

/**
 * Calls a method with arguments that need no preparation in the page.
 *
 * @param {Locator} scope
 * @param {string} method
 * @param {unknown[]} args
 * @returns {Promise<Failure | null>} what it was rejected with; null if it was not
 */
export function call(scope, method, args) {
  return scope.evaluate(
    async (element, { method, args }) => {
      /** @type {Promise<unknown>} */
      const promise = /** @type {Record<string, any>} */ (element)[method](...args);
      try {
        await promise;
        return null;
      } catch (error) {
        const { name, code, message } = /** @type {Failure} */ (error);
        return { name, code, message };
      }
    },
    { method, args },
  );
}

/**
 * @param {Locator} scope
 * @param {string} output
 */
export function activation(scope, output) {
  return scope.evaluate(
    (/** @type {ConvScope} */ element, name) => element.activation(name),
    output,
  );
}

/**
 * @param {Locator} scope
 * @param {[output: string, row: number, column: number, channel?: number]} place
 */
export function receptiveField(scope, ...place) {
  return scope.evaluate(
    (/** @type {ConvScope} */ element, place) => element.receptiveField(...place),
    place,
  );
}

/**
 * @param {Locator} scope
 * @param {[output: string, channel: number, row: number, column: number]} place
 */
export function cell(scope, ...place) {
  return scope.evaluate((/** @type {ConvScope} */ element, place) => element.cell(...place), place);
}

/**
 * @param {Locator} scope
 * @param {string} output
 * @param {number} channel
 */
export function kernel(scope, output, channel) {
  return scope.evaluate(
    (/** @type {ConvScope} */ element, { output, channel }) => element.kernel(output, channel),
    { output, channel },
  );
}

/** @param {Locator} scope */
export function input(scope) {
  return scope.evaluate((/** @type {ConvScope} */ element) => element.input());
}

/** @param {Locator} scope */
export function nodes(scope) {
  return scope.evaluate((/** @type {ConvScope} */ element) => element.nodes());
}

/**
 * @param {Locator} scope
 * @param {string} output
 * @param {RenderOptions} options
 */
export async function render(scope, output, options) {
  const { width, height, data } = await scope.evaluate(
    async (/** @type {ConvScope} */ element, { output, options }) => {
      const { width, height, data } = await element.render(output, options);
      return { width, height, data: new Uint8Array(data.buffer) };
    },
    { output, options },
  );
  return { width, height, data };
}

/**
 * What an export method's Blob holds.
 *
 * @param {Locator} scope
 * @param {'exportPng' | 'exportNpy' | 'exportNpz' | 'exportFigure'} method
 * @param {unknown[]} args
 */
export function exported(scope, method, ...args) {
  return scope.evaluate(
    async (element, { method, args }) => {
      /** @type {Blob} */
      const blob = await /** @type {Record<string, any>} */ (element)[method](...args);
      return { type: blob.type, bytes: new Uint8Array(await blob.arrayBuffer()) };
    },
    { method, args },
  );
}

/**
 * Waits for an event from now on. Await the call before what causes the event, and its result after.
 *
 * @param {Locator} scope
 * @param {string} type
 * @returns {Promise<() => Promise<any>>} what gives the event's detail
 */
export async function nextEvent(scope, type) {
  const handle = await scope.evaluateHandle((element, name) => {
    return {
      detail: new Promise((resolve) => {
        element.addEventListener(
          name,
          (event) => resolve(/** @type {CustomEvent} */ (event).detail),
          { once: true },
        );
      }),
    };
  }, type);
  return () => handle.evaluate(({ detail }) => detail);
}

/**
 * What is painted on a canvas, whoever paints it.
 *
 * @param {Locator} canvas
 */
export async function canvasPixels(canvas) {
  const { width, height, data } = await canvas.evaluate(async (element) => {
    const canvas = /** @type {HTMLCanvasElement} */ (element);
    // What a worker has painted comes with a frame; until then the canvas has the size of a new one.
    while (canvas.width === 300 && canvas.height === 150) await new Promise(requestAnimationFrame);
    const { width, height } = canvas;
    const context = new OffscreenCanvas(width, height).getContext('2d');
    context?.drawImage(canvas, 0, 0);
    const pixels = context?.getImageData(0, 0, width, height);
    return { width, height, data: new Uint8Array(pixels?.data.buffer ?? new ArrayBuffer()) };
  });
  return { width, height, data };
}
