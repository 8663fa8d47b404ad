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
  | 'asn'
  | 'behaviour';

/** Those that are counted by session, where it begins; the others are counted by event. */
export type SessionDimension = 'address' | 'sensor' | 'protocol' | 'country' | 'asn' | 'behaviour';

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

/** How far an ended session came: nothing tried, no password taken, logged in, typed, brought a file. */
export type Outcome = 'silent' | 'refused' | 'login' | 'command' | 'download';

/** What alike sessions have in common; the `value` of the dimension `behaviour` is a text that `readBehaviour` reads. */
export interface Behaviour {
  protocol: string;
  client: string;
  outcome: Outcome;
  /** At least so many login attempts, and less than four times as many. */
  logins: number;
  /** Shapes of the commands in order: what varies from one session to the next is abstracted. */
  commands: string[];
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
  url?: string;
  protocol?: Protocol;
  sensor?: string;
  outcome?: Outcome;
  /** As the dimension has it. */
  behaviour?: string;
  /** Key of a campaign (`SqliteStore.campaigns`); other engines know of none. */
  campaign?: string;
  /** Begun on this day of the week in `zone`, 0 for Monday. */
  weekday?: number;
  /** Begun in this hour of the day in `zone`. */
  hour?: number;
  /** IANA name of the time zone that weekday and hour are of; default UTC. */
  zone?: string;
  /** At least one event of this id. */
  eventid?: string;
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

/** Alike sessions as one. */
export interface Fold extends Behaviour {
  /** To ask for its sessions. */
  value: string;
  /** Sessions that began in the range. */
  count: number;
  /** First time ever seen. */
  firstSeen: number;
  /** The newest of them in the range. */
  example: SessionRow;
}

export interface Folds {
  items: Fold[];
  /** Ended sessions that were counted. */
  sessions: number;
  /** Where counting goes on: there were more sessions than one answer may read. Add the next answer's counts. */
  next?: string;
}

/** A value of a dimension. */
export interface ValueOf {
  dimension: Dimension;
  value: string;
}

/** What a timeline counts. */
export type Measure = keyof Omit<TimelinePoint, 'at'>;

/** Dimensions of which a session has one value. */
export type RowDimension = 'address' | 'sensor' | 'protocol' | 'country' | 'asn' | 'client' | 'hassh' | 'behaviour';

export interface HeatMap {
  /** IANA name of the time zone. */
  zone: string;
  /** Seven weekdays from Monday of 24 hours each. */
  counts: number[][];
}

/** A count beside what is usual: median and median absolute deviation of earlier counts. */
export interface Usual {
  count: number;
  /** How many earlier spans there are; without any, nothing is usual. */
  samples: number;
  median?: number;
  mad?: number;
}

export interface PulseWindow
  extends Record<'sessions' | 'loginsFailed' | 'loginsSucceeded' | 'commands' | 'downloads', Usual> {
  from: number;
  to: number;
  /** The same span of up to 8 earlier weeks; where there are less than three, of up to 14 earlier days. */
  basis: 'week' | 'day';
}

export interface Pulse {
  hour: PulseWindow;
  day: PulseWindow;
}

/** A count beside that of the period of the same length just before. */
export interface Change extends Count {
  before: number;
}

/** Facets: dimensions, and what else sessions are told apart by. */
export type FacetName = Exclude<Dimension, 'behaviour'> | 'eventid' | 'outcome';

/** Facets that are counted where no others are asked for. */
export const FACETS = [
  'eventid',
  'outcome',
  'protocol',
  'sensor',
  'country',
  'asn',
  'username',
  'password',
  'client',
  'hassh',
] as const satisfies readonly FacetName[];

export interface FacetCount {
  value: string;
  count: number;
}

export interface Facets {
  /** Sessions that were counted. */
  sessions: number;
  /**
   * The most frequent values, by count, then value. Without a filter every event of the range counts; with one, the
   * sessions that fit, and their events. Where sessions are counted and where events, as in `top`; outcomes by ended session.
   */
  facets: Partial<Record<FacetName, FacetCount[]>>;
  /** Sessions that were counted, by the quarter of an hour in which they began: ascending, without those that have none. */
  begun: [quarter: number, sessions: number][];
  /** Where counting goes on: there were more sessions than one answer may read. Add the next answer's counts. */
  next?: string;
}

/** Where two kinds of values meet in sessions. */
export interface Crossing {
  a: string;
  b: string;
  sessions: number;
}

export interface Crossings {
  items: Crossing[];
  sessions: number;
  next?: string;
}

/** What an address did. */
export interface Relations {
  address: string;
  sessions: number;
  firstSeen: number;
  /** UTC days with their sessions, ascending. */
  days: [day: string, sessions: number][];
  /** Of the newest sessions, so many: by count, then value. */
  examined: number;
  /** True when `examined` is all there are. */
  complete: boolean;
  values: Record<'username' | 'password' | 'client' | 'hassh' | 'command' | 'hash' | 'url' | 'sensor', FacetCount[]>;
}

/** A password tried, in the order of sessions and within each. */
export interface Try {
  at: number;
  username: string;
  password?: string;
  success: boolean;
  sessionId: number;
}

/** How often each pair of some user names and passwords came. */
export interface Matrix {
  usernames: string[];
  passwords: string[];
  /** By user name, then password. */
  counts: number[][];
}

export interface SessionEvent {
  at: number;
  eventid: string;
  /** The event's own fields. */
  fields: Record<string, unknown>;
}

export interface SessionDetail extends SessionRow {
  /** Of an ended session, what it has in common with alike ones: the `behaviour` of a filter. */
  behaviour?: string;
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
  /** Of the address, ISO 3166-1 alpha-2. */
  country?: string;
  protocol?: Protocol;
  message: string;
}

export interface Page<T> {
  items: T[];
  /** Pass it back to get the next page. */
  next?: string;
}

/** A file that came or was made. */
export interface Download {
  at: number;
  hash?: string;
  bytes?: number;
  url?: string;
  sessionId: number;
  address: string;
  path?: string;
}

/** What a command carries, and the first command with it. */
export interface Trace extends Count {
  command: string;
}

/** A session with login attempts, in short. */
export interface Visit {
  id: number;
  address: string;
  /** The name that got in, or the last that was tried. */
  username: string;
  started: number;
  attempts: number;
  /** Its times were guessed. */
  approximate: boolean;
}

/** Of some sessions. */
export interface Extremes {
  /** How many they are. */
  sessions: number;
  longest?: { id: number; ms: number };
  deepest?: { id: number; commands: number };
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
  /** Values by time of their first sight, newest first, then by value; counted over all time. */
  newest(dimension: Exclude<Dimension, 'pair'>, limit: number, cursor?: string): Page<Count>;
  /** When a file came for the first time and the last, each where its event is still stored. */
  arrivals(hash: string): { first?: Download; last?: Download };
  /** `top`, each with its count in the period of the same length just before the range. */
  topChange(dimension: Dimension, range: Range, limit: number): Change[];
  /**
   * How often the values of each facet came in sessions that fit; with a range alone, in the range.
   * @param cursor `next` of the answer before: add up the counts of all answers
   * @param names the facets wanted; default `FACETS`
   * @throws RangeError for an unknown zone
   */
  facets(filter: SessionFilter, limit: number, cursor?: string, names?: readonly FacetName[]): Facets;
  /**
   * Alike ended sessions as one: behaviours by how many of the sessions that fit have them, then by value.
   * @param cursor `next` of the answer before: add up the counts of all answers
   * @throws RangeError for an unknown zone
   */
  folds(filter: SessionFilter, limit: number, cursor?: string): Folds;
  /** Which values of two dimensions come together, by sessions that fit (HASSH and address, country and client …). */
  crossings(
    dimensions: readonly [RowDimension, RowDimension],
    filter: SessionFilter,
    limit: number,
    cursor?: string,
  ): Crossings;
  /** The most frequent user names and passwords of a range, and how often each pair of them came. */
  matrix(range: Range | undefined, usernames: number, passwords: number): Matrix;
  /**
   * By weekday and hour in a time zone (IANA name): a measure of the timeline, or a value of a dimension.
   * @throws RangeError for an unknown zone
   */
  heatMap(range: Range, zone: string, what: Measure | ValueOf): HeatMap;
  /** How often one value came on each UTC day of a range, as `top` counts it; days without it are left out. */
  history(dimension: Dimension, value: string, range: Range): [day: string, count: number][];
  /** Counts of some values by UTC day, as `top` counts them: a row for each value, a column for each day of a range of whole days. */
  daily(dimension: Dimension, values: readonly string[], range: Range): number[][];
  /** How many values of a dimension came on each UTC day of a range of whole days. */
  distinct(dimension: Dimension, range: Range): number[];
  /** Every value with its counts, one for each hour of a range of whole hours, by value: for dimensions of few values. */
  hourly(dimension: Dimension, range: Range): { value: string; counts: number[] }[];
  /** Of the newest `limit` sessions that begin in the range, which lasted longest and in which most was typed (milliseconds, commands). */
  extremes(range: Range, limit: number): Extremes;
  /** The newest `limit` sessions with login attempts that begin in the range, in order of time. */
  visits(range: Range, limit: number): Visit[];
  /** Shapes of commands that came in the range and never before: what stays when addresses, names and tokens vary. Most frequent first. */
  newShapes(range: Range, limit: number): Trace[];
  /** Public keys in commands of the range and in none before, by fingerprint (`SHA256:…`). Most frequent first. */
  newKeys(range: Range, limit: number): Trace[];
  /** The last whole hour and day before a moment (to the minute) against the usual. */
  pulse(now: number): Pulse;
  /** What an address did; undefined when it never came. `limit`: of each list of values. */
  relations(address: string, range: Range | undefined, limit: number): Relations | undefined;
  /** User names and passwords that an address tried, in the order of its sessions and within each of time. */
  tries(address: string, limit: number, cursor?: string): Page<Try>;
  /**
   * Sessions that begin in the range and fit, newest first.
   * A page may hold fewer than `limit`, even none, and still have `next`: what one answer may read is bounded.
   */
  sessions(filter: SessionFilter, limit: number, cursor?: string): Page<SessionRow>;
  session(id: number): SessionDetail | undefined;
  /** Finds a session by its journal identity. */
  findSession(session: string, sensor?: string): SessionDetail | undefined;
  /** The newest feed items, newest first; with `after`, those that came later than that id, oldest first. */
  feed(limit: number, after?: number): FeedItem[];
  /** Up to `limit` original events for a diary's evidence, in order of time; `approximate: true` marks a guessed time. */
  evidence(query: { range: Range; dimension: Dimension; value: string }, limit: number): Record<string, unknown>[];
  /** Files that came or were made, newest first; `bytes` of those that lay beside an imported log. */
  downloads(range: Range | undefined, limit: number): Download[];
  /** Rows, bytes and marks of the store itself, for health pages. */
  health(): { bytes: number; schema: number; sources: { path: string; offset: number; size: number; at: number }[] };
  close(): void;
}
