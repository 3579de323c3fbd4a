/** Whether the page scrolls while a pass runs. */

import { spread, spreadText } from './report.js';

/**
 * @typedef {import('./report.js').Figure} Figure
 * @typedef {import('./visit.js').Visit} Visit
 * @typedef {import('../tests/e2e/support/contract.js').ConvScope} ConvScope
 */

/** For which the screen's rate is measured. */
const IDLE_MILLIS = 1000;
const PIXELS_A_FRAME = 40;

/**
 * @param {string} name of the model
 * @param {Visit} visit
 * @param {number} milliseconds
 * @returns {Promise<Figure>}
 */
export async function measureScrolling(name, { scope }, milliseconds) {
  const rates = [];
  const end = Date.now() + milliseconds;
  for (let round = 0; round < 5 || Date.now() < end; round++) {
    rates.push(
      await scope.evaluate(
        async (/** @type {ConvScope} */ element, { idle, pixels }) => {
          const scroller = document.scrollingElement ?? document.body;
          /**
           * Frames a second until something has happened.
           *
           * @param {Promise<unknown>} happened
           * @param {(frame: number) => void} onFrame
           */
          const rateUntil = async (happened, onFrame) => {
            let isOver = false;
            void happened.then(() => (isOver = true));
            const start = performance.now();
            let frames = 0;
            while (!isOver) {
              await new Promise(requestAnimationFrame);
              onFrame(frames++);
            }
            return (1000 * frames) / (performance.now() - start);
          };
          const wait = new Promise((resolve) => setTimeout(resolve, idle));
          const screen = await rateUntil(wait, () => {});
          const picture = await (await fetch('samples/kitten.jpg')).blob();
          scroller.scrollTop = 0;
          let travelled = 0;
          const scrolled = await rateUntil(element.openImage(picture), () => {
            const before = scroller.scrollTop;
            scroller.scrollTop += pixels;
            travelled += scroller.scrollTop - before;
          });
          if (travelled < pixels) throw new Error('the page does not scroll');
          return scrolled / screen;
        },
        { idle: IDLE_MILLIS, pixels: PIXELS_A_FRAME },
      ),
    );
  }
  return {
    name: `${name}, frames while scrolling and a pass runs / screen's`,
    value: spreadText(spread(rates)),
    target: '1',
  };
}
