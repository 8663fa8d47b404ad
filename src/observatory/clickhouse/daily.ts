// Counts by day and hour of many values at once, and what the diary asks of sessions and new commands, in ClickHouse's SQL.
import type { Dimension, Extremes, Range, Trace, Visit } from '../store.ts';
import { COMMANDS, COMPARED, grouped, type Mark, trace } from '../traces.ts';
import { BEGUN, BY_SESSION, EVENTS, firstSeen, micros, ORIGINATED, WITHIN } from './counts.ts';
import type { Engine, Value } from './engine.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Bucket {
  value: string;
  /** Since the epoch, of the size that was asked for. */
  step: number;
  n: number;
}

/** A row for each value and each step of `{size:Int64}` microseconds in which it came, as `top` counts it. */
function buckets(dimension: Dimension): string {
  if (dimension === 'pair')
    return `SELECT concat(assumeNotNull(username), '\\0', assumeNotNull(password)) AS value, intDiv(at, {size:Int64}) AS step, count() AS n
      FROM ${EVENTS} WHERE ${WITHIN} AND username IS NOT NULL AND password IS NOT NULL GROUP BY value, step`;
  if (!BY_SESSION.has(dimension))
    return `SELECT assumeNotNull(${dimension}) AS value, intDiv(at, {size:Int64}) AS step, count() AS n
      FROM ${EVENTS} WHERE ${WITHIN} AND ${dimension} IS NOT NULL GROUP BY value, step`;
  const value = dimension === 'asn' ? `concat('AS', toString(t.asn))` : `t.${dimension}`;
  const known = dimension === 'asn' ? 't.asn != 0' : dimension === 'sensor' ? '1' : `t.${dimension} != ''`;
  return `SELECT ${value} AS value, intDiv(t.started, {size:Int64}) AS step, count() AS n
    FROM ${ORIGINATED} t WHERE t.started >= {from:Int64} AND t.started < {to:Int64} AND ${known} GROUP BY value, step`;
}

const bounds = (range: Range, size: number): Record<string, Value> => ({ ...micros(range), size: size * 1000 });
const steps = ({ from, to }: Range, size: number): number => Math.max(0, Math.round((to - from) / size));

export async function daily(
  engine: Engine,
  dimension: Dimension,
  values: readonly string[],
  range: Range,
): Promise<number[][]> {
  const rows = await engine.query<Bucket & Record<string, unknown>>(
    `SELECT * FROM (${buckets(dimension)}) WHERE value IN {wanted:Array(String)}`,
    { ...bounds(range, DAY), wanted: values },
  );
  const counts = new Map<string, number[]>();
  for (const { value, step, n } of rows) {
    let days = counts.get(value);
    if (!days) counts.set(value, (days = new Array<number>(steps(range, DAY)).fill(0)));
    days[step - range.from / DAY] = n;
  }
  return values.map((value) => counts.get(value) ?? new Array<number>(steps(range, DAY)).fill(0));
}

export async function distinct(engine: Engine, dimension: Dimension, range: Range): Promise<number[]> {
  const rows = await engine.query<{ step: number; n: number }>(
    `SELECT step, uniqExact(value) AS n FROM (${buckets(dimension)}) GROUP BY step`,
    bounds(range, DAY),
  );
  const days = new Array<number>(steps(range, DAY)).fill(0);
  for (const { step, n } of rows) days[step - range.from / DAY] = n;
  return days;
}

export async function hourly(
  engine: Engine,
  dimension: Dimension,
  range: Range,
): Promise<{ value: string; counts: number[] }[]> {
  const rows = await engine.query<Bucket & Record<string, unknown>>(buckets(dimension), bounds(range, HOUR));
  const values = new Map<string, number[]>();
  for (const { value, step, n } of rows) {
    let counts = values.get(value);
    if (!counts) values.set(value, (counts = new Array<number>(steps(range, HOUR)).fill(0)));
    counts[step - range.from / HOUR] = n;
  }
  return [...values].map(([value, counts]) => ({ value, counts })).sort((a, b) => (a.value < b.value ? -1 : 1));
}

export async function extremes(engine: Engine, range: Range, limit: number): Promise<Extremes> {
  const rows = await engine.query<{ id: number; ms: number; commands: number }>(
    `SELECT id, intDiv(newest, 1000) - intDiv(started, 1000) AS ms, commands FROM sessions WHERE ${BEGUN}
     ORDER BY started DESC, id DESC LIMIT {limit:UInt64}`,
    { ...micros(range), limit },
  );
  const found: Extremes = { sessions: rows.length };
  for (const { id, ms, commands } of rows) {
    if (ms > 0 && ms >= (found.longest?.ms ?? 0)) found.longest = { id, ms };
    if (commands > 0 && commands >= (found.deepest?.commands ?? 0)) found.deepest = { id, commands };
  }
  return found;
}

export async function visits(engine: Engine, range: Range, limit: number): Promise<Visit[]> {
  const rows = await engine.query<Omit<Visit, 'approximate'> & { approximate: number; username: string | null }>(
    `SELECT id, address, if(logged_in = 1, entered.1, tried.1) AS username, intDiv(s.started, 1000) AS started, logins AS attempts, approximate
     FROM sessions s WHERE s.started >= {from:Int64} AND s.started < {to:Int64} AND logins > 0
     ORDER BY s.started DESC, sensor DESC, session DESC LIMIT {limit:UInt64}`,
    { ...micros(range), limit },
  );
  return rows.reverse().map(({ username, approximate, ...visit }) => ({
    ...visit,
    username: username ?? '',
    approximate: approximate !== 0,
  }));
}

/** Marks of new commands that no older one has. */
export async function fresh(engine: Engine, range: Range, limit: number, mark: Mark): Promise<Trace[]> {
  const found: Trace[] = [];
  for (const [value, commands] of grouped(await firstSeen(engine, 'command', range, COMMANDS), mark)) {
    if (found.length >= limit) break;
    const words = mark.words(value);
    if (words.length === 0) continue;
    const older = await engine.query<{ value: string }>(
      `SELECT value FROM seen s WHERE dimension = 'command' AND arrayAll(w -> positionCaseInsensitiveUTF8(value, w) > 0, {words:Array(String)})
       GROUP BY value HAVING min(s.first) < {before:Int64} LIMIT ${COMPARED}`,
      { words, before: Math.ceil(range.from * 1000) },
    );
    if (older.length < COMPARED && !older.some((one) => mark.has(one.value, value)))
      found.push(trace(mark.told(value), commands));
  }
  return found;
}
