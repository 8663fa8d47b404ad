// nice (GNU coreutils): runs a program with another priority.
import { errnoOf, reason } from './failure.ts';
import { parseInteger } from './number.ts';
import { gnu } from './program.ts';
import { quote } from './quote.ts';
import { runCommand } from './run-command.ts';

export const names = ['nice'];

const declared = gnu({
  short: '+n:',
  long: { 'adjustment=': 'n' },
  failure: 125,
  usage: '[OPTION] [COMMAND [ARG]...]',
  async run(run) {
    const text = run.value('n');
    if (text !== undefined && parseInteger(text) === undefined)
      return run.fail(`invalid adjustment ${quote(run.process, text)}`, 125);
    if (run.operands.length === 0) {
      if (text !== undefined) return run.wrongUse('a command must be given with an adjustment');
      run.put(`${run.process.nice}\n`);
      return 0;
    }
    const step = Number(text ?? 10);
    if (step < 0 && run.process.credentials.euid !== 0) await run.warn('cannot set niceness: Permission denied', 0);
    else run.process.nice = Math.max(-20, Math.min(19, run.process.nice + step));
    try {
      return await runCommand(run.process, run.operands);
    } catch (error) {
      await run.warn(`${quote(run.process, run.operands[0]!)}: ${reason(error)}`);
      return errnoOf(error) === 'ENOENT' ? 127 : 126;
    }
  },
});

/** `nice -10 command`, `nice --5 command`. */
export const main: typeof declared = (process) => {
  const old = /^-(-?\d+)$/.exec(process.argv[1] ?? '');
  if (old) process.argv = [process.argv[0]!, '-n', old[1]!, ...process.argv.slice(2)];
  return declared(process);
};
