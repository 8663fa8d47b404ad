// Events on their way into ClickHouse: one row each, made from the event alone, so that any number of loaders may share the work.
import { hash } from 'node:crypto';
import { normalise, plumbing, type RawEvent } from '../../event/legacy.ts';
import { messageOf } from '../../event/message.ts';
import { parseTimestamp } from '../../event/time.ts';
import { countedIn } from '../countedin.ts';
import type { Locate } from '../origins.ts';
import type { Engine } from './engine.ts';

const ENVELOPE: ReadonlySet<string> = new Set([
  'eventid',
  'timestamp',
  'session',
  'sensor',
  'uuid',
  'epoch',
  '@timestamp',
  ...plumbing,
]);
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
  return rows.length;
}
