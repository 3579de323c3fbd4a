/** The results as tables for the console or README.md, and as a chart. */

/**
 * @typedef {{ median: number, low: number, high: number }} Spread with the quartiles
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {Spread[]} ratios one for each of RATIOS
 * @property {number[]} plain one for each of PLAIN_RATIOS
 *
 * @typedef {object} Figure what is measured of one model only
 * @property {string} name
 * @property {string} value
 * @property {string} target
 */

/** What the ratios are of; README.md says more. */
export const RATIOS = ['every / every', 'copied / every', 'every / final', 'every / threads'];
/** Likewise, of what is measured once. */
export const PLAIN_RATIOS = ['load', 'memory / needs', 'memory / every'];

const BAR = { left: 170, width: 520, height: 22, top: 34 };

/**
 * The ratio of two times, round by round.
 *
 * @param {number[]} ours
 * @param {number[]} theirs
 * @returns {Spread}
 */
export function ratio(ours, theirs) {
  return spread(ours.map((time, round) => time / (theirs[round] ?? NaN)));
}

/**
 * @param {number[]} values
 * @returns {Spread}
 */
export function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ quantile) =>
    sorted[Math.round(quantile * (sorted.length - 1))] ?? NaN;
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/**
 * The geometric means of all models.
 *
 * @param {Row[]} rows
 * @returns {Row}
 */
export function meanRow(rows) {
  const mean = (/** @type {(number | undefined)[]} */ values) => {
    const logarithms = values.map((value = NaN) => Math.log(value));
    return Math.exp(logarithms.reduce((sum, value) => sum + value, 0) / values.length);
  };
  const ratios = RATIOS.map((_, column) => ({
    median: mean(rows.map(({ ratios }) => ratios[column]?.median)),
    low: mean(rows.map(({ ratios }) => ratios[column]?.low)),
    high: mean(rows.map(({ ratios }) => ratios[column]?.high)),
  }));
  const plain = PLAIN_RATIOS.map((_, column) => mean(rows.map(({ plain }) => plain[column])));
  return { name: 'geometric mean', ratios, plain };
}

/**
 * The lines of the table of models, each its cells' texts.
 *
 * @param {Row[]} rows
 */
export function modelTable(rows) {
  return [titles(), ...rows.map(cells)];
}

/** The titles of its columns. */
export function titles() {
  return ['model', ...RATIOS, ...PLAIN_RATIOS];
}

/**
 * The texts of a row's cells.
 *
 * @param {Row} row
 */
export function cells({ name, ratios, plain }) {
  return [
    name,
    ...ratios.map((ratio) => spreadText(ratio)),
    ...plain.map((ratio) => ratio.toFixed(2)),
  ];
}

/**
 * The lines of the table of figures.
 *
 * @param {Figure[]} figures
 */
export function figureTable(figures) {
  return [
    ['what', 'median (quartiles)', 'target'],
    ...figures.map(({ name, value, target }) => [name, value, target]),
  ];
}

/**
 * @param {Spread} spread
 * @param {number} [digits]
 */
export function spreadText({ median, low, high }, digits = 2) {
  return `${median.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

/**
 * A table in Markdown.
 *
 * @param {string[][]} lines the titles, and the rows
 */
export function markdown([titles = [], ...rows]) {
  const lines = [titles, titles.map(() => '---'), ...rows];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

/**
 * README.md with a table between the marks of its name.
 *
 * @param {string} readme
 * @param {string} name
 * @param {string[][]} table
 */
export function withTable(readme, name, table) {
  const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [before, rest] = readme.split(start);
  const [, after] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined) throw new Error(`README.md has no ${start}`);
  return `${before}${start}\n${markdown(table)}\n${end}${after}`;
}

/**
 * An SVG picture of the first ratio: a bar for each model, a line for the quartiles, and one where both take as long.
 *
 * @param {Row[]} rows
 */
export function chart(rows) {
  const most = Math.max(1.2, ...rows.map(({ ratios }) => ratios[0]?.high ?? 0));
  const x = (/** @type {number} */ value) => (BAR.left + (value / most) * BAR.width).toFixed(1);
  const width = BAR.left + BAR.width + 60;
  const height = BAR.top + rows.length * BAR.height + 12;
  const bars = rows.map(({ name, ratios: [ratio] }, index) => {
    if (!ratio) return '';
    const y = BAR.top + index * BAR.height;
    const middle = y + BAR.height / 2;
    return [
      `<text x="${BAR.left - 8}" y="${middle + 4}" text-anchor="end">${name}</text>`,
      `<rect x="${BAR.left}" y="${y + 3}" width="${(Number(x(ratio.median)) - BAR.left).toFixed(1)}" height="${BAR.height - 6}" fill="#4a7fb5"/>`,
      `<path d="M${x(ratio.low)} ${middle}H${x(ratio.high)}" stroke="#222" stroke-width="1.5"/>`,
      `<text x="${(Number(x(Math.max(ratio.high, ratio.median))) + 6).toFixed(1)}" y="${middle + 4}">${ratio.median.toFixed(2)}</text>`,
    ].join('\n');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${x(1)}" y="18" text-anchor="middle">as long as onnxruntime-web</text>`,
    `<path d="M${x(1)} 24V${height - 6}" stroke="#999" stroke-dasharray="3 3"/>`,
    ...bars,
    '</svg>',
    '',
  ].join('\n');
}
