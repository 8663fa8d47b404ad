// install (GNU coreutils): copies files and sets their attributes.

import { backupName } from './backup.ts';
import { baseName } from './basename.ts';
import { BACKUPS } from './choice.ts';
import { destination } from './cp.ts';
import { reason, tryTo } from './failure.ts';
import { applyMode, parseMode } from './mode.ts';
import { gnu } from './program.ts';
import { quote, quoteAlways } from './quote.ts';
import { copyContents, join } from './tree.ts';

export const names = ['install'];

export const main = gnu({
  short: 'bcCdDg:m:o:pst:S:TvZ',
  long: {
    'backup=?': 'b',
    compare: 'C',
    directory: 'd',
    'group=': 'g',
    'mode=': 'm',
    'owner=': 'o',
    'preserve-timestamps': 'p',
    strip: 's',
    'strip-program=': 'strip',
    'suffix=': 'S',
    'target-directory=': 't',
    'no-target-directory': 'T',
    verbose: 'v',
  },
  words: { b: BACKUPS },
  usage: '[OPTION]... [-T] SOURCE DEST',
  async run(run) {
    const { files, machine, umask } = run.process;
    const text = run.value('m');
    const mode = text === undefined ? undefined : parseMode(text);
    if (text !== undefined && !mode) return run.fail(`invalid mode ${quote(run.process, text)}`);
    const owner = run.value('o');
    const uid =
      owner === undefined
        ? -1
        : (machine.accounts.byName(owner)?.uid ??
          (/^\d+$/.test(owner) ? Number(owner) : run.fail(`invalid user ${quote(run.process, owner)}`)));
    const group = run.value('g');
    const gid =
      group === undefined
        ? -1
        : (machine.accounts.groupByName(group)?.gid ??
          (/^\d+$/.test(group) ? Number(group) : run.fail(`invalid group ${quote(run.process, group)}`)));
    const finish = (path: string, directory: boolean) => {
      files.chmod(path, mode ? applyMode(mode, 0, directory, umask) : 0o755);
      if (uid >= 0 || gid >= 0) files.chown(path, uid, gid);
    };
    const makeAll = (path: string) => {
      const parts = path.split('/');
      for (let i = 1; i <= parts.length; i++) {
        const part = parts.slice(0, i).join('/');
        if (part === '' || tryTo(() => files.stat(part))) continue;
        files.mkdir(part, 0o755);
        if (run.has('v')) run.put(`${run.name}: creating directory ${quoteAlways(part)}\n`);
      }
    };
    if (run.has('d')) {
      if (run.operands.length === 0) return run.wrongUse('missing file operand');
      for (const path of run.operands) {
        try {
          makeAll(path.replace(/(.)\/+$/, '$1'));
          finish(path, true);
        } catch (error) {
          await run.warn(`cannot create directory ${quoteAlways(path)}: ${reason(error)}`);
        }
      }
      return undefined;
    }
    const { sources, target, into } = await destination(run);
    for (const source of sources) {
      const to = into ? join(target, baseName(source)) : target;
      const stat = tryTo(() => files.stat(source));
      if (!stat) {
        await run.warn(`cannot stat ${quoteAlways(source)}: No such file or directory`);
        continue;
      }
      if (stat.type === 'directory') {
        await run.warn(`omitting directory ${quoteAlways(source)}`);
        continue;
      }
      try {
        if (run.has('D') && to.includes('/')) makeAll(to.slice(0, to.lastIndexOf('/')));
        if (run.has('b') && tryTo(() => files.stat(to, false))) tryTo(() => files.rename(to, backupName(run, to)));
        tryTo(() => files.unlink(to));
        await copyContents(run, source, to, 0o600);
        if (run.has('s')) {
          await run.warn("cannot run 'strip': No such file or directory", 0);
          await run.warn('strip process terminated abnormally');
          tryTo(() => files.unlink(to));
          continue;
        }
        finish(to, false);
        if (run.has('p')) files.utimes(to, stat.atime, stat.mtime);
        if (run.has('v')) run.put(`${quoteAlways(source)} -> ${quoteAlways(to)}\n`);
      } catch (error) {
        await run.warn(`cannot create regular file ${quoteAlways(to)}: ${reason(error)}`);
      }
    }
    return undefined;
  },
});
