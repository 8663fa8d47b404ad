// Chance that can be repeated: the same seed gives the same numbers (sfc32 by Chris Doty-Humphrey).
export class Random {
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = stream | 0;
    this.#c = Math.floor(stream / 2 ** 32) | 0;
    for (let i = 0; i < 12; i++) this.u32();
  }

  u32(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** An integer in [0, limit). */
  below(limit: number): number {
    return this.u32() % limit;
  }

  /** True once in `n` times. */
  one(n: number): boolean {
    return this.u32() % n === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.u32() % from.length]!;
  }

  /** Mostly small, now and then near `most`. */
  size(most: number): number {
    const bits = this.below(32 - Math.clz32(most)) + 1;
    return Math.min(most, this.u32() & (2 ** bits - 1));
  }

  bytes(length: number): Buffer {
    const out = Buffer.allocUnsafe(length);
    for (let i = 0; i < length; i++) out[i] = this.u32();
    return out;
  }
}

/** A seed that belongs to these bytes: what a case leaves open (how it is cut into chunks, say) is decided by its content. */
export function seedOf(parts: readonly Buffer[]): number {
  let hash = 0x811c9dc5;
  for (const part of parts) {
    hash = Math.imul(hash ^ part.length, 0x01000193);
    const step = Math.max(1, part.length >> 6);
    for (let i = 0; i < part.length; i += step) hash = Math.imul(hash ^ part[i]!, 0x01000193);
  }
  return hash >>> 0;
}
