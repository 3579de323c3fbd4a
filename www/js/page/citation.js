/** How to cite what is shown. */

/**
 * @typedef {import('../shared/manifest.js').Manifest} Manifest
 *
 * @typedef {object} Cited
 * @property {string} version of Convscope
 * @property {string | null} url where it runs; null for no address
 * @property {Date} date of access
 * @property {Manifest | null} manifest of the model
 * @property {string} model its title
 * @property {string | null} picture its title, author and licence
 */

const TITLE = 'Convscope';
const AUTHOR = 'The Convscope developers';

/**
 * A citation for a reader: the software, and whose the model and the picture are.
 *
 * @param {Cited} cited
 */
export function plainCitation({ version, url, date, manifest, model, picture }) {
  const origin = [model, manifest?.source, manifest?.licence].filter(Boolean).join(', ');
  const access = url === null ? '' : ` ${url} (accessed ${isoDay(date)}).`;
  const parts = [
    `${AUTHOR}. ${TITLE}, version ${version}. Computer software.${access}`,
    `Model: ${ended(origin)}`,
  ];
  if (picture) parts.push(`Picture: ${ended(picture)}`);
  return parts.join(' ');
}

/**
 * The software as an entry of a BibTeX file.
 *
 * @param {Cited} cited
 */
export function bibtexCitation({ version, url, date }) {
  return [
    '@software{convscope,',
    `  title = {${TITLE}},`,
    `  author = {{${AUTHOR}}},`,
    `  version = {${version}},`,
    ...(url === null ? [] : [`  url = {${url}},`, `  urldate = {${isoDay(date)}},`]),
    '}',
    '',
  ].join('\n');
}

/** @param {string} text */
function ended(text) {
  return text.endsWith('.') ? text : `${text}.`;
}

/** @param {Date} date */
function isoDay(date) {
  return date.toISOString().slice(0, 10);
}
