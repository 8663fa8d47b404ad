// groups (GNU coreutils): the groups a user is in.
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['groups'];

export const main = gnu({
  short: '',
  usage: '[OPTION]... [USERNAME]...',
  async run(run) {
    const { accounts } = run.process.machine;
    const list = (first: number, rest: number[]) =>
      [first, ...rest.filter((g) => g !== first)].map((id) => accounts.groupById(id)?.name ?? String(id)).join(' ');
    if (run.operands.length === 0) run.put(`${list(run.process.credentials.egid, run.process.credentials.groups)}\n`);
    for (const name of run.operands) {
      const account = accounts.byName(name);
      if (account) run.put(`${name} : ${list(account.gid, accounts.groupsOf(name))}\n`);
      else await run.warn(`${quote(run.process, name)}: no such user`);
    }
    return undefined;
  },
});
