// Makes text that an attacker wrote inert wherever it is shown: controls, invisible and direction-changing characters become visible.

// Category C (controls, direction marks and other format characters, private use, lone surrogates, unassigned), line and paragraph
// separators, every space but the ASCII and the ideographic one, and what is drawn as nothing (Unicode Standard Annexes 9 and 44).
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f]/gu;

const SHORT: Record<string, string> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\u001b': '\\e' };

/** One line of printable text: `\n`, `\t`, `\r`, `\e`, `\xHH` below 0x100 and `\u{HEX}` above stand for what cannot be shown. */
export function visible(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0)!;
    const hex = code.toString(16);
    return SHORT[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, '0')}` : `\\u{${hex}}`);
  });
}

/** JSON text in which the same characters are written as `\\uXXXX`: equal as data, inert where it is shown. */
export function visibleJson(json: string): string {
  return json.replace(UNSAFE, (character) =>
    character === '\n'
      ? character
      : [...Array(character.length).keys()]
          .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
          .join(''),
  );
}

/** One line of printable text, cut to at most `most` characters with an ellipsis; never in the middle of a surrogate pair. */
export function excerpt(text: string, most: number): string {
  // An attacker's line may be 100 KB: only its start is looked at.
  const shown = [...visible(text.slice(0, most * 2))];
  return shown.length > most || text.length > most * 2 ? `${shown.slice(0, most - 1).join('')}…` : shown.join('');
}
