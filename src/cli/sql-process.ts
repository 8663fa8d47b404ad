// The process that runs one statement for `kansatsuki sql`: SQLite cannot be interrupted from inside, so it can be killed from outside.
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { csv } from '../diary/csv.ts';
import { visible, visibleJson } from '../diary/visible.ts';
import { focus, rest } from '../observatory/lens.ts';
import type { Range } from '../observatory/store.ts';
import { table } from './print.ts';
import { texts } from './texts.ts';

/** What the command asks for, on standard input. */
export interface SqlOrder {
  file: string;
  statement: string;
  range: Range | null;
  format: 'table' | 'csv' | 'json' | 'ndjson';
  /** Rows that are shown at most. */
  limit: number;
  lang: 'en' | 'ja';
  quiet: boolean;
}

type Cell = string | number | null;

const CHUNK = 1 << 16;
/** Columns of a cell of a table. */
const WIDTH = 60;

const chunks: Buffer[] = [];
for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
await run(JSON.parse(Buffer.concat(chunks).toString()) as SqlOrder);

async function run({ file, statement, range, format, limit, lang, quiet }: SqlOrder): Promise<void> {
  const says = texts(lang);
  const fail = (sentence: string) => {
    process.stderr.write(`kansatsuki: ${sentence}\n`);
    process.exitCode = 2;
  };
  const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 });
  try {
    database.exec('PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000');
    focus(database, range ?? undefined);
    const prepared = database.prepare(statement);
    if (rest(statement, prepared.sourceSQL) !== '') return fail(says.sqlOne);
    prepared.setReadBigInts(true);
    prepared.setReturnArrays(true);
    const head = distinct(prepared.columns().map(({ name }) => name));
    let count = 0;
    let more = false;
    const rows = function* (): Generator<Cell[]> {
      for (const row of prepared.iterate() as Iterable<unknown>) {
        if (count === limit) {
          more = true;
          return;
        }
        count++;
        yield (row as SQLOutputValue[]).map(shown);
      }
    };
    await write(format, head, rows());
    if (more) process.stderr.write(`kansatsuki: ${says.sqlCut(limit)}\n`);
    if (format === 'table' && !quiet) process.stdout.write(`${says.sqlRows(count)}\n`);
  } catch (error) {
    const { message } = error as Error;
    fail(
      /readonly|read-only|not authorized|prohibited|authorization denied/i.test(message)
        ? says.sqlWrite
        : `SQL: ${message}`,
    );
  } finally {
    database.close();
  }
}

/** Waits for whoever reads: a closed pipe ends the process before the next row is asked for. */
function out(text: string): Promise<unknown> {
  return new Promise((resolve) => process.stdout.write(text, resolve));
}

async function write(format: SqlOrder['format'], head: readonly string[], rows: Iterable<Cell[]>): Promise<void> {
  if (format === 'table') {
    const cells = [...rows].map((row) =>
      row.map((cell) => (typeof cell === 'string' ? cell.slice(0, 4 * WIDTH + 1) : (cell ?? ''))),
    );
    await out(table(head, cells, WIDTH, String));
    return;
  }
  const object = (row: readonly Cell[]) =>
    visibleJson(JSON.stringify(Object.fromEntries(row.map((cell, i) => [head[i], cell]))));
  // On a terminal nobody parses it: controls are made visible.
  const inert = (cell: string | number) => (process.stdout.isTTY && typeof cell === 'string' ? visible(cell) : cell);
  let pending = format === 'csv' ? csv([head.map(inert)]) : format === 'json' ? '[' : '';
  let first = true;
  for (const row of rows) {
    if (format === 'csv') pending += csv([row.map((cell) => inert(cell ?? ''))]);
    else if (format === 'ndjson') pending += `${object(row)}\n`;
    else pending += `${first ? '' : ',\n'}${object(row)}`;
    first = false;
    if (pending.length < CHUNK) continue;
    await out(pending);
    pending = '';
  }
  await out(format === 'json' ? `${pending}]\n` : pending);
}

/** Names of columns that keep apart in an object: a second `n` becomes `n_2`. */
function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let own = name;
    for (let n = 2; taken.has(own); n++) own = `${name}_${n}`;
    taken.add(own);
    return own;
  });
}

/** Whole numbers stay exact: those beyond 2^53 become text. Blobs become hexadecimal, what is no number in JSON text. */
function shown(value: SQLOutputValue): Cell {
  if (typeof value === 'bigint')
    return value >= -9_007_199_254_740_991n && value <= 9_007_199_254_740_991n ? Number(value) : String(value);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
}
