// POSIX regular expressions (basic and extended, with GNU's extensions) over bytes, matched in linear time by simulating
// all ways at once; back-references alone need backtracking, which is bounded.
import { SystemError } from '../machine/errno.ts';
import type { Bytes } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';

export interface RegexOptions {
  extended: boolean;
  ignoreCase?: boolean;
  /** `^` and `$` also match at line ends inside the text, and `.` and `[^x]` do not match a newline (REG_NEWLINE). */
  newline?: boolean;
}

export interface Regex {
  readonly groups: number;
  /**
   * The leftmost-longest match at or after `from`: start and end of the whole and of each group, -1 for one that took no part.
   * `^` matches at 0, not at `from`.
   */
  exec(text: Bytes, from?: number): number[] | undefined;
  /** End of the shortest match that begins at 0; -1 for none. Not for expressions with back-references. */
  shortest(text: Bytes): number;
  /** Where the match begins that begins last; -1 for none. Not for expressions with back-references. */
  lastStart(text: Bytes): number;
}

/** A malformed expression; the message is glibc's. */
export class RegexError extends Error {}

/** Repetition counts beyond this are refused, as glibc's RE_DUP_MAX. */
const MOST_REPEATS = 255;
/** Instructions of one program: bounds nested repetition. */
const MOST_INSTRUCTIONS = 20_000;
/** Steps of backtracking for back-references in one search. */
const MOST_STEPS = 1_000_000;

type Node =
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
const isWord = (c: number) => CLASSES['alnum']!(c) || c === 95;

const setOf = (test: (c: number) => boolean): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, c) => (test(c) ? 1 : 0));

class Parser {
  readonly #source: Bytes;
  readonly #extended: boolean;
  readonly #ignoreCase: boolean;
  readonly #newline: boolean;
  #at = 0;
  #depth = 0;
  groups = 0;
  backReferences = false;

  constructor(source: Bytes, options: RegexOptions) {
    this.#source = source;
    this.#extended = options.extended;
    this.#ignoreCase = options.ignoreCase ?? false;
    this.#newline = options.newline ?? false;
  }

  parse(): Node {
    const node = this.#choice();
    if (this.#at < this.#source.length)
      throw new RegexError(this.#extended ? 'Unmatched ) or \\)' : 'Unmatched ) or \\)');
    return node;
  }

  #looking(text: string): boolean {
    return this.#source.startsWith(text, this.#at);
  }

  #choice(): Node {
    const bar = this.#extended ? '|' : '\\|';
    const nodes = [this.#sequence()];
    while (this.#looking(bar)) {
      this.#at += bar.length;
      nodes.push(this.#sequence());
    }
    return nodes.length === 1 ? nodes[0]! : { type: 'choice', nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    const [bar, close] = this.#extended ? ['|', ')'] : ['\\|', '\\)'];
    while (this.#at < this.#source.length && !this.#looking(bar!)) {
      if (this.#looking(close!)) {
        if (this.#depth > 0) break;
        if (!this.#extended) throw new RegexError('Unmatched ) or \\)');
      }
      let node = this.#atom(nodes.length === 0);
      for (;;) {
        const repeat = this.#repeat();
        if (!repeat) break;
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
      if (c === '{') return this.#interval(1, '}');
    } else {
      if (this.#looking('\\+')) return simple(1, Number.POSITIVE_INFINITY, 2);
      if (this.#looking('\\?')) return simple(0, 1, 2);
      if (this.#looking('\\{')) return this.#interval(2, '\\}');
    }
    return undefined;
  }

  #interval(open: number, close: string): { least: number; most: number } | undefined {
    const match = /^(\d*)(,?)(\d*)/.exec(this.#source.slice(this.#at + open, this.#at + open + 24))!;
    const end = this.#at + open + match[0].length;
    if (match[0] === '' || !this.#source.startsWith(close, end)) {
      // In an extended expression a brace that begins no interval stands for itself.
      if (this.#extended) return undefined;
      throw new RegexError(this.#source.includes(close, this.#at) ? 'Invalid content of \\{\\}' : 'Unmatched \\{');
    }
    const least = Number(match[1] || 0);
    const most = match[3] ? Number(match[3]) : match[2] ? Number.POSITIVE_INFINITY : least;
    if (least > most) throw new RegexError('Invalid content of \\{\\}');
    if (least > 32767 || (Number.isFinite(most) && most > 32767)) throw new RegexError('Regular expression too big');
    this.#at = end + close.length;
    return { least: Math.min(least, MOST_REPEATS), most: Number.isFinite(most) ? Math.min(most, MOST_REPEATS) : most };
  }

  #literal(c: number): Node {
    const fold = this.#ignoreCase && CLASSES['alpha']!(c) ? c ^ 32 : c;
    return { type: 'set', set: setOf((x) => x === c || x === fold) };
  }

  #atom(first: boolean): Node {
    const c = this.#source[this.#at++]!;
    switch (c) {
      case '.':
        return { type: 'set', set: setOf((x) => !this.#newline || x !== 10) };
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
      case '+':
      case '?':
        if (this.#extended && first) return this.#literal(c.charCodeAt(0));
        break;
      case '{':
        if (this.#extended && first && /^\d/.test(this.#source.slice(this.#at)))
          throw new RegexError('Invalid preceding regular expression');
        break;
      case '(':
        if (this.#extended) return this.#group(')');
        break;
      case ')':
        if (this.#extended && this.#depth === 0) throw new RegexError('Unmatched ) or \\)');
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
    if (c >= '1' && c <= '9') {
      const index = Number(c);
      if (index > this.groups) throw new RegexError('Invalid back reference');
      this.backReferences = true;
      return { type: 'back', index };
    }
    switch (c) {
      case 'w':
        return { type: 'set', set: setOf(isWord) };
      case 'W':
        return { type: 'set', set: setOf((x) => !isWord(x)) };
      case 's':
        return { type: 'set', set: setOf(CLASSES['space']!) };
      case 'S':
        return { type: 'set', set: setOf((x) => !CLASSES['space']!(x)) };
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
    const negated = source[this.#at] === '^';
    if (negated) this.#at++;
    const unmatched = () => new RegexError('Unmatched [, [^, [:, [., or [=');
    for (let first = true; ; first = false) {
      if (this.#at >= source.length) throw unmatched();
      let c = source[this.#at]!;
      if (c === ']' && !first) break;
      if (c === '[' && (source[this.#at + 1] === ':' || source[this.#at + 1] === '=' || source[this.#at + 1] === '.')) {
        const kind = source[this.#at + 1]!;
        const end = source.indexOf(`${kind}]`, this.#at + 2);
        if (end < 0) throw unmatched();
        const name = source.slice(this.#at + 2, end);
        this.#at = end + 2;
        if (kind === ':') {
          const test = CLASSES[name];
          if (!test) throw new RegexError('Invalid character class name');
          for (let x = 0; x < 256; x++) if (test(x)) set[x] = 1;
          continue;
        }
        if (name.length !== 1) throw new RegexError('Invalid collation character');
        c = name;
      } else this.#at++;
      let last = c.charCodeAt(0);
      if (source[this.#at] === '-' && source[this.#at + 1] !== ']' && this.#at + 1 < source.length) {
        last = source.charCodeAt(this.#at + 1);
        this.#at += 2;
        if (last < c.charCodeAt(0)) throw new RegexError('Invalid range end');
      }
      for (let x = c.charCodeAt(0); x <= last; x++) set[x] = 1;
    }
    this.#at++;
    if (this.#ignoreCase) for (let x = 65; x <= 90; x++) if (set[x] || set[x + 32]) set[x] = set[x + 32] = 1;
    if (negated) for (let x = 0; x < 256; x++) set[x] = set[x] ? 0 : 1;
    if (negated && this.#newline) set[10] = 0;
    return { type: 'set', set };
  }
}

// ── The program ──────────────────────────────────────────────────────────────────────────────────────────────────────

type Instruction =
  | { op: 'set'; set: Uint8Array }
  | { op: 'split'; first: number; second: number }
  | { op: 'jump'; to: number }
  | { op: 'save'; slot: number }
  | { op: 'assert'; kind: string }
  | { op: 'back'; index: number }
  | { op: 'match' };

function compile(root: Node): Instruction[] {
  const program: Instruction[] = [];
  const add = (instruction: Instruction) => {
    if (program.length >= MOST_INSTRUCTIONS) throw new RegexError('Regular expression too big');
    return program.push(instruction) - 1;
  };
  const emit = (node: Node): void => {
    switch (node.type) {
      case 'set':
        add({ op: 'set', set: node.set });
        return;
      case 'assert':
        add({ op: 'assert', kind: node.kind });
        return;
      case 'back':
        add({ op: 'back', index: node.index });
        return;
      case 'group':
        add({ op: 'save', slot: node.index * 2 });
        emit(node.node);
        add({ op: 'save', slot: node.index * 2 + 1 });
        return;
      case 'sequence':
        for (const part of node.nodes) emit(part);
        return;
      case 'choice': {
        const ends: number[] = [];
        node.nodes.forEach((part, i) => {
          if (i < node.nodes.length - 1) {
            const split = add({ op: 'split', first: program.length + 1, second: 0 });
            emit(part);
            ends.push(add({ op: 'jump', to: 0 }));
            (program[split] as { second: number }).second = program.length;
          } else emit(part);
        });
        for (const end of ends) (program[end] as { to: number }).to = program.length;
        return;
      }
      case 'repeat': {
        for (let i = 0; i < node.least; i++) emit(node.node);
        if (node.most === Number.POSITIVE_INFINITY) {
          const split = add({ op: 'split', first: program.length + 1, second: 0 });
          emit(node.node);
          add({ op: 'jump', to: split });
          (program[split] as { second: number }).second = program.length;
        } else {
          const splits: number[] = [];
          for (let i = node.least; i < node.most; i++) {
            splits.push(add({ op: 'split', first: program.length + 1, second: 0 }));
            emit(node.node);
          }
          for (const split of splits) (program[split] as { second: number }).second = program.length;
        }
      }
    }
  };
  emit(root);
  add({ op: 'match' });
  return program;
}

function holds(kind: string, text: Bytes, at: number, newline: boolean): boolean {
  const before = at > 0 && isWord(text.charCodeAt(at - 1));
  const after = at < text.length && isWord(text.charCodeAt(at));
  switch (kind) {
    case '^':
      return at === 0 || (newline && text.charCodeAt(at - 1) === 10);
    case '$':
      return at === text.length || (newline && text.charCodeAt(at) === 10);
    case '`':
      return at === 0;
    case "'":
      return at === text.length;
    case 'b':
      return before !== after;
    case 'B':
      return before === after;
    case '<':
      return !before && after;
    default:
      return before && !after;
  }
}

/** Compiles an expression. @throws RegexError with glibc's message */
export function compileRegex(source: Bytes, options: RegexOptions): Regex {
  const parser = new Parser(source, options);
  const root = parser.parse();
  const program = compile(root);
  const slotCount = (parser.groups + 1) * 2;
  const newline = options.newline ?? false;
  const starts = firstBytes(program);
  const anchored = program[0]?.op === 'assert' && (program[0] as { kind: string }).kind === '^' && !newline;
  const simulation = new Simulation(program, { slotCount, newline, anchored, starts });
  return {
    groups: parser.groups,
    exec(text, from = 0) {
      if (!parser.backReferences) return simulation.run(text, from, 'longest');
      const budget = { steps: MOST_STEPS };
      for (let start = from; start <= text.length; start++) {
        if (anchored && start > 0) return undefined;
        if (starts) {
          while (start < text.length && !starts[text.charCodeAt(start) & 255]) start++;
          if (start >= text.length) return undefined;
        }
        const before = budget.steps;
        const found = backtrack(program, slotCount, text, start, newline, budget);
        owe((before - budget.steps) / MOVES_A_STEP);
        if (found) return found;
        if (budget.steps < 0) throw new SystemError('ENOMEM');
      }
      return undefined;
    },
    shortest: (text) => simulation.run(text, 0, 'shortest')?.[1] ?? -1,
    lastStart: (text) => simulation.run(text, 0, 'last')?.[0] ?? -1,
  };
}

/** Moves of threads in about a microsecond, which is a step of a process. */
const MOVES_A_STEP = 40;
/** So many moves are counted at once. */
const COUNTED = 4_000;

/** The bytes a match can begin with; undefined when it can be empty or begins with an assertion or a back-reference. */
function firstBytes(program: Instruction[]): Uint8Array | undefined {
  const set = new Uint8Array(256);
  const seen = new Set<number>();
  const stack = [0];
  while (stack.length > 0) {
    const at = stack.pop()!;
    if (seen.has(at)) continue;
    seen.add(at);
    const instruction = program[at]!;
    switch (instruction.op) {
      case 'set':
        for (let c = 0; c < 256; c++) if (instruction.set[c]) set[c] = 1;
        break;
      case 'split':
        stack.push(instruction.first, instruction.second);
        break;
      case 'jump':
        stack.push(instruction.to);
        break;
      case 'save':
        stack.push(at + 1);
        break;
      default:
        return undefined;
    }
  }
  return set;
}

/** Where a thread stands, and its slots; slot 0 is where it began. Threads are kept in order of preference. */
interface Threads {
  count: number;
  pcs: Int32Array;
  slots: number[][];
}

/** Which of several matches is wanted: the leftmost-longest, the shortest at 0, or the one that begins last. */
type Wanted = 'longest' | 'shortest' | 'last';

/**
 * Thompson's simulation with captures. The threads of all beginnings advance together, in order of their beginning: of two that meet
 * in one place only the first goes on, so each byte of the text costs at most the length of the program.
 */
class Simulation {
  readonly #program: Instruction[];
  readonly #slotCount: number;
  readonly #newline: boolean;
  readonly #anchored: boolean;
  readonly #starts: Uint8Array | undefined;
  /** The round in which an instruction was last reached. */
  readonly #marks: Int32Array;
  #round = 0;
  /** Work not yet counted: threads moved, and instructions passed on the way. */
  #moves = 0;
  #now: Threads;
  #next: Threads;
  readonly #stack: number[] = [];
  readonly #stackSlots: number[][] = [];

  constructor(
    program: Instruction[],
    options: { slotCount: number; newline: boolean; anchored: boolean; starts: Uint8Array | undefined },
  ) {
    this.#program = program;
    this.#slotCount = options.slotCount;
    this.#newline = options.newline;
    this.#anchored = options.anchored;
    this.#starts = options.starts;
    this.#marks = new Int32Array(program.length);
    this.#now = { count: 0, pcs: new Int32Array(program.length), slots: [] };
    this.#next = { count: 0, pcs: new Int32Array(program.length), slots: [] };
  }

  /** @throws SystemError ENOMEM when the search would hold up everyone else */
  run(text: Bytes, from: number, wanted: Wanted): number[] | undefined {
    let best: number[] | undefined;
    const better = (slots: number[], at: number) => {
      if (best && (wanted === 'last' ? slots[0]! < best[0]! : slots[0]! > best[0]! || at <= best[1]!)) return;
      best = slots.slice();
      best[1] = at;
    };
    const begin = (at: number) => {
      if (wanted === 'shortest' || this.#anchored ? at > 0 : best !== undefined && wanted === 'longest') return;
      if (this.#starts && !this.#starts[text.charCodeAt(at) & 255]) return;
      const slots = new Array<number>(this.#slotCount).fill(-1);
      slots[0] = at;
      this.#follow(this.#now, 0, slots, text, at, better);
    };
    this.#moves = 0;
    this.#now.count = 0;
    this.#round = this.#round > 0x3fff_0000 ? this.#renew() : this.#round + 1;
    for (let at = from; ; at++) {
      // With `last` the newest come first, and were put there below.
      if (wanted !== 'last' || at === from) begin(at);
      if (best && wanted === 'shortest') return best;
      if (at >= text.length) break;
      const now = this.#now;
      if (now.count === 0) {
        if (best && wanted === 'longest') break;
        if (this.#anchored || wanted === 'shortest') break;
        if (this.#starts && wanted === 'longest') {
          const skipped = at;
          while (at + 1 < text.length && !this.#starts[text.charCodeAt(at + 1) & 255]) at++;
          this.#moves += (at - skipped) >> 3;
        }
      }
      this.#moves += now.count + 1;
      if (this.#moves > COUNTED) this.#owe();
      const c = text.charCodeAt(at) & 255;
      const next = this.#next;
      next.count = 0;
      this.#round++;
      this.#now = next;
      this.#next = now;
      if (wanted === 'last') begin(at + 1);
      for (let i = 0; i < now.count; i++) {
        const slots = now.slots[i]!;
        if (best && wanted === 'longest' && slots[0]! > best[0]!) break;
        const pc = now.pcs[i]!;
        const instruction = this.#program[pc]!;
        if (instruction.op === 'set' && instruction.set[c]) this.#follow(next, pc + 1, slots, text, at + 1, better);
      }
    }
    this.#owe();
    return best;
  }

  #owe(): void {
    const steps = this.#moves / MOVES_A_STEP;
    this.#moves = 0;
    owe(steps);
  }

  #renew(): number {
    this.#marks.fill(0);
    return 1;
  }

  /** Adds a thread, past everything that takes no byte. */
  #follow(
    into: Threads,
    from: number,
    fromSlots: number[],
    text: Bytes,
    at: number,
    better: (slots: number[], at: number) => void,
  ): void {
    const marks = this.#marks;
    const round = this.#round;
    const stack = this.#stack;
    const stackSlots = this.#stackSlots;
    stack.push(from);
    stackSlots.push(fromSlots);
    while (stack.length > 0) {
      let pc = stack.pop()!;
      let slots = stackSlots.pop()!;
      while (marks[pc] !== round) {
        marks[pc] = round;
        this.#moves++;
        const instruction = this.#program[pc]!;
        if (instruction.op === 'set') {
          into.pcs[into.count] = pc;
          into.slots[into.count++] = slots;
          break;
        }
        if (instruction.op === 'jump') pc = instruction.to;
        else if (instruction.op === 'split') {
          stack.push(instruction.second);
          stackSlots.push(slots);
          pc = instruction.first;
        } else if (instruction.op === 'save') {
          slots = slots.slice();
          slots[instruction.slot] = at;
          pc++;
        } else if (instruction.op === 'assert') {
          if (!holds(instruction.kind, text, at, this.#newline)) break;
          pc++;
        } else {
          if (instruction.op === 'match') better(slots, at);
          break;
        }
      }
    }
  }
}

/** Depth first with the longest kept; gives up when the budget is used. */
function backtrack(
  program: Instruction[],
  slotCount: number,
  text: Bytes,
  start: number,
  newline: boolean,
  budget: { steps: number },
): number[] | undefined {
  let best: number[] | undefined;
  const stack: { pc: number; at: number; slots: number[] }[] = [
    { pc: 0, at: start, slots: new Array<number>(slotCount).fill(-1) },
  ];
  const visited = new Map<number, number>();
  while (stack.length > 0) {
    let { pc, at, slots } = stack.pop()!;
    for (;;) {
      if (--budget.steps < 0) return best;
      const instruction = program[pc]!;
      if (instruction.op === 'match') {
        if (!best || at > best[1]!) {
          best = slots.slice();
          best[0] = start;
          best[1] = at;
        }
        break;
      }
      if (instruction.op === 'set') {
        if (at >= text.length || !instruction.set[text.charCodeAt(at) & 255]) break;
        pc++;
        at++;
      } else if (instruction.op === 'jump') {
        // A loop whose body matched nothing ends here.
        if (instruction.to < pc && visited.get(instruction.to) === at) {
          pc = (program[instruction.to] as { second: number }).second;
          continue;
        }
        visited.set(instruction.to, at);
        pc = instruction.to;
      } else if (instruction.op === 'split') {
        stack.push({ pc: instruction.second, at, slots });
        pc = instruction.first;
      } else if (instruction.op === 'save') {
        slots = slots.slice();
        slots[instruction.slot] = at;
        pc++;
      } else if (instruction.op === 'assert') {
        if (!holds(instruction.kind, text, at, newline)) break;
        pc++;
      } else {
        const [from, to] = [slots[instruction.index * 2]!, slots[instruction.index * 2 + 1]!];
        if (from < 0 || to < 0 || !text.startsWith(text.slice(from, to), at)) break;
        at += to - from;
        pc++;
      }
    }
  }
  return best;
}
