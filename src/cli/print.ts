// What a command writes to its standard output: lines, JSON and CSV.
import { csv } from '../diary/csv.ts';
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
