// Top lists and first sightings, from the rollups, with a look into the events at the ends of a range.

import { QUARTER, type Sums } from './counts.ts';
import type { Words } from './dictionary.ts';
import type { Edges } from './edges.ts';
import { compare, DAY } from './order.ts';
import type { Origin } from './origins.ts';
import { daysOf, type Rollups } from './rollups.ts';
import type { Scanner } from './scan.ts';
import { FREQUENT } from './schema.ts';
import type { Count, Dimension, Page, Range } from './store.ts';

export interface Source {
  scanner: Scanner;
  words: Words;
  rollups: Rollups;
  edges: Edges;
}

interface Ranked {
  /** Number of the word or of the pair. */
  key: number;
  count: number;
}

/** The most frequent values: count, then code points. Where a session comes from is counted by session, all else by event. */
export function top(source: Source, dimension: Dimension, range: Range | undefined, limit: number): Count[] {
  return topKeys(source, dimension, range, limit).map(({ count }) => count);
}

/** A top list with the numbers of its values. */
export function topKeys(
  source: Source,
  dimension: Dimension,
  range: Range | undefined,
  limit: number,
): { key: number; count: Count }[] {
  return best(source, dimension, range, limit)
    .map(({ key, count }) => ({ key, count, value: text(source, dimension, key) }))
    .sort((a, b) => b.count - a.count || compare(a.value, b.value))
    .slice(0, limit)
    .map(({ key, count, value }) => ({
      key,
      count: { value, count, firstSeen: first(source, dimension, key), ...more(source, dimension, key) },
    }));
}

/** The most frequent pairs with their words apart: a user name may hold the NUL that joins them elsewhere. */
export function topPairs(
  source: Source,
  range: Range | undefined,
  limit: number,
): [username: string, password: string, count: number][] {
  return best(source, 'pair', range, limit)
    .map(({ key, count }): [string, string, number] => [...pairText(source, key), count])
    .sort((a, b) => b[2] - a[2] || compare(a[0], b[0]) || compare(a[1], b[1]))
    .slice(0, limit);
}

/** The first by count, and whoever ties with the last of them. */
export function best(source: Source, dimension: Dimension, range: Range | undefined, limit: number): Ranked[] {
  if (limit <= 0) return [];
  if (range === undefined) {
    const frequent = frequentOnes(source, dimension, limit);
    if (frequent) return frequent;
  }
  return largest(sumsOf(source, dimension, range).values, limit);
}

/** Counts of every value of a dimension, by number. */
export function sumsOf({ rollups, edges }: Source, dimension: Dimension, range: Range | undefined): Sums {
  if (!range) return rollups.sums(dimension);
  const parts = edges.parts(range);
  const sums = rollups.sums(dimension, parts.whole ?? { from: 0, to: 0 });
  for (const edge of parts.edges) for (const [key, n] of atEdge(edges, dimension, edge)) sums.add(key, n);
  return sums;
}

function atEdge(edges: Edges, dimension: Dimension, edge: Range): ReadonlyMap<number, number> {
  const counts = edges.counts(edge);
  return dimension === 'pair' ? counts.pairs : counts.words[dimension];
}

/** Few values of few days are looked up one by one, more are read off the sums of all. */
export const isMany = (values: number, { from, to }: Range): boolean => (values * (to - from)) / DAY > 500;

/** How often one value came in a range. */
export function countOf(
  { rollups, edges }: Source,
  dimension: Dimension,
  key: number,
  range: Range,
  since = 0,
): number {
  const { whole, edges: ends } = edges.parts(range);
  // The days before it came at all are passed over.
  const from = whole && Math.max(whole.from, Math.floor(since / QUARTER) * QUARTER);
  let n = whole && from! < whole.to ? rollups.count(dimension, key, { from: from!, to: whole.to }) : 0;
  for (const edge of ends) n += atEdge(edges, dimension, edge).get(key) ?? 0;
  return n;
}

/** The `limit` largest and all that equal the last of them. */
function largest(counts: Int32Array, limit: number): Ranked[] {
  // The least count that is in: a heap of the largest `limit`.
  let least = 1;
  if (limit < counts.length) {
    const heap = new Int32Array(limit);
    let filled = 0;
    for (let key = 0; key < counts.length; key++) {
      const count = counts[key]!;
      if (count <= 0) continue;
      if (filled < limit) {
        heap[filled++] = count;
        if (filled === limit) heap.sort();
        continue;
      }
      if (count <= heap[0]!) continue;
      let at = 0;
      for (;;) {
        let child = at * 2 + 1;
        if (child >= limit) break;
        if (child + 1 < limit && heap[child + 1]! < heap[child]!) child++;
        if (heap[child]! >= count) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = count;
    }
    if (filled === limit) least = heap[0]!;
  }
  const found: Ranked[] = [];
  for (let key = 0; key < counts.length; key++) if (counts[key]! >= least) found.push({ key, count: counts[key]! });
  return found;
}

/** The most frequent ever, out of the index of the frequent; undefined when too few are in it. */
function frequentOnes({ scanner }: Source, dimension: Dimension, limit: number): Ranked[] | undefined {
  // The number stands in the text so that SQLite can use the index of the frequent.
  const table = dimension === 'pair' ? 'pair' : `word_${dimension}`;
  const rows = scanner.prepare(`SELECT n FROM ${table} WHERE n >= ${FREQUENT} ORDER BY n DESC LIMIT 1 OFFSET ?`);
  const least = rows.get(limit - 1)?.['n'] as number | undefined;
  if (least === undefined) return undefined;
  return scanner
    .all(`SELECT id, n FROM ${table} WHERE n >= ${FREQUENT} AND n >= ?`, least)
    .map((row) => ({ key: row['id'] as number, count: row['n'] as number }));
}

/** Values seen in the range and never before it, by time of their first sight, then by value; counted within the range. */
export function firstSeen(source: Source, dimension: Dimension, range: Range, limit: number): Count[] {
  if (limit <= 0) return [];
  const found = dimension === 'pair' ? newPairs(source, range, limit) : newWords(source, dimension, range, limit);
  const fresh = found
    .map(({ id, first }) => ({ id, first, value: text(source, dimension, id) }))
    .sort((a, b) => a.first - b.first || compare(a.value, b.value))
    .slice(0, limit);
  const sums = isMany(fresh.length, range) ? sumsOf(source, dimension, range).values : undefined;
  return fresh.map(({ id, first, value }) => ({
    value,
    count: sums ? (sums[id] ?? 0) : countOf(source, dimension, id, range, first),
    firstSeen: first,
    ...more(source, dimension, id),
  }));
}

/**
 * Values by time of their first sight, newest first, then by value, with their count of all time.
 * @param cursor `next` of the page before: a first sight, and how many of it were given
 */
export function newest(
  source: Source,
  dimension: Exclude<Dimension, 'pair'>,
  limit: number,
  cursor: string | undefined,
): Page<Count> {
  if (limit <= 0) return { items: [] };
  const { before, skip } = readNewest(cursor);
  const table = `word_${dimension}`;
  const least = source.scanner
    .prepare(`SELECT first FROM ${table} WHERE first <= ? ORDER BY first DESC LIMIT 1 OFFSET ?`)
    .get(before, skip + limit)?.['first'] as number | undefined;
  const rows = source.scanner.all(
    `SELECT id, n, first FROM ${table} WHERE first <= ? AND first >= ?`,
    before,
    least ?? 0,
  ) as unknown as { id: number; n: number; first: number }[];
  const found = rows
    .map(({ id, n, first }) => ({ id, n, first, value: text(source, dimension, id) }))
    .sort((a, b) => b.first - a.first || compare(a.value, b.value))
    .slice(skip, skip + limit + 1)
    .map(({ id, n, first, value }): Count => ({ value, count: n, firstSeen: first, ...more(source, dimension, id) }));
  return pageOfNewest(found, limit, cursor);
}

/** Where a page of `newest` begins: first sights up to `before`, without the first `skip` of them. */
export function readNewest(cursor: string | undefined): { before: number; skip: number } {
  const [before = 2 ** 43, skip = 0] = /^\d{1,14}\.\d{1,9}$/.test(cursor ?? '') ? cursor!.split('.').map(Number) : [];
  return { before, skip };
}

/** @param found one more than `limit` where there are more */
export function pageOfNewest(found: Count[], limit: number, cursor: string | undefined): Page<Count> {
  if (found.length <= limit) return { items: found };
  const items = found.slice(0, limit);
  const { before, skip } = readNewest(cursor);
  const last = items.at(-1)!.firstSeen;
  const given = items.filter(({ firstSeen }) => firstSeen === last).length + (last === before ? skip : 0);
  return { items, next: `${last}.${given}` };
}

/** What is shown beside a value. */
function more({ scanner }: Source, dimension: Dimension, key: number): Origin {
  if (dimension === 'address') return scanner.origin(key);
  const asName = dimension === 'asn' ? scanner.networkName(key) : undefined;
  return asName === undefined ? {} : { asName };
}

interface Fresh {
  id: number;
  first: number;
}

/** The first `limit` by time, and all of the last one's millisecond. */
function newWords({ scanner }: Source, dimension: Exclude<Dimension, 'pair'>, range: Range, limit: number): Fresh[] {
  const table = `word_${dimension}`;
  const last = scanner
    .prepare(`SELECT first FROM ${table} WHERE first >= ? AND first < ? ORDER BY first LIMIT 1 OFFSET ?`)
    .get(range.from, range.to, limit - 1)?.['first'] as number | undefined;
  return scanner.all(
    `SELECT id, first FROM ${table} WHERE first >= ? AND first <= ? ORDER BY first`,
    range.from,
    last ?? Math.ceil(range.to) - 1,
  ) as unknown as Fresh[];
}

function newPairs({ scanner, rollups }: Source, range: Range, limit: number): Fresh[] {
  const found: Fresh[] = [];
  const find = scanner.prepare('SELECT id, first FROM pair WHERE id = ?');
  const days = rollups.days('newPair', daysOf(range));
  for (let day = days?.from ?? 0; day < (days?.to ?? 0) && found.length < limit; day++) {
    // The pairs of each quarter, until there are enough: later ones came later.
    const quarters = new Map<number, number[]>();
    rollups.eachOfDay('newPair', day, (id, quarter) => {
      if (quarter + QUARTER <= range.from || quarter >= range.to) return;
      const ids = quarters.get(quarter);
      if (ids) ids.push(id);
      else quarters.set(quarter, [id]);
    });
    for (const quarter of [...quarters.keys()].sort((a, b) => a - b)) {
      if (found.length >= limit) break;
      for (const id of quarters.get(quarter)!) {
        const pair = find.get(id) as unknown as Fresh;
        if (pair.first >= range.from && pair.first < range.to) found.push(pair);
      }
    }
  }
  return found;
}

function pairText({ scanner, words }: Source, id: number): [username: string, password: string] {
  const row = scanner.prepare('SELECT username, password FROM pair WHERE id = ?').get(id)!;
  return [words.text('username', row['username'] as number), words.text('password', row['password'] as number)];
}

export function text(source: Source, dimension: Dimension, key: number): string {
  return dimension === 'pair' ? pairText(source, key).join('\0') : source.words.text(dimension, key);
}

/** The number of a value; undefined when it never came. */
export function keyOf({ scanner }: Source, dimension: Dimension, value: string): number | undefined {
  return dimension === 'pair' ? scanner.pairOf(value)?.id : scanner.wordId(dimension, value);
}

export function first({ scanner }: Source, dimension: Dimension, key: number): number {
  const table = dimension === 'pair' ? 'pair' : `word_${dimension}`;
  const row = scanner.prepare(`SELECT first FROM ${table} WHERE id = ?`).get(key);
  return (row?.['first'] as number | null | undefined) ?? 0;
}
