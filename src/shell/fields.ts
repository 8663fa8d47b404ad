// Word splitting: what came out of expansions, unquoted, is cut at the characters of IFS.
import { SystemError } from '../machine/errno.ts';
import type { Bytes } from '../machine/machine.ts';
import { owe } from '../machine/work.ts';
import type { Piece } from './expand.ts';

/** Words one expansion may make, and files one pattern may look at. */
export const MOST_WORDS = 100_000;

/** A field still knows which of its text was quoted: only the rest can be a pattern. */
export type Field = { text: Bytes; quoted: boolean }[];

const BLANK = ' \t\n';

export function splitFields(pieces: readonly Piece[], ifs: Bytes = BLANK): Field[] {
  const fields: Field[] = [];
  let field: Field | undefined;
  /** A separator that is no blank stands before: the next one makes an empty field. */
  const end = () => {
    if (field) fields.push(field);
    if (fields.length > MOST_WORDS) throw new SystemError('E2BIG');
    field = undefined;
  };
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      end();
      continue;
    }
    if (piece.quoted || ifs === '' || !piece.split) {
      if (piece.quoted || piece.text !== '') (field ??= []).push(piece);
      continue;
    }
    const { text } = piece;
    owe(text.length >> 6);
    let from = 0;
    for (let i = 0; i < text.length; ) {
      if (!ifs.includes(text[i]!)) {
        i++;
        continue;
      }
      if (i > from) (field ??= []).push({ text: text.slice(from, i), quoted: false });
      // Blanks around another separator belong to it; that separator ends a field even if it is empty.
      let separator = false;
      while (i < text.length && ifs.includes(text[i]!)) {
        if (!BLANK.includes(text[i]!)) {
          if (separator) break;
          separator = true;
          if (field === undefined) field = [];
        }
        i++;
      }
      end();
      from = i;
    }
    if (from < text.length) (field ??= []).push({ text: text.slice(from), quoted: false });
  }
  end();
  return fields;
}
