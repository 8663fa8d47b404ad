// Opens the store's file: settings, schema, and what to do with a file that is no database any more.
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { recount } from './recount.ts';
import { COUNTED_ANEW, ForeignDatabase, migrate, NewerSchema, refuseNewer, SCHEMA } from './schema.ts';
import { SqliteStore } from './sqlite.ts';
import { dropOlder, keepOlder } from './upgrade.ts';

export interface OpenOptions {
  /** Another connection beside the writer: sees what is committed, changes nothing. The file must exist. */
  readOnly?: boolean;
  /** Take less memory, though it costs time: for a process that lives long beside others. */
  frugal?: boolean;
  /** Called with a sentence for the operator when a damaged file was put aside and a new one begun. */
  onRebuild?: (sentence: string) => void;
  /** Called once, before a store of an older version is upgraded: until that is done, nothing else is. */
  onUpgrade?: (upgrade: Upgrade) => void;
  /** Milliseconds since the epoch, for the name of a file put aside. */
  now?: () => number;
}

export interface Upgrade {
  path: string;
  bytes: number;
  /** How long it may take. */
  seconds: number;
}

/** Bytes of the store in a second, measured on a store of ten million events, 322 MB: copied, and counted anew from its sessions. */
const COPIED_PER_SECOND = 50e6;
const COUNTED_PER_SECOND = 1.5e6;

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const BUSY = 5;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

const codeOf = (error: unknown): number => ((error as { errcode?: number }).errcode ?? 0) & 0xff;

export function isCorrupt(error: unknown): boolean {
  return error instanceof ForeignLog || codeOf(error) === CORRUPT || codeOf(error) === NOTADB;
}

/** The write-ahead log beside the database is that of another. */
class ForeignLog extends Error {
  constructor() {
    super('the write-ahead log beside it is of another database');
  }
}

/** Share of the memory that an importing writer takes. */
const FRUGAL = 1 / 8;

/** Damaged databases kept beside the store. */
const KEPT = 2;

/**
 * Opens or creates the store (`:memory:` too). A damaged database is renamed to `PATH.damaged-TIME`; the caller then
 * reads the journal again from its beginning, as no marks are left.
 * @throws NewerSchema, ForeignDatabase; any other error as one sentence
 */
export function openStore(path: string, options: OpenOptions = {}): SqliteStore {
  try {
    return new SqliteStore(connect(path, options), path, options.frugal ? FRUGAL : 1);
  } catch (error) {
    if (!isCorrupt(error) || options.readOnly) {
      if (error instanceof NewerSchema || error instanceof ForeignDatabase) throw error;
      throw new Error(`The store ${path} cannot be opened: ${reasonOf(error, path)}.`, { cause: error });
    }
    const aside = putAside(path, (options.now ?? Date.now)());
    options.onRebuild?.(rebuilt(path, (error as Error).message, aside));
    return new SqliteStore(connect(path, options), path, options.frugal ? FRUGAL : 1);
  }
}

/** What the operator is told of a store that was damaged. */
export function rebuilt(path: string, reason: string, aside: string): string {
  return (
    `The store ${path} was damaged (${reason}); it is kept as ${aside}, and a new one is built from the journal. ` +
    'Logs that were imported have to be imported again.'
  );
}

/** Renames a database with its companions; returns the new name. Of several that were damaged, the latest are kept. */
export function putAside(path: string, now: number): string {
  const aside = `${path}.damaged-${new Date(now).toISOString().replace(/[:.]/g, '')}`;
  // The log first: beside a new database, an old log would be taken for its own.
  for (const suffix of ['-wal', '-shm', '']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  const folder = dirname(path);
  const damaged = readdirSync(folder).filter((name) => name.startsWith(`${basename(path)}.damaged-`));
  const times = [...new Set(damaged.map((name) => name.replace(/-(?:wal|shm)$/, '')))].sort();
  for (const name of damaged)
    if (times.slice(0, -KEPT).includes(name.replace(/-(?:wal|shm)$/, ''))) rmSync(join(folder, name));
  return aside;
}

/** Why SQLite could not, in words an operator can act on. */
export function reasonOf(error: unknown, path: string): string {
  switch (codeOf(error)) {
    case BUSY:
      return 'another process has locked it';
    case FULL:
      return 'the disk is full';
    case READONLY:
    case CANTOPEN: {
      for (const place of [dirname(path), path, `${path}-wal`, `${path}-shm`]) {
        if (place !== dirname(path) && !existsSync(place)) continue;
        try {
          accessSync(place, constants.R_OK | constants.W_OK);
        } catch (denied) {
          const { code } = denied as NodeJS.ErrnoException;
          if (code === 'EROFS') return 'the file system is read-only';
          if (code === 'ENOENT') return `there is no folder ${place}`;
          return `${place} cannot be written by user ${process.getuid?.() ?? '?'}`;
        }
      }
      return (error as Error).message;
    }
    default:
      return (error as Error).message;
  }
}

/** Whether the file itself, without the log beside it, has our version (https://sqlite.org/fileformat.html#user_version_number). */
function wasOurs(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const header = Buffer.alloc(64);
    return readSync(fd, header, 0, 64, 0) === 64 && header.readUInt32BE(60) !== 0;
  } finally {
    closeSync(fd);
  }
}

const bytesOf = (database: DatabaseSync): number => {
  const of = (pragma: string) => Number(database.prepare(`PRAGMA ${pragma}`).get()![pragma]);
  return of('page_count') * of('page_size');
};

function connect(path: string, options: OpenOptions): DatabaseSync {
  const { readOnly = false, frugal = false, now = Date.now } = options;
  if (path !== ':memory:' && !readOnly) mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { readOnly, timeout: 10_000 });
  try {
    // A large import fills what it may have, beside much else.
    const cache = frugal ? -8000 : readOnly ? -24000 : -16000;
    database.exec(`PRAGMA temp_store = MEMORY; PRAGMA cache_size = ${cache}; PRAGMA mmap_size = 0`);
    const { n: tables } = database.prepare('SELECT count(*) AS n FROM sqlite_schema').get() as { n: number };
    if (!readOnly) {
      // What is no database of ours is not touched.
      if (tables > 0 && database.prepare('PRAGMA user_version').get()!['user_version'] === 0) {
        if (wasOurs(path)) throw new ForeignLog();
        throw new ForeignDatabase(`${path} is a database of another program: move it away, or choose another --data.`);
      }
      refuseNewer(database, path);
      // Pages that retention empties go back to the disk (retention.ts). Only a new file can be made so.
      if (tables === 0) database.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA page_size = 8192');
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      database.exec('PRAGMA journal_size_limit = 33554432; PRAGMA wal_autocheckpoint = 2000');
      migrate(database, path, recount, (version) => {
        const bytes = bytesOf(database);
        const seconds = bytes / (version < COUNTED_ANEW ? COUNTED_PER_SECOND : COPIED_PER_SECOND);
        options.onUpgrade?.({ path, bytes, seconds });
        if (path !== ':memory:') keepOlder(database, path, version);
      });
      dropOlder(path, now());
    } else if (database.prepare('PRAGMA user_version').get()!['user_version'] !== SCHEMA) {
      // A reader knows today's tables only: an older store is brought to them first, a newer one refused.
      database.close();
      connect(path, { ...options, readOnly: false }).close();
      return connect(path, options);
    }
    return database;
  } catch (error) {
    if (database.isOpen) database.close();
    throw error;
  }
}
