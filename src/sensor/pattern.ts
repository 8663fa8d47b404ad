// Regular expressions of userdb.txt, matched in linear time: the operator writes them, attackers choose the text they run on.
//
// The syntax is Python's `re` over bytes, as Cowrie compiles it, without what cannot be matched in linear time (back
// references) and without look-behind; a rule that needs those is refused with the reason. Look-ahead is supported.

/** Says whether the expression is found anywhere in the text (`re.search`). The text is a string of bytes. */
export type Matcher = (text: string) => boolean;

/** Bytes of an attacker's text that are looked at; a longer one is judged by its beginning. */
export const MATCHED_BYTES = 512;
/** Instructions of one compiled expression; counted repetitions multiply. */
const MOST_INSTRUCTIONS = 2_000;
const DEEPEST_NESTING = 50;

type Assertion = 'start' | 'end' | 'very-end' | 'word' | 'not-word';

type Instruction =
  | { op: 'set'; set: Uint8Array }
  | { op: 'split'; to: number[] }
  | { op: 'assert'; what: Assertion }
  | { op: 'look'; program: Instruction[]; negative: boolean }
  | { op: 'match' };

/** What is wrong with an expression, in one sentence without a full stop. */
export class PatternError extends Error {
  override name = 'PatternError';
}

/** @throws PatternError */
export function compilePattern(source: string, ignoreCase: boolean): Matcher {
  const program = new Compiler(source, ignoreCase).compile();
  return (text) => search(program, text.slice(0, MATCHED_BYTES));
}

/** Set of bytes as 256 flags. */
const bytes = (test: (code: number) => boolean): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, c) => (test(c) ? 1 : 0));
const isDigit = (c: number) => c >= 48 && c <= 57;
const isWord = (c: number) => isDigit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
const isSpace = (c: number) => c === 32 || (c >= 9 && c <= 13);
const classes: Readonly<Record<string, Uint8Array>> = {
  d: bytes(isDigit),
  D: bytes((c) => !isDigit(c)),
  w: bytes(isWord),
  W: bytes((c) => !isWord(c)),
  s: bytes(isSpace),
  S: bytes((c) => !isSpace(c)),
};
const anyButNewline = bytes((c) => c !== 10);
const any = bytes(() => true);
const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, a: 7 };

class Compiler {
  readonly #source: string;
  #at = 0;
  #ignoreCase: boolean;
  #dotAll = false;
  #depth = 0;

  constructor(source: string, ignoreCase: boolean) {
    this.#source = source;
    this.#ignoreCase = ignoreCase;
  }

  compile(): Instruction[] {
    // Inline flags stand at the very start, as Python demands.
    const flags = /^\(\?([aimsux]+)\)/.exec(this.#source);
    if (flags) {
      if (/[mx]/.test(flags[1]!)) throw new PatternError(`flag (?${flags[1]}) is not supported, only (?i) and (?s)`);
      this.#ignoreCase ||= flags[1]!.includes('i');
      this.#dotAll = flags[1]!.includes('s');
      this.#at = flags[0].length;
    }
    const body = this.#alternation();
    if (this.#at < this.#source.length) throw new PatternError(`unbalanced parenthesis at position ${this.#at + 1}`);
    return [...body, { op: 'match' }];
  }

  #alternation(): Instruction[] {
    const branches = [this.#sequence()];
    while (this.#source[this.#at] === '|') {
      this.#at++;
      branches.push(this.#sequence());
    }
    if (branches.length === 1) return branches[0]!;
    // split to each branch; every branch but the last ends in a jump to the end.
    const whole = branches.reduce((sum, branch) => sum + branch.length + 1, 0);
    const out: Instruction[] = [];
    const entries: number[] = [];
    out.push({ op: 'split', to: entries });
    for (const branch of branches) {
      entries.push(out.length);
      out.push(...relocate(branch, out.length));
      out.push({ op: 'split', to: [1 + whole] });
    }
    return this.#bounded(out);
  }

  #sequence(): Instruction[] {
    const out: Instruction[] = [];
    while (this.#at < this.#source.length && this.#source[this.#at] !== '|' && this.#source[this.#at] !== ')') {
      const atom = this.#atom();
      const repeated = this.#quantified(atom);
      out.push(...relocate(repeated, out.length));
      this.#bounded(out);
    }
    return out;
  }

  #quantified(atom: Instruction[]): Instruction[] {
    let result = atom;
    for (let times = 0; ; times++) {
      const range = this.#quantifier();
      if (!range) return result;
      if (times > 0) throw new PatternError(`multiple repeat at position ${this.#at}`);
      result = this.#repeat(result, range.least, range.most);
    }
  }

  #quantifier(): { least: number; most: number } | undefined {
    const rest = this.#source.slice(this.#at, this.#at + 16);
    const [text, least, comma, most] = /^(?:[*+?]|\{(\d*)(,?)(\d*)\})/.exec(rest) ?? [];
    if (text === undefined || text === '{}' || text === '{,}') return undefined;
    this.#at += text.length;
    // Lazy and possessive forms find the same texts; only whether something is found matters here.
    if (this.#source[this.#at] === '?' || this.#source[this.#at] === '+') {
      if (this.#source[this.#at] === '+')
        throw new PatternError(`possessive quantifier at position ${this.#at + 1} is not supported`);
      this.#at++;
    }
    if (text === '*') return { least: 0, most: Number.POSITIVE_INFINITY };
    if (text === '+') return { least: 1, most: Number.POSITIVE_INFINITY };
    if (text === '?') return { least: 0, most: 1 };
    const low = Number(least || 0);
    const high = comma ? (most ? Number(most) : Number.POSITIVE_INFINITY) : low;
    if (high < low) throw new PatternError(`{${low},${high}}: the minimum is larger than the maximum`);
    return { least: low, most: high };
  }

  #repeat(atom: Instruction[], least: number, most: number): Instruction[] {
    const copies = most === Number.POSITIVE_INFINITY ? least + 1 : most;
    if (copies * (atom.length + 2) > MOST_INSTRUCTIONS) throw new PatternError('the expression is too large');
    const out: Instruction[] = [];
    for (let n = 0; n < least; n++) out.push(...relocate(atom, out.length));
    if (most === Number.POSITIVE_INFINITY) {
      // L: split body, end; body; jump L
      const start = out.length;
      out.push({ op: 'split', to: [start + 1, start + atom.length + 2] });
      out.push(...relocate(atom, out.length));
      out.push({ op: 'split', to: [start] });
    } else {
      const end = out.length + (most - least) * (atom.length + 1);
      for (let n = least; n < most; n++) {
        out.push({ op: 'split', to: [out.length + 1, end] });
        out.push(...relocate(atom, out.length));
      }
    }
    return out;
  }

  #atom(): Instruction[] {
    const c = this.#source[this.#at++]!;
    switch (c) {
      case '(':
        return this.#group();
      case '[':
        return [{ op: 'set', set: this.#folded(this.#class()) }];
      case '.':
        return [{ op: 'set', set: this.#dotAll ? any : anyButNewline }];
      case '^':
        return [{ op: 'assert', what: 'start' }];
      case '$':
        return [{ op: 'assert', what: 'end' }];
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw new PatternError(`nothing to repeat at position ${this.#at}`);
      default:
        return [{ op: 'set', set: this.#folded(one(c.charCodeAt(0))) }];
    }
  }

  #group(): Instruction[] {
    if (++this.#depth > DEEPEST_NESTING) throw new PatternError('parentheses are nested too deeply');
    let look: 'positive' | 'negative' | undefined;
    if (this.#source[this.#at] === '?') {
      const [text, kind] = /^\?(:|=|!|P<\w+>|#[^)]*)/.exec(this.#source.slice(this.#at)) ?? [];
      if (text === undefined || kind === undefined) {
        const head = this.#source.slice(this.#at, this.#at + 3);
        const what = head.startsWith('?<') ? 'look-behind' : head.startsWith('?P=') ? 'a back reference' : `(${head}…`;
        throw new PatternError(`${what} at position ${this.#at} is not supported`);
      }
      this.#at += text.length;
      if (kind === '=') look = 'positive';
      if (kind === '!') look = 'negative';
    }
    const body = this.#alternation();
    if (this.#source[this.#at] !== ')') throw new PatternError('missing ), unterminated parenthesis');
    this.#at++;
    this.#depth--;
    return look ? [{ op: 'look', program: [...body, { op: 'match' }], negative: look === 'negative' }] : body;
  }

  #escape(): Instruction[] {
    const c = this.#source[this.#at];
    if (c === 'A' || c === 'Z' || c === 'b' || c === 'B') {
      this.#at++;
      const what = ({ A: 'start', Z: 'very-end', b: 'word', B: 'not-word' } as const)[c];
      return [{ op: 'assert', what }];
    }
    if (c !== undefined && c >= '1' && c <= '9') throw new PatternError(`back reference \\${c} is not supported`);
    return [{ op: 'set', set: this.#folded(this.#escaped()) }];
  }

  /** After the backslash: a class or one byte. */
  #escaped(): Uint8Array {
    const c = this.#source[this.#at++];
    if (c === undefined) throw new PatternError('bad escape at the end of the expression');
    if (classes[c]) return classes[c];
    if (c === 'x') {
      const hex = this.#source.slice(this.#at, this.#at + 2);
      if (!/^[0-9a-fA-F]{2}$/.test(hex))
        throw new PatternError('incomplete escape \\x, expected two hexadecimal digits');
      this.#at += 2;
      return one(Number.parseInt(hex, 16));
    }
    if (c === '0') return one(0);
    if (controls[c] !== undefined) return one(controls[c]);
    if (/[a-zA-Z]/.test(c)) throw new PatternError(`bad escape \\${c}`);
    return one(c.charCodeAt(0));
  }

  #class(): Uint8Array {
    const negated = this.#source[this.#at] === '^';
    if (negated) this.#at++;
    const set = new Uint8Array(256);
    for (let first = true; ; first = false) {
      const c = this.#source[this.#at];
      if (c === undefined) throw new PatternError('unterminated character set');
      this.#at++;
      if (c === ']' && !first) break;
      const low = c === '\\' ? this.#classEscape() : one(c.charCodeAt(0));
      const next = this.#source[this.#at + 1];
      if (this.#source[this.#at] === '-' && next !== undefined && next !== ']') {
        this.#at += 2;
        const high = next === '\\' ? this.#classEscape() : one(next.charCodeAt(0));
        const from = only(low);
        const to = only(high);
        if (from === undefined || to === undefined || to < from) throw new PatternError('bad character range in a set');
        for (let code = from; code <= to; code++) set[code] = 1;
      } else for (let code = 0; code < 256; code++) set[code]! |= low[code]!;
    }
    const folded = this.#folded(set);
    return negated ? folded.map((flag) => 1 - flag) : folded;
  }

  #classEscape(): Uint8Array {
    if (this.#source[this.#at] === 'b') {
      this.#at++;
      return one(8);
    }
    return this.#escaped();
  }

  #folded(set: Uint8Array): Uint8Array {
    if (!this.#ignoreCase) return set;
    const folded = Uint8Array.from(set);
    for (let upper = 65; upper <= 90; upper++)
      if (set[upper] || set[upper + 32]) folded[upper] = folded[upper + 32] = 1;
    return folded;
  }

  #bounded(program: Instruction[]): Instruction[] {
    if (program.length > MOST_INSTRUCTIONS) throw new PatternError('the expression is too large');
    return program;
  }
}

function one(code: number): Uint8Array {
  if (code > 255) throw new PatternError('a character outside ASCII');
  const set = new Uint8Array(256);
  set[code] = 1;
  return set;
}

const only = (set: Uint8Array): number | undefined => {
  const code = set.indexOf(1);
  return code === set.lastIndexOf(1) && code >= 0 ? code : undefined;
};

function relocate(program: Instruction[], by: number): Instruction[] {
  if (by === 0) return program;
  return program.map((step) => (step.op === 'split' ? { op: 'split', to: step.to.map((to) => to + by) } : step));
}

/** Simulates all ways at once (Thompson): time is at most text length × program size, whatever the expression. */
function search(program: Instruction[], text: string): boolean {
  return run(program, text, 0, false);
}

function run(program: Instruction[], text: string, from: number, anchored: boolean): boolean {
  let current: number[] = [];
  const seen = new Int32Array(program.length).fill(-1);
  for (let at = from; ; at++) {
    const next: number[] = [];
    // A new attempt begins at every position of a search.
    if (!anchored || at === from) if (follow(program, 0, text, at, current, seen)) return true;
    if (at >= text.length) return false;
    const code = text.charCodeAt(at) & 0xff;
    for (const pc of current) {
      const step = program[pc] as { op: 'set'; set: Uint8Array };
      if (step.set[code] && follow(program, pc + 1, text, at + 1, next, seen)) return true;
    }
    if (anchored && next.length === 0) return false;
    current = next;
  }
}

/** Adds the sets reachable from `start` without taking a byte; true when that reaches the match. */
function follow(
  program: Instruction[],
  start: number,
  text: string,
  at: number,
  list: number[],
  seen: Int32Array,
): boolean {
  const stack = [start];
  while (stack.length > 0) {
    const pc = stack.pop()!;
    if (seen[pc] === at) continue;
    seen[pc] = at;
    const step = program[pc]!;
    switch (step.op) {
      case 'match':
        return true;
      case 'set':
        list.push(pc);
        break;
      case 'split':
        stack.push(...step.to);
        break;
      case 'assert':
        if (holds(step.what, text, at)) stack.push(pc + 1);
        break;
      case 'look':
        if (run(step.program, text, at, true) !== step.negative) stack.push(pc + 1);
    }
  }
  return false;
}

function holds(what: Assertion, text: string, at: number): boolean {
  switch (what) {
    case 'start':
      return at === 0;
    case 'very-end':
      return at === text.length;
    case 'end': // Python: also before a newline at the end
      return at === text.length || (at === text.length - 1 && text[at] === '\n');
    default: {
      const before = at > 0 && isWord(text.charCodeAt(at - 1));
      const after = at < text.length && isWord(text.charCodeAt(at));
      return (before !== after) === (what === 'word');
    }
  }
}
