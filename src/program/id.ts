// id (GNU coreutils): user and group ids.
import { gnu } from './program.ts';
import { quote } from './quote.ts';

export const names = ['id'];

export const main = gnu({
  short: 'agGnruZz',
  long: { group: 'g', groups: 'G', name: 'n', real: 'r', user: 'u', zero: 'z', context: 'Z' },
  usage: '[OPTION]... [USER]...',
  async run(run) {
    const { accounts } = run.process.machine;
    const kinds = ['u', 'g', 'G', 'Z'].filter((k) => run.has(k));
    if (kinds.length > 1) return run.fail('cannot print "only" of more than one choice');
    const kind = kinds[0];
    const zero = run.has('z');
    if (!kind && (run.has('n') || run.has('r')))
      return run.fail('cannot print only names or real IDs in default format');
    if (!kind && zero) return run.fail('option --zero not permitted in default format');
    if (kind === 'Z') return run.fail('--context (-Z) works only on an SELinux-enabled kernel');
    const user = (id: number) => accounts.byId(id)?.name;
    const group = (id: number) => accounts.groupById(id)?.name;
    const named = (id: number, name: string | undefined) => (name === undefined ? String(id) : `${id}(${name})`);
    const show = (c: { uid: number; gid: number; euid: number; egid: number; groups: number[] }, last: boolean) => {
      const groups = [c.egid, ...c.groups.filter((g) => g !== c.egid)];
      const end = zero ? '\0' : '\n';
      const one = (id: number, name: string | undefined) => (run.has('n') ? (name ?? String(id)) : String(id));
      if (kind === 'u') {
        const id = run.has('r') ? c.uid : c.euid;
        run.put(one(id, user(id)) + end);
      } else if (kind === 'g') {
        const id = run.has('r') ? c.gid : c.egid;
        run.put(one(id, group(id)) + end);
      } else if (kind === 'G') {
        run.put(groups.map((id) => one(id, group(id))).join(zero ? '\0' : ' ') + end + (zero && !last ? '\0' : ''));
      } else {
        let line = `uid=${named(c.uid, user(c.uid))} gid=${named(c.gid, group(c.gid))}`;
        if (c.euid !== c.uid) line += ` euid=${named(c.euid, user(c.euid))}`;
        if (c.egid !== c.gid) line += ` egid=${named(c.egid, group(c.egid))}`;
        run.put(`${line} groups=${groups.map((id) => named(id, group(id))).join(',')}\n`);
      }
    };
    if (run.operands.length === 0) show(run.process.credentials, true);
    for (const [index, name] of run.operands.entries()) {
      const account = accounts.byName(name) ?? (/^\+?\d+$/.test(name) ? accounts.byId(Number(name)) : undefined);
      if (!account) {
        await run.warn(`${quote(run.process, name)}: no such user`);
        continue;
      }
      const { uid, gid } = account;
      show(
        { uid, gid, euid: uid, egid: gid, groups: accounts.groupsOf(account.name) },
        index === run.operands.length - 1,
      );
    }
    return undefined;
  },
});
