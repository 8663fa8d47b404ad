// A copy of the store as it is in one moment, while the observer goes on writing.
import { closeSync, existsSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { backup, DatabaseSync } from 'node:sqlite';
import { sync } from './write.ts';

/** Pages copied in one step: 16 MiB. */
const PAGES = 2048;

/**
 * @param from the store; undefined is returned when there is none
 * @param to a new file, readable by its owner only; removed by the caller
 * @throws SQLite's error; nothing is left then
 */
export async function copyStore(from: string, to: string): Promise<string | undefined> {
  if (!existsSync(from)) return undefined;
  await rm(to, { force: true });
  const database = new DatabaseSync(from, { readOnly: true, timeout: 10_000 });
  try {
    // The reading transaction holds the moment: without it the copy would begin anew with every event that is written meanwhile.
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    // Made beforehand, for SQLite would make it readable by others.
    closeSync(openSync(to, 'wx', 0o600));
    await backup(database, to, { rate: PAGES });
    database.exec('COMMIT');
    await sync(to);
    return to;
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  } finally {
    database.close();
  }
}
