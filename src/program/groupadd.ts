// groupadd (shadow 4.13): makes a group.
import { freeId, readTable, writeTable } from './accounts.ts';
import { gnu } from './program.ts';

export const names = ['groupadd'];

export const main = gnu({
  short: 'fg:hK:op:rR:P:U:',
  long: {
    force: 'f',
    'gid=': 'g',
    'key=': 'K',
    'non-unique': 'o',
    'password=': 'p',
    system: 'r',
    'root=': 'R',
    'prefix=': 'P',
    'users=': 'U',
  },
  failure: 2,
  usage: '[options] GROUP',
  release: 'shadow 4.13',
  async run(run) {
    const { process } = run;
    const name = run.operands[0];
    if (name === undefined) {
      await process.err('Usage: groupadd [options] GROUP\n');
      return 2;
    }
    const rows = readTable(process, 'group');
    if (rows.some((r) => r[0] === name)) {
      if (run.has('f')) return 0;
      await process.err(`groupadd: group '${name}' already exists\n`);
      return 9;
    }
    if (!/^[a-z_][a-z0-9_-]*\$?$/.test(name)) {
      await process.err(`groupadd: '${name}' is not a valid group name\n`);
      return 3;
    }
    if (process.credentials.euid !== 0) {
      await process.err('groupadd: Permission denied.\ngroupadd: cannot lock /etc/group; try again later.\n');
      return 10;
    }
    const given = run.value('g');
    if (given !== undefined && !run.has('o') && rows.some((r) => r[2] === given)) {
      await process.err(`groupadd: GID '${given}' already exists\n`);
      return 4;
    }
    const members = run.value('U') ?? '';
    rows.push([name, 'x', given ?? String(run.has('r') ? systemId(rows) : freeId(rows, 1000)), members]);
    await writeTable(process, 'group', rows);
    await writeTable(process, 'gshadow', [
      ...readTable(process, 'gshadow'),
      [name, run.value('p') ?? '!', '', members],
    ]);
    return 0;
  },
});

/** Those of the system are given out from above. */
function systemId(rows: readonly (readonly string[])[]): number {
  const taken = new Set(rows.map((row) => Number(row[2])));
  for (let id = 999; id >= 100; id--) if (!taken.has(id)) return id;
  return 100;
}
