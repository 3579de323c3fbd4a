/** One version, wherever it is written. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProjectFile } from '../e2e/support/files.js';

/** Where it is written besides. */
const PLACES = {
  'kernels/Cargo.toml': /^version = "(.*)"$/m,
  'CITATION.cff': /^version: (.*)$/m,
  'integrations/quarto/_extensions/convscope/_extension.yml': /^version: (.*)$/m,
};

for (const [file, pattern] of Object.entries(PLACES)) {
  test(`the version of ${file} is the crate’s`, () => {
    assert.equal(versionIn(file, pattern), versionIn('Cargo.toml', /^version = "(.*)"$/m));
  });
}

/**
 * @param {string} file
 * @param {RegExp} pattern
 */
function versionIn(file, pattern) {
  return pattern.exec(new TextDecoder().decode(readProjectFile(file)))?.[1];
}
