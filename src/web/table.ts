// Rows as files for other programs: CSV and NDJSON, written as they are read.
import type { Context } from 'hono';
import { csvLine } from '../diary/csv.ts';
import { maskedIn } from './route.ts';

type Row = Record<string, unknown>;

/**
 * Answers with rows as a file, as fast as they are taken.
 * @param batches each call of `next` may ask the store: only one batch is held at a time
 */
export function table(
  c: Context,
  format: 'csv' | 'ndjson',
  name: string,
  columns: readonly string[],
  batches: Iterator<readonly Row[]> | AsyncIterator<readonly Row[]>,
): Response {
  const encoder = new TextEncoder();
  const masked = maskedIn(c);
  const write = (row: Row) =>
    format === 'csv'
      ? csvLine(columns.map((column) => row[column]))
      : `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column]])))}\n`;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (format === 'csv') controller.enqueue(encoder.encode(csvLine(columns)));
    },
    async pull(controller) {
      // Other requests get their turn between two batches.
      await new Promise((resolve) => setImmediate(resolve));
      const { value, done } = await batches.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode((masked ? masked.value(value) : value).map(write).join('')));
    },
  });
  c.header('content-type', format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson');
  c.header('content-disposition', `attachment; filename="${name}.${format}"`);
  return c.body(body);
}
