// The data types of RFC 4251 §5: a bounded reader, and a writer that builds a packet's payload in place.
import { type Layer, Violation } from './violation.ts';

/** Reads a payload from front to back; whatever does not fit is a violation of the layer it was made for. */
export class Reader {
  private readonly bytes: Buffer;
  private readonly layer: Layer;
  private readonly lenient: boolean;
  private at: number;

  /** `lenient` as in behaviour.ts. */
  constructor(bytes: Buffer, layer: Layer, at = 0, lenient = false) {
    this.bytes = bytes;
    this.layer = layer;
    this.at = at;
    this.lenient = lenient;
  }

  get remaining(): number {
    return this.bytes.length - this.at;
  }

  u8(): number {
    this.need(1);
    return this.bytes[this.at++]!;
  }

  /** A boolean as sshd reads it: any value but 0 is true. */
  boolean(): boolean {
    return this.u8() !== 0;
  }

  u32(): number {
    this.need(4);
    const value = this.bytes.readUInt32BE(this.at);
    this.at += 4;
    return value;
  }

  raw(length: number): Buffer {
    this.need(length);
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** A string; the buffer is a view into the packet. */
  string(): Buffer {
    const length = this.u32();
    return this.raw(length);
  }

  /** A string that sshd keeps as a C string: a NUL is only allowed at its end (sshbuf_get_cstring), where it is cut off. */
  cstring(): Buffer {
    const value = this.string();
    const nul = value.indexOf(0);
    if (nul < 0) return value;
    if (nul < value.length - 1 && !this.lenient) throw new Violation(this.layer, 'NUL inside a string');
    return value.subarray(0, nul);
  }

  /** A C string as text; only for names that are compared with ASCII names. */
  text(): string {
    return this.cstring().toString('latin1');
  }

  nameList(): string[] {
    const text = this.text();
    return text === '' ? [] : text.split(',');
  }

  /** A positive mpint without its leading zeros, limited as in sshbuf_get_bignum2: not negative, at most 16,384 bits. */
  mpint(): Buffer {
    let value = this.string();
    if (value.length > 0 && value[0]! & 0x80) throw new Violation(this.layer, 'negative number');
    if (value.length > 2049 || (value.length === 2049 && value[0] !== 0))
      throw new Violation(this.layer, 'number too large');
    while (value.length > 0 && value[0] === 0) value = value.subarray(1);
    return value;
  }

  rest(): Buffer {
    return this.raw(this.remaining);
  }

  end(): void {
    if (this.remaining !== 0 && !this.lenient) throw new Violation(this.layer, 'trailing bytes in a message');
  }

  private need(length: number): void {
    if (length > this.bytes.length - this.at) throw new Violation(this.layer, 'message too short');
  }
}

/** Bytes kept free in front of the payload for packet_length and padding_length. */
export const HEAD = 5;

/** Builds one payload at a time in a buffer that is used again for the next: `start` forgets what was there. */
export class Writer {
  /** The packet under construction, payload from `HEAD` to `length`. */
  bytes: Buffer = Buffer.allocUnsafeSlow(40 * 1024);
  length = HEAD;

  start(type: number): this {
    this.length = HEAD;
    return this.u8(type);
  }

  u8(value: number): this {
    this.room(1);
    this.bytes[this.length++] = value;
    return this;
  }

  boolean(value: boolean): this {
    return this.u8(value ? 1 : 0);
  }

  u32(value: number): this {
    this.room(4);
    this.length = this.bytes.writeUInt32BE(value >>> 0, this.length);
    return this;
  }

  raw(value: Uint8Array): this {
    this.room(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
    return this;
  }

  string(value: Uint8Array | string): this {
    if (typeof value !== 'string') return this.u32(value.length).raw(value);
    this.u32(value.length).room(value.length);
    this.length += this.bytes.write(value, this.length, 'latin1');
    return this;
  }

  /** A positive number from its big-endian bytes. */
  mpint(value: Uint8Array): this {
    let at = 0;
    while (at < value.length && value[at] === 0) at++;
    const digits = value.subarray(at);
    if (digits.length > 0 && digits[0]! & 0x80)
      return this.u32(digits.length + 1)
        .u8(0)
        .raw(digits);
    return this.string(digits);
  }

  /** A copy of the payload. */
  payload(): Buffer {
    return Buffer.from(this.bytes.subarray(HEAD, this.length));
  }

  /** Makes sure that `more` bytes fit. */
  room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + more));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}

/** A copy in memory of its own, for what lives as long as a connection: a small `Buffer.from` would keep a shared slab of 64 KiB alive. */
export function keep(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** A `string` of RFC 4251 by itself. */
export function encodeString(value: Uint8Array | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
  const out = Buffer.allocUnsafe(4 + bytes.length);
  out.writeUInt32BE(bytes.length, 0);
  out.set(bytes, 4);
  return out;
}

/** An `mpint` of RFC 4251 by itself, from big-endian bytes of a positive number. */
export function encodeMpint(value: Uint8Array): Buffer {
  let at = 0;
  while (at < value.length && value[at] === 0) at++;
  const digits = value.subarray(at);
  if (digits.length === 0 || digits[0]! < 0x80) return encodeString(digits);
  const out = Buffer.allocUnsafe(5 + digits.length);
  out.writeUInt32BE(digits.length + 1, 0);
  out[4] = 0;
  out.set(digits, 5);
  return out;
}
