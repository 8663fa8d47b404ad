// A lazily built automaton that finds where the leftmost-longest match begins and ends, in one pass and a few nanoseconds a byte.
//
// A state is a list of groups of threads, one group for each beginning that is still possible, the leftmost first. Of two threads in
// one place only the one with the earlier beginning stays, so there are few groups; beside the state, `find` keeps where each began.
import type { Bytes } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';
import type { Instruction } from './regex-program.ts';
import { isWord } from './regex-syntax.ts';

/** Bytes passed in about a microsecond, which is a step of a process. */
const BYTES_A_STEP = 100;
/** Instructions looked at in about a microsecond while a state is built. */
const BUILT_A_STEP = 20;
/** Threads in all states that are kept; with more, all are forgotten and built anew. */
const MOST_THREADS = 50_000;

/** What surrounds a place, as far as assertions care. */
const Kind = { edge: 0, newline: 1, word: 2, other: 3 } as const;

interface State {
  readonly key: string;
  /** Places after the byte before, in order of their beginnings. */
  readonly groups: readonly Int32Array[];
  /** Kind of the byte before. */
  readonly kind: number;
  /** Whether a match may still begin here. */
  readonly open: boolean;
  edges: (Edge | undefined)[];
}

interface Edge {
  readonly to: State;
  /** The group that matches before this byte, -1 for none; the one after the last is the one that begins here. */
  readonly matched: number;
  /** Which of the groups each one of `to` comes from; undefined: each from itself. */
  readonly from: readonly number[] | undefined;
}

export class Automaton {
  readonly #program: readonly Instruction[];
  readonly #newline: boolean;
  readonly #wide: boolean;
  readonly #anchored: boolean;
  readonly #starts: Uint8Array | undefined;
  readonly #asserts: boolean;
  /** Bytes that no instruction tells apart have one class. */
  readonly #classes = new Uint16Array(256);
  /** A byte of each class; -1 for the end of the text, the last class. */
  readonly #samples: number[] = [];
  readonly #marks: Int32Array;
  #round = 0;
  #states = new Map<string, State>();
  #threads = 0;
  #built = 0;

  /** `anchored`: a match can begin at 0 only. `starts`: the bytes it can begin with. */
  constructor(
    program: readonly Instruction[],
    options: { newline: boolean; wide: boolean; anchored: boolean; starts: Uint8Array | undefined },
  ) {
    this.#program = program;
    this.#newline = options.newline;
    this.#wide = options.wide;
    this.#anchored = options.anchored;
    this.#starts = options.starts;
    this.#asserts = program.some((i) => i.op === 'assert');
    this.#marks = new Int32Array(program.length);
    const sets = [...new Set(program.flatMap((i) => (i.op === 'set' ? [i.set] : [])))];
    const numbers = new Map<string, number>();
    for (let c = 0; c < 256; c++) {
      const key = `${this.#asserts ? this.#kindOf(c) : ''}${sets.map((set) => set[c]).join('')}`;
      let number = numbers.get(key);
      if (number === undefined) {
        numbers.set(key, (number = numbers.size));
        this.#samples.push(c);
      }
      this.#classes[c] = number;
    }
    this.#samples.push(-1);
  }

  /** Start and end of the leftmost-longest match at or after `from`. @throws SystemError ENOMEM when the search would hold up everyone else */
  find(text: Bytes, from: number): [start: number, end: number] | undefined {
    const classes = this.#classes;
    const ended = this.#samples.length - 1;
    let best: [number, number] | undefined;
    let begins: number[] = [];
    let state = this.#state(
      [],
      this.#asserts && from > 0 ? this.#kindOf(text.charCodeAt(from - 1)) : this.#start,
      true,
    );
    let counted = from;
    for (let at = from; ; at++) {
      if (state.groups.length === 0) {
        if (!state.open || (this.#anchored && at > 0)) break;
        if (this.#starts) while (at < text.length && !this.#starts[text.charCodeAt(at) & 255]) at++;
      }
      if (at - counted > 100_000) {
        owe((at - counted) / BYTES_A_STEP);
        counted = at;
      }
      const c = at < text.length ? classes[text.charCodeAt(at) & 255]! : ended;
      const edge = state.edges[c] ?? this.#build(state, c);
      if (edge.matched >= 0) best = [begins[edge.matched] ?? at, at];
      if (at >= text.length) {
        counted -= 1;
        break;
      }
      if (edge.from) {
        const next: number[] = [];
        for (const group of edge.from) next.push(begins[group] ?? at);
        begins = next;
        this.#built += 1 + (next.length >> 2);
      }
      state = edge.to;
      if (this.#built > 2_000) this.#settle();
    }
    owe(Math.max(0, (best?.[1] ?? text.length) - counted) / BYTES_A_STEP);
    this.#settle();
    return best;
  }

  #settle(): void {
    const steps = this.#built / BUILT_A_STEP;
    this.#built = 0;
    owe(steps);
  }

  get #start(): number {
    return this.#asserts ? Kind.edge : Kind.other;
  }

  #kindOf(c: number): number {
    if (c < 0) return Kind.edge;
    if (c === 10) return Kind.newline;
    return isWord(c) || (this.#wide && c > 127) ? Kind.word : Kind.other;
  }

  #state(groups: readonly Int32Array[], kind: number, open: boolean): State {
    const key = `${kind}${open}${groups.join('|')}`;
    let state = this.#states.get(key);
    if (!state) {
      this.#threads += groups.reduce((sum, group) => sum + group.length, 8);
      if (this.#threads > MOST_THREADS) {
        for (const old of this.#states.values()) old.edges = [];
        this.#states.clear();
        this.#threads = 0;
      }
      state = { key, groups, kind, open, edges: [] };
      this.#states.set(key, state);
    }
    return state;
  }

  #build(state: State, c: number): Edge {
    const byte = this.#samples[c]!;
    const kind = this.#asserts ? this.#kindOf(byte) : Kind.other;
    const groups: Int32Array[] = [];
    const from: number[] = [];
    let matched = -1;
    if (++this.#round > 0x7fff_0000) {
      this.#marks.fill(0);
      this.#round = 1;
    }
    const count = state.groups.length + (state.open ? 1 : 0);
    for (let group = 0; group < count && matched < 0; group++) {
      const threads: number[] = [];
      for (const place of state.groups[group] ?? [0])
        if (this.#follow(place, state.kind, kind, byte, threads)) matched = group;
      if (threads.length === 0) continue;
      groups.push(Int32Array.from(threads));
      from.push(group);
    }
    const open = state.open && matched < 0 && !this.#anchored;
    const same = from.length === state.groups.length && from.every((group, i) => group === i);
    const edge: Edge = { to: this.#state(groups, kind, open), matched, from: same ? undefined : from };
    state.edges[c] = edge;
    return edge;
  }

  /** Adds the places behind this byte to `threads`; whether a match ends before it. */
  #follow(place: number, before: number, after: number, byte: number, threads: number[]): boolean {
    const marks = this.#marks;
    const stack = [place];
    let matched = false;
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (marks[at] === this.#round) continue;
      marks[at] = this.#round;
      this.#built++;
      const instruction = this.#program[at]!;
      switch (instruction.op) {
        case 'set':
          if (byte >= 0 && instruction.set[byte]) threads.push(at + 1);
          break;
        case 'jump':
          stack.push(instruction.to);
          break;
        case 'split':
          stack.push(instruction.second, instruction.first);
          break;
        case 'save':
          stack.push(at + 1);
          break;
        case 'assert':
          if (this.#holds(instruction.kind, before, after)) stack.push(at + 1);
          break;
        case 'match':
          matched = true;
      }
    }
    return matched;
  }

  #holds(kind: string, before: number, after: number): boolean {
    const [left, right] = [before === Kind.word, after === Kind.word];
    switch (kind) {
      case '^':
        return before === Kind.edge || (this.#newline && before === Kind.newline);
      case '$':
        return after === Kind.edge || (this.#newline && after === Kind.newline);
      case '`':
        return before === Kind.edge;
      case "'":
        return after === Kind.edge;
      case 'b':
        return left !== right;
      case 'B':
        return left === right;
      case '<':
        return !left && right;
      default:
        return left && !right;
    }
  }
}
