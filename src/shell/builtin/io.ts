// Builtins that print and test: echo, test.
import { TestError, test } from '../condition.ts';
import { echoEscapes } from '../escape.ts';
import type { Interpreter } from '../interpreter.ts';
import type { Builtin } from './table.ts';

const echo: Builtin = async (shell, args) => {
  let newline = true;
  let escapes = shell.options.has('xpg_echo');
  let first = 0;
  const options = /^-[neE]+$/;
  for (; first < args.length && options.test(args[first]!); first++)
    for (const c of args[first]!.slice(1)) {
      if (c === 'n') newline = false;
      else escapes = c === 'e';
    }
  let text = args.slice(first).join(' ');
  if (escapes) {
    const done = echoEscapes(text);
    text = done.text;
    if (done.stop) newline = false;
  }
  await shell.process.out(newline ? `${text}\n` : text);
  return 0;
};

const condition: Builtin = async (shell, args, name) => {
  if (name === '[') {
    if (args.at(-1) !== ']') {
      await shell.complain("[: missing `]'");
      return 2;
    }
    args = args.slice(0, -1);
  }
  try {
    return (await test(shell as Interpreter, args)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof TestError)) throw error;
    await shell.complain(`${name}: ${error.message}`);
    return 2;
  }
};

export const io: Record<string, Builtin> = {
  echo,
  test: condition,
  '[': condition,
};
