// Wording of syntax errors and failed expansions, as bash, dash and ash say them.
import type { Bytes } from '../machine/machine.ts';
import type { Interpreter } from './interpreter.ts';
import { singleQuote } from './quote.ts';
import type { SyntaxProblem } from './syntax.ts';

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

/** Says why a text is no script. `offset` are the lines before it, `from` what it is called besides the shell's source. */
export async function sayProblem(
  shell: Interpreter,
  problem: SyntaxProblem,
  offset: number,
  from: string,
): Promise<void> {
  if (shell.dialect !== 'bash') return shell.complain(otherProblem(shell, problem));
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
  const token = /[\x00-\x1f\x7f]/.test(problem.token) ? singleQuote(problem.token) : problem.token;
  await say(`syntax error near unexpected token \`${token}'`);
  if (!shell.interactive) await say(`\`${problem.source}'`);
}

/** $? after it. */
export function statusOfProblem(shell: Interpreter, { what, status }: SyntaxProblem): number {
  if (what === 'array') return 1;
  return what === 'condition' && status !== 2 && shell.evaluating === 0 ? shell.status : 2;
}

/** The wording of dash and ash. */
function otherProblem(shell: Interpreter, { what, token, word, closer, expecting }: SyntaxProblem): Bytes {
  if (shell.dialect === 'ash') {
    if (what === 'open' && closer !== ')' && closer !== '}') return 'syntax error: unterminated quoted string';
    const found =
      what === 'token'
        ? `unexpected ${word ? 'word' : token === 'newline' ? token : `"${token}"`}`
        : 'unexpected end of file';
    return `syntax error: ${found}${expecting ? ` (expecting "${expecting}")` : ''}`;
  }
  if (what === 'open' && closer !== ')' && closer !== '}') return 'Syntax error: Unterminated quoted string';
  if (closer === '}') return "Syntax error: Missing '}'";
  const found = what === 'token' ? (word ? 'word' : token === 'newline' ? token : `"${token}"`) : 'end of file';
  return `Syntax error: ${found} unexpected${(expecting ?? closer) ? ` (expecting "${expecting ?? closer}")` : ''}`;
}
