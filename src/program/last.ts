// last and lastb (util-linux): the logins there have been.
import { calledAs, gnu } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['last', 'lastb'];

const declared = gnu({
  short: 'adf:FiRn:s:t:p:wxT',
  long: {
    hostlast: 'a',
    dns: 'd',
    'file=': 'f',
    fulltimes: 'F',
    ip: 'i',
    'limit=': 'n',
    nohostname: 'R',
    'since=': 's',
    'until=': 't',
    'present=': 'p',
    fullnames: 'w',
    system: 'x',
    'time-format=': 'format',
  },
  usage: '[options] [<username>...] [<tty>...]',
  release: 'util-linux 2.38.1',
  run(run) {
    const { process } = run;
    const { machine } = process;
    const zone = zoneOf(process);
    const full = run.has('F');
    const time = (at: number) => strftime(full ? '%a %b %e %H:%M:%S %Y' : '%a %b %e %H:%M', breakDown(at, zone));
    const clock = (at: number) => strftime('%H:%M', breakDown(at, zone));
    const bad = calledAs(process) === 'lastb';
    const limit = run.value('n') === undefined ? Number.POSITIVE_INFINITY : Number(run.value('n'));
    let shown = 0;
    const line = (user: string, tty: string, host: string, from: string, rest: string) => {
      if (shown++ >= limit) return;
      const name = run.has('w') ? user.padEnd(8) : user.slice(0, 8).padEnd(8);
      const place = run.has('R') || run.has('a') ? '' : ` ${host.slice(0, 16).padEnd(16)}`;
      run.put(`${name} ${tty.padEnd(12)}${place} ${from} ${rest}${run.has('a') ? `    ${host}` : ''}\n`);
    };
    const span = (ms: number) => {
      const minutes = Math.floor(ms / 60_000);
      const hm = `${String(Math.floor(minutes / 60) % 24).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
      return minutes >= 1440 ? `(${Math.floor(minutes / 1440)}+${hm})` : ` (${hm})`;
    };
    const boot = machine.clock.bootTime;
    if (!bad) {
      for (const login of [...machine.logins].sort((a, b) => b.at - a.at)) {
        if (
          run.operands.length &&
          !run.operands.some((o) => o === login.user || o === login.line || `pts/${o}` === login.line)
        )
          continue;
        const rest =
          login.ended === undefined
            ? '  still logged in'
            : `- ${full ? time(login.ended) : clock(login.ended)} ${span(login.ended - login.at)}`;
        line(
          login.user,
          login.line,
          login.host,
          time(login.at),
          login.ended === undefined ? rest.trimStart().padStart(17) : rest,
        );
      }
      if (run.operands.length === 0 || run.operands.includes('reboot'))
        line('reboot', 'system boot', machine.identity.kernelRelease, time(boot), '  still running');
    }
    run.put(
      `\n${bad ? 'btmp' : 'wtmp'} begins ${strftime('%a %b %e %H:%M:%S %Y', breakDown(machine.identity.installed, zone))}\n`,
    );
    return 0;
  },
});

/** `last -5`. */
export const main: typeof declared = (process) => {
  process.argv = process.argv.map((arg, i) => (i > 0 && /^-\d+$/.test(arg) ? `-n${arg.slice(1)}` : arg));
  return declared(process);
};
