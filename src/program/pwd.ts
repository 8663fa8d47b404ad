// pwd (GNU coreutils): the working directory.
import { gnu } from './program.ts';

export const names = ['pwd'];

export const main = gnu({
  short: 'LP',
  long: { logical: 'L', physical: 'P' },
  usage: '[OPTION]...',
  async run(run) {
    if (run.operands.length > 0) await run.warn('ignoring non-option arguments', 0);
    const logical = run.options.at(-1)?.[0] === 'L' && run.process.environment.get('PWD');
    run.put(`${logical || run.process.files.realpath('.')}\n`);
    return 0;
  },
});
