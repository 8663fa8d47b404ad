// tty (GNU coreutils): the terminal on standard input.
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['tty'];

export const main = gnu({
  short: 's',
  long: { silent: 's', quiet: 's' },
  failure: 2,
  usage: '[OPTION]...',
  run(run) {
    const { process } = run;
    const extra = run.operands[0];
    if (extra !== undefined) return run.wrongUse(`extra operand ${quote(process, extra)}`);
    const terminal = process.descriptors.get(0)?.terminal;
    if (!run.has('s')) run.put(`${terminal?.path ?? 'not a tty'}\n`);
    return terminal ? 0 : 1;
  },
});
