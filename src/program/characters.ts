// Characters of a text in a UTF-8 locale: sequences of bytes, and the columns they take on a terminal.
import type { Bytes } from '../machine/machine.ts';

/** The characters of a text; a byte that is part of none stands alone. In another locale (`utf8` false) each byte is one. */
export function characters(text: Bytes, utf8: boolean): Bytes[] {
  if (!utf8 || !/[\x80-\xff]/.test(text)) return text.split('');
  return text.match(/[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\s\S]/g) ?? [];
}

/** Columns of one character as wcwidth(3) has them; 0 for what cannot be shown. */
export function columnsOf(character: Bytes): number {
  const c = character.charCodeAt(0);
  if (character.length === 1) return c < 32 || c > 126 ? 0 : 1;
  const point = Buffer.from(character, 'latin1').toString('utf8').codePointAt(0)!;
  if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(String.fromCodePoint(point))) return 0;
  return WIDE.some(([low, high]) => point >= low && point <= high) ? 2 : 1;
}

/** Columns of a whole text. */
export function widthOf(text: Bytes, utf8: boolean): number {
  if (!/[^ -~]/.test(text)) return text.length;
  return characters(text, utf8).reduce((sum, c) => sum + columnsOf(c), 0);
}

/** East Asian wide characters and emoji. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xa000, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1f64f],
  [0x1f900, 0x1f9ff],
  [0x20000, 0x3fffd],
];
