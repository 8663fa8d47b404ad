// The compressions and encodings that are read, by the first bytes of a file, and those that are known but not read.
import type { Bytes, Note } from './bytes.ts';
import { bunzip2 } from './bzip2.ts';
import { gunzip } from './gzip.ts';
import { unzstd } from './inflate.ts';
import { fromUtf16 } from './utf16.ts';
import { unxz } from './xz.ts';

/** Gives the content; `note` is told of damage that was passed over. */
export type Decompress = (bytes: Bytes, note: Note) => AsyncGenerator<Buffer>;

const table: readonly { name: string; magic: string; decompress?: Decompress }[] = [
  { name: 'gzip', magic: '\x1f\x8b\x08', decompress: gunzip },
  { name: 'zstd', magic: '\x28\xb5\x2f\xfd', decompress: zstd },
  { name: 'bzip2', magic: 'BZh', decompress: bunzip2 },
  { name: 'xz', magic: '\xfd7zXZ\0', decompress: unxz },
  { name: 'UTF-16', magic: '\xff\xfe', decompress: fromUtf16('utf-16le') },
  { name: 'UTF-16', magic: '\xfe\xff', decompress: fromUtf16('utf-16be') },
  { name: 'lzma', magic: '\x5d\0\0' },
  { name: 'lz4', magic: '\x04\x22\x4d\x18' },
  { name: 'compress (.Z)', magic: '\x1f\x9d' },
  { name: '7-Zip', magic: '7z\xbc\xaf\x27\x1c' },
  { name: 'RAR', magic: 'Rar!\x1a\x07' },
];

/** How a file that begins like this is compressed; `decompress` is undefined for what is not read. */
export function compressionOf(head: Buffer): { name: string; decompress: Decompress | undefined } | undefined {
  const start = head.toString('latin1', 0, 8);
  const found = table.find(({ name, magic }) =>
    // Three letters are little: a level and the mark of a block (or of the end) follow them.
    name === 'bzip2' ? /^BZh[1-9](?:1AY&|\x17rE8)/.test(start) : start.startsWith(magic),
  );
  return found && { name: found.name, decompress: found.decompress };
}

/** By name, for archives that state it. */
export const decompressionOf = (name: string): Decompress => table.find((row) => row.name === name)!.decompress!;

/** A file's name without the ending of its compression. */
export const withoutEnding = (name: string): string => name.replace(/\.(?:gz|gzip|zst|zstd|bz2|xz)$/i, '');

/** Frames one after another; skippable ones (RFC 8878 §3.1.2) are skipped by their size. */
async function* zstd(bytes: Bytes, note: Note): AsyncGenerator<Buffer> {
  for (;;) {
    const head = await bytes.peek(8);
    if (head.length === 0) return;
    if (head.length === 8 && head.readUInt32LE(0) >>> 4 === 0x184d2a5) {
      await bytes.skip(8 + head.readUInt32LE(4));
      continue;
    }
    if (!head.toString('latin1').startsWith('\x28\xb5\x2f\xfd')) {
      if (head.some((byte) => byte !== 0)) note('bytes that are no Zstandard data follow the compressed data');
      return;
    }
    yield* unzstd(bytes);
  }
}
