// All observations of a period: facts, comparisons and claims in the order of their interest.
import type { Range, Store } from '../observatory/store.ts';
import { backingOf } from './backing.ts';
import { behaviours } from './behaviour.ts';
import { bursts } from './burst.ts';
import { campaignFacts, campaignTrials } from './campaign/claims.ts';
import { changes, recordOf, trend } from './change.ts';
import type { Claim, Observations, TechniqueRow, TopDimension, TopRow } from './claim.ts';
import { type Context, contextOf } from './context.ts';
import { curiosities } from './curiosity.ts';
import { DAY, dayOf, HOUR } from './day.ts';
import { downloads } from './download.ts';
import { extremes } from './extreme.ts';
import { rhythmUnit } from './figure.ts';
import { gaps } from './gap.ts';
import { handOffs } from './handoff/claims.ts';
import type { Knowledge } from './knowledge.ts';
import { novelties } from './novelty.ts';
import { returns } from './return.ts';
import { surges } from './surge.ts';
import { targets } from './target.ts';
import type { Technique } from './techniques.ts';
import { believed, type Trials } from './trial.ts';

const TOPS: TopDimension[] = ['username', 'password', 'pair', 'command', 'client', 'address'];
const TOP = 10;
const FIRST_NAMES = 5;
/** Different lines that are read for their techniques. */
const LINES = 500;
/** More than there are; networks told. */
const COUNTRIES = 300;
const NETWORKS = 10;

/** What is simply so: it was seen, or it was not. Each source of claims is a function of the context. */
const FACTS: ((context: Context) => Claim[])[] = [
  novelties,
  targets,
  bursts,
  trend,
  downloads,
  extremes,
  curiosities,
  handOffs,
  campaignFacts,
];
/** What chance could fake: believed or not, all together. */
const TRIALS: ((context: Context) => Trials)[] = [changes, surges, returns, gaps, campaignTrials];

/** Same store, range, rules and `now` (ms): same observations. */
export function observe(store: Store, range: Range, knowledge: Knowledge, now: number): Observations {
  const context = contextOf(store, range, knowledge, now);
  const { totals, hours, before, historyDays, beginning, days, unfinished } = context;
  const typed = behaviours(context);
  const claims: Claim[] = [
    ...FACTS.flatMap((of) => of(context)),
    ...believed(TRIALS.map((of) => of(context))),
    ...typed.claims,
  ].map((claim) => ({ ...claim, hours: context.watch.sensorHours(range), ...backingOf(claim, range) }));
  const record = recordOf(context);
  return {
    range,
    days,
    span: Math.max(1, Math.round((range.to - range.from) / HOUR)),
    unfinished,
    totals,
    hours,
    sensorHours: context.watch.sensorHours(range),
    baseline: { days: record.used, by: context.watch.by },
    heard: context.heard,
    addresses: context.addresses,
    before,
    comparison: before
      ? 'possible'
      : beginning !== undefined && beginning < range.from
        ? 'nothing recorded before'
        : 'first days',
    beginning,
    historyDays,
    perDay: store.timeline(range, 'day').map(({ at, sessions, loginsFailed, loginsSucceeded, commands }) => ({
      at,
      sessions,
      attempts: loginsFailed + loginsSucceeded,
      succeeded: loginsSucceeded,
      commands,
    })),
    tops: Object.fromEntries(TOPS.map((dimension) => [dimension, topOf(context, dimension)])) as Record<
      TopDimension,
      TopRow[]
    >,
    techniques: techniquesOf(context),
    origins: originsOf(context, now),
    rhythm: rhythmOf(context),
    world: knowledge.world,
    claims: claims.sort((a, b) => b.score - a.score),
    typing: typed.typing,
    firstNames:
      beginning !== undefined && beginning >= range.from && beginning < range.to
        ? store.firstSeen('username', dayOf(beginning), FIRST_NAMES).map(({ value }) => value)
        : [],
    groups: knowledge.groups,
    environment: {
      sensors: store
        .top('sensor', range, 20)
        .map(({ value }) => value)
        .filter((name) => name !== ''),
      restarts: store.eventsById(range).find(([id]) => id === 'kansatsuki.process.restarted')?.[1] ?? 0,
      approximate: store.sessions({ range }, 200).items.some((row) => row.approximate),
    },
  };
}

/** What the typed lines show, most frequent first, ties by id. */
function techniquesOf({ store, range, before, knowledge }: Context): TechniqueRow[] {
  const count = (of: Range): Map<Technique, number> => {
    const counts = new Map<Technique, number>();
    for (const { value, count } of store.top('command', of, LINES))
      for (const { technique } of knowledge.techniques.read(value).techniques)
        counts.set(technique, (counts.get(technique) ?? 0) + count);
    return counts;
  };
  const now = count(range);
  const then = before && now.size > 0 ? count(before.range) : undefined;
  return [...now]
    .map(([technique, count]) => ({ technique, count, ...(then ? { before: then.get(technique) ?? 0 } : {}) }))
    .sort((a, b) => b.count - a.count || (a.technique.id < b.technique.id ? -1 : 1))
    .slice(0, TOP);
}

function topOf(
  { store, range, before, news }: Context,
  dimension: TopDimension | 'country' | 'asn',
  limit = TOP,
): TopRow[] {
  const top = store.top(dimension, range, limit);
  const then =
    before &&
    store
      .daily(
        dimension,
        top.map(({ value }) => value),
        before.range,
      )
      .map((days) => days.reduce((sum, n) => sum + n, 0));
  return top.map(({ value, count, firstSeen, asName }, index) => ({
    value,
    count,
    before: then?.[index],
    isNew: news.from < news.to && firstSeen >= news.from,
    ...(asName === undefined ? {} : { name: asName }),
  }));
}

/** Networks change hands: of what is older, only the countries of today's registers are told. */
const REGISTERS_HOLD = 365 * DAY;

function originsOf(context: Context, now: number): Observations['origins'] {
  const countries = topOf(context, 'country', COUNTRIES).filter(({ value }) => value !== '');
  const stale = now - context.range.to > REGISTERS_HOLD;
  const networks = stale ? [] : topOf(context, 'asn', NETWORKS + 1).filter(({ value }) => value !== '');
  return {
    countries,
    networks: networks.slice(0, NETWORKS),
    stale,
    located: countries.reduce((sum, { count }) => sum + count, 0),
  };
}

/** An hour without anything, with a sensor that was watching, is a zero; before the record began or after it ended, and in an outage, nothing is known. */
function rhythmOf({ store, range, totals, hours, heard }: Context): Observations['rhythm'] {
  const { unit, ms } = rhythmUnit(range.to - range.from);
  const measure = totals.sessions > 0 ? 'sessions' : 'attempts';
  const found = new Map(
    store
      .timeline(range, unit)
      .map((point) => [point.at, measure === 'sessions' ? point.sessions : point.loginsFailed + point.loginsSucceeded]),
  );
  const all = store.totals();
  const first = Math.floor((all.first ?? range.to) / ms) * ms;
  const last = all.last ?? range.from;
  // Where only the hours with events count as watched, one without any was none.
  // The hours between fragments of a log say nothing either.
  const silenceIsUnknown =
    (unit === 'hour' && hours === heard && hours * ms < range.to - range.from) || heard * 4 < hours;
  const points = [];
  for (let at = Math.floor(range.from / ms) * ms; at < range.to; at += ms) {
    const value = found.get(at) ?? (at < first || at > last || silenceIsUnknown ? undefined : 0);
    points.push({ at, ...(value === undefined ? {} : { value }) });
  }
  return { unit, measure, points };
}
