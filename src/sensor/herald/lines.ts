// Cuts what a visitor sends into lines, for the services that talk in lines.
import type { Visitor } from './herald.ts';

/** Bytes of a line; servers take 512 to 8,192. */
const LONGEST = 4_096;
/** Bytes that wait while the answer to a login does. */
const MOST_WAITING = 65_536;

export interface Lines {
  (chunk: Buffer): void;
  /** The next bytes are no line but so many bytes as they are (IMAP's literals). */
  literal(bytes: number, take: (data: Buffer) => void): void;
  /** The next line has to wait until this has run, as servers keep a failed login waiting. */
  hold(ms: number, run: () => void): void;
}

/** `take` gets each line without its end, in order; a line that is too long ends the connection. */
export function lines(visitor: Visitor, take: (line: Buffer) => void): Lines {
  let rest: Buffer = Buffer.alloc(0);
  let wanted: { bytes: number; take: (data: Buffer) => void } | undefined;
  let over = false;
  let held = false;
  const tooMuch = (reason: string) => {
    over = true;
    visitor.violation(reason, rest.subarray(0, 64));
    visitor.end();
  };
  const receive = (chunk: Buffer) => {
    if (over) return;
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (held && rest.length > MOST_WAITING) return tooMuch('too much at once');
    while (!held) {
      if (wanted) {
        if (rest.length < wanted.bytes) return;
        const { bytes, take: takeLiteral } = wanted;
        wanted = undefined;
        const data = rest.subarray(0, bytes);
        rest = rest.subarray(bytes);
        takeLiteral(data);
        continue;
      }
      const end = rest.indexOf(0x0a);
      if (end < 0 ? rest.length > LONGEST : end > LONGEST) {
        return tooMuch('line too long');
      }
      if (end < 0) return;
      const line = rest.subarray(0, end > 0 && rest[end - 1] === 0x0d ? end - 1 : end);
      rest = rest.subarray(end + 1);
      take(line);
    }
  };
  return Object.assign(receive, {
    literal: (bytes: number, takeLiteral: (data: Buffer) => void) => {
      wanted = { bytes, take: takeLiteral };
    },
    hold: (ms: number, run: () => void) => {
      held = true;
      visitor.after(ms, () => {
        held = false;
        run();
        receive(Buffer.alloc(0));
      });
    },
  });
}

/** `USER root` → [`USER`, `root`]: the command in capitals and what follows it, bytes as latin1. */
export function words(line: Buffer): [command: string, argument: string] {
  const text = line.toString('latin1');
  const space = text.indexOf(' ');
  return space < 0 ? [text.toUpperCase(), ''] : [text.slice(0, space).toUpperCase(), text.slice(space + 1)];
}

export const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
