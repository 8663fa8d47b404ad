// One appended file of the journal: whole lines only, rotated by the day of its content, retried when the disk refuses.
import {
  closeSync,
  fdatasync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** The calls that can fail for want of disk; a test gives others. */
export interface Disk {
  write(fd: number, bytes: Uint8Array): number;
  truncate(fd: number, size: number): void;
}

export const disk: Disk = {
  write: (fd, bytes) => writeSync(fd, bytes),
  truncate: (fd, size) => ftruncateSync(fd, size),
};

/** Lines of one UTC day, `YYYY-MM-DD`, in order. */
export interface Batch {
  day: string;
  text: string;
}

export class LogFile {
  readonly path: string;
  readonly #disk: Disk;
  #fd: number | undefined;
  #inode = 0;
  #size = 0;
  /** Day of the content of the open file; undefined while it is empty. */
  #day: string | undefined;
  #dirty = false;

  constructor(path: string, io: Disk = disk) {
    this.path = path;
    this.#disk = io;
  }

  /**
   * Opens for appending and removes a last line that has no newline.
   * @returns what was removed, if anything: at most 1 MiB of it and its whole length
   */
  open(): { bytes: number; head: Buffer } | undefined {
    mkdirSync(dirname(this.path), { recursive: true, mode: 0o755 });
    const fd = openSync(this.path, 'a+', 0o644);
    const { ino, size, mtimeMs } = fstatSync(fd);
    this.#fd = fd;
    this.#inode = ino;
    this.#size = size;
    const end = endOfLastLine(fd, size);
    let torn: { bytes: number; head: Buffer } | undefined;
    if (end < size) {
      const head = Buffer.alloc(Math.min(size - end, 1 << 20));
      readSync(fd, head, 0, head.length, end);
      ftruncateSync(fd, end);
      torn = { bytes: size - end, head };
      this.#size = end;
    }
    this.#day = this.#size > 0 ? (lastDay(fd, this.#size) ?? new Date(mtimeMs).toISOString().slice(0, 10)) : undefined;
    return torn;
  }

  /**
   * Appends; a batch of a later day than the content rotates first (an earlier day, after a clock change, does not).
   * @returns how many characters (ASCII, so bytes) of the batch are safely written as whole lines; the error that stopped the rest
   */
  append(batch: Batch): { written: number; error?: Error } {
    try {
      this.#reopenIfReplaced();
      if (this.#day !== undefined && batch.day > this.#day) this.#rotate();
    } catch (error) {
      this.close();
      return { written: 0, error: error as Error };
    }
    const bytes = Buffer.from(batch.text, 'utf8');
    let done = 0;
    try {
      while (done < bytes.length) {
        const n = this.#disk.write(this.#fd!, done === 0 ? bytes : bytes.subarray(done));
        if (n === 0) throw new Error('write took nothing');
        done += n;
      }
    } catch (error) {
      // Keep the whole lines, take half a line back.
      const whole = bytes.lastIndexOf(0x0a, done - 1) + 1;
      const keep = done === 0 ? 0 : whole;
      try {
        if (done > keep) this.#disk.truncate(this.#fd!, this.#size + keep);
      } catch {
        this.close(); // opening again removes the half line
      }
      this.#size += keep;
      if (keep > 0) this.#day ??= batch.day;
      return { written: keep, error: error as Error };
    }
    this.#size += done;
    this.#day ??= batch.day;
    this.#dirty = true;
    return { written: done };
  }

  /** Asks the system to bring what was written to the disk, without waiting. */
  sync(): void {
    if (!this.#dirty || this.#fd === undefined) return;
    this.#dirty = false;
    fdatasync(this.#fd, () => {});
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  // The directory may have been deleted, or the file renamed by an external rotation: then a new file is begun.
  #reopenIfReplaced(): void {
    if (this.#fd !== undefined && statSync(this.path, { throwIfNoEntry: false })?.ino === this.#inode) return;
    this.close();
    this.open();
  }

  // Cowrie's names: the date is that of the content. A name already taken (the clock went back) gets a number.
  #rotate(): void {
    let target = `${this.path}.${this.#day}`;
    for (let n = 1; statSync(target, { throwIfNoEntry: false }); n++) target = `${this.path}.${this.#day}.${n}`;
    renameSync(this.path, target);
    this.close();
    this.open();
  }
}

const CHUNK = 65_536;

function endOfLastLine(fd: number, size: number): number {
  const buffer = Buffer.alloc(CHUNK);
  for (let end = size; end > 0; ) {
    const from = Math.max(0, end - CHUNK);
    const n = readSync(fd, buffer, 0, end - from, from);
    const lf = buffer.lastIndexOf(0x0a, n - 1);
    if (lf >= 0 && n > 0) return from + lf + 1;
    end = from;
  }
  return 0;
}

/** Day of the last time stamp in the last 64 KiB. */
function lastDay(fd: number, size: number): string | undefined {
  const from = Math.max(0, size - CHUNK);
  const buffer = Buffer.alloc(size - from);
  readSync(fd, buffer, 0, buffer.length, from);
  const days = [...buffer.toString('latin1').matchAll(/(?:"timestamp":"|^)(\d{4}-\d\d-\d\d)T/gm)];
  return days.at(-1)?.[1];
}
