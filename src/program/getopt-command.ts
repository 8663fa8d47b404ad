// getopt (util-linux 2.38): parses options for shell scripts.
import type { Bytes, Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { getopt, WrongUse } from './getopt.ts';

export const names = ['getopt'];

const OWN = {
  alternative: 'a',
  help: 'h',
  'longoptions=': 'l',
  'name=': 'n',
  'options=': 'o',
  quiet: 'q',
  'quiet-output': 'Q',
  'shell=': 's',
  test: 'T',
  unquoted: 'u',
  version: 'V',
};

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  const name = process.argv[0]!;
  const compatible = process.environment.has('GETOPT_COMPATIBLE');
  if (args.length === 0) {
    if (compatible) {
      await process.out(' --\n');
      return 0;
    }
    await process.err(`${name}: missing optstring argument\nTry '${name} --help' for more information.\n`);
    return 2;
  }
  if (!args[0]!.startsWith('-') || compatible)
    return format(process, name, args[0]!, [], args.slice(1), { bare: true });
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(args, '+ao:l:n:qQs:TuhV', OWN);
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`${name}: ${error.message}\nTry '${name} --help' for more information.\n`);
    return 2;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  const value = (key: string) => parsed.options.findLast(([k]) => k === key)?.[1];
  if (has('T')) return 4;
  for (const [key, argument] of [
    ['h', '--help'],
    ['V', '--version'],
  ] as const) {
    if (!has(key)) continue;
    await process.out(recordedRun(process, 'getopt', argument)?.stdout ?? '');
    return 0;
  }
  const shell = value('s');
  if (shell !== undefined && !/^(sh|bash|csh|tcsh)$/.test(shell)) {
    await process.err(
      `${name}: unknown shell after -s or --shell argument\nTry '${name} --help' for more information.\n`,
    );
    return 2;
  }
  let operands = parsed.operands;
  let short = value('o');
  if (short === undefined) {
    if (operands.length === 0) {
      await process.err(`${name}: missing optstring argument\nTry '${name} --help' for more information.\n`);
      return 2;
    }
    short = operands[0]!;
    operands = operands.slice(1);
  }
  const long = parsed.options.filter(([k]) => k === 'l').flatMap(([, v]) => (v ?? '').split(/[,\s]+/).filter(Boolean));
  return format(process, value('n') ?? name, short, long, operands, {
    bare: has('u'),
    quiet: has('q'),
    silent: has('Q'),
    csh: /csh$/.test(shell ?? ''),
    alternative: has('a'),
  });
}

interface Style {
  /** No quoting. */
  bare?: boolean;
  quiet?: boolean;
  silent?: boolean;
  csh?: boolean;
  /** Long options may begin with one dash. */
  alternative?: boolean;
}

async function format(
  process: Process,
  name: Bytes,
  optstring: Bytes,
  long: readonly Bytes[],
  args: readonly Bytes[],
  style: Style,
): Promise<number> {
  const stop = optstring.startsWith('+') || process.environment.has('POSIXLY_CORRECT');
  const inPlace = optstring.startsWith('-');
  const letters = optstring.replace(/^[+-]/, '');
  const names: Record<string, string> = {};
  for (const spec of long) {
    const [, base = '', colons = ''] = /^(.*?)(:{0,2})$/.exec(spec)!;
    names[base + (colons === ':' ? '=' : colons === '::' ? '=?' : '')] = base;
  }
  const quote = (text: Bytes) => {
    if (style.bare) return text;
    let inner = text.replaceAll("'", "'\\''");
    if (style.csh) inner = inner.replace(/!/g, "'\\!'").replaceAll('\n', "'\\n'").replace(/[\t ]/g, "'\\$&'");
    return `'${inner}'`;
  };
  let out = '';
  const rest: Bytes[] = [];
  let failed = false;
  // One argument after the other, so that a wrong one is complained about and the others are still shown.
  for (let at = 0; at < args.length; ) {
    const arg = args[at]!;
    if (arg === '--') {
      rest.push(...args.slice(at + 1));
      break;
    }
    if (!arg.startsWith('-') || arg === '-') {
      if (stop) {
        rest.push(...args.slice(at));
        break;
      }
      if (inPlace) out += ` ${quote(arg)}`;
      else rest.push(arg);
      at++;
      continue;
    }
    const single =
      style.alternative &&
      /^-[^-]./.test(arg) &&
      Object.keys(names).some((n) => n.startsWith(arg.slice(1).split('=')[0]!));
    try {
      const tail = [single ? `-${arg}` : arg, ...args.slice(at + 1)];
      const own = countOf(tail, letters, names);
      const parsed = getopt(tail.slice(0, own), `+${letters}`, names);
      for (const [key, value] of parsed.options) {
        const isLong = arg.startsWith('--') || single;
        out += isLong ? ` --${key}` : ` -${key}`;
        const wants = isLong ? !(key in names) : letters[letters.indexOf(key) + 1] === ':';
        if (wants || value !== undefined) out += ` ${quote(value ?? '')}`;
      }
      at += own;
    } catch (error) {
      if (!(error instanceof WrongUse)) throw error;
      failed = true;
      if (!style.quiet) await process.err(`${name}: ${error.message}\n`);
      at++;
    }
  }
  if (!style.silent) await process.out(`${out} --${rest.map((text) => ` ${quote(text)}`).join('')}\n`);
  return failed ? 1 : 0;
}

/** How many of these arguments the first one takes with it: itself, and the next one if its value stands there. */
function countOf(args: readonly Bytes[], letters: string, names: Record<string, string>): number {
  const first = args[0]!;
  if (first.startsWith('--')) {
    if (first.includes('=')) return 1;
    const typed = first.slice(2);
    const matches = Object.keys(names).filter((n) => n.replace(/=\??$/, '').startsWith(typed));
    const exact = matches.find((n) => n.replace(/=\??$/, '') === typed) ?? matches[0];
    return exact?.endsWith('=') ? 2 : 1;
  }
  for (let i = 1; i < first.length; i++) {
    const place = letters.indexOf(first[i]!);
    if (letters[place + 1] !== ':') continue;
    return i === first.length - 1 && letters[place + 2] !== ':' ? 2 : 1;
  }
  return 1;
}
