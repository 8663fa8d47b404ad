// gpasswd (shadow 4.13): who is in a group, and its password.
import type { Bytes } from '../machine/machine.ts';
import { recordedRun } from '../machine/recorded.ts';
import { readTable, writeTable } from './accounts.ts';
import { gnu } from './program.ts';

export const names = ['gpasswd'];

export const main = gnu({
  short: 'a:A:d:hM:Q:rR',
  long: {
    'add=': 'a',
    'administrators=': 'A',
    'delete=': 'd',
    'members=': 'M',
    'root=': 'Q',
    'remove-password': 'r',
    restrict: 'R',
  },
  failure: 2,
  usage: '[option] GROUP',
  release: 'shadow 4.13',
  async run(run) {
    const { process } = run;
    const [name] = run.operands;
    if (name === undefined) {
      await process.err(recordedRun(process, 'gpasswd', '')?.stderr ?? 'Usage: gpasswd [option] GROUP\n');
      return 2;
    }
    const rows = readTable(process, 'group');
    const row = rows.find((r) => r[0] === name);
    const { accounts } = process.machine;
    for (const user of [run.value('a'), run.value('d')])
      if (user !== undefined && run.has('a') && !accounts.byName(user))
        return run.fail(`user '${user}' does not exist`);
    if (!row) return run.fail(`group '${name}' does not exist in /etc/group`);
    if (process.credentials.euid !== 0) return run.fail('Permission denied.');
    const secrets = readTable(process, 'gshadow');
    let secret = secrets.find((r) => r[0] === name);
    if (!secret) secrets.push((secret = [name, '!', '', row[3] ?? '']));
    const members = (row[3] ?? '').split(',').filter(Boolean);
    const put = (all: Bytes[]) => {
      row[3] = all.join(',');
      secret[3] = row[3];
    };
    const [add, remove] = [run.value('a'), run.value('d')];
    if (add !== undefined) {
      run.put(`Adding user ${add} to group ${name}\n`);
      if (!members.includes(add)) put([...members, add]);
    } else if (remove !== undefined) {
      run.put(`Removing user ${remove} from group ${name}\n`);
      await run.flush();
      if (!members.includes(remove)) return run.fail(`user '${remove}' is not a member of '${name}'`, 3);
      put(members.filter((one) => one !== remove));
    } else if (run.has('r')) secret[1] = '';
    else if (run.has('R')) secret[1] = '!';
    else if (run.has('A') || run.has('M')) {
      for (const user of [run.value('A') ?? '', run.value('M') ?? ''].join(',').split(',').filter(Boolean))
        if (!accounts.byName(user)) return run.fail(`user '${user}' does not exist`);
      if (run.has('A')) secret[2] = run.value('A')!;
      if (run.has('M')) put(run.value('M')!.split(',').filter(Boolean));
    } else {
      run.put(`Changing the password for group ${name}\nNew Password: `);
      await run.flush();
      if ((await process.read(0, 512)) === '') return 1;
      run.put('\nRe-enter new password: ');
      await run.flush();
      if ((await process.read(0, 512)) === '') return 1;
      run.put('\n');
      process.witness.gap('gpasswd', 'password');
      return 0;
    }
    await writeTable(process, 'group', rows);
    await writeTable(process, 'gshadow', secrets);
    return 0;
  },
});
