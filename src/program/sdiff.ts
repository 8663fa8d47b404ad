// sdiff (GNU diffutils 3.8): two files side by side, as diff -y shows them.
import type { Process } from '../machine/machine.ts';
import { main as diff } from './diff.ts';
import { getopt, WrongUse } from './getopt.ts';

export const names = ['sdiff'];

const LONG: Record<string, string> = {
  text: 'a',
  'ignore-space-change': 'b',
  'ignore-blank-lines': 'B',
  minimal: 'd',
  'ignore-tab-expansion': 'E',
  speed: 'H',
  'ignore-case': 'i',
  'ignore-matching-lines=': 'I',
  'left-column': 'l',
  'output=': 'o',
  'suppress-common-lines': 's',
  'expand-tabs': 't',
  'ignore-all-space': 'W',
  'width=': 'w',
  'ignore-trailing-space': 'Z',
  'strip-trailing-cr': 'strip',
  'tabsize=': 'tabsize',
  'diff-program=': 'program',
};
/** What diff calls an option of sdiff's that it has under another name. */
const SAME: Record<string, string> = {
  l: '--left-column',
  s: '--suppress-common-lines',
  W: '-w',
  strip: '--strip-trailing-cr',
};

export async function main(process: Process): Promise<number> {
  const name = process.argv[0]!;
  const wrong = async (text: string) => {
    await process.err(`${name}: ${text}\n${name}: Try '${name} --help' for more information.\n`);
    return 2;
  };
  try {
    const { options, operands } = getopt(process.argv.slice(1), 'abBdEHiI:lo:stvw:WZ', LONG);
    if (operands.length < 2)
      return wrong(
        operands.length === 0 ? `missing operand after '${name}'` : `missing operand after '${operands[0]}'`,
      );
    if (operands.length > 2) return wrong(`extra operand '${operands[2]}'`);
    const args: string[] = [];
    for (const [key, value] of options) {
      if (key === 'o') process.witness.gap('sdiff', '-o');
      else if (key === 'w') args.push(`-W${value}`);
      else if (key !== 'program' && key !== 'tabsize') args.push(SAME[key] ?? `-${key}${value ?? ''}`);
    }
    process.argv = ['diff', '-y', ...args, '--', ...operands];
    return await diff(process);
  } catch (error) {
    if (error instanceof WrongUse) return wrong(error.message);
    throw error;
  }
}
