// The .xz format: LZMA2 decompression, and compression into stored chunks.
import { crc32 } from 'node:zlib';
import type { Process } from '../../machine/machine.ts';
import { Failure } from '../failure.ts';

const BAD = 'Compressed data is corrupt';
const MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);

/** The decompressed content, at most `limit` bytes. Throws Failure in xz's words. */
export async function unxz(process: Process, data: Buffer, limit: number): Promise<Buffer> {
  const output: Buffer[] = [];
  let total = 0;
  let at = 0;
  if (!data.subarray(0, 6).equals(MAGIC)) throw new Failure('File format not recognized');
  while (at < data.length) {
    if (!data.subarray(at, at + 6).equals(MAGIC)) {
      if (data[at] === 0) {
        at += 4;
        continue;
      }
      throw new Failure(BAD);
    }
    const check = data[at + 7]! & 15;
    const checkSize = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64][check]!;
    at += 12;
    // Blocks until the index, which begins with a zero byte.
    while (data[at] !== 0) {
      if (at >= data.length) throw new Failure('Unexpected end of input');
      const header = (data[at]! + 1) * 4;
      at += header;
      const decoder = new Lzma2(data, at, limit - total);
      while (decoder.chunk()) {
        const turn = process.step(8_000);
        if (turn) await turn;
      }
      const block = decoder.result();
      total += block.length;
      output.push(block);
      at = decoder.at;
      while ((at & 3) !== 0) at++;
      at += checkSize;
    }
    at = skipIndex(data, at);
  }
  return Buffer.concat(output);
}

function skipIndex(data: Buffer, start: number): number {
  let at = start + 1;
  const number = () => {
    let value = 0;
    for (let shift = 0; shift < 63; shift += 7) {
      const byte = data[at++];
      if (byte === undefined) throw new Failure('Unexpected end of input');
      value += (byte & 127) * 2 ** shift;
      if (!(byte & 128)) break;
    }
    return value;
  };
  for (let records = number(); records > 0 && at < data.length; records--) {
    number();
    number();
  }
  while ((at - start) % 4 !== 0) at++;
  return at + 4 + 12;
}

const LENGTHS = { choice: 0, choice2: 1, low: 2, mid: 2 + 16 * 8, high: 2 + 16 * 8 * 2, size: 2 + 16 * 16 + 256 };

/** One LZMA2 stream. */
class Lzma2 {
  at: number;
  readonly #data: Buffer;
  readonly #limit: number;
  #out = Buffer.alloc(65536);
  #length = 0;
  #dictionaryStart = 0;
  #state = 0;
  #reps: [number, number, number, number] = [0, 0, 0, 0];
  #lc = 3;
  #lp = 0;
  #pb = 2;
  #range = 0;
  #code = 0;
  #literal = new Uint16Array(0);
  readonly #isMatch = new Uint16Array(12 << 4);
  readonly #isRep = new Uint16Array(12);
  readonly #isRep0 = new Uint16Array(12);
  readonly #isRep1 = new Uint16Array(12);
  readonly #isRep2 = new Uint16Array(12);
  readonly #isRep0Long = new Uint16Array(12 << 4);
  readonly #slot = new Uint16Array(4 * 64);
  readonly #special = new Uint16Array(115);
  readonly #align = new Uint16Array(16);
  readonly #matchLength = new Uint16Array(LENGTHS.size);
  readonly #repLength = new Uint16Array(LENGTHS.size);

  constructor(data: Buffer, at: number, limit: number) {
    this.#data = data;
    this.at = at;
    this.#limit = limit;
  }

  result(): Buffer {
    return this.#out.subarray(0, this.#length);
  }

  #room(more: number): void {
    if (this.#length + more > this.#limit) throw new Failure('Cannot allocate memory');
    if (this.#length + more <= this.#out.length) return;
    const larger = Buffer.alloc(Math.max(this.#out.length * 2, this.#length + more));
    this.#out.copy(larger, 0, 0, this.#length);
    this.#out = larger;
  }

  #next(): number {
    const byte = this.#data[this.at++];
    if (byte === undefined) throw new Failure('Unexpected end of input');
    return byte;
  }

  /** Decodes one chunk; false at the end. */
  chunk(): boolean {
    const control = this.#next();
    if (control === 0) return false;
    if (control === 1 || control === 2) {
      if (control === 1) this.#dictionaryStart = this.#length;
      const size = (this.#next() << 8) + this.#next() + 1;
      if (this.at + size > this.#data.length) throw new Failure('Unexpected end of input');
      this.#room(size);
      this.#data.copy(this.#out, this.#length, this.at, this.at + size);
      this.#length += size;
      this.at += size;
      return true;
    }
    if (control < 0x80) throw new Failure(BAD);
    const unpacked = ((control & 31) << 16) + (this.#next() << 8) + this.#next() + 1;
    const packed = (this.#next() << 8) + this.#next() + 1;
    const reset = (control >> 5) & 3;
    if (reset === 3) this.#dictionaryStart = this.#length;
    if (reset >= 2) {
      const properties = this.#next();
      this.#lc = properties % 9;
      this.#lp = Math.floor(properties / 9) % 5;
      this.#pb = Math.floor(properties / 45);
      if (this.#lc + this.#lp > 4 || this.#pb > 4) throw new Failure(BAD);
    }
    if (reset >= 1) this.#reset();
    const end = this.at + packed;
    this.#room(unpacked);
    this.#decode(unpacked);
    this.at = end;
    return true;
  }

  #reset(): void {
    this.#state = 0;
    this.#reps = [0, 0, 0, 0];
    this.#literal = new Uint16Array(0x300 << (this.#lc + this.#lp)).fill(1024);
    for (const table of [
      this.#isMatch,
      this.#isRep,
      this.#isRep0,
      this.#isRep1,
      this.#isRep2,
      this.#isRep0Long,
      this.#slot,
      this.#special,
      this.#align,
      this.#matchLength,
      this.#repLength,
    ])
      table.fill(1024);
  }

  #bit(table: Uint16Array, index: number): number {
    const probability = table[index]!;
    const bound = (this.#range >>> 11) * probability;
    let bit: number;
    if (this.#code < bound) {
      this.#range = bound;
      table[index] = probability + ((2048 - probability) >> 5);
      bit = 0;
    } else {
      this.#range -= bound;
      this.#code -= bound;
      table[index] = probability - (probability >> 5);
      bit = 1;
    }
    if (this.#range < 0x1000000) {
      this.#range = (this.#range * 256) >>> 0;
      this.#code = (this.#code * 256 + this.#next()) >>> 0;
    }
    return bit;
  }

  #tree(table: Uint16Array, base: number, bits: number): number {
    let symbol = 1;
    for (let i = 0; i < bits; i++) symbol = (symbol << 1) | this.#bit(table, base + symbol);
    return symbol - (1 << bits);
  }

  #reverse(table: Uint16Array, base: number, bits: number): number {
    let symbol = 1;
    let value = 0;
    for (let i = 0; i < bits; i++) {
      const bit = this.#bit(table, base + symbol);
      symbol = (symbol << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  #direct(bits: number): number {
    let value = 0;
    for (let i = 0; i < bits; i++) {
      this.#range >>>= 1;
      const bit = this.#code >= this.#range ? 1 : 0;
      if (bit) this.#code -= this.#range;
      value = value * 2 + bit;
      if (this.#range < 0x1000000) {
        this.#range = (this.#range * 256) >>> 0;
        this.#code = (this.#code * 256 + this.#next()) >>> 0;
      }
    }
    return value;
  }

  #matchLengthOf(table: Uint16Array, position: number): number {
    if (!this.#bit(table, LENGTHS.choice)) return 2 + this.#tree(table, LENGTHS.low + position * 8, 3);
    if (!this.#bit(table, LENGTHS.choice2)) return 10 + this.#tree(table, LENGTHS.mid + position * 8, 3);
    return 18 + this.#tree(table, LENGTHS.high, 8);
  }

  #decode(size: number): void {
    this.#next();
    this.#range = 0xffffffff;
    this.#code = 0;
    for (let i = 0; i < 4; i++) this.#code = (this.#code * 256 + this.#next()) >>> 0;
    const end = this.#length + size;
    while (this.#length < end) {
      const place = this.#length - this.#dictionaryStart;
      const position = place & ((1 << this.#pb) - 1);
      if (!this.#bit(this.#isMatch, (this.#state << 4) + position)) {
        this.#literalByte(place);
        continue;
      }
      let length: number;
      if (this.#bit(this.#isRep, this.#state)) {
        if (place === 0) throw new Failure(BAD);
        if (!this.#bit(this.#isRep0, this.#state)) {
          if (!this.#bit(this.#isRep0Long, (this.#state << 4) + position)) {
            this.#state = this.#state < 7 ? 9 : 11;
            this.#copy(1, end);
            continue;
          }
        } else {
          const [a, b, c, d] = this.#reps;
          if (!this.#bit(this.#isRep1, this.#state)) this.#reps = [b, a, c, d];
          else if (!this.#bit(this.#isRep2, this.#state)) this.#reps = [c, a, b, d];
          else this.#reps = [d, a, b, c];
        }
        length = this.#matchLengthOf(this.#repLength, position);
        this.#state = this.#state < 7 ? 8 : 11;
      } else {
        length = this.#matchLengthOf(this.#matchLength, position);
        this.#state = this.#state < 7 ? 7 : 10;
        const [a, b, c] = this.#reps;
        this.#reps = [this.#distance(length), a, b, c];
      }
      this.#copy(length, end);
    }
  }

  #literalByte(place: number): void {
    const previous = place > 0 ? this.#out[this.#length - 1]! : 0;
    const context = ((place & ((1 << this.#lp) - 1)) << this.#lc) + (previous >> (8 - this.#lc));
    const base = 0x300 * context;
    let symbol = 1;
    if (this.#state >= 7) {
      let match = this.#out[this.#length - this.#reps[0] - 1] ?? 0;
      while (symbol < 0x100) {
        const matchBit = (match >> 7) & 1;
        match <<= 1;
        const bit = this.#bit(this.#literal, base + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (bit !== matchBit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(this.#literal, base + symbol);
    this.#out[this.#length++] = symbol & 255;
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6;
  }

  #distance(length: number): number {
    const slot = this.#tree(this.#slot, Math.min(length - 2, 3) * 64, 6);
    if (slot < 4) return slot;
    const bits = (slot >> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < 14) return base + this.#reverse(this.#special, base - slot - 1, bits);
    return base + this.#direct(bits - 4) * 16 + this.#reverse(this.#align, 0, 4);
  }

  #copy(length: number, end: number): void {
    const distance = this.#reps[0] + 1;
    if (distance > this.#length - this.#dictionaryStart || this.#length + length > end) throw new Failure(BAD);
    for (let i = 0; i < length; i++) {
      this.#out[this.#length] = this.#out[this.#length - distance]!;
      this.#length++;
    }
  }
}

/** A valid .xz file of stored chunks: nothing is saved, everything can read it. */
export function xzStored(content: Buffer): Buffer {
  const flags = Buffer.from([0, 1]);
  const withCrc = (bytes: Buffer) => {
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(crc32(bytes));
    return Buffer.concat([bytes, sum]);
  };
  const parts: Buffer[] = [MAGIC, flags, withCrc(flags).subarray(2)];
  const header = withCrc(Buffer.from([2, 0, 0x21, 1, 0x16, 0, 0, 0]));
  const chunks: Buffer[] = [];
  for (let at = 0; at < content.length; at += 65536) {
    const part = content.subarray(at, at + 65536);
    chunks.push(Buffer.from([at === 0 ? 1 : 2, (part.length - 1) >> 8, (part.length - 1) & 255]), part);
  }
  chunks.push(Buffer.from([0]));
  const body = Buffer.concat(chunks);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(content));
  const unpadded = header.length + body.length + 4;
  const number = (value: number) => {
    const bytes: number[] = [];
    let left = value;
    for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
    return Buffer.from([...bytes, left]);
  };
  const none = content.length === 0;
  if (!none) parts.push(header, body, Buffer.alloc((4 - (body.length % 4)) % 4), sum);
  let index = Buffer.concat(
    none ? [Buffer.from([0, 0])] : [Buffer.from([0, 1]), number(unpadded), number(content.length)],
  );
  index = Buffer.concat([index, Buffer.alloc((4 - (index.length % 4)) % 4)]);
  const whole = withCrc(index);
  const tail = Buffer.alloc(6);
  tail.writeUInt32LE(whole.length / 4 - 1);
  flags.copy(tail, 4);
  const tailSum = Buffer.alloc(4);
  tailSum.writeUInt32LE(crc32(tail));
  parts.push(whole, tailSum, tail, Buffer.from('YZ'));
  return Buffer.concat(parts);
}
