// The backtracking matcher of Perl's and Python's regular expressions: in slices, so that no expression holds anyone up.
import { type Instruction, isWord, type Program } from './parse.ts';

/** Entries of the stack of ways not taken yet. */
const MOST_STACK = 2_000_000;

/** Where groups stand after a match: start and end by `2 * group`; -1 for one that took no part. */
export type Positions = number[];

/** One search: call `run` until it answers. */
export class Search {
  readonly #program: Program;
  readonly #text: string;
  readonly #anchored: boolean;
  readonly #whole: boolean;
  #start: number;
  readonly #origin: number;
  #saves: number[];
  #slots: number[];
  /** Ways not taken yet: instruction, position and what to restore, three numbers each. */
  #stack: number[] = [];
  #pc = 0;
  #at = 0;
  #fresh = true;

  /** `anchored`: only at `from`; `whole`: up to the end of the text. `begin`: where `^` matches, for inner searches. */
  constructor(program: Program, text: string, from = 0, options: { anchored?: boolean; whole?: boolean } = {}) {
    this.#program = program;
    this.#text = text;
    this.#start = from;
    this.#origin = from;
    this.#anchored = options.anchored ?? false;
    this.#whole = options.whole ?? false;
    this.#saves = new Array((program.groups + 1) * 2).fill(-1);
    this.#slots = new Array(program.slots).fill(0);
  }

  /** Works for so many steps: the positions, `null` for no match, undefined: call again. */
  run(steps: number): Positions | null | undefined {
    let left = steps;
    const { code } = this.#program;
    const first = code[1];
    while (this.#start <= this.#text.length) {
      if (this.#fresh) {
        // The text that every match begins with is looked for at once.
        if (!this.#anchored && first?.op === 'text') {
          const next = this.#text.indexOf(first.text, this.#start);
          if (next < 0) return null;
          this.#start = next;
        }
        this.#saves.fill(-1);
        this.#stack.length = 0;
        this.#pc = 0;
        this.#at = this.#start;
        this.#fresh = false;
      }
      const result = this.#go(left);
      if (typeof result === 'boolean') {
        if (result) return [...this.#saves];
        this.#fresh = true;
        if (this.#anchored) return null;
        this.#start++;
        left -= 2;
        if (left <= 0) return undefined;
        continue;
      }
      return undefined;
    }
    return null;
  }

  /** Goes on from where it is; true: matched, false: no way left, undefined: out of steps. */
  #go(budget: number): boolean | undefined {
    const { code } = this.#program;
    const text = this.#text;
    let left = budget;
    for (;;) {
      if (--left < 0) return undefined;
      const i = code[this.#pc]!;
      let ok = true;
      switch (i.op) {
        case 'text':
          ok = text.startsWith(i.text, this.#at);
          this.#at += i.text.length;
          this.#pc++;
          break;
        case 'test':
          ok = this.#at < text.length && i.test(text.charCodeAt(this.#at));
          this.#at++;
          this.#pc++;
          break;
        case 'run': {
          const most = Math.min(i.most, text.length - this.#at);
          let n = 0;
          const goal = i.lazy ? Math.min(i.least, most) : most;
          while (n < goal && i.test(text.charCodeAt(this.#at + n))) n++;
          left -= n >> 3;
          ok = n >= i.least;
          if (!ok) break;
          if (i.lazy) {
            if (n < most) this.#push(-3, this.#at + n, this.#pc, most - n);
          } else if (n > i.least && !i.possessive) this.#push(-2, this.#at + n - 1, this.#pc, this.#at + i.least);
          this.#at += n;
          this.#pc++;
          break;
        }
        case 'split':
          this.#push(i.second, this.#at, 0, 0);
          this.#pc = i.first;
          break;
        case 'jump':
          this.#pc = i.to;
          break;
        case 'save':
          this.#push(-1, i.slot, this.#saves[i.slot]!, 0);
          this.#saves[i.slot] = this.#at;
          this.#pc++;
          break;
        case 'assert':
          ok = this.#assert(i.kind);
          this.#pc++;
          break;
        case 'back': {
          const [from, to] = [this.#saves[i.group * 2]!, this.#saves[i.group * 2 + 1]!];
          const part = from < 0 || to < 0 ? undefined : text.slice(from, to);
          ok =
            part !== undefined &&
            (i.ignoreCase
              ? text.slice(this.#at, this.#at + part.length).toLowerCase() === part.toLowerCase()
              : text.startsWith(part, this.#at));
          this.#at += part?.length ?? 0;
          this.#pc++;
          break;
        }
        case 'look': {
          const found = this.#look(i, left);
          if (found === undefined) return this.#giveUp();
          ok = found !== i.negative;
          left -= 8;
          this.#pc = i.end;
          break;
        }
        case 'atomic': {
          const result = this.#inner(this.#pc + 1, this.#at, left);
          if (result === undefined) return this.#giveUp();
          ok = result >= 0;
          this.#at = result;
          this.#pc = i.end;
          break;
        }
        case 'condition':
          this.#pc = this.#saves[i.group * 2 + 1]! >= 0 ? this.#pc + 1 : i.otherwise;
          break;
        case 'counter':
          this.#push(-4, i.slot, this.#slots[i.slot]!, 0);
          this.#slots[i.slot] = 0;
          this.#pc++;
          break;
        case 'repeat': {
          const count = this.#slots[i.slot]!;
          if (count < i.least) {
            this.#push(-4, i.slot, count, 0);
            this.#slots[i.slot] = count + 1;
            this.#pc++;
          } else if (count >= i.most) this.#pc = i.to;
          else if (i.lazy) {
            this.#push(-5, this.#at, this.#pc, count);
            this.#pc = i.to;
          } else {
            this.#push(i.to, this.#at, 0, 0);
            this.#push(-4, i.slot, count, 0);
            this.#slots[i.slot] = count + 1;
            this.#pc++;
          }
          break;
        }
        case 'mark':
          this.#push(-4, i.slot, this.#slots[i.slot]!, 0);
          this.#slots[i.slot] = this.#at;
          this.#pc++;
          break;
        case 'progress':
          // A round that took nothing ends the repetition.
          if (this.#slots[i.slot] === this.#at) {
            const jump = code[this.#pc + 1] as Extract<Instruction, { op: 'jump' }>;
            this.#pc = (code[jump.to] as Extract<Instruction, { op: 'repeat' }>).to;
          } else this.#pc++;
          break;
        case 'match':
          if (!this.#whole || this.#at === text.length) return true;
          ok = false;
      }
      if (!ok && !this.#back()) return false;
      if (this.#stack.length > MOST_STACK) return this.#giveUp();
    }
  }

  /** Too much for one expression: as if there were no match. */
  #giveUp(): false {
    this.#start = this.#text.length;
    return false;
  }

  #push(a: number, b: number, c: number, d: number): void {
    this.#stack.push(a, b, c, d);
  }

  /** Takes the latest way not taken yet; false: there is none. */
  #back(floor = 0): boolean {
    const stack = this.#stack;
    while (stack.length > floor) {
      const d = stack.pop()!;
      const c = stack.pop()!;
      const b = stack.pop()!;
      const a = stack.pop()!;
      if (a === -1) this.#saves[b] = c;
      else if (a === -4) this.#slots[b] = c;
      else if (a === -2) {
        // One character fewer of a greedy run.
        if (b > d) stack.push(-2, b - 1, c, d);
        this.#at = b;
        this.#pc = c + 1;
        return true;
      } else if (a === -3) {
        // One character more of a lazy run.
        const i = this.#program.code[c] as Extract<Instruction, { op: 'run' }>;
        if (d <= 0 || !i.test(this.#text.charCodeAt(b))) continue;
        if (d > 1) stack.push(-3, b + 1, c, d - 1);
        this.#at = b + 1;
        this.#pc = c + 1;
        return true;
      } else if (a === -5) {
        // One more round of a lazy repetition.
        const i = this.#program.code[c] as Extract<Instruction, { op: 'repeat' }>;
        stack.push(-4, i.slot, this.#slots[i.slot]!, 0);
        this.#slots[i.slot] = d + 1;
        this.#at = b;
        this.#pc = c + 1;
        return true;
      } else {
        this.#pc = a;
        this.#at = b;
        return true;
      }
    }
    return false;
  }

  /** Matches the part that begins at `pc` on its own: where it ends, -1 for no match; undefined: too much work. */
  #inner(pc: number, at: number, budget: number): number | undefined {
    const inner = new Search(this.#program, this.#text, at, { anchored: true });
    inner.#saves = [...this.#saves];
    inner.#slots = [...this.#slots];
    inner.#pc = pc;
    inner.#at = at;
    inner.#fresh = false;
    const result = inner.#go(Math.max(budget, 50_000));
    if (result === undefined) return undefined;
    if (!result) return -1;
    for (const [slot, value] of inner.#saves.entries())
      if (value !== this.#saves[slot]) {
        this.#push(-1, slot, this.#saves[slot]!, 0);
        this.#saves[slot] = value;
      }
    return inner.#at;
  }

  #look(i: Extract<Instruction, { op: 'look' }>, budget: number): boolean | undefined {
    const depth = this.#stack.length;
    if (i.ahead) {
      const end = this.#inner(this.#pc + 1, this.#at, budget);
      if (end === undefined) return undefined;
      if (i.negative) this.#back(depth);
      return end >= 0;
    }
    for (const width of i.widths) {
      if (width > this.#at) continue;
      const end = this.#inner(this.#pc + 1, this.#at - width, budget);
      if (end === undefined) return undefined;
      if (end === this.#at) return true;
    }
    return false;
  }

  #assert(kind: Extract<Instruction, { op: 'assert' }>['kind']): boolean {
    const { length } = this.#text;
    const at = this.#at;
    const code = (i: number) => this.#text.charCodeAt(i);
    switch (kind) {
      case '^':
      case 'A':
        return at === 0;
      case 'm^':
        return at === 0 || code(at - 1) === 10;
      case 'z':
        return at === length;
      case '$':
      case 'Z':
        return at === length || (at === length - 1 && code(at) === 10);
      case 'm$':
        return at === length || code(at) === 10;
      case 'G':
        return at === this.#origin;
      default: {
        const before = at > 0 && isWord(code(at - 1));
        const after = at < length && isWord(code(at));
        return (before !== after) === (kind === 'b');
      }
    }
  }
}
