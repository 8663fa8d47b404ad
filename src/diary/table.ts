// Text on a terminal: how many columns it takes, tables aligned by it, and lines broken by it.
import { visible } from './visible.ts';

// East Asian wide and fullwidth characters and emoji take two columns, marks that combine none (Unicode Standard Annex 11).
const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\u3247\u3250-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{1b2ff}\u{1f200}-\u{1f265}\u{1f7f0}\u{20000}-\u{3fffd}]|(?![\u{1f1e6}-\u{1f1ff}])\p{Emoji_Presentation}/u;
const NONE = /[\p{Mn}\p{Me}]/u;

/** Columns that a text takes. */
export function width(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += NONE.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return columns;
}

/** The text cut to a number of columns, with an ellipsis. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let kept = '';
  let taken = 0;
  for (const character of text) {
    taken += width(character);
    if (taken >= columns) break;
    kept += character;
  }
  return `${kept}…`;
}

/**
 * Columns aligned by width: numbers to the right, text to the left, made visible and cut at `most` columns.
 * @param numeral how a number is written; default with commas
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  most = 60,
  numeral: (value: number) => string = (value) => value.toLocaleString('en-US'),
): string {
  const titles = head.map((title) => shown(title, most));
  const cells = rows.map((row) =>
    row.map((value) => (typeof value === 'number' ? numeral(value) : shown(value, most))),
  );
  const widths = titles.map((title, column) =>
    cells.reduce((widest, row) => Math.max(widest, width(row[column] ?? '')), width(title)),
  );
  // A column of numbers may have holes.
  const numeric = titles.map(
    (_, column) =>
      rows.some((row) => typeof row[column] === 'number') &&
      rows.every((row) => typeof row[column] === 'number' || row[column] === ''),
  );
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => {
        const pad = ' '.repeat(Math.max(0, widths[column]! - width(text)));
        return numeric[column] ? pad + text : text + pad;
      })
      .join('  ')
      .trimEnd();
  return [titles, ...cells].map((row) => `${line(row)}\n`).join('');
}

// Of a text of megabytes only what can be seen is looked at; marks that combine take no column, so there is an end to them too.
function shown(text: string, most: number): string {
  const start = text.slice(0, most * 4);
  const cell = cut(visible(start), most);
  return start.length < text.length && !cell.endsWith('…') ? `${cell}…` : cell;
}

/** Breaks a line at spaces, or anywhere between wide characters; continued lines begin with `indent`. */
export function wrap(text: string, columns: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const piece of text.match(/[^\s\u2e80-\uffef]+|\s+|[\u2e80-\uffef][、。」）)]*/gu) ?? []) {
    if (width(line) + width(piece.trimEnd()) > columns && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = indent + piece.trimStart();
    } else line += piece;
  }
  return [...lines, line.trimEnd()].join('\n');
}
