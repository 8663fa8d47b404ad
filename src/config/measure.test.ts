// Ages, sizes and shares: what people write, and what it means.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AGE_PATTERN, ageOf, SHARE_PATTERN, SIZE_PATTERN, shareOf, sizeOf } from './measure.ts';

const DAY = 86_400_000;

test('ages', () => {
  const table: [string | number, number | undefined][] = [
    ['never', undefined],
    ['0', undefined],
    [0, undefined],
    ['0d', undefined],
    [90, 90 * DAY],
    ['90', 90 * DAY],
    ['90d', 90 * DAY],
    ['90 days', 90 * DAY],
    ['12h', DAY / 2],
    ['1.5D', 1.5 * DAY],
    ['2w', 14 * DAY],
    ['1y', 365.25 * DAY],
  ];
  for (const [text, ms] of table) {
    assert.equal(ageOf(text), ms, String(text));
    assert.match(String(text), AGE_PATTERN);
  }
  for (const wrong of ['', 'soon', '-1d', '1m', 'd', '1 d d']) assert.doesNotMatch(wrong, AGE_PATTERN);
});

test('sizes', () => {
  const table: [string | number, number | undefined][] = [
    ['never', undefined],
    [0, undefined],
    ['0GB', undefined],
    [1_000, 1_000],
    ['1000', 1_000],
    ['10GB', 10e9],
    ['10 gb', 10e9],
    ['1.5G', 1.5e9],
    ['512MiB', 512 * 2 ** 20],
    ['1TiB', 2 ** 40],
    ['3KB', 3_000],
    ['7B', 7],
    ['30%', 6e9],
    ['7.5 %', 1.5e9],
    ['0%', undefined],
  ];
  for (const [text, bytes] of table) {
    assert.equal(sizeOf(text, 20e9), bytes, String(text));
    assert.match(String(text), SIZE_PATTERN);
  }
  for (const wrong of ['', 'GB', '-1GB', '1PB', '100%', '1e9']) assert.doesNotMatch(wrong, SIZE_PATTERN);
});

test('shares of a disk; a size is at most a fifth of it', () => {
  assert.equal(shareOf('5%', 20e9), 1e9);
  assert.equal(shareOf('1GB', 20e9), 1e9);
  assert.equal(shareOf('1GB', 1e9), 2e8);
  assert.equal(shareOf(0, 1e9), 0);
  for (const wrong of ['', '%', '100%', 'never']) assert.doesNotMatch(wrong, SHARE_PATTERN);
});
