// One observer a store: a lock that the system lets go when its process ends, however it ends.
import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { isCorrupt } from './open.ts';

/** Another process has it. */
export class Locked extends Error {
  /** Its id, if it could be told. */
  readonly pid: number | undefined;

  constructor(pid: number | undefined) {
    super(pid === undefined ? 'it is locked by another process' : `it is locked by process ${pid}`);
    this.pid = pid;
  }
}

/**
 * Takes the lock, a file beside the store; it is free again when the process ends, or by what is returned.
 * @throws Locked
 */
export function lock(path: string): () => void {
  let database = take(path);
  if (database === undefined) {
    // Whatever it was: it is no lock that anybody holds.
    rmSync(path);
    database = take(path);
  }
  return () => database?.close();
}

function take(path: string): DatabaseSync | undefined {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE');
    try {
      // Readers may still see who it is.
      database.exec(`PRAGMA user_version = ${process.pid}; COMMIT; BEGIN IMMEDIATE`);
    } catch (error) {
      // A full disk: the lock holds without a name.
      if (isCorrupt(error)) throw error;
      if (!database.isTransaction) database.exec('BEGIN IMMEDIATE');
    }
    return database;
  } catch (error) {
    const busy = ((error as { errcode?: number }).errcode ?? 0) === 5;
    const pid = busy ? owner(database) : undefined;
    database.close();
    if (isCorrupt(error)) return undefined;
    throw busy ? new Locked(pid) : error;
  }
}

function owner(database: DatabaseSync): number | undefined {
  try {
    return Number(database.prepare('PRAGMA user_version').get()!['user_version']) || undefined;
  } catch {
    return undefined;
  }
}
