// A line from its hand-over to its end: what the witness is told of it.
import type { Bytes } from '../machine/machine.ts';
import { Interrupted } from '../machine/process.ts';
import { Discard, Exit } from './control.ts';
import type { Interpreter } from './interpreter.ts';
import { statusOf } from './signals.ts';

/** Runs a line, an exec string or a script; the witness hears of it before, and of its exit status after. */
export async function told(shell: Interpreter, text: Bytes, run: () => Promise<number>): Promise<number> {
  const ended = shell.process.witness.command(text);
  try {
    const status = await run();
    ended(status);
    return status;
  } catch (error) {
    if (error instanceof Exit) ended(error.code);
    else if (error instanceof Discard) ended(1);
    else if (error instanceof Interrupted) ended(statusOf(error.ending));
    else ended(shell.status);
    throw error;
  }
}
