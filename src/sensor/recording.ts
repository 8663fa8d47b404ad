// One terminal recording on its way to the disk: Cowrie's binary records, collected, appended, and at the end named by their hash.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { encodeTtyRecord, readTty, TTY_HEADER, TtyName, type TtyRecord } from '../event/tty.ts';
import { comesAgain } from '../journal/vault.ts';

/** What `cowrie.log.closed` says. */
export interface Recorded {
  ttylog: string;
  /** Bytes of output recorded. */
  size: number;
  shasum: string;
  duplicate: boolean;
  duration_ms: number;
  duration: number;
}

export interface RecordingOptions {
  /** Relative to the working directory. */
  directory: string;
  session: string;
  /** Number of the channel. */
  channel: number;
  kind: 'interactive' | 'exec';
  /** Bytes of one recording. */
  limit: number;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** False: the disk's reserve is reached, nothing is kept. */
  room: () => boolean;
}

/** Bytes kept in memory before they are appended. */
const FLUSH_BYTES = 16 << 10;
/** Milliseconds after which they are appended anyway: what a killed process may lose. */
const FLUSH_AFTER_MS = 250;

export class Recording {
  readonly #options: RecordingOptions;
  readonly #temporary: string;
  readonly #name = new TtyName();
  readonly #opened: number;
  #chunks: Buffer[] = [];
  #waiting = 0;
  #bytes = 0;
  #size = 0;
  #onDisk = false;
  #failed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.#opened = options.now();
    this.#temporary = join(options.directory, temporaryName(this.#opened, options));
    this.#put('open', Buffer.alloc(0));
  }

  /** Keystrokes as they came. */
  input(data: Uint8Array): void {
    this.#put('input', data);
  }

  /** What was shown; a terminal's CR LF is recorded as LF, as Cowrie does. */
  output(data: Buffer): void {
    this.#put('output', this.#options.kind === 'interactive' ? withoutCarriageReturns(data) : data);
  }

  /** The command of an exec request. */
  interact(command: Uint8Array): void {
    this.#put('interact', command);
  }

  /** Ends it. Undefined when nothing could be kept. */
  close(): Recorded | undefined {
    clearTimeout(this.#timer);
    const { directory, now, room } = this.#options;
    const closed = now();
    this.#chunks.push(encodeTtyRecord('close', closed));
    const shasum = this.#name.digest();
    const ttylog = join(directory, shasum);
    let duplicate = false;
    try {
      duplicate = comesAgain(ttylog);
      if (duplicate) {
        if (this.#onDisk) unlinkSync(this.#temporary);
      } else {
        if (this.#failed || !room()) throw new Error('no room');
        this.#append();
        renameSync(this.#temporary, ttylog);
      }
    } catch {
      this.#abandon();
      return undefined;
    }
    const duration = Math.max(0, Math.round(closed - this.#opened));
    return { ttylog, size: this.#size, shasum, duplicate, duration_ms: duration, duration: duration / 1000 };
  }

  #put(type: TtyRecord['type'], data: Uint8Array): void {
    if (this.#failed || (data.length === 0 && type !== 'open')) return;
    const { limit, now } = this.#options;
    const room = limit - this.#bytes - 2 * TTY_HEADER;
    if (room <= 0) return;
    const part = data.length > room ? data.subarray(0, room) : data;
    this.#chunks.push(encodeTtyRecord(type, now(), part));
    this.#name.add(type, part);
    this.#bytes += TTY_HEADER + part.length;
    this.#waiting += TTY_HEADER + part.length;
    if (type === 'output') this.#size += part.length;
    if (this.#waiting >= FLUSH_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), FLUSH_AFTER_MS).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      if (!this.#options.room()) throw new Error('no room');
      this.#append();
    } catch {
      this.#abandon();
    }
  }

  #append(): void {
    if (this.#chunks.length === 0) return;
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#waiting = 0;
    try {
      appendFileSync(this.#temporary, bytes, { mode: 0o640 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      // The folder was deleted while we ran.
      mkdirSync(this.#options.directory, { recursive: true, mode: 0o750 });
      appendFileSync(this.#temporary, bytes, { mode: 0o640 });
    }
    this.#onDisk = true;
  }

  /** Half a recording with a hole is none. */
  #abandon(): void {
    this.#failed = true;
    this.#chunks = [];
    if (!this.#onDisk) return;
    try {
      unlinkSync(this.#temporary);
    } catch {}
  }
}

/** Cowrie's name of an unfinished recording: local time, session, channel, `i` or `e`. */
function temporaryName(at: number, { session, channel, kind }: RecordingOptions): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}${two(date.getMonth() + 1)}${two(date.getDate())}`;
  const time = `${two(date.getHours())}${two(date.getMinutes())}${two(date.getSeconds())}`;
  return `${day}-${time}-${session}-${channel}${kind === 'interactive' ? 'i' : 'e'}.log`;
}

function withoutCarriageReturns(data: Buffer): Buffer {
  if (!data.includes('\r\n')) return data;
  return Buffer.from(data.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
}

/** A recording that a killed process left behind, now finished. */
export interface Recovered extends Recorded {
  session: string;
  /** Milliseconds since the epoch of its last record. */
  at: number;
}

/** Finishes the recordings that a killed process left in the folder: cut to whole records, closed, named by their hash. */
export function recoverRecordings(directory: string, limit: number): Recovered[] {
  const recovered: Recovered[] = [];
  for (const name of readdirSync(directory)) {
    const [, session] = /^\d{8}-\d{6}-([0-9a-f]{12})-\d+[ie]\.log$/.exec(name) ?? [];
    const path = join(directory, name);
    if (name.endsWith('.log.tmp')) unlinkSync(path);
    if (!session) continue;
    if (statSync(path).size > limit + FLUSH_BYTES) continue;
    const { records } = readTty(readFileSync(path));
    const first = records[0];
    if (!first) {
      unlinkSync(path);
      continue;
    }
    const last = records.at(-1)!;
    const hash = new TtyName();
    for (const record of records) hash.add(record.type, record.data);
    const shasum = hash.digest();
    const ttylog = join(directory, shasum);
    const duplicate = existsSync(ttylog);
    if (!duplicate) {
      const whole = records.map((record) => encodeTtyRecord(record.type, record.at, record.data));
      if (last.type !== 'close') whole.push(encodeTtyRecord('close', last.at));
      const finished = `${path}.tmp`;
      appendFileSync(finished, Buffer.concat(whole), { mode: 0o640 });
      renameSync(finished, ttylog);
    }
    unlinkSync(path);
    const duration = Math.max(0, Math.round(last.at - first.at));
    const size = records.reduce((sum, record) => sum + (record.type === 'output' ? record.data.length : 0), 0);
    recovered.push({
      session,
      at: last.at,
      ttylog,
      size,
      shasum,
      duplicate,
      duration_ms: duration,
      duration: duration / 1000,
    });
  }
  return recovered;
}
