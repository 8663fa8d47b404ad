// ClickHouse within this process, through the npm package chdb, where it is installed (.ci/run installs it; it is too large for package.json).
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '../../src/observatory/clickhouse/engine.ts';

/** What of chdb is used. */
interface Session {
  queryBindAsync(sql: string, values: object, options: { format: string }): Promise<{ text(): string }>;
  insert(rows: { table: string; values: Buffer; format: 'JSONEachRow' }): Promise<unknown>;
  close(): void;
}

/** @returns undefined where chdb is not installed, or not for this machine */
export async function chdb(): Promise<Engine | undefined> {
  const name = 'chdb';
  const loaded = (await import(name).catch(() => undefined)) as
    | { Session: new (path: string) => Session; drainPending(): Promise<void> }
    | undefined;
  if (!loaded) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-chdb-'));
  const session = new loaded.Session(folder);
  return {
    // One after the other: the values of two statements at once would mix (a limit of chdb, not of ClickHouse).
    query: serial(async <Row>(sql: string, values: Readonly<Record<string, unknown>> = {}) => {
      const text = (await session.queryBindAsync(sql, values, { format: 'JSONEachRow' })).text();
      return text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Row);
    }) as Engine['query'],
    insert: async (table, rows) => {
      await session.insert({
        table,
        values: Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join('')),
        format: 'JSONEachRow',
      });
    },
    close: async () => {
      session.close();
      await loaded.drainPending();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function serial<Values extends unknown[], Answer>(
  run: (...values: Values) => Promise<Answer>,
): (...values: Values) => Promise<Answer> {
  let last: Promise<unknown> = Promise.resolve();
  return (...values) => {
    const next = last.then(() => run(...values));
    last = next.catch(() => {});
    return next;
  };
}
