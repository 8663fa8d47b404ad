// The named queries that count, in ClickHouse's SQL: totals, series, top lists, first sightings.
import { pageOfNewest, readNewest } from '../rank.ts';
import type { Count, Dimension, Page, Range, SessionDimension, TimelinePoint, Totals } from '../store.ts';
import type { Engine, Value } from './engine.ts';
import { LOGINS } from './schema.ts';

const MINUTE = 60_000;
const SIZE = { minute: MINUTE, quarter: 15 * MINUTE, hour: 60 * MINUTE, day: 1440 * MINUTE };
export const BY_SESSION: ReadonlySet<string> = new Set([
  'address',
  'sensor',
  'protocol',
  'country',
  'asn',
  'behaviour',
] satisfies SessionDimension[]);

/** Events, each once. */
export const EVENTS = 'event FINAL';
/** Sessions with where they come from and what they did; what is not known is empty. */
export const ORIGINATED = `(SELECT so.*, b.value AS behaviour,
    multiIf(so.closed = 0, '', so.downloads > 0, 'download', so.commands > 0, 'command', so.logged_in = 1, 'login', so.logins > 0, 'refused', 'silent') AS outcome
  FROM (SELECT s.*, o.country AS country, o.asn AS asn, o.as_name AS as_name, o.scanner AS scanner
    FROM sessions s LEFT JOIN (SELECT address AS of, country, asn, as_name, scanner FROM origin FINAL) o ON o.of = s.address) so
  LEFT JOIN (SELECT id AS of, sensor AS of_sensor, session AS of_session, value FROM behaviour FINAL) b
  ON b.of = so.id AND b.of_sensor = so.sensor AND b.of_session = so.session)`;

/** The bounds in microseconds, as values of a statement. */
export const micros = (range: Range | undefined): { from: number; to: number } => ({
  from: range ? Math.ceil(range.from * 1000) : -9e15,
  to: range ? Math.ceil(range.to * 1000) : 9e15,
});
export const WITHIN = 'at >= {from:Int64} AND at < {to:Int64}';
export const BEGUN = 'started >= {from:Int64} AND started < {to:Int64}';

export async function totals(engine: Engine, range: Range | undefined): Promise<Totals> {
  const values = micros(range);
  const [[events], [sessions]] = await Promise.all([
    engine.query<Record<string, number>>(
      `SELECT count() AS events, countIf(eventid = 'cowrie.login.failed') AS loginsFailed, countIf(eventid = 'cowrie.login.success') AS loginsSucceeded,
         countIf(eventid = 'cowrie.command.input') AS commands, countIf(eventid = 'cowrie.session.file_download') AS downloads,
         min(at) AS first, max(at) AS last
       FROM ${EVENTS} WHERE ${WITHIN}`,
      values,
    ),
    engine.query<Record<string, number>>(
      `SELECT count() AS sessions, uniqExactIf(address, address != '') AS addresses FROM sessions WHERE ${BEGUN}`,
      values,
    ),
  ]);
  const { first, last, ...counts } = events!;
  return {
    ...(counts as unknown as Totals),
    ...(sessions as unknown as Totals),
    ...(counts['events']! > 0 ? { first: Math.floor(first! / 1000), last: Math.floor(last! / 1000) } : {}),
  };
}

export async function extent(engine: Engine, range: Range | undefined): Promise<{ first?: number; last?: number }> {
  const [row] = await engine.query<{ n: number; first: number; last: number }>(
    `SELECT count() AS n, min(at) AS first, max(at) AS last FROM event WHERE ${WITHIN}`,
    micros(range),
  );
  return row!.n > 0 ? { first: row!.first, last: row!.last } : {};
}

export async function eventsById(
  engine: Engine,
  range: Range | undefined,
): Promise<[eventid: string, count: number][]> {
  const rows = await engine.query<{ id: string; n: number }>(
    `SELECT toString(eventid) AS id, count() AS n FROM ${EVENTS} WHERE ${WITHIN} GROUP BY id ORDER BY n DESC, id`,
    micros(range),
  );
  return rows.map(({ id, n }) => [id, n]);
}

export async function timeline(engine: Engine, range: Range, bucket: keyof typeof SIZE): Promise<TimelinePoint[]> {
  return engine.query<TimelinePoint & Record<string, unknown>>(
    `SELECT intDiv(ms, {size:Int64}) * {size:Int64} AS at, countIf(kind = '') AS sessions, countIf(kind = 'cowrie.login.failed') AS loginsFailed,
       countIf(kind = 'cowrie.login.success') AS loginsSucceeded, countIf(kind = 'cowrie.command.input') AS commands,
       countIf(kind = 'cowrie.session.file_download') AS downloads
     FROM (
       SELECT intDiv(e.at, 1000) AS ms, toString(e.eventid) AS kind FROM event AS e FINAL
       WHERE e.at >= {from:Int64} AND e.at < {to:Int64}
         AND e.eventid IN (${LOGINS}, 'cowrie.command.input', 'cowrie.session.file_download')
       UNION ALL SELECT intDiv(started, 1000) AS ms, '' AS kind FROM sessions WHERE ${BEGUN})
     GROUP BY at ORDER BY at`,
    { ...micros(range), size: SIZE[bucket] },
  );
}

export async function perDay(engine: Engine, range: Range | undefined): Promise<[day: string, events: number][]> {
  const rows = await engine.query<{ day: number; n: number }>(
    `SELECT intDiv(at, 86400000000) AS day, count() AS n FROM ${EVENTS} WHERE ${WITHIN} GROUP BY day ORDER BY day`,
    micros(range),
  );
  return rows.map(({ day, n }) => [new Date(day * SIZE.day).toISOString().slice(0, 10), n]);
}

export interface Valued {
  value: string;
  n: number;
  first: number;
  country: string;
  asn: number;
  as_name: string;
  scanner: string;
}

/** Value, its count in a range and when it came first of all time, in microseconds; a row for each value. */
export function counted(dimension: Dimension): string {
  if (dimension === 'pair')
    return `SELECT concat(username, '\\0', password) AS value, n, first FROM
      (SELECT username, password, count() AS n FROM ${EVENTS} WHERE ${WITHIN} AND username IS NOT NULL AND password IS NOT NULL GROUP BY username, password) c
      INNER JOIN (SELECT value AS u, second AS p, min(s.first) AS first FROM seen s WHERE dimension = 'pair' GROUP BY u, p) f
      ON c.username = f.u AND c.password = f.p`;
  if (!BY_SESSION.has(dimension))
    return `SELECT c.value AS value, n, first FROM
      (SELECT assumeNotNull(${dimension}) AS value, count() AS n FROM ${EVENTS} WHERE ${WITHIN} AND ${dimension} IS NOT NULL GROUP BY value) c
      INNER JOIN (SELECT value, min(s.first) AS first FROM seen s WHERE dimension = '${dimension}' GROUP BY value) f ON c.value = f.value`;
  const value = dimension === 'asn' ? `concat('AS', toString(t.asn))` : `t.${dimension}`;
  const known = dimension === 'asn' ? 't.asn != 0' : dimension === 'sensor' ? '1' : `t.${dimension} != ''`;
  return `SELECT ${value} AS value, countIf(t.started >= {from:Int64} AND t.started < {to:Int64}) AS n, min(t.started) AS first,
      any(t.country) AS country, any(t.asn) AS asn, any(t.as_name) AS as_name, any(t.scanner) AS scanner
    FROM ${ORIGINATED} t WHERE ${known} GROUP BY value`;
}

export function toCount(dimension: Dimension, row: Valued): Count {
  return {
    value: row.value,
    count: row.n,
    firstSeen: Math.floor(row.first / 1000),
    ...(dimension === 'address'
      ? originOf(row)
      : dimension === 'asn' && row.as_name !== ''
        ? { asName: row.as_name }
        : {}),
  };
}

/** Where an address comes from, without what is not known. */
export function originOf(row: { country: string; asn: number; as_name: string; scanner: string }) {
  return {
    ...(row.country === '' ? {} : { country: row.country }),
    ...(row.asn === 0 ? {} : { asn: row.asn }),
    ...(row.as_name === '' ? {} : { asName: row.as_name }),
    ...(row.scanner === '' ? {} : { scanner: row.scanner }),
  };
}

export async function top(
  engine: Engine,
  dimension: Dimension,
  range: Range | undefined,
  limit: number,
): Promise<Count[]> {
  if (limit <= 0) return [];
  const rows = await engine.query<Valued>(
    `SELECT * FROM (${counted(dimension)}) WHERE n > 0 ORDER BY n DESC, value LIMIT {limit:UInt64}`,
    { ...micros(range), limit: Math.min(limit, 1e15) },
  );
  return rows.map((row) => toCount(dimension, row));
}

export async function topPairs(
  engine: Engine,
  range: Range | undefined,
  limit: number,
): Promise<[string, string, number][]> {
  if (limit <= 0) return [];
  const rows = await engine.query<{ username: string; password: string; n: number }>(
    `SELECT username, password, count() AS n FROM ${EVENTS} WHERE ${WITHIN} AND username IS NOT NULL AND password IS NOT NULL
     GROUP BY username, password ORDER BY n DESC, username, password LIMIT {limit:UInt64}`,
    { ...micros(range), limit: Math.min(limit, 1e15) },
  );
  return rows.map(({ username, password, n }) => [username, password, n]);
}

export async function newest(
  engine: Engine,
  dimension: Exclude<Dimension, 'pair'>,
  limit: number,
  cursor: string | undefined,
): Promise<Page<Count>> {
  if (limit <= 0) return { items: [] };
  const { before, skip } = readNewest(cursor);
  const rows = await engine.query<Valued>(
    `SELECT * FROM (${counted(dimension)}) WHERE intDiv(first, 1000) <= {before:Int64}
     ORDER BY intDiv(first, 1000) DESC, value LIMIT {limit:UInt64} OFFSET {skip:UInt64}`,
    { ...micros(undefined), before, skip, limit: Math.min(limit, 1e15) + 1 },
  );
  return pageOfNewest(
    rows.map((row) => toCount(dimension, row)),
    limit,
    cursor,
  );
}

export async function firstSeen(engine: Engine, dimension: Dimension, range: Range, limit: number): Promise<Count[]> {
  if (limit <= 0) return [];
  const values: Record<string, Value> = { ...micros(range), limit: Math.min(limit, 1e15) };
  const rows = await engine.query<Valued>(
    `SELECT * FROM (${counted(dimension)}) WHERE first >= {from:Int64} AND first < {to:Int64}
     ORDER BY intDiv(first, 1000), value LIMIT {limit:UInt64}`,
    values,
  );
  return rows.map((row) => toCount(dimension, row));
}
