// Holds every import below src/ and ui/ against the table of docs/architecture.md: who may import whom, and no circles.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

/** Folder → the folders it may import from. A value ending in `(types)` allows `import type` only; a file may be named too. */
const MAY_IMPORT: Record<string, string[]> = {
  'src/event': [],
  'src/config': [],
  'src/wire/ssh': [],
  'src/wire/telnet': [],
  'src/machine': [],
  'src/shell': ['src/machine'],
  'src/program': ['src/machine', 'src/shell (types)', 'src/shell/regex.ts'],
  'src/line': ['src/event', 'src/machine (types)', 'src/shell'],
  'src/journal': ['src/event'],
  'src/sensor': [
    'src/event',
    'src/config',
    'src/journal',
    'src/wire/ssh',
    'src/wire/telnet',
    'src/machine',
    'src/shell',
    'src/line',
    'src/program',
  ],
  'src/observatory': ['src/event', 'src/journal'],
  'src/diary': ['src/event', 'src/line', 'src/observatory', 'src/config (types)'],
  'src/alert': ['src/event', 'src/observatory', 'src/diary', 'src/config (types)'],
  'src/out': ['src/event', 'src/observatory', 'src/diary'],
  'src/web': ['src/event', 'src/config', 'src/observatory', 'src/diary', 'src/out'],
  'src/cli': [
    'src/event',
    'src/config',
    'src/wire/ssh',
    'src/wire/telnet',
    'src/machine',
    'src/shell',
    'src/program',
    'src/journal',
    'src/sensor',
    'src/observatory',
    'src/diary',
    'src/alert',
    'src/out',
    'src/web',
  ],
  ui: ['src/web (types)'],
};

interface Import {
  from: string;
  to: string;
  types: boolean;
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  const found: Import[] = [];
  const add = (specifier: string, types: boolean) => {
    if (!specifier.startsWith('.')) return;
    found.push({ from: file, to: normalize(join(dirname(file), specifier)), types });
  };
  for (const [, type, specifier] of text.matchAll(/^\s*(?:import|export)\s+(type\s)?[^;'"]*?from\s*['"]([^'"]+)['"]/gm))
    add(specifier, type !== undefined);
  for (const [, specifier] of text.matchAll(/^\s*import\s*['"]([^'"]+)['"]/gm)) add(specifier, false);
  for (const [whole, specifier] of text.matchAll(/(?:await\s+)?import\(\s*['"]([^'"]+)['"]\s*\)/g))
    add(specifier, !whole.startsWith('await'));
  return found;
}

const folderOf = (file: string) =>
  Object.keys(MAY_IMPORT)
    .filter((folder) => file.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];

const files = globSync(['src/**/*.ts', 'ui/**/*.{ts,tsx}'], { cwd: root })
  .filter((file) => !file.includes('.test.') && !file.includes('node_modules'))
  .sort();
const imports = files.flatMap(importsOf);

test('there is something to check', () => {
  assert.ok(files.length > 50, `only ${files.length} files found`);
  assert.ok(imports.length > files.length / 2, `only ${imports.length} imports found`);
});

test('every file stands in a folder of the table', () => {
  assert.deepEqual(
    files.filter((file) => folderOf(file) === undefined),
    [],
  );
});

test('imports keep to the table', () => {
  const against = imports.filter(({ from, to, types }) => {
    const [own, other] = [folderOf(from), folderOf(to)];
    if (own === undefined || own === other) return false;
    if (other === undefined) return !/\.(json|svg|css)$/.test(to);
    const allowed = MAY_IMPORT[own];
    return !(allowed.includes(other) || allowed.includes(to) || (types && allowed.includes(`${other} (types)`)));
  });
  assert.deepEqual(
    against.map(({ from, to }) => `${from} → ${to}`),
    [],
  );
});

test('no file imports itself through others', () => {
  const edges = new Map<string, string[]>();
  for (const { from, to, types } of imports) if (!types) edges.set(from, [...(edges.get(from) ?? []), to]);
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: string[]) => {
    const at = path.indexOf(file);
    if (at >= 0) {
      circles.push([...path.slice(at), file].map((f) => relative('src', f)).join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  assert.deepEqual(circles, []);
});
