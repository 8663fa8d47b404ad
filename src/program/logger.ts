// logger (util-linux 2.38.1): a line of one's own in the system log.
import { gnu } from './program.ts';

export const names = ['logger'];

export const main = gnu({
  short: '+dei::f:hn:p:P:sSt:Tu:V',
  long: {
    udp: 'd',
    'skip-empty': 'e',
    'id=?': 'i',
    'file=': 'f',
    'server=': 'n',
    'priority=': 'p',
    'port=': 'P',
    stderr: 's',
    'tag=': 't',
    tcp: 'T',
    'socket=': 'u',
    'prio-prefix': 'prefix',
    'size=': 'S',
  },
  usage: '[options] [<message>]',
  release: 'util-linux 2.38.1',
  async run(run) {
    const { process } = run;
    if (run.has('V')) {
      run.put('logger from util-linux 2.38.1\n');
      return 0;
    }
    const priority = run.value('p') ?? 'user.notice';
    const [facility = '', level] = priority.includes('.') ? priority.split('.') : ['user', priority];
    if (!/^(auth|authpriv|cron|daemon|ftp|kern|lpr|mail|news|security|syslog|user|uucp|local[0-7])$/.test(facility))
      return run.fail(`unknown facility name: ${facility}`);
    if (!/^(alert|crit|debug|emerg|err|error|info|notice|panic|warn|warning)$/.test(level ?? ''))
      return run.fail(`unknown priority name: ${level}`);
    const user = process.machine.accounts.byId(process.credentials.uid)?.name ?? 'root';
    const tag = run.value('t') ?? process.environment.get('LOGNAME') ?? user;
    const from = run.has('i') ? `${tag}[${run.value('i') || process.pid}]` : tag;
    let text = run.operands.join(' ');
    if (run.operands.length === 0)
      text = run.has('f') ? process.readFile(run.value('f')!) : await process.readAll(0, 1 << 16);
    for (const line of text.split('\n').slice(0, 200)) {
      if (line === '') continue;
      process.machine.log.write(/^auth/.test(facility) ? 'auth.log' : 'syslog', `${from}: ${line.slice(0, 1024)}`);
      if (run.has('s')) await process.err(`<13>${from}: ${line}\n`);
    }
    return 0;
  },
});
