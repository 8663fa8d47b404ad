// Recordings and artefacts found beside logs: kept in the data directory, under the names that events call them by.
import { copyFileSync, constants as fsConstants, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { SqliteStore } from '../sqlite.ts';

/** Folders of the data directory. */
export interface Keep {
  tty: string;
  downloads: string;
}

/** Notes a file as a recording or artefact of this name; with `keep`, a copy of it is kept and noted. */
export function attach(
  store: SqliteStore,
  file: { path: string; name: string; bytes: number; kind: 'tty' | 'download' },
  keep: Keep | undefined,
): void {
  const { path, name, bytes, kind } = file;
  let place = path;
  const folder = kind === 'tty' ? keep?.tty : keep?.downloads;
  if (folder !== undefined) {
    place = join(folder, name);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const temporary = join(folder, `tmp-${process.pid}-${name}`);
    copyFileSync(path, temporary, fsConstants.COPYFILE_FICLONE);
    renameSync(temporary, place);
  }
  store.database
    .prepare('INSERT OR REPLACE INTO attachment(name, kind, path, bytes) VALUES (?, ?, ?, ?)')
    .run(name, kind, place, bytes);
}
