// The values in a MaxMind DB's data section: maps, arrays, texts and numbers, decoded within bounds.

export type Value = string | number | bigint | boolean | Buffer | readonly Value[] | Fields;

/** A map. */
export interface Fields {
  readonly [key: string]: Value | undefined;
}

export function isFields(value: Value | undefined): value is Fields {
  return typeof value === 'object' && !Array.isArray(value) && !Buffer.isBuffer(value);
}

/** Values inside each other. */
const DEPTH = 32;
/** Values of one record: the largest published records (GeoIP2 Enterprise) have some two hundred. */
const OF_ONE = 10_000;

/**
 * Decodes values of a section (specification, "Output Data Section"). Pointers may point anywhere, also to a value that
 * holds them: depth, values of one record and values of all are bounded.
 */
export class MmdbDecoder {
  readonly #bytes: Buffer;
  #left: number;
  #ofOne = 0;
  #at = 0;

  /** @param budget values that may be decoded in all */
  constructor(bytes: Buffer, budget: number) {
    this.#bytes = bytes;
    this.#left = budget;
  }

  /** The value at an offset. @throws Error with a clause on what is wrong */
  at(offset: number): Value {
    this.#ofOne = OF_ONE;
    this.#at = offset;
    return this.#value(0, false);
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw new Error('a value runs beyond the end');
    return byte;
  }

  #number(length: number): number {
    let value = 0;
    for (let i = 0; i < length; i++) value = value * 256 + this.#byte();
    return value;
  }

  #value(depth: number, pointed: boolean): Value {
    if (depth > DEPTH) throw new Error(`values lie more than ${DEPTH} deep in each other`);
    if (--this.#ofOne < 0) throw new Error(`a record has more than ${OF_ONE} values`);
    if (--this.#left < 0) throw new Error('its values point to each other without end');
    const control = this.#byte();
    let type = control >>> 5;
    if (type === 1) {
      // A pointer to a pointer is not allowed (specification, "pointer").
      if (pointed) throw new Error('a pointer points to a pointer');
      const target = this.#pointer(control);
      const back = this.#at;
      this.#at = target;
      const value = this.#value(depth + 1, true);
      this.#at = back;
      return value;
    }
    if (type === 0) type = 7 + this.#byte();
    let size = control & 31;
    if (size === 29) size = 29 + this.#number(1);
    else if (size === 30) size = 285 + this.#number(2);
    else if (size === 31) size = 65_821 + this.#number(3);
    switch (type) {
      case 2:
        return this.#take(size).toString('utf8');
      case 3:
        return this.#take(8).readDoubleBE();
      case 4:
        return this.#take(size);
      case 5:
      case 6:
        if (size > 4) throw new Error(`a whole number of ${size} bytes`);
        return this.#number(size);
      case 7:
        return this.#map(size, depth);
      case 8:
        if (size > 4) throw new Error(`a whole number of ${size} bytes`);
        return this.#number(size) | 0;
      case 9:
      case 10: {
        if (size > (type === 9 ? 8 : 16)) throw new Error(`a whole number of ${size} bytes`);
        if (size <= 6) return this.#number(size);
        return BigInt(`0x${this.#take(size).toString('hex')}`);
      }
      case 11:
        return this.#array(size, depth);
      case 14:
        return size !== 0;
      case 15:
        return this.#take(4).readFloatBE();
      default:
        throw new Error(`a value of an unknown type (${type})`);
    }
  }

  #take(size: number): Buffer {
    const end = this.#at + size;
    if (end > this.#bytes.length) throw new Error('a value runs beyond the end');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  #pointer(control: number): number {
    const high = control & 7;
    switch ((control >>> 3) & 3) {
      case 0:
        return high * 0x100 + this.#number(1);
      case 1:
        return high * 0x10000 + this.#number(2) + 2048;
      case 2:
        return high * 0x1000000 + this.#number(3) + 526_336;
      default:
        return this.#number(4);
    }
  }

  #map(size: number, depth: number): Value {
    const map: Record<string, Value> = Object.create(null);
    for (let i = 0; i < size; i++) {
      const key = this.#value(depth + 1, false);
      if (typeof key !== 'string') throw new Error('a key that is no text');
      map[key] = this.#value(depth + 1, false);
    }
    return map;
  }

  #array(size: number, depth: number): Value {
    const array: Value[] = [];
    for (let i = 0; i < size; i++) array.push(this.#value(depth + 1, false));
    return array;
  }
}
