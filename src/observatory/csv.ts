// Rows of a CSV export of Cowrie events (RFC 4180), by the names in its first line.
import type { RawEvent } from '../event/legacy.ts';

const FIELD_LENGTH = 1 << 20;
const numeric = new Set(['src_port', 'dst_port', 'duration', 'duration_ms', 'size', 'width', 'height']);

/** A reader to feed with text; empty fields are left out of a row. */
export function readCsv(visit: (row: RawEvent) => void): { feed(text: string): void; end(): void } {
  let names: string[] | undefined;
  let fields: string[] = [];
  let field = '';
  let quoted = false;
  let quote = false;
  const finishRow = () => {
    fields.push(field);
    field = '';
    if (names === undefined)
      names = fields.map((name) =>
        name
          .replace(/^\ufeff/, '')
          .trim()
          .replace(/\.keyword$/, ''),
      );
    else if (fields.length > 1 || fields[0] !== '') {
      const row: RawEvent = {};
      for (const [i, value] of fields.entries()) {
        const name = names[i];
        if (name === undefined || name === '' || value === '') continue;
        const typed = numeric.has(name) && Number.isFinite(Number(value)) ? Number(value) : value;
        Object.defineProperty(row, name, { value: typed, enumerable: true, writable: true, configurable: true });
      }
      visit(row);
    }
    fields = [];
  };
  return {
    feed(text) {
      for (const c of text) {
        if (quote) {
          quote = false;
          if (c === '"') {
            field += c;
            continue;
          }
          quoted = false;
        }
        if (quoted) {
          if (c === '"') quote = true;
          else if (field.length < FIELD_LENGTH) field += c;
        } else if (c === '"' && field === '') quoted = true;
        else if (c === ',') {
          fields.push(field);
          field = '';
        } else if (c === '\n') finishRow();
        else if (c !== '\r' && field.length < FIELD_LENGTH) field += c;
      }
    },
    end() {
      if (field !== '' || fields.length > 0) finishRow();
    },
  };
}
