// sync (GNU coreutils): writes are on the disk already; what cannot be opened is complained about.
import { reason } from './failure.ts';
import { gnu } from './program.ts';
import { quoteAlways } from './quote.ts';

export const names = ['sync'];

export const main = gnu({
  short: 'df',
  long: { data: 'd', 'file-system': 'f' },
  usage: '[OPTION] [FILE]...',
  async run(run) {
    const { process } = run;
    if (run.has('d') && run.has('f')) return run.fail('cannot specify both --data and --file-system');
    if (run.has('d') && run.operands.length === 0) return run.fail('--data needs at least one argument');
    for (const file of run.operands) {
      try {
        const { type } = process.files.stat(file);
        process.close(process.open(file, { read: true, directory: type === 'directory' }));
      } catch (error) {
        await run.warn(`error opening ${quoteAlways(file)}: ${reason(error)}`);
      }
    }
    return undefined;
  },
});
