// Values of options that are words out of a list, and gnulib's complaint about another one (argmatch).
import type { Bytes } from '../machine/machine.ts';
import type { Invocation } from './program.ts';
import { quote } from './quote.ts';

/**
 * The first word of the group that `value` belongs to; abbreviations count where they are unique. Otherwise the program ends with status 1.
 * `option` is how the complaint names it: `--sort`, `backup type`.
 */
export function chosen(run: Invocation, option: string, value: Bytes, groups: readonly (readonly string[])[]): string {
  const exact = groups.find((group) => group.includes(value));
  if (exact) return exact[0]!;
  const similar = value === '' ? [] : groups.filter((group) => group.some((word) => word.startsWith(value)));
  if (similar.length === 1) return similar[0]![0]!;
  const { process } = run;
  const list = groups.map((group) => `  - ${group.map((word) => quote(process, word)).join(', ')}\n`).join('');
  return run.fail(
    `${similar.length > 1 || value === '' ? 'ambiguous' : 'invalid'} argument ${quote(process, value)} for ${quote(process, option)}\n` +
      `Valid arguments are:\n${list}Try '${run.name} --help' for more information.`,
    1,
  );
}
