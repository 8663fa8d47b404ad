// The program of a regular expression: instructions over bytes, shared by the automaton and both ways to find its groups.
import type { Bytes } from '../machine/machine.ts';
import { isWord, type Node, RegexError } from './regex-syntax.ts';

/** Instructions of one program: bounds nested repetition. */
const MOST_INSTRUCTIONS = 20_000;

export type Instruction =
  | { op: 'set'; set: Uint8Array }
  | { op: 'split'; first: number; second: number }
  | { op: 'jump'; to: number }
  | { op: 'save'; slot: number }
  | { op: 'assert'; kind: string }
  | { op: 'back'; index: number }
  | { op: 'match' };

/** @throws RegexError where it would grow too big */
export function compile(root: Node): Instruction[] {
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

/** Whether an assertion holds between two bytes of a text. In UTF-8 (`wide`) a byte above ASCII is part of a word. */
export function holds(kind: string, text: Bytes, at: number, newline: boolean, wide: boolean): boolean {
  const word = (c: number) => isWord(c) || (wide && c > 127);
  const before = at > 0 && word(text.charCodeAt(at - 1));
  const after = at < text.length && word(text.charCodeAt(at));
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

/** The bytes a match can begin with; undefined when it can be empty or begins with an assertion or a back-reference. */
export function firstBytes(program: Instruction[]): Uint8Array | undefined {
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
