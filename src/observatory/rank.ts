// Top lists and first sightings, from the rollups, with a look into the events at the ends of a range.
import type { Words } from './dictionary.ts';
import { compare, split } from './order.ts';
import type { Origin } from './origins.ts';
import { protocolOf } from './protocol.ts';
import { countedIn, DAY, type Scanner } from './scan.ts';
import { type CountedKind, FREQUENT, ID_STEP, kindNumber, SENSOR } from './schema.ts';
import type { Count, Dimension, Range } from './store.ts';
import { WORDS } from './tallies.ts';

interface Source {
  scanner: Scanner;
  words: Words;
}

interface Ranked {
  key: number;
  count: number;
}

/** Up to so many whole days every value is read and counted; beyond, only those that can be among the first. */
const FEW_DAYS = 2;

const pairKey = (row: Record<string, unknown>): number =>
  (row['username'] as number) * WORDS + (row['password'] as number);

/** The most frequent values: count, then code points. Sessions are counted for address, sensor and protocol, events for all else. */
export function top(source: Source, dimension: Dimension, range: Range | undefined, limit: number): Count[] {
  return best(source, dimension, range, limit)
    .map(({ key, count }) => ({ key, count, value: text(source, dimension, key) }))
    .sort((a, b) => b.count - a.count || compare(a.value, b.value))
    .slice(0, limit)
    .map(({ key, count, value }) => ({
      value,
      count,
      firstSeen: first(source, dimension, key),
      ...more(source, dimension, key),
    }));
}

/** The most frequent pairs with their words apart: a user name may hold the NUL that joins them elsewhere. */
export function topPairs(
  source: Source,
  range: Range | undefined,
  limit: number,
): [username: string, password: string, count: number][] {
  return best(source, 'pair', range, limit)
    .map(({ key, count }): [string, string, number] => [
      source.words.text('username', Math.floor(key / WORDS)),
      source.words.text('password', key % WORDS),
      count,
    ])
    .sort((a, b) => b[2] - a[2] || compare(a[0], b[0]) || compare(a[1], b[1]))
    .slice(0, limit);
}

/** The first by count, and whoever ties with the last of them. */
function best(source: Source, dimension: Dimension, range: Range | undefined, limit: number): Ranked[] {
  if (limit <= 0) return [];
  const ranked = (
    range === undefined ? overall(source, dimension, limit) : within(source, dimension, range, limit)
  ).filter(({ count }) => count > 0);
  ranked.sort((a, b) => b.count - a.count);
  const edge = ranked[Math.min(limit, ranked.length) - 1]?.count ?? 0;
  return ranked.filter(({ count }) => count >= edge);
}

function overall(source: Source, dimension: Dimension, limit: number): Ranked[] {
  const frequent = frequentOnes(source, dimension, FREQUENT);
  return frequent.length >= limit ? frequent : frequentOnes(source, dimension, 1);
}

/** All values that ever came at least so often. */
function frequentOnes({ scanner }: Source, dimension: Dimension, least: number): Ranked[] {
  // The number stands in the text so that SQLite can use the index of the frequent.
  return dimension === 'pair'
    ? scanner
        .all(`SELECT username, password, n FROM pair WHERE n >= ${least}`)
        .map((row) => ({ key: pairKey(row), count: row['n'] as number }))
    : scanner
        .all(`SELECT id, n FROM word_${dimension} WHERE n >= ${least}`)
        .map((row) => ({ key: row['id'] as number, count: row['n'] as number }));
}

/** Counts within a range: of all values, or at least of the `limit` most frequent. */
function within(source: Source, dimension: Dimension, range: Range, limit: number): Ranked[] {
  const { whole, edges } = split(range, DAY);
  const atEdges = new Map<number, number>();
  for (const edge of edges)
    countEdge(source.scanner, dimension, edge, (key, n) => atEdges.set(key, (atEdges.get(key) ?? 0) + n));
  if (!whole) return [...atEdges].map(([key, count]) => ({ key, count }));
  const days = source.scanner.days(whole);
  if (days.length > FEW_DAYS) {
    const candidates = threshold(source, dimension, days, atEdges, limit);
    if (candidates) return candidates;
  }
  for (const day of days)
    eachOfDay(source.scanner, dimension, day, (key, n) => atEdges.set(key, (atEdges.get(key) ?? 0) + n));
  return [...atEdges].map(([key, count]) => ({ key, count }));
}

/**
 * A value cannot have come more often within the range than ever: candidates are tried from the most frequent on, until
 * the next one's total is below what the last of the list has within the range.
 * @returns undefined when that would try too many, or values that are not in the index of the frequent
 */
function threshold(
  source: Source,
  dimension: Dimension,
  days: readonly number[],
  atEdges: ReadonlyMap<number, number>,
  limit: number,
): Ranked[] | undefined {
  const frequent = frequentOnes(source, dimension, FREQUENT).sort((a, b) => b.count - a.count);
  const tries = Math.max(200, Math.ceil(120_000 / days.length));
  const found: Ranked[] = [];
  // Counts within the range of the best `limit` so far, smallest first.
  const list: number[] = [];
  for (const [i, { key, count }] of frequent.entries()) {
    if (list.length === limit && count < list[0]!) return found;
    if (i >= tries) return undefined;
    let n = atEdges.get(key) ?? 0;
    for (const day of days) n += ofDay(source.scanner, dimension, day, key);
    if (n <= 0) continue;
    found.push({ key, count: n });
    if (list.length < limit) list.push(n);
    else if (n > list[0]!) list[0] = n;
    else continue;
    list.sort((a, b) => a - b);
  }
  // Everything outside the index came less than FREQUENT times.
  return list.length === limit && list[0]! >= FREQUENT ? found : undefined;
}

function ofDay(scanner: Scanner, dimension: Dimension, day: number, key: number): number {
  const row =
    dimension === 'pair'
      ? scanner
          .prepare('SELECT n FROM tally_pair WHERE day = ? AND username = ? AND password = ?')
          .get(day, Math.floor(key / WORDS), key % WORDS)
      : scanner
          .prepare('SELECT n FROM tally WHERE day = ? AND kind = ? AND word = ?')
          .get(day, kindNumber[dimension as CountedKind], key);
  return (row?.['n'] as number | undefined) ?? 0;
}

function eachOfDay(scanner: Scanner, dimension: Dimension, day: number, add: (key: number, n: number) => void): void {
  if (dimension === 'pair')
    for (const row of scanner.all('SELECT username, password, n FROM tally_pair WHERE day = ?', day))
      add(pairKey(row), row['n'] as number);
  else
    for (const row of scanner.all(
      'SELECT word, n FROM tally WHERE day = ? AND kind = ?',
      day,
      kindNumber[dimension as CountedKind],
    ))
      add(row['word'] as number, row['n'] as number);
}

/** What the writer counts for an event, read back from the event. */
function countEdge(scanner: Scanner, dimension: Dimension, edge: Range, add: (key: number, n: number) => void): void {
  if (!isCountedInEvents(dimension)) {
    const rows = scanner.all(
      `SELECT address, sensor, flags FROM session WHERE id >= ? AND id < ? AND flags & ${SENSOR} = 0`,
      edge.from * ID_STEP,
      edge.to * ID_STEP,
    ) as { address: number | null; sensor: number; flags: number }[];
    for (const row of rows) {
      if (dimension === 'country' || dimension === 'asn') {
        const word = row.address === null ? null : scanner.originOf(row.address)[dimension];
        if (word !== null) add(word, 1);
      } else if (dimension !== 'protocol') {
        const word = row[dimension];
        if (word !== null) add(word, 1);
      } else {
        const protocol = protocolOf(row.flags);
        const id = protocol && scanner.wordId('protocol', protocol);
        if (id !== undefined) add(id, 1);
      }
    }
    return;
  }
  const ids = new Set(countedIn[dimension].map((eventid) => scanner.eventidOf(eventid)));
  scanner.events(edge, (_record, _micros, body) => {
    if (!ids.has(scanner.eventid(body))) return;
    if (dimension === 'pair') {
      const username = scanner.word(body, 'username');
      const password = scanner.word(body, 'password');
      if (username && password) add(username * WORDS + password, 1);
    } else {
      const word = scanner.word(body, dimension);
      if (word) add(word, 1);
    }
  });
}

/** Values seen in the range and never before it, by time of their first sight; counted within the range. */
export function firstSeen(source: Source, dimension: Dimension, range: Range, limit: number): Count[] {
  const { scanner } = source;
  let fresh: { key: number; firstSeen: number }[];
  if (dimension === 'pair') {
    fresh = [];
    const seen = new Set<number>();
    for (const day of scanner.days(range))
      eachOfDay(scanner, 'pair', day, (key) => {
        if (seen.has(key)) return;
        seen.add(key);
        const at = first(source, 'pair', key);
        if (at >= range.from && at < range.to) fresh.push({ key, firstSeen: at });
      });
  } else
    fresh = (
      scanner.all(
        `SELECT id, first FROM word_${dimension} WHERE first >= ? AND first < ? ORDER BY first, id LIMIT ?`,
        range.from,
        range.to,
        limit,
      ) as { id: number; first: number }[]
    ).map((row) => ({ key: row.id, firstSeen: row.first }));
  fresh.sort((a, b) => a.firstSeen - b.firstSeen || a.key - b.key);
  fresh = fresh.slice(0, limit);
  const counts = new Map<number, number>(fresh.map(({ key }) => [key, 0]));
  const { whole, edges } = split(range, DAY);
  const add = (key: number, n: number) => {
    const before = counts.get(key);
    if (before !== undefined) counts.set(key, before + n);
  };
  for (const edge of edges) countEdge(scanner, dimension, edge, add);
  if (whole)
    for (const day of scanner.days(whole)) for (const { key } of fresh) add(key, ofDay(scanner, dimension, day, key));
  return fresh.map(({ key, firstSeen }) => ({
    value: text(source, dimension, key),
    count: counts.get(key)!,
    firstSeen,
    ...more(source, dimension, key),
  }));
}

/** What is shown beside a value. */
function more({ scanner }: Source, dimension: Dimension, key: number): Origin {
  if (dimension === 'address') return scanner.origin(key);
  const asName = dimension === 'asn' ? scanner.networkName(key) : undefined;
  return asName === undefined ? {} : { asName };
}

const isCountedInEvents = (dimension: Dimension): dimension is keyof typeof countedIn => dimension in countedIn;

function text({ words }: Source, dimension: Dimension, key: number): string {
  if (dimension !== 'pair') return words.text(dimension, key);
  return `${words.text('username', Math.floor(key / WORDS))}\0${words.text('password', key % WORDS)}`;
}

function first({ scanner }: Source, dimension: Dimension, key: number): number {
  const row =
    dimension === 'pair'
      ? scanner
          .prepare('SELECT first FROM pair WHERE username = ? AND password = ?')
          .get(Math.floor(key / WORDS), key % WORDS)
      : scanner.prepare(`SELECT first FROM word_${dimension} WHERE id = ?`).get(key);
  return (row?.['first'] as number | null | undefined) ?? 0;
}
