/**
 * A figure for print: drawings one below the other as a notebook shows them with matplotlib's `imshow`, each under its
 * title, with ticks that count its values, and with a scale where colours stand for values.
 */

import { draw } from './drawing.js';
import { Failure } from './failure.js';

/**
 * @typedef {import('../../wasm/convscope.js').Engine} Engine
 * @typedef {import('../shared/protocol.js').Grid} Grid
 * @typedef {import('../shared/protocol.js').Legend} Legend
 * @typedef {import('../shared/protocol.js').Panel} Panel
 *
 * @typedef {object} Placement where a drawing is, in pixels of the figure
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 * @property {number} factor pixels of the figure to one of the drawing's, along each side
 *
 * @typedef {object} Layout
 * @property {number} width
 * @property {number} height
 * @property {number} point pixels to a typographic point
 * @property {Placement[]} placements
 */

/** Narrow drawings are enlarged to about this many pixels. */
const LEAST_WIDTH = 1024;
/** What browsers give a canvas, and what stays within a worker's memory. */
const LARGEST_SIDE = 32_767;
const MOST_PIXELS = 1 << 26;

// matplotlib's measures, in points. The notebook's figures are 16 inches wide, of which axes take 0.775.
const AXES_WIDTH = 16 * 72 * 0.775;
const TITLE_SIZE = 12;
const TITLE_PAD = 6;
const LABEL_SIZE = 10;
const LINE_WIDTH = 0.8;
const TICK_LENGTH = 3.5;
const MOST_TICKS = 9;
const MARGIN = 10;
const HEAD = TITLE_SIZE * 1.2 + TITLE_PAD;
const FOOT = 2 * TICK_LENGTH + LABEL_SIZE * 1.2;
const SCALE_GAP = 10;
const SCALE_WIDTH = 12;
/** Room for the numbers beside axes and scales. */
const NUMBERS_WIDTH = 40;
const FONT = 'sans-serif';

/**
 * Draws a figure. Each of a drawing's pixels becomes a square of so many that all drawings are about as wide.
 *
 * @param {Engine} engine
 * @param {Panel[]} panels
 * @returns {Promise<Blob>} a PNG file
 * @throws {Failure} `too-large` for more than a canvas holds, and what the engine throws
 */
export async function drawFigure(engine, panels) {
  const grids = panels.map((panel) => draw(engine, panel.output, panel.options).grid);
  const layout = layOut(grids);
  const canvas = new OffscreenCanvas(layout.width, layout.height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.imageSmoothingEnabled = false;
  context.fillStyle = 'white';
  context.fillRect(0, 0, layout.width, layout.height);
  for (const [index, panel] of panels.entries()) {
    const placement = /** @type {Placement} */ (layout.placements[index]);
    // Drawn a second time rather than kept: together they may take more memory than the figure.
    const { image, grid } = draw(engine, panel.output, panel.options);
    drawImage(context, image, placement);
    drawFrame(context, placement, panel.title, layout.point);
    if (hasScale(grid)) drawScale(context, grid.legend, placement, layout.point);
  }
  return canvas.convertToBlob({ type: 'image/png' });
}

/**
 * Where drawings of these sizes go. They keep their own pixels where enlarging them all would take too many.
 *
 * @param {Grid[]} grids
 * @returns {Layout}
 */
function layOut(grids) {
  const widest = Math.max(...grids.map(({ width }) => width));
  const enlarged = placed(grids, Math.max(widest, LEAST_WIDTH));
  if (isPossible(enlarged)) return enlarged;
  const small = placed(grids, 1);
  if (isPossible(small)) return small;
  throw new Failure(
    'too-large',
    `a figure of ${grids.length} drawings would have ${small.width} × ${small.height} pixels, ` +
      `more than a picture may have: export fewer outputs at a time`,
  );
}

/** @param {Layout} layout */
function isPossible({ width, height }) {
  return Math.max(width, height) <= LARGEST_SIDE && width * height <= MOST_PIXELS;
}

/**
 * @param {Grid[]} grids
 * @param {number} target the width to which drawings are enlarged, as far as whole factors go
 * @returns {Layout}
 */
function placed(grids, target) {
  const sizes = grids.map(({ width, height }) => {
    const factor = Math.max(1, Math.floor(target / width));
    return { factor, width: width * factor, height: height * factor };
  });
  const axesWidth = Math.max(...sizes.map(({ width }) => width));
  const point = Math.max(axesWidth, LEAST_WIDTH) / AXES_WIDTH;
  const margin = Math.round(MARGIN * point);
  const left = margin + Math.round(NUMBERS_WIDTH * point);
  const scales = grids.some(hasScale) ? SCALE_GAP + SCALE_WIDTH + NUMBERS_WIDTH : 0;
  let top = margin;
  const placements = sizes.map(({ width, height, factor }) => {
    top += Math.round(HEAD * point);
    const placement = { left, top, width, height, factor };
    top += height + Math.round(FOOT * point) + margin;
    return placement;
  });
  const width = left + axesWidth + Math.round(scales * point) + margin;
  return { width, height: top, point, placements };
}

/**
 * The notebook's figure has no scale: its view is about where, not how much.
 *
 * @param {Grid} grid
 */
function hasScale({ legend }) {
  return legend.unit !== 'deviations';
}

/**
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {ImageData} image
 * @param {Placement} placement
 */
function drawImage(context, image, { left, top, width, height }) {
  const source = new OffscreenCanvas(image.width, image.height);
  source.getContext('2d')?.putImageData(image, 0, 0);
  context.drawImage(source, left, top, width, height);
}

/**
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {Placement} placement
 * @param {string} title
 * @param {number} point
 */
function drawFrame(context, { left, top, width, height, factor }, title, point) {
  const bottom = top + height;
  outline(context, { left, top, width, height }, point);
  write(context, title, left + width / 2, top - TITLE_PAD * point, {
    size: TITLE_SIZE * point,
    align: 'center',
    baseline: 'alphabetic',
    width,
  });
  const tick = TICK_LENGTH * point;
  const label = { size: LABEL_SIZE * point, width: NUMBERS_WIDTH * point };
  for (const index of ticks(width / factor, width / point, 3)) {
    const x = left + (index + 0.5) * factor;
    context.fillRect(x - (LINE_WIDTH * point) / 2, bottom, LINE_WIDTH * point, tick);
    const style = /** @type {const} */ ({ ...label, align: 'center', baseline: 'top' });
    write(context, String(index), x, bottom + 2 * tick, style);
  }
  for (const index of ticks(height / factor, height / point, 2)) {
    const y = top + (index + 0.5) * factor;
    context.fillRect(left - tick, y - (LINE_WIDTH * point) / 2, tick, LINE_WIDTH * point);
    const style = /** @type {const} */ ({ ...label, align: 'right', baseline: 'middle' });
    write(context, String(index), left - 2 * tick, y, style);
  }
}

/**
 * The positions of ticks along an axis of pixels: multiples of 1, 2, 2.5 or 5 times a power of ten.
 *
 * @param {number} pixels
 * @param {number} length in points
 * @param {number} room that a label takes, in multiples of its size
 * @returns {number[]}
 */
function ticks(pixels, length, room) {
  const most = Math.min(MOST_TICKS, Math.max(1, Math.floor(length / (LABEL_SIZE * room))));
  const least = pixels / most;
  const power = 10 ** Math.floor(Math.log10(least));
  const steps = [1, 2, 2.5, 5, 10].map((step) => step * power);
  const step = steps.find((step) => step >= least && Number.isInteger(step)) ?? 1;
  return Array.from({ length: Math.ceil(pixels / step) }, (_, index) => index * step);
}

/**
 * A bar of the colours, beside the drawing, with what its ends stand for.
 *
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {Legend} legend
 * @param {Placement} placement
 * @param {number} point
 */
function drawScale(context, legend, { left, top, width, height }, point) {
  const { colors, low, high, unit } = legend;
  const { clipped } = legend.drawn;
  const scale = {
    left: left + width + Math.round(SCALE_GAP * point),
    top,
    width: Math.round(SCALE_WIDTH * point),
    height,
  };
  const ramp = new ImageData(1, 256);
  for (let index = 0; index < 256; index++) {
    ramp.data.set([...colors.slice(index * 3, index * 3 + 3), 255], (255 - index) * 4);
  }
  drawImage(context, ramp, { ...scale, factor: 1 });
  outline(context, scale, point);
  if (clipped.above > 0) drawCap(context, scale.left, top, scale.width, -1, colors.slice(-3));
  if (clipped.below > 0) {
    drawCap(context, scale.left, top + height, scale.width, 1, colors.slice(0, 3));
  }
  const style = /** @type {const} */ ({
    size: LABEL_SIZE * point,
    align: 'left',
    width: NUMBERS_WIDTH * point,
  });
  const x = scale.left + scale.width + TICK_LENGTH * point;
  const [lowest, highest] = unit === 'channel' ? ['min', 'max'] : [low, high].map(threeDigits);
  write(context, highest ?? '', x, top, { ...style, baseline: 'top' });
  write(context, lowest ?? '', x, top + height, { ...style, baseline: 'bottom' });
}

/**
 * A triangle at an end of the scale: values lie beyond it.
 *
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {number} left
 * @param {number} base
 * @param {number} width
 * @param {1 | -1} direction down or up
 * @param {number[]} color
 */
function drawCap(context, left, base, width, direction, color) {
  context.beginPath();
  context.moveTo(left, base);
  context.lineTo(left + width / 2, base + direction * width);
  context.lineTo(left + width, base);
  context.fillStyle = `rgb(${color})`;
  context.fill();
  context.stroke();
}

/** @param {number} value */
function threeDigits(value) {
  return String(Number(value.toPrecision(3))).replace('-', '−');
}

/**
 * A frame around a rectangle, which covers none of its pixels.
 *
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {{ left: number, top: number, width: number, height: number }} rectangle
 * @param {number} point
 */
function outline(context, { left, top, width, height }, point) {
  const line = Math.max(1, Math.round(LINE_WIDTH * point));
  context.lineWidth = line;
  context.strokeStyle = 'black';
  context.strokeRect(left - line / 2, top - line / 2, width + line, height + line);
}

/**
 * @param {OffscreenCanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {{ size: number, align: CanvasTextAlign, baseline: CanvasTextBaseline, width: number }} style `width`: to
 *   which it is narrowed
 */
function write(context, text, x, y, { size, align, baseline, width }) {
  context.font = `${size}px ${FONT}`;
  context.textAlign = align;
  context.textBaseline = baseline;
  context.fillStyle = 'black';
  context.fillText(text, x, y, width);
}
