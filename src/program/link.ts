// link and unlink (GNU coreutils): the system calls of those names.
import { reason } from './failure.ts';
import { calledAs, gnu } from './program.ts';
import { quote, quoteAlways } from './quote.ts';

export const names = ['link', 'unlink'];

export const main = gnu({
  short: '',
  usage: 'FILE',
  run(run) {
    const { process, operands } = run;
    const unlinks = calledAs(process) === 'unlink';
    const wanted = unlinks ? 1 : 2;
    if (operands.length === 0) return run.wrongUse('missing operand');
    if (operands.length < wanted) return run.wrongUse(`missing operand after ${quote(process, operands[0]!)}`);
    if (operands.length > wanted) return run.wrongUse(`extra operand ${quote(process, operands[wanted]!)}`);
    const [from, to] = operands as [string, string];
    try {
      if (unlinks) process.files.unlink(from);
      else process.files.link(from, to);
    } catch (error) {
      return run.fail(
        unlinks
          ? `cannot unlink ${quoteAlways(from)}: ${reason(error)}`
          : `cannot create link ${quoteAlways(to)} to ${quoteAlways(from)}: ${reason(error)}`,
      );
    }
    return 0;
  },
});
