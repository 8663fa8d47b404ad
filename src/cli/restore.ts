// `kansatsuki restore`: a backup becomes a data directory again, whole or not at all.
import { existsSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { visible } from '../diary/visible.ts';
import { progressOf } from './backup.ts';
import { bytes as size } from './doctor.ts';
import { Failure } from './failure.ts';
import { setup } from './options.ts';
import { printJson, printLine } from './print.ts';

export function restore(): Command {
  return new Command('restore')
    .description('put a backup into a new data directory (--data), after checking all of it')
    .argument('<backup>', 'a .tar.zst or folder made by kansatsuki backup')
    .option('--force', 'move what is in the data directory aside')
    .action(async (path: string, options: { force?: boolean }, command: Command) => {
      const found = setup(command);
      const { dataDirectory, json, quiet, texts } = found;
      if (!existsSync(path)) throw new Failure(texts.importNoFile(path), 2);
      const [{ restore: put }, { BackupError }] = await Promise.all([
        import('./backup/restore.ts'),
        import('./backup/format.ts'),
      ]);
      const shown = progressOf(found);
      const all = statSync(path).size;
      try {
        const { head, files, bytes, former } = await put(path, dataDirectory, {
          force: options.force === true,
          now: Date.now(),
          progress: (done) => shown?.show(done, all, 0, texts.backupProgress),
        });
        shown?.clear();
        if (json) printJson({ data: dataDirectory, made: head.made, without: head.without, files, bytes, former });
        else if (!quiet) {
          printLine(texts.restored(dataDirectory, head.made, files, size(bytes)));
          if (former !== undefined) printLine(texts.restoredFormer(former));
          if (head.without.length > 0) printLine(texts.restoredWithout(head.without));
          printLine(texts.restoredNext(dataDirectory));
        }
      } catch (error) {
        shown?.clear();
        if (!(error instanceof BackupError)) throw error;
        if (/ is not empty$/.test(error.message)) throw new Failure(texts.restoreOccupied(dataDirectory), 2);
        throw new Failure(texts.backupBad(path, visible(error.message)), 1);
      }
    });
}
