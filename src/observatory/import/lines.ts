// Chunks of bytes cut at line ends, for readers of line after line.
import { decode } from '../lines.ts';
import type { Log, Sink } from './reader.ts';

const LONGEST = 32 << 20;

/** Counts every line that is not blank and calls back for it, without its end (LF or CR LF). */
export async function eachLine(log: Log, sink: Sink, visit: (line: string) => void): Promise<void> {
  await eachPlace(log, sink, (bytes, start, end) => visit(decode(bytes.subarray(start, end))));
}

/** The same for the place of every line that is not blank, in bytes that have its end after it, if it has one. */
export async function eachPlace(
  log: Log,
  sink: Sink,
  visit: (bytes: Buffer, start: number, end: number) => void,
): Promise<void> {
  let number = 0;
  await eachBytes(log, sink, (bytes) => {
    for (let start = 0; start < bytes.length; ) {
      number++;
      let end = bytes.indexOf(0x0a, start);
      if (end < 0) end = bytes.length;
      const stop = end > start && bytes[end - 1] === 0x0d ? end - 1 : end;
      if (stop > start && (bytes[start]! > 0x20 || decode(bytes.subarray(start, stop)).trim() !== '')) {
        sink.line(number);
        visit(bytes, start, stop);
      }
      start = end + 1;
    }
  });
}

/** Calls back with text that ends at a line's end, about a MiB at a time. */
export async function eachText(log: Log, sink: Sink, visit: (text: string) => void): Promise<void> {
  await eachBytes(log, sink, (bytes) => visit(decode(bytes)));
}

/** Calls back with bytes that end with a line's LF, but for the log's last; only a line that spans chunks is copied. */
export async function eachBytes(log: Log, sink: Sink, visit: (bytes: Buffer) => void): Promise<void> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  try {
    for await (const chunk of log.chunks()) {
      const end = chunk.lastIndexOf(0x0a) + 1;
      if (end === 0) {
        rest.push(chunk);
        restBytes += chunk.length;
        if (restBytes > LONGEST) {
          sink.malformed('a line of more than 32 MiB');
          rest = [];
          restBytes = 0;
        }
        continue;
      }
      const whole = chunk.subarray(0, end);
      if (restBytes > 0) {
        const lf = whole.indexOf(0x0a) + 1;
        visit(Buffer.concat([...rest, whole.subarray(0, lf)]));
        if (lf < end) visit(whole.subarray(lf));
      } else visit(whole);
      rest = end < chunk.length ? [Buffer.from(chunk.subarray(end))] : [];
      restBytes = chunk.length - end;
    }
  } finally {
    // Also of a log whose compressed stream ends in the middle.
    if (restBytes > 0) visit(Buffer.concat(rest));
  }
}
