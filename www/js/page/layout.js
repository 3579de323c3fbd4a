/** What a drawing will look like, known from the graph before there is a pixel. */

/**
 * @typedef {import('../shared/protocol.js').RenderOptions} RenderOptions
 * @typedef {import('../shared/protocol.js').View} View
 * @typedef {{ view: View, colormap: string | null, range: [number, number] | null }} Colouring how values become colours;
 *   the range is that of the view `fixed`
 * @typedef {{ channels: number, height: number, width: number }} Planes
 * @typedef {{ width: number, height: number, columns: number, rows: number }} GridSize
 */

/** Tiles a row where nothing else is said. */
export const COLUMNS = 16;

/** Tiles are shown at most this wide and this high, in CSS pixels; wider only to be this high. */
const LARGEST_TILE = { width: 320, height: 384 };
const LOWEST_TILE = 16;
/** Squares of a vector's block are shown at most this wide, in CSS pixels. */
const LARGEST_SQUARE = 24;
/** What every browser has a canvas for, with several of them on a page. */
const LARGEST_CANVAS = { side: 8192, pixels: 1 << 24 };

/**
 * The feature maps of a tensor: the last two dimensions are a plane's, the ones between the batch and them count
 * channels; a vector's values are channels of one pixel. Null if a dimension is not known.
 *
 * @param {(number | null)[]} shape
 * @returns {Planes | null}
 */
export function planesOf(shape) {
  if (shape.some((dimension) => dimension === null)) return null;
  const known = /** @type {number[]} */ (shape);
  const [height = 1, width = 1] = known.slice(-2);
  if (known.length <= 2) return { channels: known.at(-1) ?? 1, height: 1, width: 1 };
  return { channels: known.slice(1, -2).reduce((a, b) => a * b, 1), height, width };
}

/**
 * Whether there is nothing to see but one value a channel.
 *
 * @param {Planes | null} planes
 */
export function isVector(planes) {
  return planes !== null && planes.height * planes.width === 1;
}

/**
 * How an output is drawn in the chosen view. A vector becomes a block of squares on one scale: a view that scales each
 * channel by itself would paint them all alike. Drawings that no canvas holds are reduced.
 *
 * @param {Planes | null} planes
 * @param {Colouring} colouring
 * @returns {RenderOptions}
 */
export function renderOptions(planes, { view, colormap, range }) {
  const colors = {
    ...(colormap && { colormap }),
    ...(view === 'fixed' && range && { range }),
  };
  if (!planes) return { view, ...colors };
  if (!isVector(planes)) {
    const options = { view, ...colors };
    const reduction = neededReduction(planes, options);
    return reduction > 1 ? { ...options, reduction } : options;
  }
  const columns = planes.channels > 1 << 18 ? 2048 : planes.channels > 1 << 10 ? 128 : 64;
  const isOneScale = view === 'symmetric' || view === 'fixed';
  return { view: isOneScale ? view : 'layer', columns, gap: 0, ...colors };
}

/**
 * How one channel of an output is drawn by itself.
 *
 * @param {Planes} planes the output's
 * @param {number} channel
 * @param {Colouring} colouring
 * @returns {{ options: RenderOptions, size: GridSize }}
 */
export function channelDrawing(planes, channel, colouring) {
  const single = { ...planes, channels: 1 };
  const own = renderOptions(single, colouring);
  const options = { ...own, channels: [channel], columns: 1, gap: 0 };
  return { options, size: gridSize(single, options) };
}

/**
 * The size of a drawing in pixels, as the engine will make it.
 *
 * @param {Planes} planes
 * @param {RenderOptions} options
 * @returns {GridSize}
 */
export function gridSize({ channels, height, width }, options) {
  const isBook = options.view === 'book';
  const isWhole = isBook && !options.channels;
  const most = isBook ? COLUMNS : (options.columns ?? COLUMNS);
  const columns = isWhole ? most : Math.min(most, channels);
  const gap = options.gap ?? (isBook ? 0 : 1);
  const rows = Math.ceil(channels / columns);
  const { reduction = 1 } = options;
  return {
    columns,
    rows,
    width: columns * Math.ceil(width / reduction) + (columns - 1) * gap,
    height: rows * Math.ceil(height / reduction) + (rows - 1) * gap,
  };
}

/**
 * The width at which a drawing is as large as it needs to be, in CSS pixels.
 *
 * @param {Planes} planes
 * @param {GridSize} size
 */
export function largestWidth(planes, { columns }) {
  if (isVector(planes)) return columns * LARGEST_SQUARE;
  const ratio = planes.width / planes.height;
  const width = Math.max(LARGEST_TILE.width, LOWEST_TILE * ratio);
  return Math.ceil(columns * Math.min(width, LARGEST_TILE.height * ratio));
}

/**
 * By how much a drawing must be reduced to fit on a canvas.
 *
 * @param {Planes} planes
 * @param {RenderOptions} options
 */
function neededReduction(planes, options) {
  const { side, pixels } = LARGEST_CANVAS;
  for (let reduction = 1; ; reduction++) {
    const { width, height } = gridSize(planes, { ...options, reduction });
    const isSmallest = reduction >= Math.max(planes.width, planes.height);
    if (isSmallest || (Math.max(width, height) <= side && width * height <= pixels))
      return reduction;
  }
}
