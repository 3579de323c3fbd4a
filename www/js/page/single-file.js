/**
 * One HTML file with everything inside: a template, which is the site without models and pictures, and elements after it that
 * hold what is opened. tools/single-file/page.js opens it.
 */

/**
 * @typedef {import('../shared/manifest.js').Manifest} Manifest
 * @typedef {import('../shared/protocol.js').Rectangle} Rectangle
 *
 * @typedef {object} Content
 * @property {{ name: string, file: Blob }} model
 * @property {Manifest | null} manifest
 * @property {Record<string, Blob>} data files that the model keeps weights in, by name
 * @property {{ name: string, file: Blob, crop: Rectangle | null } | null} picture
 * @property {Record<string, string>} attributes how it is looked at: those of the element
 */

/** How many bytes are encoded at once: of three each, lest base64 pad in the middle. */
const CHUNK = 3 * 8192;
const ELEMENT = 'script type="application/octet-stream"';

/**
 * Fills the template. All that strangers named is in it as base64, which has no markup.
 *
 * @param {Blob} template
 * @param {Content} content
 * @returns {Promise<Blob>} an HTML file
 */
export async function fillTemplate(template, { model, manifest, data, picture, attributes }) {
  const names = Object.keys(data);
  const index = {
    model: model.name,
    manifest,
    data: names,
    picture: picture && { name: picture.name, type: picture.file.type, crop: picture.crop },
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
  for (let start = 0; start < file.size; start += CHUNK) {
    const bytes = new Uint8Array(await file.slice(start, start + CHUNK).arrayBuffer());
    encoded.push(btoa(String.fromCharCode(...bytes)));
  }
  return [`<${ELEMENT} id="${id}">`, ...encoded, '</script>\n'];
}
