// Runs a text in dash or ash: line by line, each read when those before it have run.
import { type SystemError, strerror } from '../../machine/errno.ts';
import type { Bytes } from '../../machine/machine.ts';
import { special } from '../builtin/special.ts';
import type { Builtin } from '../builtin/table.ts';
import { Discard, Exit, ExpansionError } from '../control.ts';
import type { Interpreter } from '../interpreter.ts';
import { worded } from '../messages.ts';
import { ReadonlyError, TooMuch } from '../variables.ts';
import { Complaint } from './complaint.ts';
import { PosixParser } from './grammar.ts';
import { PosixSyntaxError } from './tokens.ts';

/** Longest text that is read: a line of it is read in one go. */
const LONGEST = 256 << 10;

/** What a message begins with: `sh: 3: cd: ` in dash, `sh: cd: line 3: ` in ash, which counts lines only where it can name them. */
export function posixPrefix(shell: Interpreter): Bytes {
  const { commandName, line } = shell;
  if (shell.dialect === 'dash') {
    const name = shell.interactive ? shell.name : shell.source || shell.name;
    return `${name}: ${line}: ${commandName === undefined ? '' : `${commandName}: `}`;
  }
  const where = shell.source || 'sh';
  if (shell.interactive) return `${where}: ${commandName === undefined ? '' : `${commandName}: `}`;
  if (commandName === undefined) return `${where}: ${shell.fromFile ? `line ${line}: ` : ''}`;
  return `${where}: ${commandName}: line ${line}: `;
}

/** Runs a builtin; a complaint of it ends what it ends. */
export async function runBuiltin(
  shell: Interpreter,
  builtin: Builtin,
  [name, ...args]: [Bytes, ...Bytes[]],
): Promise<number> {
  const { commandName } = shell;
  shell.commandName = name;
  try {
    return await builtin(shell, args, name);
  } catch (error) {
    const known = error instanceof Complaint || error instanceof ReadonlyError || error instanceof ExpansionError;
    if (!known) throw error;
    await shell.complain(worded(shell, error.message));
    if (error instanceof Complaint && error.status === 1) return 1;
    // `local` and `source` are special to them, if not to POSIX.
    return giveUp(shell, special.has(name) || name === 'local' || name === 'source', 2);
  } finally {
    shell.commandName = commandName;
  }
}

/** The status of a command that could not be run; a special builtin takes the shell with it. */
export function giveUp(shell: Interpreter, isSpecial: boolean, status = shell.dialect === 'ash' ? 1 : 2): number {
  if (!isSpecial) return status;
  if (shell.interactive) throw new Discard();
  throw new Exit(status);
}

/** Why a file of a redirection cannot be had. */
export function redirectMessage(shell: Interpreter, error: SystemError, reading: boolean): Bytes {
  const path = error.path ?? '';
  if (error.code === 'EBADF') return `${path}: ${strerror(error.code)}`;
  const missing = error.code === 'ENOENT' || error.code === 'ENOTDIR';
  if (shell.dialect === 'ash') {
    const why = error.code !== 'ENOENT' ? strerror(error.code) : reading ? 'no such file' : 'nonexistent directory';
    return `can't ${reading ? 'open' : 'create'} ${path}: ${why}`;
  }
  const why = missing ? (reading ? 'No such file' : 'Directory nonexistent') : strerror(error.code);
  return `cannot ${reading ? 'open' : 'create'} ${path}: ${why}`;
}

/**
 * Runs a text line by line, each read when those before it have run; the status of the last command. What cannot be read ends a shell that
 * nobody types into. `last`: the shell ends with the text.
 */
export async function runPosix(shell: Interpreter, text: Bytes, last: boolean): Promise<number> {
  const { offset } = shell;
  const parser = parserOf(shell, text);
  for (;;) {
    const turn = shell.process.step(2);
    if (turn) await turn;
    let line: ReturnType<PosixParser['next']>;
    try {
      line = parser.next();
    } catch (error) {
      if (!(error instanceof PosixSyntaxError)) throw error;
      return refuse(shell, error, offset);
    }
    if (!line) return shell.status;
    shell.line = offset + line.line;
    const { statements } = line;
    for (const [i, statement] of statements.entries()) {
      if (shell.options.has('noexec') && !shell.interactive) break;
      shell.last = last && parser.atEnd && i === statements.length - 1;
      try {
        shell.status = await shell.statement(statement);
      } catch (error) {
        if (!(error instanceof Discard) || shell.interactive) throw error;
        shell.status = 1;
      } finally {
        shell.last = false;
      }
      if (shell.pending.length > 0) await shell.runTraps();
    }
  }
}

async function refuse(shell: Interpreter, error: PosixSyntaxError, offset: number): Promise<number> {
  shell.line = offset + error.line;
  shell.status = 2;
  if (error.message === '') {
    // Nested deeper than the shell's stack.
    shell.process.kill(shell.process.pid, 'SEGV');
    throw new Exit(139);
  }
  await shell.complain(`${shell.dialect === 'ash' ? 'syntax error' : 'Syntax error'}: ${error.message}`);
  if (!shell.interactive) throw new Exit(2);
  return 2;
}

/** Whether the text stops in the middle: a shell that reads lines asks for more. */
export function posixIncomplete(shell: Interpreter, text: Bytes): boolean {
  const parser = parserOf(shell, text);
  try {
    while (parser.next());
    return parser.unfinished || /(^|[^\\])(\\\\)*\\$/.test(text);
  } catch (error) {
    if (error instanceof PosixSyntaxError) return error.atEnd;
    if (error instanceof TooMuch) return false;
    throw error;
  }
}

/** A text that is longer than scripts are is read so far. */
const parserOf = (shell: Interpreter, text: Bytes): PosixParser =>
  new PosixParser(
    text.length > LONGEST ? text.slice(0, LONGEST) : text,
    shell.dialect === 'ash' ? 'ash' : 'dash',
    shell.aliases,
  );
