// Packed counts: how often each word of a kind came on one day, by quarters of an hour, in two or three bytes a word.
//
// A chunk is `length of A, A, B`. A tells the words in ascending order with their counts of the day; B the quarters in
// which they came, in the same order. Whoever wants days reads A alone, at about a hundred million words a second.
//   A: for each word varint(difference to the one before × 2 + (1 if it came more than once)), then varint(count − 2) if so
//   B: for each word its quarters, a byte each: quarter + 128 if it came more than once in it, then varint(count − 2);
//      the counts of a word's quarters add up to its count of the day, which tells where they end
import { getVarint, putVarint } from './packed.ts';

export const QUARTER = 900_000;
/** Quarters of an hour in a day. */
export const QUARTERS = 96;
/** A cell is a word and a quarter of the day: `word * CELL + quarter`. */
export const CELL = 128;

/** Counts by cell, ascending, without repetition; none is 0, and only what is still to be added may be negative. */
export interface Cells {
  keys: Float64Array;
  counts: Float64Array;
}

/** Bytes of one chunk: four fill a page of the database. */
const CHUNK_BYTES = 1950;

/** Counts by cell, in any order; what is 0 is left out. */
export function cellsFrom(map: ReadonlyMap<number, number>): Cells {
  const keys = Float64Array.from(map.keys())
    .filter((key) => map.get(key) !== 0)
    .sort();
  return { keys, counts: keys.map((key) => map.get(key)!) };
}

/** The sum of two; cells that come to nothing are left out. */
export function addCells(a: Cells, b: Cells): Cells {
  const keys = new Float64Array(a.keys.length + b.keys.length);
  const counts = new Float64Array(keys.length);
  let n = 0;
  for (let i = 0, j = 0; i < a.keys.length || j < b.keys.length; ) {
    const x = i < a.keys.length ? a.keys[i]! : Number.POSITIVE_INFINITY;
    const y = j < b.keys.length ? b.keys[j]! : Number.POSITIVE_INFINITY;
    const count = (x <= y ? a.counts[i++]! : 0) + (y <= x ? b.counts[j++]! : 0);
    if (count === 0) continue;
    keys[n] = Math.min(x, y);
    counts[n++] = count;
  }
  return { keys: keys.subarray(0, n), counts: counts.subarray(0, n) };
}

/** Calls back for chunks that together hold the cells, each with its first word. Counts are above 0. */
export function encode({ keys, counts }: Cells, store: (firstWord: number, chunk: Buffer) => void): void {
  const a = Buffer.allocUnsafe(CHUNK_BYTES + 32);
  let b = Buffer.allocUnsafe(CHUNK_BYTES * 2);
  for (let i = 0; i < keys.length; ) {
    const first = Math.floor(keys[i]! / CELL);
    let atA = 0;
    let atB = 0;
    let previous = 0;
    while (atA + atB < CHUNK_BYTES && i < keys.length) {
      const word = Math.floor(keys[i]! / CELL);
      let n = 0;
      for (; i < keys.length && Math.floor(keys[i]! / CELL) === word; i++) {
        const count = counts[i]!;
        n += count;
        if (atB + 16 > b.length) b = grown(b);
        b[atB++] = (keys[i]! % CELL) + (count > 1 ? 128 : 0);
        if (count > 1) atB = putVarint(b, atB, count - 2);
      }
      atA = putVarint(a, atA, (word - previous) * 2 + (n > 1 ? 1 : 0));
      if (n > 1) atA = putVarint(a, atA, n - 2);
      previous = word;
    }
    const chunk = Buffer.allocUnsafe(8 + atA + atB);
    const head = putVarint(chunk, 0, atA);
    a.copy(chunk, head, 0, atA);
    b.copy(chunk, head + atA, 0, atB);
    store(first, chunk.subarray(0, head + atA + atB));
  }
}

function grown(buffer: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  const larger = Buffer.allocUnsafe(buffer.length * 2);
  buffer.copy(larger);
  return larger;
}

/** Reads a chunk back, cell by cell. */
export function decode(chunk: Uint8Array, visit: (word: number, quarter: number, count: number) => void): void {
  const buffer = view(chunk);
  const a = { at: 0 };
  const end = getVarint(buffer, a) + a.at;
  const b = { at: end };
  let word = 0;
  while (a.at < end) {
    const code = getVarint(buffer, a);
    word += Math.floor(code / 2);
    let rest = code % 2 === 1 ? getVarint(buffer, a) + 2 : 1;
    while (rest > 0 && b.at < buffer.length) {
      const byte = buffer[b.at++]!;
      const count = byte > 127 ? getVarint(buffer, b) + 2 : 1;
      visit(word, byte & 127, count);
      rest -= count;
    }
  }
}

/** Counts by word that grow with the words they are asked to hold. */
export class Sums {
  values: Int32Array;

  /** @param highest the highest word expected */
  constructor(highest: number) {
    this.values = new Int32Array(highest + 1);
  }

  add(word: number, n: number): void {
    if (word >= this.values.length) this.#grow(word);
    this.values[word]! += n;
  }

  #grow(word: number): void {
    const larger = new Int32Array(Math.max(word + 1, this.values.length * 2));
    larger.set(this.values);
    this.values = larger;
  }

  /** Adds the counts of the day of a whole chunk: the one loop of all queries whose speed matters. */
  addDay(chunk: Uint8Array): void {
    const head = { at: 0 };
    const end = getVarint(view(chunk), head) + head.at;
    let { at } = head;
    let word = 0;
    let { values } = this;
    while (at < end) {
      // Nearly all numbers are of one or two bytes.
      let code = chunk[at++]!;
      if (code > 127) {
        let byte = chunk[at++]!;
        code = (code & 127) | ((byte & 127) << 7);
        for (let shift = 14; byte > 127; shift += 7) {
          byte = chunk[at++]!;
          code |= (byte & 127) << shift;
        }
      }
      word += code >>> 1;
      let n = 1;
      if (code & 1) {
        n = chunk[at++]!;
        if (n > 127) {
          let byte = chunk[at++]!;
          n = (n & 127) | ((byte & 127) << 7);
          for (let shift = 14; byte > 127; shift += 7) {
            byte = chunk[at++]!;
            n |= (byte & 127) << shift;
          }
        }
        n += 2;
      }
      if (word >= values.length) {
        this.#grow(word);
        values = this.values;
      }
      values[word]! += n;
    }
  }

  /** Adds the counts of some quarters of the day: `from` included, `to` not. */
  addQuarters(chunk: Uint8Array, from: number, to: number): void {
    decode(chunk, (word, quarter, count) => {
      if (quarter >= from && quarter < to) this.add(word, count);
    });
  }
}

/** A word's counts of one day in a chunk: calls back by quarter; false when it is not in it. */
export function decodeWord(
  chunk: Uint8Array,
  wanted: number,
  visit: (quarter: number, count: number) => void,
): boolean {
  const buffer = view(chunk);
  const a = { at: 0 };
  const end = getVarint(buffer, a) + a.at;
  let word = 0;
  // First A alone: how many counts stand before the word's.
  let before = 0;
  while (a.at < end) {
    const code = getVarint(buffer, a);
    word += Math.floor(code / 2);
    if (word > wanted) return false;
    const n = code % 2 === 1 ? getVarint(buffer, a) + 2 : 1;
    if (word < wanted) {
      before += n;
      continue;
    }
    const b = { at: end };
    while (before > 0) before -= buffer[b.at++]! > 127 ? getVarint(buffer, b) + 2 : 1;
    for (let rest = n; rest > 0; ) {
      const byte = buffer[b.at++]!;
      const count = byte > 127 ? getVarint(buffer, b) + 2 : 1;
      visit(byte & 127, count);
      rest -= count;
    }
    return true;
  }
  return false;
}

const view = (chunk: Uint8Array): Buffer => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
