// Every way to tamper with a chain of lines is told with its line.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { CHAIN_FILE, Chain, type Link, readChain, removalsOf } from './chain.ts';

const directory = mkdtempSync(join(tmpdir(), 'chain-'));
after(() => rmSync(directory, { recursive: true }));
const path = join(directory, CHAIN_FILE);
const newKey = () => generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const sha = (n: number) => String(n).repeat(64);
const segment = (day: string, n: number): Link => ({
  kind: 'segment',
  file: `cowrie.json.${day}`,
  day,
  bytes: 10,
  lines: 1,
  events: 1,
  days: { [day]: 1 },
  sha256: sha(n),
});

function fresh(key?: string): Chain {
  rmSync(path, { force: true });
  const chain = new Chain(directory, { ...(key ? { key } : {}), now: () => Date.UTC(2026, 10, 24) });
  chain.append(segment('2026-11-20', 1));
  chain.append(segment('2026-11-21', 2));
  chain.append({ kind: 'removed', what: 'samples', names: [sha(7), sha(8)], bytes: 3, reason: 'age' });
  chain.append(segment('2026-11-22', 3));
  return chain;
}

test('what was appended is read back, and what was removed is known', () => {
  const chain = fresh(newKey());
  const { entries, breaks, head, keys } = readChain(directory);
  assert.deepEqual(breaks, []);
  assert.deepEqual(
    entries.map(({ n, kind }) => `${n} ${kind}`),
    ['1 key', '2 segment', '3 segment', '4 removed', '5 segment'],
  );
  assert.deepEqual(head, chain.head);
  assert.equal(keys.length, 1);
  assert.match(keys[0]!, /^SHA256:[\w+/]{43}$/);
  const removed = removalsOf(directory, [sha(8), sha(9), sha(1), 'segment', '']);
  assert.deepEqual([...removed], [[sha(8), { at: '2026-11-24T00:00:00.000Z', reason: 'age' }]], 'a seal is no removal');
  assert.equal(removalsOf(join(directory, 'none'), [sha(8)]).size, 0);
});

test('another process goes on with the chain; a half line of a crash is taken back', () => {
  const key = newKey();
  const first = fresh(key);
  appendFileSync(path, '{"n":6,"at":"20');
  const second = new Chain(directory, { key });
  second.append(segment('2026-11-23', 4));
  first.append(segment('2026-11-24', 5));
  const { entries, breaks } = readChain(directory);
  assert.deepEqual(breaks, []);
  assert.equal(entries.length, 7);
});

test('a new key is announced in the chain', () => {
  fresh(newKey());
  new Chain(directory, { key: newKey() }).append(segment('2026-11-23', 4));
  const { breaks, keys } = readChain(directory);
  assert.deepEqual(breaks, []);
  assert.equal(new Set(keys).size, 2);
});

const lines = () => readFileSync(path, 'utf8').split('\n').slice(0, -1);
const write = (all: string[]) => writeFileSync(path, all.map((line) => `${line}\n`).join(''));
const TAMPERED: [how: string, change: () => void, signed: boolean, said: string[]][] = [
  [
    'a figure changed',
    () => write(lines().map((l) => l.replace('"events":1', '"events":2'))),
    false,
    ['1 changed', '2 changed', '4 changed'],
  ],
  ['a name changed', () => write(lines().map((l) => l.replace(sha(7), sha(6)))), false, ['3 changed']],
  ['a line taken out', () => write(lines().toSpliced(1, 1)), false, ['2 out of order']],
  ['the first line taken out', () => write(lines().slice(1)), false, ['1 out of order']],
  ['a line put in', () => write(lines().toSpliced(2, 0, lines()[0]!)), false, ['3 out of order', '4 out of order']],
  [
    'two lines swapped',
    () => write([0, 2, 1, 3].map((i) => lines()[i]!)),
    false,
    ['2 out of order', '3 out of order', '4 out of order'],
  ],
  ['no JSON', () => write(lines().with(1, 'x')), false, ['2 no entry', '3 out of order']],
  ['spaces', () => write(lines().with(1, lines()[1]!.replace(',', ', '))), false, ['2 changed']],
  ['cut off', () => writeFileSync(path, readFileSync(path, 'utf8').slice(0, -20)), false, ['4 torn']],
  [
    'a signature taken away',
    () => write(lines().map((l, i) => (i === 1 ? l.replace(/,"signature":"[^"]*"/, '') : l))),
    true,
    ['2 not signed'],
  ],
  [
    'a signature of another line',
    () =>
      write(
        lines().map((l, i, all) =>
          i === 1 ? l.replace(/"signature":"[^"]*"/, /"signature":"[^"]*"/.exec(all[2]!)![0]) : l,
        ),
      ),
    true,
    ['2 wrong signature'],
  ],
];

test('tampering is found, line by line', () => {
  for (const [how, change, isSigned, said] of TAMPERED) {
    fresh(isSigned ? newKey() : undefined);
    change();
    assert.deepEqual(
      readChain(directory).breaks.map(({ line, what }) => `${line} ${what}`),
      said,
      how,
    );
  }
});

test('a chain made anew without the key is told by its signatures', () => {
  const key = newKey();
  fresh(key);
  const announced = lines()[0]!;
  rmSync(path);
  const forger = new Chain(directory);
  forger.append(segment('2026-11-20', 9));
  // Only the public key's line can be kept: what follows it cannot be signed.
  write([announced, ...lines()]);
  const { breaks } = readChain(directory);
  assert.ok(breaks.some(({ what }) => what === 'not signed'));
});
