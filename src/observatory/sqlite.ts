// The store on SQLite: the named queries of store.ts.
import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import { messageOf } from '../event/message.ts';
import { formatMicros } from '../event/time.ts';
import { daily, distinct, extremes, hourly, visits } from './daily.ts';
import { Words } from './dictionary.ts';
import { Edges } from './edges.ts';
import { artefacts, eventsWith, type FoundEvent, lastWith } from './events.ts';
import { compare, DAY, HOUR } from './order.ts';
import { unpack } from './packed.ts';
import { protocolOf } from './protocol.ts';
import { firstSeen, newest, sumsOf, top, topPairs } from './rank.ts';
import { relations, tries } from './relations.ts';
import { heatMap, pulse, SERIES } from './rhythm.ts';
import { Rollups } from './rollups.ts';
import { Scanner } from './scan.ts';
import { APPROXIMATE, CLOSED, ID_STEP, LOGGED_IN, RECORDED, SCHEMA, SENSOR } from './schema.ts';
import { searchSessions } from './search.ts';
import { Series } from './series.ts';
import type { SessionRecord } from './session.ts';
import { sidText, sidValue } from './sid.ts';
import type {
  Change,
  Count,
  Crossings,
  Dimension,
  Download,
  Extremes,
  FacetName,
  Facets,
  FeedItem,
  Folds,
  HeatMap,
  Matrix,
  Measure,
  Page,
  Pulse,
  Range,
  Relations,
  RowDimension,
  SessionDetail,
  SessionEvent,
  SessionFilter,
  SessionRow,
  Store,
  TimelinePoint,
  Totals,
  Trace,
  Try,
  ValueOf,
  Visit,
} from './store.ts';
import { FACETS } from './store.ts';
import { crossings, facets, firstSight, folds, history, matrix, topChange } from './survey.ts';
import { SESSIONS } from './tallies.ts';
import { newKeys, newShapes } from './traces.ts';
import { Writer } from './writer.ts';

const SIZE = { minute: 60_000, quarter: 900_000, hour: HOUR, day: DAY };

export class SqliteStore implements Store {
  readonly path: string;
  readonly database: DatabaseSync;
  readonly words: Words;
  readonly scanner: Scanner;
  readonly rollups: Rollups;
  readonly edges: Edges;
  readonly series: Series;
  #writer: Writer | undefined;
  readonly #room: number;

  /** @param room of the usual memory, the share that the writer takes: who imports takes all of it */
  constructor(database: DatabaseSync, path: string, room = 1) {
    this.#room = room;
    this.database = database;
    this.path = path;
    this.words = new Words(database);
    this.scanner = new Scanner(database, this.words);
    this.rollups = new Rollups((sql) => this.scanner.prepare(sql));
    this.edges = new Edges(this.scanner, this.rollups);
    this.series = new Series(this.rollups, this.scanner, this.edges);
  }

  /** The one writer of this connection. */
  get writer(): Writer {
    return (this.#writer ??= new Writer(this.database, this.#room));
  }

  totals(range?: Range): Totals {
    const counts = new Map<number, number>();
    let events = 0;
    this.series.each(range, 'quarter', (eventid, _at, n) => {
      counts.set(eventid, (counts.get(eventid) ?? 0) + n);
      if (eventid !== SESSIONS) events += n;
    });
    const of = (eventid: string) => counts.get(this.scanner.eventidOf(eventid)) ?? 0;
    const { first, last } = this.extent(range);
    return {
      events,
      sessions: counts.get(SESSIONS) ?? 0,
      addresses: this.#addresses(range),
      loginsFailed: of(SERIES.loginsFailed),
      loginsSucceeded: of(SERIES.loginsSucceeded),
      commands: of(SERIES.commands),
      downloads: of(SERIES.downloads),
      ...(first === undefined ? {} : { first: Math.floor(first / 1000) }),
      ...(last === undefined ? {} : { last: Math.floor(last / 1000) }),
    };
  }

  eventsById(range?: Range): [eventid: string, count: number][] {
    const counts = new Map<number, number>();
    this.series.each(range, 'quarter', (eventid, _at, n) => counts.set(eventid, (counts.get(eventid) ?? 0) + n));
    counts.delete(SESSIONS);
    return [...counts]
      .map(([eventid, n]): [string, number] => [this.words.text('eventid', eventid), n])
      .sort((a, b) => b[1] - a[1] || compare(a[0], b[0]));
  }

  timeline(range: Range, bucket: 'minute' | 'quarter' | 'hour' | 'day'): TimelinePoint[] {
    const size = SIZE[bucket];
    const points = new Map<number, TimelinePoint>();
    const fields = new Map<number, keyof typeof SERIES | 'sessions'>([[SESSIONS, 'sessions']]);
    for (const [name, eventid] of Object.entries(SERIES) as [keyof typeof SERIES, string][])
      fields.set(this.scanner.eventidOf(eventid), name);
    this.series.each(range, bucket === 'minute' ? 'minute' : 'quarter', (eventid, ms, n) => {
      const field = fields.get(eventid);
      if (field === undefined) return;
      const at = Math.floor(ms / size) * size;
      let point = points.get(at);
      if (!point)
        points.set(at, (point = { at, sessions: 0, loginsFailed: 0, loginsSucceeded: 0, commands: 0, downloads: 0 }));
      point[field] += n;
    });
    return [...points.values()].sort((a, b) => a.at - b.at);
  }

  perDay(range?: Range): [day: string, events: number][] {
    const days = new Map<number, number>();
    this.series.each(range, 'quarter', (eventid, ms, n) => {
      const day = Math.floor(ms / DAY);
      if (eventid !== SESSIONS) days.set(day, (days.get(day) ?? 0) + n);
    });
    return [...days].sort((a, b) => a[0] - b[0]).map(([day, n]) => [new Date(day * DAY).toISOString().slice(0, 10), n]);
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

  newest(dimension: Exclude<Dimension, 'pair'>, limit: number, cursor?: string): Page<Count> {
    return newest(this, dimension, limit, cursor);
  }

  arrivals(hash: string): { first?: Download; last?: Download } {
    const since = firstSight(this, 'hash', hash);
    if (since === undefined) return {};
    // Its millisecond is known: only the sessions around it are read.
    const [first] = eventsWith(this, { from: since, to: since + 1 }, 'hash', hash, 1);
    const last = lastWith(this, 'hash', hash);
    return { ...(first ? { first: this.#download(first) } : {}), ...(last ? { last: this.#download(last) } : {}) };
  }

  topChange(dimension: Dimension, range: Range, limit: number): Change[] {
    return topChange(this, dimension, range, limit);
  }

  facets(filter: SessionFilter, limit: number, cursor?: string, names: readonly FacetName[] = FACETS): Facets {
    return facets(this, filter, limit, before(cursor), names);
  }

  folds(filter: SessionFilter, limit: number, cursor?: string): Folds {
    return folds(this, filter, limit, before(cursor), (record) => this.#row(record));
  }

  crossings(
    dimensions: readonly [RowDimension, RowDimension],
    filter: SessionFilter,
    limit: number,
    cursor?: string,
  ): Crossings {
    return crossings(this, dimensions, filter, limit, before(cursor));
  }

  matrix(range: Range | undefined, usernames: number, passwords: number): Matrix {
    return matrix(this, range, usernames, passwords);
  }

  heatMap(range: Range, zone: string, what: Measure | ValueOf): HeatMap {
    return heatMap(this, range, zone, what);
  }

  history(dimension: Dimension, value: string, range: Range): [day: string, count: number][] {
    return history(this, dimension, value, range);
  }

  daily(dimension: Dimension, values: readonly string[], range: Range): number[][] {
    return daily(this, dimension, values, range);
  }

  distinct(dimension: Dimension, range: Range): number[] {
    return distinct(this, dimension, range);
  }

  hourly(dimension: Dimension, range: Range): { value: string; counts: number[] }[] {
    return hourly(this, dimension, range);
  }

  extremes(range: Range, limit: number): Extremes {
    return extremes(this, range, limit);
  }

  visits(range: Range, limit: number): Visit[] {
    return visits(this, range, limit);
  }

  newShapes(range: Range, limit: number): Trace[] {
    return newShapes(this, range, limit);
  }

  newKeys(range: Range, limit: number): Trace[] {
    return newKeys(this, range, limit);
  }

  pulse(now: number): Pulse {
    const { first } = this.extent();
    return pulse(this, now, first === undefined ? undefined : Math.ceil(first / 1000));
  }

  relations(address: string, range: Range | undefined, limit: number): Relations | undefined {
    return relations(this, address, range, limit);
  }

  tries(address: string, limit: number, cursor?: string): Page<Try> {
    return tries(this, address, limit, cursor);
  }

  sessions(filter: SessionFilter, limit: number, cursor?: string): Page<SessionRow> {
    const { records, next } = searchSessions(this, filter, limit, before(cursor));
    const items = records.map((record) => this.#row(record));
    return next === undefined ? { items } : { items, next: String(next) };
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
      `SELECT feed.id, feed.at, feed.eventid, feed.session, feed.message, session.sid, session.sensor, session.address, session.flags,
         word_address.country
       FROM feed LEFT JOIN session ON session.id = feed.session LEFT JOIN word_address ON word_address.id = session.address
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
        ...(row['country'] === null ? {} : { country: this.words.text('country', row['country'] as number) }),
        ...(protocol ? { protocol } : {}),
        message: row['message'] as string,
      };
    });
  }

  evidence(query: { range: Range; dimension: Dimension; value: string }, limit: number): Record<string, unknown>[] {
    return eventsWith(this, query.range, query.dimension, query.value, limit).map(({ record, micros, body }) => ({
      ...this.#original(record, micros, body),
      // Its time was guessed: whoever quotes the event must not quote the time.
      ...(record.flags & APPROXIMATE ? { approximate: true } : {}),
    }));
  }

  downloads(range: Range | undefined, limit: number): Download[] {
    return artefacts(this, range, limit).map(this.#download);
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

  /**
   * Where a recording or artefact found beside an imported log lies, by the name that its event has for it; undefined
   * when it is unknown or gone. It is found again when the data directory has moved.
   */
  attachment(name: string): { kind: 'tty' | 'download'; path: string; bytes: number } | undefined {
    const row = this.#all('SELECT kind, path, bytes FROM attachment WHERE name = ?', name)[0];
    if (!row) return undefined;
    const { kind, path, bytes } = row as { kind: 'tty' | 'download'; path: string; bytes: number };
    const moved = join(dirname(this.path), '..', kind === 'tty' ? 'tty' : 'downloads', basename(path));
    const found = [path, moved].find((place) => existsSync(place));
    return found === undefined ? undefined : { kind, path: found, bytes };
  }

  extent(range?: Range): { first?: number; last?: number } {
    if (!range) {
      const read = (key: string) =>
        this.#all('SELECT value FROM meta WHERE key = ?', key)[0]?.['value'] as number | undefined;
      const first = read('first');
      const last = read('last');
      return { ...(first === undefined ? {} : { first }), ...(last === undefined ? {} : { last }) };
    }
    return this.series.extent(range);
  }

  close(): void {
    if (this.database.isOpen) this.database.close();
  }

  #download = ({ record, micros, body }: FoundEvent): Download => {
    const { fields } = unpack(body, this.#resolve);
    const path = fields['destfile'] || fields['filename'];
    // Kippo and the first Cowrie named a file by time and URL: its hash is known when it lay beside the log.
    const { shasum = fields['outfile'] } = fields;
    const kept = typeof shasum === 'string' ? this.attachment(basename(shasum)) : undefined;
    const hash = typeof fields['shasum'] === 'string' ? fields['shasum'] : kept && basename(kept.path);
    return {
      at: Math.floor(micros / 1000),
      ...(hash === undefined ? {} : { hash }),
      ...(kept ? { bytes: kept.bytes } : {}),
      ...(typeof fields['url'] === 'string' ? { url: fields['url'] } : {}),
      sessionId: record.id,
      address: this.#address(record),
      ...(typeof path === 'string' ? { path } : {}),
    };
  };

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.scanner.all(sql, ...values);
  }

  #resolve = (kind: Parameters<Words['text']>[0], id: number): string => this.words.text(kind, id);

  /** Addresses of the sessions that begin in the range (of all, without one). */
  #addresses(range?: Range): number {
    if (!range) return this.#all('SELECT count(*) AS n FROM word_address WHERE n > 0')[0]!['n'] as number;
    let n = 0;
    for (const count of sumsOf(this, 'address', range).values) if (count > 0) n++;
    return n;
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
    const behaviour = record.behaviour === null ? undefined : this.words.text('behaviour', record.behaviour);
    return {
      ...this.#row(record),
      ...(behaviour === undefined ? {} : { behaviour }),
      events: events.map(({ at, eventid, fields }) => ({ at, eventid, fields })),
    };
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

/** The session number that a cursor is; one that is none begins anew. */
const before = (cursor: string | undefined): number | undefined =>
  cursor !== undefined && /^\d{1,16}$/.test(cursor) ? Number(cursor) : undefined;
