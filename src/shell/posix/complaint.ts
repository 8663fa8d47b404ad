// How dash and ash say that something is wrong: thrown by builtins and expansions, worded and ended with here.
import type { Bytes } from '../../machine/machine.ts';
import type { Interpreter } from '../interpreter.ts';

/** `sh: 1: cd: can't cd to /x`. With status 2 a special builtin takes a shell that nobody types into with it; with 1 the command only fails. */
export class Complaint extends Error {
  readonly status: number;
  constructor(message: Bytes, status = 2) {
    super(message);
    this.status = status;
  }
}

/** What differs in words. */
export const words = (shell: Interpreter) => WORDS[shell.dialect === 'ash' ? 'ash' : 'dash'];

const WORDS = {
  dash: {
    option: (letter: Bytes) => `Illegal option ${letter}`,
    noArgument: (letter: Bytes) => `No arg for ${letter} option`,
    mode: (text: Bytes) => `Illegal mode: ${text}`,
    noJob: (text: Bytes) => `No such job: ${text}`,
    cannotOpen: (path: Bytes, why: Bytes) => `cannot open ${path}: ${why}`,
    getopts: 'Usage: getopts optstring var [arg...]',
  },
  ash: {
    option: (letter: Bytes) => `illegal option ${letter}`,
    noArgument: (letter: Bytes) => `no arg for ${letter} option`,
    mode: (text: Bytes) => `illegal mode: ${text}`,
    noJob: (text: Bytes) => `${text}: no such job`,
    cannotOpen: (path: Bytes, why: Bytes) => `can't open '${path}': ${why}`,
    getopts: 'usage: getopts optstring var [arg]',
  },
};

/** ash's applets inside of the shell (printf, test, kill …) say `sh: message`, whichever line they stand on. */
export const bare = (shell: Interpreter, message: Bytes): void | Promise<void> =>
  shell.process.err(`${shell.dialect === 'ash' ? `${shell.source || 'sh'}: ` : shell.prefix}${message}\n`);

/** Takes the options of a builtin off `args`, in place. @throws Complaint */
export function takeOptions(shell: Interpreter, args: Bytes[], letters: string): [letter: string, value: Bytes][] {
  const found: [string, Bytes][] = [];
  while (args[0]?.startsWith('-') && args[0].length > 1) {
    const word = args.shift()!;
    if (word === '--') break;
    for (let i = 1; i < word.length; i++) {
      const letter = word[i]!;
      const at = letters.indexOf(letter);
      if (at < 0 || letter === ':') throw new Complaint(words(shell).option(`-${letter}`));
      if (letters[at + 1] !== ':') {
        found.push([letter, '']);
        continue;
      }
      const value = word.slice(i + 1) || args.shift();
      if (value === undefined) throw new Complaint(words(shell).noArgument(`-${letter}`));
      found.push([letter, value]);
      break;
    }
  }
  return found;
}

/** A count that must be a natural number. @throws Complaint */
export function natural(text: Bytes): number {
  if (!/^\d+$/.test(text) || Number(text) > 2 ** 31 - 1) throw new Complaint(`Illegal number: ${text}`);
  return Number(text);
}

/** @throws Complaint */
export function checkName(name: Bytes): void {
  if (!/^[a-zA-Z_]\w*$/.test(name)) throw new Complaint(`${name}: bad variable name`);
}
