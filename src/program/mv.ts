// mv (GNU coreutils): renames or moves files.
import type { Bytes, Stat } from '../machine/machine.ts';
import { backupName } from './backup.ts';
import { baseName } from './basename.ts';
import { BACKUPS } from './choice.ts';
import { confirm } from './confirm.ts';
import { Copier, destination } from './cp.ts';
import { errnoOf, reason, tryTo } from './failure.ts';
import { modeString } from './mode.ts';
import { gnu, type Invocation } from './program.ts';
import { quoteAlways } from './quote.ts';
import { join, removeTree } from './tree.ts';

export const names = ['mv'];

export const main = gnu({
  short: 'bfint:uvS:TZ',
  long: {
    'backup=?': 'b',
    context: 'Z',
    force: 'f',
    interactive: 'i',
    'no-clobber': 'n',
    'no-target-directory': 'T',
    'strip-trailing-slashes': 'strip',
    'suffix=': 'S',
    'target-directory=': 't',
    update: 'u',
    verbose: 'v',
  },
  words: { b: BACKUPS },
  usage: '[OPTION]... [-T] SOURCE DEST',
  async run(run) {
    const { sources, target, into } = await destination(run);
    for (const source of sources) await move(run, source, into ? join(target, baseName(source)) : target);
    return undefined;
  },
});

async function move(run: Invocation, from: Bytes, to: Bytes): Promise<void> {
  const { files } = run.process;
  let stat: Stat;
  try {
    stat = files.stat(from, false);
  } catch (error) {
    await run.warn(`cannot stat ${quoteAlways(from)}: ${reason(error)}`);
    return;
  }
  const old = tryTo(() => files.stat(to, false));
  if (old) {
    if (old.inode === stat.inode && old.device === stat.device) {
      await run.warn(`${quoteAlways(from)} and ${quoteAlways(to)} are the same file`);
      return;
    }
    const mood = run.options.findLast(([k]) => k === 'f' || k === 'i' || k === 'n')?.[0];
    if (mood === 'n') return;
    if (run.has('u') && old.mtime >= stat.mtime) return;
    if (mood === 'i') {
      if (!(await confirm(run, `overwrite ${quoteAlways(to)}? `))) return;
    } else if (
      mood !== 'f' &&
      run.process.descriptors.get(0)?.terminal &&
      old.type !== 'symlink' &&
      !files.access(to, 2)
    ) {
      const mode = `${(old.mode & 0o7777).toString(8).padStart(4, '0')} (${modeString(old.type, old.mode).slice(1)})`;
      if (!(await confirm(run, `replace ${quoteAlways(to)}, overriding mode ${mode}? `))) return;
    }
    if (old.type === 'directory' && stat.type !== 'directory') {
      await run.warn(`cannot overwrite directory ${quoteAlways(to)} with non-directory`);
      return;
    }
    if (old.type !== 'directory' && stat.type === 'directory') {
      await run.warn(`cannot overwrite non-directory ${quoteAlways(to)} with directory ${quoteAlways(from)}`);
      return;
    }
    if (run.has('b') || run.has('S')) tryTo(() => files.rename(to, backupName(run, to)));
  }
  try {
    files.rename(from, to);
    if (run.has('v')) run.put(`${run.applet ? '' : 'renamed '}${quoteAlways(from)} -> ${quoteAlways(to)}\n`);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'EXDEV') await across(run, from, to);
    else if (errno === 'EINVAL')
      await run.warn(`cannot move ${quoteAlways(from)} to a subdirectory of itself, ${quoteAlways(to)}`);
    else await run.warn(`cannot move ${quoteAlways(from)} to ${quoteAlways(to)}: ${reason(error)}`);
  }
}

/** Between file systems: a copy that keeps everything, then removal. */
async function across(run: Invocation, from: Bytes, to: Bytes): Promise<void> {
  const quiet = run.options;
  run.options = [['a', undefined]];
  const done = await new Copier(run, true).copy(from, to, 0, true);
  run.options = quiet;
  if (!done) return;
  await removeTree(
    run,
    from,
    async () => true,
    () => {},
  );
  if (run.has('v')) run.put(`copied ${quoteAlways(from)} -> ${quoteAlways(to)}\nremoved ${quoteAlways(from)}\n`);
}
