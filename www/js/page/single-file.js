/**
 * One HTML file with everything inside: a template, which is the site without models and pictures, and elements after it that
 * hold what is opened. tools/single-file/page.js opens it.
 */

/**
 * @typedef {import('../shared/manifest.js').Manifest} Manifest
 * @typedef {import('../shared/protocol.js').RawTensor} RawTensor
 * @typedef {import('../shared/protocol.js').Rectangle} Rectangle
 *
 * @typedef {object} Picture
 * @property {string} name
 * @property {Blob} file
 * @property {{ width: number, height: number } | null} [size] if the file is plain pixels, red, green, blue and opacity
 * @property {Rectangle | null} crop
 * @property {string} [credit] what it is and whose
 *
 * @typedef {object} Content
 * @property {{ name: string, file: Blob }} model
 * @property {Manifest | null} manifest
 * @property {string[] | null} [labels] that have been set in the place of the manifest's
 * @property {Record<string, Blob>} data files that the model keeps weights in, by name
 * @property {Picture | null} picture
 * @property {Record<string, RawTensor>} [tensors] for inputs that no picture feeds
 * @property {Record<string, string>} attributes how it is looked at: those of the element
 */

/** How many bytes are encoded at once: of three each, lest base64 pad in the middle. */
const CHUNK = 3 * 8192;
/** How many chunks become one Blob, which browsers may keep on the disk. */
const CHUNKS_OF_BLOB = 128;
const ELEMENT = 'script type="application/octet-stream"';

/**
 * Fills the template. All that strangers named is in it as base64, which has no markup.
 *
 * @param {Blob} template
 * @param {Content} content
 * @returns {Promise<Blob>} an HTML file
 */
export async function fillTemplate(template, content) {
  const { model, manifest, labels = null, data, picture, tensors = {}, attributes } = content;
  const index = {
    model: model.name,
    manifest,
    labels,
    data: Object.keys(data),
    picture: picture && {
      name: picture.name,
      type: picture.file.type,
      size: picture.size ?? null,
      crop: picture.crop,
      credit: picture.credit ?? '',
    },
    tensors: Object.entries(tensors).map(([name, { shape, data }]) => {
      return { name, shape, array: data.constructor.name };
    }),
    attributes,
  };
  const parts = [
    await inline('content', new Blob([JSON.stringify(index)])),
    await inline('model', model.file),
  ];
  for (const [position, file] of Object.values(data).entries()) {
    parts.push(await inline(`data-${position}`, file));
  }
  if (picture) parts.push(await inline('picture', picture.file));
  for (const [position, { data }] of Object.values(tensors).entries()) {
    // JSON has no infinity.
    const values = Array.isArray(data) ? Float64Array.from(data, Number) : data;
    const bytes = /** @type {Uint8Array<ArrayBuffer>} */ (values);
    parts.push(await inline(`tensor-${position}`, new Blob([bytes])));
  }
  return new Blob([template, ...parts.flat()], { type: 'text/html' });
}

/**
 * An element that holds a file.
 *
 * @param {string} id
 * @param {Blob} file
 * @returns {Promise<BlobPart[]>}
 */
export async function inline(id, file) {
  const encoded = [];
  /** @type {string[]} */
  let texts = [];
  for (let start = 0; start < file.size; start += CHUNK) {
    const bytes = new Uint8Array(await file.slice(start, start + CHUNK).arrayBuffer());
    texts.push(btoa(String.fromCharCode(...bytes)));
    if (texts.length < CHUNKS_OF_BLOB) continue;
    encoded.push(new Blob(texts));
    texts = [];
  }
  encoded.push(...texts);
  return [`<${ELEMENT} id="${id}">`, ...encoded, '</script>\n'];
}
