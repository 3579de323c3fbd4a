/** From strokes to the picture that a network for drawings gets. */

/**
 * @typedef {[x: number, y: number]} Point on a pad of PAD_WIDTH x PAD_HEIGHT units
 * @typedef {Point[]} Stroke
 */

export const PAD_WIDTH = 400;
export const PAD_HEIGHT = 300;

/** MNIST's proportions, of a picture of 28 x 28: the box that a digit fills, and how wide its strokes are. */
const BOX = 20 / 28;
const LINE = 2.6 / 28;
/** What is smaller than this many units is not enlarged to the box: a dot stays one. */
const SMALLEST = 60;

/**
 * The strokes as MNIST's digits are prepared: scaled, with their proportions kept, into a box of 20/28 of the picture's
 * side, their centre of mass in the middle of the picture; white on black. That of the lines is taken, which is that of
 * their ink, since all are of one width.
 *
 * @param {Stroke[]} strokes
 * @param {number} side of the picture in pixels
 * @returns {string} a PNG, as a URL
 */
export function toPicture(strokes, side) {
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
  context.fillRect(0, 0, side, side);
  Object.assign(context, { strokeStyle: '#fff', lineCap: 'round', lineJoin: 'round' });
  context.lineWidth = LINE * side;
  const scale = ((BOX - LINE) * side) / Math.max(SMALLEST, extent(strokes));
  const [centerX, centerY] = centerOfMass(strokes);
  for (const stroke of strokes) {
    context.beginPath();
    for (const [x, y] of stroke) {
      context.lineTo(side / 2 + (x - centerX) * scale, side / 2 + (y - centerY) * scale);
    }
    // A line without length would not be drawn.
    if (stroke.length === 1) context.closePath();
    context.stroke();
  }
  return canvas.toDataURL();
}

/**
 * The longer side of the box around all strokes.
 *
 * @param {Stroke[]} strokes
 */
function extent(strokes) {
  const points = strokes.flat();
  const length = (/** @type {number[]} */ values) => Math.max(...values) - Math.min(...values);
  return Math.max(length(points.map(([x]) => x)), length(points.map(([, y]) => y)));
}

/**
 * @param {Stroke[]} strokes
 * @returns {Point}
 */
function centerOfMass(strokes) {
  const sum = { x: 0, y: 0, mass: 0 };
  for (const stroke of strokes) {
    stroke.forEach(([x, y], index) => {
      const [fromX, fromY] = stroke[index - 1] ?? [x, y];
      // A point weighs something too, lest a dot alone have no mass.
      const mass = Math.hypot(x - fromX, y - fromY) + (index === 0 ? 1 : 0);
      sum.x += (mass * (x + fromX)) / 2;
      sum.y += (mass * (y + fromY)) / 2;
      sum.mass += mass;
    });
  }
  return sum.mass ? [sum.x / sum.mass, sum.y / sum.mass] : [0, 0];
}
