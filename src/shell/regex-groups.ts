// The groups of a match whose bounds are known: depth first in order of preference, each place of program and text at most once.
import type { Bytes } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';
import { holds, type Instruction } from './regex-program.ts';

/** Places remembered for one search: a bit each. */
const MOST_PLACES = 1 << 26;
/** Places visited in about a microsecond, which is a step of a process. */
const PLACES_A_STEP = 100;

const Code = { set: 0, jump: 1, split: 2, save: 3, assert: 4, match: 5, back: 5 } as const;

/** Shared by all searches: none outlives its call. */
let visited = new Uint32Array(1024);
let stack = new Int32Array(1024);

export class GroupFinder {
  readonly #length: number;
  readonly #codes: Uint8Array;
  /** Where a jump or a split goes first, and the slot of a save. */
  readonly #first: Int32Array;
  readonly #second: Int32Array;
  readonly #sets: readonly Uint8Array[];
  readonly #kinds: readonly string[];
  readonly #slotCount: number;
  readonly #newline: boolean;
  readonly #wide: boolean;

  constructor(program: readonly Instruction[], options: { slotCount: number; newline: boolean; wide: boolean }) {
    const none = new Uint8Array(256);
    this.#length = program.length;
    this.#codes = Uint8Array.from(program, (i) => Code[i.op]);
    this.#first = Int32Array.from(program, (i) =>
      i.op === 'jump' ? i.to : i.op === 'split' ? i.first : i.op === 'save' ? i.slot : 0,
    );
    this.#second = Int32Array.from(program, (i) => (i.op === 'split' ? i.second : 0));
    this.#sets = program.map((i) => (i.op === 'set' ? i.set : none));
    this.#kinds = program.map((i) => (i.op === 'assert' ? i.kind : ''));
    this.#slotCount = options.slotCount;
    this.#newline = options.newline;
    this.#wide = options.wide;
  }

  /**
   * Start and end of each group of the match from `start` to `end`; undefined where text and program together are too large for it.
   * @throws SystemError ENOMEM when the search would hold up everyone else
   */
  find(text: Bytes, [start, end]: readonly [number, number]): number[] | undefined {
    const width = end - start + 1;
    const places = width * this.#length;
    if (places > MOST_PLACES) return undefined;
    const words = (places + 31) >> 5;
    if (words > visited.length) visited = new Uint32Array(words * 2);
    else visited.fill(0, 0, words);
    const slots = new Array<number>(this.#slotCount).fill(-1);
    slots[0] = start;
    slots[1] = end;
    const [codes, first, second, sets, seen] = [this.#codes, this.#first, this.#second, this.#sets, visited];
    let steps = words >> 3;
    let top = 0;
    let pc = 0;
    let at = start;
    let found = false;
    for (;;) {
      for (;;) {
        const place = pc * width + (at - start);
        const bit = 1 << (place & 31);
        if (seen[place >> 5]! & bit) break;
        seen[place >> 5]! |= bit;
        if ((++steps & 0xfffff) === 0) owe(0x100000 / PLACES_A_STEP);
        const code = codes[pc];
        if (code === Code.set) {
          if (at >= end || sets[pc]![text.charCodeAt(at) & 255] === 0) break;
          pc++;
          at++;
        } else if (code === Code.jump) pc = first[pc]!;
        else if (code === Code.split || code === Code.save) {
          if (top + 2 > stack.length) {
            const larger = new Int32Array(stack.length * 2);
            larger.set(stack);
            stack = larger;
          }
          if (code === Code.split) {
            stack[top++] = second[pc]!;
            stack[top++] = at;
            pc = first[pc]!;
          } else {
            // To be set back on the way to another alternative.
            const slot = first[pc]!;
            stack[top++] = -1 - slot;
            stack[top++] = slots[slot]!;
            slots[slot] = at;
            pc++;
          }
        } else if (code === Code.assert) {
          if (!holds(this.#kinds[pc]!, text, at, this.#newline, this.#wide)) break;
          pc++;
        } else {
          found = at === end;
          break;
        }
      }
      if (found) break;
      let resumed = false;
      while (top > 0 && !resumed) {
        const value = stack[--top]!;
        const what = stack[--top]!;
        if (what < 0) slots[-1 - what] = value;
        else {
          pc = what;
          at = value;
          resumed = true;
        }
      }
      if (!resumed) break;
    }
    if (visited.length > 1 << 18) visited = new Uint32Array(1024);
    if (stack.length > 1 << 18) stack = new Int32Array(1024);
    owe((steps & 0xfffff) / PLACES_A_STEP);
    return found ? slots : undefined;
  }
}
