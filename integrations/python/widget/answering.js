/** Answers the kernel's questions. */

/**
 * @typedef {import('./anywidget.js').Model} Model
 * @typedef {import('./views.js').Views} Views
 */

/** How much goes in one message, in bytes: Jupyter Server ends a connection that sends it more than 10 MiB at once. */
const PART = 1 << 20;

/**
 * Sends an output's values, as a file of numpy's.
 *
 * @param {{ id: string, output: string }} message
 * @param {Views} views
 * @param {Model} model
 */
export async function answer({ id, output }, views, model) {
  try {
    const scope = await views.any();
    const file = await (await scope.exportNpy(output)).arrayBuffer();
    for (let start = 0; start < file.byteLength; start += PART) {
      const isLast = start + PART >= file.byteLength;
      model.send({ id, isLast }, undefined, [file.slice(start, start + PART)]);
    }
  } catch (error) {
    model.send({ id, error: /** @type {Error} */ (error).message });
  }
}
