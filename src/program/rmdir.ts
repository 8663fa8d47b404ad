// rmdir (GNU coreutils): removes empty directories.

import { dirName } from './dirname.ts';
import { errnoOf, reason } from './failure.ts';
import { gnu } from './program.ts';
import { quoteAlways } from './quote.ts';

export const names = ['rmdir'];

export const main = gnu({
  short: 'pv',
  long: { 'ignore-fail-on-non-empty': 'ignore', parents: 'p', verbose: 'v' },
  usage: '[OPTION]... DIRECTORY...',
  async run(run) {
    if (run.operands.length === 0) return run.wrongUse('missing operand');
    for (const operand of run.operands) {
      for (let path = operand; ; path = dirName(path)) {
        if (run.has('v')) run.put(`${run.name}: removing directory, ${quoteAlways(path)}\n`);
        try {
          run.process.files.rmdir(path.replace(/(.)\/+$/, '$1'));
        } catch (error) {
          if (run.has('ignore') && errnoOf(error) === 'ENOTEMPTY') break;
          const what = path === operand ? 'failed to remove' : 'failed to remove directory';
          await run.warn(`${what} ${quoteAlways(path)}: ${reason(error)}`);
          break;
        }
        if (!run.has('p') || !path.replace(/\/+$/, '').includes('/') || dirName(path) === '/') break;
      }
    }
    return undefined;
  },
});
