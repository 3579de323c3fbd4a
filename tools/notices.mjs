/**
 * Writes the notices that go along with copies of the engine: those of NOTICE, Convscope's own licences, and those of the
 * crates that the wasm module is made of, as their sources have them.
 *
 *     node tools/notices.mjs FILE
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {object} Crate
 * @property {string} id
 * @property {string} name
 * @property {string} version
 * @property {string | null} license an SPDX expression; in old crates with a slash for OR
 * @property {string | null} repository
 * @property {string | null} source null for the project's own
 * @property {string} manifest_path
 * @property {{ kind: string[] }[]} targets
 *
 * @typedef {object} Metadata
 * @property {Crate[]} packages
 * @property {{ root: string, nodes: { id: string, deps: { pkg: string, dep_kinds: { kind: string | null }[] }[] }[] }} resolve
 */

const root = fileURLToPath(new URL('..', import.meta.url));
/** Convscope's own. */
export const LICENCES = ['LICENSE-APACHE', 'LICENSE-MIT'];
const TARGET = 'wasm32-unknown-unknown';

/** Licences that ask for no more than that their text goes along. */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'MIT',
  'Unicode-3.0',
  'Unlicense',
  'Zlib',
]);

/** The notices as text. Throws for a crate whose licence is not among those above, or whose licence file is missing. */
export function notices() {
  const crates = shippedCrates();
  /** Crates by the licence texts that they have in common. @type {Map<string, { text: string, crates: Set<string> }>} */
  const sections = new Map();
  const add = (/** @type {string} */ name, /** @type {string} */ text) => {
    // Many differ in line breaks only.
    const key = text.replace(/\s+/g, ' ').trim();
    const section = sections.get(key) ?? { text, crates: new Set() };
    section.crates.add(name);
    sections.set(key, section);
  };
  for (const name of LICENCES) add('Convscope', readFileSync(path.join(root, name), 'utf8'));
  for (const crate of crates) {
    for (const text of licenceTexts(crate, crates)) add(`${crate.name} ${crate.version}`, text);
  }
  const rule = '='.repeat(80);
  const list = crates.map(({ name, version, license }) => `- ${name} ${version}: ${license}`);
  return [
    readFileSync(path.join(root, 'NOTICE'), 'utf8').trimEnd(),
    `The engine is compiled of these crates:\n\n${list.join('\n')}`,
    ...[...sections.values()].map(
      ({ text, crates }) => `${rule}\n${[...crates].join(', ')}\n${rule}\n\n${text.trim()}`,
    ),
    '',
  ].join('\n\n');
}

/** The crates whose code the wasm module holds, by name. Procedural macros and build scripts run before. */
export function shippedCrates() {
  const options = ['--locked', '--format-version', '1', '--filter-platform', TARGET];
  const text = execFileSync('cargo', ['metadata', ...options], { cwd: root, maxBuffer: 1 << 26 });
  const { packages, resolve } = /** @type {Metadata} */ (JSON.parse(text.toString()));
  const crates = new Map(packages.map((crate) => [crate.id, crate]));
  const dependencies = new Map(resolve.nodes.map(({ id, deps }) => [id, deps]));
  /** @type {Set<Crate>} */
  const shipped = new Set();
  const visit = (/** @type {string} */ id) => {
    const crate = crates.get(id);
    if (!crate || shipped.has(crate)) return;
    if (crate.targets.some(({ kind }) => kind.includes('proc-macro'))) return;
    shipped.add(crate);
    for (const { pkg, dep_kinds } of dependencies.get(id) ?? []) {
      if (dep_kinds.some(({ kind }) => kind === null)) visit(pkg);
    }
  };
  visit(resolve.root);
  return [...shipped]
    .filter(({ source }) => source !== null)
    .sort((a, b) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version));
}

/**
 * A crate's licence files; those of another crate of its repository if it has none.
 *
 * @param {Crate} crate
 * @param {Crate[]} crates
 */
function licenceTexts(crate, crates) {
  const parts = (crate.license ?? '').split(/[()/\s]+|\b(?:AND|OR)\b/).filter(Boolean);
  const unknown = parts.filter((part) => !PERMISSIVE.has(part));
  if (unknown.length > 0 || parts.length === 0) {
    throw new Error(
      `the licence of the crate ${crate.name}, '${crate.license}', has not been looked at`,
    );
  }
  const siblings = crates.filter(({ repository }) => repository && repository === crate.repository);
  for (const candidate of [crate, ...siblings]) {
    const folder = path.dirname(candidate.manifest_path);
    const files = readdirSync(folder, { withFileTypes: true }).filter(
      (file) => file.isFile() && /^((un)?licen[cs]e|copying|notice)/i.test(file.name),
    );
    if (files.length > 0) {
      return files.map(({ name }) => readFileSync(path.join(folder, name), 'utf8'));
    }
  }
  throw new Error(
    `neither the crate ${crate.name} nor another of its repository has a licence file`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const file = process.argv[2];
  if (!file) throw new Error('usage: node tools/notices.mjs FILE');
  writeFileSync(file, notices());
}
