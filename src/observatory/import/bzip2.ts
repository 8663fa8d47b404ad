// Reads bzip2 files: blocks of up to 900 KB, each Huffman coded, moved to front and sorted (Burrows and Wheeler).
import { type Bytes, CutOff, type Note } from './bytes.ts';

/** 48 bits before each block (π) and before the end (√π). */
const BLOCK = 0x314159265359;
const END = 0x177245385090;
const LONGEST_CODE = 20;
/** A block's coded form is never longer than this: every bit of 900,000 symbols of 20 bits, and the tables. */
const LONGEST_BLOCK = 2_400_000;
const OUTPUT = 1 << 18;

/**
 * The content of all streams, block after block.
 * @param note told of damage that was passed over
 * @throws CutOff; an Error in damaged data, after all whole blocks before it
 */
export async function* bunzip2(bytes: Bytes, note: Note): AsyncGenerator<Buffer> {
  let streams = 0;
  for (;;) {
    const head = await bytes.peek(4);
    if (head.length === 0 && streams > 0) return;
    const level = (head[3] ?? 0) - 0x30;
    if (head.toString('latin1', 0, 3) !== 'BZh' || level < 1 || level > 9) {
      if (streams === 0) throw new Error('no bzip2 data');
      if (head.some((byte) => byte !== 0)) note('bytes that are no bzip2 data follow the compressed data');
      return;
    }
    streams++;
    yield* stream(bytes, level * 100_000);
  }
}

async function* stream(bytes: Bytes, blockSize: number): AsyncGenerator<Buffer> {
  await bytes.skip(4);
  const block = new Block(blockSize);
  // Blocks end within a byte.
  let shift = 0;
  for (;;) {
    const piece = await bytes.peek(LONGEST_BLOCK);
    const bits = new Bits(piece, shift);
    const magic = bits.read(24) * 2 ** 24 + bits.read(24);
    if (magic === END) {
      bits.read(32);
      await bytes.skip((bits.at + 7) >> 3);
      return;
    }
    if (magic !== BLOCK) throw bits.over ? new CutOff('the compressed data') : new Error('no bzip2 block');
    const crc = bits.read(32);
    try {
      block.decode(bits);
    } catch (error) {
      throw bits.over ? new CutOff('the compressed data') : error;
    }
    if (bits.over) throw new CutOff('the compressed data');
    await bytes.skip(bits.at >> 3);
    shift = bits.at & 7;
    yield* block.output();
    if (block.crc !== crc) throw new Error('the checksum of a bzip2 block is wrong');
  }
}

/** Bits, the most significant first. Past the end come zeros, and `over` says so. */
class Bits {
  readonly #bytes: Buffer;
  /** The next byte to take; up to 25 bits and more that were taken are in `#held`. */
  #next: number;
  #held = 0;
  #count = 0;

  constructor(bytes: Buffer, shift: number) {
    this.#bytes = bytes;
    this.#next = 0;
    if (shift > 0) this.read(shift);
  }

  /** Bits from the beginning of the bytes. */
  get at(): number {
    return this.#next * 8 - this.#count;
  }

  get over(): boolean {
    return this.at > this.#bytes.length * 8;
  }

  /** The next `count` bits, at most 24, without taking them. */
  look(count: number): number {
    while (this.#count < count) {
      this.#held = ((this.#held << 8) | (this.#bytes[this.#next++] ?? 0)) >>> 0;
      this.#count += 8;
    }
    return (this.#held >>> (this.#count - count)) & ((1 << count) - 1);
  }

  take(count: number): void {
    this.#count -= count;
  }

  bit(): number {
    return this.read(1);
  }

  /** Up to 32 bits as an unsigned number. */
  read(count: number): number {
    if (count > 16) return this.read(count - 16) * 65_536 + this.read(16);
    const value = this.look(count);
    this.#count -= count;
    return value;
  }
}

interface Table {
  shortest: number;
  longest: number;
  /** By length of code: the largest code of it, and what to take off for the place in `symbols`. */
  limit: Int32Array;
  base: Int32Array;
  symbols: Uint16Array;
  /** By the next bits, for codes that are not longer: symbol × 32 + length; 0 for longer ones. */
  quick: Uint16Array;
}

const QUICK = 10;

class Block {
  readonly #size: number;
  /** The sorted column in the low byte, then the chain through it in the upper 24 bits. */
  readonly #chain: Uint32Array;
  #count = 0;
  #origin = 0;
  crc = 0;

  constructor(size: number) {
    this.#size = size;
    this.#chain = new Uint32Array(size);
  }

  decode(bits: Bits): void {
    if (bits.bit()) throw new Error('a bzip2 block of the first, obsolete kind');
    this.#origin = bits.read(24);
    const used = usedBytes(bits);
    const groups = bits.read(3);
    const selectors = readSelectors(bits, groups);
    const tables = Array.from({ length: groups }, () => readTable(bits, used.length + 2));
    this.#symbols(bits, used, tables, selectors);
    if (this.#origin >= this.#count && this.#count > 0) throw new Error('a damaged bzip2 block');
  }

  /** Undoes the coding and moving to front; the bytes come into the low 8 bits of the chain. */
  #symbols(bits: Bits, used: number[], tables: Table[], selectors: Uint8Array): void {
    const front = Uint8Array.from(used);
    const chain = this.#chain;
    const last = used.length + 1;
    let count = 0;
    let run = 0;
    let weight = 1;
    for (let n = 0, group = 0, table = tables[0]!; ; n++) {
      if (n % 50 === 0) {
        if (group >= selectors.length) throw new Error('a damaged bzip2 block');
        table = tables[selectors[group++]!]!;
      }
      const symbol = readSymbol(bits, table);
      if (symbol < 2) {
        run += weight << symbol;
        weight *= 2;
        if (run > this.#size) throw new Error('a damaged bzip2 block');
        continue;
      }
      if (run > 0) {
        if (count + run > this.#size) throw new Error('a damaged bzip2 block');
        chain.fill(front[0]!, count, count + run);
        count += run;
        run = 0;
        weight = 1;
      }
      if (symbol === last) break;
      if (count >= this.#size) throw new Error('a damaged bzip2 block');
      const place = symbol - 1;
      const byte = front[place]!;
      if (place > 16) front.copyWithin(1, 0, place);
      else for (let i = place; i > 0; i--) front[i] = front[i - 1]!;
      front[0] = byte;
      chain[count++] = byte;
    }
    this.#count = count;
  }

  /** Follows the chain and undoes the first run-length coding: four equal bytes and how many more. */
  *output(): Generator<Buffer> {
    const chain = this.#chain;
    const count = this.#count;
    const starts = new Uint32Array(257);
    for (let i = 0; i < count; i++) starts[(chain[i]! & 0xff) + 1]!++;
    for (let i = 0; i < 256; i++) starts[i + 1]! += starts[i]!;
    for (let i = 0; i < count; i++) {
      const place = starts[chain[i]! & 0xff]!++;
      chain[place] = (chain[place]! & 0xff) | (i << 8);
    }
    let out = Buffer.allocUnsafe(OUTPUT);
    let length = 0;
    let crc = 0xffffffff;
    let previous = -1;
    let equal = 0;
    let position = count > 0 ? chain[this.#origin]! >>> 8 : 0;
    for (let left = count; left > 0; left--) {
      const entry = chain[position]!;
      const byte = entry & 0xff;
      position = entry >>> 8;
      if (equal === 4) {
        for (let i = 0; i < byte; i++) {
          out[length++] = previous;
          crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ previous]!;
        }
        equal = 0;
        previous = -1;
      } else {
        equal = byte === previous ? equal + 1 : 1;
        previous = byte;
        out[length++] = byte;
        crc = (crc << 8) ^ crcTable[(crc >>> 24) ^ byte]!;
      }
      if (length > OUTPUT - 256) {
        yield out.subarray(0, length);
        out = Buffer.allocUnsafe(OUTPUT);
        length = 0;
      }
    }
    this.crc = ~crc >>> 0;
    if (length > 0) yield out.subarray(0, length);
  }
}

function usedBytes(bits: Bits): number[] {
  const used: number[] = [];
  const rows = bits.read(16);
  for (let row = 0; row < 16; row++) {
    if (!(rows & (0x8000 >> row))) continue;
    const cells = bits.read(16);
    for (let cell = 0; cell < 16; cell++) if (cells & (0x8000 >> cell)) used.push(row * 16 + cell);
  }
  return used;
}

function readSelectors(bits: Bits, groups: number): Uint8Array {
  const count = bits.read(15);
  if (groups < 2 || groups > 6 || count === 0) throw new Error('a damaged bzip2 block');
  const front = Array.from({ length: groups }, (_, i) => i);
  const selectors = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    let place = 0;
    while (bits.bit() === 1) if (++place >= groups) throw new Error('a damaged bzip2 block');
    const [selected] = front.splice(place, 1);
    front.unshift(selected!);
    selectors[i] = selected!;
  }
  return selectors;
}

function readTable(bits: Bits, symbols: number): Table {
  const lengths = new Uint8Array(symbols);
  let length = bits.read(5);
  for (let symbol = 0; symbol < symbols; symbol++) {
    for (;;) {
      if (length < 1 || length > LONGEST_CODE) throw new Error('a damaged bzip2 block');
      if (!bits.bit()) break;
      length += bits.bit() ? -1 : 1;
    }
    lengths[symbol] = length;
  }
  const shortest = Math.min(...lengths);
  const longest = Math.max(...lengths);
  const limit = new Int32Array(LONGEST_CODE + 2);
  const base = new Int32Array(LONGEST_CODE + 2);
  const order = new Uint16Array(symbols);
  let place = 0;
  let code = 0;
  for (let size = shortest; size <= longest; size++) {
    base[size] = code - place;
    for (let symbol = 0; symbol < symbols; symbol++)
      if (lengths[symbol] === size) {
        order[place++] = symbol;
        code++;
      }
    limit[size] = code - 1;
    code <<= 1;
  }
  const quick = new Uint16Array(1 << QUICK);
  place = 0;
  code = 0;
  for (let size = shortest; size <= Math.min(longest, QUICK); size++, code <<= 1)
    for (; code <= limit[size]! && place < symbols; place++, code++) {
      const first = code << (QUICK - size);
      quick.fill(order[place]! * 32 + size, first, first + (1 << (QUICK - size)));
    }
  return { shortest, longest, limit, base, symbols: order, quick };
}

function readSymbol(bits: Bits, { shortest, longest, limit, base, symbols, quick }: Table): number {
  const known = quick[bits.look(QUICK)]!;
  if (known !== 0) {
    bits.take(known & 31);
    return known >> 5;
  }
  let code = bits.read(shortest);
  for (let size = shortest; size <= longest; size++) {
    if (code <= limit[size]!) {
      const symbol = symbols[code - base[size]!];
      if (symbol !== undefined) return symbol;
      break;
    }
    code = (code << 1) | bits.bit();
  }
  throw new Error('a damaged bzip2 block');
}

/** CRC-32 of the polynomial 0x04c11db7, most significant bit first. */
const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let i = 0; i < 8; i++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});
