// Counts of one transaction, kept in memory and added to the rollup tables at its end.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { type CountedKind, counted, kindNumber } from './schema.ts';

export const DAY_MICROS = 86_400e6;
export const HOUR_MICROS = 3_600e6;
/** Word numbers stay below this; a pair is `username * WORDS + password`. */
export const WORDS = 2 ** 26;
/** Pseudo event id of `hourly` that counts sessions begun. */
export const SESSIONS = 0;

interface Seen {
  n: number;
  first: number;
}

export class Tallies {
  /** (day * 16 + kind) * WORDS + word → count. */
  readonly #daily = new Map<number, number>();
  readonly #words: ReadonlyMap<CountedKind, Map<number, Seen>> = new Map(counted.map((kind) => [kind, new Map()]));
  readonly #pairs = new Map<number, Seen>();
  /** day → pair → count. */
  readonly #dailyPairs = new Map<number, Map<number, number>>();
  /** hour * 4096 + event id → count. */
  readonly #hourly = new Map<number, number>();
  readonly #statements: {
    daily: StatementSync;
    words: Map<CountedKind, StatementSync>;
    pair: StatementSync;
    dailyPair: StatementSync;
    hourly: StatementSync;
  };

  constructor(database: DatabaseSync) {
    const upsert = (table: string, keys: string[]) =>
      database.prepare(
        `INSERT INTO ${table}(${keys.join(', ')}, n) VALUES (${keys.map(() => '?').join(', ')}, ?)
         ON CONFLICT DO UPDATE SET n = n + excluded.n`,
      );
    this.#statements = {
      daily: upsert('tally', ['day', 'kind', 'word']),
      words: new Map(
        counted.map((kind) => [
          kind,
          database.prepare(`UPDATE word_${kind} SET n = n + ?, first = min(coalesce(first, 9e15), ?) WHERE id = ?`),
        ]),
      ),
      pair: database.prepare(
        `INSERT INTO pair(username, password, n, first) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET n = n + excluded.n, first = min(first, excluded.first)`,
      ),
      dailyPair: upsert('tally_pair', ['day', 'username', 'password']),
      hourly: upsert('hourly', ['hour', 'eventid']),
    };
  }

  /** Rows that a flush would write, roughly: what bounds the memory of a large import. */
  get size(): number {
    return this.#daily.size + this.#pairs.size;
  }

  /** @param n negative to take back */
  event(micros: number, eventid: number, n = 1): void {
    const key = Math.floor(micros / HOUR_MICROS) * 4096 + eventid;
    this.#hourly.set(key, (this.#hourly.get(key) ?? 0) + n);
  }

  word(micros: number, kind: CountedKind, word: number, n = 1): void {
    const key = (Math.floor(micros / DAY_MICROS) * 16 + kindNumber[kind]) * WORDS + word;
    this.#daily.set(key, (this.#daily.get(key) ?? 0) + n);
    see(this.#words.get(kind)!, word, micros, n);
  }

  pair(micros: number, username: number, password: number): void {
    const pair = username * WORDS + password;
    const day = Math.floor(micros / DAY_MICROS);
    let daily = this.#dailyPairs.get(day);
    if (!daily) this.#dailyPairs.set(day, (daily = new Map()));
    daily.set(pair, (daily.get(pair) ?? 0) + 1);
    see(this.#pairs, pair, micros, 1);
  }

  /** Writes everything, in the order of the tables' keys, and forgets it. */
  flush(): void {
    const { daily, words, pair, dailyPair, hourly } = this.#statements;
    for (const key of sorted(this.#daily)) {
      const rest = Math.floor(key / WORDS);
      daily.run(Math.floor(rest / 16), rest % 16, key % WORDS, this.#daily.get(key)!);
    }
    for (const [kind, seen] of this.#words) {
      const statement = words.get(kind)!;
      for (const word of sorted(seen)) {
        const { n, first } = seen.get(word)!;
        statement.run(n, first, word);
      }
    }
    for (const key of sorted(this.#pairs)) {
      const { n, first } = this.#pairs.get(key)!;
      pair.run(Math.floor(key / WORDS), key % WORDS, n, first);
    }
    for (const [day, pairs] of this.#dailyPairs)
      for (const key of sorted(pairs)) dailyPair.run(day, Math.floor(key / WORDS), key % WORDS, pairs.get(key)!);
    for (const key of sorted(this.#hourly)) hourly.run(Math.floor(key / 4096), key % 4096, this.#hourly.get(key)!);
    this.clear();
  }

  clear(): void {
    this.#daily.clear();
    for (const seen of this.#words.values()) seen.clear();
    this.#pairs.clear();
    this.#dailyPairs.clear();
    this.#hourly.clear();
  }
}

/** Times of first sight are kept in milliseconds. */
function see(map: Map<number, Seen>, key: number, micros: number, n: number): void {
  const ms = Math.floor(micros / 1000);
  const seen = map.get(key);
  if (seen === undefined) map.set(key, { n, first: ms });
  else {
    seen.n += n;
    if (ms < seen.first) seen.first = ms;
  }
}

function sorted(map: ReadonlyMap<number, unknown>): Float64Array {
  return Float64Array.from(map.keys()).sort();
}
