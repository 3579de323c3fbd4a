/** The engine in two parts: whatever its profile is, it computes the same. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { readProjectFile } from '../e2e/support/files.js';
import { parts } from '../e2e/support/parts.js';
import { root } from '../e2e/support/site.js';

/** @typedef {typeof import('../../www/wasm/convscope.js')} Glue */

const whole = path.join(root, 'www/wasm/convscope_bg.wasm');
const MODELS = ['cats-vs-dogs', 'efficientnet-lite0', 'digits'];

const folder = mkdtempSync(path.join(tmpdir(), 'convscope-split-'));
after(() => rmSync(folder, { recursive: true }));

/** Of engines that have been started, each with its own glue. */
let count = 0;
/** What the whole engine computes. @type {string[]} */
let expected;
/** All of its functions, and those that are called when it starts. @type {Record<'all' | 'starting', number[]>} */
let functions;

before(async () => {
  expected = compute((await start(whole)).glue);
  const instrumented = path.join(folder, 'instrumented.wasm');
  split('instrument', whole, instrumented);
  const { exports } = await start(instrumented);
  const globals = Object.entries(exports).filter(([name]) => name.startsWith('ran '));
  const index = (/** @type {[string, WebAssembly.Global]} */ [name]) => Number(name.slice(4));
  functions = {
    all: globals.map(index),
    starting: globals.filter(([, { value }]) => value).map(index),
  };
});

test('an engine without what models need loads the rest once, in the middle of a call', async () => {
  const engine = await start(...splitBy(functions.starting));
  assert.equal(engine.loaded(), 0);
  assert.deepEqual(compute(engine.glue), expected);
  assert.equal(engine.loaded(), 1);
});

test('an engine with half of its functions computes the same, before the rest is there and after', async () => {
  const half = functions.all.filter((index) => (index * 2654435761) % 2 ** 32 < 2 ** 31);
  const engine = await start(...splitBy([...half, ...functions.starting]));
  assert.deepEqual(compute(engine.glue), expected);
  assert.equal(engine.loaded(), 1);
  assert.deepEqual(compute(engine.glue), expected);
});

test('an engine with all of its functions asks for nothing', async () => {
  const engine = await start(...splitBy(functions.all));
  assert.deepEqual(compute(engine.glue), expected);
  assert.equal(engine.loaded(), 0);
});

test('an engine whose rest cannot be loaded throws what its loading does', async () => {
  const [engine] = splitBy(functions.starting);
  const { glue } = await start(engine, path.join(folder, 'missing'));
  assert.throws(() => compute(glue), /ENOENT/);
});

test('the bundled models do with the engine that is published, and it is much smaller', async () => {
  const file = path.join(parts, 'convscope_bg.wasm');
  const rest = path.join(parts, 'convscope_rest.wasm');
  const engine = await start(file, rest);
  assert.deepEqual(compute(engine.glue), expected);
  assert.equal(engine.loaded(), 0);
  assert(readFileSync(file).length < 2 * readFileSync(rest).length);
  // What no profile has.
  const scope = new engine.glue.Engine();
  scope.openImage(readProjectFile('tests/preprocessing/decoding/animated.gif'));
  assert.equal(engine.loaded(), 1);
});

/**
 * Runs the program that splits.
 *
 * @param {string[]} args
 */
function split(...args) {
  const manifest = path.join(root, 'tools/wasm/Cargo.toml');
  const options = ['run', '--quiet', '--locked', '--release', '--manifest-path', manifest];
  execFileSync('cargo', [...options, '--', ...args]);
}

/**
 * @param {number[]} profile
 * @returns {[engine: string, rest: string]}
 */
function splitBy(profile) {
  const files = ['profile', 'engine', 'rest'].map((name) => path.join(folder, name));
  const [text = '', engine = '', rest = ''] = files;
  writeFileSync(text, profile.join('\n'));
  split('split', whole, text, engine, rest);
  return [engine, rest];
}

/**
 * Starts an engine of its own.
 *
 * @param {string} engine a file
 * @param {string} [rest]
 */
async function start(engine, rest = '') {
  /** @type {Glue} */
  const glue = await import(`../../www/wasm/convscope.js?${count++}`);
  const exports = /** @type {any} */ (await glue.default({ module_or_path: readFileSync(engine) }));
  let loaded = 0;
  const loadRestOfConvscope = () => {
    loaded++;
    const module = new WebAssembly.Module(readFileSync(rest));
    new WebAssembly.Instance(module, { engine: exports });
  };
  Object.assign(globalThis, { loadRestOfConvscope });
  return { glue, exports, loaded: () => loaded };
}

/**
 * What an engine computes and draws, to the bit.
 *
 * @param {Glue} glue
 */
function compute({ Engine }) {
  const engine = new Engine();
  const computed = MODELS.flatMap((name) => {
    const manifest = new TextDecoder().decode(readProjectFile(`models/${name}.json`));
    engine.openModel(readProjectFile(`models/${name}.onnx`), name, manifest, {});
    engine.openImage(readProjectFile('www/samples/koala.jpg'));
    engine.startPass();
    engine.step(Infinity);
    /** @type {{ outputs: { name: string }[] }[]} */
    const nodes = JSON.parse(engine.nodes());
    const outputs = nodes.flatMap(({ outputs }) => outputs).map(({ name }) => name);
    const last = outputs.at(-1) ?? '';
    return [
      digest(engine.exportNpz()),
      digest(engine.exportPng(outputs[0] ?? '', '{"view":"layer"}')),
      engine.prediction(),
      engine.receptiveField(last, 0, 0),
      JSON.stringify(engine.cell(last, 0, 0, 0)),
    ];
  });
  engine.free();
  return computed;
}

/** @param {Uint8Array} bytes */
function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}
