// The store of a data directory, for commands that only read it.
import { existsSync } from 'node:fs';
import { storePath } from '../observatory/place.ts';
import type { SqliteStore } from '../observatory/sqlite.ts';
import { Failure } from './failure.ts';
import type { Setup } from './options.ts';

/** Beside a running observer; undefined when nothing was ever stored. */
export async function findStore(dataDirectory: string): Promise<SqliteStore | undefined> {
  const file = storePath(dataDirectory);
  if (!existsSync(file)) return undefined;
  const { openStore } = await import('../observatory/open.ts');
  return openStore(file, { readOnly: true });
}

/** @throws Failure that says how to get one */
export async function openStoreOf({ dataDirectory, texts }: Setup): Promise<SqliteStore> {
  const store = await findStore(dataDirectory);
  if (!store) throw new Failure(texts.noStore(dataDirectory), 1);
  return store;
}
