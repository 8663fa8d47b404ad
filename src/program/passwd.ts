// passwd (shadow 4.13 with PAM): changes a password.
import type { Bytes, Process } from '../machine/machine.ts';
import { readTable, setPassword, shadowOf, writeTable } from './accounts.ts';
import { getopt, WrongUse } from './getopt.ts';
import { askPassword, hashPassword, passwordFits } from './password.ts';

export const names = ['passwd'];

const HELP =
  'Usage: passwd [options] [LOGIN]\n\nOptions:\n  -a, --all                     report password status on all accounts\n  -d, --delete                  delete the password for the named account\n  -e, --expire                  force expire the password for the named account\n  -h, --help                    display this help message and exit\n  -k, --keep-tokens             change password only if expired\n  -i, --inactive INACTIVE       set password inactive after expiration\n                                to INACTIVE\n  -l, --lock                    lock the password of the named account\n  -n, --mindays MIN_DAYS        set minimum number of days before password\n                                change to MIN_DAYS\n  -q, --quiet                   quiet mode\n  -r, --repository REPOSITORY   change password in REPOSITORY repository\n  -R, --root CHROOT_DIR         directory to chroot into\n  -S, --status                  report password status on the named account\n  -u, --unlock                  unlock the password of the named account\n  -w, --warndays WARN_DAYS      set expiration warning days to WARN_DAYS\n  -x, --maxdays MAX_DAYS        set maximum number of days before password\n                                change to MAX_DAYS\n\n';

export async function main(process: Process): Promise<number> {
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(process.argv.slice(1), 'adehi:kln:qr:R:Suw:x:', {
      all: 'a',
      delete: 'd',
      expire: 'e',
      help: 'h',
      'inactive=': 'i',
      'keep-tokens': 'k',
      lock: 'l',
      'mindays=': 'n',
      quiet: 'q',
      'repository=': 'r',
      'root=': 'R',
      status: 'S',
      unlock: 'u',
      'warndays=': 'w',
      'maxdays=': 'x',
    });
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`passwd: ${error.message}\n${HELP}`);
    return 6;
  }
  const has = (key: string) => parsed.options.some(([k]) => k === key);
  if (has('h')) {
    await process.out(HELP);
    return 0;
  }
  const { accounts } = process.machine;
  const { uid } = process.credentials;
  const root = process.credentials.uid === 0;
  const name = parsed.operands[0] ?? accounts.byId(uid)?.name;
  const account = name === undefined ? undefined : accounts.byName(name);
  if (name === undefined || !account) {
    await process.err(`passwd: user '${name ?? ''}' does not exist\n`);
    return 1;
  }
  if (!root && account.uid !== uid) {
    await process.err(`passwd: You may not view or modify password information for ${name}.\n`);
    return 1;
  }
  if (has('S')) {
    const row = readTable(process, 'shadow').find(([user]) => user === name) ?? [];
    const hash = row[1] ?? '*';
    const state = hash === '' ? 'NP' : /^[!*]/.test(hash) ? 'L' : 'P';
    const date = new Date(Number(row[2] || 0) * 86_400_000).toISOString().slice(0, 10);
    await process.out(`${name} ${state} ${date} ${row[3] || 0} ${row[4] || 99999} ${row[5] || 7} ${row[6] || -1}\n`);
    return 0;
  }
  if (has('d') || has('l') || has('u') || has('e')) {
    if (!root) {
      await process.err('passwd: Permission denied.\n');
      return 1;
    }
    const old = shadowOf(process, name) ?? '*';
    if (has('u') && old === '!') {
      await process.err(
        'passwd: unlocking the password would result in a passwordless account.\nYou should set a password with usermod -p to unlock the password of this account.\n',
      );
      return 3;
    }
    if (has('e')) {
      const rows = readTable(process, 'shadow');
      for (const row of rows) if (row[0] === name) row[2] = '0';
      await writeTable(process, 'shadow', rows);
    } else
      await setPassword(
        process,
        name,
        has('d') ? '' : has('l') ? (old.startsWith('!') ? old : `!${old}`) : old.replace(/^!/, ''),
      );
    if (!has('q')) await process.out(`passwd: password ${has('e') ? 'expiry information ' : ''}changed.\n`);
    return 0;
  }
  if (!root) {
    await process.out(`Changing password for ${name}.\n`);
    const current = await askPassword(process, 'Current password: ');
    if (current === undefined || !passwordFits(shadowOf(process, name) ?? 'x', current))
      return refuse(process, 'Authentication token manipulation error');
  }
  for (let tries = 0; ; tries++) {
    const first = await askPassword(process, 'New password: ');
    if (first === undefined || first === '') {
      if (first === '' && tries < 2) {
        await process.err('No password has been supplied.\n');
        continue;
      }
      return refuse(process, 'Authentication token manipulation error');
    }
    const weak = root ? undefined : weakness(first);
    if (weak) {
      await process.err(`${weak}\n`);
      if (tries < 2) continue;
      return refuse(process, 'Have exhausted maximum number of retries for service');
    }
    const second = await askPassword(process, 'Retype new password: ');
    if (first !== second) {
      await process.err('Sorry, passwords do not match.\n');
      return refuse(process, 'Authentication token manipulation error');
    }
    const hash = hashPassword(process, first);
    // passwd is set-user-id: it writes as root whoever runs it.
    process.credentials = { ...process.credentials, euid: 0 };
    await setPassword(process, name, hash);
    if (!has('q')) await process.err('passwd: password updated successfully\n');
    return 0;
  }
}

async function refuse(process: Process, why: string): Promise<number> {
  await process.err(`passwd: ${why}\npasswd: password unchanged\n`);
  return 10;
}

/** pam_unix's own objections to a user's choice. */
function weakness(password: Bytes): string | undefined {
  if (password.length < 6) return 'You must choose a longer password.';
  return undefined;
}
