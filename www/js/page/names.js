/** Names of files: of those that are opened, and for those that are saved. */

/**
 * The name of a file by its address or by itself.
 *
 * @param {string | Blob} source an absolute URL or a file
 * @param {string} unnamed the name of what has none
 */
export function nameOf(source, unnamed) {
  if (source instanceof File) return source.name;
  if (source instanceof Blob) return unnamed;
  if (source.startsWith('data:')) return unnamed;
  const name = new URL(source).pathname.split('/').at(-1);
  if (!name) return source;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/**
 * A name without its extension.
 *
 * @param {string} name
 */
export function stemOf(name) {
  return name.replace(/(?<=.)\.[^.]*$/, '');
}

/**
 * A file name of parts such as a model's and a layer's names, which may hold anything. What some file system does not
 * take becomes an underscore.
 *
 * @param {(string | false)[]} parts
 * @param {string} extension with its dot
 */
export function fileName(parts, extension) {
  const name = parts.filter((part) => part !== false && part !== '').join('-');
  // eslint-disable-next-line no-control-regex
  return `${name.replace(/[\x00-\x1f\x7f<>:"/\\|?*]+/g, '_').slice(0, 200)}${extension}`;
}
