// Characters of byte strings: UTF-8 sequences are one character, bytes that are none stand alone, as in the C.UTF-8 locale.
import type { Bytes } from '../machine/machine.ts';

const ASCII = /^[\x00-\x7f]*$/;

export function characters(text: Bytes): Bytes[] {
  if (ASCII.test(text)) return [...text];
  return text.match(/[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\s\S]/g) ?? [];
}

/** Changes the case of each character that has one; a change to another number of characters is none. */
function recased(text: Bytes, change: (text: string) => string): Bytes {
  if (ASCII.test(text)) return change(text);
  return characters(text)
    .map((c) => {
      if (c.length === 1) return c <= '\x7f' ? change(c) : c;
      const character = Buffer.from(c, 'latin1').toString();
      const changed = change(character);
      return [...changed].length === 1 ? Buffer.from(changed).toString('latin1') : c;
    })
    .join('');
}

export const upper = (text: Bytes): Bytes => recased(text, (c) => c.toUpperCase());
export const lower = (text: Bytes): Bytes => recased(text, (c) => c.toLowerCase());
export const toggled = (text: Bytes): Bytes =>
  characters(text)
    .map((c) => (lower(c) === c ? upper(c) : lower(c)))
    .join('');
