// Wording of syntax errors and failed expansions, as bash, dash and ash say them.
import type { Bytes } from '../machine/machine.ts';
import type { Interpreter } from './interpreter.ts';

/** What dash and ash call bash's failed expansions. */
export function worded(shell: Interpreter, message: string): string {
  if (shell.dialect === 'bash') return message;
  const text = message.replace(/: (unbound variable|parameter not set)$/, ': parameter not set');
  const arithmetic = /^([\s\S]*): ([^:]+(?:: [^:]+)?) \(error token is "([\s\S]*)"\)$/.exec(text);
  if (!arithmetic) return text;
  const zero = arithmetic[2] === 'division by 0';
  if (shell.dialect === 'ash') return zero ? 'divide by zero' : 'arithmetic syntax error';
  const what = zero
    ? 'division by zero'
    : arithmetic[2]!.includes('operand expected')
      ? 'expecting primary'
      : 'expecting EOF';
  return `arithmetic expression: ${what}: "${arithmetic[1]}"`;
}

export async function sayError(
  shell: Interpreter,
  error: { token: string; unexpectedEnd: boolean; message: string },
  text: Bytes,
): Promise<void> {
  const where = shell.sourced > 0 ? '' : shell.evaluating > 0 ? 'eval: ' : shell.commandString ? '-c: ' : '';
  if (shell.dialect !== 'bash') {
    const what = error.unexpectedEnd
      ? error.message.includes('quote')
        ? 'Syntax error: Unterminated quoted string'
        : `Syntax error: end of file unexpected${expected(error.message)}`
      : `Syntax error: ${error.token === 'newline' ? 'newline' : `"${error.token}"`} unexpected`;
    await shell.complain(
      shell.dialect === 'ash'
        ? `syntax error: ${error.unexpectedEnd ? 'unexpected end of file' : `unexpected "${error.token}"`}`
        : what,
    );
    return;
  }
  const prefix = shell.interactive ? shell.prefix : `${shell.source || shell.name}: ${where}line ${shell.line}: `;
  if (error.unexpectedEnd) {
    const quote = /single quote/.test(error.message)
      ? "'"
      : /double quote/.test(error.message)
        ? '"'
        : /backtick|backquote/.test(error.message)
          ? '`'
          : /command substitution|arithmetic expansion|extended glob/.test(error.message)
            ? ')'
            : /parameter expansion/.test(error.message)
              ? '}'
              : undefined;
    await shell.process.err(
      quote
        ? `${prefix}unexpected EOF while looking for matching \`${quote}'\n`
        : `${shell.interactive ? shell.prefix : `${shell.source || shell.name}: ${where}line ${shell.line + (text.endsWith('\n') ? 0 : 1)}: `}syntax error: unexpected end of file\n`,
    );
    return;
  }
  await shell.process.err(`${prefix}syntax error near unexpected token \`${error.token}'\n`);
  if (!shell.interactive)
    await shell.process.err(`${prefix}\`${text.split('\n')[Math.max(0, shell.line - 1)] ?? text}'\n`);
}

const expected = (message: string): string => {
  const word = /expected '(\w+)'/.exec(message)?.[1];
  return word ? ` (expecting "${word}")` : '';
};
