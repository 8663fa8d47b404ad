// stdbuf (GNU coreutils): buffering of a program.
import type { Process } from '../machine/machine.ts';
import { parseSize } from './number.ts';
import { prefixCommand } from './prefix-command.ts';
import { quote } from './quote.ts';

export const names = ['stdbuf'];

const run = prefixCommand('i:o:e:', { 'input=': 'i', 'output=': 'o', 'error=': 'e' }, () => 0);

/** Complains about modes, which mean nothing here, as stdbuf does. */
export async function main(process: Process): Promise<number> {
  const name = process.argv[0]!;
  const fail = async (text: string, hint = true) => {
    await process.err(`${name}: ${text}\n${hint ? `Try '${name} --help' for more information.\n` : ''}`);
    return 125;
  };
  let modes = 0;
  const args = process.argv.slice(1);
  while (args.length > 0) {
    const match = /^(?:-([ioe])(.*)|--(input|output|error)(?:=(.*))?)$/s.exec(args[0]!);
    if (!match) break;
    args.shift();
    const letter = match[1] ?? match[3]![0]!;
    const value = (match[1] ? match[2] : match[4]) || args.shift();
    if (value === undefined) break;
    modes++;
    if (value === 'L' && letter === 'i') return fail('line buffering stdin is meaningless');
    if (value !== 'L' && parseSize(value) === undefined) return fail(`invalid mode ${quote(process, value)}`, false);
  }
  if (args[0]?.startsWith('-') && args[0] !== '--') return run(process);
  if (args.length === 0) return fail('missing operand');
  if (modes === 0) return fail('you must specify a buffering mode option');
  return run(process);
}
