// Opens the store's file: settings, schema, and what to do with a file that is no database any more.
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { recount } from './recount.ts';
import { migrate, NewerSchema } from './schema.ts';
import { SqliteStore } from './sqlite.ts';

export interface OpenOptions {
  /** Another connection beside the writer: sees what is committed, changes nothing. The file must exist. */
  readOnly?: boolean;
  /** Called with a sentence for the operator when a damaged file was put aside and a new one begun. */
  onRebuild?: (sentence: string) => void;
  /** Milliseconds since the epoch, for the name of a file put aside. */
  now?: () => number;
}

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
export function isCorrupt(error: unknown): boolean {
  const code = (error as { errcode?: number }).errcode ?? 0;
  return (code & 0xff) === 11 || (code & 0xff) === 26;
}

/**
 * Opens or creates the store (`:memory:` too). A damaged database is renamed to `PATH.damaged-TIME`; the caller then
 * reads the journal again from its beginning, as no marks are left.
 * @throws NewerSchema; any error of the file system, in SQLite's words with the path in front
 */
export function openStore(path: string, options: OpenOptions = {}): SqliteStore {
  try {
    return new SqliteStore(connect(path, options.readOnly === true), path);
  } catch (error) {
    if (!isCorrupt(error) || options.readOnly) {
      if (error instanceof NewerSchema) throw error;
      throw new Error(`The store ${path} cannot be opened: ${(error as Error).message}`, { cause: error });
    }
    const aside = putAside(path, (options.now ?? Date.now)());
    options.onRebuild?.(
      `The store ${path} was damaged (${(error as Error).message}); it is kept as ${aside}, and a new one is built from the journal.`,
    );
    return new SqliteStore(connect(path, false), path);
  }
}

/** Renames a database with its companions; returns the new name. */
export function putAside(path: string, now: number): string {
  const aside = `${path}.damaged-${new Date(now).toISOString().replace(/[:.]/g, '')}`;
  for (const suffix of ['', '-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  return aside;
}

function connect(path: string, readOnly: boolean): DatabaseSync {
  if (path !== ':memory:' && !readOnly) mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { readOnly, timeout: 10_000 });
  try {
    database.exec('PRAGMA temp_store = MEMORY; PRAGMA cache_size = -24000; PRAGMA mmap_size = 0');
    if (!readOnly) {
      // Pages that retention empties go back to the disk (retention.ts). Only a new file can be made so.
      database.exec('PRAGMA auto_vacuum = INCREMENTAL');
      database.exec('PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      database.exec('PRAGMA journal_size_limit = 33554432; PRAGMA wal_autocheckpoint = 2000');
      migrate(database, path, recount);
    }
    // Reading the first page finds most damage.
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
