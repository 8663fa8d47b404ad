// usermod (shadow 4.13): changes an account.
import type { Bytes } from '../machine/machine.ts';
import { readTable, setPassword, shadowOf, writeTable } from './accounts.ts';
import { tryTo } from './failure.ts';
import { gnu } from './program.ts';

export const names = ['usermod'];

export const main = gnu({
  short: 'abc:d:e:f:g:G:hl:Lmop:R:rs:u:Uv:V:w:W:Z:P:',
  long: {
    append: 'a',
    badname: 'b',
    'comment=': 'c',
    'home=': 'd',
    'expiredate=': 'e',
    'inactive=': 'f',
    'gid=': 'g',
    'groups=': 'G',
    'login=': 'l',
    lock: 'L',
    'move-home': 'm',
    'non-unique': 'o',
    'password=': 'p',
    remove: 'r',
    'root=': 'R',
    'shell=': 's',
    'uid=': 'u',
    unlock: 'U',
    'add-subuids=': 'v',
    'del-subuids=': 'V',
    'add-subgids=': 'w',
    'del-subgids=': 'W',
  },
  failure: 2,
  usage: '[options] LOGIN',
  release: 'shadow 4.13',
  async run(run) {
    const { process } = run;
    const name = run.operands[0];
    if (name === undefined || run.options.length === 0) {
      if (name !== undefined && !process.machine.accounts.byName(name)) {
        await process.err(`usermod: user '${name}' does not exist\n`);
        return 6;
      }
      if (name !== undefined) {
        await process.err('usermod: no changes\n');
        return 0;
      }
      await process.err('Usage: usermod [options] LOGIN\n');
      return 2;
    }
    if (!process.machine.accounts.byName(name)) {
      await process.err(`usermod: user '${name}' does not exist\n`);
      return 6;
    }
    if (process.credentials.euid !== 0) {
      await process.err('usermod: Permission denied.\nusermod: cannot lock /etc/passwd; try again later.\n');
      return 1;
    }
    const group = readTable(process, 'group');
    const groups = run.value('G')?.split(',').filter(Boolean);
    for (const wanted of [...(groups ?? []), ...(run.has('g') ? [run.value('g')!] : [])]) {
      if (group.some((r) => r[0] === wanted || r[2] === wanted)) continue;
      await process.err(`usermod: group '${wanted}' does not exist\n`);
      return 6;
    }
    if (
      run.has('u') &&
      !run.has('o') &&
      readTable(process, 'passwd').some((r) => r[2] === run.value('u') && r[0] !== name)
    ) {
      await process.err(`usermod: UID '${run.value('u')}' already exists\n`);
      return 4;
    }
    const passwd = readTable(process, 'passwd');
    const row = passwd.find((r) => r[0] === name)!;
    const renamed: Bytes = run.value('l') ?? name;
    const before = row.join(':');
    row[0] = renamed;
    if (run.has('u')) row[2] = run.value('u')!;
    if (run.has('g')) row[3] = group.find((r) => r[0] === run.value('g') || r[2] === run.value('g'))![2]!;
    if (run.has('c')) row[4] = run.value('c')!;
    if (run.has('d')) {
      if (run.has('m')) tryTo(() => process.files.rename(row[5]!, run.value('d')!));
      row[5] = run.value('d')!;
    }
    if (run.has('s')) row[6] = run.value('s')!;
    if (row.join(':') !== before) await writeTable(process, 'passwd', passwd);
    if (renamed !== name) {
      const shadow = readTable(process, 'shadow');
      for (const r of shadow) if (r[0] === name) r[0] = renamed;
      await writeTable(process, 'shadow', shadow);
    }
    if (groups) {
      for (const r of group) {
        const members = (r[3] ?? '').split(',').filter((m) => m !== '' && m !== name && m !== renamed);
        const was = (r[3] ?? '').split(',').includes(name);
        if (groups.includes(r[0]!) ? !run.has('r') : was && (run.has('a') || run.has('r'))) members.push(renamed);
        r[3] = members.join(',');
      }
      await writeTable(process, 'group', group);
      const members = new Map(group.map((r) => [r[0], r[3] ?? '']));
      const secrets = readTable(process, 'gshadow');
      for (const r of secrets) if (members.has(r[0])) r[3] = members.get(r[0])!;
      await writeTable(process, 'gshadow', secrets);
    }
    if (run.has('e') || run.has('f')) {
      const shadow = readTable(process, 'shadow');
      const own = shadow.find((r) => r[0] === renamed);
      const expires = run.value('e');
      if (own && expires !== undefined) {
        const at = /^\d+$/.test(expires)
          ? Number(expires)
          : Math.floor(Date.parse(`${expires}T00:00:00Z`) / 86_400_000);
        if (expires !== '' && expires !== '-1' && Number.isNaN(at)) return run.fail(`invalid date '${expires}'`, 3);
        own[7] = expires === '' || expires === '-1' ? '' : String(at);
      }
      if (own && run.has('f')) own[6] = run.value('f') === '-1' ? '' : run.value('f')!;
      await writeTable(process, 'shadow', shadow);
    }
    const old = shadowOf(process, renamed) ?? '!';
    if (run.has('p')) await setPassword(process, renamed, run.value('p')!);
    else if (run.has('L') && !old.startsWith('!')) await setPassword(process, renamed, `!${old}`);
    else if (run.has('U') && old.startsWith('!')) {
      if (old === '!') {
        await process.err(
          "usermod: unlocking the user's password would result in a passwordless account.\nYou should set a password with usermod -p to unlock this user's password.\n",
        );
        return 0;
      }
      await setPassword(process, renamed, old.slice(1));
    }
    return 0;
  },
});
