/** Where the time of a pass goes, and how near to the machine's limit. */

/** @typedef {import('./page.js').Measurement} Measurement */

const SLOWEST = 20;

/**
 * @param {Measurement} measured
 * @returns {string}
 */
export function profile({ nodes, limit }) {
  const total = nodes.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const share = (/** @type {number} */ milliseconds) => percent(milliseconds / total);
  const most = limit.relaxed || limit.plain;
  /** @type {Map<string, number>} */
  const byOperator = new Map();
  for (const { op, milliseconds } of nodes)
    byOperator.set(op, (byOperator.get(op) ?? 0) + milliseconds);
  const operators = [...byOperator].sort(([, a], [, b]) => b - a);
  const slowest = nodes.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, SLOWEST);
  const products = nodes.filter(({ multiplyAdds }) => multiplyAdds > 0);
  const billions = (/** @type {number} */ speed) => (speed / 1e6).toFixed(1);
  return [
    `  total ${total.toFixed(2)} ms`,
    ...operators.map(([op, milliseconds]) => `${share(milliseconds)}  ${op}`),
    '',
    ...slowest.map(
      ({ name, op, shape, milliseconds }) => `${share(milliseconds)}  ${op} ${name} [${shape}]`,
    ),
    '',
    `  limit: ${billions(most)} billion multiply-adds a second, ${billions(limit.plain)} without the relaxed instruction`,
    ...products.map(
      ({ name, op, shape, milliseconds, multiplyAdds }) =>
        `${percent(multiplyAdds / (milliseconds * most))} of it  ${op} ${name} [${shape}]`,
    ),
    '',
  ].join('\n');
}

/** @param {number} fraction */
function percent(fraction) {
  return `${(100 * fraction).toFixed(1).padStart(6)} %`;
}
