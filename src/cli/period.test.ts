// Every way to write a time, and every way to get it wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTime, periodOf } from './period.ts';
import { texts } from './texts.ts';

const NOW = Date.parse('2026-11-24T18:30:15.250Z');
const iso = (at: number) => new Date(at).toISOString();

test('a day, month or year is from its first to after its last millisecond; a moment is one', () => {
  for (const [text, from, to] of [
    ['2026-11-24', '2026-11-24T00:00:00.000Z', '2026-11-25T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['2026-12', '2026-12-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'],
    ['2024', '2024-01-01T00:00:00.000Z', '2025-01-01T00:00:00.000Z'],
    ['today', '2026-11-24T00:00:00.000Z', '2026-11-25T00:00:00.000Z'],
    ['Yesterday', '2026-11-23T00:00:00.000Z', '2026-11-24T00:00:00.000Z'],
    ['now', '2026-11-24T18:30:15.250Z'],
    ['7d', '2026-11-17T18:30:15.250Z'],
    ['24h', '2026-11-23T18:30:15.250Z'],
    ['90m', '2026-11-24T17:00:15.250Z'],
    ['1w', '2026-11-17T18:30:15.250Z'],
    ['30s', '2026-11-24T18:29:45.250Z'],
    ['@0', '1970-01-01T00:00:00.000Z'],
    ['@1787313600', '2026-08-21T12:00:00.000Z'],
    ['2026-11-24T18:00', '2026-11-24T18:00:00.000Z'],
    ['2026-11-24 18:00:01', '2026-11-24T18:00:01.000Z'],
    ['2026-11-24T18:00:01.5Z', '2026-11-24T18:00:01.500Z'],
    ['2026-11-24T18:00:01.123456Z', '2026-11-24T18:00:01.123Z'],
    ['2026-11-24t18:00:01z', '2026-11-24T18:00:01.000Z'],
    ['2026-11-24T18:00+09:00', '2026-11-24T09:00:00.000Z'],
    ['2026-11-24T00:00+0900', '2026-11-23T15:00:00.000Z'],
    ['2026-11-24T22:00-05', '2026-11-25T03:00:00.000Z'],
    ['2026-11-24 18:00 UTC', '2026-11-24T18:00:00.000Z'],
    [' 2026-11-24 ', '2026-11-24T00:00:00.000Z', '2026-11-25T00:00:00.000Z'],
  ] as [string, string, string?][]) {
    const found = parseTime(text, NOW);
    assert.ok(found, text);
    assert.deepEqual([iso(found.from), iso(found.to)], [from, to ?? from], text);
  }
});

test('what is no time is none', () => {
  for (const text of [
    '',
    'x',
    '2026-02-30',
    '2026-13-01',
    '2026-13',
    '2026-11-24T24:00',
    '2026-11-24T18:60',
    '2026-11-24T18',
    '2026-11-24T18:00+15:00',
    '26-11-24',
    '24/11/2026',
    '7',
    'd7',
    '-7d',
    '7 d',
    '999999w',
    '2026-11-24T18:00 JST',
    'yesterday2',
  ])
    assert.equal(parseTime(text, NOW), undefined, JSON.stringify(text));
});

test('a period: the end of a day is the end of the day, an empty one says so', () => {
  const en = texts('en');
  const period = (from?: string, to?: string) => {
    const range = periodOf({ ...(from ? { from } : {}), ...(to ? { to } : {}) }, en, NOW);
    return range && [iso(range.from), range.to > 8e15 ? 'end' : iso(range.to)];
  };
  assert.equal(period(), undefined);
  assert.deepEqual(period('2026-11-23', '2026-11-23'), ['2026-11-23T00:00:00.000Z', '2026-11-24T00:00:00.000Z']);
  assert.deepEqual(period('yesterday', 'yesterday'), ['2026-11-23T00:00:00.000Z', '2026-11-24T00:00:00.000Z']);
  assert.deepEqual(period('7d', '1d'), ['2026-11-17T18:30:15.250Z', '2026-11-23T18:30:15.250Z']);
  assert.equal(period(undefined, '2026')![0], '1970-01-01T00:00:00.000Z');
  assert.match(period('2026')![1]!, /^9999-/);
  assert.throws(() => period('1d', '7d'), /the period from 1d to 7d is empty/);
  assert.throws(() => period('2026-11-24T10:00Z', '2026-11-24T10:00Z'), /is empty/);
  assert.throws(() => period('soon'), /--from: expected a day such as 2026-11-24, a time such as/);
});
