// The way back: before an older store is brought to today's form, a copy of it is kept beside it for a while.
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';

/** SQLite's primary result codes (https://sqlite.org/rescode.html). */
const CORRUPT = 11;
const NOTADB = 26;

/** How long an operator may want to return to the older program. */
const KEPT_MS = 30 * 86_400_000;

/** Where the copy of a store of some schema version is. */
export const olderCopy = (path: string, version: number): string => `${path}.schema-${version}`;

/**
 * Copies the store as it is committed, in an order that leaves a whole copy or none. Put back in the store's place, the
 * older program goes on with it, and reads again from the journal what came since.
 * @throws one sentence when there is no room for it; the store is as it was
 */
export function keepOlder(database: DatabaseSync, path: string, version: number): void {
  const copy = olderCopy(path, version);
  const unfinished = `${copy}.unfinished`;
  rmSync(unfinished, { force: true });
  try {
    database.prepare('VACUUM INTO ?').run(unfinished);
    const file = openSync(unfinished, 'r+');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { force: true });
    // A damaged store is not upgraded but built anew.
    if ([CORRUPT, NOTADB].includes(((error as { errcode?: number }).errcode ?? 0) & 0xff)) throw error;
    throw new Error(
      `it is of schema version ${version} and is not upgraded, as no copy can be kept of it as ${copy} (${(error as Error).message})`,
      { cause: error },
    );
  }
}

/** Removes copies that nobody came back for. */
export function dropOlder(path: string, now: number): void {
  if (!existsSync(dirname(path))) return;
  for (const name of readdirSync(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.schema-`)) continue;
    const copy = join(dirname(path), name);
    if (now - (statSync(copy, { throwIfNoEntry: false })?.mtimeMs ?? now) > KEPT_MS) rmSync(copy, { force: true });
  }
}
