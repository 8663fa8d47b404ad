import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { LongList } from './longlist.ts';

/** Rows 0 … `total`, in pages of 10; the page at 20 is short and the one at 30 empty. */
function list(total: number) {
  const asked: (string | undefined)[] = [];
  const pages = new LongList<number>(
    async (cursor) => {
      asked.push(cursor);
      const from = Number(cursor ?? 0);
      const size = from === 20 ? 3 : from === 23 ? 0 : 10;
      const items = Array.from({ length: Math.min(size, total - from) }, (_, i) => from + i);
      // An empty page goes on elsewhere.
      const next = from === 23 ? '23.5' : String(Math.floor(from) + items.length);
      if (cursor === '23.5') return { items: [23, 24, 25, 26, 27, 28, 29], next: '30' };
      return Number(next) < total ? { items, next } : { items };
    },
    () => {},
  );
  return { pages, asked };
}

/** Scrolls until nothing changes. */
async function settle(pages: LongList<number>, from: number, to: number) {
  let rows = pages.rows(from, to);
  for (let i = 0; i < 20; i++) {
    await turn();
    rows = pages.rows(from, to);
  }
  return rows;
}

test('rows come in order, also over short and empty pages, and the end is known', async () => {
  const { pages } = list(57);
  const seen: (number | undefined)[] = [];
  for (let from = 0; from < 60; from += 5) seen.push(...(await settle(pages, from, from + 5)));
  assert.deepEqual(
    seen,
    Array.from({ length: 57 }, (_, i) => i),
  );
  assert.equal(pages.done, true);
  assert.equal(pages.length, 57);
});

test('what is far away is let go, and read again with its own cursor', async () => {
  const { pages, asked } = list(5000);
  for (let from = 0; from < 4000; from += 10) await settle(pages, from, from + 20);
  assert.ok(pages.length >= 4000);
  assert.ok(pages.held <= 100, `${pages.held} rows are held`);
  const before = asked.length;
  assert.deepEqual(pages.rows(100, 102), [undefined, undefined]);
  assert.deepEqual(await settle(pages, 100, 102), [100, 101]);
  assert.deepEqual(asked.slice(before), ['100']);
});

test('a failure is told once and can be tried again', async () => {
  let fail = true;
  const pages = new LongList<number>(
    async () => {
      if (fail) throw new Error('away');
      return { items: [1, 2] };
    },
    () => {},
  );
  assert.deepEqual(await settle(pages, 0, 5), []);
  assert.equal(pages.error?.message, 'away');
  fail = false;
  pages.again();
  assert.deepEqual(await settle(pages, 0, 5), [1, 2]);
});
