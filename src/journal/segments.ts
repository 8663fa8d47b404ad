// The finished days of the journal: which files they are, opened whether compressed or not, and what is in them.
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { createZstdDecompress } from 'node:zlib';

/** A file of the journal that rotation has ended. */
export interface Segment {
  /** As rotation named it, without `.zst`: `cowrie.json.2026-11-23`. */
  name: string;
  /** Of the content, `YYYY-MM-DD`. */
  day: string;
  /** 0, or that of a further file of the same day. */
  number: number;
  kind: 'json' | 'log';
  /** There under its own name. */
  plain: boolean;
  /** There with `.zst` behind its name. */
  packed: boolean;
  /** On the disk. */
  bytes: number;
}

const NAME = /^cowrie\.(json|log)\.(\d{4}-\d\d-\d\d)(?:\.(\d{1,6}))?(\.zst)?$/;

/** Every finished file, by day; the JSON log before the text log. A folder that is not there has none. */
export function segmentsIn(directory: string): Segment[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  const found = new Map<string, Segment>();
  for (const file of names) {
    const [, kind, day, number = '0', packed] = NAME.exec(file) ?? [];
    if (!day) continue;
    const stat = statSync(join(directory, file), { throwIfNoEntry: false });
    if (!stat?.isFile()) continue;
    const name = packed ? file.slice(0, -4) : file;
    let segment = found.get(name);
    if (!segment)
      found.set(
        name,
        (segment = {
          name,
          day,
          number: Number(number),
          kind: kind as 'json' | 'log',
          plain: false,
          packed: false,
          bytes: 0,
        }),
      );
    segment[packed ? 'packed' : 'plain'] = true;
    segment.bytes += stat.size;
  }
  return [...found.values()].sort(inOrder);
}

/** By day, number and kind. */
export function inOrder(a: Pick<Segment, 'day' | 'number' | 'kind'>, b: Pick<Segment, 'day' | 'number' | 'kind'>) {
  return a.day < b.day
    ? -1
    : a.day > b.day
      ? 1
      : a.number - b.number || (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0);
}

/** The content of a segment: of its plain file while there is one. */
export function openSegment(directory: string, { name, plain }: Pick<Segment, 'name' | 'plain'>): Readable {
  const path = join(directory, name);
  if (plain) return createReadStream(path, { highWaterMark: 1 << 18 });
  const file = createReadStream(`${path}.zst`, { highWaterMark: 1 << 17 });
  const unpacked = createZstdDecompress({ chunkSize: 1 << 18 });
  file.on('error', (error) => unpacked.destroy(error));
  unpacked.on('close', () => file.destroy());
  return file.pipe(unpacked);
}

/** What a segment holds, as its entry in the chain says it. */
export interface Content {
  /** Of the content, uncompressed. */
  bytes: number;
  sha256: string;
  lines: number;
  /** Events, each counted once: lines that repeat another to the byte do not count. */
  events: number;
  /** Events by the UTC day of their time stamps. */
  days: Record<string, number>;
  /** Earliest and latest time stamp. */
  first?: string;
  last?: string;
  /** Bytes after the last newline. */
  torn: number;
  /** Lines that are no events; 1 is the first, at most ten of them. */
  alien: number[];
  /** Hash of the first line (its first 4 KiB): what marks know a log by. */
  identity?: string;
}

/** Lines that repeat one another stand close together: they are of the same microsecond. */
const REPEATS_WITHIN = 4096;
const STAMP = Buffer.from('"timestamp":"');
const EVENTID = Buffer.from('"eventid":"');
const LF = 0x0a;
const HEAD = 4096;
/** A longer line is no event. */
const LONGEST_LINE = 16 << 20;

/** Counts a journal's lines as they come by. Feed it every chunk, then ask for the content. */
export class ContentReader {
  readonly #hash = createHash('sha256');
  readonly #onLine: ((line: Buffer) => void) | undefined;
  readonly #recent = new Map<number, string>();
  readonly #repeats = new Set<string>();
  readonly #days = new Map<string, number>();
  #rest: Buffer[] = [];
  #restBytes = 0;
  #bytes = 0;
  #lines = 0;
  #events = 0;
  #first: string | undefined;
  #last: string | undefined;
  #head = Buffer.alloc(0);
  readonly #alien: number[] = [];

  /** @param onLine told of every event's line, without its newline */
  constructor(onLine?: (line: Buffer) => void) {
    this.#onLine = onLine;
  }

  feed(chunk: Buffer): void {
    this.#hash.update(chunk);
    this.#bytes += chunk.length;
    if (this.#head.length < HEAD) this.#head = Buffer.concat([this.#head, chunk.subarray(0, HEAD - this.#head.length)]);
    let from = 0;
    for (let lf = chunk.indexOf(LF); lf >= 0; lf = chunk.indexOf(LF, from)) {
      const piece = chunk.subarray(from, lf);
      from = lf + 1;
      this.#lines++;
      if (this.#restBytes === 0) this.#line(piece);
      else if (this.#restBytes + piece.length <= LONGEST_LINE) this.#line(Buffer.concat([...this.#rest, piece]));
      this.#rest = [];
      this.#restBytes = 0;
    }
    if (from === chunk.length) return;
    this.#restBytes += chunk.length - from;
    if (this.#restBytes <= LONGEST_LINE) this.#rest.push(Buffer.from(chunk.subarray(from)));
    else this.#rest = [];
  }

  #line(line: Buffer): void {
    const at = line[0] === 0x7b && line.at(-1) === 0x7d && line.includes(EVENTID) ? line.lastIndexOf(STAMP) : -1;
    const stamp = at < 0 ? '' : line.toString('latin1', at + STAMP.length, at + STAMP.length + 27);
    if (!/^\d{4}-\d\d-\d\dT/.test(stamp)) {
      if (this.#alien.length < 10) this.#alien.push(this.#lines);
      return;
    }
    if (this.#repeated(line)) return;
    const day = stamp.slice(0, 10);
    this.#events++;
    this.#days.set(day, (this.#days.get(day) ?? 0) + 1);
    if (this.#first === undefined || stamp < this.#first) this.#first = stamp;
    if (this.#last === undefined || stamp > this.#last) this.#last = stamp;
    this.#onLine?.(line);
  }

  #repeated(line: Buffer): boolean {
    const text = line.toString('latin1');
    if (this.#repeats.has(text)) return true;
    const slot = this.#events % REPEATS_WITHIN;
    const old = this.#recent.get(slot);
    if (old !== undefined) this.#repeats.delete(old);
    this.#recent.set(slot, text);
    this.#repeats.add(text);
    return false;
  }

  content(): Content {
    const identity = headHash(this.#head);
    return {
      bytes: this.#bytes,
      sha256: this.#hash.digest('hex'),
      lines: this.#lines,
      events: this.#events,
      days: Object.fromEntries([...this.#days].sort(([a], [b]) => (a < b ? -1 : 1))),
      ...(this.#first === undefined ? {} : { first: this.#first }),
      ...(this.#last === undefined ? {} : { last: this.#last }),
      torn: this.#restBytes,
      alien: this.#alien,
      ...(identity === undefined ? {} : { identity }),
    };
  }
}

/** Hash of a log's first line; undefined while it has no whole one. */
function headHash(head: Buffer): string | undefined {
  const lf = head.indexOf(LF);
  if (lf < 0 && head.length < HEAD) return undefined;
  return createHash('sha256')
    .update(head.subarray(0, lf < 0 ? HEAD : lf))
    .digest('hex')
    .slice(0, 32);
}

/** What marks know a plain log by; undefined when it is not there or has no whole line yet. */
export function identityOf(path: string): string | undefined {
  const head = Buffer.alloc(HEAD);
  try {
    const fd = openSync(path, 'r');
    try {
      return headHash(head.subarray(0, readSync(fd, head, 0, HEAD, 0)));
    } finally {
      closeSync(fd);
    }
  } catch {
    return undefined;
  }
}

/** Reads all of a stream. @throws what the disk or the decompression says */
export async function readContent(stream: Readable, onLine?: (line: Buffer) => void): Promise<Content> {
  const reader = new ContentReader(onLine);
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) reader.feed(chunk);
  } finally {
    stream.destroy();
  }
  return reader.content();
}
