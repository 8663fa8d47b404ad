// uptime (procps): how long the machine has been up, who is on, the load.
import { load, upText, uptime } from './proc.ts';
import { gnu, type Invocation } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['uptime'];

/** The line of uptime, w and top. */
export function summary(run: Pick<Invocation, 'process'>): string {
  const { process } = run;
  const { machine } = process;
  const users = machine.logins.filter((l) => l.ended === undefined && l.line.startsWith('pts')).length;
  const clock = strftime('%H:%M:%S', breakDown(machine.clock.now(), zoneOf(process)));
  const many = `${String(users).padStart(2)} user${users === 1 ? '' : 's'}`;
  return ` ${clock} ${upText(uptime(process))}, ${many},  load average: ${load(process).join(', ')}`;
}

export const main = gnu({
  short: 'psV',
  long: { pretty: 'p', since: 's' },
  usage: '[options]',
  release: 'procps-ng 4.0.2',
  run(run) {
    const { process } = run;
    if (run.has('V')) run.put('uptime from procps-ng 4.0.2\n');
    else if (run.has('s'))
      run.put(`${strftime('%Y-%m-%d %H:%M:%S', breakDown(process.machine.clock.bootTime, zoneOf(process)))}\n`);
    else if (run.has('p')) run.put(`${pretty(uptime(process))}\n`);
    else run.put(`${summary(run)}\n`);
    return 0;
  },
});

function pretty(seconds: number): string {
  const parts: [number, string][] = [
    [Math.floor(seconds / 31_536_000), 'year'],
    [Math.floor(seconds / 604_800) % 52, 'week'],
    [Math.floor(seconds / 86_400) % 7, 'day'],
    [Math.floor(seconds / 3600) % 24, 'hour'],
    [Math.floor(seconds / 60) % 60, 'minute'],
  ];
  const shown = parts.filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}${n > 1 ? 's' : ''}`);
  return `up ${shown.length ? shown.join(', ') : '0 minutes'}`;
}
