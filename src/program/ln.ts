// ln (GNU coreutils): makes links.
import type { Bytes } from '../machine/machine.ts';
import { backupName } from './backup.ts';
import { baseName } from './basename.ts';
import { BACKUPS } from './choice.ts';
import { confirm } from './confirm.ts';
import { reason, tryTo } from './failure.ts';
import { gnu } from './program.ts';
import { quoteAlways, quoteIfNeeded } from './quote.ts';
import { relativePath } from './realpath.ts';
import { join } from './tree.ts';

export const names = ['ln'];

export const main = gnu({
  short: 'bdfinst:vFLPS:Tr',
  long: {
    'backup=?': 'b',
    directory: 'd',
    force: 'f',
    interactive: 'i',
    logical: 'L',
    'no-dereference': 'n',
    'no-target-directory': 'T',
    physical: 'P',
    relative: 'r',
    'suffix=': 'S',
    'target-directory=': 't',
    symbolic: 's',
    verbose: 'v',
  },
  words: { b: BACKUPS },
  usage: '[OPTION]... [-T] TARGET LINK_NAME',
  async run(run) {
    const { files } = run.process;
    const { operands } = run;
    if (operands.length === 0) return run.wrongUse('missing file operand');
    const symbolic = run.has('s');
    if (run.has('r') && !symbolic) return run.fail('cannot do --relative without --symbolic');
    const isDirectory = (path: Bytes) =>
      tryTo(() => files.stat(path, !(run.has('n') && tryTo(() => files.stat(path, false))?.type === 'symlink')))
        ?.type === 'directory';
    let directory = run.value('t');
    let sources = operands;
    let link: Bytes | undefined;
    if (directory !== undefined) {
      if (!isDirectory(directory))
        return run.fail(
          `target directory ${quoteAlways(directory)}: ${tryTo(() => files.stat(directory!)) ? 'Not a directory' : 'No such file or directory'}`,
        );
    } else if (operands.length === 1) {
      if (run.has('T')) return run.wrongUse(`missing destination file operand after ${quoteAlways(operands[0]!)}`);
      directory = '.';
    } else {
      const last = operands.at(-1)!;
      sources = operands.slice(0, -1);
      if (!run.has('T') && isDirectory(last)) directory = last;
      else if (sources.length > 1) {
        if (run.has('T')) return run.wrongUse(`extra operand ${quoteAlways(operands[2]!)}`);
        return run.fail(
          `target ${quoteAlways(last)}: ${tryTo(() => files.stat(last)) ? 'Not a directory' : 'No such file or directory'}`,
        );
      } else link = last;
    }
    for (const source of sources) {
      const path = link ?? (directory === '.' ? baseName(source) : join(directory!, baseName(source)));
      const shown = link ?? join(directory!, baseName(source));
      const old = tryTo(() => files.stat(path, false));
      if (!symbolic) {
        const stat = tryTo(() => files.stat(source, run.has('L')));
        if (!stat) {
          await run.warn(`failed to access ${quoteAlways(source)}: ${why(() => files.stat(source, run.has('L')))}`);
          continue;
        }
        if (stat.type === 'directory') {
          await run.warn(`${quoteIfNeeded(source)}: hard link not allowed for directory`);
          continue;
        }
        if (old && old.inode === stat.inode && (run.has('f') || run.has('i'))) {
          await run.warn(`${quoteAlways(source)} and ${quoteAlways(shown)} are the same file`);
          continue;
        }
      }
      if (old && (run.has('f') || run.has('i') || run.has('b'))) {
        if (old.type === 'directory') {
          await run.warn(`${quoteIfNeeded(shown)}: cannot overwrite directory`);
          continue;
        }
        if (run.has('i') && !(await confirm(run, `replace ${quoteAlways(shown)}? `))) continue;
        if (run.has('b')) tryTo(() => files.rename(path, backupName(run, path)));
        else tryTo(() => files.unlink(path));
      }
      const target = run.has('r') ? relativePath(run.process, source, path) : source;
      try {
        if (symbolic) files.symlink(target, path);
        else files.link(run.has('L') ? files.realpath(source) : source, path);
      } catch (error) {
        const arrow = symbolic ? '' : reason(error) === 'File exists' ? '' : ` => ${quoteAlways(source)}`;
        await run.warn(
          `failed to create ${symbolic ? 'symbolic' : 'hard'} link ${quoteAlways(shown)}${arrow}: ${reason(error)}`,
        );
        continue;
      }
      if (run.has('v')) run.put(`${quoteAlways(shown)} ${symbolic ? '->' : '=>'} ${quoteAlways(target)}\n`);
    }
    return undefined;
  },
});

function why(action: () => unknown): string {
  try {
    action();
    return 'No such file or directory';
  } catch (error) {
    return reason(error);
  }
}
