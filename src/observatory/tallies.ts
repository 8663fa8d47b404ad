// Counts of one transaction, kept in memory and added to the rollups at its end.
//
// Rollups are packed chunks (counts.ts). `tally` has the sums of each kind and day, in chunks of ascending words; a small
// batch, as the live journal brings it, is only laid beside them in `tally_fresh`, until enough lie there to be folded in.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { CellList } from './celllist.ts';
import { addCells, CELL, type Cells, cellsFrom, decode, encode, QUARTERS } from './counts.ts';
import { type CountedKind, counted } from './schema.ts';

const QUARTER_MICROS = 900e6;
/** Word numbers stay below this; a pair is `username * WORDS + password` until it has a number of its own. */
export const WORDS = 2 ** 26;
/** Pseudo event id that counts sessions begun. */
export const SESSIONS = 0;

/** Numbers of what is counted, part of the file format: below 16 the dictionaries. */
export const tallied = {
  username: 0,
  password: 1,
  command: 2,
  address: 3,
  client: 4,
  hassh: 5,
  url: 6,
  hash: 7,
  sensor: 8,
  protocol: 9,
  country: 10,
  asn: 11,
  behaviour: 12,
  pair: 16,
  /** Pairs by the quarter in which they came first. */
  newPair: 17,
  /** Event ids, and `SESSIONS`. */
  event: 18,
  /** As `event`, by the minute: the word is `event id * QUARTERS + quarter`, the place of the quarter has the minute in it. */
  minute: 19,
  /** How far ended sessions came (behaviour.ts). */
  outcome: 20,
} as const satisfies Record<CountedKind, number> & Record<string, number>;
export type Tallied = keyof typeof tallied;

const DAYS = 2 ** 17;
/** Row id of a chunk: kind, day since the epoch, and its first word (in `tally_fresh` a sequence). */
export const tallyId = (kind: Tallied, day: number, word = 0): number => (tallied[kind] * DAYS + day) * WORDS + word;
export const dayOfTally = (id: number): number => Math.floor(id / WORDS) % DAYS;

/** Batches of one kind and day that may lie unfolded in any case; kinds differ, so that not all are folded by one commit. */
const unfolded = (kind: Tallied): number => 48 + tallied[kind];
/** And at most, beside a day so large that folding it takes long. */
const UNFOLDED = 1024;
/** What has this share of what it is folded into is worth folding. */
const SHARE = 1 / 8;

/** How often words of one dictionary came since the last flush, and when first. */
class WordTotals {
  n = new Int32Array(256);
  /** Milliseconds; 0: not touched. */
  first = new Float64Array(256);
  readonly touched: number[] = [];
  readonly update: StatementSync;

  constructor(database: DatabaseSync, kind: CountedKind) {
    this.update = database.prepare(
      `UPDATE word_${kind} SET n = n + ?, first = min(coalesce(first, 9e15), ?) WHERE id = ?`,
    );
  }

  see(word: number, ms: number, n: number): void {
    if (word >= this.n.length) {
      const size = Math.max(this.n.length * 2, word + 1);
      const [larger, first] = [new Int32Array(size), new Float64Array(size)];
      larger.set(this.n);
      first.set(this.first);
      this.n = larger;
      this.first = first;
    }
    const before = this.first[word]!;
    if (before === 0) {
      this.touched.push(word);
      this.first[word] = ms;
    } else if (ms < before) this.first[word] = ms;
    this.n[word]! += n;
  }

  flush(): void {
    this.touched.sort((a, b) => a - b);
    for (const word of this.touched) this.update.run(this.n[word]!, this.first[word]!, word);
    this.clear();
  }

  clear(): void {
    for (const word of this.touched) {
      this.n[word] = 0;
      this.first[word] = 0;
    }
    this.touched.length = 0;
  }
}

/** What lies in the database of one kind and day. */
interface Stored {
  bytes: number;
  unfolded: number;
  unfoldedBytes: number;
}

export class Tallies {
  readonly #totals: Record<CountedKind, WordTotals>;
  /** By `tallyId(kind, day)`. */
  readonly #lists = new Map<number, { kind: Tallied; day: number; list: CellList }>();
  /** The list last used of each kind. */
  readonly #latest = new Map<Tallied, { day: number; list: CellList }>();
  /** Pairs by key: their place in the arrays below. */
  readonly #pairs = new Map<number, number>();
  #pairFirst: number[] = [];
  /** Quarters since the epoch in which each pair came, one after the other. */
  #pairCame: { at: number[]; quarter: number[] } = { at: [], quarter: [] };
  /** Counts by event id of each minute since the epoch. */
  readonly #minutes = new Map<number, number[]>();
  #minute = { at: -1, counts: [] as number[] };
  readonly #stored = new Map<number, Stored>();
  readonly #statements;
  #nextPair: number;
  #size = 0;
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#totals = Object.fromEntries(counted.map((kind) => [kind, new WordTotals(database, kind)])) as Record<
      CountedKind,
      WordTotals
    >;
    const prepare = (sql: string) => database.prepare(sql);
    this.#statements = {
      bytes: prepare('SELECT coalesce(sum(length(counts)), 0) AS n FROM tally WHERE id >= ? AND id < ?'),
      freshRows: prepare(
        'SELECT count(*) AS n, coalesce(sum(length(counts)), 0) AS bytes FROM tally_fresh WHERE id >= ? AND id < ?',
      ),
      chunks: prepare('SELECT counts FROM tally WHERE id >= ? AND id < ? ORDER BY id'),
      freshChunks: prepare('SELECT counts FROM tally_fresh WHERE id >= ? AND id < ?'),
      remove: prepare('DELETE FROM tally WHERE id >= ? AND id < ?'),
      removeFresh: prepare('DELETE FROM tally_fresh WHERE id >= ? AND id < ?'),
      insert: prepare('INSERT INTO tally(id, counts) VALUES (?, ?)'),
      insertFresh: prepare('INSERT INTO tally_fresh(id, counts) VALUES (?, ?)'),
      // Most are new to a large import, and an insert that returns nothing is twice as fast.
      newPair: prepare(
        'INSERT INTO pair(id, username, password, n, first) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      ),
      // `first` stays what it was: the caller compares.
      addPair: prepare('UPDATE pair SET n = n + ? WHERE username = ? AND password = ? RETURNING id, first'),
      earlierPair: prepare('UPDATE pair SET first = ? WHERE id = ?'),
    };
    this.#nextPair = this.#readNextPair();
  }

  /** What a flush would cost, roughly in rows: bounds the memory of a large import. */
  get size(): number {
    return Math.floor(this.#size / 8) + this.#pairs.size;
  }

  /** @param n negative to take back */
  event(micros: number, eventid: number, n = 1): void {
    const minute = Math.floor(micros / 60e6);
    if (minute !== this.#minute.at) {
      this.#minute = { at: minute, counts: this.#minutes.get(minute) ?? [] };
      this.#minutes.set(minute, this.#minute.counts);
    }
    const { counts } = this.#minute;
    counts[eventid] = (counts[eventid] ?? 0) + n;
  }

  word(micros: number, kind: CountedKind, word: number, n = 1): void {
    this.#add(kind, Math.floor(micros / QUARTER_MICROS), word, n);
    this.#totals[kind].see(word, Math.floor(micros / 1000), n);
  }

  /** Counts what has no total of its own. */
  count(micros: number, kind: Tallied, word: number, n: number): void {
    this.#add(kind, Math.floor(micros / QUARTER_MICROS), word, n);
  }

  /** @param quarter since the epoch */
  #add(kind: Tallied, quarter: number, word: number, n: number): void {
    const day = Math.floor(quarter / QUARTERS);
    this.#list(kind, day).add(word, quarter - day * QUARTERS, n);
    this.#size++;
  }

  #list(kind: Tallied, day: number): CellList {
    const latest = this.#latest.get(kind);
    if (latest?.day === day) return latest.list;
    const id = tallyId(kind, day);
    let entry = this.#lists.get(id);
    if (!entry) this.#lists.set(id, (entry = { kind, day, list: new CellList() }));
    this.#latest.set(kind, entry);
    return entry.list;
  }

  pair(micros: number, username: number, password: number): void {
    const key = username * WORDS + password;
    const ms = Math.floor(micros / 1000);
    let at = this.#pairs.get(key);
    if (at === undefined) {
      at = this.#pairs.size;
      this.#pairs.set(key, at);
      this.#pairFirst.push(ms);
    } else if (ms < this.#pairFirst[at]!) this.#pairFirst[at] = ms;
    this.#pairCame.at.push(at);
    this.#pairCame.quarter.push(Math.floor(micros / QUARTER_MICROS));
  }

  /** Writes everything, in the order of the tables' keys, and forgets it. */
  flush(): void {
    for (const totals of Object.values(this.#totals)) totals.flush();
    this.#flushPairs();
    this.#flushMinutes();
    for (const [, { kind, day, list }] of [...this.#lists].sort(([a], [b]) => a - b))
      this.#put(kind, day, list.cells());
    this.#forget();
  }

  /** Gives every pair its number and counts it. */
  #flushPairs(): void {
    const { newPair, addPair, earlierPair } = this.#statements;
    const n = new Int32Array(this.#pairs.size);
    for (const at of this.#pairCame.at) n[at]!++;
    const ids = new Int32Array(n.length);
    const keys = Float64Array.from(this.#pairs.keys()).sort();
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i]!;
      const at = this.#pairs.get(key)!;
      const [username, password] = [Math.floor(key / WORDS), key % WORDS];
      const first = this.#pairFirst[at]!;
      const quarter = Math.floor(first / 900_000);
      if (newPair.run(this.#nextPair, username, password, n[at]!, first).changes === 1) {
        ids[at] = this.#nextPair++;
        this.#add('newPair', quarter, ids[at], 1);
        continue;
      }
      const pair = addPair.get(n[at]!, username, password) as { id: number; first: number };
      ids[at] = pair.id;
      if (first >= pair.first) continue;
      earlierPair.run(first, pair.id);
      this.#add('newPair', Math.floor(pair.first / 900_000), pair.id, -1);
      this.#add('newPair', quarter, pair.id, 1);
    }
    const { at, quarter } = this.#pairCame;
    for (let i = 0; i < at.length; i++) this.#add('pair', quarter[i]!, ids[at[i]!]!, 1);
  }

  #flushMinutes(): void {
    for (const [minute, counted] of this.#minutes) {
      const day = Math.floor(minute / 1440);
      const quarter = Math.floor((minute % 1440) / 15);
      const events = this.#list('event', day);
      const minutes = this.#list('minute', day);
      counted.forEach((n, eventid) => {
        events.add(eventid, quarter, n);
        minutes.add(eventid * QUARTERS + quarter, minute % 15, n);
      });
    }
  }

  /** Adds to what the database has of one kind and day. */
  #put(kind: Tallied, day: number, added: Cells): void {
    if (added.keys.length === 0) return;
    const from = tallyId(kind, day);
    const to = from + WORDS;
    const statements = this.#statements;
    const stored = this.#storedOf(kind, day);
    const fold =
      added.keys.length * 2 >= stored.bytes * SHARE ||
      (stored.unfolded >= unfolded(kind) && stored.unfoldedBytes >= stored.bytes * SHARE) ||
      stored.unfolded >= UNFOLDED ||
      added.counts.some((count) => count < 0);
    if (!fold) {
      encode(added, (_word, chunk) => {
        statements.insertFresh.run(from + stored.unfolded++, chunk);
        stored.unfoldedBytes += chunk.length;
      });
      return;
    }
    this.#write(kind, day, stored, addCells(added, this.#take(from, to, stored)));
  }

  /** What lies in the database from one row id to another; it is removed there. */
  #take(from: number, to: number, stored: Stored): Cells {
    const statements = this.#statements;
    const keys: number[] = [];
    const ns: number[] = [];
    if (stored.bytes > 0) {
      // Already in order.
      for (const { counts } of statements.chunks.all(from, to) as { counts: Uint8Array }[])
        decode(counts, (word, quarter, n) => {
          keys.push(word * CELL + quarter);
          ns.push(n);
        });
      statements.remove.run(from, to);
    }
    const fresh = new Map<number, number>();
    if (stored.unfolded > 0) {
      for (const { counts } of statements.freshChunks.all(from, to) as { counts: Uint8Array }[])
        decode(counts, (word, quarter, n) => {
          const cell = word * CELL + quarter;
          fresh.set(cell, (fresh.get(cell) ?? 0) + n);
        });
      statements.removeFresh.run(from, to);
    }
    return addCells({ keys: Float64Array.from(keys), counts: Float64Array.from(ns) }, cellsFrom(fresh));
  }

  #write(kind: Tallied, day: number, stored: Stored, cells: Cells): void {
    stored.bytes = 0;
    stored.unfolded = 0;
    stored.unfoldedBytes = 0;
    encode(cells, (word, chunk) => {
      this.#statements.insert.run(tallyId(kind, day, word), chunk);
      stored.bytes += chunk.length;
    });
  }

  #storedOf(kind: Tallied, day: number): Stored {
    const from = tallyId(kind, day);
    let stored = this.#stored.get(from);
    if (!stored) {
      const { bytes, freshRows } = this.#statements;
      const fresh = freshRows.get(from, from + WORDS)!;
      stored = {
        bytes: Number(bytes.get(from, from + WORDS)!['n']),
        unfolded: Number(fresh['n']),
        unfoldedBytes: Number(fresh['bytes']),
      };
      if (this.#stored.size > 10_000) this.#stored.clear();
      this.#stored.set(from, stored);
    }
    return stored;
  }

  /** Counts one day's sessions (since the epoch) by country and network anew, out of those by address. Nothing may be waiting for a flush. */
  countOrigins(day: number): void {
    const find = this.#database.prepare('SELECT country, asn FROM word_address WHERE id = ?');
    const counts = { country: new Map<number, number>(), asn: new Map<number, number>() };
    const add = (cells: Map<number, number>, word: number | null | undefined, quarter: number, n: number) => {
      if (word == null) return;
      const cell = word * CELL + quarter;
      cells.set(cell, (cells.get(cell) ?? 0) + n);
    };
    for (const rows of [this.#statements.chunks, this.#statements.freshChunks])
      for (const row of rows.all(tallyId('address', day), tallyId('address', day + 1))) {
        // The quarters of one address come one after the other.
        let last = -1;
        let origin: { country: number | null; asn: number | null } | undefined;
        decode(row['counts'] as Uint8Array, (address, quarter, n) => {
          if (address !== last) {
            last = address;
            origin = find.get(address) as typeof origin;
          }
          add(counts.country, origin?.country, quarter, n);
          add(counts.asn, origin?.asn, quarter, n);
        });
      }
    for (const kind of ['country', 'asn'] as const) {
      const stored = this.#storedOf(kind, day);
      this.#take(tallyId(kind, day), tallyId(kind, day + 1), stored);
      this.#write(kind, day, stored, cellsFrom(counts[kind]));
    }
  }

  #readNextPair(): number {
    return Number(this.#database.prepare('SELECT coalesce(max(id), 0) + 1 AS id FROM pair').get()!['id']);
  }

  #forget(): void {
    this.#lists.clear();
    this.#latest.clear();
    this.#pairs.clear();
    this.#pairFirst = [];
    this.#pairCame = { at: [], quarter: [] };
    this.#minutes.clear();
    this.#minute = { at: -1, counts: [] };
    this.#size = 0;
  }

  /** Forgets what was counted, and what a transaction that was rolled back, or another process, had changed. */
  clear(): void {
    for (const totals of Object.values(this.#totals)) totals.clear();
    this.#forget();
    this.#stored.clear();
    this.#nextPair = this.#readNextPair();
  }
}
