// Events on their way into ClickHouse: one row each, made from the event alone, so that any number of loaders may share the work.
import { hash } from 'node:crypto';
import { ENVELOPE, normalise, type RawEvent } from '../../event/legacy.ts';
import { messageOf } from '../../event/message.ts';
import { parseTimestamp } from '../../event/time.ts';
import { behaviourText, outcomeFor } from '../behaviour.ts';
import { countedIn } from '../countedin.ts';
import type { Locate } from '../origins.ts';
import { LOGGED_IN } from '../schema.ts';
import { shapeOf } from '../shape.ts';
import type { Engine } from './engine.ts';

/** The field that a dimension's word is in. */
const FIELD = {
  username: 'username',
  password: 'password',
  command: 'input',
  client: 'version',
  hassh: 'hassh',
  url: 'url',
  hash: 'shasum',
} as const;
const SHOWN = 2000;

const text = (value: unknown): string | null => (typeof value === 'string' ? value.toWellFormed() : null);
const whole = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : null;

/** The row of table `event`; undefined when it is none that can be stored. Changes the event, as `normalise` does. */
export function rowOf(event: RawEvent, arrived: number, approximate = false): Record<string, unknown> | undefined {
  const at = typeof event['timestamp'] === 'string' ? parseTimestamp(event['timestamp']) : Number.NaN;
  if (typeof event['eventid'] !== 'string' || event['eventid'] === '' || !(at > 0)) return undefined;
  normalise(event);
  const { eventid } = event as { eventid: string };
  const fields = Object.fromEntries(
    Object.entries(event)
      .filter(([name, value]) => value !== undefined && !ENVELOPE.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const json = JSON.stringify(fields).toWellFormed();
  const message = (typeof event['message'] === 'string' ? event['message'] : undefined) ?? messageOf(event) ?? '';
  const word = (dimension: keyof typeof FIELD) =>
    countedIn[dimension].includes(eventid) ? text(event[FIELD[dimension]]) : null;
  const recording = eventid.startsWith('cowrie.log.')
    ? String(event['ttylog'] ?? event['shasum'] ?? '')
        .split('/')
        .at(-1) || null
    : null;
  const sensor = text(event['sensor']) ?? '';
  const session = typeof event['session'] === 'number' ? String(event['session']) : (text(event['session']) ?? '');
  return {
    at,
    sensor,
    session,
    eventid,
    digest: digest(`${at}\0${sensor}\0${session}\0${eventid}\0${json}`),
    address: text(event['src_ip']) ?? '',
    protocol: text(event['protocol']) ?? '',
    username: word('username'),
    password: word('password'),
    command: word('command'),
    client: word('client'),
    hassh: word('hassh'),
    url: word('url'),
    hash: word('hash'),
    source_port: whole(event['src_port']),
    destination: text(event['dst_ip']),
    destination_port: whole(event['dst_port']),
    duration: eventid === 'cowrie.session.closed' ? whole(event['duration_ms']) : null,
    recording,
    uuid: text(event['uuid']),
    message: (message.length > SHOWN ? `${message.slice(0, SHOWN)}…` : message).toWellFormed(),
    fields: json,
    approximate: approximate ? 1 : 0,
    arrived,
  };
}

/** 52 bits of SHA-1. */
const digest = (content: string): number => Number.parseInt(hash('sha1', content, 'hex').slice(0, 13), 16);

/**
 * Tells the behaviour of those of some sessions that have ended, from all their events that have arrived.
 * @param names sensor and session of each
 */
async function settle(
  engine: Engine,
  names: readonly (readonly [sensor: string, session: string])[],
  now: number,
): Promise<void> {
  if (names.length === 0) return;
  const values = { sensors: names.map(([sensor]) => sensor), sessions: names.map(([, session]) => session) };
  const among = (alias: string) =>
    `(toString(${alias}.sensor), ${alias}.session) IN (SELECT pair.1, pair.2 FROM (SELECT arrayJoin(arrayZip({sensors:Array(String)}, {sessions:Array(String)})) AS pair))`;
  const ended = await engine.query<{
    id: number;
    sensor: string;
    session: string;
    protocol: string;
    client: string | null;
    logged_in: number;
    logins: number;
    commands: number;
    downloads: number;
  }>(`SELECT * EXCEPT (recordings, entered, tried) FROM sessions s WHERE closed = 1 AND ${among('s')}`, values);
  if (ended.length === 0) return;
  const typed = await engine.query<{ sensor: string; session: string; commands: string[] }>(
    `SELECT toString(e.sensor) AS sensor, e.session AS session, arrayMap(c -> c.3, arraySort(groupArray((e.at, e.arrived, assumeNotNull(e.command))))) AS commands
     FROM event AS e FINAL WHERE e.command IS NOT NULL AND ${among('e')} GROUP BY sensor, session`,
    values,
  );
  const commands = new Map(typed.map((row) => [`${row.sensor}\0${row.session}`, row.commands]));
  await engine.insert(
    'behaviour',
    ended.map(({ id, sensor, session, protocol, client, ...reached }) => {
      const outcome = outcomeFor({ ...reached, flags: reached.logged_in ? LOGGED_IN : 0 });
      const told = { protocol, client: client ?? '', outcome, logins: reached.logins };
      const shapes = (commands.get(`${sensor}\0${session}`) ?? []).map(shapeOf);
      return { id, sensor, session, value: behaviourText(told, shapes), at: now };
    }),
  );
}

/**
 * Appends events; those that are there already change nothing.
 * @param arrived the number of the first, greater than any before: the live feed goes by it
 * @param locate looks up where addresses come from
 * @returns how many were events
 */
export async function load(
  engine: Engine,
  events: readonly RawEvent[],
  arrived: number,
  locate?: Locate,
  now = Date.now(),
): Promise<number> {
  const rows = events.map((event, i) => rowOf(event, arrived + i)).filter((row) => row !== undefined);
  if (rows.length > 0) await engine.insert('event', rows);
  if (locate) {
    const addresses = [...new Set(rows.map((row) => row['address'] as string))].filter((address) => address !== '');
    const origins = addresses.map((address) => {
      const { country = '', asn = 0, asName = '', scanner = '' } = locate(address);
      return { address, country, asn, as_name: asName, scanner, at: now };
    });
    if (origins.length > 0) await engine.insert('origin', origins);
  }
  const names = new Map(
    rows.map(({ sensor, session }) => [`${sensor}\0${session}`, [sensor as string, session as string] as const]),
  );
  await settle(
    engine,
    [...names.values()].filter(([, session]) => session !== ''),
    now,
  );
  return rows.length;
}
