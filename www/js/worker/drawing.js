/** Drawings as pictures of the browser's. */

/**
 * @typedef {import('../../wasm/convscope.js').Engine} Engine
 * @typedef {import('../shared/protocol.js').Grid} Grid
 * @typedef {import('../shared/protocol.js').RenderOptions} RenderOptions
 */

/**
 * @param {Engine} engine
 * @param {string} output
 * @param {RenderOptions} options
 * @returns {{ image: ImageData, grid: Grid }}
 */
export function draw(engine, output, options) {
  const drawing = /** @type {{ pixels: Uint8ClampedArray<ArrayBuffer>, grid: string }} */ (
    engine.render(output, JSON.stringify(options))
  );
  /** @type {Grid} */
  const grid = JSON.parse(drawing.grid);
  return { image: new ImageData(drawing.pixels, grid.width, grid.height), grid };
}
