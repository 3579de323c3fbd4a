/** The notices that go along with the engine. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { LICENCES, notices } from '../../tools/notices.mjs';
import { root } from '../e2e/support/site.js';

/** What Rust's standard library is made of; NOTICE names it. */
const STANDARD = ['compiler_builtins', 'dlmalloc', 'hashbrown', 'rustc-demangle'];

test('there is a notice of every crate in the engine', () => {
  const text = notices();
  // Where a panic may come from, with the folder of the crate's sources.
  const module = readFileSync(path.join(root, 'www/wasm/convscope_bg.wasm'), 'latin1');
  const folders = module.matchAll(/registry\/src\/[^/]+\/([\w-]+?)-(\d[\w.+-]*)\//g);
  const inside = new Set([...folders].map(([, name, version]) => `${name} ${version}`));
  assert(inside.size > 10, [...inside].join(', '));
  assert([...inside].some((crate) => crate.startsWith('tract-onnx ')));
  const isNoticed = (/** @type {string} */ crate) =>
    text.includes(`\n- ${crate}: `) || STANDARD.includes(crate.replace(/ .*/, ''));
  const missing = [...inside].filter((crate) => !isNoticed(crate));
  assert.deepEqual(missing, []);
});

test('the notices have the texts of licences, and nothing of what only builds the engine', () => {
  const text = notices();
  assert.match(text, /Apache License\s+Version 2\.0/);
  assert.match(text, /Permission is hereby granted, free of charge/);
  for (const name of LICENCES) {
    assert(text.includes(readFileSync(path.join(root, name), 'utf8').trim()), name);
  }
  for (const name of [...STANDARD, 'Cynthia Brewer']) assert(text.includes(name), name);
  assert.doesNotMatch(text, /^- (serde_derive|prost-derive|syn) /m);
});
