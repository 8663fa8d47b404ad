// What a command writes to its standard output: lines, JSON and CSV (RFC 4180).
import { visible, visibleJson } from '../diary/visible.ts';

export { table } from '../diary/table.ts';

/** One line; what could act on a terminal or reorder the line is written as `\uXXXX`: equal as data. */
export function printJson(value: unknown): void {
  process.stdout.write(`${visibleJson(JSON.stringify(value))}\n`);
}

export function printLine(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** Rows as `csv` makes them; on a terminal, where nobody parses them, controls are made visible. */
export function printCsv(rows: readonly (readonly (string | number)[])[]): void {
  const safe = process.stdout.isTTY
    ? rows.map((row) => row.map((cell) => (typeof cell === 'string' ? visible(cell) : cell)))
    : rows;
  process.stdout.write(csv(safe));
}

// Where a cell begins so, spreadsheets run it as a formula; full-width forms too, in East Asian settings.
const FORMULA = /^'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/**
 * RFC 4180. A text that a spreadsheet would run as a formula gets an apostrophe in front, and so does one that begins with such apostrophes
 * already: taking one off wherever `^'+[=+-@…]` matches gives the text back.
 */
export function csv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => {
    const text = typeof value === 'string' && FORMULA.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
