// man, whatis and apropos (man-db 2.11): the persona's manual pages have no text, so there is an entry for nothing.
import type { Process } from '../machine/machine.ts';
import { calledAs } from './program.ts';

export const names = ['man', 'whatis', 'apropos'];

const NONE = 16;

export async function main(process: Process): Promise<number> {
  const called = calledAs(process);
  const args = process.argv.slice(1);
  const search = called !== 'man' || args.some((arg) => /^(-k|-f|--apropos|--whatis)$/.test(arg));
  const operands = args.filter((arg) => !arg.startsWith('-'));
  if (operands.length === 0) {
    if (called === 'man') await process.err("What manual page do you want?\nFor example, try 'man man'.\n");
    else await process.out(`${called} what?\n`);
    return 1;
  }
  const section = operands.length > 1 && /^[0-9n]\w{0,8}$/.test(operands[0]!) ? operands.shift() : undefined;
  for (const name of operands)
    await process.err(
      search
        ? `${name}: nothing appropriate.\n`
        : `No manual entry for ${name}${section === undefined ? '' : ` in section ${section}`}\n`,
    );
  return NONE;
}
