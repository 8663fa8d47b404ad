// Command and process substitution.
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes, Process } from '../machine/machine.ts';
import { ExpansionError } from './expand.ts';
import type { Interpreter } from './interpreter.ts';
import type { Script } from './parse.ts';
import { statusOf } from './signals.ts';

/** The output of a command, without its last newlines. */
export async function substitute(shell: Interpreter, script: Script | undefined, text: Bytes): Promise<Bytes> {
  shell.substituted = true;
  if (!script) throw new ExpansionError(`${text}: bad substitution`);
  const backtick = text.startsWith('`');
  const source = script.source ?? (backtick ? text.slice(1, -1) : undefined);
  const [read, write] = shell.process.pipe();
  const descriptors = new Map(shell.process.descriptors);
  descriptors.delete(read);
  descriptors.delete(write);
  descriptors.set(1, shell.process.descriptors.get(write)!);
  const inner = source ?? text.slice(2, -1);
  let child: Process;
  try {
    // `$(< file)` is the content of the file.
    const file = /^\s*<\s*(\S+)\s*$/.exec(inner);
    child = shell.fork((shell) => (file ? shell.run(`cat < ${file[1]}`) : shell.run(inner)), { descriptors });
  } catch (error) {
    shell.process.close(read);
    shell.process.close(write);
    if (!(error instanceof SystemError)) throw error;
    await shell.complain(`fork: retry: ${strerror(error.code)}`);
    shell.status = 254;
    return '';
  }
  shell.process.close(write);
  let output: Bytes;
  try {
    output = await shell.process.readAll(read, 1 << 20).catch((error: unknown) => {
      if (error instanceof SystemError && error.code === 'ENOMEM') return '';
      throw error;
    });
  } finally {
    if (!shell.process.ended) shell.process.close(read);
  }
  const ended = await shell.process.waitFor(child);
  shell.status = ended?.ending ? statusOf(ended.ending) : 0;
  if (output.includes('\0')) {
    if (shell.dialect === 'bash') await shell.complain('warning: command substitution: ignored null byte in input');
    output = output.replaceAll('\0', '');
  }
  let end = output.length;
  while (end > 0 && output[end - 1] === '\n') end--;
  return output.slice(0, end);
}

/** `<(…)` and `>(…)`: the name of a descriptor that is connected to a command. */
export async function processSubstitution(shell: Interpreter, text: Bytes, operator: '<' | '>'): Promise<Bytes> {
  const [read, write] = shell.process.pipe();
  const descriptors = new Map(shell.process.descriptors);
  descriptors.delete(read);
  descriptors.delete(write);
  const [mine, theirs] = operator === '<' ? [read, write] : [write, read];
  descriptors.set(operator === '<' ? 1 : 0, shell.process.descriptors.get(theirs)!);
  shell.fork((shell) => shell.run(text), { descriptors });
  shell.process.close(theirs);
  let number = 63;
  while (shell.process.descriptors.has(number)) number--;
  shell.process.dup(mine, number);
  shell.process.close(mine);
  return `/dev/fd/${number}`;
}
