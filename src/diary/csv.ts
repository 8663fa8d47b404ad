// Rows as CSV (RFC 4180), for other programs and for spreadsheets, which must run none of it.

// Where a cell begins so, spreadsheets run it as a formula (OWASP, "CSV Injection"); full-width forms too, in East Asian settings.
const FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/**
 * One record with its line end. A text that a spreadsheet would run as a formula gets an apostrophe in front, and so does one that begins with
 * such apostrophes already: taking one off wherever `^'+[=+-@…]` matches gives the text back. Numbers stay numbers; nothing is an empty cell,
 * and the items of a list are one text.
 */
export function csvLine(cells: readonly unknown[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

export function csv(rows: readonly (readonly unknown[])[]): string {
  return rows.map(csvLine).join('');
}

function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text = Array.isArray(value) ? value.join(' ') : String(value);
  const harmless = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
