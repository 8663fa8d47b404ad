// Words of a line: letters and digits, as the functions that move by words see them.
import type { Bytes } from '../../machine/machine.ts';

export const isWord = (character: Bytes | undefined): boolean =>
  character !== undefined &&
  (character.length > 1 ? /^[\p{L}\p{N}]$/u.test(decode(character)) : /^[A-Za-z0-9]$/.test(character));
const decode = (character: Bytes): string => Buffer.from(character, 'latin1').toString('utf8');

export function wordEnd(line: readonly Bytes[], from: number, inside = isWord): number {
  let at = from;
  while (at < line.length && !inside(line[at])) at++;
  while (at < line.length && inside(line[at])) at++;
  return at;
}

export function wordStart(line: readonly Bytes[], from: number, inside = isWord): number {
  let at = from;
  while (at > 0 && !inside(line[at - 1])) at--;
  while (at > 0 && inside(line[at - 1])) at--;
  return at;
}
