// One at a time: whoever seals, removes or copies the files of a data directory holds this file meanwhile, and keeps it fresh.
import { closeSync, openSync, renameSync, rmSync, statSync, utimesSync, writeSync } from 'node:fs';

/** A holder that died is known by a file that has not been touched for so long. */
const STALE_MS = 15_000;
const TOUCH_MS = 3_000;

export interface Lease {
  release(): void;
}

/**
 * @param path of the file, for instance `state/keeper.lock`
 * @returns undefined while another process holds it
 * @throws what the disk says when the file can be neither made nor read
 */
export function takeLease(path: string, now: () => number = Date.now): Lease | undefined {
  for (let tries = 0; tries < 2; tries++) {
    try {
      const fd = openSync(path, 'wx', 0o640);
      writeSync(fd, `${process.pid}\n`);
      closeSync(fd);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (!setAside(path, now())) return undefined;
      continue;
    }
    const touching = setInterval(() => {
      try {
        utimesSync(path, now() / 1000, now() / 1000);
      } catch {
        // A data directory that vanished: there is nothing left to guard.
      }
    }, TOUCH_MS);
    touching.unref();
    return {
      release: () => {
        clearInterval(touching);
        rmSync(path, { force: true });
      },
    };
  }
  return undefined;
}

/** Removes the file of a holder that died; false when it lives. */
function setAside(path: string, now: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return true;
  // A clock that went back must not keep it for ever.
  if (Math.abs(now - found.mtimeMs) < STALE_MS) return false;
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    // Two may find it stale: the second has taken the file of the first, and gives it back.
    const taken = statSync(aside);
    if (taken.ino !== found.ino || taken.mtimeMs !== found.mtimeMs) {
      renameSync(aside, path);
      return false;
    }
    rmSync(aside, { force: true });
    return true;
  } catch {
    return false;
  }
}
