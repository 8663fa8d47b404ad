// A table from address ranges to countries and networks, in typed arrays: half a million ranges are a few MB, and a look-up a binary search.
import type { Address } from './address.ts';

/** What is known of an address. */
export interface Place {
  /** ISO 3166-1 alpha-2, capitals. */
  country?: string;
  /** Autonomous system number. */
  asn?: number;
  /** Its organisation. */
  asName?: string;
}

/** The columns of a table, as they are kept in a file. */
export interface Columns {
  /** First addresses of the IPv4 ranges, ascending; each range ends before the next. */
  starts4: Uint32Array;
  /** Which place each range has; 0: none. */
  places4: Uint8Array | Uint16Array | Uint32Array;
  /** First addresses of the IPv6 ranges: four words each. */
  starts6: Uint32Array;
  places6: Uint8Array | Uint16Array | Uint32Array;
  /** Of each place: two letters as a number, 0 for none. Place 0 is nowhere. */
  countries: Uint16Array;
  asns: Uint32Array;
  /** Where each place's name begins in `names`; one more than there are places. */
  nameStarts: Uint32Array;
  /** UTF-8. */
  names: Uint8Array;
}

const decoder = new TextDecoder();

export class RangeTable {
  readonly columns: Columns;

  constructor(columns: Columns) {
    this.columns = columns;
  }

  /** Ranges that have a place. */
  get ranges(): number {
    const { places4, places6 } = this.columns;
    let n = 0;
    for (const place of places4) if (place !== 0) n++;
    for (const place of places6) if (place !== 0) n++;
    return n;
  }

  /** Bytes in memory. */
  get bytes(): number {
    return Object.values(this.columns).reduce((sum, column: ArrayBufferView) => sum + column.byteLength, 0);
  }

  find({ version, words }: Address): Place | undefined {
    const { starts4, places4, starts6, places6 } = this.columns;
    const place =
      version === 4
        ? places4[last(starts4.length, (i) => starts4[i]! <= words[3]!)]
        : places6[last(starts6.length / 4, (i) => notAfter(starts6, i * 4, words))];
    return place ? this.place(place) : undefined;
  }

  place(number: number): Place {
    const { countries, asns, nameStarts, names } = this.columns;
    const place: Place = {};
    const country = countries[number]!;
    if (country !== 0) place.country = String.fromCharCode(country >> 8, country & 255);
    if (asns[number] !== 0) place.asn = asns[number];
    const [from, to] = [nameStarts[number]!, nameStarts[number + 1]!];
    if (to > from) place.asName = decoder.decode(names.subarray(from, to));
    return place;
  }

  /** Whether any place has a country, an AS number. */
  get gives(): { country: boolean; asn: boolean } {
    const { countries, asns } = this.columns;
    return { country: countries.some((country) => country !== 0), asn: asns.some((asn) => asn !== 0) };
  }
}

/** The last index for which a test holds that holds up to some index; −1 for none. */
function last(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function notAfter(starts: Uint32Array, at: number, words: Uint32Array): boolean {
  for (let i = 0; i < 4; i++) {
    const start = starts[at + i]!;
    if (start !== words[i]) return start < words[i]!;
  }
  return true;
}

/** Collects ranges in ascending order into a table; neighbours of one place become one range. */
export class RangeBuilder {
  readonly #starts4 = new Growing();
  readonly #places4 = new Growing();
  readonly #starts6 = new Growing();
  readonly #places6 = new Growing();
  readonly #numbers = new Map<string, number>();
  readonly #places: Place[] = [{}];
  #last4 = 0;
  #last6 = 0;

  /** The number of a place; the same for an equal one, 0 for one of which nothing is known. */
  place(place: Place): number {
    if (place.country === undefined && place.asn === undefined) return 0;
    const key = `${place.country ?? ''}|${place.asn ?? ''}|${place.asName ?? ''}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#places.length;
      this.#numbers.set(key, number);
      this.#places.push(place);
    }
    return number;
  }

  /** From this address on, until the next call, addresses have a place (0: none). */
  from(version: 4 | 6, words: ArrayLike<number>, place: number): void {
    if (version === 4) {
      if (place === this.#last4) return;
      this.#last4 = place;
      this.#starts4.push(words[3]!);
      this.#places4.push(place);
    } else {
      if (place === this.#last6) return;
      this.#last6 = place;
      for (let i = 0; i < 4; i++) this.#starts6.push(words[i]!);
      this.#places6.push(place);
    }
  }

  build(): RangeTable {
    const texts = this.#places.map((place) => Buffer.from(place.asName ?? ''));
    const nameStarts = new Uint32Array(texts.length + 1);
    for (const [i, text] of texts.entries()) nameStarts[i + 1] = nameStarts[i]! + text.length;
    return new RangeTable({
      starts4: this.#starts4.values(),
      places4: narrow(this.#places4.values(), texts.length),
      starts6: this.#starts6.values(),
      places6: narrow(this.#places6.values(), texts.length),
      countries: Uint16Array.from(this.#places, ({ country }) =>
        country === undefined ? 0 : country.charCodeAt(0) * 256 + country.charCodeAt(1),
      ),
      asns: Uint32Array.from(this.#places, ({ asn }) => asn ?? 0),
      nameStarts,
      names: new Uint8Array(Buffer.concat(texts)),
    });
  }
}

/** Numbers below a bound in as few bytes as they need. */
const narrow = (values: Uint32Array, bound: number) =>
  bound <= 0x100 ? Uint8Array.from(values) : bound <= 0x10000 ? Uint16Array.from(values) : values;

class Growing {
  #array = new Uint32Array(1024);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#array.length) {
      const larger = new Uint32Array(this.#length * 2);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.#length++] = value;
  }

  values(): Uint32Array {
    return this.#array.slice(0, this.#length);
  }
}
