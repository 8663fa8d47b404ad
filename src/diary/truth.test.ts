// Claims against planted truth: what the simulator laid over its noise is found, and nothing else is claimed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Carried, Plant } from '../../test/simulator/plant.ts';
import { type Simulation, simulate } from '../../test/simulator/simulate.ts';
import { openStore } from '../observatory/open.ts';
import { shapeOf } from '../observatory/shape.ts';
import type { Range } from '../observatory/store.ts';
import type { Claim } from './claim.ts';
import { DAY, HOUR } from './day.ts';
import { loadKnowledge } from './knowledge.ts';
import { observe } from './observe.ts';

const from = Date.UTC(2026, 0, 5);
const now = Date.UTC(2027, 0, 1);
const knowledge = loadKnowledge();
const day = (index: number, hour = 0): number => from + index * DAY + hour * HOUR;
const dayRange = (index: number): Range => ({ from: day(index), to: day(index + 1) });

/** A world in a store, from a day on. */
function worldOf(simulation: Partial<Simulation> & Pick<Simulation, 'days' | 'sessionsPerDay'>, since = 0) {
  const store = openStore(':memory:');
  let lines = 0;
  for (const { text } of simulate({ seed: 11, from, ...simulation })) {
    if (text.slice(0, 40) < `{"timestamp":"${new Date(day(since)).toISOString()}`) continue;
    for (const line of text.trimEnd().split('\n')) {
      store.writer.add(JSON.parse(line));
      if (++lines % 50_000 === 0) store.writer.commit();
    }
  }
  store.writer.commit();
  return store;
}

type World = ReturnType<typeof worldOf>;

const CHANGES: ReadonlySet<Claim['kind']> = new Set(['rise', 'fall', 'surge', 'return', 'gap']);

test('pure noise: on at least 95 of 100 days nothing is claimed to have changed', () => {
  const store = worldOf({ days: 130, sessionsPerDay: 100 });
  let quiet = 0;
  for (let index = 30; index < 130; index++) {
    const { claims } = observe(store, dayRange(index), knowledge, now);
    if (!claims.some(({ kind }) => CHANGES.has(kind))) quiet++;
  }
  store.close();
  assert.ok(quiet >= 95, `${quiet} of 100 days`);
});

// What is planted: days apart, on a record of five weeks.

const value = (dimension: 'username' | 'password' | 'command' | 'url' | 'hash' | 'client', text: string): Carried => ({
  dimension,
  value: text,
});
const KEY = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${'Xq7b'.repeat(10)}`;
const firsts: Carried[] = [
  value('username', 'validator9'),
  value('password', 'correct horse battery'),
  value('command', 'cat /opt/secret/ledger.db | base64'),
  value('client', 'SSH-2.0-Moss_0.3'),
  value('url', 'http://192.88.99.5/lily'),
  value('hash', 'ab'.repeat(32)),
  { dimension: 'pair', username: 'ubnt', password: 'dragon' },
  value('command', `echo ${KEY} >> /home/pi/.ssh/authorized_keys`),
];
const PLANTS: Plant[] = [
  ...firsts.map(
    (carried, index): Plant => ({
      kind: 'first seen',
      id: `first-${index}`,
      at: day(36 + index, 5),
      sessions: 8,
      carried,
    }),
  ),
  ...(['username', 'client', 'password'] as const).map(
    (dimension, index): Plant => ({
      kind: 'return',
      id: `return-${dimension}`,
      perDay: 12,
      until: day(20),
      back: day(44 + index),
      carried: value(dimension, dimension === 'client' ? 'SSH-2.0-Heron_1.0' : `heron-${dimension}`),
    }),
  ),
  ...(['username', 'client', 'password'] as const).flatMap((dimension, index): Plant[] => [
    {
      kind: 'value',
      id: `rise-${dimension}`,
      perDay: 40,
      factor: 6,
      from: day(48 + index),
      to: day(49 + index),
      carried: value(dimension, dimension === 'client' ? 'SSH-2.0-Finch_2.0' : `finch-${dimension}`),
    },
    {
      kind: 'value',
      id: `fall-${dimension}`,
      perDay: 60,
      factor: 0.05,
      from: day(52 + index),
      to: day(53 + index),
      carried: value(dimension, dimension === 'client' ? 'SSH-2.0-Robin_3.0' : `robin-${dimension}`),
    },
  ]),
  { kind: 'rise', id: 'rise-all', factor: 4, from: day(56), to: day(57) },
  { kind: 'fall', id: 'fall-all', factor: 0.15, from: day(58), to: day(59) },
  { kind: 'rise', id: 'rise-botnet', of: 'botnet-1', factor: 6, from: day(66), to: day(67) },
  { kind: 'burst', id: 'burst-1', from: day(60, 9), to: day(60, 10), sessions: 300 },
  { kind: 'burst', id: 'burst-2', from: day(61, 2), to: day(61, 4), sessions: 500 },
  { kind: 'gap', id: 'gap-all', from: day(62, 6), to: day(62, 14) },
  { kind: 'gap', id: 'gap-one', from: day(63, 3), to: day(63, 21), sensor: 'b' },
  { kind: 'series', id: 'series', at: day(64, 8), username: 'RPM', attempts: 60, pace: 1_000 },
];
const WORLD = { days: 68, sessionsPerDay: 400, sensors: ['a', 'b'] };
/** The first day that is judged. */
const FIRST = 35;
/** Sessions of the days before would have to be as they are were nothing planted: the same value at its usual rate. */
const UNCHANGED = PLANTS.flatMap((plant): Plant[] => (plant.kind === 'value' ? [{ ...plant, factor: 1 }] : []));

test('planted truth: at least 95 % of it is claimed, and at least 95 % of the claims are true', () => {
  const world = worldOf({ ...WORLD, plants: PLANTS });
  const without = worldOf({ ...WORLD, plants: UNCHANGED }, FIRST);
  const claims = new Map<number, Claim[]>();
  for (let index = FIRST; index < WORLD.days; index++)
    claims.set(index, observe(world, dayRange(index), knowledge, now).claims);
  const missed = PLANTS.filter((plant) => !isFound(plant, (index) => claims.get(index) ?? []));
  const all = [...claims].flatMap(([index, list]) => list.map((claim) => ({ index, claim })));
  const judged = all.flatMap(({ index, claim }) => {
    const verdict = isTrue(claim, index, world, without);
    return verdict === undefined ? [] : [{ index, claim, verdict }];
  });
  const wrong = judged.filter(({ verdict }) => !verdict);
  const told = (claim: Claim) => `${claim.kind} ${JSON.stringify(claim.subject)}: ${claim.reason}`;
  const recall = 1 - missed.length / PLANTS.length;
  const precision = 1 - wrong.length / judged.length;
  const changes = judged.filter(({ claim }) => CHANGES.has(claim.kind));
  const precisionOfChanges = 1 - changes.filter(({ verdict }) => !verdict).length / changes.length;
  const report = [
    `recall ${recall.toFixed(3)}, precision ${precision.toFixed(3)}, of changes ${precisionOfChanges.toFixed(3)} of ${changes.length}`,
    ...missed.map(({ id }) => `missed ${id}`),
    ...wrong.map(({ index, claim }) => `wrong on day ${index}: ${told(claim)}`),
  ].join('\n');
  if (process.env['KANSATSUKI_REPORT']) console.log(report);
  assert.ok(recall >= 0.95 && precision >= 0.95 && precisionOfChanges >= 0.95, report);
  world.close();
  without.close();
});

function isFound(plant: Plant, on: (index: number) => Claim[]): boolean {
  const indexOf = (at: number): number => Math.floor((at - from) / DAY);
  const has = (at: number, fits: (claim: Claim) => boolean): boolean => on(indexOf(at)).some(fits);
  const isOf = (claim: Claim, carried: Carried): boolean =>
    'dimension' in claim.subject &&
    'value' in claim.subject &&
    claim.subject.dimension === carried.dimension &&
    claim.subject.value ===
      (carried.dimension === 'pair'
        ? `${carried.username}\0${carried.password}`
        : 'value' in carried
          ? carried.value
          : '');
  switch (plant.kind) {
    case 'first seen':
      return (
        has(plant.at, (claim) => claim.kind === 'first seen' && isOf(claim, plant.carried)) &&
        // What a command carries is new with it.
        (plant.carried.dimension !== 'command' || has(plant.at, (claim) => isFirst(claim, 'shape'))) &&
        (!('value' in plant.carried) ||
          !plant.carried.value.includes(KEY) ||
          has(plant.at, (claim) => isFirst(claim, 'key')))
      );
    case 'return':
      return has(plant.back, (claim) => claim.kind === 'return' && isOf(claim, plant.carried));
    case 'value':
      return has(
        plant.from,
        (claim) => claim.kind === (plant.factor > 1 ? 'rise' : 'fall') && isOf(claim, plant.carried),
      );
    case 'rise':
    case 'fall':
      return has(
        plant.from,
        (claim) =>
          claim.kind === plant.kind &&
          (plant.of === undefined ? 'measure' in claim.subject : 'dimension' in claim.subject),
      );
    case 'burst':
      return has(
        plant.from,
        (claim) => claim.kind === 'surge' && claim.numbers.from <= plant.from && claim.numbers.to >= plant.to,
      );
    case 'gap':
      return has(
        plant.from,
        (claim) =>
          claim.kind === 'gap' &&
          claim.subject.sensor === plant.sensor &&
          Math.abs(claim.numbers.from - plant.from) <= HOUR &&
          Math.abs(claim.numbers.to - plant.to) <= HOUR,
      );
    case 'series':
      return has(plant.at, (claim) => claim.kind === 'burst' && claim.subject.username === plant.username);
    default:
      return false;
  }
}

const isFirst = (claim: Claim, dimension: 'shape' | 'key'): boolean =>
  claim.kind === 'first seen' && claim.subject.dimension === dimension;

/** Is it so? Undefined for what nothing was planted of, and what is told of every day. */
function isTrue(claim: Claim, index: number, world: World, without: World): boolean | undefined {
  const range = dayRange(index);
  switch (claim.kind) {
    case 'first seen': {
      const { dimension, value } = claim.subject;
      if (dimension === 'shape' || dimension === 'key') {
        const commands = [...world.top('command', { from: 0, to: range.to }, 1e6)];
        const firsts = commands
          .filter(({ value: command }) => (dimension === 'shape' ? shapeOf(command) === value : command.includes(KEY)))
          .map(({ firstSeen }) => firstSeen);
        return firsts.length > 0 && Math.min(...firsts) >= range.from;
      }
      const before = world.history(dimension, value, { from: 0, to: range.from });
      return before.length === 0 && world.history(dimension, value, range).length === 1;
    }
    case 'rise':
    case 'fall': {
      const [here, there] = [world, without].map((store): number => {
        if ('dimension' in claim.subject)
          return store.daily(claim.subject.dimension, [claim.subject.value], range)[0]![0]!;
        const totals = store.totals(range);
        const { measure } = claim.subject;
        return measure === 'loginAttempts' ? totals.loginsFailed + totals.loginsSucceeded : totals[measure];
      }) as [number, number];
      return claim.kind === 'rise' ? here >= 1.3 * there : here * 1.3 <= there;
    }
    case 'surge': {
      const hours = { from: claim.numbers.from, to: claim.numbers.to };
      return world.totals(hours).sessions >= 1.5 * without.totals(hours).sessions;
    }
    case 'gap':
      return PLANTS.some(
        (plant) => plant.kind === 'gap' && plant.from < claim.numbers.to && claim.numbers.from < plant.to,
      );
    case 'return':
      return PLANTS.some((plant) => plant.kind === 'return' && Math.floor((plant.back - from) / DAY) === index);
    default:
      return undefined;
  }
}
