// Decompression of bzip2 (the .bz2 format), block by block.
import type { Process } from '../../machine/machine.ts';
import { Failure } from '../failure.ts';

const BAD = 'data integrity (CRC) error in data';

class Bits {
  readonly #data: Buffer;
  #at = 0;
  #held = 0;
  #count = 0;

  constructor(data: Buffer, at: number) {
    this.#data = data;
    this.#at = at;
  }

  read(n: number): number {
    while (this.#count < n) {
      if (this.#at >= this.#data.length) throw new Failure('file ends unexpectedly');
      // At most 24 bits wanted with 7 held: stays below 2^32.
      this.#held = ((this.#held << 8) | this.#data[this.#at++]!) >>> 0;
      this.#count += 8;
    }
    const value = (this.#held >>> (this.#count - n)) & ((1 << n) - 1);
    this.#count -= n;
    this.#held &= (1 << this.#count) - 1;
    return value;
  }

  /** Where the next byte is, after the bits of the current one are dropped. */
  aligned(): number {
    this.#count = 0;
    this.#held = 0;
    return this.#at;
  }
}

/** The decompressed content, at most `limit` bytes; several streams in a row are one. Throws Failure. */
export async function bunzip(process: Process, data: Buffer, limit: number): Promise<Buffer> {
  const output: Buffer[] = [];
  let total = 0;
  for (let start = 0; start < data.length; ) {
    if (data.toString('latin1', start, start + 3) !== 'BZh') {
      if (start > 0) break;
      throw new Failure('not a bzip2 file');
    }
    const size = (data[start + 3]! - 0x30) * 100_000;
    if (!(size >= 100_000 && size <= 900_000)) throw new Failure('not a bzip2 file');
    const bits = new Bits(data, start + 4);
    for (;;) {
      const magic = bits.read(24) * 0x1000000 + bits.read(24);
      if (magic === 0x177245385090) {
        bits.read(16);
        bits.read(16);
        start = bits.aligned();
        break;
      }
      if (magic !== 0x314159265359) throw new Failure(BAD);
      const block = decodeBlock(bits, size);
      total += block.length;
      if (total > limit) throw new Failure('No space left on device');
      output.push(block);
      const turn = process.step(20_000);
      if (turn) await turn;
    }
  }
  return Buffer.concat(output);
}

function decodeBlock(bits: Bits, size: number): Buffer {
  bits.read(16);
  bits.read(16);
  if (bits.read(1)) throw new Failure(BAD);
  const origin = bits.read(24);
  const used: number[] = [];
  const ranges = bits.read(16);
  for (let i = 0; i < 16; i++) {
    if (!((ranges >> (15 - i)) & 1)) continue;
    const members = bits.read(16);
    for (let j = 0; j < 16; j++) if ((members >> (15 - j)) & 1) used.push(i * 16 + j);
  }
  const groups = bits.read(3);
  const selectorCount = bits.read(15);
  if (groups < 2 || groups > 6 || selectorCount < 1 || used.length === 0) throw new Failure(BAD);
  const order = Array.from({ length: groups }, (_, i) => i);
  const selectors = new Uint8Array(selectorCount);
  for (let i = 0; i < selectorCount; i++) {
    let j = 0;
    while (bits.read(1)) if (++j >= groups) throw new Failure(BAD);
    const [value] = order.splice(j, 1);
    order.unshift(value!);
    selectors[i] = value!;
  }
  const symbols = used.length + 2;
  const tables = Array.from({ length: groups }, () => {
    const lengths = new Uint8Array(symbols);
    let length = bits.read(5);
    for (let i = 0; i < symbols; i++) {
      while (bits.read(1)) length += bits.read(1) ? -1 : 1;
      if (length < 1 || length > 20) throw new Failure(BAD);
      lengths[i] = length;
    }
    return canonical(lengths);
  });
  const front = [...used];
  const block = new Uint32Array(size);
  const counts = new Uint32Array(256);
  let filled = 0;
  let run = 0;
  let weight = 1;
  const flush = () => {
    if (run === 0) return;
    const byte = front[0]!;
    if (filled + run > size) throw new Failure(BAD);
    counts[byte]! += run;
    block.fill(byte, filled, filled + run);
    filled += run;
    run = 0;
    weight = 1;
  };
  for (let group = 0, left = 0, table = tables[0]!; ; left--) {
    if (left === 0) {
      if (group >= selectorCount) throw new Failure(BAD);
      table = tables[selectors[group++]!]!;
      left = 50;
    }
    const symbol = decodeSymbol(bits, table);
    if (symbol <= 1) {
      run += weight << symbol;
      weight <<= 1;
      if (run > size) throw new Failure(BAD);
      continue;
    }
    flush();
    if (symbol === symbols - 1) break;
    const [byte] = front.splice(symbol - 1, 1);
    if (byte === undefined || filled >= size) throw new Failure(BAD);
    front.unshift(byte);
    counts[byte]!++;
    block[filled++] = byte;
  }
  // The inverse of the Burrows-Wheeler transform: the upper bits chain the rows.
  let sum = 0;
  for (let i = 0; i < 256; i++) {
    const count = counts[i]!;
    counts[i] = sum;
    sum += count;
  }
  for (let i = 0; i < filled; i++) block[counts[block[i]! & 255]!++]! |= i << 8;
  if (origin >= filled) throw new Failure(BAD);
  const plain: number[] = [];
  let at = block[origin]! >>> 8;
  let same = 0;
  let previous = -1;
  for (let i = 0; i < filled; i++) {
    const cell = block[at]!;
    const byte = cell & 255;
    at = cell >>> 8;
    if (same === 4) {
      for (let j = 0; j < byte; j++) plain.push(previous);
      same = 0;
      previous = -1;
      continue;
    }
    same = byte === previous ? same + 1 : 1;
    previous = byte;
    plain.push(byte);
  }
  return Buffer.from(plain);
}

interface Table {
  limit: Int32Array;
  base: Int32Array;
  symbols: number[];
}

function canonical(lengths: Uint8Array): Table {
  const symbols: number[] = [];
  const limit = new Int32Array(22).fill(-1);
  const base = new Int32Array(22);
  let code = 0;
  for (let length = 1; length <= 20; length++) {
    base[length] = symbols.length - code;
    for (let i = 0; i < lengths.length; i++) {
      if (lengths[i] !== length) continue;
      symbols.push(i);
      code++;
    }
    limit[length] = code - 1;
    code <<= 1;
  }
  return { limit, base, symbols };
}

function decodeSymbol(bits: Bits, { limit, base, symbols }: Table): number {
  let code = 0;
  for (let length = 1; length <= 20; length++) {
    code = (code << 1) | bits.read(1);
    if (code <= limit[length]!) {
      const symbol = symbols[base[length]! + code];
      if (symbol !== undefined) return symbol;
    }
  }
  throw new Failure(BAD);
}
