// Removing events of the store: which sessions go, what stays counted, and that nothing is counted twice or held up.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Removed } from '../journal/keeping.ts';
import { openStore } from './open.ts';
import { report } from './report.ts';
import { EventRetention, keptFrom } from './retention.ts';
import type { SqliteStore } from './sqlite.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const now = Date.UTC(2026, 10, 24, 12);
const quick = { now: () => now, pause: () => new Promise<void>((resolve) => setImmediate(resolve)) };

function inStore(run: (store: SqliteStore, path: string) => Promise<void>) {
  return async () => {
    const directory = mkdtempSync(join(tmpdir(), 'retention-'));
    const path = join(directory, 'kansatsuki.sqlite');
    const store = openStore(path);
    try {
      await run(store, path);
    } finally {
      store.close();
      rmSync(directory, { recursive: true });
    }
  };
}

let number = 0;
/** A session of `commands` commands, `every` milliseconds apart. */
function session(store: SqliteStore, at: number, commands: number, every = 1000, text = 'uname -a'): string {
  const id = (++number).toString(16).padStart(12, '0');
  const event = (eventid: string, ms: number, fields: object = {}) =>
    store.writer.add({
      eventid,
      session: id,
      src_ip: `198.51.100.${number % 200}`,
      protocol: 'ssh',
      sensor: 's',
      timestamp: `${new Date(ms).toISOString().slice(0, -1)}000Z`,
      ...fields,
    });
  event('cowrie.session.connect', at, { src_port: 1, dst_ip: '192.0.2.1', dst_port: 22 });
  event('cowrie.login.success', at + 1, { username: 'root', password: `p${number % 7}` });
  for (let i = 0; i < commands; i++) event('cowrie.command.input', at + 2 + i * every, { input: `${text} ${i}` });
  event('cowrie.session.closed', at + 3 + commands * every, { duration_ms: commands * every });
  return id;
}

/** 20 days, up to now, of 40 sessions each. */
function fill(store: SqliteStore): void {
  for (let day = 20; day > 0; day--)
    for (let i = 0; i < 40; i++) session(store, now - day * DAY + i * 60_000, 5, 1000, `day${day} session${i}`);
  store.writer.commit();
}

const sessions = (store: SqliteStore) =>
  Number(store.database.prepare('SELECT count(*) AS n FROM session').get()!['n']);

test(
  'by age: sessions go, what was counted stays, the same numbers everywhere',
  inStore(async (store) => {
    fill(store);
    const before = report(store);
    const days = { from: Math.floor((now - 20 * DAY) / DAY) * DAY, to: Math.floor((now - 15 * DAY) / DAY) * DAY };
    const range = report(store, days);
    const removed: Removed[] = [];
    await new EventRetention(store, { ...quick, onRemoved: (one) => removed.push(one) }).run({ ageMs: 10 * DAY });
    // Whole UTC days: what began on the 14th stays.
    const cut = Date.UTC(2026, 10, 14);
    assert.equal(keptFrom(store), cut);
    assert.equal(sessions(store), 11 * 40 - 40);
    assert.deepEqual(
      removed.map(({ what, count, reason, before }) => [what, count, reason, before]),
      [['events', 10 * 40 * 8, 'age', '2026-11-14T00:00:00.000Z']],
    );
    assert.deepEqual(report(store), before);
    const after = report(store, days);
    assert.deepEqual({ ...after, first: 0, last: 0 }, { ...range, first: 0, last: 0 });
    assert.ok(after.first !== null && after.last !== null, 'the ends are known to the hour');
    assert.equal(after.first?.slice(0, 13), range.first?.slice(0, 13));
    assert.equal(after.last?.slice(0, 13), range.last?.slice(0, 13));
    assert.equal(store.sessions({}, 1000).items.length, sessions(store));
    // First sight is kept for ever.
    const [first] = store.firstSeen('command', { from: days.from, to: days.to }, 1);
    assert.equal(first?.value, 'day20 session0 0');
    assert.equal(store.findSession('000000000001'), undefined);
    // Again: nothing.
    await new EventRetention(store, { ...quick, onRemoved: (one) => removed.push(one) }).run({ ageMs: 10 * DAY });
    assert.equal(removed.length, 1);
  }),
);

test(
  'the same log again, or an older one, adds nothing to what was removed, and is told apart from what is new',
  inStore(async (store) => {
    const start = number;
    fill(store);
    await new EventRetention(store, quick).run({ ageMs: 10 * DAY });
    const before = report(store);
    number = start;
    fill(store);
    assert.deepEqual(report(store), before);
    const outcome = store.writer.add({
      eventid: 'cowrie.session.connect',
      session: 'ffffffffffff',
      timestamp: '2025-01-01T00:00:00.000000Z',
    });
    assert.deepEqual(outcome, { rejected: 'older than the events that retention keeps' });
    store.writer.commit();
    assert.deepEqual(report(store), before);
  }),
);

test(
  'a session that reaches over the edge stays whole, with its pieces, and goes later',
  inStore(async (store) => {
    const cut = Date.UTC(2026, 10, 14);
    const over = session(store, cut - 2 * HOUR, 2000, 5000);
    const within = session(store, cut - 3 * HOUR, 2000, 5000);
    const ended = session(store, cut - 4 * HOUR, 1500, 5000);
    store.writer.commit();
    const events = (id: string) => store.findSession(id)?.events.length;
    await new EventRetention(store, quick).run({ ageMs: 10 * DAY });
    assert.deepEqual([events(over), events(within), events(ended)], [2003, undefined, undefined]);
    const pieces = () => Number(store.database.prepare('SELECT count(*) AS n FROM piece').get()!['n']);
    assert.ok(pieces() > 0);
    await new EventRetention(store, quick).run({ ageMs: 9 * DAY });
    assert.deepEqual([events(over), pieces()], [undefined, 0]);
  }),
);

test(
  'by bytes: the oldest days, until it fits; the file gets smaller; the last two days stay',
  inStore(async (store, path) => {
    const wide = () => Array.from({ length: 40 }, () => Math.random().toString(36)).join(' ');
    for (let day = 20; day > 0; day--) {
      // Texts are kept for ever; what fills events alone is what has no dictionary.
      for (let i = 0; i < 60; i++) {
        const id = (++number).toString(16).padStart(12, '0');
        const at = now - day * DAY + i * 60_000;
        for (let k = 0; k < 4; k++)
          store.writer.add({
            eventid: 'cowrie.session.input',
            session: id,
            sensor: 's',
            timestamp: `${new Date(at + k).toISOString().slice(0, -1)}000Z`,
            realm: 'x',
            input: wide(),
          });
      }
      store.writer.commit();
    }
    store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const size = statSync(path).size;
    const removed: Removed[] = [];
    const troubles: string[] = [];
    const retention = new EventRetention(store, {
      ...quick,
      onRemoved: (one) => removed.push(one),
      onTrouble: (sentence) => troubles.push(sentence),
    });
    await retention.run({ bytes: size / 2 });
    store.database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    const { size: after } = statSync(path);
    assert.ok(after < size / 2 + 4e6, `${after} of ${size}`);
    assert.ok(removed.length > 1 && removed.every(({ reason }) => reason === 'bytes'));
    assert.equal(removed[0]!.before, '2026-11-05T00:00:00.000Z');
    assert.deepEqual(troubles, []);
    await retention.run({ bytes: 1 });
    assert.equal(keptFrom(store), Date.UTC(2026, 10, 22));
    assert.equal(troubles.length, 1);
    assert.match(troubles[0]!, /events_bytes/);
    assert.equal(store.perDay().length, 20);
    assert.equal(store.database.prepare('PRAGMA integrity_check').get()!['integrity_check'], 'ok');
  }),
);

test(
  'events that come meanwhile are all there, also those of sessions in memory',
  inStore(async (store) => {
    fill(store);
    let added = 0;
    const retention = new EventRetention(store, {
      now: () => now,
      pause: async () => {
        // The ingest has its turn between two steps.
        for (const id of ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'])
          store.writer.add({
            eventid: 'cowrie.command.input',
            session: id,
            sensor: 's',
            input: `n${added}`,
            timestamp: `${new Date(now + ++added).toISOString().slice(0, -1)}000Z`,
          });
        store.writer.commit();
      },
    });
    const total = store.totals().events;
    await retention.run({ ageMs: 3 * DAY });
    assert.ok(added >= 4);
    assert.equal(store.totals().events, total + added);
    const kept = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'].map((id) => store.findSession(id)!.events.length);
    assert.equal(kept[0]! + kept[1]!, added);
  }),
);

test(
  'a disk that is nearly full: day by day, down to what is to be left',
  inStore(async (store) => {
    fill(store);
    const retention = new EventRetention(store, quick);
    let asked = 0;
    assert.equal(await retention.relieve(now - 7 * DAY, () => 3 - asked++), true);
    assert.equal(keptFrom(store), Date.UTC(2026, 10, 7));
    assert.equal(await retention.relieve(now - 7 * DAY, () => 1), false);
    assert.equal(keptFrom(store), Date.UTC(2026, 10, 17));
  }),
);
