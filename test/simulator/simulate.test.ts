// The simulator is a truth to measure by: the same again for the same seed, in order, and what is planted is there and nothing else changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plant } from './plant.ts';
import { type Simulation, simulate } from './simulate.ts';

const DAY = 86_400_000;
const from = Date.UTC(2026, 0, 5);

interface Event {
  timestamp: string;
  eventid: string;
  session: string;
  sensor: string;
  src_ip: string;
  username?: string;
  password?: string;
  version?: string;
}

function world(more: Partial<Simulation>) {
  const labels = new Map<string, string | undefined>();
  let text = '';
  for (const stretch of simulate({ seed: 7, from, days: 4, sessionsPerDay: 300, ...more })) {
    text += stretch.text;
    for (const [id, label] of stretch.sessions) {
      assert.ok(!labels.has(id), `${id} came twice`);
      labels.set(id, label);
    }
  }
  const lines = text.trimEnd().split('\n');
  return { text, labels, lines, events: lines.map((line) => JSON.parse(line) as Event) };
}

const plain = world({});

test('the same seed gives the same bytes, another seed others', () => {
  assert.equal(world({}).text, plain.text);
  assert.notEqual(world({ seed: 8 }).text, plain.text);
});

test('about as many sessions as asked for, in order of time, every one labelled', () => {
  const starts = plain.events.filter(({ eventid }) => eventid === 'cowrie.session.connect');
  assert.ok(starts.length > 900 && starts.length < 1500, String(starts.length));
  assert.equal(starts.length, plain.labels.size);
  const times = plain.events.map(({ timestamp }) => timestamp);
  assert.deepEqual(times, times.toSorted());
  assert.ok(new Set(plain.labels.values()).size > 8);
});

test('what is planted is there and labelled, and leaves the background as it was', () => {
  const plants: Plant[] = [
    {
      kind: 'campaign',
      id: 'worm',
      from: from + DAY,
      sessions: 200,
      addresses: 30,
      networks: 4,
      movedAt: from + 2 * DAY,
    },
    { kind: 'series', id: 'guesses', at: from + 2 * DAY + 5_000, username: 'RPM', attempts: 25, pace: 1_000 },
    {
      kind: 'first seen',
      id: 'name',
      at: from + 3 * DAY,
      sessions: 5,
      carried: { dimension: 'username', value: 'neverbefore' },
    },
    {
      kind: 'value',
      id: 'sol',
      perDay: 20,
      factor: 5,
      from: from + 3 * DAY,
      to: from + 4 * DAY,
      carried: { dimension: 'username', value: 'solana' },
    },
  ];
  const { events, labels, lines } = world({ plants });
  const planted = new Set(plants.map(({ id }) => id));
  const isPlanted = (session: string) => planted.has(labels.get(session) ?? '');
  assert.deepEqual(
    lines.filter((_, index) => !isPlanted(events[index]!.session)),
    plain.lines,
  );
  const of = (id: string) => events.filter(({ session }) => labels.get(session) === id);
  assert.equal(of('guesses').filter(({ username }) => username === 'RPM').length, 25);
  assert.equal(of('name').filter(({ username }) => username === 'neverbefore').length, 5);
  const networks = (day: number) =>
    new Set(
      of('worm')
        .filter(({ timestamp }) => Math.floor((Date.parse(timestamp) - from) / DAY) === day)
        .map(({ src_ip }) => src_ip.split('.').slice(0, 2).join('.')),
    );
  assert.equal(networks(0).size, 0);
  assert.ok(networks(1).size > 1 && [...networks(1)].every((net) => !networks(3).has(net)));
  const daily = [0, 1, 2, 3].map(
    (day) =>
      of('sol').filter(
        ({ username, timestamp }) =>
          username && Date.parse(timestamp) - from >= day * DAY && Date.parse(timestamp) - from < (day + 1) * DAY,
      ).length,
  );
  assert.ok(daily[3]! > 2.5 * Math.max(...daily.slice(0, 3)), String(daily));
});

test('a sensor that is away records nothing, the other goes on; a masked log has no address', () => {
  const gap = { from: from + DAY, to: from + 2 * DAY };
  const { events } = world({
    sensors: ['a', 'b'],
    masked: true,
    plants: [{ kind: 'gap', id: 'gap', sensor: 'b', ...gap }],
  });
  const within = events.filter(({ timestamp }) => Date.parse(timestamp) >= gap.from && Date.parse(timestamp) < gap.to);
  assert.deepEqual([...new Set(within.map(({ sensor }) => sensor))], ['a']);
  assert.deepEqual([...new Set(events.map(({ src_ip }) => src_ip))], ['○○○.○○○.○○○.○○○']);
});
