// whoami (GNU coreutils): the name of the effective user.
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['whoami'];

export const main = gnu({
  short: '',
  usage: '[OPTION]...',
  run(run) {
    const extra = run.operands[0];
    if (extra !== undefined) return run.wrongUse(`extra operand ${quote(run.process, extra)}`);
    const { euid } = run.process.credentials;
    const account = run.process.machine.accounts.byId(euid);
    if (!account) return run.fail(`cannot find name for user ID ${euid}`);
    run.put(`${account.name}\n`);
    return 0;
  },
});
