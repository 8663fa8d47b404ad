// pinky (GNU coreutils): a lightweight finger.
import { gnu } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['pinky'];

export const main = gnu({
  short: 'sfwiqbhlp',
  usage: '[OPTION]... [USER]...',
  run(run) {
    const { process } = run;
    const { machine } = process;
    if (run.has('l')) {
      if (run.operands.length === 0)
        return run.wrongUse('no username specified; at least one must be specified when using -l');
      for (const name of run.operands) {
        const account = machine.accounts.byName(name);
        run.put(`Login name: ${name.padEnd(28)}In real life:  `);
        if (!account) {
          run.put('???\n');
          continue;
        }
        run.put(`${account.comment.split(',')[0]}\n`);
        if (!run.has('b')) run.put(`Directory: ${account.home.padEnd(29)}Shell:  ${account.shell}\n`);
        run.put('\n');
      }
      return 0;
    }
    const brief = run.has('q');
    const noName = run.has('w') || run.has('i') || brief;
    const noHost = run.has('i') || brief;
    if (!run.has('f'))
      run.put(
        `${'Login'.padEnd(8)}${noName ? '' : `${' Name'.padEnd(20)}`} TTY     ${brief ? '' : ' Idle  '} When            ${noHost ? '' : ' Where'}\n`,
      );
    for (const login of machine.logins) {
      if (login.ended !== undefined || (run.operands.length > 0 && !run.operands.includes(login.user))) continue;
      const name = machine.accounts.byName(login.user)?.comment.split(',')[0] ?? '        ???';
      const when = strftime('%Y-%m-%d %H:%M', breakDown(login.at, zoneOf(process)));
      run.put(
        `${login.user.padEnd(8)}${noName ? '' : ` ${name.slice(0, 19).padEnd(19)}`}  ${login.line.padEnd(8)}${brief ? '' : '      '} ${when}${noHost || !login.host ? '' : ` ${login.host}`}\n`,
      );
    }
    return 0;
  },
});
