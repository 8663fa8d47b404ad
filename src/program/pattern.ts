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
  /** Start and end of that match alone, which costs less. */
  bounds(text: Bytes, from: number): readonly number[] | undefined;
}

export interface PatternOptions {
  extended?: boolean;
  ignoreCase?: boolean;
  fixed?: boolean;
  /** Characters are those of UTF-8. */
  utf8?: boolean;
  /** `^` and `$` match at each line of the text. */
  newline?: boolean;
  /** An extended expression's `)` without its `(` stands for itself. */
  looseParenthesis?: boolean;
  /** Without GNU's `\|`, `\+` and `\?`. */
  posix?: boolean;
  /** A repetition of nothing or of a repetition is an error. */
  strict?: boolean;
  /** False: braces stand for themselves, as in mawk. */
  intervals?: boolean;
}

const fold = (text: Bytes) => text.replace(/[A-Z]+/g, (c) => c.toLowerCase());

/** Compiles an expression; throws PatternError. */
export function compilePattern(source: Bytes, options: PatternOptions = {}): Pattern {
  if (options.fixed) {
    const wanted = options.ignoreCase ? fold(source) : source;
    const find = (text: Bytes, from: number): number[] | undefined => {
      const at = (options.ignoreCase ? fold(text) : text).indexOf(wanted, from);
      return at < 0 ? undefined : [at, at + wanted.length];
    };
    return { find, bounds: find };
  }
  let regex: ReturnType<typeof compileRegex>;
  try {
    regex = compileRegex(source, { ...options, extended: options.extended ?? false });
  } catch (error) {
    throw new PatternError(error instanceof Error ? error.message : String(error));
  }
  return { find: (text, from) => regex.exec(text, from), bounds: (text, from) => regex.bounds(text, from) };
}
