// Opens what is found: whatever its compression, a log's first bytes and then its content.
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import {
  createGunzip,
  createZstdDecompress,
  gunzipSync,
  constants as zlibConstants,
  zstdDecompressSync,
} from 'node:zlib';
import type { Head } from './reader.ts';

const HEAD = 1 << 16;

const magic: readonly [bytes: number[], name: string][] = [
  [[0x1f, 0x8b], 'gzip'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd'],
  [[0x42, 0x5a, 0x68], 'bzip2'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'xz'],
  [[0x50, 0x4b, 0x03, 0x04], 'zip'],
];

/** Compression of a file by its first bytes. */
function compressionOf(head: Uint8Array): string | undefined {
  return magic.find(([bytes]) => bytes.every((byte, i) => head[i] === byte))?.[1];
}

/** A file's name without the ending of its compression. */
export const plainName = (path: string): string => basename(path).replace(/\.(?:gz|zst)$/, '');

/**
 * The beginning of a file's content.
 * @throws what the disk says, or the name of a compression that is not read
 */
export function headOf(path: string): { head: Head; compression: string | undefined } {
  const raw = firstBytes(path);
  const compression = compressionOf(raw);
  if (compression !== undefined && compression !== 'gzip' && compression !== 'zstd')
    throw new Error(`${compression} is not read: decompress it first`);
  const bytes = unpackHead(raw, compression);
  // A file rotated while it was open begins with a run of NULs.
  const text = bytes.toString('latin1').replace(/^(?:ï»¿|[\0\s])+/, '');
  return { head: { name: plainName(path), bytes, text }, compression };
}

/** A file's content, decompressed, in chunks of up to 1 MiB. `onRead` counts the bytes taken from the disk. */
export function contents(path: string, compression: string | undefined, onRead: (bytes: number) => void): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  file.on('data', (chunk) => onRead(chunk.length));
  if (compression === undefined) return file;
  const unpacked =
    compression === 'gzip' ? createGunzip({ chunkSize: 1 << 20 }) : createZstdDecompress({ chunkSize: 1 << 20 });
  file.on('error', (error) => unpacked.destroy(error));
  unpacked.on('close', () => file.destroy());
  return file.pipe(unpacked);
}

function firstBytes(path: string): Buffer {
  const fd = openSync(path, 'r');
  try {
    const head = Buffer.alloc(HEAD);
    return head.subarray(0, readSync(fd, head, 0, HEAD, 0));
  } finally {
    closeSync(fd);
  }
}

function unpackHead(head: Buffer, compression: string | undefined): Buffer {
  if (compression === undefined) return head;
  // Only the beginning is there: what of it unpacks is enough.
  try {
    return compression === 'gzip'
      ? gunzipSync(head, { finishFlush: zlibConstants.Z_SYNC_FLUSH })
      : zstdDecompressSync(head, { finishFlush: zlibConstants.ZSTD_e_flush });
  } catch {
    return Buffer.alloc(0);
  }
}
