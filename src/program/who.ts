// who and users (GNU coreutils): who is logged in.
import { calledAs, gnu } from './program.ts';
import { quote } from './quote.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['who', 'users'];

export const main = gnu({
  short: 'abdlmpqrstuHTw',
  long: {
    all: 'a',
    boot: 'b',
    count: 'q',
    dead: 'd',
    heading: 'H',
    login: 'l',
    lookup: 'lookup',
    message: 'T',
    mesg: 'T',
    process: 'p',
    runlevel: 'r',
    short: 's',
    time: 't',
    users: 'u',
    writable: 'T',
  },
  usage: '[OPTION]... [ FILE | ARG1 ARG2 ]',
  run(run) {
    const { process } = run;
    const { machine } = process;
    const zone = zoneOf(process);
    const open = machine.logins.filter((l) => l.ended === undefined && /^(pts|tty)/.test(l.line));
    if (calledAs(process) === 'users') {
      if (open.length)
        run.put(
          `${open
            .map((l) => l.user)
            .sort()
            .join(' ')}\n`,
        );
      return 0;
    }
    if (run.operands.length > 2) return run.wrongUse(`extra operand ${quote(process, run.operands[2]!)}`);
    const time = (at: number) => strftime('%Y-%m-%d %H:%M', breakDown(at, zone));
    if (run.has('q')) {
      run.put(`${open.map((l) => l.user).join(' ')}\n# users=${open.length}\n`);
      return 0;
    }
    const all = run.has('a');
    const state = run.has('T') || run.has('w') || all;
    const idle = run.has('u') || all;
    if (run.has('H'))
      run.put(
        `NAME     ${state ? '  ' : ''}LINE         TIME            ${idle ? ' IDLE          PID' : ''} COMMENT\n`,
      );
    if (run.has('b') || all) run.put(`         ${state ? '  ' : ''}system boot  ${time(machine.clock.bootTime)}\n`);
    if (run.has('r') || all)
      run.put(`         ${state ? '  ' : ''}run-level 5  ${time(machine.clock.bootTime + 9000)}\n`);
    if ((run.has('b') || run.has('r')) && !all && !run.has('u')) return 0;
    const mine = run.has('m') || run.operands.length === 2;
    for (const login of open) {
      if (mine && process.terminal?.path !== `/dev/${login.line}`) continue;
      const front = `${login.user.padEnd(8)} ${state ? '+ ' : ''}${login.line.padEnd(12)} ${time(login.at)}`;
      const middle = idle ? `   .    ${String(login.pid).padStart(10)}` : '';
      run.put(`${front}${middle}${login.host ? ` (${login.host})` : ''}\n`);
    }
    return 0;
  },
});
