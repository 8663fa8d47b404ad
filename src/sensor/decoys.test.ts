// One guess of each address is accepted, another for each; who knows it at once from elsewhere was told.
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Decoys } from './decoys.ts';

const folder = mkdtempSync(join(tmpdir(), 'decoys-'));
after(() => rmSync(folder, { recursive: true }));
let number = 0;
const fresh = () => join(folder, `${++number}.ndjson`);
const open = (file: string) => new Decoys({ file, seed: Buffer.alloc(32, 7), now: () => 1_000 });
const WORDS = Array.from({ length: 300 }, (_, i) => `word-${i}`);

/** The first password of the list that an address gets in with. */
const found = (decoys: Decoys, address: string) =>
  WORDS.find((word) => decoys.judge(address, 'root', word, 20).accepted);

test('scanners with one list find different passwords, and none twice', () => {
  const decoys = open(fresh());
  const all = Array.from({ length: 20 }, (_, i) => found(decoys, `192.0.2.${i}`));
  assert.ok(all.every((word) => word !== undefined));
  assert.equal(new Set(all).size, all.length);
  for (const [i, word] of all.entries()) {
    const own = decoys.judge(`192.0.2.${i}`, 'root', word!, 20);
    assert.equal(own.accepted && own.how, 'back');
    assert.equal(found(decoys, `192.0.2.${i}`), word, 'no second one');
  }
});

test('who knows it at once was told; who comes upon it was not', () => {
  const decoys = open(fresh());
  const word = found(decoys, '192.0.2.1')!;
  assert.deepEqual(decoys.judge('198.51.100.1', 'root', word, 20), {
    accepted: true,
    how: 'handed',
    decoy: { address: '192.0.2.1', at: 1_000 },
  });
  assert.deepEqual(decoys.judge('198.51.100.2', 'root', 'another', 20), { accepted: false });
  assert.deepEqual(decoys.judge('198.51.100.2', 'root', word, 20), { accepted: false });
  assert.deepEqual(decoys.judge('198.51.100.3', 'admin', word, 20), { accepted: false });
});

test('what every list begins with, the empty and the endless word are never given', () => {
  const decoys = open(fresh());
  for (let i = 0; i < 300; i++)
    for (const word of ['123456', 'password', '', 'x'.repeat(257)])
      assert.equal(decoys.judge(`203.0.113.${i % 250}`, 'root', word, 2).accepted, false);
});

test('pairs outlive the sensor, without their words', () => {
  const file = fresh();
  const word = found(open(file), '192.0.2.1')!;
  appendFileSync(file, '{"pair":"cut');
  const later = open(file).judge('198.51.100.1', 'root', word, 20);
  assert.equal(later.accepted && later.how, 'handed');
  assert.ok(!readFileSync(file, 'utf8').includes(word));
});
