// Simple commands: words expanded, assignments made, then a function, a builtin or a program.
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes } from '../machine/machine.ts';
import { assignFromTree } from './assignment.ts';
import { special } from './builtin/special.ts';
import { Discard, Exit, ExpansionError, Return } from './control.ts';
import type { Interpreter } from './interpreter.ts';
import { replaceShell, runProgram } from './launch.ts';
import { worded } from './messages.ts';
import { assignmentOf } from './posix/grammar.ts';
import { giveUp, runBuiltin } from './posix/run.ts';
import { redirectHere } from './redirection.ts';
import type { Assignment, Command, Redirection, Word } from './syntax.ts';
import { traceWords } from './trace.ts';
import { ReadonlyError } from './variables.ts';

/** Functions calling functions: beyond it bash runs out of stack. */
const CALLS = 1000;
/** Builtins whose words of the form NAME=VALUE are assignments. */
const DECLARING: ReadonlySet<string> = new Set(['declare', 'typeset', 'local', 'export', 'readonly']);

export async function runSimple(shell: Interpreter, command: Command): Promise<number> {
  shell.at(command.line);
  shell.substituted = false;
  const { last } = shell;
  shell.last = false;
  const opened = shell.substituteDescriptors.length;
  try {
    if (shell.traps.size > 0 && shell.traps.has('DEBUG')) {
      if (!shell.inTrap) shell.running = command;
      if (shell.calls === 0 || shell.options.has('functrace')) await shell.trap('DEBUG', shell.status);
    }
    if (!shell.inTrap) shell.running = command;
    const words = await commandWords(shell, command);
    if (words.length === 0) return await assignOnly(shell, command.assignments, command.redirects);
    shell.last = last && shell.substituteDescriptors.length === 0;
    return await runWords(shell, words, command.assignments, command.redirects);
  } catch (error) {
    if (error instanceof ExpansionError) {
      await shell.complain(worded(shell, error.message));
      if (shell.dialect !== 'bash') {
        if (shell.interactive) throw new Discard();
        throw new Exit(2);
      }
      // `bash -c` ends with 127 here, a script and a subshell with 1.
      if (error.fatal && !shell.interactive)
        throw new Exit(shell.commandString && !shell.isSubshell && !shell.options.has('errexit') ? 127 : 1);
      if (error.unwinds && shell.commandString && !shell.interactive) throw new Exit(1);
      throw new Discard();
    }
    if (error instanceof ReadonlyError) {
      await shell.complain(worded(shell, error.message));
      if (shell.dialect !== 'bash' && !shell.interactive) throw new Exit(2);
      if (command.words.length > 0) return 1;
      throw new Discard();
    }
    throw error;
  } finally {
    shell.last = false;
    shell.pendingArrays.clear();
    shell.closeSubstitutes(opened);
  }
}

async function commandWords(shell: Interpreter, command: Command): Promise<Bytes[]> {
  const { words } = command;
  if (shell.dialect !== 'bash') return posixWords(shell, words);
  const [name] = words;
  // `command declare …` and `builtin declare …` declare, too.
  let lead = 0;
  while (lead < words.length - 1 && /^(command|builtin)$/.test(words[lead]!.text)) lead++;
  const declares = name !== undefined && DECLARING.has(words[lead]!.text);
  if (!declares) return shell.expander.words(words);
  const out: Bytes[] = [];
  for (const word of words) {
    const { assignment } = word;
    if (!assignment) for (const text of await shell.expander.words([word])) out.push(text);
    else if (assignment.value.type === 'Array') {
      shell.pendingArrays.set(assignment.name, assignment);
      out.push(assignment.name);
    } else {
      const index = assignment.index === undefined ? '' : `[${await shell.expander.quoted(assignment.index)}]`;
      out.push(
        `${assignment.name}${index}${assignment.append ? '+' : ''}=${await shell.expander.value(assignment.value)}`,
      );
    }
  }
  return out;
}

/** dash and ash do not split `export name=$value`. */
async function posixWords(shell: Interpreter, words: readonly Word[]): Promise<Bytes[]> {
  const out = words.length > 0 ? await shell.expander.words(words.slice(0, 1)) : [];
  if (!/^(export|readonly|local|alias)$/.test(out[0] ?? ''))
    return [...out, ...(await shell.expander.words(words.slice(1)))];
  for (const word of words.slice(1)) {
    const assignment = assignmentOf(word);
    if (assignment?.value.type === 'Word')
      out.push(`${assignment.name}=${await shell.expander.value(assignment.value)}`);
    else out.push(...(await shell.expander.words([word])));
  }
  return out;
}

async function assignOnly(
  shell: Interpreter,
  assignments: readonly Assignment[],
  redirects: readonly Redirection[],
): Promise<number> {
  const undo = await redirectHere(shell, redirects);
  if (!undo) return shell.dialect === 'bash' ? 1 : giveUp(shell, false);
  undo();
  for (const assignment of assignments) {
    await assignFromTree(shell, assignment, { trace: true });
    if (shell.options.has('allexport')) shell.variables.obtain(assignment.name).exported = true;
  }
  if (shell.traces.length > 0) await traceWords(shell, []);
  if (assignments.length > 0 && shell.dialect === 'bash') shell.lastArgument = '';
  shell.pipeStatus = [shell.substituted ? shell.status : 0];
  return shell.substituted ? shell.status : 0;
}

/** Runs a command by its words: function, builtin or program. */
export async function runWords(
  shell: Interpreter,
  words: Bytes[],
  assignments: readonly Assignment[],
  redirects: readonly Redirection[],
): Promise<number> {
  const [name] = words as [Bytes];
  const definition = shell.functions.get(name);
  const builtin = shell.builtin(name);
  const { last } = shell;
  if (definition || builtin) shell.last = false;
  let status: number;
  if (definition && !(builtin && special.has(name) && (shell.dialect !== 'bash' || shell.options.has('posix'))))
    status = await inPlace(shell, assignments, redirects, words, false, () =>
      callFunction(shell, name, words.slice(1)),
    );
  else if (builtin) {
    const keep = special.has(name) && (shell.dialect !== 'bash' || shell.options.has('posix'));
    if (name === 'exec') {
      await traceWords(shell, words);
      return replaceShell(shell, words.slice(1), assignments, redirects);
    }
    status = await inPlace(shell, assignments, redirects, words, keep, async () => {
      if (shell.dialect !== 'bash') return runBuiltin(shell, builtin, words as [Bytes, ...Bytes[]]);
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
  } else {
    shell.last = last;
    status = await runProgram(shell, words, assignments, redirects);
  }
  shell.lastArgument = words.at(-1)!;
  shell.pipeStatus = [status];
  return status;
}

/** Redirections and assignments that last for one function or builtin. */
async function inPlace(
  shell: Interpreter,
  assignments: readonly Assignment[],
  redirects: readonly Redirection[],
  words: readonly Bytes[],
  keep: boolean,
  run: () => Promise<number>,
): Promise<number> {
  if (redirects.length === 0 && assignments.length === 0) {
    await traceWords(shell, words);
    return run();
  }
  const saved = assignments.map(({ name }) => {
    const variable = shell.variables.find(name);
    return [name, variable && { ...variable }] as const;
  });
  let undo: (() => void) | undefined;
  try {
    for (const assignment of assignments) {
      if (shell.dialect === 'bash' && shell.variables.find(assignment.name)?.readonly) {
        await shell.complain(`${assignment.name}: readonly variable`);
        continue;
      }
      await assignFromTree(shell, assignment, { trace: true });
      shell.variables.obtain(assignment.name).exported = true;
    }
    if (shell.dialect === 'bash') await traceWords(shell, words);
    undo = await redirectHere(shell, redirects);
    if (!undo) return shell.dialect === 'bash' ? 1 : giveUp(shell, keep);
    if (shell.dialect !== 'bash') await traceWords(shell, words);
    return await run();
  } finally {
    undo?.();
    if (!keep)
      for (const [name, variable] of saved) {
        if (variable?.readonly) continue;
        if (variable) Object.assign(shell.variables.obtain(name), { exported: false }, variable);
        else shell.variables.unset(name);
      }
  }
}

export async function callFunction(shell: Interpreter, name: string, args: Bytes[]): Promise<number> {
  const definition = shell.functions.get(name)!;
  const nest = Number(shell.variables.get('FUNCNEST') ?? 0);
  if (nest > 0 && shell.calls >= nest) {
    await shell.complain(`${name}: maximum function nesting level exceeded (${nest})`);
    throw new Discard();
  }
  if (shell.calls >= CALLS) {
    shell.process.kill(shell.process.pid, 'SEGV');
    throw new Exit(139);
  }
  const { positional, loops, callers, source, offset, line, options } = shell;
  // A trap that is not inherited is out of reach inside.
  const debug = options.has('functrace') ? undefined : shell.traps.get('DEBUG');
  const returned = options.has('functrace') ? undefined : shell.traps.get('RETURN');
  shell.positional = args;
  shell.loops = 0;
  shell.calls++;
  shell.callers = [{ name, line, source, file: definition.source }, ...callers];
  shell.source = definition.source;
  shell.offset = definition.offset;
  if (returned !== undefined) shell.traps.delete('RETURN');
  shell.variables.enter();
  try {
    let status: number;
    try {
      status = await shell.node(definition.body);
    } catch (error) {
      if (!(error instanceof Return)) throw error;
      status = error.code;
    }
    if (shell.traps.has('RETURN')) await shell.trap('RETURN', status);
    return status;
  } finally {
    shell.restoreOptions();
    shell.variables.leave();
    shell.callers = callers;
    shell.source = source;
    shell.offset = offset;
    shell.line = line;
    shell.calls--;
    shell.positional = positional;
    shell.loops = loops;
    if (debug !== undefined && !shell.traps.has('DEBUG')) shell.traps.set('DEBUG', debug);
    if (returned !== undefined && !shell.traps.has('RETURN')) shell.traps.set('RETURN', returned);
  }
}
