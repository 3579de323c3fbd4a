/** Runs the model that the page of the site opens with on the same picture. */

// @ts-expect-error Its types are those of the package alone.
import * as ort from '../node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs';

const SIDE = 150;

ort.env.wasm.numThreads = 1;
const [session, data] = await Promise.all([
  ort.InferenceSession.create('../www/models/cats-vs-dogs.onnx', { executionProviders: ['wasm'] }),
  readPicture('../www/samples/kitten.jpg'),
]);
const [input = ''] = session.inputNames;
const [output = ''] = session.outputNames;
const feeds = { [input]: new ort.Tensor('float32', data, [1, 3, SIDE, SIDE]) };
const { [output]: scores } = await session.run(feeds);
postMessage([...(scores?.data ?? [])]);

/** @param {string} url */
async function readPicture(url) {
  const options = { resizeWidth: SIDE, resizeHeight: SIDE };
  const bitmap = await createImageBitmap(await (await fetch(url)).blob(), options);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (
    new OffscreenCanvas(SIDE, SIDE).getContext('2d')
  );
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, SIDE, SIDE);
  const pixels = SIDE * SIDE;
  return Float32Array.from({ length: 3 * pixels }, (_, index) => {
    const value = data[(index % pixels) * 4 + Math.floor(index / pixels)] ?? 0;
    return value / 255;
  });
}
