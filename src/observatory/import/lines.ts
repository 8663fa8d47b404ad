// Chunks of bytes cut at line ends, for readers of line after line.
import { decode } from '../lines.ts';
import type { Log, Sink } from './reader.ts';

const LONGEST = 32 << 20;

/** Counts every line that is not blank and calls back for it, without its end (LF or CR LF). */
export async function eachLine(log: Log, sink: Sink, visit: (line: string) => void): Promise<void> {
  let number = 0;
  await eachText(log, sink, (text) => {
    for (let start = 0; start < text.length; ) {
      number++;
      let end = text.indexOf('\n', start);
      if (end < 0) end = text.length;
      const stop = end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
      if (stop > start) {
        const line = text.slice(start, stop);
        if (line.charCodeAt(0) > 32 || line.trim() !== '') {
          sink.line(number);
          visit(line);
        }
      }
      start = end + 1;
    }
  });
}

/** Calls back with text that ends at a line's end, about a MiB at a time; only a line that spans chunks is copied. */
export async function eachText(log: Log, sink: Sink, visit: (text: string) => void): Promise<void> {
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
        visit(decode(Buffer.concat([...rest, whole.subarray(0, lf)])));
        if (lf < end) visit(decode(whole.subarray(lf)));
      } else visit(decode(whole));
      rest = end < chunk.length ? [Buffer.from(chunk.subarray(end))] : [];
      restBytes = chunk.length - end;
    }
  } finally {
    // Also of a log whose compressed stream ends in the middle.
    if (restBytes > 0) visit(decode(Buffer.concat(rest)));
  }
}
