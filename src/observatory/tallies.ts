// Counts of one transaction, kept in memory and added to the rollup tables at its end.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type CountedKind, counted, kindNumber } from './schema.ts';

const HOUR_MICROS = 3_600e6;
/** Word numbers stay below this; a pair is `username * WORDS + password`. */
export const WORDS = 2 ** 26;
/** Pseudo event id of `hourly` that counts sessions begun. */
export const SESSIONS = 0;

/** A count and the hours of the day in one number: count * HOURS + bits. */
const HOURS = 2 ** 24;
/** Kinds whose sessions are found by other means: no hours are kept. */
const hourless: ReadonlySet<CountedKind> = new Set(['address', 'client', 'hassh', 'sensor', 'protocol']);

interface Seen {
  n: number;
  first: number;
}

/** What is counted of one kind. */
interface Words {
  kind: CountedKind;
  number: number;
  keepsHours: boolean;
  seen: Map<number, Seen>;
  /** day * WORDS + word → count and hours. */
  daily: Map<number, number>;
  update: StatementSync;
}

export class Tallies {
  readonly #words: Record<CountedKind, Words>;
  readonly #pairs = new Map<number, Seen>();
  /** day → pair → count and hours. */
  readonly #dailyPairs = new Map<number, Map<number, number>>();
  /** hour * 4096 + event id → count. */
  readonly #hourly = new Map<number, number>();
  readonly #daily: StatementSync;
  readonly #pair: StatementSync;
  readonly #dailyPair: StatementSync;
  readonly #hour: StatementSync;
  #size = 0;

  constructor(database: DatabaseSync) {
    const prepare = (sql: string) => database.prepare(sql);
    this.#words = Object.fromEntries(
      counted.map((kind): [CountedKind, Words] => [
        kind,
        {
          kind,
          number: kindNumber[kind],
          keepsHours: !hourless.has(kind),
          seen: new Map(),
          daily: new Map(),
          update: prepare(`UPDATE word_${kind} SET n = n + ?, first = min(coalesce(first, 9e15), ?) WHERE id = ?`),
        },
      ]),
    ) as Record<CountedKind, Words>;
    const adding = 'ON CONFLICT DO UPDATE SET n = n + excluded.n';
    this.#daily = prepare(
      `INSERT INTO tally(day, kind, word, n, hours) VALUES (?, ?, ?, ?, ?) ${adding}, hours = hours | excluded.hours`,
    );
    this.#dailyPair = prepare(
      `INSERT INTO tally_pair(day, username, password, n, hours) VALUES (?, ?, ?, ?, ?) ${adding}, hours = hours | excluded.hours`,
    );
    this.#pair = prepare(
      `INSERT INTO pair(username, password, n, first) VALUES (?, ?, ?, ?) ${adding}, first = min(first, excluded.first)`,
    );
    this.#hour = prepare(`INSERT INTO hourly(hour, eventid, n) VALUES (?, ?, ?) ${adding}`);
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
    const { keepsHours, seen, daily } = this.#words[kind];
    const hour = Math.floor(micros / HOUR_MICROS);
    const day = Math.floor(hour / 24);
    const key = day * WORDS + word;
    const bit = keepsHours ? 1 << (hour - day * 24) : 0;
    const before = daily.get(key);
    if (before === undefined) {
      this.#size++;
      daily.set(key, n * HOURS + bit);
    } else daily.set(key, more(before, n, bit));
    this.#see(seen, word, micros, n);
  }

  pair(micros: number, username: number, password: number): void {
    const pair = username * WORDS + password;
    const hour = Math.floor(micros / HOUR_MICROS);
    const day = Math.floor(hour / 24);
    let daily = this.#dailyPairs.get(day);
    if (!daily) this.#dailyPairs.set(day, (daily = new Map()));
    const bit = 1 << (hour - day * 24);
    const before = daily.get(pair);
    daily.set(pair, before === undefined ? HOURS + bit : more(before, 1, bit));
    this.#see(this.#pairs, pair, micros, 1);
  }

  /** Times of first sight are kept in milliseconds. */
  #see(map: Map<number, Seen>, key: number, micros: number, n: number): void {
    const ms = Math.floor(micros / 1000);
    const seen = map.get(key);
    if (seen === undefined) {
      this.#size++;
      map.set(key, { n, first: ms });
    } else {
      seen.n += n;
      if (ms < seen.first) seen.first = ms;
    }
  }

  /** Writes everything, in the order of the tables' keys, and forgets it. */
  flush(): void {
    for (const { number, seen, daily, update } of Object.values(this.#words)) {
      for (const key of sorted(daily)) {
        const value = daily.get(key)!;
        const n = Math.floor(value / HOURS);
        this.#daily.run(Math.floor(key / WORDS), number, key % WORDS, n, value - n * HOURS);
      }
      for (const word of sorted(seen)) {
        const { n, first } = seen.get(word)!;
        update.run(n, first, word);
      }
    }
    for (const key of sorted(this.#pairs)) {
      const { n, first } = this.#pairs.get(key)!;
      this.#pair.run(Math.floor(key / WORDS), key % WORDS, n, first);
    }
    for (const [day, pairs] of this.#dailyPairs)
      for (const key of sorted(pairs)) {
        const value = pairs.get(key)!;
        const n = Math.floor(value / HOURS);
        this.#dailyPair.run(day, Math.floor(key / WORDS), key % WORDS, n, value - n * HOURS);
      }
    for (const key of sorted(this.#hourly)) this.#hour.run(Math.floor(key / 4096), key % 4096, this.#hourly.get(key)!);
    this.clear();
  }

  clear(): void {
    for (const { seen, daily } of Object.values(this.#words)) {
      seen.clear();
      daily.clear();
    }
    this.#pairs.clear();
    this.#dailyPairs.clear();
    this.#hourly.clear();
    this.#size = 0;
  }
}

function more(value: number, n: number, bit: number): number {
  const count = Math.floor(value / HOURS);
  return (count + n) * HOURS + ((value - count * HOURS) | bit);
}

function sorted(map: ReadonlyMap<number, unknown>): Float64Array {
  return Float64Array.from(map.keys()).sort();
}
