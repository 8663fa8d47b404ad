// A session's events in a few bytes each: times as differences, texts as dictionary numbers, the rest as JSON.
import type { Kind } from './schema.ts';

/** How a field is packed: by a dictionary, as a whole number, as a flag, as 32 bytes of hexadecimal, as a path ending in the event's shasum, or as it is. */
type Packing = Kind | 'integer' | 'flag' | 'sha256' | 'shapath' | 'raw';

/** Fields with a place of their own, by id; anything else of an event goes into its JSON rest. */
const shapes: Record<string, readonly (readonly [field: string, packing: Packing])[]> = {
  'cowrie.session.connect': [
    ['src_port', 'integer'],
    ['dst_ip', 'text'],
    ['dst_port', 'integer'],
    ['protocol', 'protocol'],
  ],
  'cowrie.session.closed': [['duration_ms', 'integer']],
  'cowrie.session.params': [['arch', 'text']],
  'cowrie.client.version': [['version', 'client']],
  'cowrie.client.kex': [['hassh', 'hassh']],
  'cowrie.client.size': [
    ['width', 'integer'],
    ['height', 'integer'],
  ],
  'cowrie.client.var': [
    ['name', 'text'],
    ['value', 'text'],
  ],
  'cowrie.client.fingerprint': [
    ['username', 'username'],
    ['fingerprint', 'text'],
  ],
  'cowrie.login.success': [
    ['username', 'username'],
    ['password', 'password'],
  ],
  'cowrie.login.failed': [
    ['username', 'username'],
    ['password', 'password'],
  ],
  'kansatsuki.login.proof': [
    ['username', 'username'],
    ['scheme', 'text'],
  ],
  'cowrie.command.input': [['input', 'command']],
  'cowrie.command.failed': [['input', 'command']],
  'cowrie.command.success': [['input', 'command']],
  'cowrie.session.file_download': [
    ['shasum', 'hash'],
    ['url', 'url'],
    ['outfile', 'shapath'],
    ['destfile', 'text'],
    ['duplicate', 'flag'],
  ],
  'cowrie.session.file_upload': [
    ['shasum', 'hash'],
    ['url', 'text'],
    ['outfile', 'shapath'],
    ['destfile', 'text'],
    ['duplicate', 'flag'],
    ['filename', 'text'],
  ],
  'cowrie.session.file_download.failed': [['url', 'url']],
  'kansatsuki.session.summary': [
    ['persona', 'text'],
    ['stage', 'text'],
    ['commands', 'integer'],
    ['downloads', 'integer'],
    ['payloads', 'integer'],
    ['started', 'integer'],
  ],
  'kansatsuki.session.line': [
    ['exit_code', 'integer'],
    ['duration_ms', 'integer'],
  ],
  'kansatsuki.session.subsystem': [['name', 'text']],
  'kansatsuki.session.download_request': [
    ['url', 'url'],
    ['tool', 'text'],
    ['policy', 'text'],
    ['destfile', 'text'],
  ],
  'kansatsuki.session.download_result': [
    ['url', 'url'],
    ['tool', 'text'],
    ['bytes', 'integer'],
    ['address', 'text'],
    ['status', 'integer'],
    ['why', 'text'],
  ],
  'cowrie.log.open': [['ttylog', 'raw']],
  'cowrie.log.closed': [
    ['shasum', 'sha256'],
    ['ttylog', 'shapath'],
    ['size', 'integer'],
    ['duplicate', 'flag'],
    ['duration_ms', 'integer'],
  ],
  'cowrie.direct-tcpip.request': [
    ['dst_ip', 'text'],
    ['dst_port', 'integer'],
    ['orig_ip', 'text'],
    ['orig_port', 'integer'],
  ],
  'cowrie.direct-tcpip.data': [
    ['dst_ip', 'text'],
    ['dst_port', 'integer'],
    ['id', 'integer'],
    ['data', 'raw'],
  ],
  'cowrie.telnet.option': [
    ['command', 'text'],
    ['option_name', 'text'],
    ['option_byte', 'integer'],
  ],
};
const none: (typeof shapes)[string] = [];

/** Ids whose JSON rest is the same for many events: kept once, in the dictionary `fields`. */
const sharedRest = new Set([
  'cowrie.client.kex',
  'kansatsuki.client.kexinit',
  'kansatsuki.session.line',
  'cowrie.client.version',
  'cowrie.session.params',
  'cowrie.telnet.option',
  'cowrie.login.failed',
  'cowrie.login.success',
  'cowrie.session.connect',
]);

/** Gives the number of a text. */
export type Intern = (kind: Kind, value: string) => number;
/** Gives the text of a number. */
export type Resolve = (kind: Kind, id: number) => string;

const HEX64 = /^[0-9a-f]{64}$/;

/** Writes one event's body: `eventid`, placed fields, rest. One packer serves one writer; it is not re-entrant. */
export class Packer {
  #buffer = Buffer.alloc(4096);
  #at = 0;
  readonly #intern: Intern;
  /** Number of the packed event's id. */
  eventid = 0;
  /** Numbers of the packed event's placed words, by kind; 0 for none. Of two words of one kind the first counts. */
  readonly words = { username: 0, password: 0, command: 0, client: 0, hassh: 0, url: 0, hash: 0 };
  /** Key exchange lists are long and few: their JSON is made once. */
  readonly #rests = new Map<string, number>();

  constructor(intern: Intern) {
    this.#intern = intern;
  }

  /**
   * @param skip fields that the caller keeps elsewhere (the envelope)
   * @returns the body; valid until the next call
   */
  pack(eventid: string, event: Record<string, unknown>, skip: ReadonlySet<string>): Buffer {
    this.#at = 0;
    const { words } = this;
    words.username = words.password = words.command = words.client = words.hassh = words.url = words.hash = 0;
    this.eventid = this.#intern('eventid', eventid);
    this.#varint(this.eventid);
    const shape = shapes[eventid] ?? none;
    let placed = 0;
    for (const [field, packing] of shape) if (this.#place(event, field, packing)) placed++;
    this.#rest(eventid, event, shape, placed, skip);
    return this.#buffer.subarray(0, this.#at);
  }

  /** Forgets numbers that a rolled-back transaction had given. */
  forget(): void {
    this.#rests.clear();
  }

  #place(event: Record<string, unknown>, field: string, packing: Packing): boolean {
    const value = event[field];
    switch (packing) {
      case 'integer':
        if (Number.isSafeInteger(value) && (value as number) >= 0) {
          this.#varint((value as number) + 1);
          return true;
        }
        break;
      case 'flag':
        if (typeof value === 'boolean') {
          this.#varint(value ? 2 : 1);
          return true;
        }
        break;
      case 'sha256':
        if (typeof value === 'string' && HEX64.test(value)) {
          this.#varint(1);
          this.#reserve(32);
          this.#at += this.#buffer.write(value, this.#at, 'hex');
          return true;
        }
        break;
      case 'shapath': {
        const { shasum } = event;
        if (typeof value === 'string' && typeof shasum === 'string' && shasum !== '' && value.endsWith(shasum)) {
          this.#varint(this.#intern('text', value.slice(0, value.length - shasum.length)));
          return true;
        }
        break;
      }
      case 'raw':
        if (typeof value === 'string' && value.isWellFormed()) {
          this.#varint(Buffer.byteLength(value) + 1);
          this.#text(value);
          return true;
        }
        break;
      default:
        if (typeof value === 'string') {
          const id = this.#intern(packing, value);
          if (packing in this.words) this.words[packing as keyof typeof this.words] ||= id;
          this.#varint(id);
          return true;
        }
    }
    this.#varint(0);
    return false;
  }

  #rest(
    eventid: string,
    event: Record<string, unknown>,
    shape: (typeof shapes)[string],
    placed: number,
    skip: ReadonlySet<string>,
  ): void {
    if (
      eventid === 'cowrie.client.kex' &&
      typeof event['hasshAlgorithms'] === 'string' &&
      event['message'] === undefined
    ) {
      const { hasshAlgorithms, keyAlgs, langCS, compCS } = event;
      const key = `${hasshAlgorithms}\n${keyAlgs}\n${langCS}\n${compCS}`;
      let id = this.#rests.get(key);
      if (id === undefined) {
        id = this.#intern('fields', restOf(event, shape, skip) ?? '{}');
        if (this.#rests.size > 2000) this.#rests.clear();
        this.#rests.set(key, id);
      }
      this.#varint(id * 2 + 1);
      return;
    }
    let extra = false;
    let seen = 0;
    for (const name in event) {
      if (event[name] === undefined || skip.has(name)) continue;
      seen++;
      if (seen > placed) {
        extra = true;
        break;
      }
    }
    if (!extra) {
      this.#varint(0);
      return;
    }
    const rest = restOf(event, shape, skip);
    if (rest === undefined) this.#varint(0);
    else if (rest.length <= 8192 && sharedRest.has(eventid)) this.#varint(this.#intern('fields', rest) * 2 + 1);
    else {
      this.#varint(Buffer.byteLength(rest) * 2);
      this.#text(rest);
    }
  }

  #text(value: string): void {
    this.#reserve(value.length * 3);
    this.#at += this.#buffer.write(value, this.#at);
  }

  #varint(value: number): void {
    this.#reserve(8);
    this.#at = putVarint(this.#buffer, this.#at, value);
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes + 16 <= this.#buffer.length) return;
    const larger = Buffer.alloc(Math.max(this.#buffer.length * 2, this.#at + bytes + 16));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

/** The fields without place as JSON with sorted keys; undefined when there are none. Over-long nesting cannot occur: it came from JSON. */
function restOf(
  event: Record<string, unknown>,
  shape: (typeof shapes)[string],
  skip: ReadonlySet<string>,
): string | undefined {
  const rest: Record<string, unknown> = {};
  let any = false;
  for (const name of Object.keys(event).sort()) {
    const value = event[name];
    if (value === undefined || skip.has(name)) continue;
    const packing = shape.find(([field]) => field === name)?.[1];
    if (packing !== undefined && fits(packing, value, event)) continue;
    Object.defineProperty(rest, name, { value, enumerable: true });
    any = true;
  }
  return any ? JSON.stringify(rest) : undefined;
}

function fits(packing: Packing, value: unknown, event: Record<string, unknown>): boolean {
  switch (packing) {
    case 'integer':
      return Number.isSafeInteger(value) && (value as number) >= 0;
    case 'flag':
      return typeof value === 'boolean';
    case 'sha256':
      return typeof value === 'string' && HEX64.test(value);
    case 'shapath':
      return (
        typeof value === 'string' &&
        typeof event['shasum'] === 'string' &&
        event['shasum'] !== '' &&
        value.endsWith(event['shasum'])
      );
    case 'raw':
      return typeof value === 'string' && value.isWellFormed();
    default:
      return typeof value === 'string';
  }
}

/** Reads one body back. */
export function unpack(body: Buffer, resolve: Resolve): { eventid: string; fields: Record<string, unknown> } {
  const cursor = { at: 0 };
  const eventid = resolve('eventid', getVarint(body, cursor));
  const fields: Record<string, unknown> = {};
  const paths: [string, number][] = [];
  for (const [field, packing] of shapes[eventid] ?? none) {
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
  return (shapes[eventid] ?? none).map(([, packing]) => packing);
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

  append(micros: number, body: Buffer): void {
    if (this.#length + body.length + 24 > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + body.length + 24));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    const difference = micros - this.#previous;
    this.#previous = micros;
    // Zigzag: small negative differences stay small.
    let at = putVarint(this.#buffer, this.#length, difference >= 0 ? difference * 2 : -difference * 2 - 1);
    at = putVarint(this.#buffer, at, body.length);
    at += body.copy(this.#buffer, at);
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
