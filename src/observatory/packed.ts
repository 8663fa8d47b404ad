// A session's events in a few bytes each: times as differences, texts as dictionary numbers, the rest as JSON.
import type { Kind } from './schema.ts';
import { type Packing, shapeOf } from './shapes.ts';

/** Gives the text of a number. */
export type Resolve = (kind: Kind, id: number) => string;

/** Reads one body back. */
export function unpack(body: Buffer, resolve: Resolve): { eventid: string; fields: Record<string, unknown> } {
  const cursor = { at: 0 };
  const eventid = resolve('eventid', getVarint(body, cursor));
  const fields: Record<string, unknown> = {};
  const paths: [string, number][] = [];
  for (const [field, packing] of shapeOf(eventid)) {
    const value = getVarint(body, cursor);
    if (value === 0) continue;
    switch (packing) {
      case 'integer':
        fields[field] = value - 1;
        break;
      case 'flag':
        fields[field] = value === 2;
        break;
      case 'sha256':
        fields[field] = body.toString('hex', cursor.at, (cursor.at += 32));
        break;
      case 'shapath':
        paths.push([field, value]);
        break;
      case 'raw':
        fields[field] = body.toString('utf8', cursor.at, (cursor.at += value - 1));
        break;
      default:
        fields[field] = resolve(packing, value);
    }
  }
  const rest = getVarint(body, cursor);
  if (rest > 0) {
    const json =
      rest % 2 === 1 ? resolve('fields', (rest - 1) / 2) : body.toString('utf8', cursor.at, cursor.at + rest / 2);
    for (const [name, value] of Object.entries(JSON.parse(json) as object))
      Object.defineProperty(fields, name, { value, enumerable: true, writable: true, configurable: true });
  }
  for (const [field, prefix] of paths) fields[field] = resolve('text', prefix) + fields['shasum'];
  return { eventid, fields };
}

/** Where a kind's words stand in the events of an id: how to skip to each. */
export type Places = readonly Packing[];

/** The packings of an id's places, for `wordAt`. */
export function placesOf(eventid: string): Places {
  return shapeOf(eventid).map(([, packing]) => packing);
}

/** Number of the first word of a kind in a body; 0 when it has none. Makes no text and no garbage. */
export function wordAt(body: Buffer, places: Places, kind: Kind): number {
  const cursor = { at: 0 };
  getVarint(body, cursor);
  for (const packing of places) {
    const value = getVarint(body, cursor);
    if (packing === kind) return value;
    if (value === 0) continue;
    if (packing === 'sha256') cursor.at += 32;
    else if (packing === 'raw') cursor.at += value - 1;
  }
  return 0;
}

/** Writes a whole number from 0 to 2^53 − 1; returns the position after it. The buffer must have 8 bytes left. */
export function putVarint(buffer: Buffer, at: number, value: number): number {
  let rest = value;
  let position = at;
  while (rest > 0x7fffffff) {
    buffer[position++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest > 127) {
    buffer[position++] = (rest & 127) | 0x80;
    rest >>>= 7;
  }
  buffer[position++] = rest;
  return position;
}

export function getVarint(buffer: Buffer, cursor: { at: number }): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = buffer[cursor.at++];
    if (byte === undefined) return value;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
}

/** Event bodies of a session with their times, appended one after the other. */
export class EventList {
  #buffer: Buffer;
  #length: number;
  /** Time of the last appended event. */
  #previous: number;

  /** @param base microseconds since the epoch that the first difference counts from */
  constructor(base: number, packed?: Uint8Array, previous = base) {
    this.#buffer = packed ? Buffer.from(packed) : Buffer.allocUnsafe(160);
    this.#length = packed?.length ?? 0;
    this.#previous = previous;
  }

  /** The list of a packed form, to be continued. */
  static from(base: number, packed: Uint8Array): EventList {
    return new EventList(
      base,
      packed,
      eachPacked(packed, base, () => {}),
    );
  }

  get bytes(): number {
    return this.#length;
  }

  /** @param length how many bytes of `body` it has */
  append(micros: number, body: Uint8Array, length = body.length): void {
    if (this.#length + length + 24 > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + length + 24));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    const buffer = this.#buffer;
    const difference = micros - this.#previous;
    this.#previous = micros;
    // Zigzag: small negative differences stay small.
    let at = putVarint(buffer, this.#length, difference >= 0 ? difference * 2 : -difference * 2 - 1);
    at = putVarint(buffer, at, length);
    for (let i = 0; i < length; i++) buffer[at++] = body[i]!;
    this.#length = at;
  }

  /** The packed form; valid until the next append. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}

/** Calls back for every event of a packed list; returns the time of the last one. Bodies are views. */
export function eachPacked(packed: Uint8Array, base: number, visit: (micros: number, body: Buffer) => void): number {
  const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const cursor = { at: 0 };
  let micros = base;
  while (cursor.at < buffer.length) {
    const zigzag = getVarint(buffer, cursor);
    micros += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
    const length = getVarint(buffer, cursor);
    const body = buffer.subarray(cursor.at, cursor.at + length);
    cursor.at += length;
    visit(micros, body);
  }
  return micros;
}
