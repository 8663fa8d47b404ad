// nohup (GNU coreutils): runs a program that a hang-up does not end.
import { errnoOf, reason, tryTo } from './failure.ts';
import { gnu } from './program.ts';
import { quoteAlways } from './quote.ts';
import { runCommand } from './run-command.ts';

export const names = ['nohup'];

export const main = gnu({
  short: '+',
  failure: 125,
  usage: 'COMMAND [ARG]...',
  async run(run) {
    const { process } = run;
    if (run.operands.length === 0) return run.wrongUse('missing operand');
    const terminal = (fd: number) => process.descriptors.get(fd)?.kind === 'terminal';
    const [noInput, noOutput, noError] = [terminal(0), terminal(1), terminal(2)];
    if (noInput) {
      const nothing = process.open('/dev/null', { read: true });
      process.dup(nothing, 0);
      process.close(nothing);
      if (!noOutput && !noError) await run.warn('ignoring input', 0);
    }
    const say = noInput ? 'ignoring input and ' : '';
    if (noOutput) {
      let file = 'nohup.out';
      const flags = { write: true, create: true, append: true };
      let descriptor = tryTo(() => process.open(file, flags, 0o600));
      if (descriptor === undefined) {
        file = `${process.environment.get('HOME') ?? ''}/nohup.out`;
        try {
          descriptor = process.open(file, flags, 0o600);
        } catch (error) {
          await run.warn(`failed to open ${quoteAlways('nohup.out')}: ${reason(error)}`);
          return 125;
        }
      }
      await run.warn(`${say}appending output to ${quoteAlways(file)}`, 0);
      process.dup(descriptor, 1);
      process.close(descriptor);
    }
    if (noError) {
      if (!noOutput) await run.warn(`${say}redirecting stderr to stdout`, 0);
      process.dup(1, 2);
    }
    process.onSignal('HUP', 'ignore');
    try {
      return await runCommand(process, run.operands);
    } catch (error) {
      await run.warn(`failed to run command ${quoteAlways(run.operands[0]!)}: ${reason(error)}`);
      return errnoOf(error) === 'ENOENT' ? 127 : 126;
    }
  },
});
