// What sessions have in common: facets, folded behaviours, crossings of two kinds of values, and top lists beside the period before.
import { OUTCOMES, outcomeNumber, readBehaviour } from './behaviour.ts';
import { Counted } from './counted.ts';
import { compare } from './order.ts';
import { protocolOf } from './protocol.ts';
import { best, countOf, first, isMany, keyOf, type Source, sumsOf, text, top, topKeys } from './rank.ts';
import { eachSession, searchSessions } from './search.ts';
import type { Series } from './series.ts';
import type { SessionRecord } from './session.ts';
import type {
  Change,
  Crossings,
  Dimension,
  FacetCount,
  FacetName,
  Facets,
  Fold,
  Matrix,
  Range,
  RowDimension,
  SessionFilter,
  SessionRow,
} from './store.ts';
import { SESSIONS } from './tallies.ts';

const DIMENSIONS = [
  'sensor',
  'protocol',
  'country',
  'asn',
  'username',
  'password',
  'client',
  'hassh',
] as const satisfies readonly Dimension[];
/** What reading a session's events costs, in sessions passed over. */
const READ = 20;
/** What looking at its row costs. */
const LOOK = 6;

type Counts = Map<number, number>;

/** The most frequent by count, then value. */
function list(counts: Iterable<[string, number]>, limit: number): FacetCount[] {
  return [...counts]
    .filter(([, count]) => count > 0)
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || compare(a.value, b.value))
    .slice(0, limit);
}

const isRangeAlone = (filter: SessionFilter): boolean =>
  Object.entries(filter).every(([key, value]) => key === 'range' || value === undefined);

export function facets(
  source: Source & { series: Series },
  filter: SessionFilter,
  limit: number,
  before: number | undefined,
): Facets {
  return isRangeAlone(filter) ? ofRange(source, filter.range, limit) : ofSessions(source, filter, limit, before);
}

function ofRange(source: Source & { series: Series }, range: Range | undefined, limit: number): Facets {
  const events: Counts = new Map();
  source.series.each(range, 'quarter', (eventid, _at, n) => events.set(eventid, (events.get(eventid) ?? 0) + n));
  const sessions = events.get(SESSIONS) ?? 0;
  events.delete(SESSIONS);
  const outcomes: Counts = new Map();
  if (range) {
    const { whole, edges } = source.edges.parts(range);
    for (const [outcome, n] of source.rollups.sums('outcome', whole ?? { from: 0, to: 0 }).values.entries())
      outcomes.set(outcome, n);
    for (const edge of edges)
      for (const [outcome, n] of source.edges.counts(edge).outcomes)
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + n);
  } else for (const [outcome, n] of source.rollups.sums('outcome').values.entries()) outcomes.set(outcome, n);
  return {
    sessions,
    facets: {
      eventid: list(
        named(events, (id) => source.words.text('eventid', id)),
        limit,
      ),
      outcome: list(namedOutcomes(outcomes), limit),
      ...(Object.fromEntries(
        DIMENSIONS.map((dimension) => [
          dimension,
          list(
            best(source, dimension, range, limit).map(({ key, count }): [string, number] => [
              text(source, dimension, key),
              count,
            ]),
            limit,
          ),
        ]),
      ) as Record<(typeof DIMENSIONS)[number], FacetCount[]>),
    },
  };
}

const named = (counts: Counts, name: (id: number) => string) =>
  [...counts].map(([id, n]): [string, number] => [name(id), n]);
const namedOutcomes = (counts: Counts): [string, number][] =>
  OUTCOMES.map((outcome, i): [string, number] => [outcome, counts.get(i + 1) ?? 0]);

function ofSessions(source: Source, filter: SessionFilter, limit: number, before: number | undefined): Facets {
  const { scanner, words } = source;
  const what = new Counted(scanner);
  const counts = Object.fromEntries(DIMENSIONS.map((dimension) => [dimension, new Map()])) as Record<
    (typeof DIMENSIONS)[number],
    Counts
  >;
  const events: Counts = new Map();
  const outcomes: Counts = new Map();
  const bump = (map: Counts | undefined, key: number) => map?.set(key, (map.get(key) ?? 0) + 1);
  const add = (kind: string, word: number) => bump((counts as Record<string, Counts>)[kind], word);
  let sessions = 0;
  const next = eachSession(
    source,
    filter,
    before,
    (record) => {
      sessions++;
      what.session(record, add);
      bump(outcomes, outcomeNumber(record.flags));
      scanner.each(record, (_micros, body) => {
        bump(events, scanner.eventid(body));
        what.event(body, add, () => {});
      });
      return true;
    },
    READ,
  );
  const facets = Object.fromEntries(
    DIMENSIONS.map((dimension) => [
      dimension,
      list(
        named(counts[dimension], (id) => words.text(dimension, id)),
        limit,
      ),
    ]),
  );
  return {
    sessions,
    facets: {
      ...facets,
      eventid: list(
        named(events, (id) => words.text('eventid', id)),
        limit,
      ),
      outcome: list(namedOutcomes(outcomes), limit),
    } as Record<FacetName, FacetCount[]>,
    ...(next === undefined ? {} : { next: String(next) }),
  };
}

/** Behaviours by their sessions, each with the newest. */
export function folds(
  source: Source,
  range: Range | undefined,
  limit: number,
  row: (record: SessionRecord) => SessionRow,
): Fold[] {
  return top(source, 'behaviour', range, limit).flatMap(({ value, count, firstSeen }): Fold[] => {
    const filter = { behaviour: value, ...(range ? { range } : {}) };
    const newest = searchSessions(source, filter, 1, undefined).records[0];
    // Retention can have removed all of them.
    return newest ? [{ ...readBehaviour(value), value, count, firstSeen, example: row(newest) }] : [];
  });
}

export function crossings(
  source: Source,
  [a, b]: readonly [RowDimension, RowDimension],
  filter: SessionFilter,
  limit: number,
  before: number | undefined,
): Crossings {
  const { scanner, words } = source;
  const read =
    (dimension: RowDimension) =>
    (record: SessionRecord): number | undefined => {
      if (dimension === 'protocol') {
        const protocol = protocolOf(record.flags);
        return protocol && scanner.wordId('protocol', protocol);
      }
      if (dimension === 'country' || dimension === 'asn')
        return (record.address === null ? null : scanner.originOf(record.address)[dimension]) ?? undefined;
      return record[dimension] ?? undefined;
    };
  const [ofA, ofB] = [read(a), read(b)];
  const counts = new Map<number, Counts>();
  let sessions = 0;
  const next = eachSession(
    source,
    filter,
    before,
    (record) => {
      sessions++;
      const [x, y] = [ofA(record), ofB(record)];
      if (x === undefined || y === undefined) return true;
      const row = counts.get(x);
      if (row) row.set(y, (row.get(y) ?? 0) + 1);
      else counts.set(x, new Map([[y, 1]]));
      return true;
    },
    LOOK,
  );
  const items = [...counts].flatMap(([x, row]) => [...row].map(([y, n]) => ({ x, y, n }))).sort((p, q) => q.n - p.n);
  const least = items[Math.min(limit, items.length) - 1]?.n ?? 0;
  return {
    items: items
      .filter(({ n }) => n >= least)
      .map(({ x, y, n }) => ({ a: words.text(a, x), b: words.text(b, y), sessions: n }))
      .sort((p, q) => q.sessions - p.sessions || compare(p.a, q.a) || compare(p.b, q.b))
      .slice(0, limit),
    sessions,
    ...(next === undefined ? {} : { next: String(next) }),
  };
}

/** A top list with the counts of the period of the same length just before. */
export function topChange(source: Source, dimension: Dimension, range: Range, limit: number): Change[] {
  const earlier = { from: range.from - (range.to - range.from), to: range.from };
  const list = topKeys(source, dimension, range, limit);
  const sums = isMany(list.length, earlier) ? sumsOf(source, dimension, earlier).values : undefined;
  return list.map(({ key, count }) => ({
    ...count,
    before: sums ? (sums[key] ?? 0) : countOf(source, dimension, key, earlier, count.firstSeen),
  }));
}

/** Two lists and how often each pair of them came. */
export function matrix(source: Source, range: Range | undefined, usernames: number, passwords: number): Matrix {
  const names = (dimension: 'username' | 'password', limit: number) =>
    top(source, dimension, range, limit).map(({ value }) => value);
  const [rows, columns] = [names('username', usernames), names('password', passwords)];
  const sums = range ? sumsOf(source, 'pair', range).values : undefined;
  const find = source.scanner.prepare('SELECT id, n FROM pair WHERE username = ? AND password = ?');
  const ids = columns.map((value) => keyOf(source, 'password', value)!);
  const counts = rows.map((value) => {
    const username = keyOf(source, 'username', value)!;
    return ids.map((password) => {
      const pair = find.get(username, password) as { id: number; n: number } | undefined;
      return pair ? (sums ? (sums[pair.id] ?? 0) : pair.n) : 0;
    });
  });
  return { usernames: rows, passwords: columns, counts };
}

/** First sight of a value. */
export const firstSight = (source: Source, dimension: Dimension, value: string): number | undefined => {
  const key = keyOf(source, dimension, value);
  return key === undefined ? undefined : first(source, dimension, key) || undefined;
};
