// What the pages, the report and the diary ask: about twenty named queries behind one interface, whatever engine answers.
//
// Times are milliseconds since the epoch, ranges are [from, to). Text is as recorded in the journal: hostile; escape it
// where it is shown. Every top list is sorted by count, then by value (code points).
import type { Protocol } from '../event/event.ts';
import type { Origin } from './origins.ts';

export interface Range {
  from: number;
  to: number;
}

export interface Totals {
  /** Distinct events. */
  events: number;
  sessions: number;
  /** Distinct source addresses. */
  addresses: number;
  loginsFailed: number;
  loginsSucceeded: number;
  commands: number;
  downloads: number;
  first?: number;
  last?: number;
}

/** What can be counted, looked up and seen for the first time. */
export type Dimension =
  | 'username'
  | 'password'
  | 'pair'
  | 'command'
  | 'address'
  | 'client'
  | 'hassh'
  | 'url'
  | 'hash'
  | 'sensor'
  | 'protocol'
  | 'country'
  | 'asn';

/** Those that are counted by session, where it begins; the others are counted by event. */
export type SessionDimension = 'address' | 'sensor' | 'protocol' | 'country' | 'asn';

/** Of an address, where it comes from; of an `asn`, its organisation (`asName`). */
export interface Count extends Origin {
  /** For `pair`: `username` NUL `password`; for `asn`: `AS` and a number. */
  value: string;
  count: number;
  /** First time ever seen, not only in the range. */
  firstSeen: number;
}

export interface TimelinePoint {
  /** Start of the bucket. */
  at: number;
  sessions: number;
  loginsFailed: number;
  loginsSucceeded: number;
  commands: number;
  downloads: number;
}

export interface SessionFilter {
  range?: Range;
  address?: string;
  /** ISO 3166-1 alpha-2. */
  country?: string;
  /** `AS` and a number. */
  asn?: string;
  username?: string;
  password?: string;
  client?: string;
  hassh?: string;
  hash?: string;
  protocol?: Protocol;
  /** Reached a shell. */
  loggedIn?: boolean;
  /** At least one command. */
  withCommands?: boolean;
  /** Words of a command (full text). */
  command?: string;
}

/** One attacker's connection, folded. */
export interface SessionRow extends Origin {
  /** The store's own number, stable until the store is rebuilt; `sensor` and `session` together are stable for ever. */
  id: number;
  sensor: string;
  session: string;
  protocol?: Protocol;
  address: string;
  port?: number;
  destinationPort?: number;
  started: number;
  ended?: number;
  durationMs?: number;
  client?: string;
  hassh?: string;
  /** The pair that got in, or the last that was tried. */
  username?: string;
  password?: string;
  loggedIn: boolean;
  loginAttempts: number;
  commands: number;
  downloads: number;
  /** Recordings' SHA-256 names, or old-style file names. */
  recordings: string[];
  /** True for sessions whose times were guessed on import. */
  approximate: boolean;
}

export interface SessionEvent {
  at: number;
  eventid: string;
  /** The event's own fields. */
  fields: Record<string, unknown>;
}

export interface SessionDetail extends SessionRow {
  events: SessionEvent[];
}

/** A line of the live feed; `id` grows with the order of arrival and is the SSE event id. */
export interface FeedItem {
  id: number;
  at: number;
  eventid: string;
  sensor: string;
  session: string;
  sessionId?: number;
  address: string;
  protocol?: Protocol;
  message: string;
}

export interface Page<T> {
  items: T[];
  /** Pass it back to get the next page. */
  next?: string;
}

export interface Store {
  totals(range?: Range): Totals;
  /** First and last event, in microseconds since the epoch. */
  extent(range?: Range): { first?: number; last?: number };
  eventsById(range?: Range): [eventid: string, count: number][];
  /** Buckets begin at whole minutes, quarters of an hour, hours or days of UTC; those without anything are left out. */
  timeline(range: Range, bucket: 'minute' | 'quarter' | 'hour' | 'day'): TimelinePoint[];
  /** Events per UTC day, `YYYY-MM-DD`, days without events left out. */
  perDay(range?: Range): [day: string, events: number][];
  top(dimension: Dimension, range: Range | undefined, limit: number): Count[];
  /** The most frequent pairs with their words apart: a user name may hold the NUL that joins them elsewhere. */
  topPairs(range: Range | undefined, limit: number): [username: string, password: string, count: number][];
  /** Values seen in the range and never before it, by time of their first sight, then by value; counted within the range. */
  firstSeen(dimension: Dimension, range: Range, limit: number): Count[];
  sessions(filter: SessionFilter, limit: number, cursor?: string): Page<SessionRow>;
  session(id: number): SessionDetail | undefined;
  /** Finds a session by its journal identity. */
  findSession(session: string, sensor?: string): SessionDetail | undefined;
  /** The newest feed items, newest first; with `after`, those that came later than that id, oldest first. */
  feed(limit: number, after?: number): FeedItem[];
  /** Up to `limit` original events for a diary's evidence, in order of time; `approximate: true` marks a guessed time. */
  evidence(query: { range: Range; dimension: Dimension; value: string }, limit: number): Record<string, unknown>[];
  downloads(
    range: Range | undefined,
    limit: number,
  ): { at: number; hash?: string; url?: string; sessionId: number; address: string; path?: string }[];
  /** Rows, bytes and marks of the store itself, for health pages. */
  health(): { bytes: number; schema: number; sources: { path: string; offset: number; size: number; at: number }[] };
  close(): void;
}
