// The store of a data directory, for commands that only read it.
import { existsSync } from 'node:fs';
import type { Upgrade } from '../observatory/open.ts';
import { storePath } from '../observatory/place.ts';
import type { SqliteStore } from '../observatory/sqlite.ts';
import { Failure } from './failure.ts';
import type { Setup } from './options.ts';
import type { Texts } from './texts.ts';

/** Says that an older store is being upgraded, which may take minutes: for `onUpgrade` of `openStore`. */
export const upgrading = (texts: Texts) => (upgrade: Upgrade) =>
  console.error(`kansatsuki: ${texts.storeUpgrade(upgrade)}`);

type Whose = Pick<Setup, 'dataDirectory' | 'texts' | 'quiet'>;

/** Beside a running observer; undefined when nothing was ever stored. */
export async function findStore({ dataDirectory, texts, quiet }: Whose): Promise<SqliteStore | undefined> {
  const file = storePath(dataDirectory);
  if (!existsSync(file)) return undefined;
  const { openStore } = await import('../observatory/open.ts');
  return openStore(file, { readOnly: true, ...(quiet ? {} : { onUpgrade: upgrading(texts) }) });
}

/** @throws Failure that says how to get one */
export async function openStoreOf(whose: Whose): Promise<SqliteStore> {
  const store = await findStore(whose);
  if (!store) throw new Failure(whose.texts.noStore(whose.dataDirectory), 1);
  return store;
}
