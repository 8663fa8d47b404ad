// w (procps): who is logged in and what they do.
import { commandLine, processes } from './proc.ts';
import { gnu } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';
import { summary } from './uptime.ts';

export const names = ['w'];

export const main = gnu({
  short: 'hufsioV',
  long: { 'no-header': 'h', 'no-current': 'u', short: 's', from: 'f', 'ip-addr': 'i', 'old-style': 'o', pids: 'p' },
  usage: '[options] [user]',
  release: 'procps-ng 4.0.2',
  run(run) {
    const { process } = run;
    if (run.has('V')) {
      run.put('w from procps-ng 4.0.2\n');
      return 0;
    }
    const { machine } = process;
    const now = machine.clock.now();
    const zone = zoneOf(process);
    const short = run.has('s');
    const from = !run.has('f');
    if (!run.has('h')) {
      run.put(`${summary(run)}\n`);
      run.put(
        `${'USER'.padEnd(8)} ${'TTY'.padEnd(8)} ${from ? `${'FROM'.padEnd(16)} ` : ''}${short ? '  IDLE' : ' LOGIN@   IDLE   JCPU   PCPU'} WHAT\n`,
      );
    }
    const all = processes(process);
    for (const login of machine.logins) {
      if (login.ended !== undefined || !/^(pts|tty)/.test(login.line)) continue;
      if (run.operands.length && !run.operands.includes(login.user)) continue;
      const here = all.filter((p) => p.tty.replace(/^\/dev\//, '') === login.line);
      const foreground = here.at(-1);
      const idle = here.some((p) => p.pid === process.pid) ? 0 : Math.floor((now - login.at) / 1000);
      const cpu = here.reduce((sum, p) => sum + p.cpu, 0);
      const what = foreground ? commandLine(foreground) : '-bash';
      const columns = process.descriptors.get(1)?.terminal?.columns || 512;
      let line = `${login.user.slice(0, 8).padEnd(8)} ${login.line.padEnd(8)} ${from ? `${(login.host || '-').slice(0, 16).padEnd(16)} ` : ''}`;
      if (!short) line += `${loginTime(login.at, now, zone)} `;
      line += idleTime(idle);
      if (!short) line += ` ${idleTime(cpu / 1000)} ${idleTime((foreground?.cpu ?? 0) / 1000)}`;
      run.put(`${`${line} ${what}`.slice(0, columns)}\n`);
    }
    return 0;
  },
});

/** `14:05 `, `Mon14`, `12Jan24`, in seven columns. */
function loginTime(at: number, now: number, zone: string): string {
  const age = now - at;
  const then = breakDown(at, zone);
  if (age > 7 * 86_400_000) return strftime('%d%b%y', then);
  if (strftime('%F', then) !== strftime('%F', breakDown(now, zone)) && age > 12 * 3_600_000)
    return strftime(' %a%H ', then);
  return strftime(' %H:%M ', then);
}

/** procps' way: ` 1.00s`, ` 2:03 `, ` 3:04m`, ` 5days`. */
function idleTime(seconds: number): string {
  if (seconds >= 2 * 86400) return `${String(Math.floor(seconds / 86400)).padStart(2)}days`;
  if (seconds >= 3600)
    return `${String(Math.floor(seconds / 3600)).padStart(2)}:${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}m`;
  if (seconds >= 60)
    return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(Math.floor(seconds) % 60).padStart(2, '0')} `;
  return `${String(Math.floor(seconds)).padStart(2)}.${String(Math.floor((seconds * 100) % 100)).padStart(2, '0')}s`;
}
