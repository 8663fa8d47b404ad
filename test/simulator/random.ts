// Randomness that is the same again for the same seed: a stream of its own for every actor, so that adding one changes no other.

/** Chris Doty-Humphrey's sfc32, seeded by any text. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: string) {
    // FNV-1a, three times from different starts.
    const hash = (start: number): number => {
      let h = start;
      for (let i = 0; i < seed.length; i++) h = Math.imul(h ^ seed.charCodeAt(i), 0x01000193);
      return h >>> 0;
    };
    this.#a = hash(0x811c9dc5);
    this.#b = hash(0x9e3779b9);
    this.#c = hash(0x243f6a88);
    for (let i = 0; i < 16; i++) this.bits();
  }

  /** 32 bits. */
  bits(): number {
    const t = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (this.#c << 21) | (this.#c >>> 11);
    this.#c = (this.#c + t) | 0;
    return t >>> 0;
  }

  /** 0 ≤ x < 1. */
  unit(): number {
    return this.bits() / 4294967296;
  }

  /** A whole number below `n`. */
  below(n: number): number {
    return Math.floor(this.unit() * n);
  }

  chance(p: number): boolean {
    return this.unit() < p;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }

  /** By inversion of small means, by the normal approximation above 60. */
  poisson(mean: number): number {
    if (mean <= 0) return 0;
    if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    let n = -1;
    for (let product = 1, least = Math.exp(-mean); product > least; n++) product *= 1 - this.unit();
    return n;
  }

  /** A whole number of at least 1 with a heavy tail: survival as x^−tail, cut at `most`. */
  pareto(tail: number, most: number): number {
    return Math.min(most, Math.floor((1 - this.unit()) ** (-1 / tail)));
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.bits().toString(16).padStart(8, '0');
    return text.slice(0, digits);
  }

  /** Letters and digits as in a made-up name. */
  token(length: number, letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'): string {
    let text = '';
    for (let i = 0; i < length; i++) text += letters[this.below(letters.length)];
    return text;
  }
}

/** Ranks from 0 with weights (rank + 1)^−exponent. */
export class Zipf {
  readonly #sums: Float64Array;

  constructor(size: number, exponent: number) {
    this.#sums = new Float64Array(size);
    let total = 0;
    for (let i = 0; i < size; i++) this.#sums[i] = total += (i + 1) ** -exponent;
  }

  rank(random: Random): number {
    const wanted = random.unit() * this.#sums.at(-1)!;
    let [low, high] = [0, this.#sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Mean of a function of the rank. */
  mean(of: (rank: number) => number): number {
    let sum = 0;
    for (let i = 0; i < this.#sums.length; i++) sum += of(i) * (this.#sums[i]! - (this.#sums[i - 1] ?? 0));
    return sum / this.#sums.at(-1)!;
  }
}
