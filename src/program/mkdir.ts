// mkdir (GNU coreutils): makes directories.
import { SystemError } from '../machine/errno.ts';
import type { Bytes } from '../machine/machine.ts';
import { errnoOf, reason, tryTo } from './failure.ts';
import { applyMode, parseMode } from './mode.ts';
import { gnu } from './program.ts';
import { quote, quoteAlways } from './quote.ts';

export const names = ['mkdir'];

export const main = gnu({
  short: 'm:pvZ',
  long: { 'mode=': 'm', parents: 'p', verbose: 'v', 'context=?': 'Z' },
  usage: '[OPTION]... DIRECTORY...',
  async run(run) {
    const { files, umask } = run.process;
    if (run.operands.length === 0) return run.wrongUse('missing operand');
    const text = run.value('m');
    const mode = text === undefined ? undefined : parseMode(text);
    if (text !== undefined && !mode) return run.fail(`invalid mode ${quote(run.process, text)}`);
    const made = (path: Bytes) => {
      if (run.has('v'))
        run.put(
          run.applet
            ? `created directory: ${quoteAlways(path)}\n`
            : `${run.name}: created directory ${quoteAlways(path)}\n`,
        );
    };
    for (const path of run.operands) {
      if (run.has('p')) {
        const parts = path.split('/');
        let failed = false;
        for (let i = 1; i < parts.length && !failed; i++) {
          const parent = parts.slice(0, i).join('/');
          const there = parent === '' || parts[i] === '' ? undefined : tryTo(() => files.stat(parent));
          if (parent === '' || parts[i] === '' || there?.type === 'directory') continue;
          if (there) {
            await run.warn(`cannot create directory ${quote(run.process, parent)}: Not a directory`);
            failed = true;
            continue;
          }
          failed = !(await run.attempt(`cannot create directory ${quote(run.process, parent)}`, () =>
            files.mkdir(parent, 0o777 | 0o300),
          ));
          if (!failed) made(parent);
        }
        if (failed) continue;
      }
      try {
        if (path === '') throw new SystemError('ENOENT');
        files.mkdir(path.replace(/(.)\/+$/, '$1'), 0o777);
      } catch (error) {
        const existing =
          run.has('p') && errnoOf(error) === 'EEXIST' && tryTo(() => files.stat(path))?.type === 'directory';
        if (!existing) await run.warn(`cannot create directory ${quote(run.process, path)}: ${reason(error)}`);
        continue;
      }
      made(path);
      if (mode) files.chmod(path, applyMode(mode, 0o777, true, umask));
    }
    return undefined;
  },
});
