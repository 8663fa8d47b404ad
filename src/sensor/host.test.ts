// Which of several personas an address sees: always the same, evenly, and another one only when its own is gone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose } from './host.ts';

const named = (...names: string[]) => names.map((name) => ({ name }));
const seed = Buffer.alloc(32, 1);
const addresses = Array.from({ length: 600 }, (_, i) => `198.51.${i >> 8}.${i & 255}`);

test('each of three is seen by about a third of all addresses', () => {
  const seen = addresses.map((address) => choose(named('a', 'b', 'c'), address, seed).name);
  for (const name of 'abc') {
    const count = seen.filter((one) => one === name).length;
    assert.ok(count > 150 && count < 250, `${name}: ${count}`);
  }
});

test('the order means nothing, and who sees b goes on seeing it when c is gone or d has come', () => {
  for (const address of addresses) {
    const { name } = choose(named('a', 'b', 'c'), address, seed);
    assert.equal(choose(named('c', 'a', 'b'), address, seed).name, name);
    if (name !== 'c') assert.equal(choose(named('a', 'b'), address, seed).name, name);
    assert.ok([name, 'd'].includes(choose(named('a', 'b', 'c', 'd'), address, seed).name));
  }
});

test('another installation shares them out otherwise', () => {
  const other = Buffer.alloc(32, 2);
  const pair = named('a', 'b');
  const moved = addresses.filter((address) => choose(pair, address, seed).name !== choose(pair, address, other).name);
  assert.ok(moved.length > 200, String(moved.length));
});
