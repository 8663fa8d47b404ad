// groupmod (shadow 4.13): changes a group's name or number.
import { readTable, writeTable } from './accounts.ts';
import { gnu } from './program.ts';

export const names = ['groupmod'];

export const main = gnu({
  short: 'ag:hn:op:R:P:U:',
  long: {
    append: 'a',
    'gid=': 'g',
    'new-name=': 'n',
    'non-unique': 'o',
    'password=': 'p',
    'root=': 'R',
    'prefix=': 'P',
    'users=': 'U',
  },
  failure: 2,
  usage: '[options] GROUP',
  release: 'shadow 4.13',
  async run(run) {
    const { process } = run;
    const [name] = run.operands;
    if (name === undefined) {
      await process.err('Usage: groupmod [options] GROUP\n');
      return 2;
    }
    const rows = readTable(process, 'group');
    const row = rows.find((r) => r[0] === name);
    if (!row) return run.fail(`group '${name}' does not exist`, 6);
    if (process.credentials.euid !== 0) {
      await process.err('groupmod: Permission denied.\ngroupmod: cannot lock /etc/group; try again later.\n');
      return 10;
    }
    const gid = run.value('g');
    if (gid !== undefined) {
      if (!/^\d+$/.test(gid)) return run.fail(`invalid group ID '${gid}'`, 3);
      if (!run.has('o') && rows.some((r) => r[2] === gid && r !== row))
        return run.fail(`GID '${gid}' already exists`, 4);
      const passwd = readTable(process, 'passwd');
      for (const user of passwd) if (user[3] === row[2]) user[3] = gid;
      await writeTable(process, 'passwd', passwd);
      row[2] = gid;
    }
    const renamed = run.value('n');
    if (renamed !== undefined && renamed !== name) {
      if (!/^[a-z_][a-z0-9_-]*\$?$/.test(renamed)) return run.fail(`invalid group name '${renamed}'`, 3);
      if (rows.some((r) => r[0] === renamed)) return run.fail(`group '${renamed}' already exists`, 9);
      row[0] = renamed;
    }
    if (run.has('U')) {
      const before = run.has('a') ? (row[3] ?? '').split(',').filter(Boolean) : [];
      row[3] = [...new Set([...before, ...run.value('U')!.split(',')])].join(',');
    }
    await writeTable(process, 'group', rows);
    const secret = readTable(process, 'gshadow');
    for (const r of secret)
      if (r[0] === name) {
        r[0] = row[0]!;
        if (run.has('p')) r[1] = run.value('p')!;
        r[3] = row[3] ?? '';
      }
    await writeTable(process, 'gshadow', secret);
    return 0;
  },
});
