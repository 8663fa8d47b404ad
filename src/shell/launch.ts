// Programs: found by PATH, started as children or in the shell's place, and what a shell says when they cannot be.
import { posix } from 'node:path';
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes, OpenFile, Process } from '../machine/machine.ts';
import { environmentValue } from './assignment.ts';
import { Exit } from './control.ts';
import { saveHistory } from './history.ts';
import type { Interpreter } from './interpreter.ts';
import { told } from './line.ts';
import { giveUp } from './posix/run.ts';
import { complainTo, type Redirected, redirectCopy, redirectHere } from './redirection.ts';
import type { Assignment, Redirection } from './syntax.ts';
import { traceWords } from './trace.ts';

/** Runs the file that `words[0]` names, or `path` under that name. */
export async function runProgram(
  shell: Interpreter,
  words: Bytes[],
  assignments: readonly Assignment[],
  redirects: readonly Redirection[],
  given?: Bytes,
): Promise<number> {
  const last = shell.last && shell.traps.size === 0 && !shell.interactive;
  shell.last = false;
  if (given === undefined && assignments.length === 0) await traceWords(shell, words);
  const target = await redirectCopy(shell, redirects);
  if (!target) return shell.dialect === 'bash' ? 1 : giveUp(shell, false);
  const { descriptors } = target;
  try {
    const environment = shell.environment();
    let path: Bytes | undefined = shell.variables.get('PATH');
    for (const assignment of assignments) {
      const value = await environmentValue(shell, assignment);
      if (shell.variables.find(assignment.name)?.readonly) {
        await shell.complain(`${assignment.name}: readonly variable`);
        continue;
      }
      environment.set(assignment.name, assignment.append ? (environment.get(assignment.name) ?? '') + value : value);
      if (assignment.name === 'PATH') path = value;
    }
    if (given === undefined && assignments.length > 0) await traceWords(shell, words);
    const [name] = words as [Bytes];
    const file =
      given ?? (name.includes('/') ? name : (shell.hashedFile(name, path) ?? findProgram(shell, name, path)));
    if (file === undefined) return await commandNotFound(shell, words, descriptors, path);
    if (given === undefined && !name.includes('/')) shell.remember(name, file);
    environment.set('_', file);
    try {
      if (last) return await replaceProcess(shell, file, words, environment, target);
      const child = await startProgram(shell, file, words, {
        descriptors,
        environment,
        ...(shell.options.has('monitor') ? { pgid: 0, foreground: true } : {}),
      });
      const [status] = await shell.jobs.foreground([child], () => shell.command, child.pid);
      return status!;
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return await cannotStart(shell, error, name, descriptors);
    }
  } finally {
    for (const file of target.opened) file.release();
  }
}

/** The program takes the place of the shell: this returns only by an exception, a SystemError when it cannot be. */
async function replaceProcess(
  shell: Interpreter,
  file: Bytes,
  words: Bytes[],
  environment: Map<Bytes, Bytes>,
  target: Redirected,
): Promise<never> {
  const { process } = shell;
  const keep = new Map(process.descriptors);
  const settle = () => {
    for (const file of target.descriptors.values()) file.retain();
    for (const before of keep.values()) before.release();
    for (const file of target.opened.splice(0)) file.release();
    process.descriptors.clear();
    for (const [number, file] of target.descriptors) process.descriptors.set(number, file);
  };
  try {
    return await process.replace(file, words, environment, settle);
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'ENOEXEC') throw error;
    const text = textOf(shell, file, error);
    settle();
    process.argv = words;
    process.environment = environment;
    const other = shell.another(process, file, words.slice(1));
    other.source = file;
    other.fromFile = true;
    throw new Exit(await other.toEnd(() => runText(other, text, file)));
  }
}

/** A script without `#!`, from its hand-over to its end. */
const runText = (shell: Interpreter, text: Bytes, file: Bytes): Promise<number> =>
  told(shell, text.replace(/\n$/, ''), () => shell.run(text, { source: file }));

/** The text of a file that is neither a binary nor begins with `#!`. @throws the error if it is not a text either */
function textOf(shell: Interpreter, file: Bytes, error: SystemError): Bytes {
  const text = shell.process.readFile(file);
  // ash runs anything that the kernel does not.
  if (shell.dialect === 'ash') return text.replaceAll('\0', '');
  if (binary(text)) throw error;
  shell.process.witness.touched('executed', posix.resolve(shell.process.cwd, file));
  return text.replaceAll('\0', '');
}

/** Starts a program file; a text without `#!` is run by a copy of this shell. */
export async function startProgram(
  shell: Interpreter,
  file: Bytes,
  words: Bytes[],
  changes: NonNullable<Parameters<Process['exec']>[2]>,
): Promise<Process> {
  try {
    return shell.process.exec(file, words, changes);
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'ENOEXEC') throw error;
    const text = textOf(shell, file, error);
    return shell.process.spawn(
      async (process) => {
        const other = shell.another(process, file, words.slice(1));
        other.source = file;
        other.fromFile = true;
        return other.toEnd(() => runText(other, text, file));
      },
      { ...changes, argv: words },
    );
  }
}

export async function commandNotFound(
  shell: Interpreter,
  words: Bytes[],
  descriptors: Map<number, OpenFile>,
  path: Bytes | undefined,
): Promise<number> {
  const [name] = words as [Bytes];
  const handler = shell.functions.has('command_not_found_handle') && shell.dialect === 'bash';
  shell.process.witness.notFound(words);
  if (handler) return shell.call('command_not_found_handle', words);
  let message = `${name}: not found`;
  if (shell.dialect === 'bash') message = path ? `${name}: command not found` : `${name}: No such file or directory`;
  // They look for the empty name in each directory, and find the directory.
  else if (name === '') message = ': Permission denied';
  await complainTo(shell, descriptors, message);
  return 127;
}

export async function cannotStart(
  shell: Interpreter,
  error: SystemError,
  name: Bytes,
  descriptors: Map<number, OpenFile>,
): Promise<number> {
  let message = `${name}: ${strerror(error.code)}`;
  let status = error.code === 'ENOENT' || error.code === 'ENOTDIR' ? 127 : 126;
  if (error.code === 'ENOENT' && shell.dialect === 'bash' && fileExists(shell, name))
    message = `${name}: cannot execute: required file not found`;
  else if (error.code === 'ENOEXEC')
    message =
      shell.dialect === 'bash'
        ? `${name}: cannot execute binary file: Exec format error`
        : `${name}: Exec format error`;
  else if (error.code === 'EACCES' && isDirectory(shell, name))
    message = shell.dialect === 'bash' ? `${name}: Is a directory` : `${name}: Permission denied`;
  else if (error.code === 'EAGAIN') {
    message = `fork: retry: ${strerror('EAGAIN')}`;
    status = 254;
  } else if (shell.dialect !== 'bash' && error.code === 'ENOENT') message = `${name}: not found`;
  if (status === 127) shell.process.witness.notFound([name]);
  const interpreter = error.code === 'EACCES' && shell.dialect === 'bash' ? interpreterOf(shell, name) : undefined;
  if (interpreter === undefined) await complainTo(shell, descriptors, message);
  // The script may be executed, what its first line names may not: said without the number of the line.
  else {
    const said = `${name}: ${interpreter}: bad interpreter: ${strerror(error.code)}`;
    await complainTo(shell, descriptors, said, shell.prefix.replace(/line \d+: $/, ''));
  }
  return status;
}

/** What a script that may be executed names in its first line. */
function interpreterOf(shell: Interpreter, path: Bytes): Bytes | undefined {
  try {
    if (!shell.process.files.access(path, 1) || isDirectory(shell, path)) return undefined;
    const file = shell.process.files.open(path, { read: true });
    const head = file.read(256) ?? '';
    file.release();
    return /^#![ \t]*([^ \t\n\0]+)/.exec(head)?.[1];
  } catch {
    return undefined;
  }
}

export function fileExists(shell: Interpreter, path: Bytes): boolean {
  try {
    shell.process.files.stat(path);
    return true;
  } catch {
    return false;
  }
}

export function isDirectory(shell: Interpreter, path: Bytes): boolean {
  try {
    return shell.process.files.stat(path).type === 'directory';
  } catch {
    return false;
  }
}

/** The file of a command by PATH: the first that may be executed, else the first that exists. */
export function findProgram(shell: Interpreter, name: Bytes, path = shell.variables.get('PATH')): Bytes | undefined {
  if (name === '') return undefined;
  let second: Bytes | undefined;
  for (const folder of (path ?? '').split(':')) {
    const file = folder === '' ? `./${name}` : `${folder.replace(/\/$/, '')}/${name}`;
    try {
      const { type } = shell.process.files.stat(file);
      if (type === 'directory') continue;
      if (shell.process.files.access(file, 1)) return file;
      second ??= file;
    } catch {
      // The next folder.
    }
  }
  return second;
}

/** The builtin exec. */
export async function replaceShell(
  shell: Interpreter,
  words: Bytes[],
  assignments: readonly Assignment[],
  redirects: readonly Redirection[],
): Promise<number> {
  let name: Bytes | undefined;
  let dash = false;
  let clean = false;
  while (/^-./.test(words[0] ?? '') && words[0] !== '--') {
    const letters = words[0]!.slice(1);
    words = words.slice(1);
    for (let i = 0; i < letters.length; i++) {
      const letter = letters[i]!;
      if (letter === 'a') {
        name = i + 1 < letters.length ? letters.slice(i + 1) : words[0];
        if (i + 1 >= letters.length) words = words.slice(1);
        break;
      }
      if (letter === 'c') clean = true;
      else if (letter === 'l') dash = true;
      else {
        await shell.complain(`exec: -${letter}: invalid option`);
        await shell.process.err('exec: usage: exec [-cl] [-a name] [command [argument ...]] [redirection ...]\n');
        return 2;
      }
    }
  }
  if (words[0] === '--') words = words.slice(1);
  if (words.length === 0) {
    if (!(await redirectHere(shell, redirects, true))) return shell.dialect === 'bash' ? 1 : giveUp(shell, true);
    return 0;
  }
  const target = await redirectCopy(shell, redirects);
  if (!target) return shell.dialect === 'bash' ? 1 : giveUp(shell, true);
  try {
    const file = words[0]!.includes('/') ? words[0]! : findProgram(shell, words[0]!);
    const refuse = async (message: Bytes, status: number): Promise<number> => {
      if (shell.dialect === 'bash') message = `exec: ${message}`;
      else shell.commandName = 'exec';
      await complainTo(shell, target.descriptors, message);
      shell.commandName = undefined;
      if (shell.interactive || shell.options.has('execfail')) return status;
      throw new Exit(status);
    };
    if (file === undefined) {
      shell.process.witness.notFound(words);
      return await refuse(`${words[0]}: not found`, 127);
    }
    const environment = clean ? new Map<Bytes, Bytes>() : shell.environment();
    for (const assignment of assignments) environment.set(assignment.name, await environmentValue(shell, assignment));
    if (!clean) environment.set('_', file);
    const argv = [`${dash ? '-' : ''}${name ?? words[0]!}`, ...words.slice(1)];
    const traps = new Map(shell.traps);
    shell.traps.clear();
    saveHistory(shell);
    try {
      return await replaceProcess(shell, file, argv, environment, target);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      for (const [signal, action] of traps) shell.traps.set(signal, action);
      if (error.code === 'EACCES' && isDirectory(shell, file) && shell.dialect === 'bash')
        return await refuse(`${words[0]}: cannot execute: Is a directory`, 126);
      if (error.code === 'ENOENT')
        return await refuse(
          fileExists(shell, file) && shell.dialect === 'bash'
            ? `${words[0]}: cannot execute: required file not found`
            : `${words[0]}: ${shell.dialect === 'bash' ? 'cannot execute: No such file or directory' : 'not found'}`,
          127,
        );
      return await refuse(
        shell.dialect === 'bash'
          ? `${words[0]}: cannot execute: ${strerror(error.code)}`
          : `${words[0]}: ${strerror(error.code)}`,
        126,
      );
    }
  } finally {
    for (const opened of target.opened) opened.release();
  }
}

/** bash's check_binary_file: a NUL in the first line of the first 80 bytes. */
const binary = (text: Bytes): boolean => {
  const head = text.slice(0, 80);
  const line = head.indexOf('\n');
  return head.startsWith('\x7fELF') || (line < 0 ? head : head.slice(0, line)).includes('\0');
};
