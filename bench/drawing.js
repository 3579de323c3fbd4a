/** How soon a picture's layers are drawn, and how long the largest grid takes. */

import { nodes } from '../tests/e2e/support/scope.js';
import { spread, spreadText } from './report.js';
import { drawPictures, paintsOf } from './visit.js';

/**
 * @typedef {import('./report.js').Figure} Figure
 * @typedef {import('./visit.js').Visit} Visit
 */

/** A frame of a screen. */
const FRAME_MILLIS = 16;

/**
 * @param {string} name of the model
 * @param {Visit} visit
 * @param {number} milliseconds
 * @returns {Promise<Figure[]>}
 */
export async function measureLatency(name, visit, milliseconds) {
  const drawn = await drawPictures(visit, milliseconds);
  const painting = drawn.map(({ calls, pass }) => {
    return paintsOf(calls).reduce((sum, { milliseconds }) => sum + milliseconds, 0) / pass;
  });
  return [
    {
      name: `${name}, picture given until a first layer is drawn / pass`,
      value: spreadText(spread(drawn.map(({ first, pass }) => first / pass))),
      target: '',
    },
    {
      name: `${name}, until all layers in view are drawn / pass`,
      value: spreadText(spread(drawn.map(({ all, pass }) => all / pass))),
      target: '',
    },
    {
      name: `${name}, drawing of all layers in view / pass`,
      value: spreadText(spread(painting)),
      target: '',
    },
  ];
}

/**
 * @param {string} name of the model
 * @param {Visit} visit
 * @param {number} channels of the outputs that are looked at
 * @param {number} milliseconds
 * @returns {Promise<Figure>}
 */
export async function measurePainting(name, visit, channels, milliseconds) {
  const outputs = (await nodes(visit.scope))
    .flatMap((node) => node.outputs)
    .filter(({ shape }) => shape.length === 4 && shape[1] === channels && shape[2] !== 1);
  const names = outputs.map(({ name }) => name);
  await visit.scope.evaluate(
    (element, name) => element.setAttribute('layer', name),
    names[0] ?? '',
  );
  const drawn = await drawPictures(visit, milliseconds);
  const paints = paintsOf(drawn.flatMap(({ calls }) => calls)).filter(({ output }) =>
    names.includes(output),
  );
  if (paints.length === 0) throw new Error(`no grid of ${channels} channels was drawn`);
  const shape = outputs[0]?.shape.slice(1).join(' x ');
  return {
    name: `${name}, painting ${shape}, ms`,
    value: spreadText(spread(paints.map(({ milliseconds }) => milliseconds)), 1),
    target: `below ${FRAME_MILLIS}`,
  };
}
