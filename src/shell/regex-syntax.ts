// The syntax of POSIX regular expressions (basic and extended, with GNU's extensions), read into a tree over bytes.
import type { Bytes } from '../machine/machine.ts';

/** A malformed expression; the message is glibc's. */
export class RegexError extends Error {}

export interface RegexOptions {
  extended: boolean;
  ignoreCase?: boolean;
  /** `^` and `$` also match at line ends inside the text, and `.` and `[^x]` do not match a newline (REG_NEWLINE). */
  newline?: boolean;
  /** A character is a sequence of bytes in UTF-8, as in a UTF-8 locale. */
  utf8?: boolean;
  /** An extended expression's `)` without its `(` stands for itself, as in grep. */
  looseParenthesis?: boolean;
  /** Only what POSIX has: no `\\|`, `\\+` and `\\?` in basic expressions. */
  posix?: boolean;
  /** A repetition of nothing or of a repetition is an error, as in sed. */
  strict?: boolean;
  /** False: braces stand for themselves, as in mawk. */
  intervals?: boolean;
}

/** Repetition counts beyond this are refused, as glibc's RE_DUP_MAX. */
const MOST_REPEATS = 255;

export type Node =
  | { type: 'set'; set: Uint8Array }
  | { type: 'assert'; kind: '^' | '$' | 'b' | 'B' | '<' | '>' | '`' | "'" }
  | { type: 'group'; index: number; node: Node }
  | { type: 'back'; index: number }
  | { type: 'sequence'; nodes: Node[] }
  | { type: 'choice'; nodes: Node[] }
  | { type: 'repeat'; node: Node; least: number; most: number };

const CLASSES: Record<string, (c: number) => boolean> = {
  alpha: (c) => (c >= 65 && c <= 90) || (c >= 97 && c <= 122),
  digit: (c) => c >= 48 && c <= 57,
  alnum: (c) => CLASSES['alpha']!(c) || CLASSES['digit']!(c),
  upper: (c) => c >= 65 && c <= 90,
  lower: (c) => c >= 97 && c <= 122,
  space: (c) => c === 32 || (c >= 9 && c <= 13),
  blank: (c) => c === 32 || c === 9,
  punct: (c) => c > 32 && c < 127 && !CLASSES['alnum']!(c),
  print: (c) => c >= 32 && c < 127,
  graph: (c) => c > 32 && c < 127,
  cntrl: (c) => c < 32 || c === 127,
  xdigit: (c) => CLASSES['digit']!(c) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102),
};
export const isWord = (c: number) => CLASSES['alnum']!(c) || c === 95;

const setOf = (test: (c: number) => boolean): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, c) => (test(c) ? 1 : 0));

/** Reads one expression. */
export class Parser {
  readonly #source: Bytes;
  readonly #extended: boolean;
  readonly #ignoreCase: boolean;
  readonly #newline: boolean;
  readonly #utf8: boolean;
  readonly #loose: boolean;
  readonly #posix: boolean;
  readonly #strict: boolean;
  readonly #intervals: boolean;
  #at = 0;
  #depth = 0;
  groups = 0;
  backReferences = false;

  constructor(source: Bytes, options: RegexOptions) {
    this.#source = source;
    this.#extended = options.extended;
    this.#ignoreCase = options.ignoreCase ?? false;
    this.#newline = options.newline ?? false;
    this.#utf8 = options.utf8 ?? false;
    this.#loose = options.looseParenthesis ?? false;
    this.#posix = options.posix ?? false;
    this.#strict = options.strict ?? false;
    this.#intervals = options.intervals ?? true;
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw new RegexError('Unmatched ) or \\)');
    return node;
  }

  #looking(text: string): boolean {
    return this.#source.startsWith(text, this.#at);
  }

  #choice(): Node {
    const bar = this.#extended ? '|' : '\\|';
    const nodes = [this.#sequence()];
    while (!(this.#posix && !this.#extended) && this.#looking(bar)) {
      this.#at += bar.length;
      nodes.push(this.#sequence());
    }
    return nodes.length === 1 ? nodes[0]! : { type: 'choice', nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    const [bar, close] = this.#extended ? ['|', ')'] : ['\\|', '\\)'];
    while (this.#at < this.#source.length && !(this.#looking(bar!) && !(this.#posix && !this.#extended))) {
      if (this.#looking(close!)) {
        if (this.#depth > 0) break;
        if (!this.#extended) throw new RegexError('Unmatched ) or \\)');
      }
      // glibc passes over a repetition of nothing.
      const nothing = nodes.every((node) => node.type === 'assert' && node.kind === '^');
      if (this.#extended && nothing && '*+?'.includes(this.#source[this.#at]!)) {
        if (this.#strict) throw new RegexError('Invalid preceding regular expression');
        this.#at++;
        continue;
      }
      let node = this.#atom(nothing);
      const anchor = node.type === 'assert' && node.kind === '^';
      for (let again = false; !anchor; again = true) {
        const repeat = this.#repeat();
        if (!repeat) break;
        if (again && this.#strict && !this.#extended) throw new RegexError('Invalid preceding regular expression');
        node = { type: 'repeat', node, ...repeat };
      }
      nodes.push(node);
    }
    return nodes.length === 1 ? nodes[0]! : { type: 'sequence', nodes };
  }

  #repeat(): { least: number; most: number } | undefined {
    const source = this.#source;
    const c = source[this.#at];
    const simple = (least: number, most: number, length: number) => {
      this.#at += length;
      return { least, most };
    };
    if (c === '*') return simple(0, Number.POSITIVE_INFINITY, 1);
    if (this.#extended) {
      if (c === '+') return simple(1, Number.POSITIVE_INFINITY, 1);
      if (c === '?') return simple(0, 1, 1);
      if (c === '{' && this.#intervals) return this.#interval(1, '}');
    } else {
      if (!this.#posix && this.#looking('\\+')) return simple(1, Number.POSITIVE_INFINITY, 2);
      if (!this.#posix && this.#looking('\\?')) return simple(0, 1, 2);
      if (this.#looking('\\{')) return this.#interval(2, '\\}');
    }
    return undefined;
  }

  #interval(open: number, close: string): { least: number; most: number } | undefined {
    const match = /^(\d*)(,?)(\d*)/.exec(this.#source.slice(this.#at + open, this.#at + open + 24))!;
    const end = this.#at + open + match[0].length;
    if (match[0] === '' || !this.#source.startsWith(close, end)) {
      // In an extended expression a brace that begins no interval stands for itself.
      if (this.#extended && !this.#strict) return undefined;
      throw new RegexError(this.#source.includes(close, this.#at) ? 'Invalid content of \\{\\}' : 'Unmatched \\{');
    }
    const least = Number(match[1] || 0);
    const most = match[3] ? Number(match[3]) : match[2] ? Number.POSITIVE_INFINITY : least;
    if (least > most) throw new RegexError('Invalid content of \\{\\}');
    if (least > 32767 || (Number.isFinite(most) && most > 32767)) throw new RegexError('Regular expression too big');
    this.#at = end + close.length;
    return { least: Math.min(least, MOST_REPEATS), most: Number.isFinite(most) ? Math.min(most, MOST_REPEATS) : most };
  }

  /** The character at this place, which begins with a byte that has been read; undefined for a byte on its own. */
  #wide(c: number): number | undefined {
    if (!this.#utf8 || c < 0xc2 || c > 0xf4) return undefined;
    const length = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
    let point = c & (0x3f >> length);
    for (let i = 0; i < length; i++) {
      const next = this.#source.charCodeAt(this.#at + i);
      if ((next & 0xc0) !== 0x80) return undefined;
      point = (point << 6) | (next & 0x3f);
    }
    this.#at += length;
    return point;
  }

  #character(point: number): Node {
    const points = [point];
    if (this.#ignoreCase) {
      const text = String.fromCodePoint(point);
      for (const other of [text.toLowerCase(), text.toUpperCase()]) {
        const p = other.codePointAt(0)!;
        if (other.length === String.fromCodePoint(p).length && !points.includes(p)) points.push(p);
      }
    }
    return ranges(points.map((p) => [p, p]));
  }

  /** One character out of a set of bytes below 0x80 and ranges of characters above. */
  #oneOf(set: Uint8Array, wide: readonly (readonly [number, number])[]): Node {
    if (!this.#utf8 || wide.length === 0) return { type: 'set', set };
    const above = ranges(wide);
    return { type: 'choice', nodes: [{ type: 'set', set }, ...(above.type === 'choice' ? above.nodes : [above])] };
  }

  #test(test: (c: number) => boolean, wide: boolean): Node {
    return this.#oneOf(
      setOf((x) => (!this.#utf8 || x < 128) && test(x)),
      wide ? [[0x80, 0x10ffff]] : [],
    );
  }

  #literal(c: number): Node {
    const point = this.#wide(c);
    if (point !== undefined) return this.#character(point);
    const fold = this.#ignoreCase && CLASSES['alpha']!(c) ? c ^ 32 : c;
    return { type: 'set', set: setOf((x) => x === c || x === fold) };
  }

  #atom(first: boolean): Node {
    const c = this.#source[this.#at++]!;
    switch (c) {
      case '.':
        return this.#test((x) => !this.#newline || x !== 10, true);
      case '[':
        return this.#bracket();
      case '\\':
        return this.#escape();
      case '^':
        if (this.#extended || first) return { type: 'assert', kind: '^' };
        break;
      case '$':
        if (this.#extended || this.#at >= this.#source.length || this.#looking('\\)') || this.#looking('\\|'))
          return { type: 'assert', kind: '$' };
        break;
      case '*':
        // First in an expression or a group it is itself.
        if (first) return this.#literal(42);
        break;
      case '{':
        if (this.#extended && this.#intervals && first && (this.#strict || /^\d/.test(this.#source.slice(this.#at))))
          throw new RegexError('Invalid preceding regular expression');
        break;
      case '(':
        if (this.#extended) return this.#group(')');
        break;
      case ')':
        if (this.#extended && this.#depth === 0 && !this.#loose) throw new RegexError('Unmatched ) or \\)');
    }
    return this.#literal(c.charCodeAt(0));
  }

  #group(close: string): Node {
    if (++this.#depth > 200) throw new RegexError('Regular expression too big');
    const index = ++this.groups;
    const node = this.#choice();
    if (!this.#looking(close)) throw new RegexError('Unmatched ( or \\(');
    this.#at += close.length;
    this.#depth--;
    return { type: 'group', index, node };
  }

  #escape(): Node {
    if (this.#at >= this.#source.length) throw new RegexError('Trailing backslash');
    const c = this.#source[this.#at++]!;
    if (!this.#extended && c === '(') return this.#group('\\)');
    if (!this.#extended && c === '{' && this.#strict) throw new RegexError('Invalid preceding regular expression');
    if (c >= '1' && c <= '9') {
      const index = Number(c);
      if (index > this.groups) throw new RegexError('Invalid back reference');
      this.backReferences = true;
      return { type: 'back', index };
    }
    switch (c) {
      case 'w':
        return this.#test(isWord, true);
      case 'W':
        return this.#test((x) => !isWord(x), false);
      case 's':
        return this.#test(CLASSES['space']!, false);
      case 'S':
        return this.#test((x) => !CLASSES['space']!(x), true);
      case 'b':
      case 'B':
      case '<':
      case '>':
      case '`':
      case "'":
        return { type: 'assert', kind: c };
    }
    return this.#literal(c.charCodeAt(0));
  }

  #bracket(): Node {
    const source = this.#source;
    const set = new Uint8Array(256);
    let wide: [number, number][] = [];
    const negated = source[this.#at] === '^';
    if (negated) this.#at++;
    const unmatched = () => new RegexError('Unmatched [, [^, [:, [., or [=');
    /** One end of a range; `[.x.]` and `[=x=]` stand for a character. */
    const end = (): number => {
      const kind = source[this.#at + 1];
      if (source[this.#at] === '[' && (kind === '=' || kind === '.')) {
        const close = source.indexOf(`${kind}]`, this.#at + 2);
        if (close < 0) throw unmatched();
        const name = source.slice(this.#at + 2, close);
        this.#at += 3;
        const point = this.#wide(name.charCodeAt(0)) ?? name.charCodeAt(0);
        if (this.#at !== close || name === '') throw new RegexError('Invalid collation character');
        this.#at = close + 2;
        return point;
      }
      const c = source.charCodeAt(this.#at++);
      return this.#wide(c) ?? c;
    };
    for (let first = true; ; first = false) {
      if (this.#at >= source.length) throw unmatched();
      if (source[this.#at] === ']' && !first) break;
      if (source[this.#at] === '[' && source[this.#at + 1] === ':') {
        const close = source.indexOf(':]', this.#at + 2);
        if (close < 0) throw unmatched();
        const name = source.slice(this.#at + 2, close);
        this.#at = close + 2;
        const test = CLASSES[name];
        if (!test) throw new RegexError('Invalid character class name');
        for (let x = 0; x < 256; x++) if (test(x)) set[x] = 1;
        if (WIDE_CLASSES.has(name)) wide.push([0x80, 0x10ffff]);
        continue;
      }
      const low = end();
      let high = low;
      if (source[this.#at] === '-' && source[this.#at + 1] !== ']' && this.#at + 1 < source.length) {
        this.#at++;
        high = end();
        if (high < low) throw new RegexError('Invalid range end');
        // C.UTF-8 has no order of characters beyond ASCII.
        if (this.#utf8 && high > 127) throw new RegexError('Invalid collation character');
      }
      const narrow = this.#utf8 ? 127 : 255;
      for (let x = low; x <= Math.min(high, narrow); x++) set[x] = 1;
      if (high > narrow) wide.push([Math.max(low, 128), high]);
    }
    this.#at++;
    if (this.#ignoreCase) for (let x = 65; x <= 90; x++) if (set[x] || set[x + 32]) set[x] = set[x + 32] = 1;
    if (negated) {
      for (let x = 0; x < 256; x++) set[x] = set[x] || (this.#utf8 && x > 127) ? 0 : 1;
      wide = outside(wide);
    }
    if (negated && this.#newline) set[10] = 0;
    return this.#oneOf(set, wide);
  }
}

/** Classes that hold what lies beyond ASCII: nearly all of it is letters. */
const WIDE_CLASSES: ReadonlySet<string> = new Set(['alpha', 'alnum', 'print', 'graph']);

/** All characters from 0x80 on that no range holds. */
function outside(wide: [number, number][]): [number, number][] {
  const result: [number, number][] = [];
  let from = 0x80;
  for (const [low, high] of wide.sort((a, b) => a[0] - b[0])) {
    if (low > from) result.push([from, low - 1]);
    from = Math.max(from, high + 1);
  }
  if (from <= 0x10ffff) result.push([from, 0x10ffff]);
  return result;
}

/** The bytes of a character in UTF-8. */
const encode = (point: number): number[] =>
  point < 0x800
    ? [0xc0 | (point >> 6), 0x80 | (point & 63)]
    : point < 0x10000
      ? [0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)]
      : [0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63)];

/** A choice of sequences of byte ranges that together are these ranges of characters from 0x80 on. */
function ranges(wide: readonly (readonly [number, number])[]): Node {
  const nodes: Node[] = [];
  const split = (low: number, high: number): void => {
    for (const border of [0x7ff, 0xffff])
      if (low <= border && high > border) {
        split(low, border);
        split(border + 1, high);
        return;
      }
    // All bytes but the last ones alike, or the last ones complete.
    for (let bits = 6; bits <= 18; bits += 6) {
      const mask = (1 << bits) - 1;
      if ((low & ~mask) === (high & ~mask)) break;
      if ((low & mask) !== 0) {
        split(low, low | mask);
        split((low | mask) + 1, high);
        return;
      }
      if ((high & mask) !== mask) {
        split(low, (high & ~mask) - 1);
        split(high & ~mask, high);
        return;
      }
    }
    const [first, last] = [encode(low), encode(high)];
    nodes.push({
      type: 'sequence',
      nodes: first.map((byte, i): Node => ({ type: 'set', set: setOf((x) => x >= byte && x <= last[i]!) })),
    });
  };
  for (const [low, high] of wide) if (nodes.length < 500) split(low, high);
  return nodes.length === 1 ? nodes[0]! : { type: 'choice', nodes };
}
