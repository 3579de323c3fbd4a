/** The engine as it is published, in two parts. */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from './site.js';

/** The folder of its modules and of the single file's template. */
export const parts = path.join(root, 'www/wasm/parts');

assert(existsSync(parts), 'the engine has not been split: `./build.sh dist` does it');
