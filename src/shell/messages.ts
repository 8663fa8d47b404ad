// Wording of bash's syntax errors, and of failed expansions as bash, dash and ash say them.
import type { Bytes } from '../machine/machine.ts';
import type { ArithmeticError } from './arithmetic.ts';
import type { Interpreter } from './interpreter.ts';
import { reusableQuote } from './quote.ts';
import type { SyntaxProblem } from './syntax.ts';

/** What dash and ash call bash's failed expansions. */
export function worded(shell: Interpreter, message: string): string {
  if (shell.dialect === 'bash') return message;
  return message
    .replace(/: readonly variable$/, ': is read only')
    .replace(/: (unbound variable|parameter not set)$/, ': parameter not set')
    .replace(/: parameter null or not set$/, ': parameter not set or null');
}

/** A failed arithmetic expression. */
export function arithmeticMessage(shell: Interpreter, { message, expression, reason }: ArithmeticError): string {
  if (shell.dialect === 'bash') return message;
  if (reason === 'illegal') return `Illegal number: ${expression}`;
  if (shell.dialect === 'ash') {
    if (reason === 'division by 0') return 'divide by zero';
    if (reason.startsWith('exponent')) return 'exponent less than 0';
    if (reason.startsWith('expression recursion')) return 'expression recursion loop detected';
    return reason.startsWith("`:'") ? 'malformed ?: operator' : 'arithmetic syntax error';
  }
  const what = reason.startsWith('division')
    ? 'division by zero'
    : reason.startsWith('syntax error: operand')
      ? 'expecting primary'
      : reason.startsWith('missing')
        ? "expecting ')'"
        : reason.startsWith("`:'")
          ? "expecting ':'"
          : 'expecting EOF';
  return `arithmetic expression: ${what}: "${expression}"`;
}

/** Says why a text is no script. `offset` are the lines before it, `from` what it is called besides the shell's source. */
export async function sayProblem(
  shell: Interpreter,
  problem: SyntaxProblem,
  offset: number,
  from: string,
): Promise<void> {
  const prefix = (line: number) =>
    shell.interactive
      ? shell.prefix
      : `${shell.source || shell.name}: ${from ? `${from}: ` : ''}line ${offset + line}: `;
  const say = (text: Bytes, line = problem.line) => shell.process.err(`${prefix(line)}${text}\n`);
  if (problem.messages) {
    for (const { line, text } of problem.messages) await say(text, line);
    return;
  }
  if (problem.closer !== undefined) return say(`unexpected EOF while looking for matching \`${problem.closer}'`);
  if (problem.what === 'end') return say('syntax error: unexpected end of file');
  const token = /[\x00-\x1f\x7f]/.test(problem.token) ? reusableQuote(problem.token) : problem.token;
  await say(`syntax error near unexpected token \`${token}'`);
  if (!shell.interactive) await say(`\`${problem.source}'`);
}

/** $? after it. */
export function statusOfProblem(shell: Interpreter, { what, status }: SyntaxProblem): number {
  if (what === 'array') return 1;
  return what === 'condition' && status !== 2 && shell.evaluating === 0 ? shell.status : 2;
}
