// Programs: found by PATH, started as children, and what a shell says when they cannot be.
import { posix } from 'node:path';
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes, OpenFile, Process } from '../machine/machine.ts';
import { Exit } from './control.ts';
import type { Interpreter } from './interpreter.ts';
import { told } from './line.ts';
import type { Assignment, Redirection } from './parse.ts';
import { complainTo, openedFor, redirectCopy, redirectHere } from './redirection.ts';

/** Runs the file that `words[0]` names, or `path` under that name. */
export async function runProgram(
  shell: Interpreter,
  words: Bytes[],
  assignments: Assignment[],
  redirects: readonly Redirection[],
  text: Bytes,
  given?: Bytes,
): Promise<number> {
  const descriptors = await redirectCopy(shell, redirects);
  if (!descriptors) return 1;
  try {
    const environment = shell.variables.environment();
    let path: Bytes | undefined = shell.variables.get('PATH');
    for (const assignment of assignments) {
      const value = assignment.value.type === 'Word' ? await shell.expander.text(assignment.value) : '';
      environment.set(assignment.name, assignment.append ? (environment.get(assignment.name) ?? '') + value : value);
      if (assignment.name === 'PATH') path = value;
    }
    const [name] = words as [Bytes];
    const file = given ?? (name.includes('/') ? name : findProgram(shell, name, path));
    if (file === undefined) return await commandNotFound(shell, words, descriptors, path);
    environment.set('_', file);
    let child: Process;
    try {
      child = await startProgram(shell, file, words, {
        descriptors,
        environment,
        ...(shell.options.has('monitor') ? { pgid: 0 } : {}),
      });
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      return await cannotStart(shell, error, name, descriptors);
    }
    const [status] = await shell.jobs.foreground([child], text, child.pid);
    return status!;
  } finally {
    for (const file of openedFor(shell, descriptors)) file.release();
  }
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
    const text = shell.process.readFile(file);
    if (binary(text)) throw error;
    shell.process.witness.touched('executed', posix.resolve(shell.process.cwd, file));
    return shell.process.spawn(
      async (process) => {
        const other = shell.another(process, file, words.slice(1));
        other.source = file;
        return other.toEnd(() => told(other, text.replace(/\n$/, ''), () => other.run(text, file)));
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
  const message =
    path === undefined || path === ''
      ? `${name}: No such file or directory`
      : shell.dialect === 'bash'
        ? `${name}: command not found`
        : shell.dialect === 'ash'
          ? `${name}: not found`
          : `${name}: not found`;
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
  await complainTo(shell, descriptors, message);
  return status;
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

export async function replaceShell(
  shell: Interpreter,
  words: Bytes[],
  assignments: Assignment[],
  redirects: readonly Redirection[],
): Promise<number> {
  let name: Bytes | undefined;
  while (words[0]?.startsWith('-') && words[0] !== '--') {
    if (words[0] === '-a') {
      name = words[1];
      words = words.slice(2);
    } else words = words.slice(1);
  }
  if (words[0] === '--') words = words.slice(1);
  if (words.length === 0) return (await redirectHere(shell, redirects, true)) ? 0 : 1;
  const file = words[0]!.includes('/') ? words[0]! : findProgram(shell, words[0]!);
  if (file === undefined) {
    shell.process.witness.notFound(words);
    await shell.complain(`exec: ${words[0]}: not found`);
    if (shell.interactive) return 127;
    throw new Exit(127);
  }
  const status = await runProgram(
    shell,
    [name ?? words[0]!, ...words.slice(1)],
    assignments,
    redirects,
    words.join(' '),
    file,
  );
  shell.traps.delete('EXIT');
  throw new Exit(status);
}

/** bash's check_binary_file: a NUL in the first line of the first 80 bytes. */
const binary = (text: Bytes): boolean => {
  const head = text.slice(0, 80);
  const line = head.indexOf('\n');
  return head.startsWith('\x7fELF') || (line < 0 ? head : head.slice(0, line)).includes('\0');
};
