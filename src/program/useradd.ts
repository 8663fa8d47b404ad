// useradd (shadow 4.13): makes an account.
import type { Bytes, Process } from '../machine/machine.ts';
import { freeId, readTable, today, writeTable } from './accounts.ts';
import { tryTo } from './failure.ts';
import { gnu, type Invocation } from './program.ts';
import { copyContents, join, namesIn } from './tree.ts';

export const names = ['useradd'];

const NAME = /^[a-z_][a-z0-9_-]*\$?$/;

export const main = gnu({
  short: 'b:c:d:De:f:Fg:G:hk:K:lmMNop:rR:P:s:u:UZ:',
  long: {
    badname: 'badname',
    'base-dir=': 'b',
    'btrfs-subvolume-home': 'btrfs',
    'comment=': 'c',
    'home-dir=': 'd',
    defaults: 'D',
    'expiredate=': 'e',
    'inactive=': 'f',
    'add-subids-for-system': 'F',
    'gid=': 'g',
    'groups=': 'G',
    'skel=': 'k',
    'key=': 'K',
    'no-log-init': 'l',
    'create-home': 'm',
    'no-create-home': 'M',
    'no-user-group': 'N',
    'non-unique': 'o',
    'password=': 'p',
    system: 'r',
    'root=': 'R',
    'prefix=': 'P',
    'shell=': 's',
    'uid=': 'u',
    'user-group': 'U',
    'selinux-user=': 'Z',
  },
  failure: 2,
  usage: '[options] LOGIN',
  release: 'shadow 4.13',
  async run(run) {
    const { process } = run;
    if (run.has('D')) {
      run.put(
        'GROUP=100\nHOME=/home\nINACTIVE=-1\nEXPIRE=\nSHELL=/bin/sh\nSKEL=/etc/skel\nCREATE_MAIL_SPOOL=no\nLOG_INIT=yes\n',
      );
      return 0;
    }
    const name = run.operands[0];
    if (name === undefined || run.operands.length > 1) {
      await process.err(`Usage: useradd [options] LOGIN\n       useradd -D\n       useradd -D [options]\n`);
      return 2;
    }
    if (!NAME.test(name) && !run.has('badname')) {
      await process.err(`useradd: invalid user name '${name}': use --badname to ignore\n`);
      return 3;
    }
    if (process.credentials.euid !== 0) {
      await process.err('useradd: Permission denied.\nuseradd: cannot lock /etc/passwd; try again later.\n');
      return 1;
    }
    const passwd = readTable(process, 'passwd');
    const group = readTable(process, 'group');
    if (passwd.some((row) => row[0] === name)) {
      await process.err(`useradd: user '${name}' already exists\n`);
      return 9;
    }
    const system = run.has('r');
    const groupOf = (text: Bytes) => group.find((row) => row[0] === text || row[2] === text);
    const wanted = run.value('g');
    if (wanted !== undefined && !groupOf(wanted)) {
      await process.err(`useradd: group '${wanted}' does not exist\n`);
      return 6;
    }
    for (const extra of (run.value('G') ?? '').split(',').filter(Boolean)) {
      if (groupOf(extra)) continue;
      await process.err(`useradd: group '${extra}' does not exist\n`);
      return 6;
    }
    const own = wanted === undefined && !run.has('N');
    if (own && groupOf(name)) {
      await process.err(`useradd: group ${name} exists - if you want to add this user to that group, use -g.\n`);
      return 9;
    }
    const given = run.value('u');
    if (given !== undefined && !/^\d+$/.test(given)) {
      await process.err(`useradd: invalid user ID '${given}'\n`);
      return 3;
    }
    if (given !== undefined && !run.has('o') && passwd.some((row) => row[2] === given)) {
      await process.err(`useradd: UID ${given} is not unique\n`);
      return 4;
    }
    const uid = given === undefined ? nextId(passwd, system) : Number(given);
    const gid = own
      ? group.some((row) => Number(row[2]) === uid)
        ? nextId(group, system)
        : uid
      : Number(groupOf(wanted ?? 'users')?.[2] ?? 100);
    const home = run.value('d') ?? `${run.value('b') ?? '/home'}/${name}`;
    const account: NewAccount = {
      name,
      uid,
      gid,
      comment: run.value('c') ?? '',
      home,
      shell: run.value('s') ?? '/bin/sh',
      hash: run.value('p') ?? '!',
      ownGroup: own,
      groups: (run.value('G') ?? '').split(',').filter(Boolean),
    };
    await addAccount(process, account);
    if (run.has('m') && !run.has('M')) {
      if (tryTo(() => process.files.stat(home)))
        await process.err(
          `useradd: warning: the home directory ${home} already exists.\nuseradd: Not copying any file from skel directory into it.\n`,
        );
      else await makeHome(run, home, uid, gid, run.value('k') ?? '/etc/skel');
    }
    return 0;
  },
});

const nextId = (rows: readonly (readonly Bytes[])[], system: boolean): number => {
  if (!system)
    return Math.max(
      freeId(rows, 1000),
      1 + Math.max(999, ...rows.map((r) => Number(r[2])).filter((id) => id >= 1000 && id < 60_000)),
    );
  for (let id = 999; id >= 100; id--) if (!rows.some((row) => Number(row[2]) === id)) return id;
  return 100;
};

export interface NewAccount {
  name: Bytes;
  uid: number;
  gid: number;
  comment: Bytes;
  home: Bytes;
  shell: Bytes;
  hash: Bytes;
  ownGroup: boolean;
  groups: readonly Bytes[];
}

/** Writes an account into all four tables. */
export async function addAccount(process: Process, a: NewAccount): Promise<void> {
  const passwd = readTable(process, 'passwd');
  const group = readTable(process, 'group');
  passwd.push([a.name, 'x', String(a.uid), String(a.gid), a.comment, a.home, a.shell]);
  await writeTable(process, 'passwd', passwd);
  const shadow = readTable(process, 'shadow');
  shadow.push([a.name, a.hash, today(process), '0', '99999', '7', '', '', '']);
  await writeTable(process, 'shadow', shadow);
  if (a.ownGroup) {
    group.push([a.name, 'x', String(a.gid), '']);
    const gshadow = readTable(process, 'gshadow');
    gshadow.push([a.name, '!', '', '']);
    await writeTable(process, 'gshadow', gshadow);
  }
  for (const row of group) if (a.groups.includes(row[0]!)) row[3] = row[3] ? `${row[3]},${a.name}` : a.name;
  await writeTable(process, 'group', group);
  if (!/^[!*]/.test(a.hash)) process.witness.passwordChanged(a.name);
}

/** A home directory with the skeleton's files. */
export async function makeHome(run: Invocation, home: Bytes, uid: number, gid: number, skeleton: Bytes): Promise<void> {
  const { files } = run.process;
  if (!(await run.attempt(`cannot create directory ${home}`, () => files.mkdir(home, 0o755)))) return;
  for (const name of tryTo(() => namesIn(run, skeleton)) ?? []) {
    const [from, to] = [join(skeleton, name), join(home, name)];
    if (tryTo(() => files.stat(from))?.type !== 'file') continue;
    await copyContents(run, from, to, 0o644);
    files.chown(to, uid, gid);
  }
  files.chown(home, uid, gid);
}
