// A line of a JSON log cut into its fields where it lies, without making text of them: the way of most lines into the store.
//
// Plain is one flat object of fields that we know, each at most once, with ASCII strings that need no escape, whole
// numbers, flags and lists of such strings. Anything else is for JSON.parse.
import { shapes } from './shapes.ts';

/** What a field holds. */
export const ABSENT = 0;
export const STRING = 1;
/** A whole number from 0 to 10^15, without leading zeros. */
export const INTEGER = 2;
/** Another number, not negative. */
export const DECIMAL = 3;
export const FLAG = 4;
/** `[…]`, whose content was not looked at. */
export const LIST = 5;

/** Of the envelope, of a key exchange, and all that have a place in the packed form. */
const names: readonly string[] = [
  ...new Set([
    'eventid',
    'timestamp',
    'session',
    'sensor',
    'uuid',
    'src_ip',
    'protocol',
    'message',
    'duration',
    'hasshAlgorithms',
    'kexAlgs',
    'keyAlgs',
    'encCS',
    'macCS',
    'compCS',
    'langCS',
    ...Object.values(shapes).flatMap((shape) => shape.map(([field]) => field)),
  ]),
];

/** The number of a known field. */
export function fieldNumber(name: string): number {
  const number = names.indexOf(name);
  if (number < 0) throw new Error(`${name} is no field of a plain line`);
  return number;
}
export const fieldName = (field: number): string => names[field]!;
export const FIELDS = names.length;

const TABLE = 1024;
/** Field number + 1 by the hash of its name; names are short and few, so each has a slot of its own or the next. */
const table = new Int32Array(TABLE);
const spelled = names.map((name) => Buffer.from(name, 'latin1'));
for (const [field, name] of spelled.entries()) {
  let hash = 0;
  for (const byte of name) hash = (Math.imul(hash, 31) + byte) | 0;
  let slot = hash & (TABLE - 1);
  while (table[slot] !== 0) slot = (slot + 1) & (TABLE - 1);
  table[slot] = field + 1;
}

function fieldOf(hash: number, bytes: Uint8Array, from: number, to: number): number {
  for (let slot = hash & (TABLE - 1); ; slot = (slot + 1) & (TABLE - 1)) {
    const field = table[slot]! - 1;
    if (field < 0) return -1;
    const name = spelled[field]!;
    if (name.length !== to - from) continue;
    let i = 0;
    while (i < name.length && name[i] === bytes[from + i]) i++;
    if (i === name.length) return field;
  }
}

const QUOTE = 0x22;
/** 1 for what stands for itself in a string: printable ASCII and DEL, but for the quote and the backslash. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte < 0x80 && byte !== QUOTE && byte !== 0x5c ? 1 : 0,
);
/** Longer lines are few. */
export const LONGEST = 4096;

/** The lists of a key exchange are long, few and always the same: a stretch of a line that was read before. */
export interface Stretch {
  bytes: Buffer;
  /** The fields in it, with their places from its start. */
  fields: readonly { field: number; type: number; from: number; to: number }[];
  /** The number of its fields as JSON. */
  rest: number;
}
const HASSH = fieldNumber('hassh');
/** None of them has a place of its own. */
const LISTS = ['hasshAlgorithms', 'kexAlgs', 'keyAlgs', 'encCS', 'macCS', 'compCS', 'langCS'].map(fieldNumber);
const STRETCH = LISTS[0]!;
const STRETCHES = 1024;

/** One line at a time: the arrays are of the line read last, by field number. */
export class PlainLine {
  bytes: Buffer = Buffer.alloc(0);
  readonly type = new Uint8Array(FIELDS);
  /** Where the value lies; of a string, without its quotes. */
  readonly from = new Int32Array(FIELDS);
  readonly to = new Int32Array(FIELDS);
  /** Of a whole number its value, of a flag 0 or 1. */
  readonly number = new Float64Array(FIELDS);
  /** The fields that are there, in their order. */
  readonly present = new Uint8Array(FIELDS);
  count = 0;
  /** Where the lists begin. */
  #lists = 0;
  /** The known stretch in the line. */
  stretch: Stretch | undefined;
  /** By a hash of the fingerprint that stands before them. */
  readonly #stretches: (Stretch | undefined)[] = new Array(STRETCHES);

  /**
   * @param end where the line's LF or CR LF is
   * @returns whether the line is plain; else nothing of it may be used
   */
  read(bytes: Buffer, start: number, end: number): boolean {
    const { type, present } = this;
    for (let i = 0; i < this.count; i++) type[present[i]!] = ABSENT;
    this.count = 0;
    this.stretch = undefined;
    this.bytes = bytes;
    // The line's end stops every loop below: no control character is plain.
    if (end - start > LONGEST || (bytes[end] !== 0x0a && bytes[end] !== 0x0d) || bytes[start] !== 0x7b) return false;
    for (let at = start + 1; ; at++) {
      if (bytes[at++] !== QUOTE) return false;
      const name = at;
      let hash = 0;
      let byte = bytes[at++]!;
      while (byte !== QUOTE) {
        if (byte < 0x20) return false;
        hash = (Math.imul(hash, 31) + byte) | 0;
        byte = bytes[at++]!;
      }
      const field = fieldOf(hash, bytes, name, at - 1);
      if (field < 0 || type[field] !== ABSENT || bytes[at++] !== 0x3a) return false;
      if (bytes[at] === 0x20) at++;
      if (field === STRETCH) this.#lists = name - 1;
      const known = field === STRETCH ? this.#skip(name - 1, end) : 0;
      if (known > 0) at = known;
      else {
        present[this.count++] = field;
        if (bytes[at] === QUOTE) {
          this.from[field] = ++at;
          while (PLAIN[bytes[at]!] === 1) at++;
          if (bytes[at] !== QUOTE) return false;
          this.to[field] = at++;
          type[field] = STRING;
        } else {
          at = this.#bare(field, at);
          if (at < 0) return false;
        }
      }
      byte = bytes[at]!;
      if (byte === 0x7d) return at + 1 === end;
      if (byte !== 0x2c) return false;
      if (bytes[at + 1] === 0x20) at++;
    }
  }

  /** @returns the position after the known stretch that begins at `start`; 0 when there is none */
  #skip(start: number, end: number): number {
    const stretch = this.#stretches[this.#place()];
    if (stretch === undefined) return 0;
    const stop = start + stretch.bytes.length;
    if (stop >= end || stretch.bytes.compare(this.bytes, start, stop) !== 0) return 0;
    for (const { field } of stretch.fields) if (this.type[field] !== ABSENT) return 0;
    for (const { field, type, from, to } of stretch.fields) {
      this.present[this.count++] = field;
      this.type[field] = type;
      this.from[field] = start + from;
      this.to[field] = start + to;
    }
    this.stretch = stretch;
    return stop;
  }

  /** Remembers the number that these fields have as JSON, if they are lists that follow one another. */
  learn(fields: readonly number[], rest: number): void {
    const { bytes, type } = this;
    const first = this.present.indexOf(STRETCH);
    if (this.stretch || fields.some((field, i) => !LISTS.includes(field) || this.present[first + i] !== field)) return;
    const start = this.#lists;
    const last = fields.at(-1)!;
    const stop = this.to[last]! + (type[last] === STRING ? 1 : 0);
    this.#stretches[this.#place()] = {
      bytes: Buffer.from(bytes.subarray(start, stop)),
      fields: fields.map((field) => ({
        field,
        type: type[field]!,
        from: this.from[field]! - start,
        to: this.to[field]! - start,
      })),
      rest,
    };
  }

  /** Numbers of texts are no longer valid. */
  forget(): void {
    this.#stretches.fill(undefined);
  }

  #place(): number {
    const from = this.from[HASSH]!;
    if (this.type[HASSH] !== STRING || this.to[HASSH]! - from !== 32) return 0;
    let hash = 0;
    for (let i = from; i < from + 8; i++) hash = Math.imul(hash, 31) + this.bytes[i]!;
    return hash & (STRETCHES - 1);
  }

  /**
   * Reads what is no string.
   * @returns the position after the value; −1 when it is not plain
   */
  #bare(field: number, start: number): number {
    const { bytes } = this;
    let at = start;
    let byte = bytes[at]!;
    this.from[field] = at;
    if (byte >= 0x30 && byte <= 0x39) {
      let value = 0;
      for (; byte >= 0x30 && byte <= 0x39; byte = bytes[++at]!) value = value * 10 + (byte - 0x30);
      if (at - start > 15 || (at - start > 1 && bytes[start] === 0x30)) return -1;
      this.type[field] = INTEGER;
      this.number[field] = value;
      if (byte === 0x2e) {
        for (byte = bytes[++at]!; byte >= 0x30 && byte <= 0x39; byte = bytes[++at]!);
        if (bytes[at - 1] === 0x2e) return -1;
        this.type[field] = DECIMAL;
      }
    } else if (byte === 0x5b) {
      for (at++; PLAIN[bytes[at]!] === 1 ? bytes[at] !== 0x5d : bytes[at] === QUOTE; at++);
      if (bytes[at++] !== 0x5d) return -1;
      this.type[field] = LIST;
    } else {
      const word = byte === 0x74 ? TRUE : FALSE;
      for (let i = 0; i < word.length; i++) if (bytes[at++] !== word[i]) return -1;
      this.type[field] = FLAG;
      this.number[field] = word === TRUE ? 1 : 0;
    }
    this.to[field] = at;
    return at;
  }

  /** Gives a field a whole number in place of what it had. */
  set(field: number, value: number): void {
    if (this.type[field] === ABSENT) this.present[this.count++] = field;
    this.type[field] = INTEGER;
    this.number[field] = value;
  }

  text(field: number): string {
    return this.bytes.toString('latin1', this.from[field]!, this.to[field]!);
  }

  /** The number that 12 hexadecimal digits stand for; −1 when the field is no such string. */
  hex12(field: number): number {
    const from = this.from[field]!;
    if (this.type[field] !== STRING || this.to[field]! - from !== 12) return -1;
    const high = hex6(this.bytes, from);
    const low = hex6(this.bytes, from + 6);
    return high < 0 || low < 0 ? -1 : high * 0x1000000 + low;
  }

  /** Whether a field is a string of this text. */
  isText(field: number, expected: string): boolean {
    const from = this.from[field]!;
    if (this.type[field] !== STRING || this.to[field]! - from !== expected.length) return false;
    for (let i = 0; i < expected.length; i++) if (this.bytes[from + i] !== expected.charCodeAt(i)) return false;
    return true;
  }

  /** Whether a field is a string of these bytes. */
  is(field: number, expected: Uint8Array): boolean {
    const from = this.from[field]!;
    if (this.type[field] !== STRING || this.to[field]! - from !== expected.length) return false;
    for (let i = 0; i < expected.length; i++) if (this.bytes[from + i] !== expected[i]) return false;
    return true;
  }
}

/** The number that 6 hexadecimal digits stand for; below 0 when they are none. */
function hex6(bytes: Uint8Array, from: number): number {
  let value = 0;
  for (let at = from; at < from + 6; at++) {
    const digit = nibble(bytes[at]!);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/** The value of a lower-case hexadecimal digit; −1 for anything else. */
export function nibble(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  return byte >= 0x61 && byte <= 0x66 ? byte - 0x57 : -1;
}

const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
