import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tries } from './tries.ts';

test('five tries from an address, then one every twenty seconds', () => {
  let now = 0;
  const tries = new Tries(() => now);
  for (let index = 0; index < 5; index++) assert.equal(tries.take('203.0.113.1'), 0);
  assert.equal(tries.take('203.0.113.1'), 20);
  assert.equal(tries.take('203.0.113.2'), 0);
  now += 20_000;
  assert.equal(tries.take('203.0.113.1'), 0);
  assert.equal(tries.take('203.0.113.1'), 20);
  tries.giveBack('203.0.113.1');
  assert.equal(tries.take('203.0.113.1'), 0);
});

test('a customer with many addresses has one allowance, and all together have one', () => {
  const tries = new Tries(() => 0);
  for (let index = 0; index < 5; index++) assert.equal(tries.take(`2001:db8:1:2::${index}`), 0);
  assert.equal(tries.take('2001:db8:1:2:ffff::1'), 20);
  for (let index = 0; index < 25; index++) assert.equal(tries.take(`203.0.113.${index}`), 0);
  assert.equal(tries.take('198.51.100.1'), 2);
});
