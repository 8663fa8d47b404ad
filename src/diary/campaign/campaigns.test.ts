// Campaigns among noise: found, told apart, each session once, with names that stay.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreement, type Plan, planted } from '../../../test/campaigns/planted.ts';
import { campaignOf } from '../../observatory/membership.ts';
import { openStore } from '../../observatory/open.ts';
import type { SqliteStore } from '../../observatory/sqlite.ts';
import { Campaigns } from './campaigns.ts';

const PLAN: Plan = {
  seed: 7,
  sessions: 12_000,
  start: Date.UTC(2026, 4, 1),
  days: 12,
  campaigns: 16,
  noise: 0.4,
};

type Truth = Map<string, string | undefined>;

function filled(plan: Plan, each?: (store: SqliteStore, number: number) => void): { store: SqliteStore; truth: Truth } {
  const store = openStore(':memory:');
  const truth: Truth = new Map();
  let number = 0;
  for (const { events, campaign } of planted(plan)) {
    truth.set(events[0]!.session, campaign);
    for (const event of events) assert.equal(store.writer.add(event), 'added');
    if (each && ++number % 500 === 0) {
      store.writer.commit();
      each(store, number);
    }
  }
  store.writer.commit();
  return { store, truth };
}

function* pairs(store: SqliteStore, truth: Truth): Generator<[string | undefined, string | undefined]> {
  for (const [sid, campaign] of truth) {
    const record = store.scanner.bySid(Number.parseInt(sid, 16))[0]!;
    yield [campaign, campaignOf(store.scanner, record)];
  }
}

const sums = (store: SqliteStore) =>
  store.database
    .prepare(
      `SELECT c.id, c.sessions, c.addresses, c.visits,
         (SELECT sum(sessions) FROM campaign_day d WHERE d.campaign = c.id) AS byDay,
         (SELECT sum(sessions) FROM campaign_address a WHERE a.campaign = c.id) AS byAddress,
         (SELECT count(*) FROM campaign_address a WHERE a.campaign = c.id) AS hosts,
         (SELECT sum(v.sessions) FROM campaign_visit v JOIN campaign_node n ON n.id = v.node WHERE n.cluster = c.id) AS byVisit
       FROM campaign c`,
    )
    .all() as Record<
    'id' | 'sessions' | 'addresses' | 'visits' | 'byDay' | 'byAddress' | 'hosts' | 'byVisit',
    number
  >[];

test('planted campaigns are found and told apart, and noise is left alone', () => {
  const { store, truth } = filled(PLAN);
  assert.equal(new Campaigns(store).finish(), PLAN.sessions);
  const { purity, completeness, found } = agreement(pairs(store, truth));
  assert.ok(purity >= 0.95, `purity ${purity}`);
  assert.ok(completeness >= 0.95, `completeness ${completeness}`);
  assert.ok(found >= PLAN.campaigns && found <= PLAN.campaigns * 1.5, `${found} found`);
  for (const { id, sessions, addresses, byDay, byAddress, hosts, byVisit } of sums(store)) {
    assert.deepEqual([byDay, byAddress, byVisit], [sessions, sessions, sessions], `campaign ${id}`);
    assert.equal(hosts, addresses, `campaign ${id}`);
  }
  store.close();
});

test('a key once given leads to its campaign for ever, and a process that begins anew goes on', () => {
  const given = new Map<string, string>();
  const keys = (store: SqliteStore) =>
    store.database.prepare('SELECT k.key, k.main, k.campaign FROM campaign_key k').all() as {
      key: string;
      main: number;
      campaign: number;
    }[];
  const { store, truth } = filled(PLAN, (store) => {
    new Campaigns(store).finish();
    const now = keys(store);
    for (const key of given.keys()) assert.ok(now.some((row) => row.key === key));
    for (const { key } of now) given.set(key, key);
    // One main key each.
    const main = now.filter((row) => row.main).map((row) => row.campaign);
    assert.equal(new Set(main).size, main.length);
    assert.equal(new Set(now.map((row) => row.campaign)).size, main.length);
  });
  new Campaigns(store).finish();
  const { purity, completeness } = agreement(pairs(store, truth));
  assert.ok(purity >= 0.95 && completeness >= 0.95, `purity ${purity}, completeness ${completeness}`);
  assert.ok(sums(store).every(({ sessions, byDay, byVisit }) => sessions === byDay && sessions === byVisit));
  store.close();
});

test('one guess each makes no campaign, whoever makes it', () => {
  const { store } = filled({ ...PLAN, seed: 3, sessions: 4000, noise: 1 });
  new Campaigns(store).finish();
  const [{ n }] = store.database.prepare('SELECT count(*) AS n FROM campaign_key').all() as [{ n: number }];
  assert.equal(n, 0);
  store.close();
});

test('sessions that change or come later are counted once', () => {
  const { store } = filled({ ...PLAN, sessions: 2000 });
  const campaigns = new Campaigns(store);
  campaigns.finish();
  const before = sums(store);
  // A late event of each of some ended sessions.
  let changed = 0;
  for (const { events } of planted({ ...PLAN, sessions: 2000 })) {
    if (changed++ > 200) break;
    store.writer.add({ ...events[0]!, eventid: 'cowrie.session.params', arch: 'linux-x64-lsb' });
  }
  store.writer.commit();
  assert.ok(campaigns.finish() > 100);
  assert.deepEqual(
    sums(store).map(({ sessions }) => sessions),
    before.map(({ sessions }) => sessions),
  );
  store.close();
});
