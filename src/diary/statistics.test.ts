// Tails against published tables, and false discoveries against their promise.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  beyond,
  discoveries,
  median,
  negativeBinomialBelow,
  normalTail,
  spread,
  studentTail,
  tailOf,
} from './statistics.ts';

const near = (actual: number, expected: number, share = 1e-3) =>
  assert.ok(Math.abs(actual - expected) <= share * expected, `${actual} is not ${expected}`);

test('tails as tables have them', () => {
  for (const [z, p] of [
    [0, 0.5],
    [1, 0.158655],
    [1.959964, 0.025],
    [3.090232, 0.001],
    [4.753424, 1e-6],
  ] as const)
    near(normalTail(z), p);
  for (const [t, df, p] of [
    [6.313752, 1, 0.05],
    [2.015048, 5, 0.05],
    [4.032143, 5, 0.005],
    [2.763769, 10, 0.01],
    [3.646, 30, 0.0005],
  ] as const)
    near(studentTail(t, df), p);
  near(studentTail(-1, 5), 1 - studentTail(1, 5));
});

test('a negative binomial law adds up to one, and its zero is a power of the ratio', () => {
  near(negativeBinomialBelow(0, 6, 4), 1 / 16);
  near(negativeBinomialBelow(1_000, 20, 5), 1);
  // Sum of four geometric laws of success 1/5: three or fewer failures.
  near(negativeBinomialBelow(3, 16, 5), (1 + 4 * 0.8 + 10 * 0.64 + 20 * 0.512) / 625);
});

test('median and spread are not moved by a few that are far off', () => {
  assert.deepEqual([median([]), median([3, 1, 2]), median([4, 1, 2, 3])], [0, 2, 2.5]);
  assert.equal(spread([1, 2, 3, 4, 1e9]), 1.4826);
});

/** A generator as in the test of a truth: the same every time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
}

test('a Pareto tail is met as often as said', () => {
  const roll = dice(1);
  const draw = () => -Math.log(roll()) / 1.5;
  let met = 0;
  for (let i = 0; i < 2_000; i++) {
    const tail = tailOf(Array.from({ length: 300 }, draw));
    if (beyond(tail, draw()) < 0.01) met++;
  }
  assert.ok(met > 8 && met < 34, String(met));
});

test('false discoveries stay within their share, true ones are kept', () => {
  const roll = dice(2);
  let [claimed, wrong] = [0, 0];
  for (let day = 0; day < 500; day++) {
    const candidates = Array.from({ length: 200 }, (_, i) => ({ real: i < 20, p: i < 20 ? roll() * 1e-4 : roll() }));
    const found = discoveries(candidates, ({ p }) => p, 0.05, candidates.length);
    claimed += found.length;
    wrong += found.filter(({ real }) => !real).length;
    assert.equal(found.filter(({ real }) => real).length, 20);
  }
  assert.ok(wrong / claimed < 0.06, String(wrong / claimed));
  assert.deepEqual(
    discoveries([{ p: 0.2 }, { p: 0.9 }], ({ p }) => p, 0.05, 2),
    [],
  );
});
