/** What views that pointers move and zoom have in common. */

/** A pointer that moves less than this, in CSS pixels, points. */
export const LONGEST_TAP = 6;

/**
 * How far apart two pointers are, in CSS pixels; at least one, for what is divided by it.
 *
 * @param {PointerEvent} a
 * @param {PointerEvent} b
 */
export function distance(a, b) {
  return Math.max(Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), 1);
}

/**
 * The factor by which the wheel zooms: with Ctrl, which is also what browsers make of a pinch on a touchpad.
 *
 * @param {WheelEvent} event which is then not the page's
 * @returns {number | null} null if it scrolls
 */
export function wheelFactor(event) {
  if (!event.ctrlKey && !event.metaKey) return null;
  event.preventDefault();
  return Math.exp(-event.deltaY / 200);
}
