// nproc (GNU coreutils): how many processors there are.
import { parseInteger } from './number.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['nproc'];

export const main = gnu({
  short: '',
  long: { all: 'all', 'ignore=': 'ignore' },
  usage: '[OPTION]...',
  run(run) {
    const extra = run.operands[0];
    if (extra !== undefined) return run.wrongUse(`extra operand ${quote(run.process, extra)}`);
    let count = run.process.machine.identity.cpuCount;
    const threads = parseInteger(run.process.environment.get('OMP_NUM_THREADS'));
    if (threads && threads > 0 && !run.has('all')) count = threads;
    const ignore = run.value('ignore');
    if (ignore !== undefined) {
      const less = parseInteger(ignore);
      if (less === undefined || less < 0) return run.fail(`invalid number: ${quote(run.process, ignore)}`);
      count = Math.max(1, count - less);
    }
    run.put(`${count}\n`);
    return 0;
  },
});
