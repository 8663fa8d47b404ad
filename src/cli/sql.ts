// `kansatsuki sql`: one statement against the store, opened read-only. For the curious; the journal is the truth.
import { existsSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { Command } from 'commander';
import { storePath } from '../observatory/place.ts';
import { Failure } from './failure.ts';
import { setup } from './options.ts';
import { csv, printJson, printLine, table } from './print.ts';

export function sql(): Command {
  return new Command('sql')
    .description('run one reading SQL statement against the store (SQLite)')
    .argument('<statement>', 'for instance: SELECT name FROM sqlite_schema')
    .option('--csv', 'answer as CSV')
    .action((statement: string, options: { csv?: boolean }, command: Command) => {
      const { dataDirectory, json, quiet, texts } = setup(command);
      const file = storePath(dataDirectory);
      if (!existsSync(file)) throw new Failure(texts.noStore(dataDirectory), 1);
      const database = new DatabaseSync(file, { readOnly: true });
      try {
        const prepared = database.prepare(statement);
        prepared.setReadBigInts(true);
        prepared.setReturnArrays(true);
        const head = prepared.columns().map(({ name }) => name);
        const rows = (prepared.all() as unknown as SQLOutputValue[][]).map((row) => row.map(shown));
        if (json) printJson(rows.map((row) => Object.fromEntries(row.map((value, column) => [head[column], value]))));
        else if (options.csv) process.stdout.write(csv([head, ...rows.map((row) => row.map((value) => value ?? ''))]));
        else {
          process.stdout.write(
            table(
              head,
              rows.map((row) => row.map((value) => value ?? '')),
            ),
          );
          if (!quiet) printLine(texts.sqlRows(rows.length));
        }
      } catch (error) {
        const { message } = error as Error;
        throw new Failure(/readonly|read-only/i.test(message) ? texts.sqlWrite : `SQL: ${message}`, 2);
      } finally {
        database.close();
      }
    });
}

/** Whole numbers stay exact: those beyond 2^53 become text. Blobs become hexadecimal. */
function shown(value: SQLOutputValue): string | number | null {
  if (typeof value === 'bigint')
    return value >= -9_007_199_254_740_991n && value <= 9_007_199_254_740_991n ? Number(value) : String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
