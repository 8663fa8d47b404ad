// arch (GNU coreutils): the machine's hardware name.
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['arch'];

export const main = gnu({
  short: '',
  usage: '[OPTION]...',
  run(run) {
    const extra = run.operands[0];
    if (extra !== undefined) return run.wrongUse(`extra operand ${quote(run.process, extra)}`);
    run.put(`${run.process.machine.identity.architecture}\n`);
    return 0;
  },
});
