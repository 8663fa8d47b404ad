// Cuts whole lines out of a log that another program is writing, from a position on.
import { fstatSync } from 'node:fs';
import { HEAD, type Position, reaches, readAt, tailAt, wholeHeadHash } from './identity.ts';

/** Bytes read at once. */
const CHUNK = 1 << 18;
/** A line longer than this is no event: it is passed over and counted. */
export const LONGEST_LINE = 16 << 20;
/** Bytes looked through in one call for the end of a line. */
const AT_A_TIME = 32 << 20;

/** For what is looked through; its content is that of the last reading. */
const scratch = Buffer.allocUnsafeSlow(CHUNK);

/** Whole lines, each with its newline, valid until the next reading; `skipped` lines before them were too long. */
export interface Piece {
  lines: Buffer;
  skipped: number;
}

export class PlainLog {
  readonly fd: number;
  readonly identity: string;
  /** Position after what was given out. */
  offset: number;
  tail: string;
  /** There is more to look through than one call does. */
  busy = false;
  #head: string;
  /** No newline between the offset and here. */
  #searched: number;
  /** Nothing but NUL between the offset and `#searched`: a hole that is filled later, or left by a truncation. */
  #hollow = true;
  #skipping = false;

  constructor(fd: number, position: Position) {
    this.fd = fd;
    this.identity = position.identity;
    this.offset = position.offset;
    this.tail = position.offset === 0 ? '' : position.tail || tailAt(fd, position.offset);
    this.#head = position.identity.split('.')[0]!;
    this.#searched = this.offset;
  }

  /** Whether the file still begins and goes on as it did up to the offset. */
  isSame(size: number): boolean {
    return reaches(this.fd, size, this) && wholeHeadHash(readAt(this.fd, 0, HEAD)) === this.#head;
  }

  /** The file changed without growing: what was looked through already may be other bytes now. */
  lookAgain(): void {
    this.#searched = this.offset;
    this.#hollow = true;
    this.#skipping = false;
  }

  /** Goes back to a position. */
  goTo({ offset, tail }: Pick<Position, 'offset' | 'tail'>): void {
    this.offset = offset;
    this.tail = tail;
    this.lookAgain();
  }

  /** The next whole lines; undefined when there are none, or (`busy`) not yet. */
  read(): Piece | undefined {
    const { size } = fstatSync(this.fd);
    this.busy = false;
    for (let looked = 0; looked < AT_A_TIME; ) {
      const from = this.#searched;
      const bytes = readAt(this.fd, from, Math.min(CHUNK, Math.max(0, size - from)), scratch);
      if (bytes.length === 0) return undefined;
      looked += bytes.length;
      if (this.#skipping) {
        const lf = bytes.indexOf(0x0a);
        this.#searched = from + bytes.length;
        if (lf < 0) continue;
        this.#goOn(from + lf + 1);
        return this.#piece(bytes.subarray(0, 0), 1);
      }
      let start = 0;
      if (this.#hollow) {
        while (start < bytes.length && bytes[start] === 0) start++;
        if (start === bytes.length) {
          this.#searched = from + start;
          continue;
        }
        this.#hollow = false;
        if (start > 0 || from > this.offset) this.offset = from + start;
      }
      const end = bytes.lastIndexOf(0x0a) + 1;
      if (end <= start) {
        this.#searched = from + bytes.length;
        if (this.#searched - this.offset > LONGEST_LINE) this.#skipping = true;
        continue;
      }
      const before = from - this.offset;
      const lines =
        before > 0
          ? Buffer.concat([readAt(this.fd, this.offset, before), bytes.subarray(0, end)])
          : bytes.subarray(start, end);
      this.#goOn(from + end);
      return this.#piece(lines, 0);
    }
    this.busy = true;
    return undefined;
  }

  /** What stands after the last newline, as a line; undefined when it is nothing, or too long to be an event. */
  fragment(): Buffer | undefined {
    const { size } = fstatSync(this.fd);
    const length = size - this.offset;
    if (length <= 0 || length > LONGEST_LINE || this.#skipping || this.#hollow || this.#searched < size)
      return undefined;
    return readAt(this.fd, this.offset, length);
  }

  /** The fragment was given out as a line. */
  passFragment(length: number): void {
    this.#goOn(this.offset + length);
    this.tail = tailAt(this.fd, this.offset);
  }

  /** Whether the file has bytes after the offset. */
  get unread(): boolean {
    return fstatSync(this.fd).size > this.offset;
  }

  #goOn(offset: number): void {
    this.offset = offset;
    this.lookAgain();
  }

  #piece(lines: Buffer, skipped: number): Piece {
    this.tail = tailAt(this.fd, this.offset);
    return { lines, skipped };
  }
}
