// Perl's and Python's regular expressions: parsed into instructions for the backtracking matcher of match.ts.

/** How an expression is read: Perl's flags, which Python shares. */
export interface PatternOptions {
  ignoreCase?: boolean;
  /** `^` and `$` at line ends. */
  multiline?: boolean;
  /** `.` matches a newline. */
  dotAll?: boolean;
  /** White space and comments are skipped. */
  extended?: boolean;
  /** Named groups are `(?P<name>…)`, and `\Z` is the very end. */
  python?: boolean;
}

/** A malformed expression: Python's words and the position. */
export class PatternError extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

export type Test = (code: number) => boolean;

export type Instruction =
  | { op: 'test'; test: Test }
  | { op: 'text'; text: string }
  | { op: 'split'; first: number; second: number }
  | { op: 'jump'; to: number }
  | { op: 'save'; slot: number }
  | { op: 'assert'; kind: '^' | '$' | 'A' | 'z' | 'Z' | 'b' | 'B' | 'm^' | 'm$' | 'G' }
  | { op: 'back'; group: number; ignoreCase: boolean }
  | { op: 'look'; end: number; ahead: boolean; negative: boolean; widths: readonly number[] }
  | { op: 'atomic'; end: number }
  | { op: 'mark'; slot: number }
  | { op: 'progress'; slot: number }
  | { op: 'counter'; slot: number }
  | { op: 'repeat'; slot: number; least: number; most: number; lazy: boolean; to: number }
  /** A single character repeated: the common case without a stack entry each. */
  | { op: 'run'; test: Test; least: number; most: number; lazy: boolean; possessive: boolean }
  | { op: 'condition'; group: number; otherwise: number }
  | { op: 'match' };

export interface Program {
  code: Instruction[];
  groups: number;
  names: Map<string, number>;
  slots: number;
}

type Node =
  | { type: 'empty' }
  | { type: 'test'; test: Test }
  | { type: 'text'; text: string }
  | { type: 'assert'; kind: Extract<Instruction, { op: 'assert' }>['kind'] }
  | { type: 'group'; index: number | undefined; node: Node }
  | { type: 'back'; group: number | string; ignoreCase: boolean }
  | { type: 'look'; ahead: boolean; negative: boolean; node: Node; at: number }
  | { type: 'atomic'; node: Node }
  | { type: 'condition'; group: number | string; yes: Node; otherwise: Node }
  | { type: 'sequence'; nodes: Node[] }
  | { type: 'choice'; nodes: Node[] }
  | { type: 'repeat'; node: Node; least: number; most: number; lazy: boolean; possessive: boolean };

const MOST_INSTRUCTIONS = 50_000;
const DEEPEST = 250;

const isDigit: Test = (c) => c >= 48 && c <= 57;
export const isWord: Test = (c) =>
  (c >= 97 && c <= 122) ||
  (c >= 65 && c <= 90) ||
  isDigit(c) ||
  c === 95 ||
  (c > 255 && /[\p{L}\p{N}]/u.test(String.fromCodePoint(c)));
const isSpace: Test = (c) => c === 32 || (c >= 9 && c <= 13) || c === 0x85 || c === 0xa0;
const CLASSES: Record<string, Test> = {
  d: isDigit,
  w: isWord,
  s: isSpace,
  h: (c) => c === 32 || c === 9,
  v: (c) => c >= 10 && c <= 13,
  N: (c) => c !== 10,
};
const POSIX: Record<string, Test> = {
  alpha: (c) => isWord(c) && !isDigit(c) && c !== 95,
  digit: isDigit,
  alnum: (c) => isWord(c) && c !== 95,
  upper: (c) => c >= 65 && c <= 90,
  lower: (c) => c >= 97 && c <= 122,
  space: isSpace,
  blank: (c) => c === 32 || c === 9,
  punct: (c) => c > 32 && c < 127 && (!isWord(c) || c === 95),
  print: (c) => c >= 32 && c < 127,
  graph: (c) => c > 32 && c < 127,
  cntrl: (c) => c < 32 || c === 127,
  xdigit: (c) => isDigit(c) || (c >= 65 && c <= 70) || (c >= 97 && c <= 102),
  word: isWord,
};
const SIMPLE: Record<string, number> = { n: 10, t: 9, r: 13, f: 12, a: 7, e: 27, v: 11 };

const fold = (c: number) =>
  c >= 65 && c <= 90 ? c + 32 : c < 128 ? c : (String.fromCharCode(c).toLowerCase().codePointAt(0) ?? c);

class Parser {
  readonly #source: string;
  readonly #options: PatternOptions;
  #flags: { i: boolean; m: boolean; s: boolean; x: boolean };
  #at = 0;
  #depth = 0;
  groups = 0;
  readonly names = new Map<string, number>();

  constructor(source: string, options: PatternOptions) {
    this.#source = source;
    this.#options = options;
    this.#flags = {
      i: options.ignoreCase ?? false,
      m: options.multiline ?? false,
      s: options.dotAll ?? false,
      x: options.extended ?? false,
    };
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw new PatternError('unbalanced parenthesis', this.#at);
    return node;
  }

  #choice(): Node {
    if (++this.#depth > DEEPEST) throw new PatternError('too many nested groups', this.#at);
    const nodes = [this.#sequence()];
    while (this.#source[this.#at] === '|') {
      this.#at++;
      nodes.push(this.#sequence());
    }
    this.#depth--;
    return nodes.length === 1 ? nodes[0]! : { type: 'choice', nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    while (this.#at < this.#source.length && this.#source[this.#at] !== '|' && this.#source[this.#at] !== ')') {
      if (this.#flags.x && this.#skip()) continue;
      const start = this.#at;
      const node = this.#atom();
      nodes.push(this.#quantified(node, start));
    }
    return nodes.length === 1 ? nodes[0]! : { type: 'sequence', nodes };
  }

  #skip(): boolean {
    const c = this.#source[this.#at]!;
    if (/\s/.test(c)) this.#at++;
    else if (c === '#') while (this.#at < this.#source.length && this.#source[this.#at] !== '\n') this.#at++;
    else return false;
    return true;
  }

  #quantified(atom: Node, start: number): Node {
    let node = atom;
    for (;;) {
      while (this.#flags.x && this.#at < this.#source.length && this.#skip());
      const c = this.#source[this.#at];
      let least = 0;
      let most = Number.POSITIVE_INFINITY;
      if (c === '*') this.#at++;
      else if (c === '+') {
        least = 1;
        this.#at++;
      } else if (c === '?') {
        most = 1;
        this.#at++;
      } else if (c === '{') {
        const braces = /^\{(\d*)(,?)(\d*)\}/.exec(this.#source.slice(this.#at, this.#at + 24));
        if (!braces || (braces[1] === '' && (braces[3] === '' || !this.#options.python))) return node;
        least = Number(braces[1] || 0);
        most = braces[2] === '' ? least : braces[3] === '' ? Number.POSITIVE_INFINITY : Number(braces[3]);
        if (most < least) throw new PatternError('min repeat greater than max repeat', this.#at);
        this.#at += braces[0].length;
      } else return node;
      if (node !== atom) throw new PatternError('multiple repeat', this.#at - 1);
      if (atom.type === 'assert' && this.#options.python && (atom.kind === '^' || atom.kind === 'm^'))
        throw new PatternError('nothing to repeat', start);
      let lazy = false;
      let possessive = false;
      if (this.#source[this.#at] === '?') {
        lazy = true;
        this.#at++;
      } else if (this.#source[this.#at] === '+') {
        possessive = true;
        this.#at++;
      }
      node = { type: 'repeat', node: atom, least, most, lazy, possessive };
    }
  }

  #character(code: number): Node {
    if (!this.#flags.i) return { type: 'text', text: String.fromCharCode(code) };
    const low = fold(code);
    return { type: 'test', test: (c) => fold(c) === low };
  }

  #atom(): Node {
    const c = this.#source[this.#at++]!;
    switch (c) {
      case '.':
        return { type: 'test', test: this.#flags.s ? () => true : (code) => code !== 10 };
      case '^':
        return { type: 'assert', kind: this.#flags.m ? 'm^' : '^' };
      case '$':
        return { type: 'assert', kind: this.#flags.m ? 'm$' : '$' };
      case '(':
        return this.#group();
      case '[':
        return { type: 'test', test: this.#set() };
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
        throw new PatternError('nothing to repeat', this.#at - 1);
      default:
        return this.#character(c.charCodeAt(0));
    }
  }

  #group(): Node {
    const open = this.#at - 1;
    const close = (node: Node): Node => {
      if (this.#source[this.#at] !== ')') throw new PatternError('missing ), unterminated subpattern', open);
      this.#at++;
      return node;
    };
    if (this.#source[this.#at] !== '?') {
      const index = ++this.groups;
      const before = { ...this.#flags };
      const node = close({ type: 'group', index, node: this.#choice() });
      this.#flags = before;
      return node;
    }
    this.#at++;
    const rest = this.#source.slice(this.#at);
    const before = { ...this.#flags };
    const inside = (skip: number, make: (node: Node) => Node): Node => {
      this.#at += skip;
      const node = close(make(this.#choice()));
      this.#flags = before;
      return node;
    };
    if (rest.startsWith('#')) {
      const end = this.#source.indexOf(')', this.#at);
      if (end < 0) throw new PatternError('missing ), unterminated comment', open);
      this.#at = end + 1;
      return { type: 'empty' };
    }
    if (rest.startsWith(':')) return inside(1, (node) => ({ type: 'group', index: undefined, node }));
    if (rest.startsWith('>')) return inside(1, (node) => ({ type: 'atomic', node }));
    if (rest.startsWith('|')) return inside(1, (node) => ({ type: 'group', index: undefined, node }));
    const look = /^(<?)([=!])/.exec(rest);
    if (look)
      return inside(look[0].length, (node) => ({
        type: 'look',
        ahead: look[1] === '',
        negative: look[2] === '!',
        node,
        at: open,
      }));
    const named = /^(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/.exec(rest);
    if (named) {
      const name = named[1] ?? named[2]!;
      const index = ++this.groups;
      if (this.names.has(name) && this.#options.python)
        throw new PatternError(
          `redefinition of group name '${name}' as group ${index}; was group ${this.names.get(name)}`,
          open + 4,
        );
      this.names.set(name, index);
      return inside(named[0].length, (node) => ({ type: 'group', index, node }));
    }
    const same = /^P[=>]([A-Za-z_]\w*)\)/.exec(rest);
    if (same) {
      this.#at += same[0].length;
      if (!this.names.has(same[1]!)) throw new PatternError(`unknown group name '${same[1]}'`, open + 4);
      return { type: 'back', group: same[1]!, ignoreCase: this.#flags.i };
    }
    const condition = /^\((?:(\d+)|<?([A-Za-z_]\w*)>?)\)/.exec(rest);
    if (condition) {
      this.#at += condition[0].length;
      const body = this.#choice();
      const [yes, otherwise = { type: 'empty' } as Node] = body.type === 'choice' ? body.nodes : [body];
      return close({
        type: 'condition',
        group: condition[1] ? Number(condition[1]) : condition[2]!,
        yes: yes!,
        otherwise,
      });
    }
    const flags = /^(\^?[a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])/.exec(rest);
    if (!flags)
      throw new PatternError(rest === '' ? 'unexpected end of pattern' : `unknown extension ?${rest[0]}`, open + 1);
    this.#at += flags[0].length;
    if (flags[1]!.startsWith('^')) this.#flags = { i: false, m: false, s: false, x: false };
    for (const f of flags[1]!) if (f in this.#flags) this.#flags[f as 'i'] = true;
    for (const f of flags[2] ?? '') if (f in this.#flags) this.#flags[f as 'i'] = false;
    if (flags[3] === ')') return { type: 'empty' };
    const node = close({ type: 'group', index: undefined, node: this.#choice() });
    this.#flags = before;
    return node;
  }

  /** A code after a backslash that stands for one character; undefined: it is none. */
  #code(): number | undefined {
    const c = this.#source[this.#at]!;
    const rest = this.#source.slice(this.#at, this.#at + 12);
    const hex = /^x(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{1,2}))/.exec(rest) ?? /^[uU]()([0-9a-fA-F]{4})/.exec(rest);
    if (hex) {
      this.#at += hex[0].length;
      return Number.parseInt(hex[1] || hex[2]!, 16);
    }
    const octal = /^(0[0-7]{0,2}|[1-3][0-7]{2})/.exec(rest);
    if (octal) {
      this.#at += octal[0].length;
      return Number.parseInt(octal[0], 8);
    }
    const control = /^c(.)/.exec(rest);
    if (control) {
      this.#at += 2;
      return control[1]!.toUpperCase().charCodeAt(0) ^ 64;
    }
    if (SIMPLE[c] !== undefined) {
      this.#at++;
      return SIMPLE[c];
    }
    return undefined;
  }

  #escape(): Node {
    const c = this.#source[this.#at];
    const start = this.#at - 1;
    if (c === undefined) throw new PatternError('bad escape (end of pattern)', start);
    const rest = this.#source.slice(this.#at, this.#at + 64);
    const group = /^(?:([1-9]\d?)(?!\d)|g\{?(-?\d+)\}?|[kg][{<']([A-Za-z_]\w*)[}>'])/.exec(rest);
    if (group) {
      this.#at += group[0].length;
      if (group[3] !== undefined) return { type: 'back', group: group[3], ignoreCase: this.#flags.i };
      const index = Number(group[1] ?? group[2]);
      const absolute = index < 0 ? this.groups + 1 + index : index;
      if (absolute > this.groups && this.#options.python)
        throw new PatternError(`invalid group reference ${absolute}`, start + 1);
      return { type: 'back', group: absolute, ignoreCase: this.#flags.i };
    }
    if (c === 'b' || c === 'B' || c === 'A' || c === 'z' || c === 'Z' || c === 'G') {
      this.#at++;
      return { type: 'assert', kind: c === 'Z' && this.#options.python ? 'z' : c };
    }
    if (c === 'Q') {
      const end = this.#source.indexOf('\\E', this.#at);
      const text = this.#source.slice(this.#at + 1, end < 0 ? undefined : end);
      this.#at = end < 0 ? this.#source.length : end + 2;
      return { type: 'sequence', nodes: [...text].map((t) => this.#character(t.charCodeAt(0))) };
    }
    if (c === 'E') {
      this.#at++;
      return { type: 'empty' };
    }
    if (c === 'R') {
      this.#at++;
      return {
        type: 'choice',
        nodes: [
          { type: 'text', text: '\r\n' },
          { type: 'test', test: CLASSES['v']! },
        ],
      };
    }
    const test = this.#class();
    if (test) return { type: 'test', test };
    const code = this.#code();
    if (code !== undefined) return this.#character(code);
    if (/[A-Za-z]/.test(c) && this.#options.python) throw new PatternError(`bad escape \\${c}`, start);
    this.#at++;
    return this.#character(c.charCodeAt(0));
  }

  #class(): Test | undefined {
    const c = this.#source[this.#at]!;
    const property = /^[pP]\{\^?(\w+)\}/.exec(this.#source.slice(this.#at, this.#at + 40));
    if (property && !this.#options.python) {
      this.#at += property[0].length;
      const wanted: Record<string, Test> = {
        L: POSIX['alpha']!,
        N: isDigit,
        Lu: POSIX['upper']!,
        Ll: POSIX['lower']!,
        Alpha: POSIX['alpha']!,
        IsAlpha: POSIX['alpha']!,
        Digit: isDigit,
        Space: isSpace,
        Upper: POSIX['upper']!,
        Lower: POSIX['lower']!,
        P: POSIX['punct']!,
        Punct: POSIX['punct']!,
      };
      const test = wanted[property[1]!] ?? isWord;
      return c === 'P' ? (code) => !test(code) : test;
    }
    if (c === 'N' && !this.#options.python) {
      this.#at++;
      return CLASSES['N']!;
    }
    if (!'dswDSWhHvV'.includes(c) || (this.#options.python && 'hHvV'.includes(c))) return undefined;
    this.#at++;
    const test = CLASSES[c.toLowerCase()]!;
    return c === c.toLowerCase() ? test : (code) => !test(code);
  }

  #set(): Test {
    const open = this.#at - 1;
    const negative = this.#source[this.#at] === '^';
    if (negative) this.#at++;
    const singles = new Set<number>();
    const ranges: [number, number][] = [];
    const tests: Test[] = [];
    let first = true;
    for (;;) {
      const c = this.#source[this.#at];
      if (c === undefined) throw new PatternError('unterminated character set', open);
      if (c === ']' && !first) break;
      first = false;
      const posix = /^\[:(\^?)(\w+):\]/.exec(this.#source.slice(this.#at, this.#at + 16));
      if (posix && POSIX[posix[2]!] && !this.#options.python) {
        this.#at += posix[0].length;
        const test = POSIX[posix[2]!]!;
        tests.push(posix[1] ? (code) => !test(code) : test);
        continue;
      }
      const low = this.#member(tests);
      if (low === undefined) continue;
      if (
        this.#source[this.#at] === '-' &&
        this.#source[this.#at + 1] !== ']' &&
        this.#source[this.#at + 1] !== undefined
      ) {
        const dash = this.#at++;
        const high = this.#member(tests);
        if (high === undefined) {
          singles.add(low);
          singles.add(45);
          continue;
        }
        if (high < low)
          throw new PatternError(`bad character range ${this.#source.slice(dash - 1, this.#at)}`, dash - 1);
        ranges.push([low, high]);
      } else singles.add(low);
    }
    this.#at++;
    const base: Test = (code) =>
      singles.has(code) || ranges.some(([a, b]) => code >= a && code <= b) || tests.some((t) => t(code));
    const upper = (code: number) => (code >= 97 && code <= 122 ? code - 32 : code);
    const folded: Test = this.#flags.i ? (code) => base(code) || base(fold(code)) || base(upper(code)) : base;
    // What is below 256 is looked up.
    const table = Uint8Array.from({ length: 256 }, (_, code) => (folded(code) !== negative ? 1 : 0));
    return (code) => (code < 256 ? table[code] === 1 : folded(code) !== negative);
  }

  #member(tests: Test[]): number | undefined {
    const c = this.#source[this.#at]!;
    if (c !== '\\') {
      this.#at++;
      return c.charCodeAt(0);
    }
    this.#at++;
    const test = this.#class();
    if (test) {
      tests.push(test);
      return undefined;
    }
    if (this.#source[this.#at] === 'b') {
      this.#at++;
      return 8;
    }
    const code = this.#code();
    if (code !== undefined) return code;
    return this.#source.charCodeAt(this.#at++);
  }
}

/** Compiles an expression. @throws PatternError */
export function compile(source: string, options: PatternOptions): Program {
  const parser = new Parser(source, options);
  const tree = parser.parse();
  const code: Instruction[] = [];
  let slots = 0;
  const put = (instruction: Instruction): number => {
    if (code.length >= MOST_INSTRUCTIONS) throw new PatternError('regular expression code size limit exceeded', 0);
    return code.push(instruction) - 1;
  };
  const indexOf = (group: number | string) => (typeof group === 'number' ? group : (parser.names.get(group) ?? 0));
  const emit = (node: Node): void => {
    switch (node.type) {
      case 'empty':
        return;
      case 'test':
        put({ op: 'test', test: node.test });
        return;
      case 'text': {
        put({ op: 'text', text: node.text });
        return;
      }
      case 'assert':
        put({ op: 'assert', kind: node.kind });
        return;
      case 'group':
        if (node.index !== undefined) put({ op: 'save', slot: node.index * 2 });
        emit(node.node);
        if (node.index !== undefined) put({ op: 'save', slot: node.index * 2 + 1 });
        return;
      case 'back':
        put({ op: 'back', group: indexOf(node.group), ignoreCase: node.ignoreCase });
        return;
      case 'look': {
        const widths = node.ahead ? [] : widthsOf(node.node);
        if (widths === undefined) throw new PatternError('look-behind requires fixed-width pattern', node.at);
        const look: Extract<Instruction, { op: 'look' }> = {
          op: 'look',
          end: 0,
          ahead: node.ahead,
          negative: node.negative,
          widths,
        };
        put(look);
        emit(node.node);
        put({ op: 'match' });
        look.end = code.length;
        return;
      }
      case 'atomic': {
        const atomic: Extract<Instruction, { op: 'atomic' }> = { op: 'atomic', end: 0 };
        put(atomic);
        emit(node.node);
        put({ op: 'match' });
        atomic.end = code.length;
        return;
      }
      case 'condition': {
        const condition: Extract<Instruction, { op: 'condition' }> = {
          op: 'condition',
          group: indexOf(node.group),
          otherwise: 0,
        };
        put(condition);
        emit(node.yes);
        const jump: Extract<Instruction, { op: 'jump' }> = { op: 'jump', to: 0 };
        put(jump);
        condition.otherwise = code.length;
        emit(node.otherwise);
        jump.to = code.length;
        return;
      }
      case 'sequence':
        for (let i = 0; i < node.nodes.length; i++) {
          const inner = node.nodes[i]!;
          if (inner.type !== 'text') {
            emit(inner);
            continue;
          }
          let text = inner.text;
          for (let next = node.nodes[i + 1]; next?.type === 'text'; next = node.nodes[i + 1]) {
            text += next.text;
            i++;
          }
          put({ op: 'text', text });
        }
        return;
      case 'choice': {
        const ends: Extract<Instruction, { op: 'jump' }>[] = [];
        for (const [i, inner] of node.nodes.entries()) {
          if (i === node.nodes.length - 1) {
            emit(inner);
            break;
          }
          const split: Extract<Instruction, { op: 'split' }> = { op: 'split', first: code.length + 1, second: 0 };
          put(split);
          emit(inner);
          const jump: Extract<Instruction, { op: 'jump' }> = { op: 'jump', to: 0 };
          put(jump);
          ends.push(jump);
          split.second = code.length;
        }
        for (const jump of ends) jump.to = code.length;
        return;
      }
      case 'repeat':
        repeat(node);
    }
  };
  const repeat = (node: Extract<Node, { type: 'repeat' }>) => {
    const { least, most, lazy, possessive } = node;
    const single =
      node.node.type === 'test'
        ? node.node.test
        : node.node.type === 'text' && node.node.text.length === 1
          ? (
              (code: number) => (c: number) =>
                c === code
            )(node.node.text.charCodeAt(0))
          : undefined;
    if (single) {
      put({ op: 'run', test: single, least, most, lazy, possessive });
      return;
    }
    if (possessive) {
      const atomic: Extract<Instruction, { op: 'atomic' }> = { op: 'atomic', end: 0 };
      put(atomic);
      repeat({ ...node, possessive: false });
      put({ op: 'match' });
      atomic.end = code.length;
      return;
    }
    if (least === 0 && most === 1) {
      const split: Extract<Instruction, { op: 'split' }> = { op: 'split', first: 0, second: 0 };
      put(split);
      const body = code.length;
      emit(node.node);
      [split.first, split.second] = lazy ? [code.length, body] : [body, code.length];
      return;
    }
    const slot = slots++;
    const mark = slots++;
    put({ op: 'counter', slot });
    const loop: Extract<Instruction, { op: 'repeat' }> = { op: 'repeat', slot, least, most, lazy, to: 0 };
    const start = put(loop);
    put({ op: 'mark', slot: mark });
    emit(node.node);
    put({ op: 'progress', slot: mark });
    put({ op: 'jump', to: start });
    loop.to = code.length;
  };
  put({ op: 'save', slot: 0 });
  emit(tree);
  put({ op: 'save', slot: 1 });
  put({ op: 'match' });
  return { code, groups: parser.groups, names: parser.names, slots };
}

/** The lengths that a look-behind may have; undefined: not fixed. */
function widthsOf(node: Node): number[] | undefined {
  switch (node.type) {
    case 'empty':
    case 'assert':
    case 'look':
      return [0];
    case 'test':
      return [1];
    case 'text':
      return [node.text.length];
    case 'group':
    case 'atomic':
      return widthsOf(node.node);
    case 'sequence': {
      let sums = [0];
      for (const inner of node.nodes) {
        const widths = widthsOf(inner);
        if (!widths) return undefined;
        sums = [...new Set(sums.flatMap((s) => widths.map((w) => s + w)))];
        if (sums.length > 64) return undefined;
      }
      return sums;
    }
    case 'choice': {
      const all = node.nodes.map(widthsOf);
      return all.every((w) => w !== undefined) ? [...new Set(all.flat() as number[])] : undefined;
    }
    case 'repeat': {
      const widths = widthsOf(node.node);
      if (!widths || node.least !== node.most || node.most > 1000) return undefined;
      return widths.map((w) => w * node.most);
    }
    default:
      return undefined;
  }
}
