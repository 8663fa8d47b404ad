// Reads sessions and their packed events: what the rollups cannot answer.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Words } from './dictionary.ts';
import type { Origin } from './origins.ts';
import { eachPacked, getVarint, type Places, placesOf, wordAt } from './packed.ts';
import { type CountedKind, ID_STEP, type Kind, kindNumber, LONG_MS } from './schema.ts';
import type { SessionRecord } from './session.ts';
import type { Dimension, Range, SessionDimension } from './store.ts';

export const DAY = 86_400_000;
export const HOUR = 3_600_000;

/** Which events count for a dimension; the others are counted by session. */
const logins = ['cowrie.login.success', 'cowrie.login.failed'];
export const countedIn: Record<Exclude<Dimension, SessionDimension>, readonly string[]> = {
  username: logins,
  password: logins,
  pair: logins,
  command: ['cowrie.command.input'],
  client: ['cowrie.client.version'],
  hassh: ['cowrie.client.kex'],
  url: [
    'cowrie.session.file_download',
    'cowrie.session.file_download.failed',
    'kansatsuki.session.download_request',
    'kansatsuki.session.download_result',
  ],
  hash: ['cowrie.session.file_download', 'cowrie.session.file_upload'],
};

const NOWHERE = { country: null, asn: null, scanner: null };

export class Scanner {
  readonly #database: DatabaseSync;
  readonly #words: Words;
  readonly #prepared = new Map<string, StatementSync>();
  readonly #places: Places[] = [];

  constructor(database: DatabaseSync, words: Words) {
    this.#database = database;
    this.#words = words;
  }

  prepare(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (!statement) this.#prepared.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }

  all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.prepare(sql).all(...values) as Record<string, unknown>[];
  }

  record(id: number): SessionRecord | undefined {
    return this.prepare('SELECT * FROM session WHERE id = ?').get(id) as SessionRecord | undefined;
  }

  bySid(sid: number | string): SessionRecord[] {
    return this.all('SELECT * FROM session WHERE sid = ? ORDER BY id DESC LIMIT 64', sid) as unknown as SessionRecord[];
  }

  /** The number of an event's id. */
  eventid(body: Buffer): number {
    return getVarint(body, { at: 0 });
  }

  /** Number of an event id's text; −1 when it never came. */
  eventidOf(text: string): number {
    return this.#words.find('eventid', text) ?? -1;
  }

  /** Number of the first word of a kind in an event; 0 for none. */
  word(body: Buffer, kind: Kind): number {
    const eventid = this.eventid(body);
    const places = (this.#places[eventid] ??= placesOf(this.#words.text('eventid', eventid)));
    return wordAt(body, places, kind);
  }

  /** Numbers of an address's country, network (ASN) and scanner. */
  originOf(address: number): { country: number | null; asn: number | null; scanner: number | null } {
    const statement = this.prepare('SELECT country, asn, scanner FROM word_address WHERE id = ?');
    return (statement.get(address) as ReturnType<Scanner['originOf']> | undefined) ?? NOWHERE;
  }

  /** Where an address comes from; empty when nothing is known. */
  origin(address: number): Origin {
    const { country, asn, scanner } = this.originOf(address);
    const origin: Origin = {};
    if (country !== null) origin.country = this.#words.text('country', country);
    if (asn !== null) {
      origin.asn = Number(this.#words.text('asn', asn).slice(2));
      const name = this.networkName(asn);
      if (name !== undefined) origin.asName = name;
    }
    if (scanner !== null) origin.scanner = this.#words.text('text', scanner);
    return origin;
  }

  /** The organisation of a numbered network. */
  networkName(asn: number): string | undefined {
    const name = this.prepare('SELECT name FROM word_asn WHERE id = ?').get(asn)?.['name'];
    return typeof name === 'string' ? name : undefined;
  }

  /** The number of a text, if it was ever seen. */
  wordId(kind: CountedKind, text: string): number | undefined {
    return this.#words.find(kind, text);
  }

  /** Every event of a session, in order of arrival. */
  each(record: SessionRecord, visit: (micros: number, body: Buffer) => void): void {
    if (record.pieces > 0)
      for (const { events } of this.all('SELECT events FROM piece WHERE session = ? ORDER BY number', record.id) as {
        events: Uint8Array;
      }[])
        eachPacked(events, 0, visit);
    eachPacked(record.events, Math.floor(record.id / ID_STEP) * 1000, visit);
  }

  /** Sessions that may have events in a range, oldest first: those begun in it or up to an hour before, and the long ones. */
  *sessions(range: Range): Generator<SessionRecord> {
    yield* this.long(range);
    // A statement per call: two scans may be open at once.
    yield* this.#database
      .prepare('SELECT * FROM session WHERE id >= ? AND id < ? ORDER BY id')
      .iterate((range.from - LONG_MS) * ID_STEP, range.to * ID_STEP) as Iterable<unknown> as Iterable<SessionRecord>;
  }

  /** Sessions begun more than an hour before a range that reach into it. */
  long(range: Range): SessionRecord[] {
    return this.all(
      `SELECT * FROM session WHERE id < ? AND last >= ${LONG_MS} AND last >= ? - id / ${ID_STEP} ORDER BY id`,
      (range.from - LONG_MS) * ID_STEP,
      range.from,
    ) as unknown as SessionRecord[];
  }

  /** Every event in a range, by session. */
  events(range: Range, visit: (record: SessionRecord, micros: number, body: Buffer) => void): void {
    const from = range.from * 1000;
    const to = range.to * 1000;
    for (const record of this.sessions(range)) {
      if (Math.floor(record.id / ID_STEP) + record.last < range.from) continue;
      this.each(record, (micros, body) => {
        if (micros >= from && micros < to) visit(record, micros, body);
      });
    }
  }

  /** Days that hold anything, ascending. */
  days(range: Range | undefined): number[] {
    return this.all(
      'SELECT DISTINCT hour / 24 AS day FROM hourly WHERE hour >= ? AND hour < ?',
      range ? Math.floor(range.from / DAY) * 24 : 0,
      range ? Math.ceil(range.to / DAY) * 24 : 2 ** 30,
    ).map((row) => row['day'] as number);
  }

  /** Hours (since the epoch) in which a value came, ascending. */
  hoursOf(
    dimension: Exclude<Dimension, SessionDimension | 'client' | 'hassh'>,
    value: string,
    range: Range | undefined,
  ): number[] {
    const hours: number[] = [];
    const add = (day: number, row: Record<string, unknown> | undefined) => {
      const bits = (row?.['hours'] as number | undefined) ?? 0;
      for (let hour = 0; hour < 24; hour++) if (bits & (1 << hour)) hours.push(day * 24 + hour);
    };
    if (dimension === 'pair') {
      const pair = this.pairOf(value);
      if (!pair) return [];
      const statement = this.prepare('SELECT hours FROM tally_pair WHERE day = ? AND username = ? AND password = ?');
      for (const day of this.days(range)) add(day, statement.get(day, ...pair));
      return hours;
    }
    const word = this.#words.find(dimension, value);
    if (word === undefined) return [];
    if (dimension === 'command') return this.commandHours([word], range);
    const statement = this.prepare('SELECT hours FROM tally WHERE day = ? AND kind = ? AND word = ?');
    for (const day of this.days(range)) add(day, statement.get(day, kindNumber[dimension], word));
    return hours;
  }

  /** Hours in which any of some commands came, ascending. */
  commandHours(words: readonly number[], range: Range | undefined): number[] {
    const hours = new Set<number>();
    const statement = this.prepare(
      `SELECT day, hours FROM tally WHERE kind = ${kindNumber.command} AND word = ? AND day >= ? AND day < ?`,
    );
    const low = range ? Math.floor(range.from / DAY) : 0;
    const high = range ? Math.ceil(range.to / DAY) : 2 ** 30;
    for (const word of words)
      for (const row of statement.all(word, low, high))
        for (let hour = 0; hour < 24; hour++)
          if ((row['hours'] as number) & (1 << hour)) hours.add((row['day'] as number) * 24 + hour);
    return [...hours].sort((a, b) => a - b);
  }

  /** Numbers of a pair's two words. */
  pairOf(value: string): [username: number, password: number] | undefined {
    const nul = value.indexOf('\0');
    const username = this.#words.find('username', value.slice(0, nul < 0 ? undefined : nul));
    const password = this.#words.find('password', nul < 0 ? '' : value.slice(nul + 1));
    return username === undefined || password === undefined ? undefined : [username, password];
  }

  /** A test of whether an event holds a value of a dimension; undefined when the value never came. */
  matcher(dimension: Dimension, value: string): ((record: SessionRecord, body: Buffer) => boolean) | undefined {
    switch (dimension) {
      case 'pair': {
        const pair = this.pairOf(value);
        return (
          pair &&
          ((_record, body) => this.word(body, 'username') === pair[0] && this.word(body, 'password') === pair[1])
        );
      }
      case 'address':
      case 'sensor': {
        const id = this.#words.find(dimension, value);
        return id === undefined ? undefined : (record) => record[dimension] === id;
      }
      case 'country':
      case 'asn': {
        const id = this.#words.find(dimension, value);
        return id === undefined
          ? undefined
          : (record) => record.address !== null && this.originOf(record.address)[dimension] === id;
      }
      case 'protocol': {
        const flag = value === 'ssh' ? 1 : 2;
        return (record) => (record.flags & flag) !== 0;
      }
      default: {
        const word = this.#words.find(dimension, value);
        return word === undefined ? undefined : (_record, body) => this.word(body, dimension) === word;
      }
    }
  }

  /** Events of a range that hold a value, in order of time. */
  evidence(
    range: Range,
    dimension: Dimension,
    value: string,
    limit: number,
  ): { record: SessionRecord; micros: number; body: Buffer }[] {
    const matches = this.matcher(dimension, value);
    if (!matches) return [];
    const found: { record: SessionRecord; micros: number; body: Buffer }[] = [];
    const look = (from: number, to: number): boolean => {
      const part = { from: Math.max(range.from, from), to: Math.min(range.to, to) };
      this.events(part, (record, micros, body) => {
        if (matches(record, body)) found.push({ record, micros, body });
      });
      return found.length >= limit;
    };
    switch (dimension) {
      case 'address':
      case 'sensor':
      case 'protocol':
      case 'country':
      case 'asn':
      case 'client':
      case 'hassh': {
        for (const day of this.#daysOf(dimension, value, range)) if (look(day * DAY, (day + 1) * DAY)) break;
        break;
      }
      default:
        for (const hour of this.hoursOf(dimension, value, range)) if (look(hour * HOUR, (hour + 1) * HOUR)) break;
    }
    return found.sort((a, b) => a.micros - b.micros).slice(0, limit);
  }

  #daysOf(kind: CountedKind, value: string, range: Range): number[] {
    const word = this.#words.find(kind, value);
    const statement = this.prepare('SELECT 1 FROM tally WHERE day = ? AND kind = ? AND word = ?');
    const hit = (day: number) => statement.get(day, kindNumber[kind], word ?? 0) !== undefined;
    // An address is counted where its session begins: the day after may have events too.
    return this.days(range).filter((day) => hit(day) || hit(day - 1));
  }

  /** Sessions with artefacts, newest first. */
  *withDownloads(range: Range | undefined): Generator<SessionRecord> {
    const low = range ? range.from : 0;
    const high = range ? range.to : 2 ** 43;
    const ids = new Set(countedIn.hash.map((id) => this.eventidOf(id)));
    const rows = this.all(
      `SELECT day, hours FROM tally WHERE kind = ${kindNumber.hash} AND day >= ? AND day < ? ORDER BY day DESC`,
      Math.floor(low / DAY),
      Math.ceil(high / DAY),
    );
    const hours = new Set<number>();
    for (const { day, hours: bits } of rows as { day: number; hours: number }[])
      for (let hour = 0; hour < 24; hour++) if (bits & (1 << hour)) hours.add(day * 24 + hour);
    const told = new Set<number>();
    for (const hour of [...hours].sort((a, b) => b - a)) {
      const part = { from: Math.max(low, hour * HOUR), to: Math.min(high, (hour + 1) * HOUR) };
      const records: SessionRecord[] = [];
      for (const record of this.sessions(part)) {
        if (told.has(record.id)) continue;
        let has = false;
        this.each(record, (_micros, body) => {
          has ||= ids.has(this.eventid(body));
        });
        if (has) records.push(record);
      }
      for (const record of records.reverse()) {
        told.add(record.id);
        yield record;
      }
    }
  }
}
