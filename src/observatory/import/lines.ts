// Chunks of bytes cut at line ends, for readers of line after line; of a line without end only its two ends are kept.
import { decode } from '../lines.ts';
import type { Log, Sink } from './reader.ts';

/** Longest line that is read whole. */
const LONGEST = 4 << 20;
/** Of a longer one so much of each end. */
const END = 1 << 20;

/** Counts every line that is not blank and calls back for it, without its end (LF or CR LF). */
export async function eachLine(log: Log, sink: Sink, visit: (line: string) => void): Promise<void> {
  await eachPlace(log, sink, (bytes, start, end) => visit(decode(bytes.subarray(start, end))));
}

/**
 * The same for the place of every line that is not blank, in bytes that have its end after it, if it has one.
 * @param visit `cut` when the line was so long that its middle was left out
 */
export async function eachPlace(
  log: Log,
  sink: Sink,
  visit: (bytes: Buffer, start: number, end: number, cut: boolean) => void,
): Promise<void> {
  let number = 0;
  await eachBytes(log, (bytes, cut) => {
    for (let start = 0; start < bytes.length; ) {
      number++;
      let end = bytes.indexOf(0x0a, start);
      if (end < 0) end = bytes.length;
      const stop = end > start && bytes[end - 1] === 0x0d ? end - 1 : end;
      if (stop > start && (bytes[start]! > 0x20 || decode(bytes.subarray(start, stop)).trim() !== '')) {
        sink.line(number);
        visit(bytes, start, stop, cut);
      }
      start = end + 1;
    }
  });
}

/** Calls back with text that ends at a line's end, about a MiB at a time. */
export async function eachText(log: Log, visit: (text: string) => void): Promise<void> {
  await eachBytes(log, (bytes) => visit(decode(bytes)));
}

/** Calls back with bytes that end with a line's LF, but for the log's last; only a line that spans chunks is copied. */
export async function eachBytes(log: Log, visit: (bytes: Buffer, cut: boolean) => void): Promise<void> {
  const rest = new Rest();
  try {
    for await (const chunk of log.chunks()) {
      const end = chunk.lastIndexOf(0x0a) + 1;
      let start = 0;
      if (rest.length > 0 && end > 0) {
        start = chunk.indexOf(0x0a) + 1;
        rest.add(chunk.subarray(0, start));
        rest.give(visit);
      }
      if (start < end) visit(chunk.subarray(start, end), false);
      rest.add(chunk.subarray(end));
    }
  } finally {
    // Also of a log whose compressed stream ends in the middle.
    rest.give(visit);
  }
}

/** The beginning of a line whose end is still to come. */
class Rest {
  #pieces: Buffer[] = [];
  /** The first bytes of a line that is too long; then `#pieces` are its last. */
  #head: Buffer | undefined;
  #held = 0;
  length = 0;

  add(piece: Buffer): void {
    if (piece.length === 0) return;
    // A copy: the chunk it is of may be large.
    this.#pieces.push(piece.length < END ? Buffer.from(piece) : piece);
    this.#held += piece.length;
    this.length += piece.length;
    if (this.#head === undefined && this.length > LONGEST) {
      const all = Buffer.concat(this.#pieces);
      this.#head = Buffer.from(all.subarray(0, END));
      this.#pieces = [all.subarray(END)];
      this.#held = all.length - END;
    }
    if (this.#head !== undefined)
      while (this.#held - this.#pieces[0]!.length >= END) this.#held -= this.#pieces.shift()!.length;
  }

  give(visit: (bytes: Buffer, cut: boolean) => void): void {
    if (this.length === 0) return;
    const end = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    const head = this.#head;
    const length = this.length;
    this.#pieces = [];
    this.#head = undefined;
    this.#held = 0;
    this.length = 0;
    if (head === undefined) visit(end, false);
    else visit(joined(head, end.subarray(-END), length), true);
  }
}

/**
 * The two ends of a line with a mark between. When both cuts are within one string of JSON, as is nearly always so, it is
 * JSON still: neither cut is made within an escape.
 */
function joined(head: Buffer, tail: Buffer, length: number): Buffer {
  let stop = head.length;
  const escape = head.lastIndexOf(0x5c);
  if (escape >= stop - 6) for (stop = escape; stop > 0 && head[stop - 1] === 0x5c; ) stop--;
  let start = 1;
  while (start < tail.length && (tail[start - 1] === 0x5c || tail[start - 1] === 0x22)) start++;
  return Buffer.concat([head.subarray(0, stop), Buffer.from(`… [cut: ${length} bytes] …`), tail.subarray(start)]);
}
