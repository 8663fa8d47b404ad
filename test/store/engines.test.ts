// SQLite and ClickHouse answer every named query alike, row by row, on the golden log: the seam that a fleet's hub will use.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Engine } from '../../src/observatory/clickhouse/engine.ts';
import { load } from '../../src/observatory/clickhouse/load.ts';
import { prepare } from '../../src/observatory/clickhouse/schema.ts';
import { clickhouseStore, type NamedQueries, type Remote } from '../../src/observatory/clickhouse/store.ts';
import { openStore } from '../../src/observatory/open.ts';
import type { Origin } from '../../src/observatory/origins.ts';
import type { SqliteStore } from '../../src/observatory/sqlite.ts';
import type { Dimension, SessionFilter } from '../../src/observatory/store.ts';
import { chdb } from './chdb.ts';
import { dice, goldenLog, ranges, START } from './golden.ts';

const engine = await chdb();
const skip = engine ? false : 'chdb is not installed: npm install --no-save chdb';

const DIMENSIONS: Dimension[] = [
  'username',
  'password',
  'pair',
  'command',
  'address',
  'client',
  'hassh',
  'url',
  'hash',
  'sensor',
  'protocol',
  'country',
  'asn',
  'behaviour',
];
const ORIGINS: Record<string, Origin> = {
  '192.0.2.1': { country: 'JP', asn: 2516, asName: 'KDDI' },
  '198.51.100.7': { country: 'US', asn: 64496, asName: "Ex'ample \\ 観察", scanner: 'Censys' },
  '203.0.113.250': { country: 'JP', asn: 64497 },
  '2001:db8::1': { country: 'DE' },
};
const locate = (address: string): Origin => ORIGINS[address] ?? {};

test('every query of the interface is written for ClickHouse', () => {
  const page = readFileSync(join(import.meta.dirname, '../../src/observatory/store.ts'), 'utf8');
  const [, body] = /^export interface Store \{\n([\s\S]*?)^\}/m.exec(page)!;
  const names = [...body!.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name!);
  assert.ok(names.length > 20);
  assert.deepEqual(Object.keys(clickhouseStore({} as Engine)).sort(), names.sort());
});

describe('SQLite and ClickHouse', { skip }, () => {
  let sqlite: SqliteStore;
  let clickhouse: Remote<NamedQueries>;
  const log = goldenLog();
  const events = log.length;

  before(async () => {
    sqlite = openStore(':memory:');
    sqlite.writer.origins.locate = locate;
    sqlite.writer.feeding = true;
    for (const event of log) sqlite.writer.add(structuredClone(event));
    sqlite.writer.commit();
    await prepare(engine as Engine);
    clickhouse = clickhouseStore(engine as Engine);
    // In pieces, some of them twice: a hub that dies between reading and noting how far repeats itself.
    for (let at = 0, piece = 0; at < events; at += 300, piece++) {
      const part = () => structuredClone(log.slice(at, at + 300));
      await load(engine as Engine, part(), at + 1, locate);
      if (piece % 3 === 1) await load(engine as Engine, part(), events + at, locate);
    }
  });
  after(async () => {
    sqlite?.close();
    await engine?.close();
  });

  /** Numbers of sessions are each engine's own: the names stay. */
  const strip = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value, (key, inner) => (key === 'id' || key === 'sessionId' ? undefined : inner)) ?? 'null',
    );
  const same = async (name: string, ask: (store: NamedQueries | Remote<NamedQueries>) => unknown) => {
    const [ours, theirs] = [strip(await ask(sqlite)), strip(await ask(clickhouse))];
    if (Array.isArray(ours) && Array.isArray(theirs))
      for (const [i, row] of ours.entries()) assert.deepEqual(theirs[i], row, `${name}, row ${i}`);
    assert.deepEqual(theirs, ours, name);
  };

  test('totals, extents, event ids, days', async () => {
    for (const range of ranges(16, 1)) {
      const name = JSON.stringify(range);
      await same(`totals ${name}`, (store) => store.totals(range));
      await same(`extent ${name}`, (store) => store.extent(range));
      await same(`eventsById ${name}`, (store) => store.eventsById(range));
      await same(`perDay ${name}`, (store) => store.perDay(range));
    }
  });

  test('counts by day and hour of many values, extremes, visits, what is new in commands', async () => {
    const day = Math.floor(START / 86_400_000) * 86_400_000;
    const whole = [0, 1, 2].map((n) => ({ from: day + n * 86_400_000, to: day + (n + 2) * 86_400_000 }));
    for (const range of whole) {
      const name = JSON.stringify(range);
      for (const dimension of DIMENSIONS) {
        const values = [...sqlite.top(dimension, range, 5).map(({ value }) => value), 'never came'];
        await same(`daily ${dimension} ${name}`, (store) => store.daily(dimension, values, range));
        await same(`distinct ${dimension} ${name}`, (store) => store.distinct(dimension, range));
        if (dimension !== 'pair') await same(`hourly ${dimension} ${name}`, (store) => store.hourly(dimension, range));
      }
      for (const limit of [1000, 50]) await same(`extremes ${name} ${limit}`, (store) => store.extremes(range, limit));
      await same(`visits ${name}`, (store) => store.visits(range, 1000));
      await same(`newShapes ${name}`, (store) => store.newShapes(range, 100));
      await same(`newKeys ${name}`, (store) => store.newKeys(range, 100));
    }
  });

  test('timelines in every bucket', async () => {
    for (const range of ranges(12, 2))
      for (const bucket of ['minute', 'quarter', 'hour', 'day'] as const)
        if (range && range.to - range.from < 30 * 86_400_000)
          await same(`timeline ${JSON.stringify(range)} ${bucket}`, (store) => store.timeline(range, bucket));
  });

  test('top lists and first sightings of every dimension, ties by value', async () => {
    for (const [i, range] of ranges(10, 3).entries())
      for (const dimension of DIMENSIONS) {
        const limit = [3, 1000, 1, 7][i % 4]!;
        const name = `${dimension} ${JSON.stringify(range)} ${limit}`;
        await same(`top ${name}`, (store) => store.top(dimension, range, limit));
        if (range) await same(`firstSeen ${name}`, (store) => store.firstSeen(dimension, range, limit));
        if (dimension !== 'pair' && i < 4) {
          let cursor: string | undefined;
          for (let pages = 0; pages < 5; pages++) {
            await same(`newest ${dimension} ${limit} ${cursor}`, (store) => store.newest(dimension, limit, cursor));
            cursor = sqlite.newest(dimension, limit, cursor).next;
            if (cursor === undefined) break;
          }
        }
        if (dimension === 'pair') await same(`topPairs ${name}`, (store) => store.topPairs(range, limit));
      }
  });

  test('sessions under every filter, page by page', async () => {
    const filters: SessionFilter[] = [
      {},
      ...['192.0.2.1', '2001:db8::1', '0.0.0.0'].map((address) => ({ address })),
      ...['JP', 'XX'].map((country) => ({ country })),
      ...['AS2516', 'AS1', 'none'].map((asn) => ({ asn })),
      ...['root', '', '\u{1f600}', 'a\0b', "o'neil", 'nobody'].map((username) => ({ username })),
      ...['', '\0', "';DROP TABLE session;--", '{x:String}', '\\N', 'a\r\nb'].map((password) => ({ password })),
      { username: 'root', password: '123456' },
      ...['SSH-2.0-Go', '', 'GET / HTTP/1.1'].map((client) => ({ client })),
      { hassh: 'f555226df1963d1d3c09daf865abdc9a' },
      { hash: 'e3'.repeat(31).concat('01') },
      { hash: (1).toString(16).padStart(64, 'e3') },
      ...['http://198.51.100.9/x.sh', 'nowhere'].map((url) => ({ url })),
      { weekday: 0 },
      { hour: 3, zone: 'Asia/Kolkata' },
      { weekday: 2, hour: 14, zone: 'America/St_Johns', username: 'root' },
      { zone: 'Asia/Tokyo' },
      { protocol: 'telnet' },
      { protocol: 'ftp' },
      { sensor: '' },
      { sensor: 'センサー', outcome: 'command' },
      ...(['silent', 'refused', 'login', 'command', 'download'] as const).map((outcome) => ({ outcome })),
      ...sqlite.top('behaviour', undefined, 3).map(({ value }) => ({ behaviour: value })),
      { eventid: 'kansatsuki.login.proof' },
      { eventid: 'nothing' },
      { loggedIn: true },
      { loggedIn: false },
      { withCommands: true },
      { withCommands: false, loggedIn: true },
      ...[
        'wget',
        'UNAME',
        'cat cpuinfo',
        'wopbot',
        'opbo',
        'wget http://198.51.100.9/x.sh',
        'rm -rf',
        '観察記',
        '観察',
        '|',
        'AAAA',
        '\\x41',
        'nothing-like-it',
      ].map((command) => ({ command })),
    ];
    for (const [i, filter] of filters.entries())
      for (const range of [
        undefined,
        ...(i % 3 > 0 ? [] : [{ from: START + 86_400_000, to: START + 2 * 86_400_000 }]),
      ]) {
        const whole = range ? { ...filter, range } : filter;
        const name = JSON.stringify(whole);
        await same(`sessions ${name}`, (store) => all(store, whole, 500));
      }
    for (const filter of [{}, { loggedIn: true }, { username: 'root' }])
      await same(`sessions by 7 ${JSON.stringify(filter)}`, (store) => all(store, filter, 7));
  });

  async function all(store: NamedQueries | Remote<NamedQueries>, filter: SessionFilter, size: number) {
    const found = [];
    let cursor: string | undefined;
    do {
      const page: { items: unknown[]; next?: string } = await store.sessions(filter, size, cursor);
      assert.ok(page.items.length <= size);
      found.push(...page.items);
      cursor = page.next;
    } while (cursor !== undefined);
    return found;
  }

  test('each session with all its events, by names and by number', async () => {
    const { items } = sqlite.sessions({}, 1000);
    assert.equal(items.length, sqlite.totals().sessions);
    for (const [i, { sensor, session }] of items.entries()) {
      if (i % 6 > 0) continue;
      await same(`${sensor}/${session}`, (store) => store.findSession(session, sensor));
      if (i % 30 > 0) continue;
      const found = await clickhouse.findSession(session);
      assert.deepEqual(await clickhouse.session(found!.id), found);
    }
    assert.equal(await clickhouse.findSession('nowhere'), undefined);
    assert.equal(await clickhouse.findSession(items[0]!.session, 'elsewhere'), undefined);
    assert.equal(await clickhouse.session(1), undefined);
  });

  test('surveys: facets, folds, crossings, matrices, changes', async () => {
    const roll = dice(5);
    for (const range of ranges(9, 6)) {
      const name = JSON.stringify(range);
      const limit = [2, 7, 1000][roll(3)]!;
      const within = range ? { range } : {};
      await same(`matrix ${name}`, (store) => store.matrix(range, limit, 5));
      for (const filter of [
        {},
        { protocol: 'ssh' as const },
        { username: 'root' },
        { loggedIn: true, sensor: 'trap-2' },
        { country: 'XX' },
      ])
        for (const names of [undefined, ['address', 'command', 'pair', 'url', 'hash', 'outcome'] as const]) {
          const whole = { ...filter, ...within };
          await same(`facets ${names} ${name} ${JSON.stringify(filter)} ${limit}`, (store) =>
            store.facets(whole, limit, undefined, names),
          );
          if (!names)
            await same(`folds ${name} ${JSON.stringify(filter)} ${limit}`, (store) => store.folds(whole, limit));
        }
      for (const [a, b] of [
        ['hassh', 'address'],
        ['country', 'client'],
        ['sensor', 'protocol'],
        ['asn', 'behaviour'],
      ] as const)
        await same(`crossings ${a} ${b} ${name} ${limit}`, (store) => store.crossings([a, b], within, limit));
      if (range)
        for (const dimension of ['password', 'pair', 'address', 'country'] as const)
          await same(`topChange ${dimension} ${name} ${limit}`, (store) => store.topChange(dimension, range, limit));
    }
  });

  test('rhythms: heat maps in time zones, and the pulse', async () => {
    for (const range of ranges(6, 8))
      if (range)
        for (const [zone, what] of [
          ['UTC', 'sessions'],
          ['Asia/Tokyo', 'loginsFailed'],
          ['Asia/Kolkata', 'commands'],
          ['Europe/Berlin', { dimension: 'username', value: 'root' }],
          ['America/St_Johns', { dimension: 'pair', value: 'root\x0a3456' }],
          ['Asia/Kathmandu', { dimension: 'country', value: 'JP' }],
          ['UTC', { dimension: 'command', value: 'never typed' }],
        ] as const) {
          await same(`heatMap ${zone} ${JSON.stringify([what, range])}`, (store) => store.heatMap(range, zone, what));
          if (typeof what === 'object')
            await same(`history ${JSON.stringify([what, range])}`, (store) =>
              store.history(what.dimension, what.value, range),
            );
        }
    for (const offset of [-3_600_000, 90_061_001, 3 * 86_400_000, 4 * 86_400_000 + 12_345, 90 * 86_400_000])
      await same(`pulse ${offset}`, (store) => store.pulse(START + offset));
    await assert.rejects(clickhouse.heatMap({ from: 0, to: 1 }, 'Moon/Crater', 'sessions'), RangeError);
    const nowhere = { hour: 1, zone: 'Moon/Crater' };
    await assert.rejects(clickhouse.sessions(nowhere, 1), RangeError);
    assert.throws(() => sqlite.sessions(nowhere, 1), RangeError);
  });

  test('what an address did, and its tries in order', async () => {
    for (const address of ['192.0.2.1', '2001:db8::1', '10.0.1.3', '0.0.0.0', ''])
      for (const range of [undefined, { from: START + 86_400_000, to: START + 2.5 * 86_400_000 }])
        await same(`relations ${address} ${JSON.stringify(range)}`, (store) => store.relations(address, range, 6));
    for (const [address, size] of [
      ['192.0.2.1', 500],
      ['198.51.100.7', 7],
      ['0.0.0.0', 5],
    ] as const)
      await same(`tries ${address} by ${size}`, async (store) => {
        const found = [];
        let cursor: string | undefined;
        do {
          const page: { items: unknown[]; next?: string } = await store.tries(address, size, cursor);
          found.push(...page.items);
          cursor = page.next;
        } while (cursor !== undefined);
        return found;
      });
  });

  test('evidence of values, and downloads', async () => {
    for (const { value } of sqlite.top('hash', undefined, 40))
      await same(`arrivals of ${value}`, (store) => store.arrivals(value));
    await same('arrivals of nothing', (store) => store.arrivals('f'.repeat(64)));
    const roll = dice(99);
    // KANSATSUKI_EVERY=1: all of them.
    const every = process.env['KANSATSUKI_EVERY'] ? 1 : 20;
    for (const range of ranges(10, 4)) {
      const most = 1 + roll(60);
      await same(`downloads ${JSON.stringify(range)} ${most}`, (store) => store.downloads(range, most));
      if (!range) continue;
      for (const dimension of DIMENSIONS)
        for (const { value } of sqlite.top(dimension, range, 40).filter((_, i) => i % every === 0)) {
          const limit = 1 + roll(50);
          await same(`evidence ${dimension} ${JSON.stringify(value)} ${JSON.stringify(range)} ${limit}`, (store) =>
            store.evidence({ range, dimension, value }, limit),
          );
        }
    }
    await same('evidence of nothing', (store) =>
      store.evidence({ range: { from: 0, to: 9e12 }, dimension: 'username', value: "x' OR '1" }, 5),
    );
  });

  test('the feed: newest first, and on from any item', async () => {
    await same('feed', (store) => store.feed(300));
    const items = await clickhouse.feed(100);
    assert.deepEqual(
      items.map(({ id }) => id),
      items.map(({ id }) => id).sort((a, b) => b - a),
    );
    assert.deepEqual(await clickhouse.feed(100, items[40]!.id), items.slice(0, 40).reverse());
  });

  test('the store tells of itself, and tables of another version are refused', async () => {
    const { bytes, schema } = await clickhouse.health();
    assert.ok(bytes > 0 && schema === 1);
    await prepare(engine as Engine);
    await (engine as Engine).insert('meta', [{ key: 'schema', value: 99 }]);
    await assert.rejects(prepare(engine as Engine), /schema version 99/);
  });
});
