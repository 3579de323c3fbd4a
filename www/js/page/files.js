/** What files are that come together. */

/** @typedef {{ manifest?: File, labels?: File, others: File[] }} Sorted */

/**
 * Tells manifests and labels, which both may be JSON, from other files by what is in them.
 *
 * @param {File[]} files
 * @returns {Promise<Sorted>}
 */
export async function sortFiles(files) {
  const hasModel = files.some(({ name }) => /\.onnx$/i.test(name));
  /** @type {Sorted} */
  const sorted = { others: [] };
  for (const file of files) {
    const kind = await kindOf(file, hasModel);
    if (kind === 'others') sorted.others.push(file);
    else sorted[kind] ??= file;
  }
  return sorted;
}

/**
 * @param {File} file
 * @param {boolean} hasModel whether a model has come with it
 * @returns {Promise<keyof Sorted>}
 */
async function kindOf(file, hasModel) {
  const [extension] = /\.(json|txt)$/i.exec(file.name) ?? [];
  if (!extension) return 'others';
  const text = await file.text();
  if (extension.toLowerCase() === '.txt') return text.trim().includes('\n') ? 'labels' : 'others';
  try {
    const value = JSON.parse(text);
    return value && typeof value === 'object' && 'version' in value ? 'manifest' : 'labels';
  } catch {
    // What is wrong with it is the engine's to say.
    return hasModel ? 'manifest' : 'labels';
  }
}
