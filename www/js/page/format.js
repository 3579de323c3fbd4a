/** Numbers as people read them. */

const decimal = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const integer = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const percentage = new Intl.NumberFormat('en', {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const points = new Intl.NumberFormat('en', {
  signDisplay: 'exceptZero',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/**
 * A value to three significant digits.
 *
 * @param {number} value
 */
export function formatValue(value) {
  const magnitude = Math.abs(value);
  const text =
    magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e5)
      ? value.toExponential(2).replace('e+', 'e')
      : decimal.format(value);
  return text.replaceAll('-', '−');
}

const single = new Intl.NumberFormat('en', { maximumSignificantDigits: 7, useGrouping: false });

/**
 * A value to seven significant digits, more than which single precision does not hold.
 *
 * @param {number} value
 */
export function formatExact(value) {
  const magnitude = Math.abs(value);
  const text =
    magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e7)
      ? value.toExponential(6).replace('e+', 'e')
      : single.format(value);
  return text.replaceAll('-', '−');
}

/** @param {number} count */
export function formatCount(count) {
  return integer.format(count);
}

/** @param {number} probability 0 to 1 */
export function formatProbability(probability) {
  return percentage.format(probability);
}

/**
 * A difference of probabilities in percentage points, with its sign unless that is rounded away.
 *
 * @param {number} difference -1 to 1
 */
export function formatPoints(difference) {
  return points.format(difference * 100).replace('-', '−');
}

/**
 * A number of bytes in megabytes, or kilobytes below one.
 *
 * @param {number} bytes
 */
export function formatBytes(bytes) {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/**
 * A number of standard deviations.
 *
 * @param {number} value
 */
export function formatDeviations(value) {
  return `${value > 0 ? '+' : ''}${value.toFixed(2)} σ`.replace('-', '−');
}

/** @param {number} milliseconds */
export function formatDuration(milliseconds) {
  if (milliseconds < 0.05) return '< 0.1 ms';
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

/**
 * Dimensions without the batch; `?` for one that only a pass determines.
 *
 * @param {(number | null)[]} shape
 */
export function formatShape(shape) {
  const dimensions = shape.length > 1 ? shape.slice(1) : shape;
  return dimensions.map((dimension) => dimension ?? '?').join(' × ') || '1';
}
