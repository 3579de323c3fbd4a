/** Browsers without relaxed SIMD. */

/**
 * Has the site, as it is or joined, take this one for a browser without it.
 *
 * @param {import('playwright-core').Page} page
 */
export async function takePlainEngine(page) {
  await page.route(/\.js$/, async (route) => {
    const response = await route.fetch();
    const text = await response.text();
    // In the place of its instruction, one that there is not.
    await route.fulfill({ response, body: text.replace(/253,\s*133,\s*2,/, '253,255,7,') });
  });
}
