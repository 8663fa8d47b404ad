// logname (GNU coreutils): who logged in on this terminal, by utmp.
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['logname'];

export const main = gnu({
  short: '',
  usage: '[OPTION]',
  run(run) {
    const { process } = run;
    const extra = run.operands[0];
    if (extra !== undefined) return run.wrongUse(`extra operand ${quote(process, extra)}`);
    const login = process.machine.logins.find(
      ({ line, ended }) => ended === undefined && `/dev/${line}` === process.terminal?.path,
    );
    if (!login) return run.fail('no login name');
    run.put(`${login.user}\n`);
    return 0;
  },
});
