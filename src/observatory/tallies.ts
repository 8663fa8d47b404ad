// Counts of one transaction, kept in memory and added to the rollup tables at its end.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type CountedKind, counted, kindNumber } from './schema.ts';

const HOUR_MICROS = 3_600e6;
/** Word numbers stay below this; a pair is `username * WORDS + password`. */
export const WORDS = 2 ** 26;
/** Pseudo event id of `hourly` that counts sessions begun. */
export const SESSIONS = 0;

/** Kinds whose sessions are found by other means: no hours are kept. */
const hourless: ReadonlySet<CountedKind> = new Set([
  'address',
  'client',
  'hassh',
  'sensor',
  'protocol',
  'country',
  'asn',
]);
/** Days of one kind kept apart at once: logs come day by day, of several sensors perhaps of several days. */
const DAYS_AT_ONCE = 4;

/** Counts of one day by word number. Numbers are dense, so plain arrays are the fastest map. */
class Day {
  n = new Int32Array(256);
  hours = new Int32Array(256);
  readonly touched: number[] = [];
  day = -1;

  add(word: number, n: number, bit: number): boolean {
    if (word >= this.n.length) {
      this.n = grown(this.n, word);
      this.hours = grown(this.hours, word);
    }
    // A count taken back may leave nothing: the row is still touched once.
    const fresh = this.n[word] === 0 && this.hours[word] === 0;
    if (fresh) this.touched.push(word);
    this.n[word]! += n;
    this.hours[word]! |= bit;
    return fresh;
  }
}

/** What is counted of one kind. */
class Kind {
  readonly number: number;
  readonly keepsHours: boolean;
  readonly days: Day[] = [];
  n = new Int32Array(256);
  /** Milliseconds; 0: not touched. */
  first = new Float64Array(256);
  readonly touched: number[] = [];
  readonly update: StatementSync;

  constructor(database: DatabaseSync, kind: CountedKind) {
    this.number = kindNumber[kind];
    this.keepsHours = !hourless.has(kind);
    this.update = database.prepare(
      `UPDATE word_${kind} SET n = n + ?, first = min(coalesce(first, 9e15), ?) WHERE id = ?`,
    );
  }

  see(word: number, ms: number, n: number): void {
    if (word >= this.n.length) {
      this.n = grown(this.n, word);
      const first = new Float64Array(this.n.length);
      first.set(this.first);
      this.first = first;
    }
    const before = this.first[word]!;
    if (before === 0) {
      this.touched.push(word);
      this.first[word] = ms;
    } else if (ms < before) this.first[word] = ms;
    this.n[word]! += n;
  }
}

/** Pairs of one day: where each has its count. */
interface PairDay {
  day: number;
  index: Map<number, number>;
  n: number[];
  hours: number[];
  first: number[];
}

export class Tallies {
  readonly #kinds: Record<CountedKind, Kind>;
  readonly #pairDays: PairDay[] = [];
  /** hour * 4096 + event id → count. */
  readonly #hourly = new Map<number, number>();
  readonly #daily: Rows;
  readonly #pair: Rows;
  readonly #dailyPair: Rows;
  readonly #hour: Rows;
  #size = 0;

  constructor(database: DatabaseSync) {
    this.#kinds = Object.fromEntries(counted.map((kind) => [kind, new Kind(database, kind)])) as Record<
      CountedKind,
      Kind
    >;
    const adding = 'ON CONFLICT DO UPDATE SET n = n + excluded.n';
    const hours = `${adding}, hours = hours | excluded.hours`;
    this.#daily = new Rows(database, 'tally(day, kind, word, n, hours)', 5, hours);
    this.#dailyPair = new Rows(database, 'tally_pair(day, username, password, n, hours)', 5, hours);
    this.#pair = new Rows(
      database,
      'pair(username, password, n, first)',
      4,
      `${adding}, first = min(first, excluded.first)`,
    );
    this.#hour = new Rows(database, 'hourly(hour, eventid, n)', 3, adding);
  }

  /** Rows that a flush would write, roughly: what bounds the memory of a large import. */
  get size(): number {
    return this.#size;
  }

  /** @param n negative to take back */
  event(micros: number, eventid: number, n = 1): void {
    const key = Math.floor(micros / HOUR_MICROS) * 4096 + eventid;
    this.#hourly.set(key, (this.#hourly.get(key) ?? 0) + n);
  }

  word(micros: number, kind: CountedKind, word: number, n = 1): void {
    const counts = this.#kinds[kind];
    const hour = Math.floor(micros / HOUR_MICROS);
    const day = Math.floor(hour / 24);
    if (this.#day(counts, day).add(word, n, counts.keepsHours ? 1 << (hour - day * 24) : 0)) this.#size++;
    counts.see(word, Math.floor(micros / 1000), n);
  }

  #day(counts: Kind, day: number): Day {
    const { days } = counts;
    for (const candidate of days) if (candidate.day === day) return candidate;
    // The one not used for longest makes room.
    const slot = days.length < DAYS_AT_ONCE ? new Day() : days.pop()!;
    this.#flushDay(counts, slot);
    slot.day = day;
    days.unshift(slot);
    return slot;
  }

  pair(micros: number, username: number, password: number): void {
    const hour = Math.floor(micros / HOUR_MICROS);
    const day = Math.floor(hour / 24);
    const latest = this.#pairDays[0];
    let pairs = latest?.day === day ? latest : this.#pairDays.find((candidate) => candidate.day === day);
    if (!pairs) {
      pairs = { day, index: new Map(), n: [], hours: [], first: [] };
      this.#pairDays.unshift(pairs);
    }
    const key = username * WORDS + password;
    const at = pairs.index.get(key);
    const ms = Math.floor(micros / 1000);
    if (at === undefined) {
      pairs.index.set(key, pairs.n.length);
      pairs.n.push(1);
      pairs.hours.push(1 << (hour - day * 24));
      pairs.first.push(ms);
      this.#size++;
    } else {
      pairs.n[at]!++;
      pairs.hours[at]! |= 1 << (hour - day * 24);
      if (ms < pairs.first[at]!) pairs.first[at] = ms;
    }
  }

  /** Writes everything, in the order of the tables' keys, and forgets it. */
  flush(): void {
    for (const counts of Object.values(this.#kinds)) {
      for (const day of counts.days.sort((a, b) => a.day - b.day)) this.#flushDay(counts, day);
      counts.touched.sort((a, b) => a - b);
      for (const word of counts.touched) {
        counts.update.run(counts.n[word]!, counts.first[word]!, word);
        counts.n[word] = 0;
        counts.first[word] = 0;
      }
      counts.touched.length = 0;
    }
    const totals = new Map<number, { n: number; first: number }>();
    for (const { day, index, n, hours, first } of this.#pairDays.sort((a, b) => a.day - b.day))
      for (const key of Float64Array.from(index.keys()).sort()) {
        const at = index.get(key)!;
        this.#dailyPair.add(day, Math.floor(key / WORDS), key % WORDS, n[at]!, hours[at]!);
        const total = totals.get(key);
        if (total) {
          total.n += n[at]!;
          total.first = Math.min(total.first, first[at]!);
        } else totals.set(key, { n: n[at]!, first: first[at]! });
      }
    this.#dailyPair.end();
    for (const key of Float64Array.from(totals.keys()).sort()) {
      const { n, first } = totals.get(key)!;
      this.#pair.add(Math.floor(key / WORDS), key % WORDS, n, first);
    }
    this.#pair.end();
    this.#pairDays.length = 0;
    for (const key of Float64Array.from(this.#hourly.keys()).sort())
      this.#hour.add(Math.floor(key / 4096), key % 4096, this.#hourly.get(key)!);
    this.#hour.end();
    this.#hourly.clear();
    this.#size = 0;
  }

  #flushDay(counts: Kind, slot: Day): void {
    slot.touched.sort((a, b) => a - b);
    for (const word of slot.touched) {
      this.#daily.add(slot.day, counts.number, word, slot.n[word]!, slot.hours[word]!);
      slot.n[word] = 0;
      slot.hours[word] = 0;
    }
    this.#daily.end();
    slot.touched.length = 0;
    slot.day = -1;
  }

  clear(): void {
    for (const counts of Object.values(this.#kinds)) {
      counts.days.length = 0;
      for (const word of counts.touched) {
        counts.n[word] = 0;
        counts.first[word] = 0;
      }
      counts.touched.length = 0;
    }
    this.#pairDays.length = 0;
    this.#hourly.clear();
    this.#size = 0;
  }
}

/** Rows to insert, several by one statement: calling SQLite costs as much as the row. */
const AT_ONCE = 12;

class Rows {
  readonly #many: StatementSync;
  readonly #one: StatementSync;
  readonly #columns: number;
  #waiting: number[] = [];

  constructor(database: DatabaseSync, table: string, columns: number, conflict: string) {
    const row = `(${Array.from({ length: columns }, () => '?').join(', ')})`;
    const insert = (rows: number) =>
      database.prepare(`INSERT INTO ${table} VALUES ${Array.from({ length: rows }, () => row).join(', ')} ${conflict}`);
    this.#many = insert(AT_ONCE);
    this.#one = insert(1);
    this.#columns = columns;
  }

  add(...values: number[]): void {
    this.#waiting.push(...values);
    if (this.#waiting.length === AT_ONCE * this.#columns) {
      this.#many.run(...this.#waiting);
      this.#waiting = [];
    }
  }

  end(): void {
    for (let at = 0; at < this.#waiting.length; at += this.#columns)
      this.#one.run(...this.#waiting.slice(at, at + this.#columns));
    this.#waiting = [];
  }
}

function grown(array: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(Math.max(array.length * 2, index + 1));
  larger.set(array);
  return larger;
}
