// Countries, networks and scanners in the store: held to a count of the events made without it, through changes of the data in mid-work.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../src/observatory/open.ts';
import type { Origin } from '../../src/observatory/origins.ts';
import { type Atlas, Relocation } from '../../src/observatory/relocation.ts';
import { report } from '../../src/observatory/report.ts';
import type { SqliteStore } from '../../src/observatory/sqlite.ts';
import type { Range } from '../../src/observatory/store.ts';

const START = Date.UTC(2026, 6, 1, 22, 40);
const HOUR = 3_600_000;

let seed = 11;
const random = (below: number): number => {
  seed = (seed * 48_271) % 2_147_483_647;
  return Math.floor((seed / 2_147_483_647) * below);
};

interface Visit {
  at: number;
  address: string;
}

/** Sessions over three days, in no order of time; some addresses come once, some often, some say nothing. */
const visits: Visit[] = Array.from({ length: 1500 }, (_, i) => ({
  at: START + random(60 * HOUR),
  address: i % 50 === 0 ? '○○○.○○○.○○○.○○○' : `11.${random(4)}.${random(3)}.${random(random(2) ? 250 : 5)}`,
}));

function add(store: SqliteStore, from: number, to: number): void {
  for (const [i, { at, address }] of visits.slice(from, to).entries()) {
    const base = { session: (from + i).toString(16).padStart(12, '0'), sensor: 's', src_ip: address, protocol: 'ssh' };
    const time = (ms: number) => new Date(ms).toISOString().replace('Z', '000Z');
    // The login comes first, so that the session moves to its true start when the connection is told of.
    store.writer.add({
      ...base,
      eventid: 'cowrie.login.failed',
      username: 'a',
      password: 'b',
      timestamp: time(at + 700),
    });
    store.writer.add({
      ...base,
      eventid: 'cowrie.session.connect',
      src_port: 1,
      dst_ip: '10.0.0.1',
      dst_port: 22,
      timestamp: time(at),
    });
    if (i % 100 === 99) store.writer.commit();
  }
  store.writer.commit();
}

const atlas = (identity: string, find: (parts: number[]) => Origin): Atlas => ({
  identity,
  find: (text) => (text.startsWith('11.') ? find(text.split('.').map(Number)) : {}),
  scannerOf: (host) => (host.endsWith('.shodan.example') ? 'Shodan' : undefined),
});
const first = atlas('first', ([, b = 0, c = 0, d = 0]) => ({
  ...(b < 3 ? { country: ['DE', 'JP', 'BR'][b]! } : {}),
  ...(c > 0 ? { asn: 64_500 + c, asName: `Network ${c}` } : {}),
  ...(d === 4 ? { scanner: 'Censys' } : {}),
}));
const second = atlas('second', ([, b = 0, c = 0]) => ({
  country: b === 0 ? 'FR' : b === 3 ? 'BR' : 'JP',
  asn: 64_500 + b + c,
  asName: `Newer ${b + c}`,
}));

function check(store: SqliteStore, data: Atlas, seen: readonly Visit[]): void {
  const ranges: (Range | undefined)[] = [
    undefined,
    { from: START, to: START + 60 * HOUR },
    { from: START + 80 * 60_000, to: START + 1520 * 60_000 },
    { from: START + 1_234_567, to: START + 98_765_432 },
    { from: START + 20 * HOUR, to: START + 20 * HOUR + 90_000 },
  ];
  for (const kind of ['country', 'asn'] as const) {
    const value = (visit: Visit) => {
      const { country, asn } = data.find(visit.address);
      return kind === 'country' ? country : asn === undefined ? undefined : `AS${asn}`;
    };
    const firsts = new Map<string, number>();
    for (const visit of seen) {
      const text = value(visit);
      if (text !== undefined) firsts.set(text, Math.min(firsts.get(text) ?? Number.POSITIVE_INFINITY, visit.at));
    }
    for (const range of ranges) {
      const inside = seen.filter(({ at }) => !range || (at >= range.from && at < range.to));
      const counts = new Map<string, number>();
      for (const visit of inside) {
        const text = value(visit);
        if (text !== undefined) counts.set(text, (counts.get(text) ?? 0) + 1);
      }
      const expected = [...counts]
        .map(([text, count]) => ({ value: text, count, firstSeen: firsts.get(text)! }))
        .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
      const found = store.top(kind, range, 100).map(({ value, count, firstSeen }) => ({ value, count, firstSeen }));
      assert.deepEqual(found, expected, `${kind} ${JSON.stringify(range)}`);
      if (!range) continue;
      const fresh = [...firsts].filter(([, at]) => at >= range.from && at < range.to).sort((a, b) => a[1] - b[1]);
      assert.deepEqual(
        store.firstSeen(kind, range, 100).map(({ value, firstSeen, count }) => [value, firstSeen, count]),
        fresh.map(([text, at]) => [text, at, counts.get(text)!]),
      );
      const [most] = expected;
      if (!most) continue;
      const sessions = store.sessions({ [kind]: most.value, range }, 2000);
      assert.deepEqual(
        sessions.items.map(({ started }) => started).sort((a, b) => a - b),
        inside
          .filter((visit) => value(visit) === most.value)
          .map(({ at }) => at)
          .sort((a, b) => a - b),
      );
    }
  }
  for (const row of store.sessions({}, 2000).items) {
    const { country, asn, asName, scanner } = row;
    assert.deepEqual(clean({ country, asn, asName, scanner }), data.find(row.address), row.address);
  }
}

const clean = (fields: object) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

test('sessions are counted by the country and network of their addresses, at once and after every change', () => {
  const store = openStore(':memory:');
  add(store, 0, 400);
  assert.deepEqual(store.top('country', undefined, 10), []);

  // A store of an earlier version is looked up in steps, while events go on coming in.
  let relocation = new Relocation(store, first);
  let at = 400;
  for (let steps = 0; relocation.step(); steps++) {
    assert.ok(steps < 1000);
    add(store, at, at + 100);
    at += 100;
  }
  check(store, first, visits.slice(0, at));
  assert.equal(relocation.step(), false);

  // New addresses are looked up as they come.
  add(store, at, 1200);
  check(store, first, visits.slice(0, 1200));

  // Other data: the work is broken off after some steps, by a restart or by data that change once more, and goes on.
  relocation = new Relocation(store, second);
  relocation.step();
  add(store, 1200, 1300);
  new Relocation(store, first).step();
  relocation = new Relocation(store, second);
  relocation.step();
  relocation.step();
  add(store, 1300, 1400);
  relocation = new Relocation(store, second);
  while (relocation.step());
  check(store, second, visits.slice(0, 1400));
  add(store, 1400, 1500);
  check(store, second, visits);
  assert.equal(store.top('asn', undefined, 1)[0]?.asName?.slice(0, 5), 'Newer');

  // What is known of addresses changes no total.
  const { top_countries: _, top_asns: __, ...before } = report(store);
  assert.equal(before.total, 3000);
  relocation = new Relocation(store, first);
  while (relocation.step());
  check(store, first, visits);
  const { top_countries, top_asns, ...after } = report(store);
  assert.deepEqual(after, before);
  assert.deepEqual(top_countries[0], store.top('country', undefined, 1).map(({ value, count }) => [value, count])[0]);
  assert.equal(top_asns[0]?.[0], store.top('asn', undefined, 1)[0]?.value);
  store.close();
});

test('a rolled-back transaction leaves no number behind that the next one would use', () => {
  const store = openStore(':memory:');
  new Relocation(store, first).step();
  const event = (address: string, session: string) => ({
    eventid: 'cowrie.session.connect',
    session,
    sensor: 's',
    src_ip: address,
    protocol: 'ssh',
    timestamp: '2026-07-01T00:00:00.000000Z',
  });
  store.writer.add(event('11.0.1.1', '000000000001'));
  store.writer.rollback();
  store.writer.add(event('11.1.2.2', '000000000002'));
  store.writer.add(event('11.0.1.1', '000000000003'));
  store.writer.commit();
  assert.deepEqual(
    store.top('country', undefined, 10).map(({ value, count }) => [value, count]),
    [
      ['DE', 1],
      ['JP', 1],
    ],
  );
  store.close();
});
