// Builtins that steer: true, false, break, return, exit, eval, source, exec, trap, wait and shift.
import { SystemError, strerror } from '../../machine/errno.ts';
import type { Bytes } from '../../machine/machine.ts';
import { Break, Continue, Discard, Exit, ExpansionError, Return } from '../control.ts';
import type { Interpreter } from '../interpreter.ts';
import { singleQuote } from '../quote.ts';
import { signalNames, signalNumber, signalOf } from '../signals.ts';
import type { Builtin } from './table.ts';
import { badOption } from './usage.ts';

/** Too many words give up the line, as bash's no_args does. */
async function tooMany(shell: Interpreter, name: Bytes): Promise<never> {
  await shell.complain(`${name}: too many arguments`);
  throw new Discard();
}

async function levels(shell: Interpreter, args: Bytes[], name: Bytes): Promise<number | undefined> {
  const words = args[0] === '--' ? args.slice(1) : args;
  if (shell.loops === 0) {
    await shell.complain(`${name}: only meaningful in a \`for', \`while', or \`until' loop`);
    return undefined;
  }
  if (words[0] !== undefined && !/^[-+]?\d+$/.test(words[0])) {
    await shell.complain(`${name}: ${words[0]}: numeric argument required`);
    throw new Exit(128);
  }
  if (words.length > 1) await tooMany(shell, name);
  const count = Number(words[0] ?? 1);
  if (count < 1) {
    await shell.complain(`${name}: ${words[0]}: loop count out of range`);
    throw new Break(shell.loops, 1);
  }
  return Math.min(count, shell.loops);
}

async function code(shell: Interpreter, args: Bytes[], name: Bytes): Promise<number> {
  const words = args[0] === '--' ? args.slice(1) : args;
  if (words[0] === undefined) return shell.status;
  if (/^\s*[+-]?\d+\s*$/.test(words[0])) {
    if (words.length > 1) await tooMany(shell, name);
    return Number(BigInt.asUintN(8, BigInt(words[0].trim().replace(/^\+/, ''))));
  }
  await shell.complain(`${name}: ${words[0]}: numeric argument required`);
  return 2;
}

async function sourceFile(shell: Interpreter, args: Bytes[], name: Bytes): Promise<number> {
  if (/^-./.test(args[0] ?? '') && args[0] !== '--')
    return badOption(shell, name, args[0]!.slice(0, 2), `${name} filename [arguments]`);
  const words = args[0] === '--' ? args.slice(1) : args;
  const [wanted] = words;
  if (wanted === undefined) {
    await shell.complain(`${name}: filename argument required`);
    await shell.process.err(`${name}: usage: ${name} filename [arguments]\n`);
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
      error.code === 'EISDIR' ? `${name}: ${wanted}: is a directory` : `${wanted}: ${strerror(error.code)}`,
    );
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

const TRAP = 'trap [-lp] [[arg] signal_spec ...]';
const PSEUDO = ['EXIT', 'ERR', 'DEBUG', 'RETURN'];

/** A signal or one of the shell's own events. */
function eventOf(text: Bytes): string | undefined {
  const name = text.toUpperCase();
  if (PSEUDO.includes(name) || name === 'SIGEXIT') return name.replace('SIG', '');
  const signal = signalOf(text);
  return signal === 0 ? 'EXIT' : signal;
}

const trap: Builtin = async (shell, args, command) => {
  const show = async (wanted: readonly string[]) => {
    const traps = shell.shownTraps ?? shell.traps;
    for (const name of ['EXIT', ...signalNames, 'DEBUG', 'ERR', 'RETURN']) {
      const action = traps.get(name);
      if (action === undefined || (wanted.length > 0 && !wanted.includes(name))) continue;
      const text = signalNames.includes(name as never) ? `SIG${name}` : name;
      await shell.process.out(`trap -- ${singleQuote(action)} ${text}\n`);
    }
  };
  let words = args;
  let printed = false;
  while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
    const letters = words[0]!.slice(1);
    if (letters === 'l') {
      for (let i = 0; i < signalNames.length; i += 5)
        await shell.process.out(
          `${signalNames
            .slice(i, i + 5)
            .map((s) => `${String(signalNumber(s)).padStart(2)}) SIG${s}`)
            .join('\t')}\n`,
        );
      return 0;
    }
    if (letters !== 'p') return badOption(shell, command, words[0]!.slice(0, 2), TRAP);
    printed = true;
    words = words.slice(1);
  }
  if (words[0] === '--') words = words.slice(1);
  let status = 0;
  const known = async (text: Bytes): Promise<string | undefined> => {
    const name = eventOf(text);
    if (name !== undefined) return name;
    await shell.complain(`trap: ${text}: invalid signal specification`);
    status = 1;
    return undefined;
  };
  if (words.length === 0) {
    await show([]);
    return 0;
  }
  if (printed) {
    for (const word of words) {
      const name = await known(word);
      if (name !== undefined) await show([name]);
    }
    return status;
  }
  let [action, ...signals] = words as [Bytes | undefined, ...Bytes[]];
  if (signals.length === 0 || (/^\d+$/.test(action!) && eventOf(action!) !== undefined)) {
    if (signals.length === 0 && eventOf(action!) === undefined) {
      await shell.process.err(`trap: usage: ${TRAP}\n`);
      return 2;
    }
    signals = words;
    action = undefined;
  }
  if (action === '-') action = undefined;
  for (const text of signals) {
    const name = await known(text);
    // A signal that was ignored when the shell began cannot be caught.
    if (name !== undefined && !(shell.deaf.has(name) && !shell.interactive)) shell.setTrap(name, action);
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
      await code(shell, args, name);
      await shell.complain("return: can only `return' from a function or sourced script");
      return 2;
    }
    throw new Return(await code(shell, args, name));
  },
  exit: async (shell, args, name) => {
    const status = await code(shell, args, name);
    if (shell.interactive && shell.dialect === 'bash') {
      await shell.process.err(shell.login ? 'logout\n' : 'exit\n');
      if (await shell.jobs.holdsBack()) return 1;
    }
    throw new Exit(status);
  },
  logout: async (shell, args, name) => {
    if (!shell.login) {
      await shell.complain("logout: not login shell: use `exit'");
      return 1;
    }
    const status = await code(shell, args, name);
    if (await shell.jobs.holdsBack()) return 1;
    throw new Exit(status);
  },
  eval: async (shell, args, name) => {
    if (/^-./.test(args[0] ?? '') && args[0] !== '--')
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
  shift: async (shell, args, name) => {
    const words = args[0] === '--' ? args.slice(1) : args;
    const [word = '1'] = words;
    if (!/^\s*[-+]?\d+\s*$/.test(word)) {
      await shell.complain(`shift: ${word}: numeric argument required`);
      return 1;
    }
    if (words.length > 1) await tooMany(shell, name);
    const count = Number(word);
    if (count < 0 || count > shell.positional.length) {
      if (count < 0 || shell.options.has('shift_verbose'))
        await shell.complain(`shift: ${word}: shift count out of range`);
      return 1;
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
