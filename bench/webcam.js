/** The camera, with every layer drawn of every frame. */

import { spread, spreadText } from './report.js';
import { paintsOf } from './visit.js';

/**
 * @typedef {import('./report.js').Figure} Figure
 * @typedef {import('./visit.js').Visit} Visit
 *
 * @typedef {object} Watched
 * @property {number} rate frames a second that the camera gives
 * @property {{ seen: number, drawn: number }[]} frames milliseconds, when they were there and when all was drawn
 */

/**
 * @param {string} name of the model
 * @param {Visit} visit
 * @param {string[]} layers outputs that are to be drawn of every frame
 * @param {number} milliseconds
 * @returns {Promise<Figure[]>}
 */
export async function measureWebcam(name, { page, scope, takeCalls }, layers, milliseconds) {
  const watched = await scope.evaluateHandle((element) => {
    /** @type {Watched} */
    const watched = { rate: NaN, frames: [] };
    const { prototype } = CanvasRenderingContext2D;
    const { drawImage } = prototype;
    /** When the video showed its present frame, by video. @type {WeakMap<HTMLVideoElement, number>} */
    const shown = new WeakMap();
    const watch = (/** @type {HTMLVideoElement} */ video) =>
      video.requestVideoFrameCallback((...[, { presentationTime }]) => {
        shown.set(video, presentationTime);
        watch(video);
      });
    let seen = NaN;
    prototype.drawImage = function (/** @type {any[]} */ ...args) {
      const [video] = args;
      if (video instanceof HTMLVideoElement && video.srcObject instanceof MediaStream) {
        watched.rate = video.srcObject.getVideoTracks()[0]?.getSettings().frameRate ?? NaN;
        if (!shown.has(video)) {
          shown.set(video, NaN);
          watch(video);
        }
        seen = shown.get(video) ?? NaN;
      }
      return Reflect.apply(drawImage, this, args);
    };
    element.addEventListener('convscope-pass', () =>
      watched.frames.push({ seen, drawn: performance.now() }),
    );
    return watched;
  });
  await page.getByRole('button', { name: 'Camera', exact: true }).press('Enter');
  await page.getByText('Live from your camera').waitFor();
  await page.waitForFunction(({ frames }) => frames.length > 10, watched);
  await watched.evaluate(({ frames }) => frames.splice(0));
  await takeCalls();
  await page.waitForTimeout(milliseconds);
  const { rate, frames } = await watched.jsonValue();
  const paints = paintsOf(await takeCalls());
  await page.getByRole('button', { name: 'Stop camera' }).press('Enter');
  for (const layer of layers) {
    const count = paints.filter(({ output }) => output === layer).length;
    if (count < frames.length - 1)
      throw new Error(`of ${frames.length} frames '${layer}' was drawn ${count} times`);
  }
  const camera = `${name}, camera of ${rate} frames a second`;
  const inFrames = (/** @type {number} */ milliseconds) => (milliseconds * rate) / 1000;
  const intervals = frames
    .slice(1)
    .map(({ drawn }, index) => drawn - (frames[index]?.drawn ?? NaN));
  return [
    {
      name: `${camera}: frames from one drawn to the next`,
      value: spreadText(spread(intervals.map(inFrames))),
      target: '1',
    },
    {
      name: `${camera}: frames until all layers are drawn`,
      value: spreadText(spread(frames.map(({ seen, drawn }) => inFrames(drawn - seen)))),
      target: 'below 2',
    },
  ];
}
