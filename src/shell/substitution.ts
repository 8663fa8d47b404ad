// Command and process substitution.
import { SystemError, strerror } from '../machine/errno.ts';
import type { Bytes, Process } from '../machine/machine.ts';
import type { Interpreter } from './interpreter.ts';
import { wholeScript } from './parse.ts';
import { redirectHere } from './redirection.ts';
import { statusOf } from './signals.ts';
import type { CommandSubstitution, Node, Redirection, Statement } from './syntax.ts';

/** Most bytes that a substitution may bring. */
const LARGEST = 1 << 20;

/** The output of a command, without its last newlines. */
export async function substitute(shell: Interpreter, part: CommandSubstitution): Promise<Bytes> {
  shell.substituted = true;
  const [read, write] = shell.process.pipe();
  const descriptors = new Map(shell.process.descriptors);
  descriptors.delete(read);
  descriptors.delete(write);
  descriptors.set(1, shell.process.descriptors.get(write)!);
  let child: Process;
  try {
    child = shell.fork((inner) => run(inner, part), { descriptors });
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
    output = await shell.process.readAll(read, LARGEST).catch((error: unknown) => {
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

async function run(shell: Interpreter, { body, inner }: CommandSubstitution): Promise<number> {
  shell.substituting = true;
  shell.substitutions++;
  // Only posix mode and inherit_errexit let `set -e` through.
  if (shell.dialect === 'bash' && !shell.options.has('inherit_errexit') && !shell.options.has('posix'))
    shell.options.delete('errexit');
  if (body === undefined || shell.reading().aliases) {
    // What stands in backquotes is a text of its own to dash.
    if (body === undefined && shell.dialect === 'dash') shell.line = 1;
    const script =
      shell.dialect === 'bash' && inner.trimStart().startsWith('<') ? wholeScript(inner, shell.reading()) : undefined;
    const content = script && !script.problem ? contentOf(script.statements) : undefined;
    return content ? copy(shell, content) : shell.run(inner, { from: 'command substitution' });
  }
  const file = contentOf(body);
  // Its lines count from that of the command around it.
  if (body.length > 0) shell.offset = shell.line - lineOf(body[0]!.command);
  if (file) return copy(shell, file);
  return shell.tailList(body);
}

/** The first line of a command. */
function lineOf(node: Node): number {
  switch (node.type) {
    case 'AndOr':
    case 'Pipeline':
      return node.commands[0] ? lineOf(node.commands[0]) : 1;
    case 'Group':
    case 'Coprocess':
    case 'Redirected': {
      const inner =
        node.type === 'Group' ? node.body[0]?.command : node.type === 'Redirected' ? node.command : node.body;
      return inner ? lineOf(inner) : 1;
    }
    case 'If':
      return lineOf(node.branches[0]!.test[0]!.command);
    case 'While':
      return lineOf(node.test[0]!.command);
    default:
      return node.line;
  }
}

/** `$(< file)` is the content of the file. */
function contentOf(body: readonly Statement[]): Redirection | undefined {
  const [only, more] = body;
  if (!only || more || only.background || only.command.type !== 'Command') return undefined;
  const { assignments, words, redirects } = only.command;
  if (assignments.length > 0 || words.length > 0 || redirects.length !== 1) return undefined;
  const [redirect] = redirects as [Redirection];
  return redirect.operator === '<' && (redirect.descriptor ?? 0) === 0 ? redirect : undefined;
}

async function copy(shell: Interpreter, redirect: Redirection): Promise<number> {
  if (!(await redirectHere(shell, [redirect], true))) return 1;
  for (;;) {
    const data = await shell.process.read(0);
    if (data === '') return 0;
    await shell.process.out(data);
  }
}

/** `<(…)` and `>(…)`: the name of a descriptor that is connected to a command. */
export async function processSubstitution(
  shell: Interpreter,
  body: readonly Statement[],
  operator: '<' | '>',
): Promise<Bytes> {
  const [read, write] = shell.process.pipe();
  const descriptors = new Map(shell.process.descriptors);
  descriptors.delete(read);
  descriptors.delete(write);
  const [mine, theirs] = operator === '<' ? [read, write] : [write, read];
  descriptors.set(operator === '<' ? 1 : 0, shell.process.descriptors.get(theirs)!);
  const child = shell.fork((inner) => inner.tailList(body), { descriptors });
  shell.lastBackground = String(child.pid);
  shell.process.close(theirs);
  let number = 63;
  while (shell.process.descriptors.has(number)) number--;
  shell.process.dup(mine, number);
  shell.process.close(mine);
  return `/dev/fd/${number}`;
}
