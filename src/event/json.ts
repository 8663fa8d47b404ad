// The line of `cowrie.json`: how an event is put together and written, key for key as Cowrie writes it.
import type { Connection, Event, EventId, Fields, SensorEventId, SessionEventId } from './event.ts';
import { messageOf } from './message.ts';

/** What names this installation in every event. */
export interface Origin {
  sensor: string;
  /** Installation id. */
  uuid: string;
}

/**
 * ISO 8601 in UTC with six fractional digits.
 * @param at milliseconds since the epoch; the fraction counts microseconds
 */
export function timestamp(at: number): string {
  const micros = Math.round(at * 1000);
  const ms = Math.floor(micros / 1000);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(micros - ms * 1000).padStart(3, '0')}Z`;
}

/**
 * Puts an event together: connection, fields, then the stamp. Keys come in Cowrie's order; a field that replaces one of
 * the connection keeps its place; `session`, `src_ip` and `protocol` of the connection always win (§1.1).
 * @param at milliseconds since the epoch, with fraction
 */
export function makeEvent<Id extends SessionEventId>(
  eventid: Id,
  connection: Connection,
  fields: Fields[Id],
  origin: Origin,
  at: number,
  late?: boolean,
): Event<Id>;
export function makeEvent<Id extends SensorEventId>(
  eventid: Id,
  connection: undefined,
  fields: Fields[Id],
  origin: Origin,
  at: number,
): Event<Id>;
export function makeEvent(
  eventid: EventId,
  connection: Connection | undefined,
  fields: object,
  origin: Origin,
  at: number,
  late = false,
): Event {
  const event: Record<string, unknown> = {};
  if (connection) {
    const { session, protocol, src_ip, src_port, dst_ip, dst_port } = connection;
    Object.assign(event, { session, protocol, src_ip, src_port, dst_ip, dst_port }, fields, {
      session,
      protocol,
      src_ip,
    });
  } else Object.assign(event, fields);
  event['eventid'] = eventid;
  if (late) event['late'] = true;
  event['sensor'] = origin.sensor;
  event['uuid'] = origin.uuid;
  event['timestamp'] = timestamp(at);
  event['message'] = messageOf(event) ?? '';
  return event as unknown as Event;
}

/**
 * One event as its line, newline included: compact, everything outside printable ASCII as `\uNNNN` (as Python's json
 * with ensure_ascii, so lone surrogates and DEL too).
 */
export function toLine(event: Event | Record<string, unknown>): string {
  const text = JSON.stringify(event);
  return `${/[^\x20-\x7e]/.test(text) ? text.replace(/[^\x20-\x7e]/g, unicodeEscape) : text}\n`;
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
