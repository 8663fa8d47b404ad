// Text on a terminal: how many columns it takes, tables aligned by it, and lines broken by it.
import { visible } from './visible.ts';

// East Asian wide and fullwidth characters and emoji take two columns (Unicode Standard Annex 11).
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Columns that a text takes. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text) columns += WIDE.test(character) ? 2 : 1;
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

/** Columns aligned by width: numbers to the right, text to the left, made visible and cut at 60 columns. */
export function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = rows.map((row) =>
    row.map((value) => (typeof value === 'number' ? value.toLocaleString('en-US') : cut(visible(value), 60))),
  );
  const widths = head.map((title, column) => Math.max(width(title), ...cells.map((row) => width(row[column] ?? ''))));
  const numeric = (column: number) => typeof rows[0]?.[column] === 'number';
  const line = (row: readonly string[]) =>
    row
      .map((text, column) => {
        const pad = ' '.repeat(Math.max(0, widths[column]! - width(text)));
        return numeric(column) ? pad + text : text + pad;
      })
      .join('  ')
      .trimEnd();
  return [head, ...cells].map((row) => `${line(row)}\n`).join('');
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
