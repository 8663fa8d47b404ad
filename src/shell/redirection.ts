// Redirections: files, duplicated descriptors, here-documents.
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes, OpenFile, Process } from '../machine/machine.ts';
import { ExpansionError } from './control.ts';
import type { Interpreter } from './interpreter.ts';
import { quotedWord } from './parse.ts';
import { redirectMessage } from './posix/run.ts';
import { connect, socketPath } from './socket.ts';
import type { HereDocument, Redirection } from './syntax.ts';

/** Descriptors a process may have (RLIMIT_NOFILE). */
const DESCRIPTORS = 1024;

/** The descriptors a command gets, and the files that were opened for it: each held once, by whoever asked. */
export interface Redirected {
  descriptors: Map<number, OpenFile>;
  opened: OpenFile[];
  /** Descriptors of `{name}>file`, which outlive their command. */
  named: number[];
}

/** Applies redirections to this process; the result undoes them. Undefined: one failed, and it was said. */
export async function redirectHere(
  shell: Interpreter,
  redirects: readonly Redirection[],
  forGood = false,
): Promise<(() => void) | undefined> {
  if (redirects.length === 0) return () => {};
  const target = await redirectCopy(shell, redirects);
  if (!target) return undefined;
  const { descriptors } = shell.process;
  const before = new Map(descriptors);
  descriptors.clear();
  for (const [number, file] of target.descriptors) descriptors.set(number, file.retain());
  for (const file of target.opened) file.release();
  const releaseAll = (held: ReadonlyMap<number, OpenFile>) => {
    for (const file of [...held.values()]) file.release();
  };
  if (forGood) {
    releaseAll(before);
    return () => {};
  }
  return () => {
    // A process that has ended gave up what it had then; what was set aside goes too.
    if (shell.process.ended) return releaseAll(before);
    if (!shell.options.has('varredir_close'))
      for (const number of target.named) {
        const file = descriptors.get(number);
        if (!file) continue;
        before.get(number)?.release();
        before.set(number, file.retain());
      }
    releaseAll(descriptors);
    descriptors.clear();
    for (const [number, file] of before) descriptors.set(number, file);
  };
}

/** The descriptors a command gets: whoever asks releases what was opened for it. Undefined: a redirection failed, and it was said. */
export async function redirectCopy(
  shell: Interpreter,
  redirects: readonly Redirection[],
): Promise<Redirected | undefined> {
  const target: Redirected = { descriptors: new Map(shell.process.descriptors), opened: [], named: [] };
  for (const redirect of redirects) {
    try {
      await redirectOne(shell, redirect, target);
    } catch (error) {
      for (const file of target.opened) file.release();
      if (error instanceof SystemError) await complainTo(shell, target.descriptors, worded(shell, redirect, error));
      else if (error instanceof ExpansionError) {
        if (error.fatal) throw error;
        await complainTo(shell, target.descriptors, error.message);
      } else throw error;
      return undefined;
    }
  }
  return target;
}

const worded = (shell: Interpreter, { operator }: Redirection, error: SystemError): Bytes =>
  shell.dialect === 'bash'
    ? `${error.path ?? ''}: ${strerror(error.code)}`
    : redirectMessage(shell, error, operator === '<');

async function redirectOne(shell: Interpreter, redirect: Redirection, target: Redirected): Promise<void> {
  const { operator, descriptor } = redirect;
  const { descriptors } = target;
  const put = (number: number, file: OpenFile) => {
    if (number >= DESCRIPTORS) throw new SystemError('EBADF', String(number));
    descriptors.set(number, file);
  };
  const number = (usual: number): number => {
    if (typeof descriptor !== 'string') return descriptor ?? usual;
    let free = 10;
    while (descriptors.has(free)) free++;
    const match = /^(\w+)(?:\[(.*)\])?$/.exec(descriptor)!;
    shell.assignText(match[1]!, String(free), match[2]);
    target.named.push(free);
    return free;
  };
  /** Opened files are let go at the end, whatever descriptor they still have. */
  const mine = (file: OpenFile): OpenFile => {
    target.opened.push(file);
    return file;
  };
  if (operator === '<<<' || operator === '<<' || operator === '<<-') {
    const text =
      operator === '<<<'
        ? `${await shell.expander.text(redirect.target)}\n`
        : await documentText(shell, redirect.document!);
    put(number(0), mine(documentFile(shell, text)));
    return;
  }
  const word = await shell.expander.target(redirect.target);
  const open = async (flags: Parameters<Process['files']['open']>[1]) => {
    if (flags.write && shell.options.has('restricted_shell'))
      throw new ExpansionError(`${word}: restricted: cannot redirect output`);
    const socket = shell.dialect === 'bash' ? socketPath(word) : undefined;
    if (socket) return mine(await connect(shell, word, socket));
    try {
      return mine(shell.process.files.open(word, flags, 0o666 & ~shell.process.umask));
    } catch (error) {
      if (error instanceof SystemError) throw new SystemError(error.code, word);
      throw error;
    }
  };
  const both = async (flags: Parameters<Process['files']['open']>[1]) => {
    const file = await open({ write: true, create: true, ...flags });
    put(1, file);
    put(2, file);
  };
  switch (operator) {
    case '<':
      put(number(0), await open({ read: true }));
      return;
    case '<>':
      put(number(0), await open({ read: true, write: true, create: true }));
      return;
    case '>':
    case '&>':
      if (shell.options.has('noclobber')) refuseExisting(shell, word);
      if (operator === '&>') return both({ truncate: true });
      put(number(1), await open({ write: true, create: true, truncate: true }));
      return;
    case '>|':
      put(number(1), await open({ write: true, create: true, truncate: true }));
      return;
    case '>>':
      put(number(1), await open({ write: true, create: true, append: true }));
      return;
    case '&>>':
      return both({ append: true });
  }
  if (word === '-') {
    let closed = operator === '>&' ? 1 : 0;
    if (typeof descriptor === 'string') {
      const match = /^(\w+)(?:\[(.*)\])?$/.exec(descriptor)!;
      closed = Number(
        shell.parameter(match[1]!, match[2] && (await shell.subscript(match[1]!, match[2]))) ?? Number.NaN,
      );
    } else if (descriptor !== undefined) closed = descriptor;
    if (Number.isNaN(closed)) throw new SystemError('EBADF', String(descriptor));
    descriptors.delete(closed);
    return;
  }
  const match = /^(\d+)(-?)$/.exec(word);
  if (!match) {
    if (
      shell.dialect === 'dash' ||
      (shell.dialect === 'ash' && (operator !== '>&' || descriptor !== undefined || word === ''))
    )
      throw new ExpansionError(
        shell.dialect === 'ash' ? 'syntax error: bad fd number' : 'Syntax error: Bad fd number',
        true,
      );
    if (operator === '>&' && (descriptor === undefined || descriptor === 1) && word !== '')
      return both({ truncate: true });
    throw new ExpansionError(`${redirect.target.text}: ambiguous redirect`);
  }
  const file = descriptors.get(Number(match[1]));
  const at = number(operator === '>&' ? 1 : 0);
  if (!file) {
    // dash has closed standard error by then.
    if (shell.dialect === 'dash' && at === 2) descriptors.delete(2);
    throw new SystemError('EBADF', redirect.target.text);
  }
  put(at, file);
  if (match[2] && Number(match[1]) !== at) descriptors.delete(Number(match[1]));
}

/** @throws ExpansionError (in dash and ash SystemError) when noclobber keeps a file. */
function refuseExisting(shell: Interpreter, path: Bytes): void {
  let type: string;
  try {
    ({ type } = shell.process.files.stat(path));
  } catch {
    return;
  }
  if (type !== 'file') return;
  if (shell.dialect !== 'bash') throw new SystemError('EEXIST', path);
  throw new ExpansionError(`${path}: cannot overwrite existing file`);
}

async function documentText(shell: Interpreter, document: HereDocument): Promise<Bytes> {
  const { body } = document;
  if (document.quoted || !/[$`\\]/.test(body)) return body;
  document.word ??= shell.expander.parsed(() => quotedWord(body, shell.reading(), '', document.line));
  return shell.expander.text(document.word);
}

/** A pipe-like file with a content: what here-documents are. */
export function documentFile(shell: Interpreter, text: Bytes): OpenFile {
  const [read, write] = shell.process.pipe();
  const reader = shell.process.descriptors.get(read)!.retain();
  const writer = shell.process.descriptors.get(write)!.retain();
  shell.process.close(read);
  shell.process.close(write);
  const feed = async () => {
    let rest = text;
    try {
      while (rest !== '') {
        const taken = writer.write(rest);
        if (taken === undefined) await new Promise<void>((resolve) => writer.onWritable(resolve));
        else rest = rest.slice(taken);
      }
    } catch {
      // Nobody reads it any more.
    } finally {
      writer.release();
    }
  };
  void feed();
  return reader;
}

/** A message that obeys the command's own redirection of standard error. */
export async function complainTo(
  shell: Interpreter,
  descriptors: Map<number, OpenFile>,
  message: Bytes,
  prefix = shell.prefix,
): Promise<void> {
  const [saved, file] = [shell.process.descriptors.get(2), descriptors.get(2)];
  if (!file) return;
  shell.process.descriptors.set(2, file);
  try {
    await shell.process.err(`${prefix}${message}\n`);
  } finally {
    if (saved) shell.process.descriptors.set(2, saved);
    else shell.process.descriptors.delete(2);
  }
}
