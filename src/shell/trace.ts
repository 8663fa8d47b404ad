// `set -x`: commands as they are run, after their expansion.
import type { Bytes } from '../machine/machine.ts';
import type { Interpreter } from './interpreter.ts';
import { quoted } from './posix/builtin/variables.ts';
import { reusableQuote } from './quote.ts';
import type { Assignment } from './syntax.ts';

/** A line of `set -x`. */
export async function traceLine(shell: Interpreter, text: Bytes): Promise<void> {
  if (!shell.options.has('xtrace')) return;
  // What PS4 runs is not traced itself.
  shell.options.delete('xtrace');
  const { status } = shell;
  const ps4 = await shell.expander.quoted(shell.variables.get('PS4') ?? (shell.dialect === 'bash' ? '' : '+ '));
  shell.status = status;
  shell.options.add('xtrace');
  // The first character stands once for each level of substitution.
  const level = shell.dialect === 'bash' ? ps4.slice(0, 1).repeat(shell.traceLevel) : '';
  await shell.process.err(`${level}${ps4}${text}\n`);
}

export async function traceAssignment(shell: Interpreter, assignment: Assignment, text: Bytes): Promise<void> {
  if (!shell.options.has('xtrace')) return;
  const { name, index, append, value } = assignment;
  if (shell.dialect !== 'bash') {
    shell.traces.push(`${name}=${posixQuote(shell, text)}`);
    return;
  }
  const shown = value.type === 'Array' ? text : text === '' ? '' : traceQuote(text);
  await traceLine(shell, `${name}${index === undefined ? '' : `[${index}]`}${append ? '+' : ''}=${shown}`);
}

/** A word as `set -x` prints it. */
export const traceQuote = (word: Bytes): Bytes =>
  word === ''
    ? "''"
    : /[\x00-\x08\x0b-\x1f\x7f]/.test(word)
      ? reusableQuote(word)
      : /[\s'"\\|&;()<>!{}*[\]?^$`]/.test(word) || /^[#~]/.test(word) || /[=:]~/.test(word)
        ? `'${word.replace(/'/g, "'\\''")}'`
        : word;

export async function traceWords(shell: Interpreter, words: readonly Bytes[]): Promise<void> {
  if (!shell.options.has('xtrace')) return;
  if (shell.dialect === 'bash') return traceLine(shell, words.map(traceQuote).join(' '));
  const shown = [...shell.traces.splice(0), ...words.map((word) => posixQuote(shell, word))];
  await traceLine(shell, shown.join(' '));
}

/** dash prints words as they are, ash quotes any character that could mean something to it. */
const posixQuote = (shell: Interpreter, word: Bytes): Bytes =>
  shell.dialect === 'ash' && /[\x00-*;-?`[\\{-\xff]/.test(word) ? quoted(word) : word;
