/** Ways in which files and values come to the page. */

/**
 * @typedef {import('playwright-core').Locator} Locator
 * @typedef {import('playwright-core').Page} Page
 * @typedef {{ name: string, mimeType: string, buffer: Buffer }} NamedFile
 */

/**
 * @param {string} name
 * @param {string} mimeType
 * @param {Uint8Array} bytes
 * @returns {NamedFile}
 */
export function namedFile(name, mimeType, bytes) {
  return { name, mimeType, buffer: Buffer.from(bytes) };
}

/**
 * @param {Page} page
 * @param {RegExp} button
 * @param {NamedFile[]} files
 */
export async function choose(page, button, files) {
  const chooser = page.waitForEvent('filechooser');
  await page.getByRole('button', { name: button }).click();
  await (await chooser).setFiles(files);
}

/**
 * @param {Page} page
 * @param {NamedFile[]} files
 */
export async function drop(page, files) {
  const dataTransfer = await transfer(page, files);
  const scope = page.locator('conv-scope');
  const hint = page.getByText('Drop it here');
  await scope.dispatchEvent('dragenter', { dataTransfer });
  await hint.waitFor();
  await scope.dispatchEvent('dragover', { dataTransfer });
  await scope.dispatchEvent('drop', { dataTransfer });
  await hint.waitFor({ state: 'hidden' });
}

/**
 * @param {Page} page
 * @param {NamedFile[]} files
 */
export async function paste(page, files) {
  const clipboardData = await transfer(page, files);
  await page.evaluate((data) => {
    const event = new ClipboardEvent('paste', { bubbles: true, cancelable: true });
    // Firefox takes no files from scripts when it makes such an event.
    Object.defineProperty(event, 'clipboardData', { value: data });
    (document.activeElement ?? document.body).dispatchEvent(event);
  }, clipboardData);
}

/**
 * @param {Page} page
 * @param {NamedFile[]} files
 */
function transfer(page, files) {
  const contents = files.map(({ name, mimeType, buffer }) => ({
    name,
    mimeType,
    bytes: new Uint8Array(buffer),
  }));
  return page.evaluateHandle((contents) => {
    const data = new DataTransfer();
    for (const { name, mimeType, bytes } of contents) {
      const content = /** @type {Uint8Array<ArrayBuffer>} */ (bytes);
      data.items.add(new File([content], name, { type: mimeType }));
    }
    return data;
  }, contents);
}

/**
 * Types a value into a field, and enters it. What scripts fill in is no change of the person's for Firefox.
 *
 * @param {Locator} field
 * @param {string} value
 */
export async function fill(field, value) {
  await field.selectText();
  await field.press('Delete');
  await field.pressSequentially(value);
  await field.press('Enter');
}
