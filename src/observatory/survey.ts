// What sessions have in common: facets, folded behaviours, crossings of two kinds of values, and top lists beside the period before.
import { OUTCOMES, outcomeNumber, readBehaviour } from './behaviour.ts';
import { Counted } from './counted.ts';
import { QUARTER } from './counts.ts';
import { compare, DAY } from './order.ts';
import { protocolOf } from './protocol.ts';
import { best, countOf, first, isMany, keyOf, type Source, sumsOf, text, top, topKeys } from './rank.ts';
import { ID_STEP } from './schema.ts';
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
  Folds,
  Matrix,
  Range,
  RowDimension,
  SessionFilter,
  SessionRow,
} from './store.ts';
import { SESSIONS, WORDS } from './tallies.ts';

/** What reading a session's events costs, in sessions passed over. */
const READ = 24;
/** What looking at its row costs, and at its behaviour alone. */
const LOOK = 6;
const GLANCE = 6;

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
  Object.entries(filter).every(([key, value]) => key === 'range' || key === 'zone' || value === undefined);

const isDimension = (name: FacetName): name is Exclude<FacetName, 'eventid' | 'outcome'> =>
  name !== 'eventid' && name !== 'outcome';

export function facets(
  source: Source & { series: Series },
  filter: SessionFilter,
  limit: number,
  before: number | undefined,
  names: readonly FacetName[],
): Facets {
  return isRangeAlone(filter)
    ? ofRange(source, filter.range, limit, names)
    : ofSessions(source, filter, limit, before, names);
}

function ofRange(
  source: Source & { series: Series },
  range: Range | undefined,
  limit: number,
  names: readonly FacetName[],
): Facets {
  const events: Counts = new Map();
  const begun: Counts = new Map();
  let sessions = 0;
  source.series.each(range, 'quarter', (eventid, at, n) => {
    if (eventid !== SESSIONS) return events.set(eventid, (events.get(eventid) ?? 0) + n);
    sessions += n;
    const quarter = Math.floor(at / QUARTER) * QUARTER;
    return begun.set(quarter, (begun.get(quarter) ?? 0) + n);
  });
  const ofName = (name: FacetName): FacetCount[] => {
    if (name === 'eventid')
      return list(
        named(events, (id) => source.words.text('eventid', id)),
        limit,
      );
    if (name === 'outcome') return list(namedOutcomes(outcomesOf(source, range)), limit);
    const most = best(source, name, range, limit);
    return list(
      most.map(({ key, count }): [string, number] => [text(source, name, key), count]),
      limit,
    );
  };
  return { sessions, facets: Object.fromEntries(names.map((name) => [name, ofName(name)])), begun: inOrder(begun) };
}

function outcomesOf(source: Source, range: Range | undefined): Counts {
  const outcomes: Counts = new Map();
  if (!range) return new Map(source.rollups.sums('outcome').values.entries());
  const { whole, edges } = source.edges.parts(range);
  for (const [outcome, n] of source.rollups.sums('outcome', whole ?? { from: 0, to: 0 }).values.entries())
    outcomes.set(outcome, n);
  for (const edge of edges)
    for (const [outcome, n] of source.edges.counts(edge).outcomes)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + n);
  return outcomes;
}

const named = (counts: Counts, name: (id: number) => string) =>
  [...counts].map(([id, n]): [string, number] => [name(id), n]);
const namedOutcomes = (counts: Counts): [string, number][] =>
  OUTCOMES.map((outcome, i): [string, number] => [outcome, counts.get(i + 1) ?? 0]);
const inOrder = (begun: Counts): [number, number][] => [...begun].sort((a, b) => a[0] - b[0]);

function ofSessions(
  source: Source,
  filter: SessionFilter,
  limit: number,
  before: number | undefined,
  names: readonly FacetName[],
): Facets {
  const { scanner, words } = source;
  const what = new Counted(scanner);
  const counts = new Map<string, Counts>(names.map((name) => [name, new Map()]));
  const events = counts.get('eventid');
  const outcomes = counts.get('outcome');
  const pairs = counts.get('pair');
  const begun: Counts = new Map();
  const bump = (map: Counts | undefined, key: number) => map?.set(key, (map.get(key) ?? 0) + 1);
  const add = (kind: string, word: number) => bump(counts.get(kind), word);
  let sessions = 0;
  const next = eachSession(
    source,
    filter,
    before,
    (record) => {
      sessions++;
      bump(begun, Math.floor(record.id / ID_STEP / QUARTER) * QUARTER);
      what.session(record, add);
      bump(outcomes, outcomeNumber(record.flags));
      scanner.each(record, (_micros, body) => {
        bump(events, scanner.eventid(body));
        what.event(body, add, (username, password) => bump(pairs, username * WORDS + password));
      });
      return true;
    },
    READ,
  );
  const textOf = (name: FacetName) => (key: number) => {
    if (name === 'pair')
      return `${words.text('username', Math.floor(key / WORDS))}\0${words.text('password', key % WORDS)}`;
    return isDimension(name) ? words.text(name, key) : words.text('eventid', key);
  };
  const facets = names.map((name) => {
    const counted = counts.get(name)!;
    return [name, list(name === 'outcome' ? namedOutcomes(counted) : named(counted, textOf(name)), limit)];
  });
  return {
    sessions,
    facets: Object.fromEntries(facets),
    begun: inOrder(begun),
    ...(next === undefined ? {} : { next: String(next) }),
  };
}

/** Behaviours by their sessions, each with the newest. */
export function folds(
  source: Source,
  filter: SessionFilter,
  limit: number,
  before: number | undefined,
  row: (record: SessionRecord) => SessionRow,
): Folds {
  return isRangeAlone(filter)
    ? foldsOfRange(source, filter.range, limit, row)
    : foldsOfSessions(source, filter, limit, before, row);
}

function foldsOfRange(
  source: Source,
  range: Range | undefined,
  limit: number,
  row: (record: SessionRecord) => SessionRow,
): Folds {
  let sessions = 0;
  for (const n of outcomesOf(source, range).values()) sessions += n;
  const items = top(source, 'behaviour', range, limit).flatMap(({ value, count, firstSeen }): Fold[] => {
    const filter = { behaviour: value, ...(range ? { range } : {}) };
    const newest = searchSessions(source, filter, 1, undefined).records[0];
    // Retention can have removed all of them.
    return newest ? [{ ...readBehaviour(value), value, count, firstSeen, example: row(newest) }] : [];
  });
  return { items, sessions };
}

function foldsOfSessions(
  source: Source,
  filter: SessionFilter,
  limit: number,
  before: number | undefined,
  row: (record: SessionRecord) => SessionRow,
): Folds {
  const found = new Map<number, { count: number; newest: SessionRecord }>();
  let sessions = 0;
  const next = eachSession(
    source,
    filter,
    before,
    (record) => {
      if (record.behaviour === null) return true;
      sessions++;
      const fold = found.get(record.behaviour);
      if (fold) fold.count++;
      else found.set(record.behaviour, { count: 1, newest: record });
      return true;
    },
    GLANCE,
  );
  const items = [...found]
    .map(([key, fold]) => ({ key, value: source.words.text('behaviour', key), ...fold }))
    .sort((a, b) => b.count - a.count || compare(a.value, b.value))
    .slice(0, limit)
    .map(({ key, value, count, newest }): Fold => {
      const firstSeen = first(source, 'behaviour', key);
      return { ...readBehaviour(value), value, count, firstSeen, example: row(newest) };
    });
  return { items, sessions, ...(next === undefined ? {} : { next: String(next) }) };
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

/** How often a value came on each UTC day. */
export function history(source: Source, dimension: Dimension, value: string, range: Range): [string, number][] {
  const key = keyOf(source, dimension, value);
  if (key === undefined) return [];
  const days: Counts = new Map();
  const add = (at: number, n: number) => days.set(Math.floor(at / DAY), (days.get(Math.floor(at / DAY)) ?? 0) + n);
  const { whole, edges } = source.edges.parts(range);
  // Before its first sight there is nothing to look for.
  const since = Math.floor(first(source, dimension, key) / QUARTER) * QUARTER;
  if (whole && since < whole.to)
    source.rollups.eachOf(dimension, key, { from: Math.max(whole.from, since), to: whole.to }, add);
  for (const edge of edges) {
    const ends = source.edges.counts(edge);
    add(edge.from, (dimension === 'pair' ? ends.pairs : ends.words[dimension]).get(key) ?? 0);
  }
  return inOrder(days)
    .filter(([, n]) => n > 0)
    .map(([day, n]) => [new Date(day * DAY).toISOString().slice(0, 10), n]);
}

/** First sight of a value. */
export const firstSight = (source: Source, dimension: Dimension, value: string): number | undefined => {
  const key = keyOf(source, dimension, value);
  return key === undefined ? undefined : first(source, dimension, key) || undefined;
};
