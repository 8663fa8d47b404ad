// The file form of a range table: a line of JSON that says what it is, and its columns one after another, all compressed with Zstandard.
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

const MAGIC = 'kansatsuki range table 1';
/** A table of all the internet has some ten million bytes. */
const MOST_BYTES = 256 << 20;

const kinds = {
  starts4: Uint32Array,
  places4: Uint32Array,
  starts6: Uint32Array,
  places6: Uint32Array,
  countries: Uint16Array,
  asns: Uint32Array,
  nameStarts: Uint32Array,
  names: Uint8Array,
} as const satisfies Record<keyof Columns, unknown>;
const names = Object.keys(kinds) as (keyof Columns)[];

export function packRanges(head: PackedHead, table: RangeTable): Buffer {
  const lengths = names.map((name) => table.columns[name].length);
  const first = Buffer.from(`${JSON.stringify({ magic: MAGIC, ...head, lengths })}\n`);
  // Columns begin at a multiple of four, as their views need it.
  const parts: Buffer[] = [first, Buffer.alloc(padding(first.length))];
  for (const name of names) {
    const { buffer, byteOffset, byteLength } = table.columns[name];
    parts.push(Buffer.from(buffer, byteOffset, byteLength), Buffer.alloc(padding(byteLength)));
  }
  return zstdCompressSync(Buffer.concat(parts), { params: { [constants.ZSTD_c_compressionLevel]: 12 } });
}

/** @throws Error when the file is not whole or of another form */
export function unpackRanges(file: Buffer): { head: PackedHead; table: RangeTable } {
  const bytes = zstdDecompressSync(file, { maxOutputLength: MOST_BYTES });
  const end = bytes.indexOf(0x0a);
  const { magic, lengths, ...head } = JSON.parse(bytes.toString('utf8', 0, end)) as PackedHead & {
    magic: string;
    lengths: number[];
  };
  if (magic !== MAGIC) throw new Error(`not a ${MAGIC}`);
  let at = end + 1 + padding(end + 1);
  const columns = Object.fromEntries(
    names.map((name, i) => {
      const kind = kinds[name];
      const length = lengths[i]!;
      const column = new kind(bytes.buffer as ArrayBuffer, bytes.byteOffset + at, length);
      at += column.byteLength + padding(column.byteLength);
      return [name, column];
    }),
  ) as unknown as Columns;
  return { head, table: new RangeTable(columns) };
}

const padding = (length: number): number => (4 - (length % 4)) % 4;
