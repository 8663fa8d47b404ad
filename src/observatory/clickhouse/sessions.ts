// The named queries that give sessions and single events, in ClickHouse's SQL.

import type { Protocol } from '../../event/event.ts';
import { messageOf } from '../../event/message.ts';
import { formatMicros } from '../../event/time.ts';
import { countedIn } from '../countedin.ts';
import type { Dimension, Download, FeedItem, Page, Range, SessionDetail, SessionFilter, SessionRow } from '../store.ts';
import { Zone } from '../zone.ts';
import { BEGUN, micros, ORIGINATED, originOf, WITHIN } from './counts.ts';
import type { Engine, Value } from './engine.ts';
import { sessionId } from './schema.ts';

type Pair = [username: string | null, password: string | null];

export interface Row {
  id: number;
  sensor: string;
  session: string;
  started: number;
  newest: number;
  address: string;
  protocol: string;
  port: number | null;
  destination: string | null;
  destination_port: number | null;
  client: string | null;
  hassh: string | null;
  logged_in: number;
  closed: number;
  approximate: number;
  entered: Pair;
  tried: Pair;
  duration: number | null;
  logins: number;
  commands: number;
  downloads: number;
  recordings: [number, string][];
  country: string;
  asn: number;
  as_name: string;
  scanner: string;
  behaviour: string;
}

export const SELECT = `SELECT * EXCEPT (recordings), arraySort(recordings) AS recordings FROM ${ORIGINATED}`;

export function toRow(row: Row): SessionRow {
  const started = Math.floor(row.started / 1000);
  const [username, password] = row.logged_in ? row.entered : row.tried;
  const some = <Name extends string, T>(name: Name, value: T | null) => (value === null ? {} : { [name]: value });
  return {
    id: row.id,
    sensor: row.sensor,
    session: row.session,
    ...(row.protocol === '' ? {} : { protocol: row.protocol as Protocol }),
    address: row.address,
    ...originOf(row),
    ...some('port', row.port),
    ...some('destinationPort', row.destination_port),
    started,
    ...(row.closed ? { ended: Math.floor(row.newest / 1000) } : {}),
    ...some('durationMs', row.duration),
    ...some('client', row.client),
    ...some('hassh', row.hassh),
    ...some('username', username),
    ...some('password', password),
    loggedIn: row.logged_in === 1,
    loginAttempts: row.logins,
    commands: row.commands,
    downloads: row.downloads,
    recordings: [...new Set(row.recordings.map(([, name]) => name))],
    approximate: row.approximate === 1,
  };
}

/** Newest first; of one microsecond by sensor and session, backwards. */
export const NEWEST = 'ORDER BY started DESC, sensor DESC, session DESC';

export interface Conditions {
  /** Of a row of `ORIGINATED`. */
  where: string;
  values: Record<string, Value>;
}

/** A filter in SQL; undefined when no session can fit. */
export async function conditionsOf(engine: Engine, filter: SessionFilter): Promise<Conditions | undefined> {
  // Campaigns are found beside the SQLite store only.
  if (filter.campaign !== undefined) return undefined;
  const where = [BEGUN];
  const values: Record<string, Value> = { ...micros(filter.range) };
  for (const column of [
    'address',
    'country',
    'client',
    'hassh',
    'protocol',
    'sensor',
    'outcome',
    'behaviour',
  ] as const) {
    const value = filter[column];
    if (value === undefined) continue;
    where.push(`${column} = {${column}:String}`);
    values[column] = value;
  }
  if (filter.asn !== undefined) {
    where.push(`asn = {asn:UInt32}`);
    values['asn'] = /^AS\d{1,9}$/.test(filter.asn) ? Number(filter.asn.slice(2)) : 0;
    if (values['asn'] === 0) return undefined;
  }
  if (filter.loggedIn !== undefined) where.push(`logged_in = ${filter.loggedIn ? 1 : 0}`);
  if (filter.withCommands !== undefined) where.push(`commands ${filter.withCommands ? '>' : '='} 0`);
  const { weekday, hour, zone = 'UTC' } = filter;
  if (weekday !== undefined || hour !== undefined) {
    // An unknown zone fails here as it does in SQLite.
    new Zone(zone);
    const begun = 'fromUnixTimestamp64Micro(started, {zone:String})';
    if (weekday !== undefined) where.push(`toDayOfWeek(${begun}) = {weekday:UInt8} + 1`);
    if (hour !== undefined) where.push(`toHour(${begun}) = {hour:UInt8}`);
    Object.assign(values, {
      zone,
      ...(weekday === undefined ? {} : { weekday }),
      ...(hour === undefined ? {} : { hour }),
    });
  }
  // What only the events of a session tell.
  const having = (conditions: readonly string[]) =>
    where.push(
      `(sensor, session) IN (SELECT toString(e.sensor), e.session FROM event e WHERE ${conditions.join(' AND ')})`,
    );
  const bind = (name: 'username' | 'password' | 'hash' | 'url' | 'eventid'): string | undefined => {
    const value = filter[name];
    if (value === undefined) return undefined;
    values[name] = value;
    return `e.${name} = {${name}:String}`;
  };
  const login = [bind('username'), bind('password')].filter((condition) => condition !== undefined);
  if (login.length > 0) having(login);
  for (const condition of [bind('hash'), bind('url'), bind('eventid')])
    if (condition !== undefined) having([condition]);
  if (filter.command !== undefined && filter.command.trim() !== '') {
    const found = await commandsWith(engine, filter.command);
    if (!found) return undefined;
    having([found.condition]);
    Object.assign(values, found.values);
  }
  return { where: where.join(' AND '), values };
}

export async function sessions(
  engine: Engine,
  filter: SessionFilter,
  limit: number,
  cursor?: string,
): Promise<Page<SessionRow>> {
  const fitting = await conditionsOf(engine, filter);
  if (!fitting) return { items: [] };
  let { where } = fitting;
  const values: Record<string, Value> = { ...fitting.values, limit: limit + 1 };
  if (cursor !== undefined && /^\d{1,16}$/.test(cursor)) {
    where +=
      ' AND (started, sensor, session) < (SELECT started, sensor, session FROM sessions WHERE id = {before:UInt64} LIMIT 1)';
    values['before'] = Number(cursor);
  }
  const rows = await engine.query<Row>(`${SELECT} WHERE ${where} ${NEWEST} LIMIT {limit:UInt64}`, values);
  const items = rows.slice(0, limit).map(toRow);
  return rows.length > limit && items.length > 0 ? { items, next: String(items.at(-1)!.id) } : { items };
}

/** Characters of a word, as SQLite's unicode61 with `-` and `_` takes them. */
const WORD = '\\p{L}\\p{N}\\p{M}\\p{Co}_-';

/**
 * Commands that hold all words, or, where a word is no word but a part of one, all its parts.
 * @returns the condition on an event, with its values; undefined when there is no such command
 */
async function commandsWith(
  engine: Engine,
  query: string,
): Promise<{ condition: string; values: Record<string, Value> } | undefined> {
  const terms = query.match(/\S+/g)?.slice(0, 16) ?? [];
  const phrases = terms.map((term) => term.match(new RegExp(`[${WORD}]+`, 'gu')) ?? []);
  const command = 'substringUTF8(assumeNotNull(e.command), 1, 8192)';
  const words = phrases
    .filter((phrase) => phrase.length > 0)
    .map(
      (phrase) =>
        `(?i)(?:^|[^${WORD}])${phrase.map((word) => word.replace(/-/g, '\\-')).join(`[^${WORD}]+`)}(?:$|[^${WORD}])`,
    );
  const some = async (condition: string, values: Record<string, Value>) => {
    const whole = `e.command IS NOT NULL AND ${condition}`;
    const found = await engine.query(`SELECT 1 FROM event e WHERE ${whole} LIMIT 1`, values);
    return found.length > 0 ? { condition: whole, values } : undefined;
  };
  if (words.length > 0) {
    const found = await some(`arrayAll(word -> match(${command}, word), {words:Array(String)})`, { words });
    if (found) return found;
  }
  if (!terms.some((term) => [...term].length >= 3)) return undefined;
  return some(`arrayAll(part -> position(lowerUTF8(${command}), part) > 0, {parts:Array(String)})`, {
    parts: terms.map((term) => term.toLowerCase()),
  });
}

export async function session(engine: Engine, id: number): Promise<SessionDetail | undefined> {
  const [row] = await engine.query<Row>(`${SELECT} WHERE id = {id:UInt64} LIMIT 1`, { id });
  return row && detail(engine, row);
}

export async function findSession(engine: Engine, name: string, sensor?: string): Promise<SessionDetail | undefined> {
  const where =
    sensor === undefined
      ? 'session = {session:String}'
      : `id = ${sessionId('{sensor:String}', '{session:String}')} AND session = {session:String} AND sensor = {sensor:String}`;
  const values = { session: name, ...(sensor === undefined ? {} : { sensor }) };
  const [row] = await engine.query<Row>(`${SELECT} WHERE ${where} ${NEWEST} LIMIT 1`, values);
  return row && detail(engine, row);
}

async function detail(engine: Engine, row: Row): Promise<SessionDetail> {
  const events = await engine.query<{ at: number; eventid: string; fields: string }>(
    `SELECT at, toString(eventid) AS eventid, fields FROM event FINAL
     WHERE sensor = {sensor:String} AND session = {session:String} AND at >= {from:Int64} AND at <= {to:Int64} ORDER BY at, arrived`,
    { sensor: row.sensor, session: row.session, from: row.started, to: row.newest },
  );
  return {
    ...toRow(row),
    ...(row.behaviour === '' ? {} : { behaviour: row.behaviour }),
    events: events.map(({ at, eventid, fields }) => {
      const own = ownFields(row, eventid, JSON.parse(fields) as Record<string, unknown>);
      return {
        at: Math.floor(at / 1000),
        eventid,
        fields: eventid === 'cowrie.session.connect' ? { ...endpoints(row), ...own } : own,
      };
    }),
  };
}

function endpoints(row: Pick<Row, 'port' | 'destination' | 'destination_port' | 'protocol'>): Record<string, unknown> {
  return {
    ...(row.port === null ? {} : { src_port: row.port }),
    ...(row.destination === null ? {} : { dst_ip: row.destination }),
    ...(row.destination_port === null ? {} : { dst_port: row.destination_port }),
    ...(row.protocol === '' ? {} : { protocol: row.protocol }),
  };
}

/** Without what only repeats the connection. */
function ownFields(
  row: Pick<Row, 'address' | 'port' | 'destination' | 'destination_port'>,
  eventid: string,
  fields: Record<string, unknown>,
): Record<string, unknown> {
  const { protocol: _, ...own } = fields;
  const forwarding = eventid.startsWith('cowrie.direct-tcpip.');
  if (own['src_ip'] === row.address) delete own['src_ip'];
  if (own['src_port'] === row.port && !(forwarding && own['orig_ip'] === undefined)) delete own['src_port'];
  if (forwarding) return own;
  if (own['dst_ip'] === row.destination) delete own['dst_ip'];
  if (own['dst_port'] === row.destination_port) delete own['dst_port'];
  return own;
}

/** Newest or oldest events with the session that they belong to. */
const WITH_SESSION = `FROM (SELECT * FROM event FINAL WHERE ${WITHIN} AND @CONDITION@) e LEFT JOIN ${ORIGINATED} s ON s.sensor = e.sensor AND s.session = e.session`;

export async function evidence(
  engine: Engine,
  { range, dimension, value }: { range: Range; dimension: Dimension; value: string },
  limit: number,
): Promise<Record<string, unknown>[]> {
  if (limit <= 0) return [];
  // A sensor has events of no session too.
  const ofSession = !(dimension in countedIn) && dimension !== 'sensor';
  const own = ofSession
    ? '1'
    : dimension === 'pair'
      ? `concat(username, '\\0', password) = {value:String}`
      : `${dimension} = {value:String}`;
  const whose =
    dimension === 'asn'
      ? `concat('AS', toString(s.asn)) = {value:String}`
      : ofSession
        ? `s.${dimension} = {value:String}`
        : '1';
  const rows = await engine.query<Record<string, unknown>>(
    `SELECT e.at AS at, toString(e.eventid) AS eventid, e.fields AS fields, toString(e.sensor) AS sensor, e.session AS session,
       e.approximate AS approximate, s.address AS address, s.protocol AS protocol, s.port AS port, s.destination AS destination,
       s.destination_port AS destination_port, u.uuid AS uuid
     ${WITH_SESSION.replace('@CONDITION@', own)}
     LEFT JOIN (SELECT x.sensor AS sensor, argMax(x.uuid, x.arrived) AS uuid FROM event x WHERE x.uuid IS NOT NULL GROUP BY x.sensor) u ON u.sensor = e.sensor
     WHERE ${whose} ORDER BY e.at, e.arrived LIMIT {limit:UInt64}`,
    { ...micros(range), value, limit: Math.min(limit, 1e15) },
  );
  return rows.map((found) => {
    const row = found as unknown as Row & { at: number; eventid: string; fields: string; uuid: string | null };
    const event: Record<string, unknown> = {
      ...(row.session === '' ? {} : { session: row.session }),
      ...(row.protocol === '' ? {} : { protocol: row.protocol }),
      ...(row.address === '' ? {} : { src_ip: row.address }),
      ...endpoints(row),
      ...ownFields(row, row.eventid, JSON.parse(row.fields) as Record<string, unknown>),
      eventid: row.eventid,
      sensor: row.sensor,
      ...(row.uuid === null ? {} : { uuid: row.uuid }),
      timestamp: formatMicros(row.at),
    };
    event['message'] ??= messageOf(event) ?? '';
    return row.approximate ? { ...event, approximate: true } : event;
  });
}

export function downloads(engine: Engine, range: Range | undefined, limit: number): Promise<Download[]> {
  return brought(engine, '1', 'e.at DESC, e.arrived', { ...micros(range), limit });
}

export async function arrivals(engine: Engine, hash: string): Promise<{ first?: Download; last?: Download }> {
  const values = { ...micros(undefined), hash, limit: 1 };
  const [first] = await brought(engine, 'hash = {hash:String}', 'e.at, e.arrived', values);
  const [last] = await brought(engine, 'hash = {hash:String}', 'e.at DESC, e.arrived', values);
  return first && last ? { first, last } : {};
}

/** Events of download and upload. */
async function brought(
  engine: Engine,
  condition: string,
  order: string,
  values: { from: number; to: number; limit: number; hash?: string },
): Promise<Download[]> {
  if (values.limit <= 0) return [];
  const rows = await engine.query<{ at: number; fields: string; id: number; address: string }>(
    `SELECT e.at AS at, e.fields AS fields, s.id AS id, s.address AS address
     ${WITH_SESSION.replace('@CONDITION@', `eventid IN ('cowrie.session.file_download', 'cowrie.session.file_upload') AND ${condition}`)}
     ORDER BY ${order} LIMIT {limit:UInt64}`,
    { ...values, limit: Math.min(values.limit, 1e15) },
  );
  return rows.map(({ at, fields: json, id, address }) => {
    const fields = JSON.parse(json) as Record<string, unknown>;
    const path = fields['destfile'] || fields['filename'];
    return {
      at: Math.floor(at / 1000),
      ...(typeof fields['shasum'] === 'string' ? { hash: fields['shasum'] } : {}),
      ...(typeof fields['url'] === 'string' ? { url: fields['url'] } : {}),
      sessionId: id,
      address,
      ...(typeof path === 'string' ? { path } : {}),
    };
  });
}

export async function feed(engine: Engine, limit: number, after?: number): Promise<FeedItem[]> {
  const rows = await engine.query<{
    id: number;
    at: number;
    eventid: string;
    sensor: string;
    session: string;
    number: number;
    address: string;
    protocol: string;
    country: string;
    message: string;
  }>(
    `SELECT e.arrived AS id, e.at AS at, toString(e.eventid) AS eventid, toString(e.sensor) AS sensor, e.session AS session, s.id AS number,
       s.address AS address, s.protocol AS protocol, s.country AS country, e.message AS message
     FROM (SELECT * FROM event FINAL WHERE eventid != 'kansatsuki.session.line' ${after === undefined ? '' : 'AND arrived > {after:Int64}'}
       ORDER BY arrived ${after === undefined ? 'DESC' : ''} LIMIT {limit:UInt64}) e
     LEFT JOIN ${ORIGINATED} s ON s.sensor = e.sensor AND s.session = e.session ORDER BY id ${after === undefined ? 'DESC' : ''}`,
    { limit, ...(after === undefined ? {} : { after }) },
  );
  return rows.map(({ id, at, eventid, sensor, session: name, number, address, protocol, country, message }) => ({
    id,
    at: Math.floor(at / 1000),
    eventid,
    sensor,
    session: name,
    ...(name === '' ? {} : { sessionId: number }),
    address: name === '' ? '' : address,
    ...(country === '' ? {} : { country }),
    ...(protocol === '' ? {} : { protocol: protocol as Protocol }),
    message,
  }));
}
