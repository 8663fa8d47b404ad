// The database of Cowrie's sqlite output.
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CowrieTables, isCowrieTable } from './cowrie-tables.ts';
import type { Reader, Sink } from './reader.ts';
import type { SqlValue } from './sql-statements.ts';

const MAGIC = 'SQLite format 3\0';

export const sqliteFile: Reader = {
  kind: 'sqlite',
  turn: 1,
  recognises: ({ bytes }) => bytes.toString('latin1', 0, MAGIC.length) === MAGIC,
  begin: (sink) => async (log) => {
    // A copy: SQLite would write beside the original, and a member of an archive is no file.
    const folder = mkdtempSync(join(tmpdir(), 'kansatsuki-'));
    try {
      const path = join(folder, 'database');
      const copy = createWriteStream(path, { mode: 0o600 });
      for await (const chunk of log.chunks()) if (!copy.write(chunk)) await once(copy, 'drain');
      copy.end();
      await once(copy, 'close');
      await read(path, sink);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

async function read(path: string, sink: Sink): Promise<void> {
  const database = new DatabaseSync(path, { readOnly: true });
  const tables = new CowrieTables();
  try {
    const names = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all() as { name: string }[];
    const ours = names.filter(({ name }) => isCowrieTable(name.toLowerCase()));
    if (ours.length === 0) sink.note('a SQLite database without the tables of Cowrie');
    for (const { name } of ours)
      for (const row of database.prepare(`SELECT * FROM "${name.replaceAll('"', '""')}"`).iterate()) {
        sink.line();
        tables.add(
          name.toLowerCase(),
          new Map(Object.entries(row).map(([column, value]) => [column.toLowerCase(), plain(value)])),
        );
      }
  } finally {
    try {
      await tables.events(sink);
    } finally {
      tables.close();
      database.close();
    }
  }
}

/** Texts as the statements of a dump have them: bytes as Latin-1. */
function plain(value: unknown): SqlValue {
  if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('latin1');
  if (value instanceof Uint8Array) return Buffer.from(value);
  return typeof value === 'number' || value === null ? value : Number(value);
}
