// userdel and groupdel (shadow 4.13): take accounts and groups away.
import { readTable, writeTable } from './accounts.ts';
import { tryTo } from './failure.ts';
import { processes } from './proc.ts';
import { calledAs, gnu } from './program.ts';
import { removeTree } from './tree.ts';

export const names = ['userdel', 'groupdel'];

export const main = gnu({
  short: 'fhrR:P:Z',
  long: { force: 'f', remove: 'r', 'root=': 'R', 'prefix=': 'P', 'selinux-user': 'Z' },
  failure: 2,
  usage: '[options] LOGIN',
  release: 'shadow 4.13',
  async run(run) {
    const { process } = run;
    const called = calledAs(process);
    const name = run.operands[0];
    if (name === undefined) {
      await process.err(`Usage: ${called} [options] ${called === 'userdel' ? 'LOGIN' : 'GROUP'}\n`);
      return 2;
    }
    const group = readTable(process, 'group');
    if (called === 'groupdel') {
      const row = group.find((r) => r[0] === name);
      if (!row) {
        await process.err(`groupdel: group '${name}' does not exist\n`);
        return 6;
      }
      const user = readTable(process, 'passwd').find((r) => r[3] === row[2]);
      if (user) {
        await process.err(`groupdel: cannot remove the primary group of user '${user[0]}'\n`);
        return 8;
      }
    } else if (!process.machine.accounts.byName(name)) {
      await process.err(`userdel: user '${name}' does not exist\n`);
      return 6;
    }
    if (process.credentials.euid !== 0) {
      await process.err(
        `${called}: Permission denied.\n${called}: cannot lock /etc/${called === 'userdel' ? 'passwd' : 'group'}; try again later.\n`,
      );
      return called === 'userdel' ? 1 : 10;
    }
    if (called === 'groupdel') {
      await writeTable(
        process,
        'group',
        group.filter((r) => r[0] !== name),
      );
      return 0;
    }
    const account = process.machine.accounts.byName(name)!;
    const busy = processes(process).find((p) => p.uid === account.uid);
    if (busy && !run.has('f')) {
      await process.err(`userdel: user ${name} is currently used by process ${busy.pid}\n`);
      return 8;
    }
    for (const table of ['passwd', 'shadow'] as const)
      await writeTable(
        process,
        table,
        readTable(process, table).filter((r) => r[0] !== name),
      );
    const left = group.filter((r) => !(r[0] === name && Number(r[2]) === account.gid));
    for (const row of left)
      row[3] = (row[3] ?? '')
        .split(',')
        .filter((member) => member !== name)
        .join(',');
    await writeTable(process, 'group', left);
    if (run.has('r')) {
      if (!tryTo(() => process.files.stat(`/var/mail/${name}`)))
        await process.err(`userdel: ${name} mail spool (/var/mail/${name}) not found\n`);
      if (tryTo(() => process.files.stat(account.home)))
        await removeTree(
          run,
          account.home,
          async () => true,
          () => {},
        );
      else await process.err(`userdel: ${name} home directory (${account.home}) not found\n`);
    }
    return 0;
  },
});
