// Puts a backup back: beside the place where it belongs, every hash checked, and only then under its name.
import { existsSync, readdirSync, statfsSync } from 'node:fs';
import { mkdir, open, rename, rm, rmdir, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { BackupError, FOLDERS, type Head } from './format.ts';
import { readBackup } from './read.ts';
import { sync } from './write.ts';

export interface Restored {
  head: Head;
  files: number;
  bytes: number;
  /** Where the former content is, if there was any. */
  former?: string;
}

/** Folders that hold secrets or samples are their owner's alone. */
const PRIVATE: ReadonlySet<string> = new Set(['keys', 'downloads', 'state']);

/**
 * @param target a data directory that does not exist, is empty, or (`force`) is moved aside
 * @throws BackupError; what the disk says. The target is then as it was
 */
export async function restore(
  path: string,
  target: string,
  { force, now, progress }: { force: boolean; now: number; progress?: (bytes: number) => void },
): Promise<Restored> {
  const full = resolve(target);
  const occupied = existsSync(full) && readdirSync(full).length > 0;
  if (occupied && !force) throw new BackupError(`${target} is not empty`);
  const parent = dirname(full);
  await mkdir(parent, { recursive: true });
  const temporary = join(parent, `.${basename(full)}.restoring`);
  await rm(temporary, { recursive: true, force: true });
  try {
    await mkdir(temporary, { mode: 0o750 });
    for (const folder of FOLDERS) await mkdir(join(temporary, folder), { mode: PRIVATE.has(folder) ? 0o700 : 0o750 });
    const result = await readBackup(
      path,
      {
        head: ({ bytes }) => {
          const { bavail, bsize } = statfsSync(temporary);
          if (bytes > bavail * bsize)
            throw new BackupError(`it needs ${bytes} bytes, and only ${bavail * bsize} are free in ${parent}`);
        },
        file: async (below, mode, mtime) => {
          const file = join(temporary, below);
          await mkdir(dirname(file), { recursive: true, mode: 0o700 });
          // New files only: nothing that is there is followed or written over.
          const handle = await open(file, 'wx', 0o600);
          return {
            write: async (chunk) => void (await handle.writeFile(chunk)),
            end: async () => {
              // A sample is never executable, whatever the backup says.
              await handle.chmod(below.startsWith('downloads/') ? 0o600 : mode & 0o666);
              await handle.sync();
              await handle.close();
              await utimes(file, mtime / 1000, mtime / 1000);
            },
          };
        },
      },
      progress,
    );
    // `verify` asks why samples of before are not here. What an earlier restore said stays true as long as this one leaves nothing out.
    const { made, without } = result.head;
    if (without.length > 0)
      await writeFile(join(temporary, 'state/restored.json'), `${JSON.stringify({ made, without })}\n`, {
        mode: 0o600,
      });
    for (const folder of FOLDERS) await sync(join(temporary, folder));
    await sync(temporary);
    let former: string | undefined;
    if (occupied) {
      former = `${full}.before-${new Date(now).toISOString().replace(/[:.]/g, '')}`;
      await rename(full, former);
    } else if (existsSync(full)) await rmdir(full);
    await rename(temporary, full);
    await sync(parent);
    return { ...result, ...(former === undefined ? {} : { former }) };
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}
