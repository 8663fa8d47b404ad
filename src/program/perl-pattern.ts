// Perl's regular expressions as PCRE2 10.42 reads them (grep -P): matched by backtracking with a bounded number of steps.
import type { Bytes } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';
import { type Pattern, PatternError } from './pattern.ts';

/** Steps of one search; PCRE2 has a limit of its own, and grep says so. */
const MOST_STEPS = 500_000;
/** Nesting of calls: repeated groups take one for each round. */
const DEEPEST = 3_000;
const STEPS_A_MICROSECOND = 40;

/** What a match may still do behind this place; -1 fails, else the end of the whole. */
type Next = (at: number) => boolean;
/** Tries to match at `at` and goes on with `next`. */
type Matcher = (run: Run, at: number, next: Next) => boolean;

interface Run {
  text: Bytes;
  /** Start and end of each group; -1 for none. */
  groups: number[];
  /** Where \K set the start of the match. */
  kept: number;
  steps: number;
  depth: number;
}

interface Flags {
  i: boolean;
  s: boolean;
  m: boolean;
  x: boolean;
}

/** The search used all its steps. */
export class TooMuchBacktracking extends Error {}

const isWord = (c: number) => (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c === 95 || (c >= 97 && c <= 122);
const CLASSES: Record<string, (c: number) => boolean> = {
  alpha: (c) => (c >= 65 && c <= 90) || (c >= 97 && c <= 122),
  digit: (c) => c >= 48 && c <= 57,
  alnum: (c) => isWord(c) && c !== 95,
  upper: (c) => c >= 65 && c <= 90,
  lower: (c) => c >= 97 && c <= 122,
  space: (c) => c === 32 || (c >= 9 && c <= 13),
  blank: (c) => c === 32 || c === 9,
  punct: (c) => c > 32 && c < 127 && !(isWord(c) && c !== 95),
  print: (c) => c >= 32 && c < 127,
  graph: (c) => c > 32 && c < 127,
  cntrl: (c) => c < 32 || c === 127,
  xdigit: (c) => (c >= 48 && c <= 57) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102),
  word: isWord,
  ascii: (c) => c < 128,
};
const ESCAPED_CLASSES: Record<string, (c: number) => boolean> = {
  d: CLASSES['digit']!,
  w: isWord,
  s: CLASSES['space']!,
  h: CLASSES['blank']!,
  v: (c) => c >= 10 && c <= 13,
};
const CONTROLS: Record<string, number> = { n: 10, t: 9, r: 13, f: 12, e: 27, a: 7 };

class Compiler {
  readonly #source: Bytes;
  readonly #utf8: boolean;
  #at = 0;
  #flags: Flags;
  count = 0;
  readonly #names = new Map<string, number>();
  #highestReference = 0;

  constructor(source: Bytes, ignoreCase: boolean, utf8: boolean) {
    this.#source = source;
    this.#utf8 = utf8;
    this.#flags = { i: ignoreCase, s: false, m: false, x: false };
  }

  compile(): Matcher {
    const { matcher } = this.#choice();
    if (this.#at < this.#source.length) throw new PatternError('unmatched closing parenthesis');
    if (this.#highestReference > this.count) throw new PatternError('reference to non-existent subpattern');
    return matcher;
  }

  /** `length` is the fixed length, or -1: lookbehind needs one. */
  #choice(): { matcher: Matcher; lengths: number[] } {
    const flags = { ...this.#flags };
    const ways = [this.#sequence()];
    while (this.#source[this.#at] === '|') {
      this.#at++;
      ways.push(this.#sequence());
    }
    this.#flags = flags;
    const matchers = ways.map((way) => way.matcher);
    const lengths = ways.map((way) => way.length);
    if (matchers.length === 1) return { matcher: matchers[0]!, lengths };
    return { matcher: (run, at, next) => matchers.some((m) => m(run, at, next)), lengths };
  }

  #sequence(): { matcher: Matcher; length: number } {
    let parts: Matcher[] = [];
    let length = 0;
    for (; this.#at < this.#source.length; ) {
      const c = this.#source[this.#at]!;
      if (c === '|' || c === ')') break;
      if (this.#flags.x && (CLASSES['space']!(c.charCodeAt(0)) || c === '#')) {
        if (c === '#') while (this.#at < this.#source.length && this.#source[this.#at] !== '\n') this.#at++;
        else this.#at++;
        continue;
      }
      const atom = this.#atom();
      if (!atom) continue;
      const repeated = this.#repeat(atom);
      length = length < 0 || repeated.length < 0 ? -1 : length + repeated.length;
      parts.push(repeated.matcher);
    }
    const chain = parts.reduceRight<Matcher | undefined>(
      (rest, part) => (rest ? (run, at, next) => part(run, at, (end) => rest(run, end, next)) : part),
      undefined,
    );
    parts = [];
    return { matcher: chain ?? ((_, at, next) => next(at)), length };
  }

  #repeat(atom: Atom): Atom {
    const match = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})([?+]?)/.exec(this.#source.slice(this.#at, this.#at + 24));
    if (!match) return atom;
    this.#at += match[0].length;
    const [, sign, low, comma, high, mode] = match;
    const least = sign ? (sign === '+' ? 1 : 0) : Number(low);
    const most = sign
      ? sign === '?'
        ? 1
        : Number.POSITIVE_INFINITY
      : high
        ? Number(high)
        : comma
          ? Number.POSITIVE_INFINITY
          : least;
    if (least > 65535 || (most > 65535 && Number.isFinite(most)))
      throw new PatternError('number too big in {} quantifier');
    if (most < least) throw new PatternError('numbers out of order in {} quantifier');
    const length = atom.length >= 0 && least === most ? atom.length * least : -1;
    const single = atom.single;
    let matcher: Matcher;
    if (single) matcher = repeatSingle(single, least, most, mode!);
    else {
      const loop = repeatGroup(atom.matcher, least, most, mode === '?');
      matcher = mode === '+' ? atomic(loop) : loop;
    }
    const result: Atom = { matcher, length };
    const again = /^[*+?]/.test(this.#source.slice(this.#at));
    return again ? this.#repeat(result) : result;
  }

  #one(test: (c: number) => boolean, wide: boolean): Atom {
    const utf8 = this.#utf8;
    const single = (text: Bytes, at: number): number => {
      if (at >= text.length) return -1;
      const c = text.charCodeAt(at);
      if (!utf8 || c < 128) return test(c) ? at + 1 : -1;
      if (!wide) return -1;
      const end = at + (c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 1);
      return end <= text.length && end > at + 1 ? end : -1;
    };
    return { single, length: wide && utf8 ? 1 : 1, matcher: oneOf(single) };
  }

  #literal(text: Bytes): Atom {
    const other = this.#flags.i ? text.replace(/[A-Za-z]/g, (c) => String.fromCharCode(c.charCodeAt(0) ^ 32)) : text;
    const single = (subject: Bytes, at: number): number =>
      subject.startsWith(text, at) || (other !== text && subject.startsWith(other, at)) ? at + text.length : -1;
    return { single, length: text.length, matcher: oneOf(single) };
  }

  #assertion(holds: (text: Bytes, at: number) => boolean): Atom {
    return { length: 0, matcher: (run, at, next) => holds(run.text, at) && next(at) };
  }

  #atom(): Atom | undefined {
    const source = this.#source;
    const c = source[this.#at++]!;
    const { m, s } = this.#flags;
    switch (c) {
      case '.':
        return this.#one((x) => s || x !== 10, true);
      case '^':
        return this.#assertion((text, at) => at === 0 || (m && text[at - 1] === '\n'));
      case '$':
        return this.#assertion(
          (text, at) => at === text.length || (at === text.length - 1 && text[at] === '\n') || (m && text[at] === '\n'),
        );
      case '[':
        return this.#bracket();
      case '(':
        return this.#group();
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw new PatternError('quantifier does not follow a repeatable item');
    }
    // A whole character in UTF-8 is one atom.
    let text = c;
    if (this.#utf8 && c >= '\xc2') while ((source.charCodeAt(this.#at) & 0xc0) === 0x80) text += source[this.#at++];
    return this.#literal(text);
  }

  #group(): Atom | undefined {
    const source = this.#source;
    const rest = source.slice(this.#at, this.#at + 80);
    const close = () => {
      if (source[this.#at] !== ')') throw new PatternError('missing closing parenthesis');
      this.#at++;
    };
    const inner = (skip: number) => {
      this.#at += skip;
      const choice = this.#choice();
      close();
      const [first] = choice.lengths;
      return { ...choice, length: choice.lengths.every((l) => l === first) ? first! : -1 };
    };
    if (rest.startsWith('*')) throw new PatternError('(*VERB) not recognized or malformed');
    if (!rest.startsWith('?')) return this.#capture(undefined, 0, inner);
    const named = /^\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/.exec(rest);
    if (named) return this.#capture(named[1] ?? named[2]!, named[0].length, inner);
    if (rest.startsWith('?#')) {
      const end = source.indexOf(')', this.#at);
      if (end < 0) throw new PatternError('missing ) after (?# comment');
      this.#at = end + 1;
      return undefined;
    }
    if (rest.startsWith('?:')) return inner(2);
    if (rest.startsWith('?>')) {
      const { matcher, length } = inner(2);
      return { matcher: atomic(matcher), length };
    }
    const look = /^\?(<?)([=!])/.exec(rest);
    if (look) {
      const { matcher, lengths } = inner(look[0].length);
      const positive = look[2] === '=';
      if (look[1] && lengths.some((length) => length < 0))
        throw new PatternError('lookbehind assertion is not fixed length');
      const found: Matcher = look[1]
        ? (run, at) => lengths.some((length) => at >= length && matcher(run, at - length, (end) => end === at))
        : (run, at) => matcher(run, at, () => true);
      return {
        length: 0,
        matcher: (run, at, next) => {
          const before = run.groups.slice();
          if (found(run, at, next) !== positive) {
            run.groups = before;
            return false;
          }
          if (!positive) run.groups = before;
          return next(at);
        },
      };
    }
    const flags = /^\?([imsxnJU]*)(?:-([imsxnJU]*))?([:)])/.exec(rest);
    if (!flags) throw new PatternError('unrecognized character after (? or (?-');
    const changed = { ...this.#flags };
    for (const letter of flags[1]!) if (letter in changed) changed[letter as keyof Flags] = true;
    for (const letter of flags[2] ?? '') if (letter in changed) changed[letter as keyof Flags] = false;
    const before = this.#flags;
    this.#flags = changed;
    if (flags[3] === ')') {
      this.#at += flags[0].length;
      return undefined;
    }
    const result = inner(flags[0].length);
    this.#flags = before;
    return result;
  }

  #capture(name: string | undefined, skip: number, inner: (skip: number) => Atom): Atom {
    const index = ++this.count;
    if (name !== undefined) this.#names.set(name, index);
    const { matcher, length } = inner(skip);
    return {
      length,
      matcher: (run, at, next) => {
        const { groups } = run;
        const [start, end] = [groups[index * 2], groups[index * 2 + 1]];
        const found = matcher(run, at, (to) => {
          const before = [run.groups[index * 2], run.groups[index * 2 + 1]];
          run.groups[index * 2] = at;
          run.groups[index * 2 + 1] = to;
          if (next(to)) return true;
          [run.groups[index * 2], run.groups[index * 2 + 1]] = before as [number, number];
          return false;
        });
        if (!found) [run.groups[index * 2], run.groups[index * 2 + 1]] = [start!, end!];
        return found;
      },
    };
  }

  #reference(index: () => number): Atom {
    const fold = this.#flags.i;
    return {
      length: -1,
      matcher: (run, at, next) => {
        const [from, to] = [run.groups[index() * 2] ?? -1, run.groups[index() * 2 + 1] ?? -1];
        if (from < 0) return false;
        const wanted = run.text.slice(from, to);
        const there = run.text.slice(at, at + wanted.length);
        return (there === wanted || (fold && there.toLowerCase() === wanted.toLowerCase())) && next(at + wanted.length);
      },
    };
  }

  #escape(): Atom | undefined {
    const source = this.#source;
    if (this.#at >= source.length) throw new PatternError('\\ at end of pattern');
    const c = source[this.#at++]!;
    const boundary = (text: Bytes, at: number) => {
      const word = (i: number) =>
        i >= 0 && i < text.length && (isWord(text.charCodeAt(i)) || (this.#utf8 && text.charCodeAt(i) > 127));
      return word(at - 1) !== word(at);
    };
    switch (c) {
      case 'b':
        return this.#assertion(boundary);
      case 'B':
        return this.#assertion((text, at) => !boundary(text, at));
      case 'A':
      case 'G':
        return this.#assertion((_, at) => at === 0);
      case 'z':
        return this.#assertion((text, at) => at === text.length);
      case 'Z':
        return this.#assertion((text, at) => at === text.length || (at === text.length - 1 && text[at] === '\n'));
      case 'K':
        return {
          length: 0,
          matcher: (run, at, next) => {
            const before = run.kept;
            run.kept = at;
            if (next(at)) return true;
            run.kept = before;
            return false;
          },
        };
      case 'N':
        return this.#one((x) => x !== 10, true);
      case 'R':
        return {
          length: -1,
          matcher: (run, at, next) =>
            (run.text.startsWith('\r\n', at) && next(at + 2)) || (/[\n-\r]/.test(run.text[at] ?? '') && next(at + 1)),
        };
      case 'Q': {
        const end = source.indexOf('\\E', this.#at);
        const text = source.slice(this.#at, end < 0 ? undefined : end);
        this.#at = end < 0 ? source.length : end + 2;
        return text === '' ? undefined : this.#literal(text);
      }
      case 'E':
        return undefined;
    }
    const reference = /^(?:(\d+)|g\{?(-?\d+)\}?|(?:k|g)[<{']([A-Za-z_]\w*)[>}'])/.exec(
      source.slice(this.#at - 1, this.#at + 40),
    );
    if (
      reference &&
      c !== '0' &&
      !(reference[1] && reference[1].length > 1 && Number(reference[1]) > this.count && /^[0-7]+$/.test(reference[1]))
    ) {
      this.#at += reference[0].length - 1;
      const { 1: plain, 2: group, 3: name } = reference;
      if (name !== undefined) {
        const names = this.#names;
        if (!names.has(name)) throw new PatternError('reference to non-existent subpattern');
        return this.#reference(() => names.get(name)!);
      }
      const number = plain ? Number(plain) : Number(group) < 0 ? this.count + 1 + Number(group) : Number(group);
      this.#highestReference = Math.max(this.#highestReference, number);
      return this.#reference(() => number);
    }
    const test = ESCAPED_CLASSES[c.toLowerCase()];
    if (test) return c === c.toLowerCase() ? this.#one(test, c === 'w') : this.#one((x) => !test(x), c !== 'W');
    return this.#literal(this.#encoded(this.#escapedCode(c)));
  }

  #encoded(code: number): Bytes {
    return this.#utf8 && code > 127
      ? Buffer.from(String.fromCodePoint(Math.min(code, 0x10ffff))).toString('latin1')
      : String.fromCharCode(code & 255);
  }

  /** The code of an escaped character, of which the first letter has been read. */
  #escapedCode(c: string): number {
    const take = (pattern: RegExp): string | undefined => {
      const match = pattern.exec(this.#source.slice(this.#at, this.#at + 16));
      if (match) this.#at += match[0].length;
      return match?.[1] ?? match?.[0];
    };
    if (c === 'x') return Number.parseInt(take(/^\{([0-9A-Fa-f]+)\}/) ?? take(/^[0-9A-Fa-f]{1,2}/) ?? '0', 16);
    if (c === 'o') return Number.parseInt(take(/^\{([0-7]+)\}/) ?? '0', 8);
    if (c === 'c') return (take(/^./) ?? '@').toUpperCase().charCodeAt(0) ^ 64;
    if (c >= '0' && c <= '7') {
      this.#at--;
      return Number.parseInt(take(/^[0-7]{1,3}/)!, 8);
    }
    if (CONTROLS[c] !== undefined) return CONTROLS[c]!;
    if (/[A-Za-z]/.test(c)) throw new PatternError('unrecognized character follows \\');
    return c.charCodeAt(0);
  }

  #bracket(): Atom {
    const source = this.#source;
    const set = new Uint8Array(256);
    const negated = source[this.#at] === '^';
    if (negated) this.#at++;
    let wide = false;
    const missing = () => new PatternError('missing terminating ] for character class');
    for (let first = true; ; first = false) {
      if (this.#at >= source.length) throw missing();
      let c = source[this.#at++]!;
      if (c === ']' && !first) break;
      if (c === '[' && source[this.#at] === ':') {
        const end = source.indexOf(':]', this.#at);
        if (end > 0 && /^\^?[a-z]+$/.test(source.slice(this.#at + 1, end))) {
          const name = source.slice(this.#at + 1, end);
          const test = CLASSES[name.replace('^', '')];
          if (!test) throw new PatternError('unknown POSIX class name');
          for (let x = 0; x < 128; x++) if (test(x) !== name.startsWith('^')) set[x] = 1;
          this.#at = end + 2;
          continue;
        }
      }
      const code = (letter: string): number | undefined => {
        if (letter !== '\\') return letter.charCodeAt(0);
        if (this.#at >= source.length) throw missing();
        const escaped = source[this.#at++]!;
        if (escaped === 'b') return 8;
        const test = ESCAPED_CLASSES[escaped.toLowerCase()];
        if (!test) return this.#escapedCode(escaped);
        for (let x = 0; x < 256; x++) if (test(x) === (escaped === escaped.toLowerCase())) set[x] = 1;
        if (escaped !== escaped.toLowerCase()) wide = true;
        return undefined;
      };
      const low = code(c);
      if (low === undefined) continue;
      let high = low;
      if (source[this.#at] === '-' && source[this.#at + 1] !== ']' && this.#at + 1 < source.length) {
        this.#at++;
        c = source[this.#at++]!;
        const end = code(c);
        if (end === undefined) set[45] = 1;
        else high = end;
        if (high < low) throw new PatternError('range out of order in character class');
      }
      if (high > 127 && this.#utf8) wide = true;
      for (let x = low; x <= Math.min(high, 255); x++) set[x] = 1;
    }
    if (this.#flags.i) for (let x = 65; x <= 90; x++) if (set[x] || set[x + 32]) set[x] = set[x + 32] = 1;
    return this.#one((x) => (set[x] === 1) !== negated, negated !== wide);
  }
}

interface Atom {
  matcher: Matcher;
  length: number;
  /** For what never has two ways to match: the end, or -1. */
  single?: (text: Bytes, at: number) => number;
}

const oneOf =
  (single: (text: Bytes, at: number) => number): Matcher =>
  (run, at, next) => {
    if (++run.steps > MOST_STEPS) throw new TooMuchBacktracking();
    const end = single(run.text, at);
    return end >= 0 && next(end);
  };

/** Matches once, and never tries another way. */
const atomic =
  (matcher: Matcher): Matcher =>
  (run, at, next) => {
    let end = -1;
    return (
      matcher(run, at, (to) => {
        end = to;
        return true;
      }) && next(end)
    );
  };

function repeatSingle(single: (text: Bytes, at: number) => number, least: number, most: number, mode: string): Matcher {
  return (run, at, next) => {
    const ends: number[] = [at];
    const more = () => {
      // One more of the same costs little.
      run.steps += 0.25;
      if (run.steps > MOST_STEPS) throw new TooMuchBacktracking();
      const end = single(run.text, ends[ends.length - 1]!);
      if (end >= 0) ends.push(end);
      return end >= 0;
    };
    while (ends.length <= least) if (!more()) return false;
    if (mode === '?') {
      do if (next(ends[ends.length - 1]!)) return true;
      while (ends.length <= most && more());
      return false;
    }
    while (ends.length <= most && more());
    if (mode === '+') return next(ends[ends.length - 1]!);
    for (; ends.length > least; ends.pop()) if (next(ends[ends.length - 1]!)) return true;
    return false;
  };
}

function repeatGroup(matcher: Matcher, least: number, most: number, lazy: boolean): Matcher {
  const round = (run: Run, at: number, done: number, next: Next): boolean => {
    if (++run.steps > MOST_STEPS || ++run.depth > DEEPEST) throw new TooMuchBacktracking();
    try {
      const again = () =>
        done < most && matcher(run, at, (end) => (end > at || done < least) && round(run, end, done + 1, next));
      if (done < least) return again();
      return lazy ? next(at) || again() : again() || next(at);
    } finally {
      run.depth--;
    }
  };
  return (run, at, next) => round(run, at, 0, next);
}

/**
 * Compiles an expression. Matches are the first in Perl's order, not the longest; group 0 begins where \K says.
 * Throws PatternError with PCRE2's message; a search that needs too many steps throws `TooMuchBacktracking`.
 */
export function compilePerlPattern(source: Bytes, { ignoreCase = false, utf8 = false } = {}): Pattern {
  const compiler = new Compiler(source, ignoreCase, utf8);
  const matcher = compiler.compile();
  const find = (text: Bytes, from: number): number[] | undefined => {
    const run: Run = { text, groups: [], kept: -1, steps: 0, depth: 0 };
    try {
      for (let at = from; at <= text.length; at++) {
        run.groups = new Array<number>((compiler.count + 1) * 2).fill(-1);
        run.kept = -1;
        run.steps++;
        let end = -1;
        const found = matcher(run, at, (to) => {
          end = to;
          return true;
        });
        if (found) {
          run.groups[0] = run.kept >= 0 ? run.kept : at;
          run.groups[1] = end;
          return run.groups;
        }
        if (run.steps > MOST_STEPS) throw new TooMuchBacktracking();
      }
      return undefined;
    } finally {
      owe(Math.min(25_000, run.steps / STEPS_A_MICROSECOND));
    }
  };
  return { find, bounds: find };
}
