/** What a drawing will look like, known from the graph before there is a pixel. */

/**
 * @typedef {import('../shared/protocol.js').RenderOptions} RenderOptions
 * @typedef {import('../shared/protocol.js').View} View
 * @typedef {{ channels: number, height: number, width: number }} Planes
 * @typedef {{ width: number, height: number, columns: number, rows: number }} GridSize
 */

/** Tiles a row where nothing else is said. */
export const COLUMNS = 16;

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
 * channel by itself would paint them all alike.
 *
 * @param {Planes | null} planes
 * @param {View} view
 * @param {string | null} colormap
 * @returns {RenderOptions}
 */
export function renderOptions(planes, view, colormap) {
  const colors = colormap ? { colormap } : {};
  if (!planes || !isVector(planes)) return { view, ...colors };
  const columns = planes.channels > 1024 ? 128 : 64;
  return { view: view === 'symmetric' ? view : 'layer', columns, gap: 0, ...colors };
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
  const columns = isBook ? COLUMNS : Math.min(options.columns ?? COLUMNS, channels);
  const gap = options.gap ?? (isBook ? 0 : 1);
  const rows = Math.ceil(channels / columns);
  return {
    columns,
    rows,
    width: columns * width + (columns - 1) * gap,
    height: rows * height + (rows - 1) * gap,
  };
}
