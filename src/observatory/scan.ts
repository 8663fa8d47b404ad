// Reads sessions and their packed events: what the rollups cannot answer.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Words } from './dictionary.ts';
import { eachPacked, getVarint, wordsOf } from './packed.ts';
import { type CountedKind, ID_STEP, kindNumber, LONG_MS } from './schema.ts';
import type { Dimension, Range } from './store.ts';

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
  duration: number | null;
  pieces: number;
  events: Uint8Array;
}

export const DAY = 86_400_000;

export class Scanner {
  readonly #database: DatabaseSync;
  readonly #words: Words;
  readonly #prepared = new Map<string, StatementSync>();

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
    const from = (range.from - LONG_MS) * ID_STEP;
    yield* this.prepare(
      'SELECT * FROM session WHERE id < ? AND last >= 3600000 AND last >= ? - id / 1024 ORDER BY id',
    ).iterate(from, range.from) as Iterable<unknown> as Iterable<SessionRecord>;
    // A statement per call: two scans may be open at once.
    yield* this.#database
      .prepare('SELECT * FROM session WHERE id >= ? AND id < ? ORDER BY id')
      .iterate(from, range.to * ID_STEP) as Iterable<unknown> as Iterable<SessionRecord>;
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

  /** The words of a body. */
  words(body: Buffer) {
    return wordsOf(body, (id) => this.#words.text('eventid', id));
  }

  /** The number of a text, if it was ever seen. */
  wordId(kind: CountedKind, text: string): number | undefined {
    return this.#words.find(kind, text);
  }

  /** Number of an event id's text; −1 when it never came. */
  eventidOf(text: string): number {
    return this.#words.find('eventid', text) ?? -1;
  }

  /** UTC days on which a value was counted, ascending. */
  daysOf(dimension: Dimension, value: string, range: Range | undefined): number[] {
    const low = range ? Math.floor(range.from / DAY) : 0;
    const high = range ? Math.ceil(range.to / DAY) : 2 ** 30;
    if (dimension === 'pair') {
      const pair = this.pairOf(value);
      if (!pair) return [];
      return this.#probe(low, high, (day) =>
        this.prepare('SELECT 1 FROM tally_pair WHERE day = ? AND username = ? AND password = ? AND n > 0').get(
          day,
          ...pair,
        ),
      );
    }
    const word = this.#words.find(dimension, value);
    if (word === undefined) return [];
    if (dimension === 'command') return this.commandDays([word], low, high);
    return this.#probe(low, high, (day) =>
      this.prepare('SELECT 1 FROM tally WHERE day = ? AND kind = ? AND word = ? AND n > 0').get(
        day,
        kindNumber[dimension as CountedKind],
        word,
      ),
    );
  }

  /** UTC days on which any of some commands was counted, ascending. */
  commandDays(words: readonly number[], low: number, high: number): number[] {
    const days = new Set<number>();
    const statement = this.prepare(
      `SELECT day FROM tally WHERE kind = ${kindNumber.command} AND word = ? AND day >= ? AND day < ? AND n > 0`,
    );
    for (const word of words) for (const row of statement.all(word, low, high)) days.add(row['day'] as number);
    return [...days].sort((a, b) => a - b);
  }

  /** Numbers of a pair's two words. */
  pairOf(value: string): [username: number, password: number] | undefined {
    const nul = value.indexOf('\0');
    const username = this.#words.find('username', value.slice(0, nul < 0 ? undefined : nul));
    const password = this.#words.find('password', nul < 0 ? '' : value.slice(nul + 1));
    return username === undefined || password === undefined ? undefined : [username, password];
  }

  /** Days with anything at all, probed one by one. */
  #probe(low: number, high: number, hit: (day: number) => unknown): number[] {
    const days = this.all(
      'SELECT DISTINCT hour / 24 AS day FROM hourly WHERE hour >= ? AND hour < ?',
      low * 24,
      high * 24,
    );
    return days.map((row) => row['day'] as number).filter((day) => hit(day) !== undefined);
  }

  /** Whether an event holds a value of a dimension. */
  matcher(dimension: Dimension, value: string): ((record: SessionRecord, body: Buffer) => boolean) | undefined {
    switch (dimension) {
      case 'pair': {
        const pair = this.pairOf(value);
        return (
          pair &&
          ((_record, body) => {
            const { words } = this.words(body);
            return (
              words.some(([kind, id]) => kind === 'username' && id === pair[0]) &&
              words.some(([kind, id]) => kind === 'password' && id === pair[1])
            );
          })
        );
      }
      case 'address':
      case 'sensor': {
        const id = this.#words.find(dimension, value);
        return id === undefined ? undefined : (record) => record[dimension] === id;
      }
      case 'protocol': {
        const flag = value === 'ssh' ? 1 : 2;
        return (record) => (record.flags & flag) !== 0;
      }
      default: {
        const word = this.#words.find(dimension, value);
        return word === undefined
          ? undefined
          : (_record, body) => this.words(body).words.some(([kind, id]) => kind === dimension && id === word);
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
    for (const day of this.daysOf(dimension, value, range)) {
      const part = { from: Math.max(range.from, day * DAY), to: Math.min(range.to, (day + 1) * DAY) };
      this.events(part, (record, micros, body) => {
        if (matches(record, body)) found.push({ record, micros, body });
      });
      if (found.length >= limit) break;
    }
    return found.sort((a, b) => a.micros - b.micros).slice(0, limit);
  }

  /** Sessions with artefacts, newest first. */
  *withDownloads(range: Range | undefined): Generator<SessionRecord> {
    const days = this.all(
      `SELECT DISTINCT day FROM tally WHERE kind = ${kindNumber.hash} AND day >= ? AND day < ? ORDER BY day DESC`,
      range ? Math.floor(range.from / DAY) : 0,
      range ? Math.ceil(range.to / DAY) : 2 ** 30,
    ).map((row) => row['day'] as number);
    const ids = new Set(['cowrie.session.file_download', 'cowrie.session.file_upload'].map((id) => this.eventidOf(id)));
    for (const day of days) {
      const records: SessionRecord[] = [];
      for (const record of this.sessions({ from: day * DAY, to: (day + 1) * DAY })) {
        let has = record.downloads > 0;
        if (!has)
          this.each(record, (_micros, body) => {
            has ||= ids.has(this.eventid(body));
          });
        if (has) records.push(record);
      }
      // A session over midnight belongs to the day it began.
      yield* records.filter((record) => Math.floor(record.id / ID_STEP) >= day * DAY || day === days.at(-1)).reverse();
    }
  }
}
