// Gives root away for good: the data directory becomes the unprivileged user's, then the process does, and it is checked that there is no way back.
import { closeSync, lchownSync, lstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError, startError } from './start-error.ts';

export interface User {
  name: string;
  uid: number;
  gid: number;
}

/** May this user read a file? Tried as that user, while this process is root. */
export function mayRead({ uid, gid }: User, file: string): boolean {
  const [groups, group] = [process.getgroups!(), process.getegid!()];
  process.setgroups!([gid]);
  process.setegid!(gid);
  process.seteuid!(uid);
  try {
    closeSync(openSync(file, 'r'));
    return true;
  } catch {
    return false;
  } finally {
    process.seteuid!(0);
    process.setegid!(group);
    process.setgroups!(groups);
  }
}

/** The account to become: the one configured, else `kansatsuki` if it exists, else `nobody`. */
export function findUser(wanted: string, passwd = readFileSync('/etc/passwd', 'utf8')): User {
  const users = new Map<string, User>();
  for (const line of passwd.split('\n')) {
    const [name = '', , uid, gid] = line.split(':');
    if (uid && gid) users.set(name, { name, uid: Number(uid), gid: Number(gid) });
  }
  const user = wanted ? users.get(wanted) : (users.get('kansatsuki') ?? users.get('nobody'));
  if (!user) {
    throw new StartError(
      wanted
        ? `There is no user ${wanted} to become; create it (useradd --system ${wanted}) or change sensor.user.`
        : 'There is neither a user kansatsuki nor nobody to become; set sensor.user.',
    );
  }
  if (user.uid === 0) throw new StartError(`sensor.user is ${user.name}, which is root again; name another user.`);
  return user;
}

/** Gives everything below a folder, and itself, to a user. Symbolic links are given away, never followed. */
export function giveAway(folder: string, { uid, gid }: User): void {
  const stat = lstatSync(folder);
  if (stat.uid !== uid || stat.gid !== gid) lchownSync(folder, uid, gid);
  if (!stat.isDirectory()) return;
  for (const name of readdirSync(folder)) giveAway(join(folder, name), { name: '', uid, gid });
}

/**
 * When started as root: gives the working directory to `user` and becomes it, supplementary groups included. Does
 * nothing for anybody else.
 * @throws StartError when it is not possible, or could be undone
 */
export function dropPrivileges(user: User): void {
  if (process.getuid?.() !== 0) return;
  try {
    giveAway('.', user);
    process.setgroups!([user.gid]);
    process.setgid!(user.gid);
    process.setuid!(user.uid);
  } catch (error) {
    throw startError(`Cannot become user ${user.name}`, error);
  }
  const regained = ['setuid', 'setgid'].filter((call) => {
    try {
      (process[call as 'setuid' | 'setgid'] as (id: number) => void)(0);
      return true;
    } catch {
      return false;
    }
  });
  const groups = process.getgroups!().filter((gid) => gid !== user.gid);
  if (regained.length > 0 || process.getuid!() !== user.uid || process.geteuid!() !== user.uid || groups.length > 0)
    throw new StartError(`Became user ${user.name}, but root could be regained; not starting.`);
}
