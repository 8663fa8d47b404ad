// Rows of a CSV export (RFC 4180, or with semicolons or tabs), by the names in its first line.
import type { RawEvent } from '../event/legacy.ts';

const FIELD_LENGTH = 1 << 20;
const numeric = new Set([
  'src_port',
  'dst_port',
  'source_port',
  'souce_port',
  'destination_port',
  'dest_port',
  'orig_port',
  'duration',
  'duration_ms',
  'size',
  'width',
  'height',
]);

export interface CsvOptions {
  /** Empty fields are texts of no characters; otherwise they are left out of a row. */
  empty?: boolean;
}

/** A column's name without what Kibana and Elasticsearch put around it. */
export const columnName = (name: string): string =>
  name
    .trim()
    .replace(/^_source\.|^fields\.|^result\./, '')
    .replace(/\.keyword$/, '');

/** The column names in the first line of a text; undefined when it cannot be a table. */
export function header(text: string): string[] | undefined {
  let names: string[] | undefined;
  const end = text.indexOf('\n');
  const reader = readCsv(() => {}, { onHeader: (found) => (names = found) });
  reader.feed(end < 0 ? text : text.slice(0, end + 1));
  reader.end();
  return names && names.length > 1 ? names : undefined;
}

/** A reader to feed with text. */
export function readCsv(
  visit: (row: RawEvent) => void,
  options: CsvOptions & { onHeader?: (names: string[]) => void } = {},
): { feed(text: string): void; end(): void } {
  let names: string[] | undefined;
  let delimiter = '';
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  let quote = false;
  const finishRow = () => {
    fields.push(field);
    field = '';
    if (names === undefined) {
      names = fields.map(columnName);
      options.onHeader?.(names);
    } else if (fields.length > 1 || fields[0] !== '') visit(row(names, fields, options.empty === true));
    fields = [];
  };
  const one = (c: string) => {
    if (quote) {
      quote = false;
      if (c === '"') {
        field += c;
        return;
      }
      quoted = false;
    }
    if (quoted) {
      if (c === '"') quote = true;
      else if (field.length < FIELD_LENGTH) field += c;
    } else if (c === '"' && field === '') quoted = true;
    else if (c === '\n') finishRow();
    else if (delimiter === '' ? c === ',' || c === ';' || c === '\t' : c === delimiter) {
      // The first one decides.
      delimiter = c;
      fields.push(field);
      field = '';
    } else if (c !== '\r' && field.length < FIELD_LENGTH) field += c;
  };
  return {
    feed(text) {
      // A byte order mark may stand before a quote.
      const begun = names !== undefined || field !== '' || fields.length > 0 || quoted;
      for (const c of begun ? text : text.replace(/^\ufeff/, '')) one(c);
    },
    end() {
      if (field !== '' || fields.length > 0) finishRow();
    },
  };
}

function row(names: readonly string[], fields: readonly string[], empty: boolean): RawEvent {
  const found: RawEvent = {};
  for (const [i, value] of fields.entries()) {
    const name = names[i];
    if (name === undefined || name === '' || (value === '' && !empty)) continue;
    // A column and its `.keyword` say the same.
    if (Object.hasOwn(found, name) && value === '') continue;
    Object.defineProperty(found, name, {
      value: numeric.has(name) ? numberOf(value) : value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return found;
}

/** `57364`, and `57,364` as Kibana formats it. */
function numberOf(value: string): number | string {
  const digits = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(value) ? value.replaceAll(',', '') : value;
  return digits !== '' && Number.isFinite(Number(digits)) ? Number(digits) : value;
}
