// Counts by day and hour, of many values at once: what baselines are made of. Days and hours are whole ones of UTC.
import { Sums } from './counts.ts';
import { DAY, HOUR } from './order.ts';
import { keyOf, type Source, text } from './rank.ts';
import { APPROXIMATE, ID_STEP, SENSOR } from './schema.ts';
import type { Dimension, Extremes, Range, Visit } from './store.ts';

/** A row for each value, a column for each day of the range. */
export function daily(source: Source, dimension: Dimension, values: readonly string[], range: Range): number[][] {
  const keys = values.map((value) => keyOf(source, dimension, value));
  const rows = values.map((): number[] => []);
  eachDay(source, dimension, range, ({ values: counts }) => {
    for (const [row, key] of keys.entries()) rows[row]!.push(key === undefined ? 0 : (counts[key] ?? 0));
  });
  return rows;
}

/** How many values came on each day of the range. */
export function distinct(source: Source, dimension: Dimension, range: Range): number[] {
  const days: number[] = [];
  eachDay(source, dimension, range, ({ values }) => {
    let n = 0;
    for (const count of values) if (count > 0) n++;
    days.push(n);
  });
  return days;
}

function eachDay({ rollups }: Source, dimension: Dimension, { from, to }: Range, visit: (sums: Sums) => void): void {
  let sums = new Sums(0);
  for (let at = from; at < to; at += DAY) {
    // The largest word is looked up once: the same memory serves every day.
    if (at === from) sums = rollups.sums(dimension, { from: at, to: at + DAY });
    else rollups.addTo(sums, dimension, { from: at, to: at + DAY });
    visit(sums);
    sums.values.fill(0);
  }
}

/** Which of the newest `limit` sessions of the range lasted longest, and in which most was typed; the first of equals. */
export function extremes({ scanner }: Source, range: Range, limit: number): Extremes {
  const found: Extremes = { sessions: 0 };
  const rows = scanner
    .prepare(
      `SELECT id, last, commands FROM session WHERE id >= ? AND id < ? AND flags & ${SENSOR} = 0 ORDER BY id DESC LIMIT ?`,
    )
    .iterate(range.from * ID_STEP, range.to * ID_STEP, limit) as Iterable<unknown>;
  for (const { id, last, commands } of rows as Iterable<{ id: number; last: number; commands: number }>) {
    found.sessions++;
    if (last > 0 && last >= (found.longest?.ms ?? 0)) found.longest = { id, ms: last };
    if (commands > 0 && commands >= (found.deepest?.commands ?? 0)) found.deepest = { id, commands };
  }
  return found;
}

/** The newest `limit` sessions with login attempts that begin in the range, in order of time. */
export function visits({ scanner, words }: Source, range: Range, limit: number): Visit[] {
  const rows = scanner.all(
    `SELECT id, address, username, logins, flags FROM session WHERE id >= ? AND id < ? AND logins > 0 AND flags & ${SENSOR} = 0 ORDER BY id DESC LIMIT ?`,
    Math.ceil(range.from) * ID_STEP,
    Math.ceil(range.to) * ID_STEP,
    limit,
  ) as unknown as { id: number; address: number | null; username: number | null; logins: number; flags: number }[];
  return rows.reverse().map(({ id, address, username, logins, flags }) => ({
    id,
    address: address === null ? '' : words.text('address', address),
    username: username === null ? '' : words.text('username', username),
    started: Math.floor(id / ID_STEP),
    attempts: logins,
    approximate: (flags & APPROXIMATE) !== 0,
  }));
}

/** Every value with its counts, one for each hour of the range: for dimensions of few values. */
export function hourly(source: Source, dimension: Dimension, range: Range): { value: string; counts: number[] }[] {
  const hours = Math.max(0, Math.round((range.to - range.from) / HOUR));
  const rows = new Map<number, number[]>();
  source.rollups.each(dimension, range, (key, at, n) => {
    let row = rows.get(key);
    if (!row) rows.set(key, (row = new Array<number>(hours).fill(0)));
    row[Math.floor((at - range.from) / HOUR)]! += n;
  });
  return [...rows]
    .map(([key, counts]) => ({ value: text(source, dimension, key), counts }))
    .sort((a, b) => (a.value < b.value ? -1 : 1));
}
