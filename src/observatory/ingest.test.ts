import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { importPaths } from './import.ts';
import { Ingest } from './ingest.ts';
import { openStore } from './open.ts';
import type { SqliteStore } from './sqlite.ts';
import type { FeedItem } from './store.ts';

const event = (n: number, more: Record<string, unknown> = {}) => ({
  session: (0x10000 + Math.floor(n / 4)).toString(16).padStart(12, '0'),
  protocol: 'ssh',
  src_ip: '203.0.113.7',
  eventid: 'cowrie.command.input',
  input: `echo ${n}`,
  sensor: 'a',
  timestamp: new Date(Date.UTC(2026, 7, 21, 12) + n * 1000).toISOString(),
  ...more,
});
const lines = (from: number, to: number, more?: Record<string, unknown>) =>
  Array.from({ length: to - from }, (_, i) => `${JSON.stringify(event(from + i, more))}\n`).join('');

function inFolder(run: (folder: string, store: SqliteStore) => Promise<void> | void) {
  return async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ingest-'));
    mkdirSync(join(folder, 'log'));
    const store = openStore(join(folder, 'store.sqlite'));
    try {
      await run(folder, store);
    } finally {
      store.close();
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

test(
  'what was imported comes not again, and what was ingested is imported not again',
  inFolder(async (folder, store) => {
    writeFileSync(join(folder, 'log/cowrie.json.2026-08-20'), lines(0, 50));
    writeFileSync(join(folder, 'log/cowrie.json'), lines(50, 80));
    const { events } = await importPaths(store, [join(folder, 'log')]);
    assert.equal(events, 80);
    appendFileSync(join(folder, 'log/cowrie.json'), lines(80, 90));
    const ingest = new Ingest(store, { directories: [join(folder, 'log')] });
    ingest.catchUp();
    assert.deepEqual(ingest.counts, { events: 10, duplicates: 80, malformed: 0 });
    ingest.stop();
    const again = await importPaths(store, [join(folder, 'log')]);
    assert.equal(again.events, 0);
    assert.equal(store.totals().events, 90);
  }),
);

test(
  'the feed has what a growing log says, and nothing of an old one',
  inFolder((folder, store) => {
    writeFileSync(join(folder, 'log/cowrie.json.1'), lines(0, 50));
    writeFileSync(join(folder, 'log/cowrie.json'), lines(50, 53));
    const ingest = new Ingest(store, { directories: [join(folder, 'log')] });
    const items: FeedItem[] = [];
    ingest.onFeed((more) => items.push(...more));
    ingest.catchUp();
    ingest.stop();
    assert.deepEqual(
      items.map(({ message }) => message),
      ['CMD: echo 50', 'CMD: echo 51', 'CMD: echo 52'],
    );
  }),
);

test(
  'an event is seen by itself, from rest, and after the clock went back',
  inFolder(async (folder, store) => {
    writeFileSync(join(folder, 'log/cowrie.json'), lines(0, 3));
    const ingest = new Ingest(store, { directories: [join(folder, 'log')] });
    ingest.start();
    try {
      for (const [n, rest] of [
        [3, 3_500],
        [1, 0],
        [-100_000, 300],
      ] as const) {
        await sleep(rest);
        appendFileSync(join(folder, 'log/cowrie.json'), lines(n, n + 1, { input: `from ${n}` }));
        const written = performance.now();
        while (store.top('command', undefined, 50).every(({ value }) => value !== `from ${n}`)) {
          assert.ok(performance.now() - written < 60_000, 'it was not seen');
          await sleep(10);
        }
      }
    } finally {
      ingest.stop();
    }
    assert.equal(store.totals().events, 6);
  }),
);

test(
  'hostile lines: ten thousand keys, deep nesting, no event, other types; the rest is read',
  inFolder(async (folder, store) => {
    const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, i]));
    const hostile = [
      ...Array.from({ length: 30 }, (_, round) =>
        JSON.stringify(event(round, Object.fromEntries(Object.keys(keys).map((key) => [`${key}_${round}`, round])))),
      ),
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      '{"eventid":{"a":1},"timestamp":7,"session":[]}',
      JSON.stringify(event(40, { session: { $ne: 1 }, src_ip: 7, sensor: null, username: ['x'], __proto__: 'x' })),
      '{"eventid":"cowrie.login.failed","timestamp":"yesterday"}',
      '\0\0\0\0',
      'no JSON at all',
    ];
    writeFileSync(join(folder, 'log/cowrie.json'), `${lines(100, 103)}${hostile.join('\n')}\n${lines(103, 106)}`);
    writeFileSync(join(folder, 'log/cowrie.json.1.gz'), gzipSync(lines(200, 203)));
    const before = process.memoryUsage().rss;
    const ingest = new Ingest(store, { directories: [join(folder, 'log')] });
    await ingest.settle(3_300);
    ingest.stop();
    assert.ok(process.memoryUsage().rss - before < 200 << 20);
    const { events, malformed, duplicates } = ingest.counts;
    assert.equal(duplicates, 0);
    assert.equal(store.totals().events, events);
    assert.ok(events >= 6 + 3 + 30, `${events} events`);
    assert.ok(malformed >= 4, `${malformed} malformed`);
    for (const n of [100, 105, 202])
      assert.equal(store.top('command', undefined, 100).filter(({ value }) => value === `echo ${n}`).length, 1);
  }),
);

test(
  'a folder that is both the journal’s and followed is read once',
  inFolder((folder, store) => {
    writeFileSync(join(folder, 'log/cowrie.json'), lines(0, 10));
    const ingest = new Ingest(store, { directories: [join(folder, 'log')], follow: [folder, join(folder, 'log')] });
    ingest.catchUp();
    ingest.stop();
    assert.equal(store.totals().events, 10);
    assert.deepEqual(ingest.counts.events, 10);
  }),
);
