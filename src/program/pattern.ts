// POSIX regular expressions for programs: the shell's linear-time engine behind one small interface, and fixed strings.

import type { Bytes } from '../machine/machine.ts';
import { compileRegex } from '../shell/regex.ts';

/** A malformed expression; the message is glibc's (`Unmatched [, [^, [:, [., or [=`). */
export class PatternError extends Error {}

export interface Pattern {
  /**
   * The leftmost-longest match at or after `from`: start and end of the whole and of each group, -1 for a group that took no part.
   * `^` matches at 0 only, also when `from` is greater.
   */
  find(text: Bytes, from: number): number[] | undefined;
}

export interface PatternOptions {
  extended?: boolean;
  ignoreCase?: boolean;
  fixed?: boolean;
}

const fold = (text: Bytes) => text.replace(/[A-Z]+/g, (c) => c.toLowerCase());

/** Compiles an expression; throws PatternError. */
export function compilePattern(source: Bytes, options: PatternOptions = {}): Pattern {
  if (options.fixed) {
    const wanted = options.ignoreCase ? fold(source) : source;
    return {
      find(text, from) {
        const at = (options.ignoreCase ? fold(text) : text).indexOf(wanted, from);
        return at < 0 ? undefined : [at, at + wanted.length];
      },
    };
  }
  let regex: ReturnType<typeof compileRegex>;
  try {
    regex = compileRegex(source, { extended: options.extended ?? false, ignoreCase: options.ignoreCase ?? false });
  } catch (error) {
    throw new PatternError(error instanceof Error ? error.message : String(error));
  }
  return { find: (text, from) => regex.exec(text, from) };
}
