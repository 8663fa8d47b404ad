// env (GNU coreutils): runs a program in a changed environment.
import type { Bytes } from '../machine/machine.ts';
import { errnoOf, reason } from './failure.ts';
import { gnu } from './program.ts';
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
    const operands = [...run.values('S').flatMap((s) => s.trim().split(/\s+/)), ...run.operands];
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
    while (operands[0]?.includes('=')) {
      const pair = operands.shift()!;
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
