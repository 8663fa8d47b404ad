// `set -x`: commands as they are run, after their expansion.
import type { Bytes } from '../machine/machine.ts';
import type { Interpreter } from './interpreter.ts';
import type { Assignment } from './parse.ts';

export async function traceSimple(shell: Interpreter, assignments: Assignment[], words: Bytes[]): Promise<void> {
  for (const { name, value, append, text } of assignments) {
    // What a substitution printed is not asked for twice.
    const shown =
      value.type === 'ArrayValue'
        ? text.slice(text.indexOf('=') + 1)
        : /[`$][({]?|`/.test(value.text) && /\$\(|`|<\(/.test(value.text)
          ? value.text
          : traceQuote(await shell.expander.text(value));
    await traceLine(shell, `${name}${append ? '+' : ''}=${shown}`);
  }
  if (words.length > 0) await traceLine(shell, words.map((word) => (word === '' ? "''" : traceQuote(word))).join(' '));
}

/** A line of `set -x`. */
export async function traceLine(shell: Interpreter, text: Bytes): Promise<void> {
  if (!shell.options.has('xtrace')) return;
  // What PS4 runs is not traced itself.
  shell.options.delete('xtrace');
  const ps4 = await shell.expander.quoted(shell.variables.get('PS4') ?? '+ ');
  shell.options.add('xtrace');
  await shell.process.err(`${ps4}${text}\n`);
}

/** A word as `set -x` prints it. */
export const traceQuote = (word: Bytes): Bytes =>
  /[^\w./:=,@%+-]/.test(word) ? `'${word.replace(/'/g, "'\\''")}'` : word;
