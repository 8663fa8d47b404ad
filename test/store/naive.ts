// The named queries answered slowly out of a log in memory, sharing no code with the store: what its answers are held against.
import type { Event } from './golden.ts';

export interface Span {
  from: number;
  to: number;
}

export interface NaiveSession {
  sensor: string;
  session: string;
  /** Milliseconds. */
  started: number;
  micros: number;
  events: { micros: number; event: Event }[];
  address: string | undefined;
  protocol: string | undefined;
  client: string | undefined;
  hassh: string | undefined;
  loggedIn: boolean;
  commands: number;
}

const COUNTED: Record<string, { field: string; ids: string[] }> = {
  username: { field: 'username', ids: ['cowrie.login.success', 'cowrie.login.failed'] },
  password: { field: 'password', ids: ['cowrie.login.success', 'cowrie.login.failed'] },
  command: { field: 'input', ids: ['cowrie.command.input'] },
  client: { field: 'version', ids: ['cowrie.client.version'] },
  hassh: { field: 'hassh', ids: ['cowrie.client.kex'] },
  url: {
    field: 'url',
    ids: [
      'cowrie.session.file_download',
      'cowrie.session.file_download.failed',
      'kansatsuki.session.download_request',
      'kansatsuki.session.download_result',
    ],
  },
  hash: { field: 'shasum', ids: ['cowrie.session.file_download', 'cowrie.session.file_upload'] },
};
export const DIMENSIONS = [...Object.keys(COUNTED), 'pair', 'address', 'sensor', 'protocol'] as const;

const microsOf = (timestamp: string): number =>
  Date.parse(`${timestamp.slice(0, 19)}Z`) * 1000 + Number(timestamp.slice(20, 26));

export const byBytes = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a.toWellFormed()), Buffer.from(b.toWellFormed()));

export class Naive {
  readonly events: { micros: number; event: Event }[];
  /** Newest first. */
  readonly sessions: NaiveSession[];

  constructor(log: readonly Event[]) {
    const distinct = [...new Map(log.map((event) => [JSON.stringify(event), event])).values()];
    this.events = distinct
      .map((event) => ({ micros: microsOf(event.timestamp), event }))
      .sort((a, b) => a.micros - b.micros);
    const groups = new Map<string, { micros: number; event: Event }[]>();
    for (const entry of this.events) {
      if (typeof entry.event['session'] !== 'string') continue;
      const key = `${entry.event['sensor']}\0${entry.event['session']}`;
      groups.set(key, [...(groups.get(key) ?? []), entry]);
    }
    this.sessions = [...groups.values()]
      .map((events): NaiveSession => {
        const last = (id: string, field: string) =>
          events.findLast(({ event }) => event.eventid === id)?.event[field] as string | undefined;
        const { event, micros } = events[0]!;
        return {
          sensor: String(event['sensor']),
          session: String(event['session']),
          micros,
          started: Math.floor(micros / 1000),
          events,
          address: event['src_ip'] as string | undefined,
          protocol: event['protocol'] as string | undefined,
          client: last('cowrie.client.version', 'version'),
          hassh: last('cowrie.client.kex', 'hassh'),
          loggedIn: events.some((entry) => entry.event.eventid === 'cowrie.login.success'),
          commands: events.filter((entry) => entry.event.eventid === 'cowrie.command.input').length,
        };
      })
      .sort((a, b) => b.micros - a.micros);
  }

  within(range: Span | undefined): { micros: number; event: Event }[] {
    return range
      ? this.events.filter(({ micros }) => micros >= range.from * 1000 && micros < range.to * 1000)
      : this.events;
  }

  begun(range: Span | undefined): NaiveSession[] {
    return range ? this.sessions.filter(({ started }) => started >= range.from && started < range.to) : this.sessions;
  }

  /** The value that an event counts for. */
  static valueOf(dimension: string, event: Event): string | undefined {
    if (dimension === 'pair') {
      const [username, password] = [Naive.valueOf('username', event), Naive.valueOf('password', event)];
      return username === undefined || password === undefined ? undefined : `${username}\0${password}`;
    }
    const { field, ids } = COUNTED[dimension]!;
    const value = event[field];
    return ids.includes(event.eventid) && typeof value === 'string' ? value.toWellFormed() : undefined;
  }

  /** Every counted occurrence, by time. */
  occurrences(dimension: string): { ms: number; value: string }[] {
    if (dimension === 'address' || dimension === 'sensor' || dimension === 'protocol')
      return this.sessions
        .toReversed()
        .flatMap((session) =>
          session[dimension] === undefined ? [] : [{ ms: session.started, value: session[dimension] }],
        );
    return this.events.flatMap(({ micros, event }) => {
      const value = Naive.valueOf(dimension, event);
      return value === undefined ? [] : [{ ms: Math.floor(micros / 1000), value }];
    });
  }

  counts(dimension: string, range: Span | undefined): Map<string, { count: number; firstSeen: number }> {
    const counts = new Map<string, { count: number; firstSeen: number }>();
    for (const { ms, value } of this.occurrences(dimension)) {
      let entry = counts.get(value);
      if (!entry) counts.set(value, (entry = { count: 0, firstSeen: ms }));
      if (!range || (ms >= range.from && ms < range.to)) entry.count++;
    }
    return counts;
  }

  top(dimension: string, range: Span | undefined, limit: number) {
    return [...this.counts(dimension, range)]
      .map(([value, rest]) => ({ value, ...rest }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count || byBytes(a.value, b.value))
      .slice(0, limit);
  }

  firstSeen(dimension: string, range: Span, limit: number) {
    return [...this.counts(dimension, range)]
      .map(([value, rest]) => ({ value, ...rest }))
      .filter(({ firstSeen }) => firstSeen >= range.from && firstSeen < range.to)
      .sort((a, b) => a.firstSeen - b.firstSeen || byBytes(a.value, b.value))
      .slice(0, limit);
  }

  timeline(range: Span, size: number) {
    const points = new Map<number, Record<string, number>>();
    const add = (ms: number, field: string) => {
      const at = Math.floor(ms / size) * size;
      const point = points.get(at) ?? {
        at,
        sessions: 0,
        loginsFailed: 0,
        loginsSucceeded: 0,
        commands: 0,
        downloads: 0,
      };
      point[field]!++;
      points.set(at, point);
    };
    const fields: Record<string, string> = {
      'cowrie.login.failed': 'loginsFailed',
      'cowrie.login.success': 'loginsSucceeded',
      'cowrie.command.input': 'commands',
      'cowrie.session.file_download': 'downloads',
    };
    for (const { micros, event } of this.within(range))
      if (fields[event.eventid]) add(Math.floor(micros / 1000), fields[event.eventid]!);
    for (const { started } of this.begun(range)) add(started, 'sessions');
    return [...points.values()].sort((a, b) => a['at']! - b['at']!);
  }

  /** The counts of one answer about facets: of a range, or of the sessions that fit. */
  facets(
    range: Span | undefined,
    sessions: readonly NaiveSession[] | undefined,
    limit: number,
    names: readonly string[] = USUAL_FACETS,
  ) {
    const inside = (dimension: string): string[] => {
      if (SESSION_DIMENSIONS.includes(dimension))
        return (sessions ?? this.begun(range)).flatMap((session) => valueOfSession(session, dimension) ?? []);
      const events = sessions ? sessions.flatMap((session) => session.events) : this.within(range);
      return events.flatMap(({ event }) =>
        dimension === 'eventid' ? event.eventid : (Naive.valueOf(dimension, event) ?? []),
      );
    };
    return Object.fromEntries(names.map((name) => [name, frequent(inside(name), limit)]));
  }

  /** Sessions by two of their values. */
  static crossings(sessions: readonly NaiveSession[], a: string, b: string, limit: number) {
    const counts = new Map<string, number>();
    for (const session of sessions) {
      const [x, y] = [valueOfSession(session, a), valueOfSession(session, b)];
      if (x !== undefined && y !== undefined)
        counts.set(JSON.stringify([x, y]), (counts.get(JSON.stringify([x, y])) ?? 0) + 1);
    }
    return [...counts]
      .map(([key, n]) => {
        const [x, y] = JSON.parse(key) as [string, string];
        return { a: x, b: y, sessions: n };
      })
      .sort((p, q) => q.sessions - p.sessions || byBytes(p.a, q.a) || byBytes(p.b, q.b))
      .slice(0, limit);
  }

  /** Counts of events of an id (or of sessions begun) in a range. */
  measure(name: string, range: Span): number {
    if (name === 'sessions') return this.begun(range).length;
    return this.within(range).filter(({ event }) => event.eventid === MEASURES[name]).length;
  }
}

const USUAL_FACETS = ['sensor', 'protocol', 'username', 'password', 'client', 'hassh', 'eventid', 'outcome'];
const SESSION_DIMENSIONS = ['address', 'sensor', 'protocol', 'outcome'];
export const MEASURES: Record<string, string> = {
  loginsFailed: 'cowrie.login.failed',
  loginsSucceeded: 'cowrie.login.success',
  commands: 'cowrie.command.input',
  downloads: 'cowrie.session.file_download',
};

export function frequent(values: readonly string[], limit: number): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || byBytes(a.value, b.value))
    .slice(0, limit);
}

/** How far a session came, told by its events; undefined before its end. */
export function outcome({ events }: NaiveSession): string | undefined {
  const has = (...ids: string[]) => events.some(({ event }) => ids.includes(event.eventid));
  if (!has('cowrie.session.closed')) return undefined;
  if (has('cowrie.session.file_download')) return 'download';
  if (has('cowrie.command.input')) return 'command';
  if (has('cowrie.login.success')) return 'login';
  return has('cowrie.login.failed') ? 'refused' : 'silent';
}

export function valueOfSession(session: NaiveSession, dimension: string): string | undefined {
  if (dimension === 'outcome') return outcome(session);
  return session[dimension as 'address' | 'sensor' | 'protocol' | 'client' | 'hassh'];
}
