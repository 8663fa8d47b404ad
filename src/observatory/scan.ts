// Reads sessions and their packed events: what the rollups cannot answer.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { countedIn } from './countedin.ts';
import type { Words } from './dictionary.ts';
import type { Origin } from './origins.ts';
import { eachPacked, getVarint, type Places, placesOf, wordAt } from './packed.ts';
import { PROTOCOL, protocolFlags } from './protocol.ts';
import { type CountedKind, ID_STEP, type Kind, LONG_MS } from './schema.ts';
import type { SessionRecord } from './session.ts';
import type { Dimension, Range } from './store.ts';

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

  /** Changes whenever what is stored does, here or in another process. */
  version(): string {
    const elsewhere = this.prepare('PRAGMA data_version').get()!['data_version'];
    return `${elsewhere}.${this.prepare('SELECT total_changes() AS n').get()!['n']}`;
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
    const host = this.hostName(address);
    if (host !== undefined) origin.hostName = host;
    return origin;
  }

  /** The confirmed host name of an address. */
  hostName(address: number): string | undefined {
    const name = this.prepare('SELECT name FROM host_name WHERE address = ?').get(address)?.['name'];
    return typeof name === 'string' ? name : undefined;
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

  /** Whether any event of a session passes a test. */
  some(record: SessionRecord, test: (body: Buffer) => boolean): boolean {
    let hit = false;
    this.each(record, (_micros, body) => {
      hit ||= test(body);
    });
    return hit;
  }

  /** Sessions that may have events in a range: the long ones that reach into it, then those begun in it or up to an hour before; each by start. */
  *sessions(range: Range): Generator<SessionRecord> {
    yield* this.long(range);
    yield* this.begun({ from: range.from - LONG_MS, to: range.to }, range.from);
  }

  /** Sessions begun more than an hour before a range that reach into it. */
  long(range: Range): SessionRecord[] {
    const ids = this.prepare(
      `SELECT id FROM session INDEXED BY session_long WHERE id < ? AND last >= ${LONG_MS} AND last >= ? - id / ${ID_STEP} ORDER BY id`,
    ).all(Math.floor((range.from - LONG_MS) * ID_STEP), Math.floor(range.from)) as { id: number }[];
    return ids.map(({ id }) => this.record(id)!);
  }

  /** Sessions begun in a range that have events at or after a moment, by start. */
  begun({ from, to }: Range, reaching: number): Iterable<SessionRecord> {
    // A statement per call: two scans may be open at once.
    return this.#database
      .prepare(`SELECT * FROM session WHERE id >= ? AND id < ? AND last >= ? - id / ${ID_STEP} ORDER BY id`)
      .iterate(
        Math.floor(from * ID_STEP),
        Math.floor(to * ID_STEP),
        Math.floor(reaching),
      ) as Iterable<unknown> as Iterable<SessionRecord>;
  }

  /** Every event in a range, by session. */
  events(range: Range, visit: (record: SessionRecord, micros: number, body: Buffer) => void): void {
    const from = range.from * 1000;
    const to = range.to * 1000;
    for (const record of this.sessions(range))
      this.each(record, (micros, body) => {
        if (micros >= from && micros < to) visit(record, micros, body);
      });
  }

  /** Numbers of a pair and its two words. The value is `username` NUL `password`; either may hold a NUL itself. */
  pairOf(value: string): { id: number; username: number; password: number } | undefined {
    const find = this.prepare('SELECT id FROM pair WHERE username = ? AND password = ?');
    for (let nul = value.indexOf('\0'); nul >= 0; nul = value.indexOf('\0', nul + 1)) {
      const username = this.#words.find('username', value.slice(0, nul));
      const password = this.#words.find('password', value.slice(nul + 1));
      if (username === undefined || password === undefined) continue;
      const id = find.get(username, password)?.['id'] as number | undefined;
      if (id !== undefined) return { id, username, password };
    }
    return undefined;
  }

  /** A test of whether an event counts for a value of a dimension; undefined when the value never came. */
  matcher(dimension: Dimension, value: string): ((record: SessionRecord, body: Buffer) => boolean) | undefined {
    switch (dimension) {
      case 'address':
      case 'behaviour':
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
        const flags = protocolFlags(value);
        return flags === 0 ? undefined : (record) => (record.flags & PROTOCOL) === flags;
      }
      case 'pair': {
        const pair = this.pairOf(value);
        const ids = this.eventidsOf('pair');
        return (
          pair &&
          ((_record, body) =>
            ids.has(this.eventid(body)) &&
            this.word(body, 'username') === pair.username &&
            this.word(body, 'password') === pair.password)
        );
      }
      default: {
        const word = this.#words.find(dimension, value);
        const ids = this.eventidsOf(dimension);
        return word === undefined
          ? undefined
          : (_record, body) => ids.has(this.eventid(body)) && this.word(body, dimension) === word;
      }
    }
  }

  /** Numbers of the event ids that count for a dimension. */
  eventidsOf(dimension: keyof typeof countedIn): ReadonlySet<number> {
    return new Set(countedIn[dimension].map((text) => this.eventidOf(text)));
  }
}
