// What a batch of events adds to the counts of one kind and day: cells in order of arrival, each with how often it came.
import { addCells, CELL, type Cells, cellsFrom } from './counts.ts';

/** A cell is below 2^33, and a count below this, so that both together are one whole number to sort by. */
const COUNTS = 2 ** 20;
/** Places for the cells added last: most words are frequent ones, and came in this very quarter of an hour. */
const RECENT = 1024;

/** It only grows; equal cells may lie in it more than once, `cells` joins them. */
export class CellList {
  #keys = new Float64Array(16);
  #counts = new Int32Array(16);
  #length = 0;
  /** Where a cell lies + 1, by the lowest bits of its word and quarter: a power of two of them. */
  #recent = new Int32Array(32);
  /** What was taken back, by cell. */
  readonly #removed = new Map<number, number>();

  /** @param n negative to take back */
  add(word: number, quarter: number, n: number): void {
    const key = word * CELL + quarter;
    if (n < 0) this.#removed.set(key, (this.#removed.get(key) ?? 0) + n);
    if (n <= 0) return;
    const slot = (word + quarter * 37) & (this.#recent.length - 1);
    const known = this.#recent[slot]! - 1;
    if (known >= 0 && this.#keys[known] === key && this.#counts[known]! + n < COUNTS) {
      this.#counts[known]! += n;
      return;
    }
    for (let left = n; left > 0; left -= COUNTS - 1) this.#push(key, Math.min(left, COUNTS - 1));
    // A list that grew has forgotten its places.
    this.#recent[(word + quarter * 37) & (this.#recent.length - 1)] = this.#length;
  }

  #push(key: number, count: number): void {
    if (this.#length === this.#keys.length) this.#grow();
    this.#keys[this.#length] = key;
    this.#counts[this.#length++] = count;
  }

  #grow(): void {
    const keys = new Float64Array(this.#length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
    const counts = new Int32Array(this.#length * 2);
    counts.set(this.#counts);
    this.#counts = counts;
    if (this.#recent.length < RECENT) this.#recent = new Int32Array(this.#recent.length * 2);
  }

  cells(): Cells {
    const sorted = new Float64Array(this.#length);
    for (let i = 0; i < sorted.length; i++) sorted[i] = this.#keys[i]! * COUNTS + this.#counts[i]!;
    sorted.sort();
    const counts = new Float64Array(sorted.length);
    let n = 0;
    for (let i = 0; i < sorted.length; i++) {
      const entry = sorted[i]!;
      const key = Math.floor(entry / COUNTS);
      const count = entry - key * COUNTS;
      // The keys take the place of what was read already.
      if (n > 0 && sorted[n - 1] === key) counts[n - 1]! += count;
      else {
        sorted[n] = key;
        counts[n++] = count;
      }
    }
    const added = { keys: sorted.subarray(0, n), counts: counts.subarray(0, n) };
    return this.#removed.size > 0 ? addCells(added, cellsFrom(this.#removed)) : added;
  }
}
