// Packs a plain line: the same body as the packer of parsed events makes of the same event (plainline.test.ts holds them together).
import { type Saying, sayingOf } from '../event/saying.ts';
import type { Body } from './body.ts';
import type { Dictionary } from './dictionary.ts';
import {
  ABSENT,
  DECIMAL,
  FLAG,
  fieldName,
  fieldNumber,
  INTEGER,
  LIST,
  LONGEST,
  nibble,
  type PlainLine,
  STRING,
} from './plainline.ts';
import type { Remembered } from './remembered.ts';
import { type Kind, kinds } from './schema.ts';
import { type Packing, shapeOf, sharedRest } from './shapes.ts';

const MESSAGE = fieldNumber('message');
const DURATION = fieldNumber('duration');
const DURATION_MS = fieldNumber('duration_ms');
const SHASUM = fieldNumber('shasum');
/** Of earlier years these may be Python literals: `b'root'`. */
const LITERALS = ['username', 'password', 'version'].map(fieldNumber);
/** Ids whose fields legacy.ts reads in ways of their own. */
const peculiar: ReadonlySet<string> = new Set(['cowrie.direct-tcpip.request', 'cowrie.session.file_download']);
const timed: ReadonlySet<string> = new Set(['cowrie.session.closed', 'cowrie.log.closed']);
/** Kind under which rests are remembered, beyond those of the dictionaries. */
const REST = kinds.length;

/** What is to be known of an event id before its lines can be packed. */
export interface PlainEvent {
  eventid: string;
  name: Buffer;
  number: number;
  places: readonly { field: number; packing: Packing }[];
  /** The usual message: what is written, and the fields between. */
  saying: { texts: readonly Buffer[]; fields: readonly number[] } | undefined;
  open: boolean;
  timed: boolean;
  sharedRest: boolean;
}

/** Whether lines of this id can be plain. */
export const isPlainEvent = (eventid: string): boolean =>
  /^(?:cowrie|kansatsuki)\./.test(eventid) && !peculiar.has(eventid);

export function plainEvent(eventid: string, number: number): PlainEvent {
  const saying = sayingOf(eventid);
  return {
    eventid,
    name: Buffer.from(eventid, 'latin1'),
    number,
    places: shapeOf(eventid).map(([field, packing]) => ({ field: fieldNumber(field), packing })),
    saying: saying && spelled(saying),
    open: saying?.open === true,
    timed: timed.has(eventid),
    sharedRest: sharedRest.has(eventid),
  };
}

function spelled({ parts }: Saying): PlainEvent['saying'] {
  return {
    texts: parts.filter((_, i) => i % 2 === 0).map((text) => Buffer.from(text, 'latin1')),
    fields: parts.filter((_, i) => i % 2 === 1).map(fieldNumber),
  };
}

export class PlainPacker {
  readonly #body: Body;
  readonly #dictionaries: Record<Kind, Dictionary>;
  readonly #remembered: Remembered;
  /** A line's fields, which are no longer than the line, and two bytes before each. */
  readonly #scratch = Buffer.alloc(2 * LONGEST);

  constructor(body: Body, dictionaries: Record<Kind, Dictionary>, remembered: Remembered) {
    this.#body = body;
    this.#dictionaries = dictionaries;
    this.#remembered = remembered;
  }

  /**
   * Brings the line to today's form, as `normalise` does with an event: drops the message that says nothing new, and the
   * duration in seconds.
   * @returns false when that takes more than can be done here
   */
  normalise(line: PlainLine, event: PlainEvent): boolean {
    for (const field of LITERALS) if (line.type[field] === STRING && isLiteral(line, field)) return false;
    if (line.type[MESSAGE] !== ABSENT) {
      const empty = line.type[MESSAGE] === LIST && line.to[MESSAGE]! - line.from[MESSAGE]! === 2;
      if (!empty && !says(line, event)) return false;
      line.type[MESSAGE] = ABSENT;
    }
    if (event.timed && line.type[DURATION] !== ABSENT) {
      if (line.type[DURATION_MS] === ABSENT) {
        const seconds = secondsOf(line);
        if (seconds < 0) return false;
        line.set(DURATION_MS, Math.round(seconds * 1000));
      } else if (line.type[DURATION_MS] !== INTEGER) return false;
      line.type[DURATION] = ABSENT;
    }
    return true;
  }

  /**
   * Packs what is left of a line when its envelope was taken out.
   * @returns false when it cannot be packed here
   */
  pack(line: PlainLine, event: PlainEvent): boolean {
    const body = this.#body;
    body.begin(event.number);
    let left = 0;
    for (let i = 0; i < line.count; i++) if (line.type[line.present[i]!] !== ABSENT) left++;
    for (const { field, packing } of event.places) {
      if (line.type[field] === ABSENT) body.varint(0);
      else if (this.#place(line, field, packing)) left--;
      else return false;
    }
    if (left === 0) {
      body.varint(0);
      return true;
    }
    if (!event.sharedRest) return false;
    const rest = this.#rest(line, event, left);
    body.varint(rest * 2 + 1);
    return rest > 0;
  }

  #place(line: PlainLine, field: number, packing: Packing): boolean {
    const body = this.#body;
    const { bytes } = line;
    const type = line.type[field];
    const from = line.from[field]!;
    const to = line.to[field]!;
    switch (packing) {
      case 'integer':
        if (type !== INTEGER) return false;
        body.varint(line.number[field]! + 1);
        return true;
      case 'flag':
        if (type !== FLAG) return false;
        body.varint(line.number[field]! + 1);
        return true;
      case 'sha256':
        if (type !== STRING || to - from !== 64) return false;
        body.varint(1);
        for (let i = from; i < to; i += 2) {
          const high = nibble(bytes[i]!);
          const low = nibble(bytes[i + 1]!);
          if (high < 0 || low < 0) return false;
          body.byte(high * 16 + low);
        }
        return true;
      case 'shapath': {
        const shasum = line.from[SHASUM]!;
        const length = line.to[SHASUM]! - shasum;
        if (type !== STRING || line.type[SHASUM] !== STRING || length === 0 || length > to - from) return false;
        for (let i = 0; i < length; i++) if (bytes[to - length + i] !== bytes[shasum + i]) return false;
        body.varint(this.#dictionaries.text.idOf(bytes, from, to - length));
        return true;
      }
      case 'raw':
        if (type !== STRING) return false;
        body.varint(to - from + 1);
        body.bytes(bytes, from, to);
        return true;
      default:
        if (type !== STRING) return false;
        body.word(packing, this.#dictionaries[packing].idOf(bytes, from, to));
        return true;
    }
  }

  /** The number of the fields without a place, as JSON; 0 when they cannot be had here. */
  #rest(line: PlainLine, event: PlainEvent, left: number): number {
    if (line.stretch?.fields.length === left) return line.stretch.rest;
    const fields: number[] = [];
    for (const field of line.present.subarray(0, line.count))
      if (line.type[field] !== ABSENT && !event.places.some((place) => place.field === field)) fields.push(field);
    const rest = this.#restOf(line, fields);
    if (rest > 0) line.learn(fields, rest);
    return rest;
  }

  #restOf(line: PlainLine, fields: readonly number[]): number {
    const scratch = this.#scratch;
    let at = 0;
    for (const field of fields) {
      scratch[at++] = field;
      scratch[at++] = line.type[field]!;
      at += line.bytes.copy(scratch, at, line.from[field]!, line.to[field]!);
    }
    const known = this.#remembered.get(REST, scratch, 0, at);
    if (known !== 0) return known;
    const entries: [string, unknown][] = [];
    for (const field of fields)
      try {
        entries.push([fieldName(field), valueOf(line, field)]);
      } catch {
        return 0; // a list that is no JSON
      }
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    const rest = JSON.stringify(Object.fromEntries(entries));
    if (rest.length > 8192) return 0;
    const number = this.#dictionaries.fields.id(rest);
    this.#remembered.set(REST, scratch, 0, at, number);
    return number;
  }
}

function valueOf(line: PlainLine, field: number): unknown {
  switch (line.type[field]) {
    case STRING:
      return line.text(field);
    case INTEGER:
    case DECIMAL:
      return Number(line.text(field));
    case FLAG:
      return line.number[field] === 1;
    default:
      return JSON.parse(line.text(field));
  }
}

/** Whether the message is the usual one with the line's fields in it. */
function says(line: PlainLine, { saying, open }: PlainEvent): boolean {
  if (saying === undefined || line.type[MESSAGE] !== STRING) return false;
  const { bytes } = line;
  const { texts, fields } = saying;
  const end = line.to[MESSAGE]!;
  let at = line.from[MESSAGE]!;
  for (let part = 0; ; part++) {
    const text = texts[part]!;
    if (!same(text, 0, text.length, bytes, at, end)) return false;
    at += text.length;
    if (part === fields.length) return open || at === end;
    const field = fields[part]!;
    const from = line.from[field]!;
    const to = line.to[field]!;
    if (line.type[field] !== STRING || !same(bytes, from, to, bytes, at, end)) return false;
    at += to - from;
  }
}

/** Whether other bytes from `at` on, and before `end`, are these. */
function same(these: Uint8Array, from: number, to: number, others: Uint8Array, at: number, end: number): boolean {
  if (to - from > end - at) return false;
  for (let i = from, j = at; i < to; i++, j++) if (these[i] !== others[j]) return false;
  return true;
}

/** The duration in seconds; −1 when it is not written as a plain number. */
function secondsOf(line: PlainLine): number {
  if (line.type[DURATION] === FLAG || line.type[DURATION] === LIST) return -1;
  const text = line.text(DURATION);
  return /^\d{1,12}(?:\.\d{1,12})?$/.test(text) ? Number(text) : -1;
}

/** Whether a field begins as a Python literal does. */
function isLiteral(line: PlainLine, field: number): boolean {
  const from = line.from[field]!;
  if (line.to[field]! - from < 2) return false;
  const first = line.bytes[from];
  const quote = first === 0x62 ? line.bytes[from + 1] : first;
  return quote === 0x27 || quote === 0x22;
}
