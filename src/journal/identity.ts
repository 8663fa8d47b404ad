// Knows a log again by what is in it: under another name, copied, compressed, and after a restart.
import { hash } from 'node:crypto';
import { type BigIntStats, readSync } from 'node:fs';

/** Bytes at the beginning of a log that tell it from others, unless its first line is shorter. */
export const HEAD = 4096;
/** Bytes before a position that tell whether the log up to there is the one that was read. */
export const TAIL = 512;

/** How far a log was read. */
export interface Position {
  /** Hash of the log's first line; `.2`, `.3` … after it where logs begin alike and go on differently. */
  identity: string;
  /** Bytes, after decompression. */
  offset: number;
  /** Hash of the bytes before the offset; empty when it is not known. */
  tail: string;
}

/** Hash of the first line (its first 4 KiB if it is longer); undefined while there is no whole one. */
export function headHash(bytes: Buffer): string | undefined {
  const head = bytes.subarray(0, HEAD);
  const lf = head.indexOf(0x0a);
  if (lf < 0 && head.length < HEAD) return undefined;
  return hash('sha256', lf < 0 ? head : head.subarray(0, lf), 'hex').slice(0, 32);
}

/** Hash of the last bytes of what was read; at most `TAIL` of them count. */
export function tailHash(bytes: Buffer): string {
  return hash('sha256', bytes.subarray(Math.max(0, bytes.length - TAIL)), 'hex').slice(0, 16);
}

/** `headHash` of a log that goes no further, though it may not end in a newline. */
export function wholeHeadHash(bytes: Buffer): string {
  return headHash(bytes) ?? headHash(Buffer.concat([bytes, Buffer.from('\n')]))!;
}

/** Whether an open file has the bytes before a position that were there when it was read. */
export function reaches(fd: number, size: number, { offset, tail }: Pick<Position, 'offset' | 'tail'>): boolean {
  if (size < offset) return false;
  return tail === '' || tail === tailAt(fd, offset);
}

export function tailAt(fd: number, offset: number): string {
  const from = Math.max(0, offset - TAIL);
  return tailHash(readAt(fd, from, offset - from));
}

/** Names the state of a file in which it was read to its end: the same again means that there is nothing new in it. */
export function stateOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${ino}:${size}:${mtimeNs}`;
}

/** Up to `length` bytes of an open file; fewer at its end. */
export function readAt(fd: number, from: number, length: number, buffer = Buffer.allocUnsafe(length)): Buffer {
  let done = 0;
  while (done < length) {
    const n = readSync(fd, buffer, done, length - done, from + done);
    if (n === 0) break;
    done += n;
  }
  return buffer.subarray(0, done);
}
