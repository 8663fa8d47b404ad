// `kansatsuki sql`: one statement against the store, read-only, with views over what it packs. For the curious; the journal is the truth.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { storePath } from '../observatory/place.ts';
import { Failure } from './failure.ts';
import { type Setup, setup } from './options.ts';
import { clipped, periodOf, periodOptions } from './period.ts';
import { printJson, printLine } from './print.ts';
import type { SqlOrder } from './sql-process.ts';
import { openStoreOf } from './store.ts';

interface Options {
  from?: string;
  to?: string;
  format: SqlOrder['format'];
  csv?: boolean;
  limit: number;
  seconds: number;
  schema?: boolean;
}

/** What the statement's process may take of memory; looked at so often. */
const MEMORY_MB = 768;
const LOOK_MS = 100;

export function sql(): Command {
  return periodOptions(
    new Command('sql')
      .description('run one reading SQL statement against the store (SQLite); --schema tells the tables')
      .argument(
        '[statement]',
        'for instance: SELECT input, count(*) FROM commands GROUP BY 1; - reads it from standard input',
      ),
  )
    .addOption(
      new Option('--format <format>', 'form of the answer')
        .choices(['table', 'csv', 'json', 'ndjson'])
        .default('table'),
    )
    .option('--csv', 'the same as --format csv')
    .option('--limit <rows>', 'rows that are shown at most', wholeNumber(10_000_000), 10_000)
    .option('--seconds <n>', 'stop a statement that takes longer', wholeNumber(86_400), 60)
    .option('--schema', 'list the views and their columns')
    .action(async (given: string | undefined, options: Options, command: Command) => {
      const found = setup(command);
      const { dataDirectory, json, quiet, lang, texts } = found;
      if (options.schema) return tellSchema(json, texts);
      if (given === undefined) throw new Failure(texts.sqlNone, 2);
      const order: SqlOrder = {
        file: storePath(dataDirectory),
        statement: given === '-' ? await readFile('/dev/stdin', 'utf8') : given,
        range: await rangeOf(options, found),
        format: json ? 'json' : options.csv ? 'csv' : options.format,
        limit: options.limit,
        lang,
        quiet,
      };
      process.exitCode = await answer(order, options.seconds, texts);
    });
}

const wholeNumber = (most: number) => (text: string) => {
  const value = /^\d{1,8}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) throw new InvalidArgumentError(`Write a whole number from 1 to ${most}.`);
  return value;
};

/** Opening the store brings one of an older version to today's form. */
async function rangeOf(options: Options, found: Setup): Promise<SqlOrder['range']> {
  const range = periodOf(options, found.texts);
  const store = await openStoreOf(found);
  try {
    return range ? clipped(range, store.totals()) : null;
  } finally {
    store.close();
  }
}

/** Runs the statement in a process of its own, which is ended when it takes too long or too much. @returns its exit code */
async function answer(order: SqlOrder, seconds: number, texts: Setup['texts']): Promise<number> {
  const entry = join(import.meta.dirname, `sql-process.${import.meta.filename.endsWith('.ts') ? 'ts' : 'js'}`);
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  let why: Failure | undefined;
  const end = (failure?: Failure) => {
    why ??= failure;
    child.kill('SIGKILL');
  };
  const leave = () => end();
  const late = setTimeout(() => end(new Failure(texts.sqlTime(seconds), 1)), seconds * 1000);
  const look = setInterval(async () => {
    const kilobytes = await residentKilobytes(child.pid);
    if (kilobytes > MEMORY_MB * 1024) end(new Failure(texts.sqlMemory(MEMORY_MB), 1));
  }, LOOK_MS);
  process.once('SIGTERM', leave).once('SIGINT', leave);
  try {
    child.stdin.on('error', () => {}); // it ended before it read: its exit code says why
    child.stdin.end(JSON.stringify(order));
    const code = await new Promise<number>((resolve, reject) =>
      child.once('error', reject).once('close', (status) => resolve(status ?? 1)),
    );
    if (why) throw why;
    return code;
  } finally {
    clearTimeout(late);
    clearInterval(look);
    process.off('SIGTERM', leave).off('SIGINT', leave);
  }
}

/** 0 where the system does not tell. */
async function residentKilobytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0);
}

async function tellSchema(json: boolean, texts: Setup['texts']): Promise<void> {
  const { views } = await import('../observatory/lens.ts');
  const told = views.map(({ name, columns }) => ({
    view: name,
    about: texts.sqlView[name],
    columns: columns.map(([column]) => column),
  }));
  if (json) return printJson(told);
  for (const { view, about, columns } of told) {
    printLine(`${view}: ${about}`);
    printLine(`  ${columns.join(', ')}`);
  }
  printLine();
  printLine(texts.sqlSchema);
}
