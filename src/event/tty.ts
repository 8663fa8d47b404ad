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

/**
 * Reads a recording. A process that died leaves no CLOSE or half a record: reading ends there and `complete` is false; `read` is how many
 * bytes the records took.
 * @param partial take what is there of a last record that was cut off, as playlog does
 */
export function readTty(file: Uint8Array, partial = false): { records: TtyRecord[]; complete: boolean; read: number } {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const records: TtyRecord[] = [];
  let closed = false;
  let at = 0;
  while (at + TTY_HEADER <= bytes.length) {
    const op = bytes.readInt32LE(at);
    const stated = bytes.readInt32LE(at + 8);
    const length = partial ? Math.min(stated, bytes.length - at - TTY_HEADER) : stated;
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
  return { records, complete: closed && at === bytes.length, read: at };
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
  /** Of the format; default 2. */
  version?: 2 | 3;
  /** Sizes over time (client.size); the first counts from the start. Default 80 × 24. */
  sizes?: readonly { at: number; width: number; height: number }[];
  title?: string;
  /** Longest pause kept, in seconds; written as `idle_time_limit`, the times themselves stay true. */
  idleLimit?: number;
  /** Include what the attacker typed as `i` events (default true). */
  input?: boolean;
  /** What becomes of the output, whole recording through one function (harmless.ts); default: decoded, LF translated. */
  output?: (data: Uint8Array) => string;
  /** Changes the text of all events at once, for instance to mask; it may add some. */
  rewrite?: (events: readonly CastEvent[]) => CastEvent[];
  /** More fields of the header, asked for when all output has been through `output`. */
  header?: () => Record<string, unknown>;
}

/** Seconds since the start, `o` output, `i` input, `m` marker, `r` resize, and the text. */
export type CastEvent = [seconds: number, code: 'o' | 'i' | 'm' | 'r', text: string];

/**
 * asciicast version 2 or 3: a header line and one `[seconds, code, text]` a line; `o` output, `i` input, `m` marker (the
 * exec command), `r` resize. Seconds count from the start in version 2, from the event before in version 3. Output recorded before the
 * terminal's LF → CRLF translation gets it here.
 */
export function toAsciicast(records: readonly TtyRecord[], options: AsciicastOptions = {}): string {
  const all = mergeTty(records);
  const start = all[0]?.at ?? 0;
  const sizes = [...(options.sizes ?? [])].sort((a, b) => a.at - b.at);
  const events = castEvents(all, start, sizes, options);
  const version = options.version ?? 2;
  const [width, height] = [clampSize(sizes[0]?.width, 80), clampSize(sizes[0]?.height, 24)];
  const header: Record<string, unknown> = {
    version,
    ...(version === 2 ? { width, height } : { term: { cols: width, rows: height } }),
    timestamp: Math.floor(start / 1000),
  };
  if (options.idleLimit !== undefined) header['idle_time_limit'] = options.idleLimit;
  if (options.title !== undefined) header['title'] = options.title;
  Object.assign(header, options.header?.());
  let before = 0;
  const lines = (options.rewrite?.(events) ?? events).map(([seconds, code, text]) => {
    const time = version === 2 ? seconds : Math.round((seconds - before) * 1e6) / 1e6;
    before = seconds;
    return JSON.stringify([time, code, text]);
  });
  return `${[JSON.stringify(header), ...lines].join('\n')}\n`;
}

function castEvents(
  all: readonly TtyRecord[],
  start: number,
  sizes: readonly { at: number; width: number; height: number }[],
  options: AsciicastOptions,
): CastEvent[] {
  const events: CastEvent[] = [];
  const output = options.output ?? translated();
  // A streaming decoder: a character may be split over records.
  const typed = new TextDecoder();
  let resized = 1;
  const seconds = (at: number) => Math.max(0, Math.round((at - start) * 1000) / 1e6);
  for (const { type, at, data } of all) {
    for (; resized < sizes.length && sizes[resized]!.at <= at; resized++) {
      const { width, height } = sizes[resized]!;
      events.push([seconds(sizes[resized]!.at), 'r', `${clampSize(width, 80)}x${clampSize(height, 24)}`]);
    }
    if (type === 'output') {
      const text = output(data);
      if (text) events.push([seconds(at), 'o', text]);
    } else if (type === 'input' && options.input !== false) {
      const text = typed.decode(data, { stream: true });
      if (text) events.push([seconds(at), 'i', text]);
    } else if (type === 'interact') events.push([seconds(at), 'm', new TextDecoder().decode(data)]);
  }
  return events;
}

/** Decodes output; a LF without CR before it gets one. */
function translated(): (data: Uint8Array) => string {
  const decoder = new TextDecoder();
  let last = '';
  return (data) => {
    const text = decoder.decode(data, { stream: true });
    const terminal = text.replace(/\n/g, (lf, index: number) =>
      (index > 0 ? text[index - 1] : last) === '\r' ? lf : '\r\n',
    );
    if (text) last = text.at(-1)!;
    return terminal;
  };
}

// A client may claim any size; a player draws it.
function clampSize(value: number | undefined, fallback: number): number {
  return value !== undefined && Number.isInteger(value) && value >= 1 ? Math.min(value, 500) : fallback;
}
