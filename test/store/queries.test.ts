// The named queries against a slow reading of the same log, over random ranges and filters: however the log came in.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openStore } from '../../src/observatory/open.ts';
import { recount } from '../../src/observatory/recount.ts';
import type { SqliteStore } from '../../src/observatory/sqlite.ts';
import type { Dimension, SessionFilter, SessionRow } from '../../src/observatory/store.ts';
import { type Tallied, tallied } from '../../src/observatory/tallies.ts';
import { dice, type Event, goldenLog, ranges } from './golden.ts';
import { byBytes, DIMENSIONS, frequent, MEASURES, Naive, outcome } from './naive.ts';

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

  test(`first sights, newest first, page by page (${how})`, () => {
    for (const dimension of DIMENSIONS) {
      if (dimension === 'pair') continue;
      const expected = [...naive.counts(dimension, undefined)]
        .map(([value, rest]) => ({ value, ...rest }))
        .sort((a, b) => b.firstSeen - a.firstSeen || byBytes(a.value, b.value));
      for (const limit of [1, 7, 100_000]) {
        const found: unknown[] = [];
        let cursor: string | undefined;
        do {
          const page = store.newest(dimension as Exclude<Dimension, 'pair'>, limit, cursor);
          assert.ok(page.items.length <= limit);
          found.push(...page.items);
          cursor = page.next;
        } while (cursor !== undefined && found.length < 300);
        assert.deepEqual(found, expected.slice(0, found.length), name(how, dimension, undefined, limit));
        assert.ok(cursor !== undefined || found.length === expected.length);
      }
    }
  });

  test(`when files came (${how})`, () => {
    for (const hash of naive.counts('hash', undefined).keys()) {
      const came = naive.occurrences('hash').filter(({ value }) => value === hash);
      const times = came.map(({ ms }) => ms).sort((a, b) => a - b);
      const { first, last } = store.arrivals(hash);
      assert.deepEqual([first?.at, first?.hash], [times[0], hash]);
      assert.deepEqual([last?.at, last?.hash], [times.at(-1), hash]);
    }
    assert.deepEqual(store.arrivals('no such file'), {});
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

for (const [how, store] of stores) {
  test(`facets and crossings (${how})`, () => {
    for (const range of ranges(20, 31)) {
      const { facets, sessions, next } = store.facets(range ? { range } : {}, 5);
      assert.equal(next, undefined);
      assert.equal(sessions, naive.begun(range).length);
      const { country: _, asn: __, ...others } = facets;
      assert.deepEqual(others, naive.facets(range, undefined, 5), name(how, range));
    }
    for (const filter of filters(60).filter((filter) =>
      Object.keys(filter).some((key) => key !== 'range' && key !== 'zone'),
    )) {
      const sessions = naive.begun(filter.range).filter((session) => fits(session, filter));
      const found = store.facets(filter, 1000);
      assert.equal(found.next, undefined);
      assert.equal(found.sessions, sessions.length, name(how, filter));
      const { country: _, asn: __, ...others } = found.facets;
      assert.deepEqual(others, naive.facets(undefined, sessions, 1000), name(how, filter));
      const quarters = sessions.map(({ started }) => String(Math.floor(started / 900_000) * 900_000));
      assert.deepEqual(
        found.begun.map(([quarter, count]) => ({ value: String(quarter), count })),
        frequent(quarters, 1000).sort((a, b) => Number(a.value) - Number(b.value)),
      );
      assert.deepEqual(
        store.facets(filter, 5, undefined, MORE_FACETS).facets,
        naive.facets(undefined, sessions, 5, MORE_FACETS),
        name(how, filter),
      );
      for (const [a, b] of [
        ['hassh', 'address'],
        ['protocol', 'sensor'],
        ['client', 'hassh'],
      ] as const)
        assert.deepEqual(
          store.crossings([a, b], filter, 7),
          { items: Naive.crossings(sessions, a, b, 7), sessions: sessions.length },
          name(how, a, b, filter),
        );
    }
  });

  test(`folded sessions (${how})`, () => {
    for (const range of ranges(24, 5)) {
      const { items: folds, sessions, next } = store.folds(range ? { range } : {}, 10_000);
      assert.equal(next, undefined);
      const ended = naive.begun(range).filter((session) => outcome(session) !== undefined);
      assert.equal(
        folds.reduce((sum, { count }) => sum + count, 0),
        ended.length,
        name(how, range),
      );
      assert.equal(sessions, ended.length);
      assert.deepEqual(
        frequent(
          folds.flatMap((fold) => new Array<string>(fold.count).fill(fold.outcome)),
          9,
        ),
        frequent(
          ended.map((session) => outcome(session)!),
          9,
        ),
      );
      for (const fold of folds.slice(0, 5)) {
        const alike = all(store, { behaviour: fold.value, ...(range ? { range } : {}) });
        assert.equal(alike.length, fold.count);
        assert.equal(alike[0]!.id, fold.example.id);
        for (const { session, sensor } of alike) {
          const one = naive.sessions.find((other) => other.session === session && other.sensor === sensor)!;
          assert.equal(outcome(one), fold.outcome);
          assert.equal(one.client ?? '', fold.client);
          assert.equal(one.protocol ?? '', fold.protocol);
        }
      }
    }
  });

  test(`heat map, pulse, change, matrix (${how})`, () => {
    for (const [i, range] of spans.filter(({ from, to }) => to - from < 4e9).entries()) {
      const zone = ['UTC', 'Asia/Tokyo', 'Asia/Kathmandu', 'America/New_York'][i % 4]!;
      const local = new Intl.DateTimeFormat('en-GB', {
        timeZone: zone,
        weekday: 'short',
        hour: '2-digit',
        hourCycle: 'h23',
      });
      const heat = (times: number[]) => {
        const counts = Array.from({ length: 7 }, () => new Array<number>(24).fill(0));
        for (const ms of times) {
          const parts = Object.fromEntries(local.formatToParts(ms).map(({ type, value }) => [type, value]));
          counts[['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(parts['weekday']!)]![
            Number(parts['hour'])
          ]!++;
        }
        return { zone, counts };
      };
      const within = ({ ms }: { ms: number }) => ms >= range.from && ms < range.to;
      assert.deepEqual(
        store.heatMap(range, zone, 'sessions'),
        heat(naive.begun(range).map(({ started }) => started)),
        name(how, zone, range),
      );
      for (const dimension of ['username', 'pair', 'address'] as const) {
        const value = naive.top(dimension, undefined, 1)[0]!.value;
        const times = naive.occurrences(dimension).filter((found) => found.value === value && within(found));
        assert.deepEqual(
          store.heatMap(range, zone, { dimension, value }),
          heat(times.map(({ ms }) => ms)),
          name(how, zone, dimension, value, range),
        );
        const days = new Map<string, number>();
        for (const { ms } of times) {
          const day = new Date(ms).toISOString().slice(0, 10);
          days.set(day, (days.get(day) ?? 0) + 1);
        }
        assert.deepEqual(store.history(dimension, value, range), [...days].sort(), name(how, 'history', range));
      }
      const before = { from: 2 * range.from - range.to, to: range.from };
      for (const limit of [4, 300])
        assert.deepEqual(
          store.topChange('password', range, limit),
          naive
            .top('password', range, limit)
            .map((count) => ({ ...count, before: naive.counts('password', before).get(count.value)!.count })),
          name(how, 'change', range),
        );
      const { usernames, passwords, counts } = store.matrix(range, 4, 5);
      const pairs = naive.counts('pair', range);
      assert.deepEqual(
        [usernames, passwords],
        [
          naive.top('username', range, 4).map(({ value }) => value),
          naive.top('password', range, 5).map(({ value }) => value),
        ],
      );
      assert.deepEqual(
        counts,
        usernames.map((username) => passwords.map((password) => pairs.get(`${username}\0${password}`)?.count ?? 0)),
      );
    }
    const first = Math.ceil(naive.events[0]!.micros / 1000);
    for (const now of [first + 4e8, first + 3.7 * 864e5, first + 7.2 * 864e5]) {
      const end = Math.floor(now / 60_000) * 60_000;
      const { hour, day } = store.pulse(now);
      for (const [window, length] of [
        [hour, 36e5],
        [day, 864e5],
      ] as const) {
        const steps = Array.from({ length: 14 }, (_, k) => ({
          from: end - length - (k + 1) * 864e5,
          to: end - (k + 1) * 864e5,
        }));
        const usable = steps.filter(({ from }) => from >= first);
        assert.deepEqual([window.from, window.to, window.basis], [end - length, end, 'day']);
        for (const measure of ['sessions', ...Object.keys(MEASURES)] as const) {
          const told = window[measure as 'sessions'];
          const past = usable.map((range) => naive.measure(measure, range)).sort((a, b) => a - b);
          const middle = (list: number[]) => (list[(list.length - 1) >> 1]! + list[list.length >> 1]!) / 2;
          assert.equal(told.count, naive.measure(measure, { from: end - length, to: end }));
          assert.equal(told.samples, past.length);
          if (past.length === 0) continue;
          assert.equal(told.median, middle(past));
          assert.equal(told.mad, middle(past.map((n) => Math.abs(n - told.median!)).sort((a, b) => a - b)));
        }
      }
    }
  });

  test(`an address: its days, values and tries in order (${how})`, () => {
    for (const range of ranges(12, 77))
      for (const { value: address } of naive.top('address', undefined, 8)) {
        const sessions = naive.begun(range).filter((session) => session.address === address);
        const found = store.relations(address, range, 1000)!;
        assert.equal(found.sessions, sessions.length, name(how, address, range));
        assert.ok(found.complete);
        assert.equal(found.examined, sessions.length);
        assert.deepEqual(
          found.days.map(([value, count]) => ({ value, count })),
          frequent(
            sessions.map(({ started }) => new Date(started).toISOString().slice(0, 10)),
            99,
          ).sort((a, b) => byBytes(a.value, b.value)),
        );
        const { eventid: _, protocol: __, outcome: ___, ...expected } = naive.facets(undefined, sessions, 1000);
        for (const [kind, values] of Object.entries(expected))
          assert.deepEqual(found.values[kind as 'username'], values, name(how, kind, address, range));
        for (const kind of ['command', 'hash', 'url'] as const)
          assert.deepEqual(
            found.values[kind],
            frequent(
              sessions.flatMap(({ events }) => events.flatMap(({ event }) => Naive.valueOf(kind, event) ?? [])),
              1000,
            ),
          );
      }
    for (const { value: address } of naive.top('address', undefined, 8))
      for (const limit of [1000, 3]) {
        const found: unknown[] = [];
        let cursor: string | undefined;
        do {
          const page = store.tries(address, limit, cursor);
          found.push(...page.items.map(({ at, username, password, success }) => [at, username, password, success]));
          cursor = page.next;
        } while (cursor !== undefined);
        const expected = naive.sessions
          .filter((session) => session.address === address)
          .sort((a, b) => a.started - b.started || naive.sessions.indexOf(b) - naive.sessions.indexOf(a))
          .map(({ events }) =>
            events
              .filter(({ event }) => ['cowrie.login.failed', 'cowrie.login.success'].includes(event.eventid))
              .map(({ micros, event }) => [
                Math.floor(micros / 1000),
                (event['username'] as string).toWellFormed(),
                (event['password'] as string | undefined)?.toWellFormed(),
                event.eventid === 'cowrie.login.success',
              ]),
          );
        assert.deepEqual(found, expected.flat(), name(how, 'tries', address, limit));
      }
    assert.equal(store.relations('192.0.2.254', undefined, 5), undefined);
    assert.deepEqual(store.tries('192.0.2.254', 5), { items: [] });
  });
}

function all(store: SqliteStore, filter: SessionFilter): SessionRow[] {
  const items: SessionRow[] = [];
  let cursor: string | undefined;
  do {
    const page = store.sessions(filter, 100, cursor);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return items;
}

function fits(session: Naive['sessions'][number], filter: SessionFilter): boolean {
  const has = (dimension: string, value: string | undefined) =>
    value === undefined || session.events.some(({ event }) => Naive.valueOf(dimension, event) === value);
  const pair =
    filter.username !== undefined && filter.password !== undefined
      ? has('pair', `${filter.username}\0${filter.password}`)
      : has('username', filter.username) && has('password', filter.password);
  const words = filter.command?.toLowerCase().split(' ') ?? [];
  const { weekday, hour, zone = 'UTC' } = filter;
  const local = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    weekday: 'short',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  const clock = Object.fromEntries(local.formatToParts(session.started).map(({ type, value }) => [type, value]));
  return (
    pair &&
    has('hash', filter.hash) &&
    has('url', filter.url) &&
    (weekday === undefined || clock['weekday'] === ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][weekday]) &&
    (hour === undefined || Number(clock['hour']) === hour) &&
    (filter.address === undefined || session.address === filter.address) &&
    (filter.client === undefined || session.client === filter.client) &&
    (filter.hassh === undefined || session.hassh === filter.hassh) &&
    (filter.sensor === undefined || session.sensor === filter.sensor) &&
    (filter.outcome === undefined || outcome(session) === filter.outcome) &&
    (filter.eventid === undefined || session.events.some(({ event }) => event.eventid === filter.eventid)) &&
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

const MORE_FACETS = ['address', 'pair', 'command', 'url', 'hash', 'outcome'] as const;

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
      switch (roll(15)) {
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
        case 10:
          filter.sensor = value('sensor');
          break;
        case 11:
          filter.outcome = (['silent', 'refused', 'login', 'command', 'download'] as const)[roll(5)]!;
          break;
        case 12:
          filter.eventid = ['cowrie.client.kex', 'cowrie.log.closed', 'cowrie.direct-tcpip.request', 'no.such'][
            roll(4)
          ]!;
          break;
        case 8:
          filter.withCommands = roll(2) === 0;
          break;
        case 13:
          filter.url = value('url');
          break;
        case 14:
          filter.zone = ['UTC', 'Asia/Kathmandu', 'America/St_Johns'][roll(3)]!;
          if (roll(2) === 0) filter.weekday = roll(7);
          if (roll(2) === 0) filter.hour = roll(24);
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
