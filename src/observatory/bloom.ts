// Which session ids the store may have: an import asks it before it asks the database, for nearly all are new.
import type { DatabaseSync } from 'node:sqlite';

/** Bits for one id: a false yes in about 2 of 100. */
const BITS = 8;

export class SessionBloom {
  readonly #database: DatabaseSync;
  #bits = new Uint32Array(0);
  #mask = 0;
  #room = 0;

  /** Reads all ids of the store; enlarges itself in the same way when it gets full. */
  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#rebuild();
  }

  #rebuild(): void {
    const stored = Number(this.#database.prepare('SELECT count(*) AS n FROM session').get()!['n']);
    const size = 2 ** Math.ceil(Math.log2((stored * 2 + 1_000_000) * BITS));
    this.#bits = new Uint32Array(size / 32);
    this.#mask = size - 1;
    this.#room = size / BITS;
    for (const row of this.#database.prepare("SELECT sid FROM session WHERE typeof(sid) = 'integer'").iterate())
      this.#set(row['sid'] as number);
  }

  /** False only when the id is surely new. Call `add` for everything that becomes known but is not stored yet. */
  has(sid: number): boolean {
    for (let i = 0, [hash, step] = hashes(sid); i < 4; i++, hash = (hash + step) >>> 0) {
      const bit = hash & this.#mask;
      if ((this.#bits[bit >>> 5]! & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }

  add(sid: number): void {
    if (this.#room <= 0) this.#rebuild();
    this.#set(sid);
  }

  #set(sid: number): void {
    this.#room--;
    for (let i = 0, [hash, step] = hashes(sid); i < 4; i++, hash = (hash + step) >>> 0) {
      const bit = hash & this.#mask;
      this.#bits[bit >>> 5]! |= 1 << (bit & 31);
    }
  }
}

/** Session ids are random: their halves, mixed, are two hashes. */
function hashes(sid: number): [hash: number, step: number] {
  const low = sid % 0x1000000;
  const high = Math.floor(sid / 0x1000000);
  return [Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b) >>> 0, (Math.imul(high, 0xc2b2ae35) ^ low) | 1];
}
