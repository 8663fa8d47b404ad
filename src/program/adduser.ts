// adduser, addgroup, deluser and delgroup (Debian adduser 3.134): the friendlier way to make accounts.
import type { Process } from '../machine/machine.ts';
import { freeId, readTable, setPassword, writeTable } from './accounts.ts';
import { tryTo } from './failure.ts';
import { Input } from './input.ts';
import { askPassword, hashPassword } from './password.ts';
import { calledAs, Invocation } from './program.ts';
import { addAccount, makeHome } from './useradd.ts';

export const names = ['adduser', 'addgroup', 'deluser', 'delgroup'];

const VALUES = new Set([
  'uid',
  'firstuid',
  'lastuid',
  'gid',
  'firstgid',
  'lastgid',
  'ingroup',
  'shell',
  'comment',
  'gecos',
  'home',
  'conf',
  'encrypt-home',
]);
const FLAGS = new Set([
  'system',
  'group',
  'quiet',
  'force-badname',
  'allow-bad-names',
  'allow-all-names',
  'disabled-password',
  'disabled-login',
  'no-create-home',
  'add-extra-groups',
  'add_extra_groups',
  'debug',
  'verbose',
  'remove-home',
  'remove-all-files',
  'backup',
  'help',
  'version',
  'only-if-empty',
]);

export async function main(process: Process): Promise<number> {
  const called = calledAs(process);
  const options = new Map<string, string>();
  const operands: string[] = [];
  const args = process.argv.slice(1);
  while (args.length) {
    const arg = args.shift()!;
    if (!arg.startsWith('-') || arg === '-') {
      operands.push(arg);
      continue;
    }
    const [name = '', value] = arg.replace(/^--?/, '').split(/=(.*)/s);
    const known =
      name === 'q'
        ? 'quiet'
        : name === 'h'
          ? 'help'
          : name === 's'
            ? 'shell'
            : [...VALUES, ...FLAGS].find((n) => n.startsWith(name.toLowerCase()));
    if (!known) {
      await process.err(`Unknown option: ${name}\n`);
      return 1;
    }
    options.set(known, VALUES.has(known) ? (value ?? args.shift() ?? '') : '');
  }
  if (process.credentials.euid !== 0) {
    await process.err(
      `${called}: Only root may ${called.startsWith('add') ? 'add a user or group to the system' : 'remove a user or group from the system'}.\n`,
    );
    return 1;
  }
  const loud = !options.has('quiet');
  const say = async (text: string) => {
    if (loud) await process.out(`${text}\n`);
  };
  if (operands.length === 0) {
    await process.err(`${called}: ${called.startsWith('add') ? 'Only one or two names allowed.' : 'No name given.'}\n`);
    return 1;
  }
  if (called.startsWith('del')) return remove(process, called, operands, options, say);
  const group = readTable(process, 'group');
  const [name = '', second] = operands;
  if (second !== undefined) {
    if (!process.machine.accounts.byName(name)) {
      await process.err(`adduser: The user \`${name}' does not exist.\n`);
      return 1;
    }
    const row = group.find((r) => r[0] === second);
    if (!row) {
      await process.err(`adduser: The group \`${second}' does not exist.\n`);
      return 1;
    }
    const members = (row[3] ?? '').split(',').filter(Boolean);
    if (members.includes(name)) {
      await say(`adduser: The user \`${name}' is already a member of \`${second}'.`);
      return 0;
    }
    row[3] = [...members, name].join(',');
    await writeTable(process, 'group', group);
    await say(`Adding user \`${name}' to group \`${second}' ...\nDone.`);
    return 0;
  }
  const system = options.has('system');
  if (called === 'addgroup' || (options.has('group') && !system)) {
    if (group.some((r) => r[0] === name)) {
      await process.err(
        `${called}: The group \`${name}' already exists${system ? ' as a system group. Exiting' : ''}.\n`,
      );
      return system ? 0 : 1;
    }
    const gid = options.get('gid') ?? String(freeId(group, system ? 100 : 1000));
    group.push([name, 'x', gid, '']);
    await writeTable(process, 'group', group);
    await say(`Adding group \`${name}' (GID ${gid}) ...\nDone.`);
    return 0;
  }
  if (process.machine.accounts.byName(name)) {
    await process.err(
      system
        ? `adduser: The system user \`${name}' already exists. Exiting.\n`
        : `adduser: The user \`${name}' already exists.\n`,
    );
    return system ? 0 : 1;
  }
  if (!/^[a-z][-a-z0-9_]*\$?$/.test(name)) {
    await process.err(
      `adduser: Please enter a username matching the regular expression\n            configured via the NAME_REGEX configuration variable.  Use the\n            \`--allow-bad-names' option to relax this check or reconfigure\n            NAME_REGEX in configuration.\n`,
    );
    return 1;
  }
  const passwd = readTable(process, 'passwd');
  const uid = Number(options.get('uid') ?? freeId(passwd, system ? 100 : 1000));
  const ownGroup = !system || options.has('group');
  const gid = ownGroup
    ? group.some((r) => Number(r[2]) === uid)
      ? freeId(group, system ? 100 : 1000)
      : uid
    : Number(group.find((r) => r[0] === (options.get('ingroup') ?? 'nogroup'))?.[2] ?? 65534);
  const home = options.get('home') ?? (system ? '/nonexistent' : `/home/${name}`);
  await say(`Adding ${system ? 'system ' : ''}user \`${name}' ${system ? `(UID ${uid}) ` : ''}...`);
  if (ownGroup) await say(`Adding new group \`${name}' (${system ? 'GID ' : ''}${gid}) ...`);
  await say(
    `Adding new user \`${name}' (${system ? 'UID ' : ''}${uid}) with group \`${ownGroup ? name : 'nogroup'}${system ? "' ..." : ` (${gid})' ...`}`,
  );
  const shell = options.get('shell') ?? (system ? '/usr/sbin/nologin' : '/bin/bash');
  await addAccount(process, {
    name,
    uid,
    gid,
    comment: options.get('comment') ?? options.get('gecos') ?? (system ? '' : ',,,'),
    home,
    shell,
    hash: system || options.has('disabled-login') ? '!' : '*',
    ownGroup,
    groups: system ? [] : ['users'],
  });
  if (!options.has('no-create-home') && home !== '/nonexistent' && !tryTo(() => process.files.stat(home))) {
    await say(`Creating home directory \`${home}' ...\nCopying files from \`/etc/skel' ...`);
    await makeHome(new Invocation(process), home, uid, gid, '/etc/skel');
  } else if (home === '/nonexistent') await say(`Not creating home directory \`/nonexistent'.`);
  if (system) return 0;
  if (!options.has('disabled-password') && !options.has('disabled-login')) {
    const first = await askPassword(process, 'New password: ');
    const again = first === undefined ? undefined : await askPassword(process, 'Retype new password: ');
    if (first === undefined || first === '' || first !== again) {
      await process.err(
        first !== undefined && first !== again
          ? 'Sorry, passwords do not match.\n'
          : 'No password has been supplied.\n',
      );
      await process.err('passwd: Authentication token manipulation error\npasswd: password unchanged\n');
      if (first === undefined) return 1;
    } else {
      await setPassword(process, name, hashPassword(process, first));
      await process.err('passwd: password updated successfully\n');
    }
  }
  if (!options.has('comment') && !options.has('gecos')) {
    await process.out(
      `Changing the user information for ${name}\nEnter the new value, or press ENTER for the default\n`,
    );
    const input = new Input(process, 0);
    const fields: string[] = [];
    for (const field of ['Full Name', 'Room Number', 'Work Phone', 'Home Phone', 'Other']) {
      await process.out(`\t${field} []: `);
      const line = await input.next();
      if (line === undefined) break;
      fields.push(line.replace(/[:,]/g, ''));
    }
    await process.out('Is the information correct? [Y/n] ');
    await input.next();
    const rows = readTable(process, 'passwd');
    for (const row of rows) if (row[0] === name && fields.some(Boolean)) row[4] = fields.slice(0, 4).join(',');
    await writeTable(process, 'passwd', rows);
  }
  await say(
    `Adding new user \`${name}' to supplemental / extra groups \`users' ...\nAdding user \`${name}' to group \`users' ...`,
  );
  return 0;
}

async function remove(
  process: Process,
  called: string,
  operands: readonly string[],
  options: ReadonlyMap<string, string>,
  say: (text: string) => Promise<void>,
): Promise<number> {
  const [name = '', second] = operands;
  const group = readTable(process, 'group');
  if (called === 'delgroup' || options.has('group')) {
    if (!group.some((r) => r[0] === name)) {
      await process.err(`${called}: The group \`${name}' does not exist.\n`);
      return 3;
    }
    await writeTable(
      process,
      'group',
      group.filter((r) => r[0] !== name),
    );
    await say(`Removing group \`${name}' ...\nDone.`);
    return 0;
  }
  const account = process.machine.accounts.byName(name);
  if (!account) {
    await process.err(`deluser: The user \`${name}' does not exist.\n`);
    return 2;
  }
  if (account.uid === 0 && second === undefined) {
    await process.err(
      'deluser: WARNING: You are just about to delete the root account (uid 0)\nUsually this is never required as it may render the whole system unusable\nIf you really want this, call deluser with parameter --no-preserve-root\nStopping now without having performed any action\n',
    );
    return 9;
  }
  if (second !== undefined) {
    const row = group.find((r) => r[0] === second);
    const members = (row?.[3] ?? '').split(',').filter(Boolean);
    if (!row || !members.includes(name)) {
      await process.err(`deluser: The user \`${name}' is not a member of group \`${second}'.\n`);
      return 6;
    }
    row[3] = members.filter((m) => m !== name).join(',');
    await writeTable(process, 'group', group);
    await say(`Removing user \`${name}' from group \`${second}' ...\nDone.`);
    return 0;
  }
  await say(`Removing crontab ...\nRemoving user \`${name}' ...`);
  for (const table of ['passwd', 'shadow'] as const)
    await writeTable(
      process,
      table,
      readTable(process, table).filter((r) => r[0] !== name),
    );
  await writeTable(
    process,
    'group',
    group
      .filter((r) => r[0] !== name)
      .map((r) => [
        ...r.slice(0, 3),
        (r[3] ?? '')
          .split(',')
          .filter((m) => m !== name)
          .join(','),
      ]),
  );
  await say('Done.');
  return 0;
}
