// killall (psmisc): signals processes by name.
import type { Signal } from '../machine/machine.ts';
import { confirm } from './confirm.ts';
import { reason } from './failure.ts';
import { processes } from './proc.ts';
import { gnu } from './program.ts';
import { SIGNALS, signalName } from './run-command.ts';

export const names = ['killall'];

const declared = gnu({
  short: 'egy:o:IilqrsS:u:vVwn:Z:',
  long: {
    exact: 'e',
    'ignore-case': 'I',
    'process-group': 'g',
    'younger-than=': 'y',
    'older-than=': 'o',
    interactive: 'i',
    list: 'l',
    quiet: 'q',
    regexp: 'r',
    'signal=': 'signal',
    'user=': 'u',
    verbose: 'v',
    wait: 'w',
    version: 'V',
  },
  usage: '[OPTION]... [--] NAME...',
  release: 'psmisc 23.6',
  async run(run) {
    const { process } = run;
    if (run.has('l')) {
      const list = SIGNALS.slice(1);
      for (let i = 0; i < list.length; i += 16) run.put(`${list.slice(i, i + 16).join(' ')}\n`);
      return 0;
    }
    if (run.has('V')) {
      await process.err('killall (PSmisc) 23.6\n');
      return 0;
    }
    if (run.operands.length === 0 && !run.has('u')) {
      await process.err(
        'Usage: killall [ -Z CONTEXT ] [ -u USER ] [ -y TIME ] [ -o TIME ] [ -eIgiqrvw ]\n               [ -s SIGNAL | -SIGNAL ] NAME...\n       killall -l, --list\n       killall -V, --version\n',
      );
      return 1;
    }
    const signal = signalName(run.value('signal') ?? 'TERM');
    if (signal === undefined) return run.fail(`${run.value('signal')}: unknown signal`);
    const user = run.value('u');
    const uid = user === undefined ? undefined : process.machine.accounts.byName(user)?.uid;
    if (user !== undefined && uid === undefined) return run.fail(`Cannot find user ${user}`);
    const fold = (text: string) => (run.has('I') ? text.toLowerCase() : text);
    let missed = false;
    for (const name of run.operands.length ? run.operands : ['']) {
      const base = name.slice(name.lastIndexOf('/') + 1);
      let hit = false;
      for (const p of processes(process)) {
        if (p.pid === process.pid || (uid !== undefined && p.uid !== uid)) continue;
        if (name !== '' && fold(p.comm) !== fold(base.slice(0, 15))) continue;
        if (run.has('i') && !(await confirm(run, `Kill ${p.comm}(${p.pid})? (y/N) `))) continue;
        try {
          process.kill(p.pid, signal === 'EXIT' ? 0 : (signal as Signal));
          hit = true;
          if (run.has('v')) await process.err(`Killed ${p.comm}(${p.pid}) with signal ${SIGNALS.indexOf(signal)}\n`);
        } catch (error) {
          await process.err(`${p.comm}(${p.pid}): ${reason(error)}\n`);
        }
      }
      if (!hit) {
        missed = true;
        if (!run.has('q')) await process.err(`${name}: no process found\n`);
      }
    }
    return missed ? 1 : 0;
  },
});

/** `killall -9 name`, `killall -s KILL name`. */
export const main: typeof declared = (process) => {
  process.argv = process.argv.flatMap((arg, i, all) => {
    if (i > 0 && /^-(\d+|[A-Z][A-Z0-9]+)$/.test(arg) && signalName(arg.slice(1)) !== undefined)
      return [`--signal=${arg.slice(1)}`];
    return arg === '-s' && all[i + 1] !== undefined ? ['--signal'] : [arg];
  });
  return declared(process);
};
