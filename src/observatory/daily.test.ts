// Counts by day and hour against those asked for one by one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goldenLog } from '../../test/store/golden.ts';
import { openStore } from './open.ts';
import type { Dimension } from './store.ts';

const DAY = 86_400_000;

test('a value’s days, the values of a day and the hours of a sensor are what the lists say', () => {
  const store = openStore(':memory:');
  for (const [i, event] of goldenLog(200).entries()) {
    store.writer.add({ ...event });
    if (i % 50 === 0) store.writer.commit();
  }
  store.writer.commit();
  const { first, last } = store.totals();
  const range = { from: Math.floor(first! / DAY) * DAY - DAY, to: (Math.floor(last! / DAY) + 1) * DAY };
  const days = Array.from({ length: (range.to - range.from) / DAY }, (_, i) => range.from + i * DAY);
  for (const dimension of ['username', 'pair', 'address', 'command'] as Dimension[]) {
    const values = [...store.top(dimension, range, 5).map(({ value }) => value), 'never came'];
    const rows = store.daily(dimension, values, range);
    const tops = days.map(
      (from) => new Map(store.top(dimension, { from, to: from + DAY }, 1e6).map((row) => [row.value, row.count])),
    );
    assert.deepEqual(
      rows,
      values.map((value) => tops.map((top) => top.get(value) ?? 0)),
    );
    assert.deepEqual(
      store.distinct(dimension, range),
      tops.map(({ size }) => size),
    );
  }
  const hours = store.hourly('sensor', range);
  assert.ok(hours.length > 0);
  for (const { value, counts } of hours) {
    assert.equal(counts.length, days.length * 24);
    for (const [i, from] of days.entries())
      assert.equal(
        counts.slice(i * 24, i * 24 + 24).reduce((sum, n) => sum + n, 0),
        store.top('sensor', { from, to: from + DAY }, 100).find((row) => row.value === value)?.count ?? 0,
      );
  }
  store.close();
});
