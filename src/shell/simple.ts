// Simple commands: words expanded, assignments made, then a function, a builtin or a program.
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes } from '../machine/machine.ts';
import { assignFromTree } from './assignment.ts';
import { special } from './builtin/table.ts';
import { Discard, Exit, Return } from './control.ts';
import { ExpansionError } from './expand.ts';
import type { Interpreter } from './interpreter.ts';
import { replaceShell, runProgram } from './launch.ts';
import { worded } from './messages.ts';
import type { Assignment, Command, Redirection } from './parse.ts';
import { redirectHere } from './redirection.ts';
import { traceSimple } from './trace.ts';
import { ReadonlyError } from './variables.ts';

/** Functions calling functions: beyond it bash runs out of stack. */
const CALLS = 1000;

export async function runSimple(shell: Interpreter, command: Command, source: Bytes): Promise<number> {
  shell.substituted = false;
  try {
    const assignments = command.prefix.filter((part) => part.type === 'Assignment') as Assignment[];
    const args = command.args;
    const words = command.name ? await shell.expander.words([command.name]) : [];
    const declares =
      words.length === 1 &&
      ['declare', 'typeset', 'local', 'export', 'readonly', 'alias'].includes(words[0]!) &&
      shell.dialect === 'bash';
    for (const argument of args) {
      if (argument.type === 'Word') for (const word of await shell.expander.words([argument])) words.push(word);
      else if (declares) {
        shell.pendingArrays.set(argument.name, argument);
        words.push(
          argument.value.type === 'ArrayValue'
            ? argument.name
            : `${argument.name}${argument.index ? `[${await shell.expander.text(argument.index)}]` : ''}${argument.append ? '+' : ''}=${await shell.expander.text(argument.value)}`,
        );
      } else
        words.push(
          `${argument.name}${argument.append ? '+' : ''}=${argument.value.type === 'Word' ? await shell.expander.text(argument.value) : argument.text.slice(argument.name.length + 1)}`,
        );
    }
    if (shell.options.has('xtrace')) await traceSimple(shell, assignments, words);
    shell.command = source.slice(command.pos, command.end);
    if (shell.traps.has('DEBUG') && (shell.calls === 0 || shell.options.has('functrace')))
      await shell.trap('DEBUG', shell.status);
    if (words.length === 0) return await assignOnly(shell, assignments, command.redirects);
    return await runWords(shell, words, assignments, command.redirects, source.slice(command.pos, command.end));
  } catch (error) {
    if (error instanceof ExpansionError) {
      await shell.complain(worded(shell, error.message));
      if (shell.dialect !== 'bash') {
        if (shell.interactive) throw new Discard();
        throw new Exit(2);
      }
      // `bash -c` ends with 127 here, a script and a subshell with 1.
      if (error.fatal && !shell.interactive) throw new Exit(shell.commandString && !shell.isSubshell ? 127 : 1);
      throw new Discard();
    }
    if (error instanceof ReadonlyError) {
      await shell.complain(error.message);
      if (shell.dialect !== 'bash' && !shell.interactive) throw new Exit(2);
      if (command.name) return 1;
      throw new Discard();
    }
    throw error;
  } finally {
    shell.pendingArrays.clear();
  }
}

export async function assignOnly(
  shell: Interpreter,
  assignments: Assignment[],
  redirects: readonly Redirection[],
): Promise<number> {
  const undo = await redirectHere(shell, redirects);
  if (!undo) return shell.dialect === 'bash' ? 1 : 2;
  undo();
  const before = shell.status;
  for (const assignment of assignments) {
    await assignFromTree(shell, assignment);
    if (shell.options.has('allexport')) shell.variables.obtain(assignment.name).exported = true;
  }
  if (assignments.length === 0 && !shell.substituted) return redirects.length > 0 ? 0 : before === 0 ? 0 : 0;
  return shell.substituted ? shell.status : 0;
}

/** Runs a command by its words: function, builtin or program. */
export async function runWords(
  shell: Interpreter,
  words: Bytes[],
  assignments: Assignment[],
  redirects: readonly Redirection[],
  text: Bytes,
): Promise<number> {
  const [name] = words as [Bytes];
  const definition = shell.functions.get(name);
  const builtin = shell.builtin(name);
  let status: number;
  if (definition && !(builtin && special.has(name) && shell.dialect !== 'bash'))
    status = await inPlace(shell, assignments, redirects, false, () => callFunction(shell, name, words.slice(1)));
  else if (builtin) {
    const keep = special.has(name) && shell.dialect !== 'bash';
    if (name === 'exec') return replaceShell(shell, words.slice(1), assignments, redirects);
    status = await inPlace(shell, assignments, redirects, keep, async () => {
      try {
        return await builtin(shell, words.slice(1), name);
      } catch (error) {
        if (error instanceof SystemError) {
          await shell.complain(`${name}: write error: ${strerror(error.code)}`);
          return 1;
        }
        throw error;
      }
    });
  } else status = await runProgram(shell, words, assignments, redirects, text);
  shell.lastArgument = words.at(-1)!;
  shell.pipeStatus = [status];
  return status;
}

/** Redirections and assignments that last for one function or builtin. */
export async function inPlace(
  shell: Interpreter,
  assignments: Assignment[],
  redirects: readonly Redirection[],
  keep: boolean,
  run: () => Promise<number>,
): Promise<number> {
  const undo = await redirectHere(shell, redirects);
  if (!undo) return shell.dialect === 'bash' ? 1 : 2;
  const saved = assignments.map(({ name }) => {
    const variable = shell.variables.find(name);
    return [name, variable && { ...variable }] as const;
  });
  try {
    for (const assignment of assignments) {
      await assignFromTree(shell, assignment);
      shell.variables.obtain(assignment.name).exported = true;
    }
    return await run();
  } finally {
    undo();
    if (!keep)
      for (const [name, variable] of saved) {
        if (variable) Object.assign(shell.variables.obtain(name), { exported: false }, variable);
        else shell.variables.unset(name);
      }
  }
}

export async function callFunction(shell: Interpreter, name: string, args: Bytes[]): Promise<number> {
  const { node, source } = shell.functions.get(name)!;
  if (shell.calls >= CALLS) {
    const limit = Number(shell.variables.get('FUNCNEST') ?? 0);
    if (limit === 0) shell.process.kill(shell.process.pid, 'SEGV');
    throw new Exit(139);
  }
  const [positional, loops] = [shell.positional, shell.loops];
  shell.positional = args;
  shell.loops = 0;
  shell.calls++;
  shell.callers = [name, ...shell.callers];
  shell.variables.enter();
  try {
    const body = node.body;
    if (body.type === 'CompoundList') return await shell.list(body.commands, source, shell.line);
    return await shell.node(body, source, 1);
  } catch (error) {
    if (error instanceof Return) return error.code;
    throw error;
  } finally {
    if (shell.traps.has('RETURN') && shell.options.has('functrace')) await shell.trap('RETURN', shell.status);
    shell.variables.leave();
    shell.callers = shell.callers.slice(1);
    shell.calls--;
    shell.positional = positional;
    shell.loops = loops;
  }
}
