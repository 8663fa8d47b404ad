// Terminal recordings in Cowrie's binary format (that of User-Mode Linux): records written, read, hashed and turned into asciicast.
import { createHash, type Hash } from 'node:crypto';

export const TTY_HEADER = 24;
const OPEN = 1;
const CLOSE = 2;
const WRITE = 3;

/** Who a piece of data came from; INTERACT is the command string of an exec request. */
export type TtyDirection = 'input' | 'output' | 'interact';
const directions: Record<TtyDirection, number> = { input: 1, output: 2, interact: 3 };

export interface TtyRecord {
  type: 'open' | 'close' | TtyDirection;
  /** Milliseconds since the epoch, with microseconds as fraction. */
  at: number;
  data: Uint8Array;
}

/** One record: header `<iLiiLL` (op, tty 0, length, direction, seconds, microseconds) and its data. */
export function encodeTtyRecord(type: TtyRecord['type'], at: number, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const record = Buffer.alloc(TTY_HEADER + data.length);
  const micros = Math.round(at * 1000);
  record.writeInt32LE(type === 'open' ? OPEN : type === 'close' ? CLOSE : WRITE, 0);
  record.writeInt32LE(data.length, 8);
  record.writeInt32LE(type === 'open' || type === 'close' ? 0 : directions[type], 12);
  record.writeUInt32LE(Math.floor(micros / 1e6), 16);
  record.writeUInt32LE(micros % 1e6, 20);
  record.set(data, TTY_HEADER);
  return record;
}

/** Reads a recording. A process that died leaves no CLOSE or half a record: reading ends there and `complete` is false. */
export function readTty(file: Uint8Array): { records: TtyRecord[]; complete: boolean } {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const records: TtyRecord[] = [];
  let closed = false;
  let at = 0;
  while (at + TTY_HEADER <= bytes.length) {
    const op = bytes.readInt32LE(at);
    const length = bytes.readInt32LE(at + 8);
    const direction = bytes.readInt32LE(at + 12);
    const time = bytes.readUInt32LE(at + 16) * 1000 + bytes.readUInt32LE(at + 20) / 1000;
    if (op < OPEN || op > 4 || length < 0 || at + TTY_HEADER + length > bytes.length) break;
    const data = bytes.subarray(at + TTY_HEADER, at + TTY_HEADER + length);
    at += TTY_HEADER + length;
    if (op === OPEN) records.push({ type: 'open', at: time, data });
    else if (op === CLOSE) {
      records.push({ type: 'close', at: time, data });
      closed = true;
    } else if (op === WRITE) {
      const type = direction === 1 ? 'input' : direction === 2 ? 'output' : direction === 3 ? 'interact' : undefined;
      if (type) records.push({ type, at: time, data });
    }
  }
  return { records, complete: closed && at === bytes.length };
}

/** Whether a file can be a recording: its first record is a sane OPEN (or WRITE, where the start was lost). */
export function looksLikeTty(head: Uint8Array): boolean {
  if (head.length < TTY_HEADER) return false;
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length);
  const op = bytes.readInt32LE(0);
  const length = bytes.readInt32LE(8);
  const direction = bytes.readInt32LE(12);
  if (bytes.readUInt32LE(4) !== 0 || bytes.readUInt32LE(20) > 999_999) return false;
  return op === OPEN
    ? length === 0 && direction === 0
    : op === WRITE && length >= 0 && direction >= 1 && direction <= 3;
}

/**
 * What a recording is named by: SHA-256 over all data except output. Feed it every record as it is written;
 * a session without input gives e3b0c442…b855.
 */
export class TtyName {
  readonly #hash: Hash = createHash('sha256');

  add(type: TtyRecord['type'], data: Uint8Array): void {
    if (type !== 'output' && data.length > 0) this.#hash.update(data);
  }

  /** 64 lower-case hexadecimal digits; ends the hash. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}

/** The name of a finished recording. */
export function ttyName(records: readonly TtyRecord[]): string {
  const name = new TtyName();
  for (const record of records) name.add(record.type, record.data);
  return name.digest();
}

/** Joins neighbouring records of one direction that are at most `gap` milliseconds apart, and sorts by time. */
export function mergeTty(records: readonly TtyRecord[], gap = 0): TtyRecord[] {
  const sorted = records.map((record, index) => ({ record, index }));
  sorted.sort((a, b) => a.record.at - b.record.at || a.index - b.index);
  const merged: (TtyRecord & { parts: Uint8Array[]; last: number })[] = [];
  for (const { record } of sorted) {
    const before = merged.at(-1);
    if (before && before.type === record.type && record.at - before.last <= gap && record.type !== 'open') {
      before.parts.push(record.data);
      before.last = record.at;
    } else merged.push({ ...record, parts: [record.data], last: record.at });
  }
  return merged.map(({ type, at, data, parts }) => ({
    type,
    at,
    data: parts.length > 1 ? Buffer.concat(parts) : data,
  }));
}

export interface AsciicastOptions {
  /** Sizes over time (client.size); the first counts from the start. Default 80 × 24. */
  sizes?: readonly { at: number; width: number; height: number }[];
  title?: string;
  /** Longest pause kept, in seconds; written as `idle_time_limit`, the times themselves stay true. */
  idleLimit?: number;
  /** Include what the attacker typed as `i` events (default true). */
  input?: boolean;
}

/**
 * asciicast version 2: a header line and one `[seconds, code, text]` a line; `o` output, `i` input, `m` marker (the
 * exec command), `r` resize. Output recorded before the terminal's LF → CRLF translation gets it here.
 */
export function toAsciicast(records: readonly TtyRecord[], options: AsciicastOptions = {}): string {
  const all = mergeTty(records);
  const start = all[0]?.at ?? 0;
  const sizes = [...(options.sizes ?? [])].sort((a, b) => a.at - b.at);
  const header: Record<string, unknown> = {
    version: 2,
    width: clampSize(sizes[0]?.width, 80),
    height: clampSize(sizes[0]?.height, 24),
    timestamp: Math.floor(start / 1000),
  };
  if (options.idleLimit !== undefined) header['idle_time_limit'] = options.idleLimit;
  if (options.title !== undefined) header['title'] = options.title;
  const lines = [JSON.stringify(header)];
  // One streaming decoder a direction: a character may be split over records.
  const decoders = { o: new TextDecoder(), i: new TextDecoder() };
  let lastOutput = '';
  let resized = 1;
  const seconds = (at: number) => Math.max(0, Math.round((at - start) * 1000) / 1e6);
  for (const { type, at, data } of all) {
    for (; resized < sizes.length && sizes[resized]!.at <= at; resized++) {
      const { width, height } = sizes[resized]!;
      lines.push(
        JSON.stringify([seconds(sizes[resized]!.at), 'r', `${clampSize(width, 80)}x${clampSize(height, 24)}`]),
      );
    }
    if (type === 'output') {
      const text = decoders.o.decode(data, { stream: true });
      const terminal = text.replace(/\n/g, (lf, index: number) =>
        (index > 0 ? text[index - 1] : lastOutput) === '\r' ? lf : '\r\n',
      );
      if (text) lastOutput = text.at(-1)!;
      if (text) lines.push(JSON.stringify([seconds(at), 'o', terminal]));
    } else if (type === 'input' && options.input !== false) {
      const text = decoders.i.decode(data, { stream: true });
      if (text) lines.push(JSON.stringify([seconds(at), 'i', text]));
    } else if (type === 'interact') {
      lines.push(JSON.stringify([seconds(at), 'm', new TextDecoder().decode(data)]));
    }
  }
  return `${lines.join('\n')}\n`;
}

// A client may claim any size; a player draws it.
function clampSize(value: number | undefined, fallback: number): number {
  return value !== undefined && Number.isInteger(value) && value >= 1 ? Math.min(value, 500) : fallback;
}
