// pgrep, pkill and pidwait (procps): look processes up by what they are, and signal them.
import type { ProcessInfo, Signal } from '../machine/machine.ts';
import { reason, tryTo } from './failure.ts';
import { compilePattern } from './pattern.ts';
import { commandLine, processes, ttyName } from './proc.ts';
import { calledAs, gnu, type Invocation } from './program.ts';
import { signalName } from './run-command.ts';

export const names = ['pgrep', 'pkill', 'pidwait'];

const declared = gnu({
  short: 'cd:efF:g:G:ilLnoO:P:qr:s:t:u:U:vwxaVhA',
  long: {
    count: 'c',
    'delimiter=': 'd',
    echo: 'e',
    full: 'f',
    'pidfile=': 'F',
    'pgroup=': 'g',
    'group=': 'G',
    'ignore-case': 'i',
    'list-name': 'l',
    'list-full': 'a',
    newest: 'n',
    oldest: 'o',
    'parent=': 'P',
    'runstates=': 'r',
    'session=': 's',
    'terminal=': 't',
    'euid=': 'u',
    'uid=': 'U',
    inverse: 'v',
    exact: 'x',
    'signal=': 'signal',
    'ignore-ancestors': 'A',
  },
  failure: 2,
  usage: '[options] <pattern>',
  release: 'procps-ng 4.0.2',
  async run(run) {
    const { process } = run;
    const { accounts } = process.machine;
    if (run.has('V')) {
      run.put(`${calledAs(process)} from procps-ng 4.0.2\n`);
      return 0;
    }
    const killing = calledAs(process) === 'pkill';
    const list = (key: string) => run.values(key).flatMap((v) => v.split(','));
    const criteria = ['F', 'g', 'G', 'P', 'r', 's', 't', 'u', 'U'].some((k) => run.has(k));
    if (run.operands.length > 1) return run.wrongUse('only one pattern can be provided');
    const pattern = run.operands[0];
    if (pattern === undefined && !criteria) return noCriteria(run);
    const users: number[] = [];
    for (const user of [...list('u'), ...list('U')]) {
      const id = accounts.byName(user)?.uid ?? (/^\d+$/.test(user) ? Number(user) : undefined);
      if (id === undefined) return run.wrongUse(`invalid user name: ${user}`);
      users.push(id);
    }
    const source = run.has('x') ? `^(${pattern})$` : (pattern ?? '');
    const regex =
      pattern === undefined ? undefined : compilePattern(source, { extended: true, ignoreCase: run.has('i') });
    const ids = (key: string, own: number) => list(key).map((v) => (v === '0' ? own : Number(v)));
    const pidFile = run.value('F');
    const fromFile = pidFile === undefined ? undefined : Number(tryTo(() => process.readFile(pidFile))?.trim());
    const matches = (p: ProcessInfo) => {
      if (users.length && !users.includes(p.uid)) return false;
      if (run.has('P') && !list('P').map(Number).includes(p.ppid)) return false;
      if (run.has('g') && !ids('g', process.pgid).includes(p.pgid)) return false;
      if (run.has('s') && !ids('s', process.sid).includes(p.sid)) return false;
      if (
        run.has('t') &&
        !list('t')
          .map((t) => t.replace(/^\/dev\//, ''))
          .includes(ttyName(p))
      )
        return false;
      if (fromFile !== undefined && p.pid !== fromFile) return false;
      if (!regex) return true;
      const subject = run.has('f') && p.argv.length ? commandLine(p) : p.comm;
      return regex.find(subject, 0) !== undefined;
    };
    let found = processes(process).filter((p) => p.pid !== process.pid && matches(p) !== run.has('v'));
    const byAge = (a: ProcessInfo, b: ProcessInfo) => a.started - b.started || a.pid - b.pid;
    if (run.has('n')) found = [...found].sort(byAge).slice(-1);
    if (run.has('o')) found = [...found].sort(byAge).slice(0, 1);
    if (!killing) {
      if (run.has('c')) run.put(`${found.length}\n`);
      else {
        const show = (p: ProcessInfo) =>
          String(p.pid) +
          (run.has('a') ? ` ${p.argv.length ? commandLine(p) : p.comm}` : run.has('l') ? ` ${p.comm}` : '');
        if (found.length) run.put(`${found.map(show).join(run.value('d') ?? '\n')}\n`);
      }
      return found.length ? 0 : 1;
    }
    const signal = signalName(run.value('signal') ?? 'TERM');
    if (signal === undefined) return run.wrongUse(`Unknown signal "${run.value('signal')}".`);
    let sent = 0;
    for (const p of found) {
      try {
        process.kill(p.pid, signal === 'EXIT' ? 0 : (signal as Signal));
        if (run.has('e')) run.put(`${p.comm} killed (pid ${p.pid})\n`);
        sent++;
      } catch (error) {
        const words = reason(error);
        if (words !== 'No such process') await run.warn(`killing pid ${p.pid} failed: ${words}`, 0);
      }
    }
    if (run.has('c')) run.put(`${sent}\n`);
    return sent ? 0 : 1;
  },
});

/** `pkill -9 name`, `pkill -KILL name`. */
export const main: typeof declared = (process) => {
  if (calledAs(process) === 'pkill') {
    const at = process.argv.findIndex(
      (arg, i) => i > 0 && /^-(\d+|(SIG)?[A-Z]{2,})/.test(arg) && signalName(arg.slice(1)) !== undefined,
    );
    if (at > 0) process.argv = process.argv.with(at, `--signal=${process.argv[at]!.slice(1)}`);
  }
  return declared(process);
};

/** procps' own words. */
async function noCriteria(run: Invocation): Promise<number> {
  await run.process.err(
    `${run.name}: no matching criteria specified\nTry \`${run.name} --help' for more information.\n`,
  );
  return 2;
}
