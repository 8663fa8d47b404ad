// The store on SQLite: the named queries of store.ts.
import { existsSync, statSync } from 'node:fs';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { messageOf } from '../event/message.ts';
import { formatMicros } from '../event/time.ts';
import { Words } from './dictionary.ts';
import { compare, split } from './order.ts';
import { unpack } from './packed.ts';
import { protocolOf } from './protocol.ts';
import { firstSeen, top, topPairs } from './rank.ts';
import { keptFrom } from './retention.ts';
import { Scanner } from './scan.ts';
import { APPROXIMATE, CLOSED, ID_STEP, kindNumber, LOGGED_IN, RECORDED, SCHEMA, SENSOR } from './schema.ts';
import { searchSessions } from './search.ts';
import type { SessionRecord } from './session.ts';
import { sidText, sidValue } from './sid.ts';
import type {
  Count,
  Dimension,
  FeedItem,
  Page,
  Range,
  SessionDetail,
  SessionEvent,
  SessionFilter,
  SessionRow,
  Store,
  TimelinePoint,
  Totals,
} from './store.ts';
import { SESSIONS } from './tallies.ts';
import { Writer } from './writer.ts';

const HOUR = 3_600_000;
const DAY = 86_400_000;

/** What the timeline and the totals count, by event id. */
const series = {
  loginsFailed: 'cowrie.login.failed',
  loginsSucceeded: 'cowrie.login.success',
  commands: 'cowrie.command.input',
  downloads: 'cowrie.session.file_download',
} as const;

export class SqliteStore implements Store {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly words: Words;
  readonly scanner: Scanner;
  #writer: Writer | undefined;

  constructor(database: DatabaseSync, path: string) {
    this.database = database;
    this.path = path;
    this.words = new Words(database);
    this.scanner = new Scanner(database, this.words);
  }

  /** The one writer of this connection. */
  get writer(): Writer {
    return (this.#writer ??= new Writer(this.database));
  }

  totals(range?: Range): Totals {
    const counts = new Map(this.eventsById(range));
    const { first, last } = this.extent(range);
    return {
      events: [...counts.values()].reduce((sum, n) => sum + n, 0),
      sessions: this.#sessions(range),
      addresses: this.#addresses(range),
      loginsFailed: counts.get(series.loginsFailed) ?? 0,
      loginsSucceeded: counts.get(series.loginsSucceeded) ?? 0,
      commands: counts.get(series.commands) ?? 0,
      downloads: counts.get(series.downloads) ?? 0,
      ...(first === undefined ? {} : { first: Math.floor(first / 1000) }),
      ...(last === undefined ? {} : { last: Math.floor(last / 1000) }),
    };
  }

  eventsById(range?: Range): [eventid: string, count: number][] {
    const counts = new Map<number, number>();
    const add = (eventid: number, n: number) => counts.set(eventid, (counts.get(eventid) ?? 0) + n);
    if (range === undefined) {
      for (const row of this.#all(
        `SELECT eventid, sum(n) AS n FROM hourly WHERE eventid <> ${SESSIONS} GROUP BY eventid`,
      ))
        add(row['eventid'] as number, row['n'] as number);
    } else {
      const { whole, edges } = split(range, HOUR);
      if (whole)
        for (const row of this.#all(
          `SELECT eventid, sum(n) AS n FROM hourly WHERE hour >= ? AND hour < ? AND eventid <> ${SESSIONS} GROUP BY eventid`,
          whole.from / HOUR,
          whole.to / HOUR,
        ))
          add(row['eventid'] as number, row['n'] as number);
      for (const edge of edges)
        this.scanner.events(edge, (_session, _micros, body) => add(this.scanner.eventid(body), 1));
    }
    return [...counts]
      .filter(([, n]) => n > 0)
      .map(([eventid, n]): [string, number] => [this.words.text('eventid', eventid), n])
      .sort((a, b) => b[1] - a[1] || compare(a[0], b[0]));
  }

  timeline(range: Range, bucket: 'minute' | 'hour' | 'day'): TimelinePoint[] {
    const size = bucket === 'minute' ? 60_000 : bucket === 'hour' ? HOUR : DAY;
    const points = new Map<number, TimelinePoint>();
    const point = (ms: number): TimelinePoint => {
      const at = Math.floor(ms / size) * size;
      let found = points.get(at);
      if (!found)
        points.set(at, (found = { at, sessions: 0, loginsFailed: 0, loginsSucceeded: 0, commands: 0, downloads: 0 }));
      return found;
    };
    const field = new Map<number, keyof typeof series>();
    for (const [name, eventid] of Object.entries(series) as [keyof typeof series, string][]) {
      const id = this.words.find('eventid', eventid);
      if (id !== undefined) field.set(id, name);
    }
    const scan = (part: Range) => {
      this.scanner.events(part, (_session, micros, body) => {
        const name = field.get(this.scanner.eventid(body));
        if (name) point(micros / 1000)[name]++;
      });
      for (const row of this.#all(
        `SELECT id FROM session WHERE id >= ? AND id < ? AND flags & ${SENSOR} = 0`,
        part.from * ID_STEP,
        part.to * ID_STEP,
      ))
        point((row['id'] as number) / ID_STEP).sessions++;
    };
    if (bucket === 'minute') scan(range);
    else {
      const { whole, edges } = split(range, HOUR);
      if (whole)
        for (const row of this.#all(
          'SELECT hour, eventid, n FROM hourly WHERE hour >= ? AND hour < ?',
          whole.from / HOUR,
          whole.to / HOUR,
        )) {
          const eventid = row['eventid'] as number;
          const name = eventid === SESSIONS ? 'sessions' : field.get(eventid);
          if (name) point((row['hour'] as number) * HOUR)[name] += row['n'] as number;
        }
      edges.forEach(scan);
    }
    return [...points.values()].sort((a, b) => a.at - b.at);
  }

  perDay(range?: Range): [day: string, events: number][] {
    const days = new Map<number, number>();
    const add = (day: number, n: number) => days.set(day, (days.get(day) ?? 0) + n);
    const { whole, edges } = range ? split(range, HOUR) : { whole: undefined, edges: [] };
    if (whole || !range)
      for (const row of this.#all(
        `SELECT hour / 24 AS day, sum(n) AS n FROM hourly
         WHERE hour >= ? AND hour < ? AND eventid <> ${SESSIONS} GROUP BY hour / 24`,
        whole ? whole.from / HOUR : 0,
        whole ? whole.to / HOUR : 2 ** 40,
      ))
        add(row['day'] as number, row['n'] as number);
    for (const edge of edges) this.scanner.events(edge, (_session, micros) => add(Math.floor(micros / 1000 / DAY), 1));
    return [...days]
      .filter(([, n]) => n > 0)
      .sort((a, b) => a[0] - b[0])
      .map(([day, n]) => [new Date(day * DAY).toISOString().slice(0, 10), n]);
  }

  top(dimension: Dimension, range: Range | undefined, limit: number): Count[] {
    return top(this, dimension, range, limit);
  }

  /** The most frequent pairs, user name and password apart. */
  topPairs(range: Range | undefined, limit: number): [username: string, password: string, count: number][] {
    return topPairs(this, range, limit);
  }

  firstSeen(dimension: Dimension, range: Range, limit: number): Count[] {
    return firstSeen(this, dimension, range, limit);
  }

  sessions(filter: SessionFilter, limit: number, cursor?: string): Page<SessionRow> {
    const before = cursor !== undefined && /^\d{1,16}$/.test(cursor) ? Number(cursor) : undefined;
    const { records, more } = searchSessions(this, filter, limit, before);
    const items = records.map((record) => this.#row(record));
    return more && items.length > 0 ? { items, next: String(items.at(-1)!.id) } : { items };
  }

  session(id: number): SessionDetail | undefined {
    const record = this.scanner.record(id);
    return record ? this.#detail(record) : undefined;
  }

  findSession(session: string, sensor?: string): SessionDetail | undefined {
    const rows = this.scanner.bySid(sidValue(session));
    const record =
      sensor === undefined ? rows[0] : rows.find((row) => this.words.text('sensor', row.sensor) === sensor);
    return record ? this.#detail(record) : undefined;
  }

  feed(limit: number, after?: number): FeedItem[] {
    const rows = this.#all(
      `SELECT feed.id, feed.at, feed.eventid, feed.session, feed.message, session.sid, session.sensor, session.address, session.flags
       FROM feed LEFT JOIN session ON session.id = feed.session
       ${after === undefined ? 'ORDER BY feed.id DESC' : 'WHERE feed.id > ? ORDER BY feed.id'} LIMIT ?`,
      ...(after === undefined ? [limit] : [after, limit]),
    );
    return rows.map((row): FeedItem => {
      const flags = (row['flags'] as number | null) ?? SENSOR;
      const protocol = protocolOf(flags);
      return {
        id: row['id'] as number,
        at: row['at'] as number,
        eventid: this.words.text('eventid', row['eventid'] as number),
        sensor: row['sensor'] === null ? '' : this.words.text('sensor', row['sensor'] as number),
        session: flags & SENSOR ? '' : sidText(row['sid'] as number | string),
        ...(flags & SENSOR ? {} : { sessionId: row['session'] as number }),
        address: row['address'] === null ? '' : this.words.text('address', row['address'] as number),
        ...(protocol ? { protocol } : {}),
        message: row['message'] as string,
      };
    });
  }

  evidence(query: { range: Range; dimension: Dimension; value: string }, limit: number): Record<string, unknown>[] {
    return this.scanner.evidence(query.range, query.dimension, query.value, limit).map(({ record, micros, body }) => ({
      ...this.#original(record, micros, body),
      // Its time was guessed: whoever quotes the event must not quote the time.
      ...(record.flags & APPROXIMATE ? { approximate: true } : {}),
    }));
  }

  downloads(
    range: Range | undefined,
    limit: number,
  ): { at: number; hash?: string; url?: string; sessionId: number; address: string; path?: string }[] {
    const found: ReturnType<Store['downloads']> = [];
    // Newest first: sessions with artefacts, from the end.
    for (const record of this.scanner.withDownloads(range)) {
      const own: typeof found = [];
      this.scanner.each(record, (micros, body) => {
        const at = Math.floor(micros / 1000);
        if (range && (at < range.from || at >= range.to)) return;
        const { eventid, fields } = unpack(body, this.#resolve);
        if (eventid !== 'cowrie.session.file_download' && eventid !== 'cowrie.session.file_upload') return;
        const path = fields['destfile'] || fields['filename'];
        own.push({
          at,
          ...(typeof fields['shasum'] === 'string' ? { hash: fields['shasum'] } : {}),
          ...(typeof fields['url'] === 'string' ? { url: fields['url'] } : {}),
          sessionId: record.id,
          address: this.#address(record),
          ...(typeof path === 'string' ? { path } : {}),
        });
      });
      found.push(...own.reverse());
      if (found.length >= limit) break;
    }
    return found.sort((a, b) => b.at - a.at).slice(0, limit);
  }

  health(): { bytes: number; schema: number; sources: { path: string; offset: number; size: number; at: number }[] } {
    const bytes =
      this.path === ':memory:'
        ? 0
        : ['', '-wal'].reduce(
            (sum, suffix) => sum + (statSync(this.path + suffix, { throwIfNoEntry: false })?.size ?? 0),
            0,
          );
    const sources = this.#all('SELECT path, offset, size, at FROM mark ORDER BY path') as {
      path: string;
      offset: number;
      size: number;
      at: number;
    }[];
    return { bytes, schema: SCHEMA, sources };
  }

  /** Where a recording or artefact found beside an imported log lies; undefined when it is unknown or gone. */
  attachment(name: string): { kind: 'tty' | 'download'; path: string; bytes: number } | undefined {
    const row = this.#all('SELECT kind, path, bytes FROM attachment WHERE name = ?', name)[0];
    if (!row || !existsSync(row['path'] as string)) return undefined;
    return { kind: row['kind'] as 'tty' | 'download', path: row['path'] as string, bytes: row['bytes'] as number };
  }

  extent(range?: Range): { first?: number; last?: number } {
    if (!range) {
      const read = (key: string) =>
        this.#all('SELECT value FROM meta WHERE key = ?', key)[0]?.['value'] as number | undefined;
      const first = read('first');
      const last = read('last');
      return { ...(first === undefined ? {} : { first }), ...(last === undefined ? {} : { last }) };
    }
    // Only the ends of the range and the first and last hour within it are looked into.
    const { whole, edges } = split(range, HOUR);
    const hours = whole
      ? this.#all(
          'SELECT min(hour) AS low, max(hour) AS high FROM hourly WHERE hour >= ? AND hour < ? AND eventid <> 0 AND n > 0',
          whole.from / HOUR,
          whole.to / HOUR,
        )[0]!
      : {};
    const ends = new Set([hours['low'], hours['high']].filter((hour): hour is number => typeof hour === 'number'));
    const parts = [...edges, ...[...ends].map((hour) => ({ from: hour * HOUR, to: (hour + 1) * HOUR }))];
    let first = Number.POSITIVE_INFINITY;
    let last = Number.NEGATIVE_INFINITY;
    for (const part of parts)
      this.scanner.events(part, (_session, micros) => {
        if (micros < first) first = micros;
        if (micros > last) last = micros;
      });
    // The events of an end that was counted can have been removed (retention.ts): then it is known to the hour.
    const { low, high } = hours as { low?: number | null; high?: number | null };
    const removed = keptFrom(this) * 1000;
    if (typeof low === 'number' && low * HOUR * 1000 < removed) first = Math.min(first, low * HOUR * 1000);
    if (typeof high === 'number' && high * HOUR * 1000 < removed) last = Math.max(last, (high + 1) * HOUR * 1000 - 1);
    return first === Number.POSITIVE_INFINITY ? {} : { first, last };
  }

  close(): void {
    if (this.database.isOpen) this.database.close();
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.scanner.all(sql, ...values);
  }

  #resolve = (kind: Parameters<Words['text']>[0], id: number): string => this.words.text(kind, id);

  #sessions(range?: Range): number {
    if (!range) return count(this.#all(`SELECT coalesce(sum(n), 0) AS n FROM hourly WHERE eventid = ${SESSIONS}`));
    const { whole, edges } = split(range, HOUR);
    let sum = 0;
    if (whole)
      sum += count(
        this.#all(
          `SELECT coalesce(sum(n), 0) AS n FROM hourly WHERE hour >= ? AND hour < ? AND eventid = ${SESSIONS}`,
          whole.from / HOUR,
          whole.to / HOUR,
        ),
      );
    for (const edge of edges)
      sum += count(
        this.#all(
          `SELECT count(*) AS n FROM session WHERE id >= ? AND id < ? AND flags & ${SENSOR} = 0`,
          edge.from * ID_STEP,
          edge.to * ID_STEP,
        ),
      );
    return sum;
  }

  /** Addresses of the sessions that begin in the range (of all, without one). */
  #addresses(range?: Range): number {
    if (!range) return count(this.#all('SELECT count(*) AS n FROM word_address WHERE n > 0'));
    const { whole, edges } = split(range, DAY);
    if (whole && edges.length === 0)
      return count(
        this.#all(
          `SELECT count(DISTINCT word) AS n FROM tally WHERE day >= ? AND day < ? AND kind = ${kindNumber.address} AND n > 0`,
          whole.from / DAY,
          whole.to / DAY,
        ),
      );
    const seen = new Set<number>();
    if (whole)
      for (const row of this.#all(
        `SELECT DISTINCT word FROM tally WHERE day >= ? AND day < ? AND kind = ${kindNumber.address} AND n > 0`,
        whole.from / DAY,
        whole.to / DAY,
      ))
        seen.add(row['word'] as number);
    for (const edge of edges)
      for (const row of this.#all(
        `SELECT DISTINCT address FROM session WHERE id >= ? AND id < ? AND flags & ${SENSOR} = 0 AND address IS NOT NULL`,
        edge.from * ID_STEP,
        edge.to * ID_STEP,
      ))
        seen.add(row['address'] as number);
    return seen.size;
  }

  #address(record: SessionRecord): string {
    return record.address === null ? '' : this.words.text('address', record.address);
  }

  #row(record: SessionRecord): SessionRow {
    const word = (kind: 'client' | 'hassh' | 'username' | 'password', id: number | null) =>
      id === null ? {} : { [kind]: this.words.text(kind, id) };
    const protocol = protocolOf(record.flags);
    const started = Math.floor(record.id / ID_STEP);
    const { recordings, durationMs } = this.#ending(record);
    return {
      id: record.id,
      sensor: this.words.text('sensor', record.sensor),
      session: record.flags & SENSOR ? '' : sidText(record.sid),
      ...(protocol ? { protocol } : {}),
      address: this.#address(record),
      ...(record.address === null ? {} : this.scanner.origin(record.address)),
      ...(record.port === null ? {} : { port: record.port }),
      ...(record.dport === null ? {} : { destinationPort: record.dport }),
      started,
      ...(record.flags & CLOSED ? { ended: started + record.last } : {}),
      ...(durationMs === undefined ? {} : { durationMs }),
      ...word('client', record.client),
      ...word('hassh', record.hassh),
      ...word('username', record.username),
      ...word('password', record.password),
      loggedIn: (record.flags & LOGGED_IN) !== 0,
      loginAttempts: record.logins,
      commands: record.commands,
      downloads: record.downloads,
      recordings,
      approximate: (record.flags & APPROXIMATE) !== 0,
    };
  }

  /** What only the events say: names of recordings as they stand in the tty folder, and how long the session was. */
  #ending(record: SessionRecord): { recordings: string[]; durationMs: number | undefined } {
    const names = new Set<string>();
    let durationMs: number | undefined;
    if (record.flags & (RECORDED | CLOSED)) {
      const closed = this.scanner.eventidOf('cowrie.session.closed');
      const logs = [this.scanner.eventidOf('cowrie.log.closed'), this.scanner.eventidOf('cowrie.log.open')];
      this.scanner.each(record, (_micros, body) => {
        const id = this.scanner.eventid(body);
        if (id !== closed && !logs.includes(id)) return;
        const { fields } = unpack(body, this.#resolve);
        if (id === closed) {
          if (typeof fields['duration_ms'] === 'number') durationMs = fields['duration_ms'];
          return;
        }
        const name = String(fields['ttylog'] ?? fields['shasum'] ?? '')
          .split('/')
          .at(-1);
        if (name) names.add(name);
      });
    }
    return { recordings: [...names], durationMs };
  }

  #detail(record: SessionRecord): SessionDetail {
    const events: (SessionEvent & { micros: number })[] = [];
    this.scanner.each(record, (micros, body) => {
      const { eventid, fields } = unpack(body, this.#resolve);
      // What a connection begins with is kept in the session.
      if (eventid === 'cowrie.session.connect') Object.assign(fields, { ...this.#endpoints(record), ...fields });
      events.push({ at: Math.floor(micros / 1000), micros, eventid, fields });
    });
    events.sort((a, b) => a.micros - b.micros);
    return { ...this.#row(record), events: events.map(({ at, eventid, fields }) => ({ at, eventid, fields })) };
  }

  #endpoints(record: SessionRecord): { src_port?: number; dst_ip?: string; dst_port?: number; protocol?: string } {
    const protocol = protocolOf(record.flags);
    return {
      ...(record.port === null ? {} : { src_port: record.port }),
      ...(record.dst === null ? {} : { dst_ip: this.words.text('text', record.dst) }),
      ...(record.dport === null ? {} : { dst_port: record.dport }),
      ...(protocol ? { protocol } : {}),
    };
  }

  /** An event as today's `cowrie.json` would say it. */
  #original(record: SessionRecord, micros: number, body: Buffer): Record<string, unknown> {
    const { eventid, fields } = unpack(body, this.#resolve);
    const protocol = protocolOf(record.flags);
    const uuid = this.#all('SELECT value FROM meta WHERE key = ?', `uuid:${record.sensor}`)[0]?.['value'];
    const event: Record<string, unknown> = {
      ...(record.flags & SENSOR ? {} : { session: sidText(record.sid) }),
      ...(protocol ? { protocol } : {}),
      ...(record.address === null ? {} : { src_ip: this.#address(record) }),
      ...this.#endpoints(record),
      ...fields,
      eventid,
      sensor: this.words.text('sensor', record.sensor),
      ...(typeof uuid === 'string' ? { uuid } : {}),
      timestamp: formatMicros(micros),
    };
    event['message'] ??= messageOf(event) ?? '';
    return event;
  }
}

const count = (rows: Record<string, unknown>[]): number => (rows[0]?.['n'] as number | undefined) ?? 0;
