// bc (GNU bc 1.07.1): a calculator of any precision, with its language.
import type { Process } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { LIBRARY } from './bc/library.ts';
import { Parser, type Statement, SyntaxFault, tokenize } from './bc/parse.ts';
import { Halted, Runner, RuntimeFault } from './bc/run.ts';
import { reason } from './failure.ts';
import { getopt, WrongUse } from './getopt.ts';
import { Input } from './input.ts';

export const names = ['bc'];

const OPTIONS = {
  compile: 'c',
  help: 'h',
  interactive: 'i',
  mathlib: 'l',
  quiet: 'q',
  standard: 's',
  version: 'v',
  warn: 'w',
};
const BANNER =
  "bc 1.07.1\nCopyright 1991-1994, 1997, 1998, 2000, 2004, 2006, 2008, 2012-2017 Free Software Foundation, Inc.\nThis is free software with ABSOLUTELY NO WARRANTY.\nFor details type `warranty'. \n";

export async function main(process: Process): Promise<number> {
  let parsed: ReturnType<typeof getopt>;
  const usage = recordedRun(process, 'bc', '--help')?.stdout ?? '';
  try {
    parsed = getopt(process.argv.slice(1), 'chilqswv', OPTIONS);
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`${process.argv[0]}: ${error.message}\n`);
    await process.out(usage);
    return 1;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  if (has('h') || has('v')) {
    await process.out(has('h') ? usage : (recordedRun(process, 'bc', '--version')?.stdout ?? BANNER));
    return 0;
  }
  const runner = new Runner(process, (text) => process.out(text));
  if (has('l')) {
    const library = new Parser(tokenize(LIBRARY));
    while (!library.done) await runner.run(library.next());
  }
  const interactive = has('i') || process.descriptors.get(0)?.kind === 'terminal';
  if (interactive && !has('q') && process.descriptors.get(1)?.kind === 'terminal') await process.out(BANNER);
  try {
    for (const file of parsed.operands) {
      let text: string;
      try {
        text = process.readFile(file);
      } catch (error) {
        reason(error);
        await process.err(`File ${file} is unavailable.\n`);
        return 1;
      }
      await runText(process, runner, text, file);
    }
    await runInput(process, runner);
  } catch (error) {
    if (!(error instanceof Halted)) throw error;
  }
  return 0;
}

/** Standard input, line by line; a block or comment that is open takes more lines. */
async function runInput(process: Process, runner: Runner): Promise<void> {
  const input = new Input(process, 0);
  let held = '';
  let first = 1;
  let number = 0;
  for (let line: string | undefined; (line = await input.next()) !== undefined; ) {
    number++;
    held += `${line}\n`;
    if (isOpen(held) && held.length < 1 << 20) continue;
    await runText(process, runner, held, '(standard_in)', first);
    held = '';
    first = number + 1;
  }
  if (held !== '') await runText(process, runner, held, '(standard_in)', first);
}

/** A brace, comment or string is not closed yet, or the line goes on. */
function isOpen(text: string): boolean {
  let depth = 0;
  for (const [part] of text.matchAll(/\/\*[\s\S]*?(?:\*\/|$)|"[^"]*(?:"|$)|#[^\n]*|[{}]|\\\n$/g)) {
    if (part === '{') depth++;
    else if (part === '}') depth--;
    else if (part === '\\\n') return true;
    else if (part.startsWith('/*') && !part.endsWith('*/')) return true;
    else if (part.startsWith('"') && (part.length === 1 || !part.endsWith('"'))) return true;
  }
  // A definition's brace may stand on the next line.
  return depth > 0 || /(?:^|\n)\s*define\s[^{}]*\n$/.test(text);
}

async function runText(process: Process, runner: Runner, text: string, name: string, first = 1): Promise<void> {
  const parser = new Parser(tokenize(text));
  while (!parser.done) {
    let statements: Statement[];
    try {
      statements = parser.next();
    } catch (error) {
      if (!(error instanceof SyntaxFault)) throw error;
      await process.err(`${name} ${error.line + first - 1}: syntax error\n`);
      parser.skipLine();
      continue;
    }
    try {
      await runner.run(statements);
    } catch (error) {
      if (!(error instanceof RuntimeFault)) throw error;
      await process.err(`Runtime error (func=${error.within}, adr=${error.address}): ${error.message}\n`);
    }
  }
}
