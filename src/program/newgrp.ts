// newgrp and sg (shadow 4.13): a shell or a command under another group.
import type { Bytes, Process } from '../machine/machine.ts';
import { tryTo } from './failure.ts';
import { calledAs } from './program.ts';
import { statusOf } from './run-command.ts';

export const names = ['newgrp', 'sg'];

export async function main(process: Process): Promise<number> {
  const called = calledAs(process);
  const args: Bytes[] = process.argv.slice(1);
  const login = /^-l?$/.test(args[0] ?? '');
  if (login) args.shift();
  const { accounts } = process.machine;
  const account = accounts.byId(process.credentials.uid);
  const name = args.shift();
  const group =
    name === undefined
      ? accounts.groupById(account?.gid ?? process.credentials.gid)
      : (accounts.groupByName(name) ?? (/^\d+$/.test(name) ? accounts.groupById(Number(name)) : undefined));
  if (!group) {
    await process.err(`${called}: group '${name ?? ''}' does not exist\n`);
    return 1;
  }
  const { credentials } = process;
  const member = credentials.uid === 0 || group.gid === account?.gid || group.members.includes(account?.name ?? '');
  if (!member) {
    await process.out('Password: ');
    await process.read(0, 512);
    await process.out('\n');
    await process.err('Invalid password.\n');
    return 1;
  }
  if (args[0] === '-c') args.shift();
  const shell = called === 'sg' && args.length > 0 ? '/bin/sh' : (account?.shell ?? '/bin/sh');
  const argv = args.length > 0 ? [shell, '-c', args.join(' ')] : [login ? `-${shell.split('/').pop()}` : shell];
  const groups = credentials.groups.includes(group.gid) ? credentials.groups : [...credentials.groups, group.gid];
  const child = tryTo(() =>
    process.exec(shell, argv, { credentials: { ...credentials, gid: group.gid, egid: group.gid, groups } }),
  );
  if (!child) return 127;
  const done = await process.waitFor(child);
  return statusOf(done?.ending ?? { code: 0 });
}
