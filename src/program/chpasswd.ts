// chpasswd (shadow 4.13): changes passwords from lines `user:password`.
import type { Bytes, Process } from '../machine/machine.ts';
import { setPassword } from './accounts.ts';
import { getopt, WrongUse } from './getopt.ts';
import { Input } from './input.ts';
import { hashPassword } from './password.ts';

export const names = ['chpasswd'];

const HELP =
  'Usage: chpasswd [options]\n\nOptions:\n  -c, --crypt-method METHOD     the crypt method (one of NONE DES MD5 SHA256 SHA512 YESCRYPT)\n  -e, --encrypted               supplied passwords are encrypted\n  -h, --help                    display this help message and exit\n  -m, --md5                     encrypt the clear text password using\n                                the MD5 algorithm\n  -R, --root CHROOT_DIR         directory to chroot into\n  -s, --sha-rounds              number of rounds for the SHA, BCRYPT\n                                or YESCRYPT crypt algorithms\n\n';

export async function main(process: Process): Promise<number> {
  let parsed: ReturnType<typeof getopt>;
  try {
    parsed = getopt(process.argv.slice(1), 'c:ehmR:s:', {
      'crypt-method=': 'c',
      encrypted: 'e',
      help: 'h',
      md5: 'm',
      'root=': 'R',
      'sha-rounds=': 's',
    });
  } catch (error) {
    if (!(error instanceof WrongUse)) throw error;
    await process.err(`chpasswd: ${error.message}\n${HELP}`);
    return 2;
  }
  if (parsed.options.some(([k]) => k === 'h')) {
    await process.out(HELP);
    return 0;
  }
  if (process.credentials.euid !== 0) {
    await process.err('chpasswd: Permission denied.\n');
    return 1;
  }
  const encrypted = parsed.options.some(([k]) => k === 'e');
  const input = new Input(process, 0);
  const typed = ['terminal', 'socket'].includes(process.descriptors.get(0)?.kind ?? '');
  const changes: [user: Bytes, hash: Bytes][] = [];
  let wrong = 0;
  let number = 0;
  for (let line: Bytes | undefined; (line = await input.next()) !== undefined; ) {
    number++;
    if (!typed) process.witness.input('chpasswd', line);
    const colon = line.indexOf(':');
    if (colon < 0) {
      await process.err(`chpasswd: line ${number}: missing new password\n`);
      wrong++;
      continue;
    }
    const [user, password] = [line.slice(0, colon), line.slice(colon + 1)];
    if (!process.machine.accounts.byName(user)) {
      await process.err(
        `chpasswd: (user ${user}) pam_chauthtok() failed, error:\nAuthentication token manipulation error\nchpasswd: (line ${number}, user ${user}) password not changed\n`,
      );
      wrong++;
      continue;
    }
    changes.push([user, encrypted ? password : hashPassword(process, password)]);
  }
  for (const [user, hash] of changes) await setPassword(process, user, hash);
  return wrong > 0 ? 1 : 0;
}
