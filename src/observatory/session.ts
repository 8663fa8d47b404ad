// One attacker's connection in memory, and its row in the table `session`.
import { EventList } from './packed.ts';
import { ID_STEP } from './schema.ts';
import { sidValue } from './sid.ts';

/** A session being folded. Numbers of words are 0 where there is none. */
/** Number of an event id → microseconds → events. */
export type Times = Map<number, Map<number, number>>;

export interface Session {
  id: number;
  sid: string;
  /** As the table has the journal's id. */
  key: number | string;
  sensor: number;
  stored: boolean;
  dirty: boolean;
  /** Microseconds; the start that the number stands for. */
  start: number;
  /** Microseconds of its latest event. */
  newest: number;
  /** Those after the last full piece. */
  events: EventList;
  pieces: number;
  address: number;
  addressText: string;
  port: number | null;
  dst: number;
  dstText: string;
  dport: number | null;
  client: number;
  hassh: number;
  username: number;
  password: number;
  flags: number;
  logins: number;
  commands: number;
  downloads: number;
  /** Once it has ended; see behaviour.ts. */
  behaviour: number;
  /** Fingerprints of all events, made when first needed. */
  known: Set<number> | undefined;
  /** To match a text log with a JSON log. */
  times: Times | undefined;
}

/** A row of the session table. */
export interface SessionRecord {
  id: number;
  sid: number | string;
  sensor: number;
  address: number | null;
  port: number | null;
  dst: number | null;
  dport: number | null;
  last: number;
  client: number | null;
  hassh: number | null;
  username: number | null;
  password: number | null;
  flags: number;
  logins: number;
  commands: number;
  downloads: number;
  pieces: number;
  events: Uint8Array;
  behaviour: number | null;
}

/** Microseconds at which the session of a number begins. */
export const startOf = (id: number): number => Math.floor(id / ID_STEP) * 1000;

export function newSession(id: number, sid: string, sensor: number, flags: number): Session {
  const start = startOf(id);
  return {
    id,
    sid,
    key: sidValue(sid),
    sensor,
    stored: false,
    dirty: false,
    start,
    newest: Number.NEGATIVE_INFINITY,
    events: new EventList(start),
    pieces: 0,
    address: 0,
    addressText: '',
    port: null,
    dst: 0,
    dstText: '',
    dport: null,
    client: 0,
    hassh: 0,
    username: 0,
    password: 0,
    flags,
    logins: 0,
    commands: 0,
    downloads: 0,
    behaviour: 0,
    known: undefined,
    times: undefined,
  };
}

/** @param text the text of a numbered word */
export function sessionOf(
  row: SessionRecord,
  sid: string,
  text: (kind: 'address' | 'text', id: number) => string,
): Session {
  const session = newSession(row.id, sid, row.sensor, row.flags);
  session.stored = true;
  session.newest = session.start + row.last * 1000 + 999;
  session.events = EventList.from(session.start, row.events);
  session.pieces = row.pieces;
  session.address = row.address ?? 0;
  session.addressText = row.address ? text('address', row.address) : '';
  session.port = row.port;
  session.dst = row.dst ?? 0;
  session.dstText = row.dst ? text('text', row.dst) : '';
  session.dport = row.dport;
  session.client = row.client ?? 0;
  session.hassh = row.hassh ?? 0;
  session.username = row.username ?? 0;
  session.password = row.password ?? 0;
  session.logins = row.logins;
  session.commands = row.commands;
  session.downloads = row.downloads;
  session.behaviour = row.behaviour ?? 0;
  return session;
}
