// Counts at the ends of a range that begin or end within a quarter of an hour: out of the events themselves, once for all dimensions.

import { outcomeNumber } from './behaviour.ts';
import { Counted } from './counted.ts';
import { QUARTER } from './counts.ts';
import { split } from './order.ts';
import type { Rollups } from './rollups.ts';
import type { Scanner } from './scan.ts';
import { type CountedKind, counted, ID_STEP, SENSOR } from './schema.ts';
import type { SessionRecord } from './session.ts';
import type { Range } from './store.ts';
import { SESSIONS, WORDS } from './tallies.ts';

export interface EdgeCounts {
  words: Record<CountedKind, Map<number, number>>;
  /** By number of the pair. */
  pairs: Map<number, number>;
  outcomes: Map<number, number>;
}

/** Ends that are kept: those of the period on the page and of the one before. */
const KEPT = 8;
/** An end with more events than this would hold others up. */
const BUSY = 60_000;

export class Edges {
  readonly #scanner: Scanner;
  readonly #rollups: Rollups;
  readonly #kept = new Map<string, EdgeCounts>();
  #version = '';

  constructor(scanner: Scanner, rollups: Rollups) {
    this.#scanner = scanner;
    this.#rollups = rollups;
  }

  /**
   * The whole quarters of a range, and its two ends. An end of more than 60,000 events is left out or taken whole,
   * whichever is nearer: then the counts are of a range up to seven and a half minutes off.
   */
  parts(range: Range): { whole: Range | undefined; edges: Range[] } {
    const exact = split(range, QUARTER);
    if (exact.edges.every((edge) => this.#eventsAround(edge) <= BUSY)) return exact;
    const round = (ms: number) => Math.round(ms / QUARTER) * QUARTER;
    return split({ from: round(range.from), to: round(range.to) }, QUARTER);
  }

  #eventsAround({ from, to }: Range): number {
    let n = 0;
    this.#rollups.minutes({ from: Math.floor(from / 60_000) * 60_000, to }, (eventid, _minute, count) => {
      if (eventid !== SESSIONS) n += count;
    });
    return n;
  }

  /** Counts within less than a quarter of an hour. */
  counts(edge: Range): EdgeCounts {
    const version = this.#scanner.version();
    if (version !== this.#version) this.#kept.clear();
    this.#version = version;
    const key = `${edge.from}-${edge.to}`;
    let found = this.#kept.get(key);
    if (found === undefined) {
      found = this.#count(edge);
      if (this.#kept.size >= KEPT) this.#kept.delete(this.#kept.keys().next().value!);
      this.#kept.set(key, found);
    }
    return found;
  }

  #count(edge: Range): EdgeCounts {
    const scanner = this.#scanner;
    const words = Object.fromEntries(counted.map((kind) => [kind, new Map()])) as EdgeCounts['words'];
    const add = (kind: CountedKind, word: number) => words[kind].set(word, (words[kind].get(word) ?? 0) + 1);
    const byKey = new Map<number, number>();
    const what = new Counted(scanner);
    const outcomes = new Map<number, number>();
    for (const record of this.begun(edge)) {
      what.session(record, add);
      const outcome = outcomeNumber(record.flags);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
    scanner.events(edge, (_record, _micros, body) =>
      what.event(body, add, (username, password) => {
        const key = username * WORDS + password;
        byKey.set(key, (byKey.get(key) ?? 0) + 1);
      }),
    );
    const find = scanner.prepare('SELECT id FROM pair WHERE username = ? AND password = ?');
    const pairs = new Map<number, number>();
    for (const [key, n] of byKey) {
      const id = find.get(Math.floor(key / WORDS), key % WORDS)?.['id'];
      if (id !== undefined) pairs.set(id as number, n);
    }
    return { words, pairs, outcomes };
  }

  /** Sessions begun in a range, without their events. */
  begun({ from, to }: Range): SessionRecord[] {
    return this.#scanner.all(
      `SELECT id, sensor, address, flags, behaviour FROM session WHERE id >= ? AND id < ? AND flags & ${SENSOR} = 0`,
      from * ID_STEP,
      to * ID_STEP,
    ) as unknown as SessionRecord[];
  }
}
