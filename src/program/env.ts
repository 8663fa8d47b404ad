// env (GNU coreutils): runs a program in a changed environment.
import type { Bytes } from '../machine/machine.ts';
import { errnoOf, reason } from './failure.ts';
import { gnu, type Invocation } from './program.ts';
import { quote, quoteAlways } from './quote.ts';
import { runCommand } from './run-command.ts';

export const names = ['env'];

export const main = gnu({
  short: '+C:iS:u:v0',
  long: {
    'ignore-environment': 'i',
    null: '0',
    'unset=': 'u',
    'chdir=': 'C',
    'split-string=': 'S',
    'block-signal=?': 'block',
    'default-signal=?': 'default',
    'ignore-signal=?': 'ignore',
    debug: 'v',
  },
  failure: 125,
  usage: '[OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]',
  async run(run) {
    const { process } = run;
    const operands = [...run.values('S').flatMap((text) => splitString(run, text)), ...run.operands];
    let clear = run.has('i');
    if (operands[0] === '-') {
      operands.shift();
      clear = true;
    }
    const environment = clear ? new Map<Bytes, Bytes>() : new Map(process.environment);
    for (const name of run.values('u')) {
      if (name === '' || name.includes('=')) return run.fail(`cannot unset ${quote(process, name)}: Invalid argument`);
      environment.delete(name);
    }
    const verbose = run.has('v') ? (line: string) => process.err(line) : () => undefined;
    while (operands[0]?.includes('=')) {
      const pair = operands.shift()!;
      await verbose(`setenv:   ${pair}\n`);
      const at = pair.indexOf('=');
      environment.set(pair.slice(0, at), pair.slice(at + 1));
    }
    const directory = run.value('C');
    if (directory !== undefined && operands.length === 0) return run.wrongUse('must specify command with --chdir (-C)');
    if (operands.length === 0) {
      for (const [name, value] of environment) run.put(`${name}=${value}${run.has('0') ? '\0' : '\n'}`);
      return 0;
    }
    if (run.has('0')) return run.wrongUse('cannot specify --null (-0) with command');
    let cwd = process.cwd;
    if (directory !== undefined) {
      try {
        cwd = process.files.realpath(directory);
        if (process.files.stat(cwd).type !== 'directory') throw new Error('directory');
      } catch (error) {
        return run.fail(
          `cannot change directory to ${quoteAlways(directory)}: ${error instanceof Error && error.message === 'directory' ? 'Not a directory' : reason(error)}`,
          125,
        );
      }
    }
    await verbose(
      `executing: ${operands[0]}\n${operands.map((arg, i) => `   arg[${i}]= ${quote(process, arg)}\n`).join('')}`,
    );
    try {
      return await runCommand(process, operands, { environment, cwd });
    } catch (error) {
      const words = reason(error);
      if (words === 'No such file or directory' && /\s/.test(operands[0]!)) {
        await run.warn(`${quote(process, operands[0]!)}: ${words}`);
        await run.warn('use -[v]S to pass options in shebang lines');
        return 127;
      }
      await run.warn(`${quote(process, operands[0]!)}: ${words}`);
      return errnoOf(error) === 'ENOENT' ? 127 : 126;
    }
  },
});

/** -S: words as a shell would cut them, with `${NAME}` and backslash escapes. */
function splitString(run: Invocation, text: Bytes): Bytes[] {
  const words: Bytes[] = [];
  let word: Bytes | undefined;
  let quoted: string | undefined;
  const put = (part: Bytes) => {
    word = (word ?? '') + part;
  };
  const escapes: Record<string, string> = {
    f: '\f',
    n: '\n',
    r: '\r',
    t: '\t',
    v: '\v',
    '#': '#',
    $: '$',
    _: ' ',
    '"': '"',
    "'": "'",
    '\\': '\\',
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted === "'") {
      if (c === "'") quoted = undefined;
      else if (c === '\\' && /['\\]/.test(text[i + 1] ?? '')) put(text[++i]!);
      else put(c);
    } else if (c === '"' || c === "'") {
      if (c === quoted) quoted = undefined;
      else if (quoted) put(c);
      else {
        quoted = c;
        put('');
      }
    } else if (c === '\\') {
      const next = text[++i];
      if (next === undefined) return run.fail('invalid backslash at end of string in -S', 125);
      if (next === 'c' && !quoted) break;
      if (next === '_' && !quoted) {
        if (word !== undefined) words.push(word);
        word = undefined;
      } else if (escapes[next] === undefined) return run.fail(`invalid sequence '\\${next}' in -S`, 125);
      else put(escapes[next]!);
    } else if (c === '$') {
      const name = /^\$\{([A-Za-z_]\w*)\}/.exec(text.slice(i));
      if (!name) return run.fail(`only \${VARNAME} expansion is supported, error at: ${text.slice(i)}`, 125);
      put(run.process.environment.get(name[1]!) ?? '');
      i += name[0].length - 1;
    } else if (!quoted && /[ \t\n\v\f\r]/.test(c)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (!quoted && c === '#' && word === undefined) break;
    else put(c);
  }
  if (quoted) return run.fail('no terminating quote in -S string', 125);
  if (word !== undefined) words.push(word);
  return words;
}
