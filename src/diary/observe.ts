// All observations of a period: facts, comparisons and claims in the order of their interest.
import type { Range, Store } from '../observatory/store.ts';
import { behaviours } from './behaviour.ts';
import { bursts } from './burst.ts';
import { changes } from './change.ts';
import type { Claim, Observations, TechniqueRow, TopDimension, TopRow } from './claim.ts';
import { type Context, contextOf } from './context.ts';
import { curiosities } from './curiosity.ts';
import { dayOf } from './day.ts';
import { downloads } from './download.ts';
import { gaps } from './gap.ts';
import type { Knowledge } from './knowledge.ts';
import { novelties } from './novelty.ts';
import { targets } from './target.ts';
import type { Technique } from './techniques.ts';

const TOPS: TopDimension[] = ['username', 'password', 'pair', 'command', 'client', 'address'];
const TOP = 10;
/** Values of the period before that are looked up for the change column. */
const BEFORE = 2_000;
const FIRST_NAMES = 5;
/** Different lines that are read for their techniques. */
const LINES = 500;

/** Same store, range, rules and `now` (ms): same observations. */
export function observe(store: Store, range: Range, knowledge: Knowledge, now: number): Observations {
  const context = contextOf(store, range, knowledge, now);
  const { totals, hours, before, historyDays, beginning, days, unfinished } = context;
  const typed = behaviours(context);
  const claims: Claim[] = [
    ...[novelties, targets, bursts, changes, downloads, gaps, curiosities].flatMap((of) => of(context)),
    ...typed.claims,
  ];
  return {
    range,
    days,
    unfinished,
    totals,
    hours,
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

function topOf({ store, range, before, news }: Context, dimension: TopDimension): TopRow[] {
  const then = before ? store.top(dimension, before.range, BEFORE) : undefined;
  const counts = then && new Map(then.map(({ value, count }) => [value, count]));
  return store.top(dimension, range, TOP).map(({ value, count, firstSeen }) => ({
    value,
    count,
    before: counts ? (counts.get(value) ?? (then!.length < BEFORE ? 0 : undefined)) : undefined,
    isNew: news.from < news.to && firstSeen >= news.from,
  }));
}
