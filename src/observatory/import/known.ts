// Files that were read before to their end: the same content is not read again, only counted.
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { crc32 } from 'node:zlib';
import { onDisk } from './open.ts';
import type { ImportResult } from './tally.ts';

const HEAD = 1 << 16;
/** A smaller file is read again as fast as it is known. */
const SMALL = 1 << 16;

/** What reading a file gave: its part of an import's result. */
export type Share = Omit<ImportResult, 'sessions' | 'seconds'>;

/** A file's content, told from others by its size, its beginning and a checksum of all of it. */
export interface Content {
  size: number;
  /** SHA-256 of the first 64 KiB, and of the sensor's name where the operator gave one. */
  head: string;
}

/** Which files were read is kept in the store, in the transaction of their last events. */
export class KnownFiles {
  readonly #find;
  readonly #keep;

  constructor(database: DatabaseSync) {
    this.#find = database.prepare('SELECT crc, share FROM imported WHERE size = ? AND head = ?');
    this.#keep = database.prepare('INSERT OR REPLACE INTO imported(size, head, crc, share) VALUES (?, ?, ?, ?)');
  }

  /** Undefined for a small file: it is read always. */
  contentOf(size: number, start: Buffer, sensor: string | undefined): Content | undefined {
    if (size < SMALL) return undefined;
    const head = createHash('sha256')
      .update(start.subarray(0, HEAD))
      .update(`:${sensor ?? ''}`);
    return { size, head: head.digest('hex') };
  }

  /** What a file gave when it was read; the whole file is compared by its checksum, at the speed of the disk. */
  async shareOf(path: string, { size, head }: Content, onRead: (piece: Buffer) => void): Promise<Share | undefined> {
    const rows = this.#find.all(size, head);
    if (rows.length === 0) return undefined;
    let crc = 0;
    const file = await onDisk(path, (piece) => {
      crc = crc32(piece, crc);
      onRead(piece);
    });
    for await (const _ of file.bytes);
    await file.close();
    const row = file.size === size ? rows.find((each) => each['crc'] === crc) : undefined;
    return row && (JSON.parse(row['share'] as string) as Share);
  }

  remember({ size, head }: Content, crc: number, share: Share): void {
    this.#keep.run(size, head, crc, JSON.stringify(share));
  }
}
