// In which quarters of an hour some values came: where a search has to look.
import { QUARTERS } from './counts.ts';
import type { Rollups } from './rollups.ts';
import { LONG_MS } from './schema.ts';
import type { Tallied } from './tallies.ts';

/** Beyond so many words a day is read whole. */
const FEW = 8;
/** Quarters before an event in which its session may have begun, unless it is a long one. */
const BEFORE = LONG_MS / 900_000;

/** Kinds that are counted where the session begins. */
const atStart: ReadonlySet<Tallied> = new Set([
  'address',
  'sensor',
  'protocol',
  'country',
  'asn',
  'behaviour',
  'outcome',
]);

/** Where any of some words of a kind came. */
export class Presence {
  readonly #rollups: Rollups;
  readonly #kind: Tallied;
  readonly #words: readonly number[];
  readonly #set: Set<number> | undefined;

  constructor(rollups: Rollups, kind: Tallied, words: readonly number[]) {
    this.#rollups = rollups;
    this.#kind = kind;
    this.#words = words;
    this.#set = words.length > FEW ? new Set(words) : undefined;
  }

  /** A 1 for every quarter of the day (since the epoch) with one of the words in it. */
  of(day: number): Uint8Array {
    const mask = new Uint8Array(QUARTERS);
    const mark = (quarter: number) => {
      mask[quarter] = 1;
    };
    if (!this.#set) for (const word of this.#words) this.#rollups.ofDay(this.#kind, word, day, mark);
    else
      this.#rollups.eachOfDay(this.#kind, day, (word, at) => {
        if (this.#set!.has(word)) mark((at / 900_000) % QUARTERS);
      });
    return mask;
  }

  /** A 1 for every quarter of the day in which a session may have begun that has one of the words. */
  starts(day: number): Uint8Array {
    const own = this.of(day);
    if (atStart.has(this.#kind)) return own;
    const next = this.of(day + 1);
    const mask = new Uint8Array(QUARTERS);
    for (let quarter = 0; quarter < QUARTERS; quarter++)
      for (let later = quarter; later <= quarter + BEFORE; later++)
        if (later < QUARTERS ? own[later] : next[later - QUARTERS]) mask[quarter] = 1;
    return mask;
  }
}
