// dash's and ash's builtins that steer: break, continue, return, exit, eval, `.`, trap, times.
import { SystemError, strerror } from '../../../machine/errno.ts';
import type { Bytes } from '../../../machine/machine.ts';
import type { Builtin } from '../../builtin/table.ts';
import { Break, Continue, Exit, Return } from '../../control.ts';
import type { Interpreter } from '../../interpreter.ts';
import { signalNames, signalOf } from '../../signals.ts';
import { Complaint, natural, takeOptions, words } from '../complaint.ts';
import { quoted } from './variables.ts';

const leaveLoop: Builtin = (shell, args, name) => {
  const levels = args[0] === undefined ? 1 : natural(args[0]);
  if (levels === 0) throw new Complaint(`Illegal number: ${args[0]}`);
  if (shell.loops === 0) return 0;
  const most = Math.min(levels, shell.loops);
  throw name === 'break' ? new Break(most) : new Continue(most);
};

const code = (shell: Interpreter, args: readonly Bytes[]): number =>
  args[0] === undefined ? shell.status : natural(args[0]);

/** Reads a file's commands in this shell. dash takes no parameters for it, ash does. */
const source: Builtin = async (shell, args) => {
  const files = args[0] === '--' ? args.slice(1) : args;
  const [wanted] = files;
  if (wanted === undefined) return shell.dialect === 'ash' ? 2 : 0;
  const file = wanted.includes('/') ? wanted : shell.find(wanted);
  if (file === undefined) throw new Complaint(`${wanted}: not found`);
  let text: Bytes;
  try {
    text = shell.process.readFile(file);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const why = shell.dialect === 'dash' && error.code === 'ENOENT' ? 'No such file' : strerror(error.code);
    throw new Complaint(words(shell).cannotOpen(wanted, why));
  }
  const { positional, line, commandName } = shell;
  if (shell.dialect === 'ash' && files.length > 1) shell.positional = files.slice(1);
  shell.line = 1;
  shell.commandName = wanted;
  shell.sourced++;
  try {
    return await shell.run(text);
  } catch (error) {
    if (error instanceof Return) return error.code;
    throw error;
  } finally {
    shell.sourced--;
    shell.line = line;
    shell.commandName = commandName;
    if (shell.dialect === 'ash' && files.length > 1) shell.positional = positional;
  }
};

const trap: Builtin = async (shell, args) => {
  const rest = [...args];
  takeOptions(shell, rest, '');
  if (rest.length === 0) {
    for (const name of ['EXIT', ...signalNames]) {
      const action = shell.traps.get(name);
      if (action !== undefined) await shell.process.out(`trap -- ${quoted(action)} ${name}\n`);
    }
    return 0;
  }
  let action: Bytes | undefined;
  if (rest.length > 1 && !/^\d+$/.test(rest[0]!)) action = rest.shift();
  if (action === '-') action = undefined;
  let status = 0;
  for (const text of rest) {
    const signal = text === 'EXIT' ? 0 : shell.dialect === 'dash' && /^SIG/i.test(text) ? undefined : signalOf(text);
    if (signal === undefined) {
      if (shell.dialect === 'dash') await shell.process.err(`trap: ${text}: bad trap\n`);
      else await shell.complain(`${text}: invalid signal specification`);
      status = 1;
    } else shell.setTrap(signal === 0 ? 'EXIT' : signal, action);
  }
  return status;
};

export const flow: Record<string, Builtin> = {
  break: leaveLoop,
  continue: leaveLoop,
  return: (shell, args) => {
    const status = code(shell, args);
    if (shell.calls === 0 && shell.sourced === 0) throw new Exit(status & 255);
    // dash keeps more than eight bits in $?.
    throw new Return(shell.dialect === 'dash' ? status : status & 255);
  },
  exit: (shell, args) => {
    throw new Exit(code(shell, args) & 255);
  },
  eval: async (shell, args) => {
    const text = args.join(' ');
    if (text === '') return 0;
    const { line } = shell;
    // dash counts the lines of what it evaluates from 1.
    if (shell.dialect === 'dash') shell.line = 1;
    shell.evaluating++;
    try {
      shell.status = 0;
      return await shell.run(text);
    } finally {
      shell.evaluating--;
      shell.line = line;
    }
  },
  times: async (shell) => {
    const zero = shell.dialect === 'ash' ? '0m0.000s' : '0m0.000000s';
    await shell.process.out(`${zero} ${zero}\n${zero} ${zero}\n`);
    return 0;
  },
  '.': source,
  source,
  trap,
};
