// POSIX regular expressions (basic and extended, with GNU's extensions) over bytes, matched in linear time: an automaton finds the
// bounds of a match, its groups are looked for inside. Back-references alone need backtracking, which is bounded.
import { SystemError } from '../machine/errno.ts';
import type { Bytes } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';
import { Automaton } from './regex-dfa.ts';
import { GroupFinder } from './regex-groups.ts';
import { compile, firstBytes, holds, type Instruction } from './regex-program.ts';
import { Parser, type RegexOptions } from './regex-syntax.ts';

export { RegexError, type RegexOptions } from './regex-syntax.ts';

export interface Regex {
  readonly groups: number;
  /**
   * The leftmost-longest match at or after `from`: start and end of the whole and of each group, -1 for one that took no part.
   * `^` matches at 0, not at `from`.
   */
  exec(text: Bytes, from?: number): number[] | undefined;
  /** Start and end alone: much cheaper where there are groups. */
  bounds(text: Bytes, from?: number): readonly [start: number, end: number] | undefined;
  /** End of the shortest match that begins at 0; -1 for none. Not for expressions with back-references. */
  shortest(text: Bytes): number;
  /** Where the match begins that begins last; -1 for none. Not for expressions with back-references. */
  lastStart(text: Bytes): number;
}

/** Steps of backtracking for back-references in one search. */
const MOST_STEPS = 1_000_000;

/** Compiles an expression. @throws RegexError with glibc's message */
export function compileRegex(source: Bytes, options: RegexOptions): Regex {
  if (options.utf8 && /[\x80-\xff]/.test(source)) return build(source, options);
  const narrow = build(source, { ...options, utf8: false });
  if (!options.utf8) return narrow;
  // A text of ASCII alone needs no sequences of bytes.
  let wide: Regex | undefined;
  let last: Bytes | undefined;
  let choice = narrow;
  const pick = (text: Bytes): Regex => {
    if (text === last) return choice;
    last = text;
    choice = /[\x80-\xff]/.test(text) ? (wide ??= build(source, options)) : narrow;
    return choice;
  };
  return {
    groups: narrow.groups,
    exec: (text, from) => pick(text).exec(text, from),
    bounds: (text, from) => pick(text).bounds(text, from),
    shortest: (text) => pick(text).shortest(text),
    lastStart: (text) => pick(text).lastStart(text),
  };
}

function build(source: Bytes, options: RegexOptions): Regex {
  const parser = new Parser(source, options);
  const root = parser.parse();
  const program = compile(root);
  const slotCount = (parser.groups + 1) * 2;
  const newline = options.newline ?? false;
  const wide = options.utf8 ?? false;
  const starts = firstBytes(program);
  const anchored = program[0]?.op === 'assert' && (program[0] as { kind: string }).kind === '^' && !newline;
  const simulation = new Simulation(program, { slotCount, newline, wide, anchored, starts });
  let automaton: Automaton | undefined;
  let groups: GroupFinder | undefined;
  const bounds = (text: Bytes, from = 0) =>
    (automaton ??= new Automaton(program, { newline, wide, anchored, starts })).find(text, from);
  const referring = (text: Bytes, from = 0) => {
    const budget = { steps: MOST_STEPS };
    for (let start = from; start <= text.length; start++) {
      if (anchored && start > 0) return undefined;
      if (starts) {
        while (start < text.length && !starts[text.charCodeAt(start) & 255]) start++;
        if (start >= text.length) return undefined;
      }
      const before = budget.steps;
      const found = backtrack(program, slotCount, text, start, { newline, wide }, budget);
      owe((before - budget.steps) / MOVES_A_STEP);
      if (found) return found;
      if (budget.steps < 0) throw new SystemError('ENOMEM');
    }
    return undefined;
  };
  return {
    groups: parser.groups,
    exec(text, from = 0) {
      if (parser.backReferences) return referring(text, from);
      const found = bounds(text, from);
      if (!found || parser.groups === 0) return found;
      groups ??= new GroupFinder(program, { slotCount, newline, wide });
      return groups.find(text, found) ?? simulation.run(text, from, 'longest');
    },
    bounds(text, from = 0) {
      if (!parser.backReferences) return bounds(text, from);
      const found = referring(text, from);
      return found && [found[0]!, found[1]!];
    },
    shortest: (text) => simulation.run(text, 0, 'shortest')?.[1] ?? -1,
    lastStart: (text) => simulation.run(text, 0, 'last')?.[0] ?? -1,
  };
}

/** Moves of threads in about a microsecond, which is a step of a process. */
const MOVES_A_STEP = 40;
/** So many moves are counted at once. */
const COUNTED = 4_000;

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
  readonly #wide: boolean;
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
    options: { slotCount: number; newline: boolean; wide: boolean; anchored: boolean; starts: Uint8Array | undefined },
  ) {
    this.#program = program;
    this.#slotCount = options.slotCount;
    this.#newline = options.newline;
    this.#wide = options.wide;
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
          if (!holds(instruction.kind, text, at, this.#newline, this.#wide)) break;
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
  options: { newline: boolean; wide: boolean },
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
        if (!holds(instruction.kind, text, at, options.newline, options.wide)) break;
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
