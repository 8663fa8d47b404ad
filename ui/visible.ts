// Makes what an attacker wrote inert and visible: controls, direction marks and invisible characters become escapes.

// As src/diary/visible.ts, held together by a test: category C, line and paragraph separators, what is drawn as nothing,
// and every space but the ASCII and the ideographic one.
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f]/gu;

const SHORT: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\u001b': '\\e' };

export interface Part {
  text: string;
  /** An escape of ours, not what the attacker typed. */
  escape: boolean;
}

/** The text in pieces, escapes apart, so that `\n` of ours can be told from a typed backslash and n. */
export function parts(text: string): Part[] {
  const found: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(UNSAFE)) {
    if (match.index > end) found.push({ text: text.slice(end, match.index), escape: false });
    const last = found.at(-1);
    if (last?.escape && match.index === end) last.text += escaped(match[0]);
    else found.push({ text: escaped(match[0]), escape: true });
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push({ text: text.slice(end), escape: false });
  return found;
}

/** One line of printable text. */
export const visible = (text: string): string => text.replace(UNSAFE, escaped);

/** The same, of at most `most` characters. */
export function excerpt(text: string, most: number): string {
  const characters = [...text.slice(0, most * 2)];
  const cut = characters.length > most || text.length > most * 2;
  return cut ? `${characters.slice(0, most - 1).join('')}…` : text;
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  const hex = code.toString(16);
  return SHORT[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`);
}
