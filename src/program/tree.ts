// Walking and copying trees of the virtual file system, for cp, mv, rm, install, chmod, chown and du.
import type { Bytes, Stat } from '../machine/machine.ts';
import { reason, tryTo } from './failure.ts';
import { CHUNK } from './input.ts';
import type { Invocation } from './program.ts';
import { quoteAlways } from './quote.ts';

/** Directories deeper than this are left alone. */
export const DEEPEST = 200;

export const join = (directory: Bytes, name: Bytes): Bytes =>
  directory.endsWith('/') ? directory + name : `${directory}/${name}`;

/** Names in a directory without `.` and `..`. */
export function namesIn(run: Invocation, path: Bytes): Bytes[] {
  return run.process.files
    .readdir(path)
    .map((e) => e.name)
    .filter((n) => n !== '.' && n !== '..');
}

/** What `copyFile` keeps of the original. */
export interface Kept {
  mode: boolean;
  owner: boolean;
  times: boolean;
}

/** Copies the contents of a regular file (or of a device or pipe) in chunks. Throws SystemError. */
export async function copyContents(
  run: Invocation,
  from: Bytes,
  to: Bytes,
  mode: number,
  exclusive = false,
): Promise<void> {
  const { process } = run;
  const source = process.open(from, { read: true });
  try {
    const target = process.open(to, { write: true, create: true, truncate: true, exclusive }, mode);
    try {
      for (;;) {
        const chunk = await process.read(source, CHUNK);
        if (chunk === '') break;
        await process.write(target, chunk);
        const turn = process.step(16);
        if (turn) await turn;
      }
    } finally {
      process.close(target);
    }
  } finally {
    process.close(source);
  }
}

/** Gives `to` the mode, owner and times of `stat`, as far as wanted and allowed. */
export async function keep(run: Invocation, to: Bytes, stat: Stat, kept: Kept): Promise<void> {
  const { files } = run.process;
  const follow = stat.type !== 'symlink';
  const what = `preserving times for ${quoteAlways(to)}`;
  if (kept.times) await run.attempt(what, () => files.utimes(to, stat.atime, stat.mtime, follow));
  if (kept.owner) tryTo(() => files.chown(to, stat.uid, stat.gid, follow));
  if (kept.mode && follow)
    await run.attempt(`preserving permissions for ${quoteAlways(to)}`, () => files.chmod(to, stat.mode));
}

/**
 * Removes a tree, from the leaves; `before` may refuse an entry or say what it did. False if something stayed. Complaints are rm's.
 */
export async function removeTree(
  run: Invocation,
  path: Bytes,
  before: (path: Bytes, stat: Stat, directory: 'enter' | 'leave' | undefined) => Promise<boolean>,
  after: (path: Bytes, directory: boolean) => void,
  depth = 0,
): Promise<boolean> {
  const { files } = run.process;
  const turn = run.process.step(4);
  if (turn) await turn;
  let stat: Stat;
  try {
    stat = files.stat(path, false);
  } catch (error) {
    await run.warn(`cannot remove ${quoteAlways(path)}: ${reason(error)}`);
    return false;
  }
  if (stat.type !== 'directory') {
    if (!(await before(path, stat, undefined))) return false;
    if (!(await run.attempt(`cannot remove ${quoteAlways(path)}`, () => files.unlink(path)))) return false;
    after(path, false);
    return true;
  }
  let names: Bytes[];
  try {
    names = namesIn(run, path);
  } catch (error) {
    await run.warn(`cannot remove ${quoteAlways(path)}: ${reason(error)}`);
    return false;
  }
  if (names.length > 0 && !(await before(path, stat, 'enter'))) return false;
  let emptied = true;
  if (depth < DEEPEST)
    for (const name of names) emptied = (await removeTree(run, join(path, name), before, after, depth + 1)) && emptied;
  if (!emptied) return false;
  if (!(await before(path, stat, 'leave'))) return false;
  if (!(await run.attempt(`cannot remove ${quoteAlways(path)}`, () => files.rmdir(path)))) return false;
  after(path, true);
  return true;
}
