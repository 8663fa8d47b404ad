// echo (GNU coreutils): writes its arguments.
import type { Process } from '../machine/machine.ts';
import { readEscapes } from './escape.ts';

export const names = ['echo'];

export async function main(process: Process): Promise<number> {
  const args = process.argv.slice(1);
  let newline = true;
  let escapes = false;
  while (args.length > 0 && /^-[neE]+$/.test(args[0]!)) {
    for (const letter of args.shift()!.slice(1)) {
      if (letter === 'n') newline = false;
      else escapes = letter === 'e';
    }
  }
  let text = args.join(' ');
  if (escapes) {
    const read = readEscapes(text);
    text = read.bytes;
    if (read.stopped) newline = false;
  }
  await process.out(newline ? `${text}\n` : text);
  return 0;
}
