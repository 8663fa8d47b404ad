// The file form of a range table: its size (four bytes, little endian), then, compressed with Zstandard, a line of JSON that says what it is, and its columns.
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Columns, RangeTable } from './ranges.ts';

/** What a packed table says of itself. */
export interface PackedHead {
  /** What it was made of. */
  name: string;
  /** Milliseconds since the epoch of the data's state. */
  built: number;
  licence: string;
  /** Lines that have to be shown with what comes of the data. */
  attribution: readonly string[];
  /** What its makers warn of. */
  notice?: string;
}

const MAGIC = 'kansatsuki range table 2';
/** A table of all the internet has some ten million bytes. */
const MOST_BYTES = 256 << 20;

const names: readonly (keyof Columns)[] = [
  'starts4',
  'places4',
  'starts6',
  'places6',
  'countries',
  'asns',
  'nameStarts',
  'names',
];
/** By bytes of an element. */
const arrays = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array } as const;

export function packRanges(head: PackedHead, table: RangeTable): Buffer {
  const columns = names.map((name) => [table.columns[name].length, table.columns[name].BYTES_PER_ELEMENT]);
  const first = Buffer.from(`${JSON.stringify({ magic: MAGIC, ...head, columns })}\n`);
  // Columns begin at a multiple of four, as their views need it.
  const parts: Buffer[] = [first, Buffer.alloc(padding(first.length))];
  for (const name of names) {
    const { buffer, byteOffset, byteLength } = table.columns[name];
    parts.push(Buffer.from(buffer, byteOffset, byteLength), Buffer.alloc(padding(byteLength)));
  }
  const whole = Buffer.concat(parts);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(whole.length);
  return Buffer.concat([
    size,
    zstdCompressSync(whole, { params: { [constants.ZSTD_c_compressionLevel]: 12, [constants.ZSTD_c_windowLog]: 20 } }),
  ]);
}

/** @throws Error when the file is not whole or of another form */
export function unpackRanges(file: Buffer): { head: PackedHead; table: RangeTable } {
  const size = file.readUInt32LE(0);
  if (size > MOST_BYTES) throw new Error(`not a ${MAGIC}`);
  // Room for all of it at once, so that nothing is copied together out of pieces.
  const bytes = zstdDecompressSync(file.subarray(4), { maxOutputLength: size, chunkSize: Math.max(64, size + 1) });
  const end = bytes.indexOf(0x0a);
  const { magic, columns, ...head } = JSON.parse(bytes.toString('utf8', 0, end)) as PackedHead & {
    magic: string;
    columns: [length: number, elementBytes: 1 | 2 | 4][];
  };
  if (magic !== MAGIC) throw new Error(`not a ${MAGIC}`);
  let at = end + 1 + padding(end + 1);
  const read = names.map((name, i) => {
    const [length, elementBytes] = columns[i]!;
    const column = new arrays[elementBytes](bytes.buffer as ArrayBuffer, bytes.byteOffset + at, length);
    at += column.byteLength + padding(column.byteLength);
    return [name, column];
  });
  return { head, table: new RangeTable(Object.fromEntries(read) as unknown as Columns) };
}

const padding = (length: number): number => (4 - (length % 4)) % 4;
