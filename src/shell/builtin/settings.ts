// Builtins about the shell's surroundings: umask, ulimit, history, caller.
import type { Bytes } from '../../machine/machine.ts';
import type { Builtin } from './table.ts';

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

export const settings: Record<string, Builtin> = {
  umask: async (shell, args) => {
    const { process } = shell;
    const [value] = args.filter((a) => !a.startsWith('-'));
    if (value === undefined) {
      await process.out(
        args.includes('-S')
          ? `${symbolic(process.umask)}\n`
          : `${args.includes('-p') ? 'umask ' : ''}${process.umask.toString(8).padStart(4, '0')}\n`,
      );
      return 0;
    }
    if (/^[0-7]{1,4}$/.test(value)) {
      process.umask = Number.parseInt(value, 8) & 0o777;
      return 0;
    }
    if (/^\d/.test(value)) {
      await shell.complain(
        shell.dialect === 'bash' ? `umask: ${value}: octal number out of range` : `umask: Illegal number: ${value}`,
      );
      return 1;
    }
    let mask = process.umask;
    for (const clause of value.split(',')) {
      const match = /^([ugoa]*)([-+=])([rwx]*)$/.exec(clause);
      if (!match) {
        await shell.complain(`umask: \`${clause[0]}': invalid symbolic mode character`);
        return 1;
      }
      let bits = 0;
      for (const who of match[1] === '' || match[1]!.includes('a') ? 'ugo' : match[1]!) {
        const shift = { u: 6, g: 3, o: 0 }[who]!;
        for (const bit of match[3]!) bits |= { r: 4, w: 2, x: 1 }[bit]! << shift;
        if (match[2] === '=') mask |= 7 << shift;
      }
      mask = match[2] === '-' ? mask | bits : mask & ~bits;
    }
    process.umask = mask & 0o777;
    return 0;
  },
  ulimit: async (shell, args) => {
    const letters = args
      .filter((a) => /^-[a-zA-Z]+$/.test(a))
      .flatMap((a) => [...a.slice(1)])
      .filter((c) => c !== 'S' && c !== 'H');
    const value = args.find((a) => !a.startsWith('-'));
    if (letters.includes('a')) {
      for (const [, title, unit, limit] of LIMITS)
        await shell.process.out(
          `${title.padEnd(Math.max(1, 45 - unit.length - (title.length > 27 ? 0 : 0)))}${unit} ${shell.limits.get(title) ?? limit}\n`,
        );
      return 0;
    }
    const letter = letters.at(-1) ?? 'f';
    const found = LIMITS.find(([l]) => l === letter);
    if (!found) {
      await shell.process.err(
        `${shell.prefix}ulimit: -${letter}: invalid option\nulimit: usage: ulimit [-SHabcdefiklmnpqrstuvxPRT] [limit]\n`,
      );
      return 2;
    }
    if (value === undefined) await shell.process.out(`${shell.limits.get(found[1]) ?? found[3]}\n`);
    else if (value === 'unlimited' || /^\d+$/.test(value)) shell.limits.set(found[1], value);
    else {
      await shell.complain(`ulimit: ${value}: invalid number`);
      return 1;
    }
    return 0;
  },
  history: async (shell, args) => {
    if (args[0] === '-c') {
      shell.history.length = 0;
      return 0;
    }
    if (/^-[wanr]$/.test(args[0] ?? '')) return 0;
    if (args[0] === '-d') {
      shell.history.splice(Number(args[1]) - 1, 1);
      return 0;
    }
    const most = args[0] === undefined ? shell.history.length : Number(args[0]);
    if (Number.isNaN(most)) {
      await shell.complain(`history: ${args[0]}: numeric argument required`);
      return 1;
    }
    const from = Math.max(0, shell.history.length - most);
    let out = '';
    for (let i = from; i < shell.history.length; i++) out += `${String(i + 1).padStart(5)}  ${shell.history[i]}\n`;
    await shell.process.out(out);
    return 0;
  },
  fc: async (shell) => {
    const from = Math.max(0, shell.history.length - 16);
    for (let i = from; i < shell.history.length; i++) await shell.process.out(`${i + 1}\t ${shell.history[i]}\n`);
    return 0;
  },
  caller: async (shell) => {
    if (shell.callers.length === 0) return 1;
    await shell.process.out(`${shell.line} ${shell.source || 'NULL'}\n`);
    return 0;
  },
};
