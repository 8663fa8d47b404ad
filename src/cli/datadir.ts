// The data directory of a run: made, checked for writing, and what the two halves are told about it.
import { accessSync, constants, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Failure } from './failure.ts';
import type { Setup } from './options.ts';
import type { Resolved } from './resolved.ts';

const FOLDERS = ['log', 'tty', 'downloads', 'keys', 'etc', 'machines', 'store', 'state', 'diary'];

/** @throws Failure (code 2) when the directory cannot be made or written */
export function prepare({ config, dataDirectory }: Setup): Resolved {
  try {
    mkdirSync(dataDirectory, { recursive: true, mode: 0o750 });
    for (const folder of FOLDERS) mkdirSync(join(dataDirectory, folder), { recursive: true, mode: 0o750 });
    for (const folder of ['.', ...FOLDERS]) accessSync(join(dataDirectory, folder), constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'EACCES' || code === 'EPERM'
        ? 'permission denied'
        : code === 'EROFS'
          ? 'the file system is read-only'
          : message;
    throw new Failure(
      `The data directory ${dataDirectory} cannot be written: ${why}. Choose another with --data DIR.`,
      2,
    );
  }
  // The halves change into the data directory.
  const follow = config.observe.follow.map((path) => resolve(path));
  return { config: { ...config, observe: { ...config.observe, follow } }, dataDirectory, version: version() };
}

export function version(): string {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')).version as string;
}
