// The yes-or-no questions of rm, cp, mv and find.
import { Input } from './input.ts';
import type { Invocation } from './program.ts';

const readers = new WeakMap<object, Input>();

/** Prints `NAME: question` to standard error and reads the answer: whether it begins with y or Y. */
export async function confirm(run: Invocation, question: string, front = `${run.name}: `): Promise<boolean> {
  await run.flush();
  await run.process.err(front + question);
  let input = readers.get(run.process);
  if (!input) readers.set(run.process, (input = new Input(run.process, 0)));
  const answer = input.nextReady() ?? (await input.next());
  return /^[yY]/.test(answer ?? '');
}
