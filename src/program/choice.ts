// Values of options that are words out of a list, and gnulib's complaint about another one (argmatch).
import type { Bytes, Process } from '../machine/machine.ts';
import { Failure } from './failure.ts';
import { quote } from './quote.ts';

/** How a complaint names the option (`--sort`, `backup type`), and the groups of words that mean the same. */
export interface Words {
  readonly name: string;
  readonly groups: readonly string[];
  /** Exit status of another word; 1 unless given. */
  readonly status?: number;
}

/**
 * The first word of the group (`'always,yes,force'`) that `value` belongs to; abbreviations count where they are unique.
 * @throws Failure in gnulib's words
 */
export function chosen(process: Process, { name, groups, status = 1 }: Words, value: Bytes): string {
  const lists = groups.map((group) => group.split(','));
  const exact = lists.find((list) => list.includes(value));
  if (exact) return exact[0]!;
  const similar = value === '' ? [] : lists.filter((list) => list.some((word) => word.startsWith(value)));
  if (similar.length === 1) return similar[0]![0]!;
  const called = process.argv[0] ?? '';
  const valid = lists.map((list) => `  - ${list.map((word) => quote(process, word)).join(', ')}\n`).join('');
  throw new Failure(
    `${similar.length > 1 || value === '' ? 'ambiguous' : 'invalid'} argument ${quote(process, value)} for ${quote(process, name)}\n` +
      `Valid arguments are:\n${valid}Try '${called} --help' for more information.`,
    status,
  );
}

/** --backup's values. */
export const BACKUPS: Words = {
  name: 'backup type',
  groups: ['none,off', 'simple,never', 'existing,nil', 'numbered,t'],
};
