// The named queries against a slow reading of the same log, over random ranges and filters: however the log came in.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openStore } from '../../src/observatory/open.ts';
import { recount } from '../../src/observatory/recount.ts';
import type { SqliteStore } from '../../src/observatory/sqlite.ts';
import type { Dimension, SessionFilter, SessionRow } from '../../src/observatory/store.ts';
import { type Tallied, tallied } from '../../src/observatory/tallies.ts';
import { dice, type Event, goldenLog, ranges } from './golden.ts';
import { byBytes, DIMENSIONS, Naive } from './naive.ts';

const log = goldenLog(400);
const naive = new Naive(log);

function stored(events: readonly Event[], batch: number): SqliteStore {
  const store = openStore(':memory:');
  for (const [i, event] of events.entries()) {
    store.writer.add({ ...event });
    if (i % batch === batch - 1) store.writer.commit();
  }
  store.writer.commit();
  return store;
}

/** Sessions stay in order, as a log has them; files come in any. */
function shuffled(): Event[] {
  const roll = dice(99);
  const files = new Map<string, Event[]>();
  for (const event of log) {
    const file = `${event.timestamp.slice(0, 11)}${Math.floor(Number(event.timestamp.slice(11, 13)) / 5)}`;
    files.set(file, [...(files.get(file) ?? []), event]);
  }
  return [...files.values()]
    .map((events) => ({ events, order: roll(1000) }))
    .sort((a, b) => a.order - b.order)
    .flatMap(({ events }) => events);
}

const stores: [how: string, store: SqliteStore][] = [
  ['at once', stored(log, 1e9)],
  ['as it came, in many small batches', stored(log, 7)],
  ['its parts in any order, in batches', stored(shuffled(), 61)],
  ['its parts in any order, event by event', stored(shuffled(), 1)],
];
after(() => {
  for (const [, store] of stores) store.close();
});
const spans = ranges(36, 3).map((range) => range ?? { from: 0, to: Date.UTC(2100, 0) });
const name = (how: string, ...what: unknown[]) => `${how}: ${JSON.stringify(what)}`;

for (const [how, store] of stores) {
  test(`top lists and first sightings (${how})`, () => {
    for (const [i, range] of ranges(28).entries())
      for (const dimension of DIMENSIONS) {
        const limit = [3, 20, 1, 10_000][i % 4]!;
        assert.deepEqual(
          store.top(dimension as Dimension, range, limit),
          naive.top(dimension, range, limit),
          name(how, dimension, range, limit),
        );
        if (range)
          assert.deepEqual(
            store.firstSeen(dimension as Dimension, range, limit),
            naive.firstSeen(dimension, range, limit),
            name(how, 'first', dimension, range, limit),
          );
      }
  });

  test(`timelines (${how})`, () => {
    for (const range of spans.filter(({ from, to }) => to - from < 4e9))
      for (const [bucket, size] of [
        ['minute', 60_000],
        ['quarter', 900_000],
        ['hour', 3_600_000],
        ['day', 86_400_000],
      ] as const)
        assert.deepEqual(store.timeline(range, bucket), naive.timeline(range, size), name(how, bucket, range));
  });

  test(`sessions by combined filters, page by page (${how})`, () => {
    for (const [i, filter] of filters(120).entries()) {
      const limit = [1000, 7, 1, 20][i % 4]!;
      const items: SessionRow[] = [];
      let cursor: string | undefined;
      do {
        const page = store.sessions(filter, limit, cursor);
        items.push(...page.items);
        cursor = page.next;
        assert.ok(page.items.length <= limit);
      } while (cursor !== undefined);
      assert.deepEqual(
        items.map(({ sensor, session, started }) => [started, sensor, session]).sort(),
        naive
          .begun(filter.range)
          .filter((session) => fits(session, filter))
          .map(({ sensor, session, started }) => [started, sensor, session])
          .sort(),
        name(how, filter, limit),
      );
      for (const [at, item] of items.entries())
        assert.ok(at === 0 || item.started <= items[at - 1]!.started, 'newest first');
    }
  });

  test(`evidence and downloads (${how})`, () => {
    const roll = dice(5);
    for (const range of spans) {
      for (const dimension of DIMENSIONS) {
        const values = [...naive.counts(dimension, undefined).keys()];
        const value = values[roll(values.length)]!;
        const limit = [1, 3, 50][roll(3)]!;
        const expected = naive
          .within(range)
          .filter(({ event }) =>
            dimension === 'address' || dimension === 'sensor' || dimension === 'protocol'
              ? event[dimension === 'address' ? 'src_ip' : dimension] === value
              : Naive.valueOf(dimension, event) === value,
          )
          .slice(0, limit)
          .map(({ event }) => event.timestamp);
        assert.deepEqual(
          store.evidence({ range, dimension: dimension as Dimension, value }, limit).map((event) => event['timestamp']),
          expected,
          name(how, dimension, value, range, limit),
        );
      }
      const brought = naive
        .within(range)
        .filter(({ event }) => ['cowrie.session.file_download', 'cowrie.session.file_upload'].includes(event.eventid))
        .reverse()
        .map(({ micros, event }) => [Math.floor(micros / 1000), event['shasum']]);
      for (const limit of [2, 1000])
        assert.deepEqual(
          store.downloads(range, limit).map(({ at, hash }) => [at, hash]),
          brought.slice(0, limit),
          name(how, 'downloads', range),
        );
    }
  });
}

function fits(session: Naive['sessions'][number], filter: SessionFilter): boolean {
  const has = (dimension: string, value: string | undefined) =>
    value === undefined || session.events.some(({ event }) => Naive.valueOf(dimension, event) === value);
  const pair =
    filter.username !== undefined && filter.password !== undefined
      ? has('pair', `${filter.username}\0${filter.password}`)
      : has('username', filter.username) && has('password', filter.password);
  const words = filter.command?.toLowerCase().split(' ') ?? [];
  return (
    pair &&
    has('hash', filter.hash) &&
    (filter.address === undefined || session.address === filter.address) &&
    (filter.client === undefined || session.client === filter.client) &&
    (filter.hassh === undefined || session.hassh === filter.hassh) &&
    (filter.protocol === undefined || session.protocol === filter.protocol) &&
    (filter.loggedIn === undefined || session.loggedIn === filter.loggedIn) &&
    (filter.withCommands === undefined || session.commands > 0 === filter.withCommands) &&
    (words.length === 0 ||
      session.events.some(({ event }) => {
        const input = Naive.valueOf('command', event);
        return input !== undefined && words.every((word) => input.toLowerCase().includes(word));
      }))
  );
}

/** Values out of the log, few of them at once. */
function filters(count: number): SessionFilter[] {
  const roll = dice(17);
  const all = ranges(200, 8);
  const value = (dimension: string): string => {
    const values = [...naive.counts(dimension, undefined).keys()].sort(byBytes);
    return values[roll(values.length)]!;
  };
  return Array.from({ length: count }, (_, i) => {
    const range = i % 3 === 0 ? undefined : all[roll(all.length)];
    const filter: SessionFilter = range ? { range } : {};
    for (let parts = roll(4); parts > 0; parts--)
      switch (roll(10)) {
        case 0:
          filter.address = value('address');
          break;
        case 1:
          filter.username = value('username');
          break;
        case 2:
          filter.password = value('password');
          break;
        case 3:
          filter.client = value('client');
          break;
        case 4:
          filter.hassh = value('hassh');
          break;
        case 5:
          filter.hash = value('hash');
          break;
        case 6:
          filter.protocol = roll(2) === 0 ? 'ssh' : 'telnet';
          break;
        case 7:
          filter.loggedIn = roll(2) === 0;
          break;
        case 8:
          filter.withCommands = roll(2) === 0;
          break;
        default:
          filter.command = ['uname', 'wopbot', 'busybox wopbot', 'proc cpuinfo', '観察記', 'nothing', 'cpuin'][
            roll(7)
          ]!;
      }
    return filter;
  });
}

test('counting anew gives the rollups that came about by and by', () => {
  const dump = (store: SqliteStore) => ({
    cells: Object.keys(tallied).map((kind) => {
      const cells: string[] = [];
      const sums = new Map<string, number>();
      store.rollups.each(kind as Tallied, { from: 0, to: 2 ** 43 }, (word, at, n) => {
        const key = kind === 'pair' || kind === 'newPair' ? `${pairOf(store, word)} ${at}` : `${word} ${at}`;
        sums.set(key, (sums.get(key) ?? 0) + n);
      });
      for (const [key, n] of sums) if (n !== 0) cells.push(`${key}: ${n}`);
      return [kind, cells.sort()];
    }),
    words: ['username', 'password', 'command', 'address', 'client', 'hassh', 'url', 'hash', 'sensor', 'protocol'].map(
      (kind) => store.database.prepare(`SELECT id, n, first FROM word_${kind} WHERE n <> 0 ORDER BY id`).all(),
    ),
  });
  for (const [how, store] of stores) {
    const before = dump(store);
    store.database.exec('BEGIN');
    recount(store.database);
    store.database.exec('COMMIT');
    assert.deepEqual(dump(store), before, how);
  }
});

test('countries and networks counted anew out of the addresses are those counted by and by', () => {
  const store = openStore(':memory:');
  store.writer.origins.locate = (address) => ({
    country: address.startsWith('10.') ? 'XX' : 'JP',
    asn: address.length,
  });
  for (const [i, event] of log.entries()) {
    store.writer.add({ ...event });
    if (i % 50 === 0) store.writer.commit();
  }
  store.writer.commit();
  const lists = () => ranges(12).flatMap((range) => [store.top('country', range, 10), store.top('asn', range, 100)]);
  const before = lists();
  assert.ok(before[0]!.length === 2);
  const days = store.rollups.days('address')!;
  for (let day = days.from; day < days.to; day++) store.writer.exclusively(() => store.writer.countOrigins(day));
  assert.deepEqual(lists(), before);
  store.close();
});

const pairOf = (store: SqliteStore, id: number): string => {
  const { username, password } = store.database.prepare('SELECT username, password FROM pair WHERE id = ?').get(id)!;
  return `${username}/${password}`;
};
