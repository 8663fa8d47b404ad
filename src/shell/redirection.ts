// Redirections: files, duplicated descriptors, here-documents.
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes, OpenFile, Process } from '../machine/machine.ts';
import { ExpansionError } from './expand.ts';
import type { Interpreter } from './interpreter.ts';
import type { Redirection } from './parse.ts';
import { connect, socketPath } from './socket.ts';

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
  // Each descriptor holds its file once; a file that was just opened is held by the first one that has it.
  const opened = openedFor(shell, target);
  descriptors.clear();
  for (const [number, file] of target) descriptors.set(number, opened.delete(file) ? file : file.retain());
  const releaseAll = (held: Map<number, OpenFile>) => {
    for (const file of [...held.values()]) file.release();
  };
  if (forGood) {
    releaseAll(before);
    return () => {};
  }
  return () => {
    // A process that has ended gave up what it had then; what was set aside goes too.
    if (shell.process.ended) return releaseAll(before);
    releaseAll(descriptors);
    descriptors.clear();
    for (const [number, file] of before) descriptors.set(number, file);
  };
}

/** The descriptors a command gets. New files belong to the caller. */
export async function redirectCopy(
  shell: Interpreter,
  redirects: readonly Redirection[],
): Promise<Map<number, OpenFile> | undefined> {
  const descriptors = new Map(shell.process.descriptors);
  if (redirects.length === 0) return descriptors;
  for (const redirect of redirects) {
    try {
      await redirectOne(shell, redirect, descriptors);
    } catch (error) {
      if (error instanceof SystemError)
        await complainTo(
          shell,
          descriptors,
          `${shell.dialect === 'dash' && error.code === 'ENOENT' ? `cannot ${redirect.type === 'Redirect' && redirect.operator === '<' ? 'open' : 'create'} ` : ''}${error.path ?? ''}: ${shell.dialect === 'dash' && error.code === 'ENOENT' ? (redirect.type === 'Redirect' && redirect.operator === '<' ? 'No such file' : 'Directory nonexistent') : strerror(error.code)}`,
        );
      else if (error instanceof ExpansionError) {
        if (error.fatal) throw error;
        await complainTo(shell, descriptors, error.message);
      } else throw error;
      for (const file of openedFor(shell, descriptors)) file.release();
      return undefined;
    }
  }
  return descriptors;
}

export function openedFor(shell: Interpreter, descriptors: Map<number, OpenFile>): Set<OpenFile> {
  const own = new Set(shell.process.descriptors.values());
  return new Set([...descriptors.values()].filter((file) => !own.has(file)));
}

export async function redirectOne(
  shell: Interpreter,
  redirect: Redirection,
  descriptors: Map<number, OpenFile>,
): Promise<void> {
  const number = (fallback: number): number => {
    const given = redirect.descriptor;
    if (!given) return fallback;
    if (given.type === 'FileDescriptor') return given.value;
    let free = 10;
    while (descriptors.has(free)) free++;
    shell.variables.set(given.name, String(free));
    return free;
  };
  if (redirect.type !== 'Redirect') {
    const text =
      redirect.type === 'HereString'
        ? `${redirect.target ? await shell.expander.text(redirect.target) : ''}\n`
        : await hereDocument(shell, redirect);
    descriptors.set(number(0), documentFile(shell, text));
    return;
  }
  const { operator, target } = redirect;
  const word = target ? await shell.expander.target(target) : '';
  const open = async (flags: Parameters<Process['files']['open']>[1]) => {
    const socket = shell.dialect === 'bash' ? socketPath(word) : undefined;
    if (socket) return connect(shell, word, socket);
    try {
      return shell.process.files.open(word, flags, 0o666 & ~shell.process.umask);
    } catch (error) {
      if (error instanceof SystemError) throw new SystemError(error.code, word);
      throw error;
    }
  };
  switch (operator) {
    case '<':
      descriptors.set(number(0), await open({ read: true }));
      return;
    case '<>':
      descriptors.set(number(0), await open({ read: true, write: true, create: true }));
      return;
    case '>':
      if (shell.options.has('noclobber')) {
        try {
          if (shell.process.files.stat(word).type === 'file')
            throw new ExpansionError(`${word}: cannot overwrite existing file`);
        } catch (error) {
          if (error instanceof ExpansionError) throw error;
        }
      }
      descriptors.set(number(1), await open({ write: true, create: true, truncate: true }));
      return;
    case '>|':
      descriptors.set(number(1), await open({ write: true, create: true, truncate: true }));
      return;
    case '>>':
      descriptors.set(number(1), await open({ write: true, create: true, append: true }));
      return;
    case '&>':
    case '&>>': {
      const file = await open({
        write: true,
        create: true,
        ...(operator === '&>' ? { truncate: true } : { append: true }),
      });
      descriptors.set(1, file);
      descriptors.set(2, file);
      return;
    }
    case '>&':
    case '<&': {
      const at = number(operator === '>&' ? 1 : 0);
      if (word === '-') {
        descriptors.delete(at);
        return;
      }
      const match = /^(\d+)(-?)$/.exec(word);
      if (!match) {
        if (operator === '>&' && !redirect.descriptor) {
          const file = await open({ write: true, create: true, truncate: true });
          descriptors.set(1, file);
          descriptors.set(2, file);
          return;
        }
        throw new ExpansionError(`${word}: ambiguous redirect`);
      }
      const file = descriptors.get(Number(match[1]));
      if (!file) throw new SystemError('EBADF', word);
      descriptors.set(at, file);
      if (match[2]) descriptors.delete(Number(match[1]));
    }
  }
}

export async function hereDocument(
  shell: Interpreter,
  redirect: Extract<Redirection, { type: 'HereDoc' }>,
): Promise<Bytes> {
  const { delimiter, body, operator } = redirect;
  let text = operator === '<<-' ? body.text.replace(/^\t+/gm, '') : body.text;
  if (!redirect.closing && shell.dialect === 'bash') {
    const at = shell.line;
    shell.line = at + text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    await shell.complain(
      `warning: here-document at line ${at} delimited by end-of-file (wanted \`${delimiter?.value ?? ''}')`,
    );
    shell.line = at;
    if (!delimiter?.quoted && text !== '' && !text.endsWith('\n'))
      return `${await shell.expander.body(body.parts, text)}\n`;
    if (text !== '' && !text.endsWith('\n')) text += '\n';
  }
  if (delimiter?.quoted) return text;
  return shell.expander.body(body.parts, text);
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
): Promise<void> {
  const [saved, file] = [shell.process.descriptors.get(2), descriptors.get(2)];
  if (!file) return;
  shell.process.descriptors.set(2, file);
  try {
    await shell.complain(message);
  } finally {
    if (saved) shell.process.descriptors.set(2, saved);
    else shell.process.descriptors.delete(2);
  }
}
