// Reads the rollups: sums over days and quarters of an hour, and where a single word came.
import type { StatementSync } from 'node:sqlite';
import { decode, decodeWord, QUARTER, QUARTERS, Sums } from './counts.ts';
import { DAY } from './order.ts';
import type { CountedKind } from './schema.ts';
import type { Range } from './store.ts';
import { dayOfTally, type Tallied, tallyId, WORDS } from './tallies.ts';

/** Everything that can be in a store, in days since the epoch. */
const DAYS: Range = { from: 0, to: 2 ** 17 - 1 };

interface Chunk {
  id: number;
  counts: Uint8Array;
}

export class Rollups {
  readonly #prepare: (sql: string) => StatementSync;

  /** @param prepare gives the same statement for the same text */
  constructor(prepare: (sql: string) => StatementSync) {
    this.#prepare = prepare;
  }

  /** First day of a kind and the day after its last, since the epoch; undefined when there is none. */
  days(kind: Tallied, within: Range = DAYS): Range | undefined {
    const [from, to] = [tallyId(kind, within.from), tallyId(kind, within.to)];
    let days: Range | undefined;
    for (const table of ['tally', 'tally_fresh'])
      for (const order of ['ASC', 'DESC']) {
        const row = this.#prepare(`SELECT id FROM ${table} WHERE id >= ? AND id < ? ORDER BY id ${order} LIMIT 1`).get(
          from,
          to,
        );
        if (!row) continue;
        const day = dayOfTally(row['id'] as number);
        days = { from: Math.min(days?.from ?? day, day), to: Math.max(days?.to ?? 0, day + 1) };
      }
    return days;
  }

  /**
   * The days (since the epoch) on which anything of a kind came: an old log may lie years before the next.
   * @param direction 1: the first first, −1: the last first
   */
  *active(kind: Tallied, { from, to }: Range, direction: 1 | -1): Generator<number> {
    const order = direction === 1 ? 'ASC' : 'DESC';
    const seeks = ['tally', 'tally_fresh'].map((table) =>
      this.#prepare(`SELECT id FROM ${table} WHERE id >= ? AND id < ? ORDER BY id ${order} LIMIT 1`),
    );
    let [begin, end] = [Math.max(DAYS.from, from), Math.min(DAYS.to, to)];
    while (begin < end) {
      let day: number | undefined;
      for (const seek of seeks) {
        const id = seek.get(tallyId(kind, begin), tallyId(kind, end))?.['id'] as number | undefined;
        if (id === undefined) continue;
        const found = dayOfTally(id);
        day = day === undefined ? found : direction === 1 ? Math.min(day, found) : Math.max(day, found);
      }
      if (day === undefined) return;
      yield day;
      if (direction === 1) begin = day + 1;
      else end = day;
    }
  }

  /** Every chunk of a kind in some days. */
  #chunks(kind: Tallied, { from, to }: Range, visit: (day: number, counts: Uint8Array) => void): void {
    for (const table of ['tally', 'tally_fresh']) {
      const rows = this.#prepare(`SELECT id, counts FROM ${table} WHERE id >= ? AND id < ? ORDER BY id`).iterate(
        tallyId(kind, from),
        tallyId(kind, to),
      ) as Iterable<unknown>;
      for (const { id, counts } of rows as Iterable<Chunk>) visit(dayOfTally(id), counts);
    }
  }

  /** Counts by word in a range of milliseconds that begins and ends on a quarter of an hour; all there are without one. */
  sums(kind: Tallied, range?: Range): Sums {
    const sums = new Sums(this.#highest(kind));
    if (!range) {
      this.#chunks(kind, DAYS, (_day, counts) => sums.addDay(counts));
      return sums;
    }
    this.addTo(sums, kind, range);
    return sums;
  }

  /** Adds the counts of a range that begins and ends on a quarter of an hour. */
  addTo(sums: Sums, kind: Tallied, range: Range): void {
    this.#chunks(kind, daysOf(range), (day, counts) => {
      const from = (range.from - day * DAY) / QUARTER;
      const to = (range.to - day * DAY) / QUARTER;
      if (from <= 0 && to >= QUARTERS) sums.addDay(counts);
      else sums.addQuarters(counts, from, to);
    });
  }

  #highest(kind: Tallied): number {
    const table = kind === 'pair' || kind === 'newPair' ? 'pair' : kind in tableOf ? `word_${kind}` : undefined;
    if (table === undefined) return 1024;
    return (this.#prepare(`SELECT max(id) AS id FROM ${table}`).get()!['id'] as number | null) ?? 0;
  }

  /** Counts of a kind by quarter: for kinds of few words, or few days. `quarter` is in milliseconds since the epoch. */
  each(kind: Tallied, range: Range, visit: (word: number, quarter: number, count: number) => void): void {
    this.#chunks(kind, daysOf(range), (day, counts) =>
      decode(counts, (word, quarter, count) => {
        const at = day * DAY + quarter * QUARTER;
        if (at >= range.from && at < range.to) visit(word, at, count);
      }),
    );
  }

  /** Counts of one day (since the epoch) by quarter. */
  eachOfDay(kind: Tallied, day: number, visit: (word: number, quarter: number, count: number) => void): void {
    this.each(kind, { from: day * DAY, to: (day + 1) * DAY }, visit);
  }

  /** Counts of events by the minute (milliseconds since the epoch), in a range. */
  minutes(range: Range, visit: (eventid: number, minute: number, count: number) => void): void {
    this.#chunks('minute', daysOf(range), (day, counts) =>
      decode(counts, (word, minute, count) => {
        const at = day * DAY + (word % QUARTERS) * QUARTER + minute * 60_000;
        if (at >= range.from && at < range.to) visit(Math.floor(word / QUARTERS), at, count);
      }),
    );
  }

  /** The quarters of one day (since the epoch) in which a word came, and how often. */
  ofDay(kind: Tallied, word: number, day: number, visit: (quarter: number, count: number) => void): void {
    const from = tallyId(kind, day);
    const chunk = this.#prepare('SELECT counts FROM tally WHERE id >= ? AND id <= ? ORDER BY id DESC LIMIT 1').get(
      from,
      from + word,
    ) as { counts: Uint8Array } | undefined;
    if (chunk) decodeWord(chunk.counts, word, visit);
    const fresh = this.#prepare('SELECT counts FROM tally_fresh WHERE id >= ? AND id < ?').all(from, from + WORDS);
    for (const { counts } of fresh as { counts: Uint8Array }[]) decodeWord(counts, word, visit);
  }

  /** The quarters (milliseconds since the epoch) of a range in which a word came, and how often. */
  eachOf(kind: Tallied, word: number, range: Range, visit: (at: number, count: number) => void): void {
    const days = this.days(kind, daysOf(range));
    if (!days) return;
    const within = (day: number) => (quarter: number, count: number) => {
      const at = day * DAY + quarter * QUARTER;
      if (at >= range.from && at < range.to) visit(at, count);
    };
    const chunk = this.#prepare('SELECT counts FROM tally WHERE id >= ? AND id <= ? ORDER BY id DESC LIMIT 1');
    const later = this.#prepare('SELECT id FROM tally WHERE id >= ? AND id < ? ORDER BY id LIMIT 1');
    for (let day = days.from; day < days.to; day++) {
      const from = tallyId(kind, day);
      const row = chunk.get(from, from + word) as { counts: Uint8Array } | undefined;
      if (row) {
        decodeWord(row.counts, word, within(day));
        continue;
      }
      // Words of this day begin later, or nothing is on record for long.
      const next = later.get(from, tallyId(kind, days.to))?.['id'] as number | undefined;
      if (next === undefined) break;
      day = Math.max(day, dayOfTally(next) - 1);
    }
    const fresh = this.#prepare('SELECT id, counts FROM tally_fresh WHERE id >= ? AND id < ?');
    for (const { id, counts } of fresh.all(tallyId(kind, days.from), tallyId(kind, days.to)) as unknown as Chunk[])
      decodeWord(counts, word, within(dayOfTally(id)));
  }

  /** How often a word came in a range that begins and ends on a quarter of an hour. */
  count(kind: Tallied, word: number, range: Range): number {
    let n = 0;
    this.eachOf(kind, word, range, (_at, count) => {
      n += count;
    });
    return n;
  }
}

const tableOf: Record<CountedKind, true> = {
  username: true,
  password: true,
  command: true,
  address: true,
  client: true,
  hassh: true,
  url: true,
  hash: true,
  sensor: true,
  protocol: true,
  country: true,
  asn: true,
  behaviour: true,
};

/** The days that a range of milliseconds touches. */
export const daysOf = ({ from, to }: Range): Range => ({
  from: Math.max(0, Math.floor(from / DAY)),
  to: Math.min(2 ** 17 - 1, Math.ceil(to / DAY)),
});
