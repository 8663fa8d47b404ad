// Which number a text has, for the texts met lately: a table over bytes, so that a known text is found in a log's line without being made a string.

/** Longer texts are not remembered. */
const LONGEST = 4096;
/** Texts of one generation at most: as many as the arrays have room for. */
const TEXTS = 2 ** 17;
/** And their bytes, so that the longest text still fits into 4 MiB: 14 MiB in all with both generations full, for who takes all of the room. */
const BYTES = (4 << 20) - LONGEST;

/** A hash table whose keys are a kind and bytes; its arrays only grow. */
class Table {
  readonly #room: number;
  #slots = new Int32Array(4096);
  #hashes = new Int32Array(2048);
  #from = new Int32Array(2048);
  #length = new Int32Array(2048);
  #values = new Int32Array(2048);
  #bytes = new Uint8Array(1 << 16);
  #size = 0;
  #used = 0;

  constructor(room: number) {
    this.#room = room;
  }

  get full(): boolean {
    return this.#size >= TEXTS * this.#room || this.#used >= BYTES * this.#room;
  }

  get(hash: number, kind: number, bytes: Uint8Array, from: number, to: number): number {
    const mask = this.#slots.length - 1;
    const length = to - from;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return 0;
      if (this.#hashes[entry] === hash && this.#length[entry] === length * 32 + kind) {
        const at = this.#from[entry]!;
        let i = 0;
        while (i < length && this.#bytes[at + i] === bytes[from + i]) i++;
        if (i === length) return this.#values[entry]!;
      }
    }
  }

  /** Adds what is not there yet. */
  add(hash: number, kind: number, bytes: Uint8Array, from: number, to: number, value: number): void {
    if (this.#size === this.#hashes.length) this.#grow();
    const length = to - from;
    if (this.#used + length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + length));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    const entry = this.#size++;
    this.#hashes[entry] = hash;
    this.#from[entry] = this.#used;
    this.#length[entry] = length * 32 + kind;
    this.#values[entry] = value;
    for (let i = 0; i < length; i++) this.#bytes[this.#used + i] = bytes[from + i]!;
    this.#used += length;
    this.#place(entry);
  }

  empty(): void {
    this.#slots.fill(0);
    this.#size = 0;
    this.#used = 0;
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[entry]! & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }

  #grow(): void {
    const larger = (array: Int32Array): Int32Array<ArrayBuffer> => {
      const copy = new Int32Array(array.length * 2);
      copy.set(array);
      return copy;
    };
    this.#hashes = larger(this.#hashes);
    this.#from = larger(this.#from);
    this.#length = larger(this.#length);
    this.#values = larger(this.#values);
    this.#slots = new Int32Array(this.#slots.length * 2);
    for (let entry = 0; entry < this.#size; entry++) this.#place(entry);
  }
}

/** FNV-1a with its bits mixed once more, as the table takes the lowest. */
function hashOf(kind: number, bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5 ^ kind;
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) | 0;
}

/** Two generations: when the younger is full it becomes the older, and what was not asked for meanwhile is forgotten. */
export class Remembered {
  readonly #room: number;
  #young: Table;
  #old: Table | undefined;

  /** @param room the share of the usual memory, up to 1 */
  constructor(room = 1) {
    this.#room = room;
    this.#young = new Table(room);
  }

  /** The number of a text (UTF-8) of a kind below 32; 0 when it is not remembered. */
  get(kind: number, bytes: Uint8Array, from: number, to: number): number {
    const hash = hashOf(kind, bytes, from, to);
    let value = this.#young.get(hash, kind, bytes, from, to);
    if (value === 0 && this.#old !== undefined) {
      value = this.#old.get(hash, kind, bytes, from, to);
      if (value !== 0) this.#add(hash, kind, bytes, from, to, value);
    }
    return value;
  }

  /** @param value from 1; the text must not be remembered already */
  set(kind: number, bytes: Uint8Array, from: number, to: number, value: number): void {
    if (to - from <= LONGEST) this.#add(hashOf(kind, bytes, from, to), kind, bytes, from, to, value);
  }

  clear(): void {
    this.#young = new Table(this.#room);
    this.#old = undefined;
  }

  #add(hash: number, kind: number, bytes: Uint8Array, from: number, to: number, value: number): void {
    if (this.#young.full) {
      // The oldest one's arrays are used again: outside of V8's heap, they would stay long after they were given up.
      const oldest = this.#old ?? new Table(this.#room);
      oldest.empty();
      this.#old = this.#young;
      this.#young = oldest;
    }
    this.#young.add(hash, kind, bytes, from, to, value);
  }
}
