// lastlog (shadow): when each account was last used.
import { gnu } from './program.ts';
import { breakDown, strftime, zoneOf } from './strftime.ts';

export const names = ['lastlog'];

export const main = gnu({
  short: 'b:Ct:u:R:hS',
  long: { 'before=': 'b', 'time=': 't', 'user=': 'u' },
  usage: '[options]',
  release: 'shadow 4.13',
  run(run) {
    const { process } = run;
    const zone = zoneOf(process);
    run.put('Username         Port     From                                       Latest\n');
    for (const account of process.machine.accounts.all()) {
      if (run.has('u') && run.value('u') !== account.name && run.value('u') !== String(account.uid)) continue;
      const login = process.machine.logins.filter((l) => l.user === account.name).sort((a, b) => b.at - a.at)[0];
      const name = account.name.padEnd(16);
      if (!login) run.put(`${name}${' '.repeat(51)} **Never logged in**\n`);
      else
        run.put(
          `${name} ${login.line.padEnd(8)} ${login.host.padEnd(42)} ${strftime('%a %b %e %H:%M:%S %z %Y', breakDown(login.at, zone))}\n`,
        );
    }
    return 0;
  },
});
