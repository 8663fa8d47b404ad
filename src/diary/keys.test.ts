// Names of days, weeks and months, there and back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DAY, isoDay } from './day.ts';
import { keyOf, keyOfRange, rangeOfKey } from './keys.ts';

test('weeks are those of ISO 8601, also around new year', () => {
  for (const [day, week] of [
    ['2026-11-24', '2026-W48'],
    ['2026-01-01', '2026-W01'],
    ['2027-01-03', '2026-W53'],
    ['2027-01-04', '2027-W01'],
    ['2024-12-30', '2025-W01'],
    ['2018-05-02', '2018-W18'],
  ] as const) {
    assert.equal(keyOf('week', Date.parse(`${day}T23:59:59Z`)), week, day);
    const range = rangeOfKey(week)!;
    assert.equal(range.to - range.from, 7 * DAY);
    assert.equal(new Date(range.from).getUTCDay(), 1);
  }
});

test('a month has its own length, a day 24 hours', () => {
  const range = rangeOfKey('2028-02')!;
  assert.deepEqual([isoDay(range.from), isoDay(range.to)], ['2028-02-01', '2028-03-01']);
  assert.equal(keyOfRange(range), '2028-02');
  assert.equal(keyOfRange(rangeOfKey('2026-W53')!), '2026-W53');
  assert.equal(keyOfRange(rangeOfKey('2026-11-24')!), '2026-11-24');
  assert.equal(keyOfRange({ from: 0, to: 2 * DAY }), undefined);
});

test('what names nothing', () => {
  for (const key of ['2026-W54', '2025-W53', '2026-W00', '2026-13', '2026-02-30', '2026', '', '../x'])
    assert.equal(rangeOfKey(key), undefined, key);
});
