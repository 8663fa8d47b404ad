// How a builtin says that it was called wrongly.
import type { Bytes } from '../../machine/machine.ts';
import type { Interpreter } from '../interpreter.ts';

/** An option that a builtin does not have, and how it is used; 2. */
export async function badOption(shell: Interpreter, name: string, option: Bytes, usage: string): Promise<number> {
  await shell.complain(`${name}: ${option}: invalid option`);
  await shell.process.err(`${name}: usage: ${usage}\n`);
  return 2;
}

/** An option that lacks its argument; 2. */
export async function missingArgument(shell: Interpreter, name: string, option: Bytes, usage: string): Promise<number> {
  await shell.complain(`${name}: ${option}: option requires an argument`);
  await shell.process.err(`${name}: usage: ${usage}\n`);
  return 2;
}
