// Builtins that steer: true, false, break, return, exit, eval, source, exec, trap, wait and shift.
import { SystemError, strerror } from '../../machine/errno.ts';
import type { Bytes } from '../../machine/machine.ts';
import { Break, Continue, Discard, Exit, ExpansionError, Return } from '../control.ts';
import type { Interpreter } from '../interpreter.ts';
import { singleQuote } from '../quote.ts';
import { signalNames, signalNumber, signalOf } from '../signals.ts';
import type { Builtin } from './table.ts';
import { badOption } from './usage.ts';

async function levels(shell: Interpreter, args: Bytes[], name: Bytes): Promise<number | undefined> {
  if (args[0] !== undefined && !/^\d+$/.test(args[0])) {
    await shell.complain(`${name}: ${args[0]}: numeric argument required`);
    throw new Exit(128);
  }
  const count = Number(args[0] ?? 1);
  if (count < 1) {
    await shell.complain(`${name}: ${args[0]}: loop count out of range`);
    if (shell.loops > 0 && shell.dialect === 'bash') throw new Break(shell.loops, 1);
    return undefined;
  }
  if (shell.loops > 0) return Math.min(count, shell.loops);
  if (shell.dialect === 'bash')
    await shell.complain(`${name}: only meaningful in a \`for', \`while', or \`until' loop`);
  return undefined;
}

async function code(shell: Interpreter, args: Bytes[], name: Bytes): Promise<number> {
  if (args[0] === undefined) return shell.status;
  if (/^\s*[+-]?\d+\s*$/.test(args[0])) return ((Number(args[0]) % 256) + 256) % 256;
  if (shell.dialect === 'bash') await shell.complain(`${name}: ${args[0]}: numeric argument required`);
  else await shell.complain(`${name}: Illegal number: ${args[0]}`);
  return 2;
}

async function sourceFile(shell: Interpreter, args: Bytes[], name: Bytes): Promise<number> {
  if (/^-./.test(args[0] ?? '') && args[0] !== '--' && shell.dialect === 'bash')
    return badOption(shell, name, args[0]!.slice(0, 2), `${name} filename [arguments]`);
  const words = args[0] === '--' ? args.slice(1) : args;
  const [wanted] = words;
  if (wanted === undefined) {
    if (shell.dialect === 'bash') {
      await shell.complain(`${name}: filename argument required`);
      await shell.process.err(`${name}: usage: ${name} filename [arguments]\n`);
    }
    return 2;
  }
  let file = wanted;
  if (!wanted.includes('/')) {
    const found = shell.find(wanted);
    file = found !== undefined && !found.endsWith('/') ? found : wanted;
  }
  let text: Bytes;
  try {
    text = shell.process.readFile(file);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    await shell.complain(
      error.code === 'EISDIR'
        ? `${name}: ${wanted}: is a directory`
        : shell.dialect === 'bash'
          ? `${wanted}: ${strerror(error.code)}`
          : `${name}: cannot open ${wanted}: No such file`,
    );
    if (shell.dialect !== 'bash' && !shell.interactive) throw new Exit(2);
    return 1;
  }
  const { positional, line, callers, conditions } = shell;
  if (words.length > 1) shell.positional = words.slice(1);
  shell.callers = [{ name: 'source', line, source: shell.source, file: wanted }, ...callers];
  shell.line = 1;
  shell.sourced++;
  try {
    return await shell.run(text, { source: wanted });
  } catch (error) {
    if (error instanceof Return) return error.code;
    throw error;
  } finally {
    shell.sourced--;
    shell.line = line;
    shell.callers = callers;
    shell.conditions = conditions;
    if (words.length > 1) shell.positional = positional;
  }
}

const trap: Builtin = async (shell, args) => {
  const show = async (wanted: Bytes[]) => {
    for (const name of ['EXIT', ...signalNames, 'DEBUG', 'ERR', 'RETURN']) {
      const action = shell.traps.get(name);
      if (action === undefined || (wanted.length > 0 && !wanted.includes(name))) continue;
      const shown = shell.dialect === 'bash' && signalNames.includes(name as never) ? `SIG${name}` : name;
      await shell.process.out(`trap -- ${singleQuote(action)} ${shown}\n`);
    }
    return 0;
  };
  if (args[0] === '--') args = args.slice(1);
  if (args.length === 0) return show([]);
  if (args[0] === '-l') {
    for (let i = 0; i < signalNames.length; i += 5)
      await shell.process.out(
        `${signalNames
          .slice(i, i + 5)
          .map((s) => `${String(signalNumber(s)).padStart(2)}) SIG${s}`)
          .join('\t')}\n`,
      );
    return 0;
  }
  if (args[0] === '-p') return show(args.slice(1).map((a) => a.toUpperCase().replace(/^SIG/, '')));
  let [action, ...signals] = args as [Bytes | undefined, ...Bytes[]];
  if (signals.length === 0 || (/^\d+$/.test(action!) && signalOf(action!) !== undefined)) {
    signals = args;
    action = undefined;
  }
  if (action === '-') action = undefined;
  let status = 0;
  for (const text of signals) {
    const name = text.toUpperCase();
    const known = ['EXIT', 'ERR', 'DEBUG', 'RETURN'].includes(name)
      ? name
      : signalOf(text) === 0
        ? 'EXIT'
        : signalOf(text);
    if (!known) {
      await shell.complain(`trap: ${text}: invalid signal specification`);
      status = 1;
    } else shell.setTrap(known, action);
  }
  return status;
};

export const flow: Record<string, Builtin> = {
  ':': () => 0,
  true: () => 0,
  false: () => 1,
  break: async (shell, args, name) => {
    const count = await levels(shell, args, name);
    if (count === undefined) return shell.loops > 0 ? 1 : 0;
    throw new Break(count);
  },
  continue: async (shell, args, name) => {
    const count = await levels(shell, args, name);
    if (count === undefined) return shell.loops > 0 ? 1 : 0;
    throw new Continue(count);
  },
  return: async (shell, args, name) => {
    if (shell.calls === 0 && shell.sourced === 0) {
      if (shell.dialect !== 'bash') throw new Exit(await code(shell, args, name));
      await shell.complain("return: can only `return' from a function or sourced script");
      return 2;
    }
    throw new Return(await code(shell, args, name));
  },
  exit: async (shell, args, name) => {
    const status = await code(shell, args, name);
    if (args.length > 1 && shell.dialect === 'bash' && status !== 2) {
      await shell.complain('exit: too many arguments');
      throw new Discard();
    }
    throw new Exit(status);
  },
  logout: async (shell, args, name) => {
    if (!shell.login) {
      await shell.complain("logout: not login shell: use `exit'");
      return 1;
    }
    throw new Exit(await code(shell, args, name));
  },
  eval: async (shell, args, name) => {
    if (/^-./.test(args[0] ?? '') && args[0] !== '--' && shell.dialect === 'bash')
      return badOption(shell, name, args[0]!.slice(0, 2), 'eval [arg ...]');
    const text = (args[0] === '--' ? args.slice(1) : args).join(' ');
    if (text.trim() === '') return 0;
    shell.evaluating++;
    try {
      return await shell.run(text.endsWith('\\') ? `${text}\\` : text, { from: 'eval' });
    } finally {
      shell.evaluating--;
    }
  },
  '.': sourceFile,
  source: sourceFile,
  exec: () => 0, // Handled by the interpreter, which knows the redirections.
  shift: async (shell, args) => {
    const count = Number(args[0] ?? 1);
    if (!Number.isInteger(count) || count < 0) {
      await shell.complain(
        `shift: ${args[0]}: ${Number.isNaN(count) ? 'numeric argument required' : 'shift count out of range'}`,
      );
      return 1;
    }
    if (count > shell.positional.length) {
      if (shell.dialect === 'bash') return 1;
      await shell.complain("shift: can't shift that many");
      throw new Exit(2);
    }
    shell.positional = shell.positional.slice(count);
    return 0;
  },
  trap,
  times: async (shell) => {
    await shell.process.out('0m0.003s 0m0.001s\n0m0.000s 0m0.001s\n');
    return 0;
  },
  let: async (shell, args) => {
    if (args.length === 0) {
      await shell.complain('let: expression expected');
      return 1;
    }
    let last = 0n;
    for (const expression of args) {
      try {
        last = await shell.expander.arithmetic(expression);
      } catch (error) {
        if (!(error instanceof ExpansionError) || error.fatal) throw error;
        await shell.complain(`let: ${error.message}`);
        return 1;
      }
    }
    return last === 0n ? 1 : 0;
  },
};
