/** The browsers that tests run in: Chromium, or the one that CONVSCOPE_BROWSER names. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { chromium, firefox } from 'playwright-core';

/**
 * @typedef {'chromium' | 'firefox'} BrowserName
 * @typedef {'light' | 'dark'} ColorScheme
 */

/** Where a browser's program may be: at the path that a variable holds, or else under one of some names. */
const PROGRAMS = {
  chromium: {
    variable: 'CONVSCOPE_CHROMIUM',
    names: ['chromium', 'google-chrome-stable', 'google-chrome', 'chromium-browser'],
    application: '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  },
  firefox: {
    variable: 'CONVSCOPE_FIREFOX',
    names: ['firefox', 'firefox-esr'],
    application: '/Applications/Firefox.app/Contents/MacOS/firefox',
  },
};
const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Colours as they are, whatever the machine's screen.
  '--force-color-profile=srgb',
  // A camera that sees something that moves, and may be used.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
];

export const browserName = nameOf(process.env.CONVSCOPE_BROWSER ?? 'chromium');

/**
 * Starts the browser.
 *
 * @param {ColorScheme} [colorScheme] which Firefox takes for all of its pages; Chromium's pages choose
 */
export function launch(colorScheme = 'light') {
  const executablePath = findProgram(browserName);
  if (browserName === 'chromium') {
    return chromium.launch({ executablePath, args: CHROMIUM_ARGUMENTS });
  }
  return firefox.launch({
    executablePath,
    // A Firefox as people have it, over WebDriver BiDi.
    channel: 'moz-firefox',
    firefoxUserPrefs: {
      'layout.css.prefers-color-scheme.content-override': colorScheme === 'dark' ? 0 : 1,
      'ui.prefersReducedMotion': 1,
      // As in Chromium, scroll bars take no room.
      'ui.useOverlayScrollbars': 1,
      // A camera that sees something that moves, and may be used.
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
    },
  });
}

/**
 * @param {string} name
 * @returns {BrowserName}
 */
function nameOf(name) {
  assert(name === 'chromium' || name === 'firefox', `CONVSCOPE_BROWSER names no browser: ${name}`);
  return name;
}

/** @param {BrowserName} browser */
function findProgram(browser) {
  const { variable, names, application } = PROGRAMS[browser];
  const named = process.env[variable];
  if (named) return named;
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const found = names
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .concat(application)
    .find((file) => existsSync(file));
  assert(found, `no ${browser} was found: set ${variable} to its path`);
  return found;
}
