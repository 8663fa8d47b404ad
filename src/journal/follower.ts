// Follows a log that is being written: through rotation, truncation and half-written lines, from an exact position.
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Whole lines of one file, ending in a newline. */
export interface Chunk {
  /** Names the file by its first line, so that it stays the same file when renamed, copied or restored. */
  identity: string;
  path: string;
  /** Position after the chunk, in bytes. */
  offset: number;
  /** Size of the file when it was read. */
  size: number;
  lines: Buffer;
}

interface Following {
  path: string;
  fd: number;
  inode: number;
  identity: string;
  offset: number;
}

const HEAD = 4096;
const CHUNK = 1 << 18;
/** A line longer than this is skipped; `skipped` counts it. */
const LONGEST_LINE = 16 << 20;

export class Follower {
  readonly #directory: string;
  readonly #name: string;
  readonly #offsetOf: (identity: string) => number;
  /** Files with something unread, oldest first; the last one is the file that grows. */
  #files: Following[] = [];
  #scanned = false;
  /** Lines that were too long to be events. */
  skipped = 0;

  /**
   * @param name of the growing file; its rotated forms are `name.*` (compressed ones are left to the import)
   * @param offsetOf bytes of a file that were read in an earlier life, 0 when it is new
   */
  constructor(directory: string, name: string, offsetOf: (identity: string) => number) {
    this.#directory = directory;
    this.#name = name;
    this.#offsetOf = offsetOf;
  }

  /**
   * The next whole lines, at most about 256 KiB (more for one long line); undefined when there is nothing new.
   * The same chunk comes again until `accept`. A directory that does not exist yet is waited for.
   */
  next(): Chunk | undefined {
    if (!this.#scanned || this.#files.length === 0) this.#scan();
    for (;;) {
      const file = this.#files[0];
      if (!file) return undefined;
      const chunk = this.#read(file);
      if (chunk) return chunk;
      const growing = this.#files.length === 1;
      if (growing && !this.#replaced(file)) return undefined;
      closeSync(file.fd);
      this.#files.shift();
      if (growing) {
        this.#scan();
        // Nothing but the same file again: wait.
        if (this.#files.length === 1 && !this.#read(this.#files[0]!)) return undefined;
      }
    }
  }

  /** The chunk is safely stored: go on after it. */
  accept(chunk: Chunk): void {
    const file = this.#files.find(({ identity }) => identity === chunk.identity);
    if (file) file.offset = chunk.offset;
  }

  close(): void {
    for (const { fd } of this.#files) closeSync(fd);
    this.#files = [];
    this.#scanned = false;
  }

  #read(file: Following): Chunk | undefined {
    const { size } = fstatSync(file.fd);
    if (size <= file.offset) return undefined;
    // A file cut and grown again behind our back (copytruncate) has another first line.
    if (identify(file.fd, size) !== file.identity) return undefined;
    for (let want = CHUNK; ; want *= 2) {
      const buffer = Buffer.allocUnsafe(Math.min(want, size - file.offset));
      const n = readSync(file.fd, buffer, 0, buffer.length, file.offset);
      const end = buffer.lastIndexOf(0x0a, n - 1) + 1;
      if (n > 0 && end > 0) {
        const offset = file.offset + end;
        return { identity: file.identity, path: file.path, offset, size, lines: buffer.subarray(0, end) };
      }
      if (want >= LONGEST_LINE) {
        this.skipped++;
        file.offset += n;
        return this.#read(file);
      }
      if (n < buffer.length || file.offset + n >= size) return undefined;
    }
  }

  #replaced(file: Following): boolean {
    const now = statSync(join(this.#directory, this.#name), { throwIfNoEntry: false });
    if (now === undefined) return file.path !== join(this.#directory, this.#name);
    if (now.ino !== file.inode) return true;
    return now.size < file.offset || identify(file.fd, now.size) !== file.identity;
  }

  #scan(): void {
    for (const { fd } of this.#files) closeSync(fd);
    this.#files = [];
    this.#scanned = true;
    let names: string[];
    try {
      names = readdirSync(this.#directory);
    } catch {
      return;
    }
    const rotated = names
      .filter((name) => name.startsWith(`${this.#name}.`) && !/\.(gz|bz2|xz|zst)$/.test(name))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
    for (const name of [...rotated, ...(names.includes(this.#name) ? [this.#name] : [])]) {
      const path = join(this.#directory, name);
      let fd: number;
      try {
        fd = openSync(path, 'r');
      } catch {
        continue; // rotated away this very moment: the next scan finds it
      }
      const { ino, size } = fstatSync(fd);
      const identity = identify(fd, size);
      const offset = identity === undefined ? 0 : this.#offsetOf(identity);
      const growing = name === this.#name;
      if (identity === undefined || (!growing && offset >= size)) closeSync(fd);
      else this.#files.push({ path, fd, inode: ino, identity, offset: Math.min(offset, size) });
    }
  }
}

/** Names a file by its first line (its first 4 KiB if that is longer); undefined while it has no whole line. */
function identify(fd: number, size: number): string | undefined {
  const head = Buffer.allocUnsafe(Math.min(HEAD, size));
  const n = readSync(fd, head, 0, head.length, 0);
  const lf = head.subarray(0, n).indexOf(0x0a);
  if (lf < 0 && n < HEAD) return undefined;
  return createHash('sha256')
    .update(head.subarray(0, lf < 0 ? n : lf))
    .digest('hex')
    .slice(0, 32);
}
