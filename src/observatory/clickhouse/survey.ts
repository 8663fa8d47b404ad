// What sessions have in common, what one address did, and when it comes: the named queries of surveys, in ClickHouse's SQL.
import { readBehaviour } from '../behaviour.ts';
import { MEASURES, pulseFrom, pulseOf, SERIES } from '../rhythm.ts';
import type {
  Change,
  Crossings,
  Dimension,
  FacetCount,
  FacetName,
  Facets,
  Fold,
  Folds,
  HeatMap,
  Matrix,
  Measure,
  Page,
  Pulse,
  Range,
  Relations,
  RowDimension,
  SessionFilter,
  Try,
  ValueOf,
} from '../store.ts';
import { Zone } from '../zone.ts';
import {
  BEGUN,
  BY_SESSION,
  counted,
  extent,
  micros,
  ORIGINATED,
  timeline,
  top,
  type Valued,
  WITHIN,
} from './counts.ts';
import type { Engine, Value } from './engine.ts';
import { LOGINS } from './schema.ts';
import { conditionsOf, NEWEST, type Row, toRow } from './sessions.ts';

const DAY_MICROS = 86_400_000_000;
const QUARTER = 900_000;
/** Sessions that are read to tell what an address did. */
const EXAMINED = 2000;

export async function topChange(engine: Engine, dimension: Dimension, range: Range, limit: number): Promise<Change[]> {
  const list = await top(engine, dimension, range, limit);
  const earlier = { from: range.from - (range.to - range.from), to: range.from };
  const rows = await engine.query<Pick<Valued, 'value' | 'n'>>(
    `SELECT value, n FROM (${counted(dimension)}) WHERE value IN {values:Array(String)}`,
    { ...micros(earlier), values: list.map(({ value }) => value) },
  );
  const before = new Map(rows.map(({ value, n }) => [value, n]));
  return list.map((count) => ({ ...count, before: before.get(count.value) ?? 0 }));
}

export async function matrix(engine: Engine, range: Range | undefined, rows: number, columns: number): Promise<Matrix> {
  const usernames = (await top(engine, 'username', range, rows)).map(({ value }) => value);
  const passwords = (await top(engine, 'password', range, columns)).map(({ value }) => value);
  const cells = await engine.query<{ u: number; p: number; n: number }>(
    `SELECT indexOf({usernames:Array(String)}, assumeNotNull(username)) AS u, indexOf({passwords:Array(String)}, assumeNotNull(password)) AS p, count() AS n
     FROM event FINAL WHERE ${WITHIN} AND username IN {usernames:Array(String)} AND password IN {passwords:Array(String)} GROUP BY u, p`,
    { ...micros(range), usernames, passwords },
  );
  const counts = usernames.map(() => passwords.map(() => 0));
  for (const { u, p, n } of cells) counts[u - 1]![p - 1] = n;
  return { usernames, passwords, counts };
}

interface Faceted {
  kind: string;
  value: string;
  n: number;
}

type Values = Record<string, Value>;

/** A column `word` with a row for each word of an event `e`: its kind and its value. */
const wordsOf = (kinds: readonly string[]) =>
  `arrayJoin(arrayFilter(w -> w.2 IS NOT NULL, [${kinds
    .map(
      (kind) =>
        `('${kind}', ${kind === 'pair' ? `concat(e.username, '\0', e.password)` : `toNullable(toString(e.${kind}))`})`,
    )
    .join(', ')}])) AS word`;

/** A column `word` with a row for each value of a session `t`; what is empty is not known, but a sensor may have no name. */
const valuesOf = (kinds: readonly string[]) =>
  `arrayJoin(arrayFilter(w -> w.1 = 'sensor' OR w.2 != '', [${kinds
    .map((kind) => `('${kind}', ${kind === 'asn' ? `if(t.asn = 0, '', concat('AS', toString(t.asn)))` : `t.${kind}`})`)
    .join(', ')}])) AS word`;

/** Counts of each kind, the `limit` largest of each, by count, then value. */
async function largest(
  engine: Engine,
  rows: string,
  values: Values,
  limit: number,
): Promise<Map<string, FacetCount[]>> {
  const found = await engine.query<Faceted>(
    `SELECT word.1 AS kind, assumeNotNull(word.2) AS value, count() AS n FROM (${rows})
     GROUP BY kind, value ORDER BY kind, n DESC, value LIMIT {most:UInt64} BY kind`,
    { ...values, most: limit },
  );
  const kinds = new Map<string, FacetCount[]>();
  for (const { kind, value, n } of found) kinds.set(kind, [...(kinds.get(kind) ?? []), { value, count: n }]);
  return kinds;
}

const OF_SESSIONS: ReadonlySet<FacetName> = new Set(['sensor', 'protocol', 'country', 'asn', 'outcome', 'address']);

const isRangeAlone = (filter: SessionFilter): boolean =>
  Object.entries(filter).every(([key, value]) => key === 'range' || key === 'zone' || value === undefined);

/** Everything in one answer: there is no next one. */
export async function facets(
  engine: Engine,
  filter: SessionFilter,
  limit: number,
  names: readonly FacetName[],
): Promise<Facets> {
  const nothing: Facets['facets'] = Object.fromEntries(names.map((name) => [name, []]));
  const fitting = await conditionsOf(engine, filter);
  if (!fitting) return { sessions: 0, facets: nothing, begun: [] };
  const { where, values } = fitting;
  // Without a filter the events of the range count, else all of the sessions that fit.
  const which = isRangeAlone(filter)
    ? 'e.at >= {from:Int64} AND e.at < {to:Int64}'
    : `(toString(e.sensor), e.session) IN (SELECT sensor, session FROM ${ORIGINATED} WHERE ${where})`;
  const begun = await engine.query<{ quarter: number; n: number }>(
    `SELECT intDiv(started, ${QUARTER * 1000}) AS quarter, count() AS n FROM ${ORIGINATED} WHERE ${where} GROUP BY quarter ORDER BY quarter`,
    values,
  );
  const ofSessions = names.filter((name) => OF_SESSIONS.has(name));
  const bySession = ofSessions.length
    ? await largest(
        engine,
        `SELECT ${valuesOf(ofSessions)} FROM (SELECT * FROM ${ORIGINATED} WHERE ${where}) t`,
        values,
        limit,
      )
    : [];
  const ofEvents = names.filter((name) => !OF_SESSIONS.has(name));
  const byEvent = ofEvents.length
    ? await largest(engine, `SELECT ${wordsOf(ofEvents)} FROM event AS e FINAL WHERE ${which}`, values, limit)
    : [];
  return {
    sessions: begun.reduce((sum, { n }) => sum + n, 0),
    facets: { ...nothing, ...Object.fromEntries(bySession), ...Object.fromEntries(byEvent) },
    begun: begun.map(({ quarter, n }) => [quarter * QUARTER, n]),
  };
}

/** Everything in one answer. */
export async function folds(engine: Engine, filter: SessionFilter, limit: number): Promise<Folds> {
  const fitting = await conditionsOf(engine, filter);
  if (!fitting) return { items: [], sessions: 0 };
  const { where, values } = fitting;
  const ended = `FROM ${ORIGINATED} t WHERE ${where} AND behaviour != ''`;
  const [all] = await engine.query<{ n: number }>(`SELECT count() AS n ${ended}`, values);
  const list = await engine.query<{ value: string; n: number }>(
    `SELECT behaviour AS value, count() AS n ${ended} GROUP BY value ORDER BY n DESC, value LIMIT {most:UInt64}`,
    { ...values, most: limit },
  );
  const wanted = { ...values, wanted: list.map(({ value }) => value) };
  const rows = await engine.query<Row>(
    `SELECT * EXCEPT (recordings), arraySort(recordings) AS recordings ${ended} AND behaviour IN {wanted:Array(String)} ${NEWEST} LIMIT 1 BY behaviour`,
    wanted,
  );
  const newest = new Map(rows.map((row) => [row.behaviour, row]));
  const seen = await engine.query<{ value: string; first: number }>(
    `SELECT behaviour AS value, min(started) AS first FROM ${ORIGINATED} WHERE behaviour IN {wanted:Array(String)} GROUP BY value`,
    wanted,
  );
  const first = new Map(seen.map(({ value, first }) => [value, Math.floor(first / 1000)]));
  const items = list.map(
    ({ value, n }): Fold => ({
      ...readBehaviour(value),
      value,
      count: n,
      firstSeen: first.get(value)!,
      example: toRow(newest.get(value)!),
    }),
  );
  return { items, sessions: all!.n };
}

export async function crossings(
  engine: Engine,
  dimensions: readonly [RowDimension, RowDimension],
  filter: SessionFilter,
  limit: number,
): Promise<Crossings> {
  const fitting = await conditionsOf(engine, filter);
  if (!fitting) return { items: [], sessions: 0 };
  const { where, values } = fitting;
  const value = (dimension: RowDimension) =>
    dimension === 'asn' ? `if(t.asn = 0, NULL, concat('AS', toString(t.asn)))` : `t.${dimension}`;
  // A client may be the empty text; of the others empty is not known, but a sensor may have no name.
  const known = (dimension: RowDimension) =>
    dimension === 'asn'
      ? 't.asn != 0'
      : ['client', 'hassh'].includes(dimension)
        ? `t.${dimension} IS NOT NULL`
        : dimension === 'sensor'
          ? '1'
          : `t.${dimension} != ''`;
  const [a, b] = dimensions;
  const from = `FROM (SELECT * FROM ${ORIGINATED} WHERE ${where}) t`;
  const [row] = await engine.query<{ n: number }>(`SELECT count() AS n ${from}`, values);
  const items = await engine.query<{ a: string; b: string; sessions: number }>(
    `SELECT assumeNotNull(${value(a)}) AS a, assumeNotNull(${value(b)}) AS b, count() AS sessions ${from} WHERE ${known(a)} AND ${known(b)}
     GROUP BY a, b ORDER BY sessions DESC, a, b LIMIT {most:UInt64}`,
    { ...values, most: limit },
  );
  return { items, sessions: row!.n };
}

/** @throws RangeError for an unknown time zone */
export async function heatMap(engine: Engine, range: Range, zone: string, what: Measure | ValueOf): Promise<HeatMap> {
  const clock = new Zone(zone);
  const counts = Array.from({ length: 7 }, () => new Array<number>(24).fill(0));
  // Offsets of time zones are whole quarters of an hour.
  for (const { step, n } of await over(engine, range, what, QUARTER)) {
    const { weekday, hour } = clock.hourOfWeek(step * QUARTER);
    counts[weekday]![hour]! += n;
  }
  return { zone, counts };
}

/** Counts of a measure or of a value by steps of some milliseconds since the epoch, ascending. */
async function over(
  engine: Engine,
  range: Range,
  what: Measure | ValueOf,
  size: number,
): Promise<{ step: number; n: number }[]> {
  const values: Values = { ...micros(range) };
  const step = (column: string) => `intDiv(${column}, ${size * 1000}) AS step`;
  let sql: string;
  if (what === 'sessions') sql = `SELECT ${step('started')}, count() AS n FROM sessions WHERE ${BEGUN}`;
  else if (typeof what === 'string') {
    sql = `SELECT ${step('at')}, count() AS n FROM event FINAL WHERE ${WITHIN} AND eventid = {eventid:String}`;
    values['eventid'] = SERIES[what];
  } else {
    const { dimension, value } = what;
    values['value'] = value;
    const column =
      dimension === 'pair'
        ? `concat(username, '\0', password)`
        : dimension === 'asn'
          ? `concat('AS', toString(asn))`
          : dimension;
    sql = BY_SESSION.has(dimension)
      ? `SELECT ${step('started')}, count() AS n FROM ${ORIGINATED} WHERE ${BEGUN} AND ${column} = {value:String}`
      : `SELECT ${step('at')}, count() AS n FROM event FINAL WHERE ${WITHIN} AND ${column} = {value:String}`;
  }
  return engine.query(`${sql} GROUP BY step ORDER BY step`, values);
}

export async function history(
  engine: Engine,
  dimension: Dimension,
  value: string,
  range: Range,
): Promise<[day: string, count: number][]> {
  const days = await over(engine, range, { dimension, value }, DAY_MICROS / 1000);
  return days.map(({ step, n }) => [new Date((step * DAY_MICROS) / 1000).toISOString().slice(0, 10), n]);
}

export async function pulse(engine: Engine, now: number): Promise<Pulse> {
  const { first } = await extent(engine, undefined);
  const points = await timeline(engine, { from: pulseFrom(now), to: now }, 'minute');
  return pulseOf(now, first === undefined ? undefined : Math.ceil(first / 1000), ({ from, to }) => {
    const within = points.filter(({ at }) => at >= from && at < to);
    return Object.fromEntries(
      MEASURES.map((measure) => [measure, within.reduce((sum, point) => sum + point[measure], 0)]),
    ) as Record<Measure, number>;
  });
}

export async function relations(
  engine: Engine,
  address: string,
  range: Range | undefined,
  limit: number,
): Promise<Relations | undefined> {
  const values = { ...micros(range), address };
  const [seen] = await engine.query<{ n: number; first: number }>(
    'SELECT count() AS n, min(started) AS first FROM sessions WHERE address = {address:String}',
    { address },
  );
  if (seen!.n === 0) return undefined;
  const days = await engine.query<{ day: number; n: number }>(
    `SELECT intDiv(started, ${DAY_MICROS}) AS day, count() AS n FROM sessions WHERE address = {address:String} AND ${BEGUN} GROUP BY day ORDER BY day`,
    values,
  );
  const sessions = days.reduce((sum, { n }) => sum + n, 0);
  const newest = `SELECT sensor, session FROM sessions WHERE address = {address:String} AND ${BEGUN} ${NEWEST} LIMIT ${EXAMINED}`;
  const kinds = ['username', 'password', 'client', 'hassh', 'command', 'hash', 'url'] as const;
  const byEvent = await largest(
    engine,
    `SELECT ${wordsOf(kinds)} FROM event AS e FINAL WHERE (toString(e.sensor), e.session) IN (${newest})`,
    values,
    limit,
  );
  const bySession = await largest(engine, `SELECT ${valuesOf(['sensor'])} FROM (${newest}) t`, values, limit);
  const list = (kind: string) => byEvent.get(kind) ?? bySession.get(kind) ?? [];
  return {
    address,
    sessions,
    firstSeen: Math.floor(seen!.first / 1000),
    days: days.map(({ day, n }) => [new Date((day * DAY_MICROS) / 1000).toISOString().slice(0, 10), n]),
    examined: Math.min(sessions, EXAMINED),
    complete: sessions <= EXAMINED,
    values: Object.fromEntries([...kinds, 'sensor'].map((kind) => [kind, list(kind)])) as Relations['values'],
  };
}

export async function tries(engine: Engine, address: string, limit: number, cursor?: string): Promise<Page<Try>> {
  const [id, skip] = /^\d{1,16}\.\d{1,9}$/.test(cursor ?? '') ? cursor!.split('.').map(Number) : [undefined, 0];
  const rows = await engine.query<{
    at: number;
    username: string;
    password: string | null;
    success: number;
    id: number;
  }>(
    `SELECT intDiv(e.at, 1000) AS at, assumeNotNull(e.username) AS username, e.password AS password,
       e.eventid = 'cowrie.login.success' AS success, s.id AS id
     FROM (SELECT * FROM event FINAL WHERE eventid IN (${LOGINS}) AND username IS NOT NULL
       AND (toString(sensor), session) IN (SELECT sensor, session FROM sessions WHERE address = {address:String})) e
     INNER JOIN sessions s ON s.sensor = e.sensor AND s.session = e.session
     ${id === undefined ? '' : 'WHERE (s.started, s.sensor, s.session) >= (SELECT started, sensor, session FROM sessions WHERE id = {id:UInt64} LIMIT 1)'}
     ORDER BY s.started, s.sensor, s.session, at, e.arrived LIMIT {most:UInt64} OFFSET {skip:UInt64}`,
    { address, most: limit + 1, skip: skip!, ...(id === undefined ? {} : { id }) },
  );
  const items = rows.slice(0, limit).map(
    ({ at, username, password, success, id }): Try => ({
      at,
      username,
      ...(password === null ? {} : { password }),
      success: success === 1,
      sessionId: id,
    }),
  );
  const after = rows[limit];
  if (!after) return { items };
  // Within the session that the next page begins in: how many of its tries were told.
  const told = rows.slice(0, limit).filter((row) => row.id === after.id).length;
  return { items, next: `${after.id}.${told + (after.id === id ? skip! : 0)}` };
}
