// Builtins about the shell's surroundings: umask, ulimit, history, caller.
import { SystemError, strerror } from '../../machine/errno.ts';
import type { Bytes } from '../../machine/machine.ts';
import { readHistory, writeHistory } from '../history.ts';
import { expandHistory } from '../history-expansion.ts';
import type { Interpreter } from '../interpreter.ts';
import type { Builtin } from './table.ts';
import { badOption, missingArgument } from './usage.ts';

/** As a Debian login has them. */
const LIMITS: [letter: string, title: string, unit: string, value: Bytes][] = [
  ['R', 'real-time non-blocking time', '(microseconds, -R)', 'unlimited'],
  ['c', 'core file size', '(blocks, -c)', '0'],
  ['d', 'data seg size', '(kbytes, -d)', 'unlimited'],
  ['e', 'scheduling priority', '(-e)', '0'],
  ['f', 'file size', '(blocks, -f)', 'unlimited'],
  ['i', 'pending signals', '(-i)', '3700'],
  ['l', 'max locked memory', '(kbytes, -l)', '124012'],
  ['m', 'max memory size', '(kbytes, -m)', 'unlimited'],
  ['n', 'open files', '(-n)', '1024'],
  ['p', 'pipe size', '(512 bytes, -p)', '8'],
  ['q', 'POSIX message queues', '(bytes, -q)', '819200'],
  ['r', 'real-time priority', '(-r)', '0'],
  ['s', 'stack size', '(kbytes, -s)', '8192'],
  ['t', 'cpu time', '(seconds, -t)', 'unlimited'],
  ['u', 'max user processes', '(-u)', '3700'],
  ['v', 'virtual memory', '(kbytes, -v)', 'unlimited'],
  ['x', 'file locks', '(-x)', 'unlimited'],
];

const symbolic = (mask: number): Bytes =>
  ['u', 'g', 'o']
    .map((who, i) => `${who}=${['r', 'w', 'x'].filter((_, bit) => !(mask & (0o400 >> (i * 3 + bit)))).join('')}`)
    .join(',');

const UMASK = 'umask [-p] [-S] [mode]';
const umask: Builtin = async (shell, args, name) => {
  const { process } = shell;
  let [words, shown, reusable] = [args, false, false];
  while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
    for (const letter of words[0]!.slice(1)) {
      if (letter === 'S') shown = true;
      else if (letter === 'p') reusable = true;
      else return badOption(shell, name, `-${letter}`, UMASK);
    }
    words = words.slice(1);
  }
  if (words[0] === '--') words = words.slice(1);
  const [value] = words;
  if (value === undefined) {
    const text = shown ? symbolic(process.umask) : process.umask.toString(8).padStart(4, '0');
    await process.out(`${reusable ? `umask ${shown ? '-S ' : ''}` : ''}${text}\n`);
    return 0;
  }
  if (/^\d/.test(value)) {
    if (/^[0-7]+$/.test(value) && Number.parseInt(value, 8) <= 0o777) {
      process.umask = Number.parseInt(value, 8);
      return 0;
    }
    await shell.complain(`umask: ${value}: octal number out of range`);
    return 1;
  }
  const refuse = async (what: string, character: string | undefined) => {
    await shell.complain(`umask: \`${character ?? '\0'}': invalid symbolic mode ${what}`);
    return 1;
  };
  let mask = process.umask;
  for (const clause of value.split(',')) {
    const who = /^[ugoa]*/.exec(clause)![0];
    for (let i = who.length; i === who.length || i < clause.length; ) {
      const operator = clause[i++];
      if (operator === undefined || !'+-='.includes(operator)) return refuse('operator', operator);
      let bits = 0;
      for (; i < clause.length && !'+-='.includes(clause[i]!); i++) {
        if (!'rwxX'.includes(clause[i]!)) return refuse('character', clause[i]);
        bits |= { r: 0o444, w: 0o222, x: 0o111, X: 0o111 }[clause[i] as 'r'];
      }
      let whose = 0;
      for (const c of who === '' ? 'a' : who) whose |= { u: 0o700, g: 0o070, o: 0o007, a: 0o777 }[c as 'u'];
      bits &= whose;
      mask = operator === '-' ? mask | bits : operator === '+' ? mask & ~bits : (mask | whose) & ~bits;
    }
  }
  process.umask = mask & 0o777;
  if (shown) await process.out(`${symbolic(process.umask)}\n`);
  return 0;
};

const ULIMIT = 'ulimit [-SHabcdefiklmnpqrstuvxPRT] [limit]';
const ulimit: Builtin = async (shell, args, name) => {
  const letters: string[] = [];
  const words: Bytes[] = [];
  for (const [i, word] of args.entries()) {
    if (word === '--') {
      words.push(...args.slice(i + 1));
      break;
    }
    if (!/^-./.test(word)) words.push(word);
    else
      for (const letter of word.slice(1)) {
        if (letter === 'S' || letter === 'H') continue;
        if (letter !== 'a' && !LIMITS.some(([known]) => known === letter))
          return badOption(shell, name, `-${letter}`, ULIMIT);
        letters.push(letter);
      }
  }
  const value = ([title, fixed]: [string, Bytes]) => shell.limits.get(title) ?? fixed;
  const line = ([, title, unit, fixed]: (typeof LIMITS)[number]) =>
    `${title.padEnd(40 - unit.length)}${unit} ${value([title, fixed])}\n`;
  if (letters.includes('a')) {
    for (const limit of LIMITS) await shell.process.out(line(limit));
    return 0;
  }
  const wanted = (letters.length === 0 ? ['f'] : letters).map((letter) => LIMITS.find(([known]) => known === letter)!);
  const [given] = words;
  if (given === undefined) {
    for (const limit of wanted)
      await shell.process.out(wanted.length > 1 ? line(limit) : `${value([limit[1], limit[3]])}\n`);
    return 0;
  }
  if (given !== 'unlimited' && given !== 'hard' && given !== 'soft' && !/^\d+$/.test(given)) {
    await shell.complain(`ulimit: ${given}: invalid number`);
    return 1;
  }
  for (const [, title, , fixed] of wanted)
    if (/^\d|^unlimited/.test(given)) shell.limits.set(title, given);
    else shell.limits.set(title, shell.limits.get(title) ?? fixed);
  return 0;
};

const HISTORY = 'history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]';
const history: Builtin = async (shell, args, name) => {
  const flags = new Set<string>();
  let words = args;
  let offset: Bytes | undefined;
  while (/^-[^\d]/.test(words[0] ?? '') && words[0] !== '--') {
    const [word, ...rest] = words as [Bytes, ...Bytes[]];
    words = rest;
    for (let i = 1; i < word.length; i++) {
      const letter = word[i]!;
      if (!'acdnprsw'.includes(letter)) return badOption(shell, name, `-${letter}`, HISTORY);
      flags.add(letter);
      if (letter !== 'd') continue;
      offset = word.slice(i + 1) || words[0];
      if (!word.slice(i + 1)) words = words.slice(1);
      if (offset === undefined) return missingArgument(shell, name, '-d', HISTORY);
      break;
    }
  }
  if (words[0] === '--') words = words.slice(1);
  const kept = shell.history;
  if (flags.has('c')) kept.length = shell.historyNew = 0;
  // The command itself is not remembered then.
  if ((flags.has('s') || flags.has('p')) && words.length > 0 && shell.interactive && shell.historyNew > 0) {
    kept.pop();
    shell.historyNew--;
  }
  if (flags.has('s')) {
    if (words.length > 0) {
      kept.push(words.join(' '));
      shell.historyNew++;
    }
    return 0;
  }
  if (flags.has('p')) {
    for (const word of words) {
      const expanded = expandHistory(word, kept, shell.historyMemory);
      if ('error' in expanded) {
        await shell.complain(`history: ${word}: history expansion failed`);
        return 1;
      }
      await shell.process.out(`${expanded.text}\n`);
    }
    return 0;
  }
  if (offset !== undefined) {
    const [from, to = offset] = /^(-?\d+)-(-?\d+)$/.exec(offset)?.slice(1) ?? [offset];
    const place = (text: Bytes) => (Number(text) < 0 ? kept.length + Number(text) : Number(text) - 1);
    const [first, last] = [place(from!), place(to)];
    if (!/^-?\d+$/.test(from!) || first < 0 || first >= kept.length || last < first || last >= kept.length) {
      await shell.complain(`history: ${offset}: history position out of range`);
      return 1;
    }
    shell.historyNew -= kept.splice(first, last - first + 1).length;
    return 0;
  }
  if (['a', 'n', 'r', 'w'].some((letter) => flags.has(letter))) return historyFile(shell, flags, words[0]);
  if (flags.has('c')) return 0;
  const [count] = words;
  if (count !== undefined && !/^\d+$/.test(count)) {
    await shell.complain(`history: ${count}: numeric argument required`);
    return 1;
  }
  if (words.length > 1) {
    await shell.complain('history: too many arguments');
    return 1;
  }
  const from = Math.max(0, kept.length - Number(count ?? kept.length));
  let out = '';
  for (let i = from; i < kept.length; i++) out += `${String(i + 1).padStart(5)}  ${kept[i]}\n`;
  await shell.process.out(out);
  return 0;
};

/** `history -a`, `-w`: to a file; `-r`, `-n`: from it. */
async function historyFile(shell: Interpreter, flags: ReadonlySet<string>, given: Bytes | undefined): Promise<number> {
  const path = given ?? shell.variables.get('HISTFILE');
  if (!path) return 0;
  try {
    if (flags.has('r')) readHistory(shell, path);
    else if (flags.has('n')) readHistory(shell, path, shell.historyInFile);
    else if (flags.has('w') || shell.historyNew > 0) writeHistory(shell, path, flags.has('w') ? 'truncate' : 'append');
    return 0;
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    await shell.complain(
      `history: ${path}: cannot ${flags.has('r') || flags.has('n') ? 'open' : 'create'}: ${strerror(error.code)}`,
    );
    return 1;
  }
}

export const settings: Record<string, Builtin> = {
  umask,
  ulimit,
  history,
  caller: async (shell, args, name) => {
    const [word] = args;
    if (word !== undefined && /^-./.test(word)) return badOption(shell, name, word.slice(0, 2), 'caller [expr]');
    if (word !== undefined && !/^\d+$/.test(word)) {
      await shell.complain(`caller: ${word}: invalid number`);
      await shell.process.err('caller: usage: caller [expr]\n');
      return 2;
    }
    const lines = shell.elements('BASH_LINENO');
    const sources = shell.elements('BASH_SOURCE');
    const names = shell.elements('FUNCNAME');
    if (word === undefined) {
      if (shell.callers.length === 0) return 1;
      await shell.process.out(`${lines[0]} ${sources[1] ?? 'NULL'}\n`);
      return 0;
    }
    const n = Number(word);
    if (names[n + 1] === undefined) return 1;
    await shell.process.out(`${lines[n]} ${names[n + 1]} ${sources[n + 1]}\n`);
    return 0;
  },
};
